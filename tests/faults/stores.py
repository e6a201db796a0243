"""MongoDB and Redis of a run: each server behind a network that can fail, and killed as by a power cut."""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any, NamedTuple

import pymongo

from bot.local.mongo import EmbeddedMongo
from bot.local.server import EmbeddedServer
from bot.local.valkey import EmbeddedRedis
from tests.faults.proxy import Proxy, proxied
from tests.many_stores import MongoNode, ReplicaSet, kill, three_nodes, wait_for


class Behind(NamedTuple):
    """A server, and the network that leads to it."""

    server: EmbeddedServer
    network: Proxy


class Store:
    """One server, that programs know by this address."""

    def __init__(self, address: str, *servers: Behind) -> None:
        self.address, self._servers = address, servers

    @property
    def serving(self) -> Behind:
        """Who is asked now."""
        return self._servers[0]

    def kill(self) -> None:
        """As by a power cut; then it is started again, and those who were connected are not any more."""
        server = self.serving.server
        killed = server.pid
        kill(server)

        def is_there_again() -> bool:
            server.revive()
            return server.pid != killed

        wait_for(is_there_again, "a store")

    def heal(self) -> None:
        """The networks are as they should be."""
        for each in self._servers:
            each.network.heal()


class Mongo(Store):
    """A replica set of one; or of three, which hear each other by these networks too, and choose who serves."""

    def __init__(self, address: str, *servers: Behind, nodes: ReplicaSet) -> None:
        super().__init__(address, *servers)
        self._nodes, self._last, self._is_broken = nodes, servers[0], False

    @property
    def serving(self) -> Behind:
        """The primary; while they choose one, the last that was known."""
        if len(self._servers) > 1:
            primary = self._nodes.primary()
            self._last = next((each for each in self._servers if each.server is primary), self._last)
        return self._last

    def tell(self, *command: Any, **how: Any) -> None:
        """An operator's command, past the network, though the server was killed a moment ago."""
        _tell(self.serving.server, *command, **how)

    def fail(self, mode: object, **how: object) -> None:
        """mongod's own failpoint: `how` the next commands fail, and `mode` how many of them."""
        self._is_broken = True
        self.tell("configureFailPoint", "failCommand", mode=mode, data=how)

    def heal(self) -> None:
        """All are there, and fail no more."""
        super().heal()
        if len(self._servers) > 1:
            wait_for(self._nodes.are_all_there, "a replica set of three")
        if self._is_broken:
            for each in self._servers:
                _tell(each.server, "configureFailPoint", "failCommand", mode="off")
        self._is_broken = False


def _tell(server: EmbeddedServer, *command: Any, **how: Any) -> None:
    with pymongo.MongoClient[dict[str, Any]]("127.0.0.1", server.port, directConnection=True) as client:
        client.admin.command(*command, **how)


@contextmanager
def one_mongo(scratch: Path) -> Iterator[Mongo]:
    with EmbeddedMongo(scratch, testing=True) as node, proxied(("127.0.0.1", node.port)) as network:
        # Straight to this address: a replica set would tell its own.
        uri = "mongodb://{}:{}/?directConnection=true".format(*network.address)
        yield Mongo(uri, Behind(node, network), nodes=ReplicaSet([node], uri))


@contextmanager
def three_mongos(scratch: Path) -> Iterator[Mongo]:
    with ExitStack() as stack:
        networks: dict[MongoNode, Proxy] = {}

        def address_of(node: MongoNode) -> tuple[str, int]:
            networks[node] = stack.enter_context(proxied(("127.0.0.1", node.port)))
            return networks[node].address

        nodes = stack.enter_context(three_nodes(scratch, address_of, testing=True))
        yield Mongo(nodes.uri, *(Behind(*each) for each in networks.items()), nodes=nodes)


@contextmanager
def one_redis(scratch: Path) -> Iterator[Store]:
    with EmbeddedRedis(scratch) as server, proxied(("127.0.0.1", server.port)) as network:
        yield Store("redis://{}:{}/0".format(*network.address), Behind(server, network))
