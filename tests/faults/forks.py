"""Where workers that kill themselves are asked for; see `tests/faults/child.py`."""

import subprocess
import sys
import threading
from types import TracebackType
from typing import IO, Self

import msgspec

from tests.faults.child import Ended, Job


class WorkerFailed(Exception):
    """A worker neither ended nor was killed by us: its error, or that it is gone."""


class Forks:
    """One process that forks workers, one at a time: a few milliseconds each, where Python starts in a second."""

    def __init__(self, log: IO[bytes]) -> None:
        """What the workers say of themselves goes to `log`."""
        self._server = subprocess.Popen(
            [sys.executable, "-m", "tests.faults.child"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=log,
        )
        self._lock = threading.Lock()

    def run(self, job: Job) -> Ended:
        """Returns when the worker has ended. Raises WorkerFailed."""
        assert self._server.stdin
        assert self._server.stdout
        with self._lock:
            self._server.stdin.write(msgspec.json.encode(job) + b"\n")
            self._server.stdin.flush()
            line = self._server.stdout.readline()
        if not line:
            raise WorkerFailed("the process that forks workers has ended")
        ended = msgspec.json.decode(line, type=Ended)
        if ended.error:
            raise WorkerFailed(ended.error)
        return ended

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._server.communicate()
