"""Other processes on this machine: telling them apart, and ending one that is surely ours."""

import os
import signal
import subprocess
import time
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Self

_PROC = Path("/proc")


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
    """When a process began, always in the same words on one machine; None when it has ended."""
    if pid <= 0:  # to kill() these are whole groups, our own among them
        return None
    if not (_PROC / "self" / "stat").exists():
        return _began_by_ps(pid)
    try:
        # After the name, which may hold blanks and brackets: the state, then 18 fields, then the start time
        # in ticks since boot. Source: proc_pid_stat(5).
        state, *fields = (_PROC / str(pid) / "stat").read_text().rpartition(")")[2].split()
    except (FileNotFoundError, ProcessLookupError):
        return None
    boot = (_PROC / "sys/kernel/random/boot_id").read_text().strip()
    return None if state in "ZX" else f"{boot} {fields[18]}"


def _began_by_ps(pid: int) -> str | None:
    """The same on macOS, to the second."""
    answer = subprocess.run(
        ["ps", "-o", "stat=,lstart=", "-p", str(pid)],
        capture_output=True,
        text=True,
        check=False,
        env={"LC_ALL": "C", "TZ": "UTC", "PATH": "/bin:/usr/bin"},
    )
    state, _, began = answer.stdout.strip().partition(" ")
    return began.strip() or None if not state.startswith("Z") else None
