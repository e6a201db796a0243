"""
The stores that the program starts for itself when none are configured: for a laptop and for tests.

They are a private MongoDB and a private Valkey, each with a directory of its own (`bot/local/server.py`).
"""

from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

from bot.local.mongo import EmbeddedMongo
from bot.local.server import EmbeddedServer, Progress, silent
from bot.local.valkey import EmbeddedRedis


@dataclass(frozen=True, slots=True)
class Stores:
    """Where the stores are, whether they were started here or configured."""

    mongo_uri: str
    redis_url: str
    _started: Sequence[EmbeddedServer] = ()

    def revive(self) -> None:
        """Start again what was started here and has ended by itself. Raises StoreUnavailable."""
        for server in self._started:
            server.revive()


@contextmanager
def embedded(
    data_dir: Path,
    *,
    mongo_uri: str | None = None,
    redis_url: str | None = None,
    testing: bool = False,
    progress: Progress = silent,
) -> Iterator[Stores]:
    """
    Start each store that has no address yet, both at once, and stop them on leaving.

    `testing` lets mongod take failpoints, ends an open transaction after 5 s instead of 10, expires
    nothing, and remembers for a minute what was deleted.
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
        yield Stores(
            mongo.uri if mongo else mongo_uri or "", redis.url if redis else redis_url or "", tuple(servers)
        )


def running(data_dir: Path) -> Stores | None:
    """The stores that another program keeps on this directory now; None when there are not both."""
    mongo, redis = EmbeddedMongo(data_dir), EmbeddedRedis(data_dir)
    return Stores(mongo.uri, redis.url) if mongo.is_kept() and redis.is_kept() else None
