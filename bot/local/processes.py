"""Other processes on this machine: telling them apart, and ending one that is surely ours."""

import os
import signal
import sys
import time
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Self

import psutil

_THIS_START: Final = Path("/proc/sys/kernel/random/boot_id")  # another one each time the machine starts
_ENDED: Final = "ZX"  # what is only waited for by its parent, and what is about to be nothing


@dataclass(frozen=True, slots=True)
class Process:
    """A process by its pid and when it began: the pid alone may be another's by now, the pair is not."""

    pid: int
    began: str

    @classmethod
    def of(cls, pid: int) -> Self | None:
        """The process that has this pid now; None when there is none, or only a zombie."""
        began = _began(pid)
        return cls(pid, began) if began else None

    def is_alive(self) -> bool:
        return _began(self.pid) == self.began

    def signal(self, number: signal.Signals) -> None:
        """Send a signal, unless the process has ended. Raises PermissionError when it is another user's."""
        if self.is_alive():
            with suppress(ProcessLookupError):
                os.kill(self.pid, number)

    def end(self, grace_seconds: float) -> None:
        """Terminate the process, wait for it to go, and kill it when it has not gone by then."""
        for number in (signal.SIGTERM, signal.SIGKILL):
            self.signal(number)
            deadline = time.monotonic() + grace_seconds
            while self.is_alive() and time.monotonic() < deadline:
                time.sleep(0.02)


def _began(pid: int) -> str | None:
    """
    When a process began, in the words that the same machine has for it each time; None when it has ended.

    On Linux by the kernel's count since the machine started: the time of day would be another one after each
    correction of the clock, and the same process a stranger.
    """
    if pid <= 0:  # to kill() these are whole groups, our own among them
        return None
    if sys.platform == "linux":
        try:
            state, *rest = Path(f"/proc/{pid}/stat").read_bytes().rpartition(b")")[2].decode().split()
        except (FileNotFoundError, ProcessLookupError):
            return None
        # Behind the name the first is the state; the count is the 20th.
        return None if state in _ENDED else f"{_THIS_START.read_text().strip()} {rest[18]}"
    try:
        process = psutil.Process(pid)
        return None if process.status() == psutil.STATUS_ZOMBIE else f"{process.create_time():.2f}"
    except psutil.NoSuchProcess:
        return None
