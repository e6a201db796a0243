"""Where workers that kill themselves are asked for; see `tests/faults/child.py`."""

import subprocess
import sys
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from queue import SimpleQueue
from types import TracebackType
from typing import IO, Self

import msgspec

from tests.faults.child import Ended, Job


class WorkerFailed(Exception):
    """A worker neither ended nor was killed by us: its error, or that it is gone."""


class Forks:
    """Processes that fork workers: a few milliseconds a worker, where Python starts in a second."""

    def __init__(self, log: IO[bytes], processes: int = 3) -> None:
        """What the workers say of themselves goes to `log`. So many jobs run at once."""
        self._idle: SimpleQueue[subprocess.Popen[bytes]] = SimpleQueue()
        self.processes = processes
        for _ in range(processes):
            command = [sys.executable, "-m", "tests.faults.child"]
            pipe = subprocess.PIPE
            # Ctrl-C reaches us alone: they end with us.
            self._idle.put(subprocess.Popen(command, stdin=pipe, stdout=pipe, stderr=log, start_new_session=True))

    def run(self, job: Job) -> Ended:
        """Returns when the worker has ended. Raises WorkerFailed."""
        process = self._idle.get()
        try:
            assert process.stdin
            assert process.stdout
            process.stdin.write(msgspec.json.encode(job) + b"\n")
            process.stdin.flush()
            line = process.stdout.readline()
        finally:
            self._idle.put(process)
        if not line:
            raise WorkerFailed("the process that forks workers has ended")
        ended = msgspec.json.decode(line, type=Ended)
        if ended.error:
            raise WorkerFailed(ended.error)
        return ended

    def run_all(self, jobs: Iterable[Job]) -> list[Ended]:
        """As many at once as there are processes; how each ended, in order."""
        with ThreadPoolExecutor(self.processes) as hands:
            return list(hands.map(self.run, jobs))

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for _ in range(self.processes):
            process = self._idle.get()
            process.kill()  # it has nothing to do, and may still be importing
            process.communicate()
