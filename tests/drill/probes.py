"""Those who notice: a member who dials, money that is written down, messages that go out; each without a pause."""

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from itertools import count, pairwise
from typing import Final

from domain.commands import execute
from domain.errors import DomainError
from domain.money import Money
from domain.mongo.store import MongoStore
from domain.savings.contribute import RecordCash
from tests.people import Villager

PAUSE_SECONDS: Final = 0.1
AMOUNT_MIN: Final = 100


class Probe(threading.Thread):
    """Does something again and again, and remembers when it was done."""

    def __init__(self, name: str, do: Callable[[], bool]) -> None:
        """`do` says whether it was done; what it raises is taken for a no."""
        super().__init__(name=name, daemon=True)
        self._do, self._is_over = do, threading.Event()
        self.done_at: list[float] = []
        self.failed = 0

    def run(self) -> None:
        while not self._is_over.wait(PAUSE_SECONDS):
            try:
                done = self._do()
            except Exception:  # noqa: BLE001 - a store or a server that is away, in whatever words
                done = False
            if done:
                self.done_at.append(time.monotonic())
            else:
                self.failed += 1

    def stop(self) -> None:
        self._is_over.set()

    def longest_gap(self, since: float, until: float) -> float:
        """The longest time in which nothing was done, of that between two moments."""
        moments = [since, *(at for at in list(self.done_at) if since <= at <= until), until]
        return max(later - earlier for earlier, later in pairwise(moments))


@dataclass
class CashBook:
    """
    Cash that an officer writes down, one amount after the other. A try that failed is made again under its key, as
    a conversation does: it may have been done.
    """

    store: MongoStore
    group: str
    officer: Villager
    members: list[Villager]
    written: list[int] = field(default_factory=list)
    _turns: "count[int]" = field(default_factory=count)
    _open: "tuple[str, RecordCash] | None" = None

    def write(self) -> bool:
        if self._open is None:
            number = next(self._turns)
            amount = AMOUNT_MIN + number // len(self.members)
            member = self.members[number % len(self.members)]
            command = RecordCash(self.group, member.id, Money(amount, "UGX"), self.officer.id)
            self._open = f"drill:{number}", command
        key, command = self._open
        try:
            execute(self.store, key, command)
        except DomainError as refused:
            raise AssertionError(f"{command} is no longer possible: {refused}") from refused
        self.written.append(command.amount.minor)
        self._open = None
        return True
