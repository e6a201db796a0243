"""
A clock that runs sixty times faster, in several processes at once: each reads it from one small file.

The file holds numbers of eight bytes, which are read and written whole: where the clock stood when the machine was
started, and by how much the clock of each role is wrong.
"""

import mmap
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final

from tests.conftest import Clock

RATE: Final = 60
ROLES: Final = ("web", "worker", "scheduler")


class HastyClock(Clock):
    """The time, or what a role takes for it."""

    def __init__(self, path: Path, role: str = "") -> None:
        """Goes on as it is written there; from the first day where nothing is."""
        super().__init__()
        self._begins = not path.exists()
        if self._begins:
            path.write_bytes(bytes(8 * (1 + len(ROLES))))
        with path.open("r+b") as file:
            self._numbers = memoryview(mmap.mmap(file.fileno(), 0)).cast("d")
        self._wrong = ROLES.index(role) + 1 if role else 0
        if self._begins:
            self.begin()

    def __call__(self) -> datetime:
        wrong = self._numbers[self._wrong] if self._wrong else 0.0
        at = self._numbers[0] + RATE * time.monotonic() + wrong
        return datetime.fromtimestamp(int(at * 1000) / 1000, UTC)

    def begin(self) -> None:
        """It is the morning of the first day, and everybody's clock is right."""
        self._numbers[0] = self._now.timestamp() - RATE * time.monotonic()
        self.set_right()

    def timestamp(self) -> float:
        return self().timestamp()

    def forward(self, **delta: float) -> None:
        """At once, for everybody."""
        self._numbers[0] += timedelta(**delta).total_seconds()

    def set_wrong(self, role: str, seconds: float) -> None:
        self._numbers[1 + ROLES.index(role)] = seconds

    def set_right(self) -> None:
        for role in ROLES:
            self.set_wrong(role, 0)
