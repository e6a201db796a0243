"""
Workers that kill themselves, each a fork of this process, which has everything imported and nothing open.

`python -m tests.faults.child` reads a Job a line and writes an Ended a line; `tests/faults/forks.py` talks to it.
A worker that dies at a boundary is gone as by a power cut: no handler runs, nothing is closed.
"""

import os
import signal
import sys
import threading
from collections.abc import Callable
from datetime import datetime
from typing import Any

import msgspec
from pymongo.errors import PyMongoError
from pymongo.monitoring import CommandFailedEvent, CommandStartedEvent, CommandSucceededEvent
from requests import PreparedRequest, Response
from requests.adapters import HTTPAdapter

from bot.app import App, build
from bot.config import load
from bot.jobs import carry_out
from domain.commands import execute
from domain.errors import DomainError
from domain.mongo.store import CommandListener
from domain.savings.contribute import Contribute
from tests.conftest import Clock


class Job(msgspec.Struct, frozen=True):
    """
    What one worker does: give a command, then each round wait, settle payments, deliver notices and go on with
    broadcasts.

    The payment that the command asks for is one of them, and so is what its member is told of it. `kill_at`
    counts the boundaries from 1; 0 kills nobody.
    """

    environment: dict[str, str]
    now: datetime
    contribute: Contribute | None = None
    key: str = ""
    payments: tuple[str, ...] = ()
    notices: tuple[str, ...] = ()
    broadcasts: tuple[str, ...] = ()
    rounds: int = 1
    wait_seconds: float = 0
    kill_at: int = 0


class Ended(msgspec.Struct, frozen=True):
    """How a worker ended: killed, refused, or done. `crossed` names the boundaries it came past."""

    killed: bool
    refused: str = ""
    crossed: tuple[str, ...] = ()
    error: str = ""


Tell = Callable[[Ended], object]


class Boundaries(CommandListener):
    """
    Where a process can be cut off: before and after each command of MongoDB and each HTTP exchange. Before it is,
    it says by `tell` how far it came.
    """

    def __init__(self, kill_at: int, tell: Tell) -> None:
        self.crossed: list[str] = []
        self._kill_at, self._tell, self._lock, self._armed = kill_at, tell, threading.Lock(), False

    def arm(self) -> None:
        """Count from here on: connecting is not part of the work."""
        self._armed = True

    def cross(self, name: str) -> None:
        with self._lock:
            if self._armed:
                self.crossed.append(name)
                if len(self.crossed) == self._kill_at:
                    self._tell(Ended(killed=True, crossed=tuple(self.crossed)))
                    os.kill(os.getpid(), signal.SIGKILL)

    def started(self, event: CommandStartedEvent) -> None:
        self.cross(f"before {event.command_name}")

    def succeeded(self, event: CommandSucceededEvent) -> None:
        self.cross(f"after {event.command_name}")

    def failed(self, event: CommandFailedEvent) -> None:
        self.cross(f"after {event.command_name}")


def watch_the_wire(boundaries: Boundaries) -> None:
    """Every HTTP client here ends in this method. The process is a worker's own and ends with its job."""
    send: Callable[..., Response] = HTTPAdapter.send

    def watched(self: HTTPAdapter, request: PreparedRequest, *rest: Any, **options: Any) -> Response:
        name = f"{request.method} {request.path_url.split('?')[0]}"
        boundaries.cross(f"before {name}")
        answer = send(self, request, *rest, **options)
        boundaries.cross(f"after {name}")
        return answer

    HTTPAdapter.send = watched  # type: ignore[method-assign]


def work(app: App, clock: Clock, job: Job) -> str:
    """Do the job; answers with why the command was not carried out, or nothing."""
    payments, asked = job.payments, ""
    if job.contribute:
        try:
            asked = execute(app.store, job.key, job.contribute)["payment"]
        except DomainError as refused:
            return refused.code
        except PyMongoError as failed:
            return type(failed).__name__
        payments = (*payments, asked)
    for _ in range(job.rounds):
        clock.forward(seconds=job.wait_seconds)
        carry_out(app, "settle", payments)
        due = app.store.notices.due(clock(), 1_000) if asked else []
        carry_out(app, "deliver", [*job.notices, *(id for id in due if id.endswith(asked))])
        for broadcast in job.broadcasts:
            carry_out(app, "broadcast", [broadcast])
            carry_out(app, "spread", app.store.notices.due_of(bulk=True, now=clock(), limit=1_000))
    return ""


def run(job: Job, tell: Tell) -> Ended:
    boundaries, clock = Boundaries(job.kill_at, tell), Clock()
    clock.forward(seconds=(job.now - clock()).total_seconds())
    watch_the_wire(boundaries)
    app = build(load(job.environment), clock=clock, listeners=[boundaries], prepared=True)
    boundaries.arm()
    refused = work(app, clock, job)
    return Ended(killed=False, refused=refused, crossed=tuple(boundaries.crossed))


def in_a_fork(job: Job) -> Ended:
    reader, writer = os.pipe()
    if (pid := os.fork()) == 0:
        os.close(reader)
        try:
            ended = run(job, lambda killed: os.write(writer, msgspec.json.encode(killed)))
        except Exception as error:  # noqa: BLE001 - whoever asked for the job is told
            ended = Ended(killed=False, error=repr(error))
        with os.fdopen(writer, "wb") as pipe:
            pipe.write(msgspec.json.encode(ended))
        os._exit(0)
    os.close(writer)
    with os.fdopen(reader, "rb") as pipe:
        said = pipe.read()
    _, status = os.waitpid(pid, 0)
    if not said:
        return Ended(killed=False, error=f"it ended with {os.waitstatus_to_exitcode(status)}, and said nothing")
    return msgspec.json.decode(said, type=Ended)


def main() -> None:
    # What a worker prints goes to stderr: stdout is for the answers.
    answers = os.fdopen(os.dup(sys.stdout.fileno()), "wb", buffering=0)
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())
    for line in sys.stdin.buffer:
        answers.write(msgspec.json.encode(in_a_fork(msgspec.json.decode(line, type=Job))) + b"\n")


if __name__ == "__main__":
    main()
