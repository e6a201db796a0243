"""Stores of several servers on free ports: a replica set of three, Redis with Sentinel, a cluster of six."""

import os
import signal
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import pymongo
import redis

from bot.local.mongo import EmbeddedMongo
from bot.local.server import EmbeddedServer
from bot.local.valkey import EmbeddedRedis
from domain.mongo import replica
from tests.processes import free_port

# What docs/availability.md asks for: an election begins so soon after the primary was last heard.
ELECTION_MS: Final = 2_000
HEARTBEAT_MS: Final = 500
BUFFER_SECONDS: Final = 1
SERVICE: Final = "main"
READY_SECONDS: Final = 60


def kill(server: EmbeddedServer) -> None:
    os.kill(server.pid, signal.SIGKILL)


def wait_for(is_so: Callable[[], bool], what: str) -> None:
    """Until it is so; what a store refuses meanwhile counts as not yet."""
    deadline = time.monotonic() + READY_SECONDS
    while time.monotonic() < deadline:
        try:
            if is_so():
                return
        except (redis.RedisError, pymongo.errors.PyMongoError):
            pass
        time.sleep(0.02)
    raise TimeoutError(f"{what} did not come about in {READY_SECONDS} s")


# MongoDB


class MongoNode(EmbeddedMongo):
    """One of several: who is the primary is decided among them."""

    def command(self, binary: Path, port: int) -> list[str]:
        patience = f"oplogNetworkTimeoutBufferSeconds={BUFFER_SECONDS}"
        return [*super().command(binary, port), "--setParameter", patience]

    def prepare(self) -> None:
        """The set is made of all of them, once they listen."""


@dataclass(frozen=True)
class ReplicaSet:
    nodes: Sequence[EmbeddedMongo]
    uri: str

    def primary(self) -> EmbeddedMongo | None:
        """Who is it now, as the nodes say themselves; of two that do, the one that was elected last."""
        found = [(told["electionId"], node) for node, told in self._told() if told.get("isWritablePrimary")]
        return max(found, key=lambda each: each[0])[1] if found else None

    def are_all_there(self) -> bool:
        """Whether there is a primary, and two that follow it."""
        told = [each for _, each in self._told()]
        return (
            sum(bool(each.get("isWritablePrimary")) for each in told) == 1
            and sum(bool(each.get("secondary")) for each in told) == len(self.nodes) - 1
        )

    def _told(self) -> Iterator[tuple[EmbeddedMongo, dict[str, Any]]]:
        for node in self.nodes:
            with pymongo.MongoClient[dict[str, Any]](
                "127.0.0.1", node.port, directConnection=True, serverSelectionTimeoutMS=300, timeoutMS=500
            ) as client:
                try:
                    yield node, client.admin.command("hello")
                except pymongo.errors.PyMongoError:
                    continue


def own_address(node: MongoNode) -> tuple[str, int]:
    return "127.0.0.1", node.port


@contextmanager
def three_nodes(
    scratch: Path, address_of: Callable[[MongoNode], tuple[str, int]] = own_address, *, testing: bool = False
) -> Iterator[ReplicaSet]:
    """
    A replica set of three that has a primary, with the settings that we recommend. Programs and the other nodes
    find each at its address.
    """
    with _started([MongoNode(scratch / f"mongo{number}", testing=testing) for number in range(3)]) as nodes:
        hosts = ["{}:{}".format(*address_of(node)) for node in nodes]
        made = ReplicaSet(nodes, f"mongodb://{','.join(hosts)}/?replicaSet={replica.NAME}")
        members = [{"_id": number, "host": host} for number, host in enumerate(hosts)]
        settings = {"electionTimeoutMillis": ELECTION_MS, "heartbeatIntervalMillis": HEARTBEAT_MS}
        with pymongo.MongoClient[dict[str, Any]]("127.0.0.1", nodes[0].port, directConnection=True) as client:
            client.admin.command(
                "replSetInitiate", {"_id": replica.NAME, "members": members, "settings": settings}
            )
        wait_for(made.are_all_there, "a replica set of three")
        yield made


# Redis with Sentinel


class RedisNode(EmbeddedRedis):
    """One of several, with options of its own."""

    def __init__(self, data_dir: Path, *options: str) -> None:
        super().__init__(data_dir)
        self._options = options

    def command(self, binary: Path, port: int) -> list[str]:
        return [*super().command(binary, port), *self._options]

    def client(self) -> redis.Redis:
        return redis.Redis("127.0.0.1", self.port, socket_timeout=1, socket_connect_timeout=1)

    def ask(self, *words: str | int) -> Any:
        with self.client() as client:
            return client.execute_command(*words)


class SentinelNode(RedisNode):
    """A sentinel: it keeps what it knows in its own configuration."""

    ready_mark = b"+monitor"

    def __init__(self, data_dir: Path, watched: RedisNode) -> None:
        super().__init__(data_dir)
        self._watched = watched

    def command(self, binary: Path, port: int) -> list[str]:
        path = self.files / "sentinel.conf"
        path.write_text(
            f"bind 127.0.0.1\nport {port}\ndir {self.files}\n"
            f"sentinel monitor {SERVICE} 127.0.0.1 {self._watched.port} 2\n"
            f"sentinel down-after-milliseconds {SERVICE} 1000\n"
            f"sentinel failover-timeout {SERVICE} 3000\n"
        )
        return [str(binary), str(path), "--sentinel"]


@dataclass(frozen=True)
class Watched:
    """A primary and a replica, and three sentinels that watch them."""

    servers: Sequence[RedisNode]
    sentinels: Sequence[SentinelNode]

    @property
    def url(self) -> str:
        hosts = ",".join(f"127.0.0.1:{each.port}" for each in self.sentinels)
        return f"redis+sentinel://{hosts}/{SERVICE}"

    def primary(self) -> RedisNode:
        """Who the sentinels say it is."""
        _, port = self.sentinels[0].ask("SENTINEL", "GET-MASTER-ADDR-BY-NAME", SERVICE)
        return next(each for each in self.servers if each.port == int(port))

    def replica(self) -> RedisNode:
        """The other one."""
        primary = self.primary()
        return next(each for each in self.servers if each is not primary)

    def is_ready(self) -> bool:
        """Whether a failover could be: the replica follows, and each sentinel knows the others."""
        with self.replica().client() as client:
            if client.info("replication").get("master_link_status") != "up":
                return False
        for each in self.sentinels:
            with each.client() as client:
                told = client.sentinel_master(SERVICE)
                if not (told["num-slaves"] and told["num-other-sentinels"] == 2):
                    return False
        return True


def _text(value: Any) -> str:
    return value.decode() if isinstance(value, bytes) else str(value)


@contextmanager
def watched(scratch: Path) -> Iterator[Watched]:
    with ExitStack() as stack:
        (first,) = stack.enter_context(_started([RedisNode(scratch / "redis0")]))
        replica_of = ("--replicaof", f"127.0.0.1 {first.port}", "--repl-diskless-sync-delay", "0")
        second = RedisNode(scratch / "redis1", *replica_of)
        (second,) = stack.enter_context(_started([second]))
        sentinels = [SentinelNode(scratch / f"sentinel{number}", first) for number in range(3)]
        made = Watched([first, second], stack.enter_context(_started(sentinels)))
        wait_for(made.is_ready, "a replica, and three sentinels that know each other")
        yield made


# Redis Cluster


class ClusterNode(RedisNode):
    """One of a cluster. By itself it would talk with the others on a port that is ten thousand higher."""

    def __init__(self, data_dir: Path) -> None:
        self.bus_port = free_port()
        super().__init__(
            data_dir,
            *("--cluster-enabled", "yes", "--cluster-node-timeout", "1000", "--cluster-port", str(self.bus_port)),
            *("--repl-diskless-sync-delay", "0"),
        )


@dataclass(frozen=True)
class Clustered:
    """Three primaries, and a replica of each behind it."""

    nodes: Sequence[ClusterNode]

    @property
    def url(self) -> str:
        return "redis+cluster://" + ",".join(f"127.0.0.1:{node.port}" for node in self.nodes[:2])

    def owner_of(self, slot: int) -> RedisNode:
        """Which node serves this slot now, as one that lives says."""
        for node in self.nodes:
            try:
                told = node.ask("CLUSTER", "SLOTS")
            except redis.RedisError:
                continue
            for first, last, (_, port, *_), *_ in _slots(told):
                if first <= slot <= last:
                    return next(each for each in self.nodes if each.port == port)
        raise LookupError(slot)


def _slots(told: Any) -> list[Any]:
    """As the protocol has it, whatever the client made of it."""
    if isinstance(told, dict):
        return [[*span, (*each["primary"], "")] for span, each in told.items()]
    return list(told)


@contextmanager
def clustered(scratch: Path) -> Iterator[Clustered]:
    with _started([ClusterNode(scratch / f"node{number}") for number in range(6)]) as nodes:
        for number, span in enumerate(((0, 5460), (5461, 10922), (10923, 16383))):
            nodes[number].ask("CLUSTER", "ADDSLOTSRANGE", *span)
        for number, node in enumerate(nodes):
            node.ask("CLUSTER", "SET-CONFIG-EPOCH", number + 1)
        for node in nodes[1:]:
            node.ask("CLUSTER", "MEET", "127.0.0.1", nodes[0].port, nodes[0].bus_port)
        wait_for(lambda: all(_knows(node, 6) for node in nodes), "six nodes that know each other")
        for number in range(3):
            name = _text(nodes[number].ask("CLUSTER", "MYID"))
            nodes[number + 3].ask("CLUSTER", "REPLICATE", name)
        wait_for(lambda: all(_is_whole(node) for node in nodes), "a cluster of six")
        yield Clustered(nodes)


def _knows(node: RedisNode, number: int) -> bool:
    with node.client() as client:
        return int(client.cluster("info")["cluster_known_nodes"]) == number


def _is_whole(node: RedisNode) -> bool:
    with node.client() as client:
        is_up = client.info("replication").get("master_link_status", "up") == "up"
        told = client.cluster("info")
        return is_up and told["cluster_state"] == "ok" and int(told["cluster_size"]) == 3


@contextmanager
def _started(servers: Sequence[Any]) -> Iterator[Sequence[Any]]:
    """All at once, and ended in any case."""
    with ExitStack() as stack:
        for server in servers:
            stack.callback(server.stop)
            server.launch()
        for server in servers:
            server.wait_until_ready()
        yield servers
