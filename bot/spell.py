"""
Work that takes minutes, done in spells: a worker has other things to do, and may be killed at any moment.

How far it is stands in the store. Whoever takes it up has a turn; a turn of before, which was thought to be dead,
writes nothing any more.
"""

import time
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any, Final, Generic, Self, TypeVar

from domain.tables import Table

T = TypeVar("T")

# A worker has other things to do: after so long it is asked again for what is left.
SPELL_SECONDS: Final = 20.0
# The same of what somebody waits for, and which so is done among what is members' own.
WAITED_SECONDS: Final = 10.0
# So long nobody else takes it up after the last sign of life.
CLAIM: Final = timedelta(seconds=60)
WRITTEN_SECONDS: Final = 1.0


class Spell(Generic[T]):
    """A turn at `item`, a document with `turn` and `next_at`, for some seconds."""

    def __init__(self, item: T, id: str, turn: int, now: Callable[[], datetime], seconds: float) -> None:
        self.item, self.id, self.turn, self._now = item, id, turn, now
        self._seconds = seconds
        self.is_ready()

    @classmethod
    def begun(
        cls, table: Table[T], id: str, now: Callable[[], datetime], seconds: float = WAITED_SECONDS
    ) -> Self | None:
        """A turn, if its time has come and nobody else has one."""
        known: Any = table.one(id=id)
        if known is None or known.next_at is None or known.next_at > now():
            return None
        turn = known.turn + 1
        item = table.change(id, when={"turn": known.turn}, turn=turn, next_at=now() + CLAIM)
        return cls(item, id, turn, now, seconds) if item is not None else None

    def is_ready(self) -> None:
        """The time begins now: what had to be read before is read."""
        self._written_at = time.monotonic()
        self._ends_at = self._written_at + self._seconds

    @property
    def is_over(self) -> bool:
        return time.monotonic() >= self._ends_at

    @property
    def is_to_be_written(self) -> bool:
        """Whether it is time to write down how far it is."""
        return time.monotonic() >= self._written_at + WRITTEN_SECONDS

    def write(self, table: Table[T], **fields: Any) -> T | None:
        """
        Write down how far it is, in the `table` of a transaction or none; None when another turn has begun, and
        then all is its. It is gone on with at once, unless `next_at` says otherwise, when the spell is over.
        """
        self._written_at = time.monotonic()
        said = {"next_at": self._now() if self.is_over else self._now() + CLAIM} | fields
        return table.change(self.id, when={"turn": self.turn}, **said)
