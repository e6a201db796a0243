"""
One server that belongs to this program: its directory, its keeper, its start and its end.

Each server has a directory of its own under the data directory:

    .data/mongo/  lock  state.json  server.log  server.log.1  files/
    .data/redis/  the same, with nothing in files/: Redis holds only what may be lost

`lock` is held by the server's keeper (`bot/local/keeper.py`), so that it is free once the server has ended.
`state.json` says which program owns the server, which process it is, and its port.
"""

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import ExitStack, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Final, Self

import msgspec

from bot.local import keeper
from bot.local.errors import StoreUnavailable
from bot.local.processes import Process
from bot.local.programs import Program, machine

if sys.platform != "win32":
    import fcntl

# A mongod whose port has changed first asks its old address whether it is itself, and gives a server there
# that keeps silent 30 s to answer.
START_SECONDS: Final = 60
STOP_SECONDS: Final = keeper.STOP_SECONDS + 5
_PORTS_TRIED_MAX: Final = 5

Progress = Callable[[str], None]


def silent(_line: str) -> None:
    """Progress that nobody is told of."""


@dataclass(frozen=True, slots=True)
class _State:
    """What `state.json` holds."""

    owner: Process
    server: Process
    port: int

    @classmethod
    def read(cls, path: Path) -> Self | None:
        """None when there is none, or none of ours."""
        try:
            return msgspec.json.decode(path.read_bytes(), type=cls)
        except (FileNotFoundError, msgspec.MsgspecError):
            return None

    def write(self, path: Path) -> None:
        draft = path.with_suffix(".new")
        draft.write_bytes(msgspec.json.encode(self))
        draft.replace(path)


class EmbeddedServer:
    """One server, its directory and its keeper: what MongoDB and Redis have in common."""

    ready_mark: bytes  # what the server logs once it listens

    def __init__(self, directory: Path, program: Program, progress: Progress) -> None:
        self.directory = directory.absolute()
        self.files, self.log = self.directory / "files", self.directory / "server.log"
        self.program, self.port = program, 0
        self._progress = progress
        self._state_path = self.directory / "state.json"
        self._keeper: subprocess.Popen[bytes] | None = None
        self._lock: IO[bytes] | None = None
        self._launched_at = 0.0

    def command(self, binary: Path, port: int) -> list[str]:
        """The command line that serves `self.files` on this port of 127.0.0.1."""
        raise NotImplementedError

    def prepare(self) -> None:
        """What is left to do once the server listens."""

    def __enter__(self) -> Self:
        with ExitStack() as stack:
            stack.callback(self.stop)
            self.launch()
            self.wait_until_ready()
            stack.pop_all()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def launch(self) -> None:
        """
        Start the server without waiting for it, after ending what a killed program left behind.

        Raises StoreUnavailable when another program has the directory, or no binary fits this machine.
        """
        if sys.platform == "win32":
            raise StoreUnavailable(
                f"no embedded {self.program.title} on Windows: use WSL 2, or set {self.program.setting}"
            )
        self._launched_at = time.monotonic()
        binary = self.program.find()
        try:
            self.files.mkdir(mode=0o700, parents=True, exist_ok=True)
            self._lock = self._take_lock()
            last = _State.read(self._state_path)
            if last and last.server.is_alive():  # its program and its keeper were both killed
                self._progress(f"Ending the {self.program.title} of a killed program, process {last.server.pid}")
                last.server.end(STOP_SECONDS)
            if self.log.exists():
                self.log.replace(self.log.with_suffix(".log.1"))
        except OSError as refusal:
            raise StoreUnavailable(f"cannot use {self.directory}: {refusal}") from refusal
        # The same port as the last time, so that an address noted down still holds.
        port = last.port if last and _is_free(last.port) else _free_port()
        if last and last.port != port:
            self._progress(f"Port {last.port} is taken: {self.program.title} moves to {port}")
        self._spawn(binary, port)

    def wait_until_ready(self) -> None:
        """Return once the server takes commands. Raises StoreUnavailable when it cannot start."""
        ports_tried = 1
        while not self._listens():
            # Another program took the port between our finding it free and the server's binding it.
            if ports_tried == _PORTS_TRIED_MAX:
                raise StoreUnavailable(f"{self.program.title} found no free port in {ports_tried} tries")
            ports_tried += 1
            self._spawn(self.program.find(), _free_port())
        self._release_lock()
        self.prepare()
        seconds = time.monotonic() - self._launched_at
        self._progress(f"{self.program.title} is ready on 127.0.0.1:{self.port} after {seconds:.1f} s")

    def revive(self) -> None:
        """Start it again on its port if it has ended by itself. Raises StoreUnavailable."""
        if self._keeper is None or self._keeper.poll() is None:
            return
        self._progress(f"{self.program.title} has ended: starting it again")
        _dismiss(self._keeper)
        self._keeper, port = None, self.port
        self.launch()
        self.wait_until_ready()
        if self.port != port:
            raise StoreUnavailable(f"{self.program.title} has ended, and another program has its port {port}")

    def is_kept(self) -> bool:
        """Whether another program that lives keeps this server; its port is known then."""
        state = _State.read(self._state_path)
        if state is None or not (state.owner.is_alive() and state.server.is_alive()):
            return False
        self.port = state.port
        return True

    @property
    def pid(self) -> int:
        """The process that serves, 0 while there is none."""
        state = _State.read(self._state_path)
        return state.server.pid if state else 0

    def stop(self) -> None:
        """End the server and wait until it has gone. Does nothing when it was not launched."""
        if self._keeper:
            _dismiss(self._keeper)
            self._progress(f"{self.program.title} has stopped")
        self._keeper = None
        self._release_lock()

    def _spawn(self, binary: Path, port: int) -> None:
        assert self._lock, "a server starts under its directory's lock"
        if self._keeper:
            _dismiss(self._keeper)
        with self.log.open("wb") as log:
            self._keeper = subprocess.Popen(
                # -I -S: it needs the standard library only, and starts in some 20 ms.
                [sys.executable, "-I", "-S", keeper.__file__, *self.command(binary, port)],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=log,
                pass_fds=[self._lock.fileno()],
                start_new_session=True,  # Ctrl-C reaches the program alone, which then stops them in order
            )
        assert self._keeper.stdout
        with self._keeper.stdout as answer:
            pid = int(answer.readline() or 0)  # nothing when the binary cannot run
        self.port = port
        owner, server = Process.of(os.getpid()), Process.of(pid)
        if owner and server:
            _State(owner, server, port).write(self._state_path)

    def _listens(self) -> bool:
        """
        Wait for the server to listen; False when its port was taken.

        Its own log tells, since whoever answers on the port may be another program's server.
        """
        assert self._keeper, "launch() comes first"
        deadline = time.monotonic() + START_SECONDS
        while time.monotonic() < deadline:
            has_ended = self._keeper.poll() is not None  # asked before its last words are read
            said = self.log.read_bytes()
            if self.ready_mark in said:
                return True
            if has_ended and b"Address already in use" in said:
                return False
            if has_ended:
                raise StoreUnavailable(self._diagnosis(said.decode(errors="replace")))
            time.sleep(0.01)
        raise StoreUnavailable(f"{self.program.title} did not start in {START_SECONDS} s: see {self.log}")

    def _diagnosis(self, said: str) -> str:
        """Why the server ended, from what it said."""
        title = self.program.title
        _, loader_failed, loader_said = said.partition("error while loading shared libraries: ")
        if loader_failed:
            return f"{title} needs {loader_said.partition(':')[0]}: apt install libcurl4 libssl3"
        if keeper.CANNOT_RUN in said or "GLIBC_" in said:
            return f"the {title} found does not run on {machine()}: {self.program.remedy}"
        return f"{title} ended while starting, see {self.log}: {said.strip().rpartition(chr(10))[2][:300]}"

    def _take_lock(self) -> IO[bytes]:
        """The lock file, locked. Waits for what a dead program left to stop; refuses a living one."""
        lock = (self.directory / "lock").open("wb")
        deadline = time.monotonic() + STOP_SECONDS
        while True:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
                return lock
            except BlockingIOError as held:
                holder = _State.read(self._state_path)
                if holder and holder.owner.is_alive():
                    lock.close()
                    raise StoreUnavailable(
                        f"{self.directory} is in use by process {holder.owner.pid}: "
                        "stop it, or choose another directory"
                    ) from held
                if time.monotonic() > deadline:
                    lock.close()
                    raise StoreUnavailable(f"{self.directory} is in use by a process out of sight") from held
            if holder:
                # A child the dead owner forked may keep the pipe open, and the keeper waiting.
                holder.server.signal(signal.SIGTERM)
            time.sleep(0.05)

    def _release_lock(self) -> None:
        """Leave the lock to the keeper: a child that we fork must not hold it when we are gone."""
        if self._lock:
            self._lock.close()
        self._lock = None


def _dismiss(server_keeper: subprocess.Popen[bytes]) -> None:
    """Tell a keeper to stop its server, and wait until both have gone."""
    assert server_keeper.stdin
    # A byte, not only the end of the pipe: a child that we forked may hold its other copy.
    with suppress(BrokenPipeError), server_keeper.stdin as pipe:
        pipe.write(b".")
    server_keeper.wait(STOP_SECONDS)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def _is_free(port: int) -> bool:
    with socket.socket() as probe:
        # As servers do: a port whose last connections are still winding down counts as free.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
        return True
