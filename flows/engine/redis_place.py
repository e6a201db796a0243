"""
Where Redis is, as its address says: one server, the primary that Sentinel names, or a cluster.

    redis://HOST:PORT/DB, rediss://…, unix://PATH         one server
    redis+sentinel://HOST:PORT,HOST:PORT/NAME             the primary of this name; the hosts are sentinels
    redis+cluster://HOST:PORT,HOST:PORT                   a cluster; some of its nodes, which know the others

User and password stand before the hosts, as in USER:PASSWORD@HOST, and are those of the data; sentinels that want
one have it as `?sentinel_password=`. With `rediss+` in place of `redis+` it is TLS everywhere.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, Literal
from urllib.parse import parse_qsl, urlencode, urlsplit

from redis import Redis
from redis.connection import Connection, ConnectionPool, parse_url
from redis.crc import key_slot
from redis.exceptions import ConnectionError as RedisConnectionError
from redis.exceptions import RedisError
from redis.sentinel import Sentinel

from domain.errors import BadValue

Address = tuple[str, int]
PlaceKind = Literal["one", "sentinel", "cluster"]

SLOTS: Final = 16_384
# Who is asked where something is answers at once, or is not asked further: there are others.
_ASKED_SECONDS: Final = 1.0
_ONE: Final = ("redis", "rediss", "unix")
_SEVERAL: Final[Mapping[str, PlaceKind]] = {"sentinel": "sentinel", "cluster": "cluster"}


class BadRedisAddress(BadValue):
    """What is wrong with an address of Redis. The message holds nothing of it, since a password may be in it."""


@dataclass(frozen=True, slots=True)
class RedisPlace:
    """
    `options` open a connection, but for host and port where there are several `nodes`. `service` is the name that
    sentinels know a primary by.
    """

    kind: PlaceKind
    options: Mapping[str, Any] = field(repr=False)
    nodes: tuple[Address, ...] = ()
    service: str = ""
    sentinel_password: str = field(default="", repr=False)

    @classmethod
    def read(cls, url: str) -> "RedisPlace":
        """Raises BadRedisAddress."""
        scheme, _, behind = url.partition("://")
        if scheme in _ONE:
            return cls("one", _options(url))
        transport, _, kind = scheme.partition("+")
        if transport not in ("redis", "rediss") or kind not in _SEVERAL:
            raise BadRedisAddress(
                "it begins with redis://, rediss://, unix://, redis+sentinel:// or redis+cluster://"
            )
        parts = urlsplit(f"//{behind}")
        auth, _, hosts = parts.netloc.rpartition("@")
        nodes = tuple(_address(each) for each in hosts.split(","))
        asked = dict(parse_qsl(parts.query))
        password = asked.pop("sentinel_password", "")
        service, _, database = parts.path.strip("/").partition("/")
        if kind == "sentinel" and not service:
            raise BadRedisAddress("behind the sentinels stands the name of the primary: …:26379/NAME")
        if kind == "cluster" and service not in ("", "0"):
            raise BadRedisAddress("a cluster has one database, and no name")
        more = f"?{urlencode(asked)}" if asked else ""
        one = f"{transport}://{f'{auth}@' if auth else ''}host:1/{database or 0}{more}"
        options = {name: value for name, value in _options(one).items() if name not in ("host", "port")}
        return cls(_SEVERAL[kind], options, nodes, service, password)

    @property
    def is_tls(self) -> bool:
        return "SSL" in getattr(self.options.get("connection_class"), "__name__", "")

    @property
    def client_options(self) -> dict[str, Any]:
        """What a client is given to open connections to the servers, whichever of them."""
        given = {name: value for name, value in self.options.items() if name != "connection_class"}
        return {**given, "ssl": True} if self.is_tls else given

    @property
    def sentinel_options(self) -> dict[str, Any]:
        """The same for the sentinels, which have a password of their own."""
        asked: dict[str, Any] = {"socket_timeout": _ASKED_SECONDS, "socket_connect_timeout": _ASKED_SECONDS}
        own = {"password": self.sentinel_password} if self.sentinel_password else {}
        tls = {name: value for name, value in self.client_options.items() if name.startswith("ssl")}
        return asked | own | tls

    def sentinel(self, **timeouts: float) -> Sentinel:
        """Whom to ask which server is the primary now."""
        return Sentinel(  # type: ignore[no-untyped-call]
            list(self.nodes), sentinel_kwargs=self.sentinel_options, **self.client_options, **timeouts
        )

    def primary(self) -> Mapping[str, Any]:
        """
        What opens a connection to the server that takes writes. It may ask the sentinels, and so wait for them;
        raises redis' ConnectionError when none of them knows.
        """
        if self.kind == "one":
            return self.options
        host, port = self.sentinel().discover_master(self.service)  # type: ignore[no-untyped-call]
        return self.at((str(host), int(port)))

    def at(self, address: Address) -> Mapping[str, Any]:
        """What opens a connection to one of several servers."""
        return {**self.options, "host": address[0], "port": address[1]}

    def slots(self, known: Sequence[Address] = ()) -> list[Address]:
        """
        Which node of a cluster has each slot, asked of the first that answers: of those that are `known`, then of
        those in the address. Raises redis' ConnectionError when none does.
        """
        failed: Exception | None = None
        for node in dict.fromkeys((*self.nodes, *known)):
            try:
                if found := self._slots_by(node):
                    return found
            except (RedisError, OSError) as error:
                failed = error
        raise RedisConnectionError("no node of the cluster knows all slots") from failed

    def _slots_by(self, node: Address) -> list[Address]:
        """As one node has it; nothing where it knows of a slot that nobody has."""
        timeouts = {"socket_timeout": _ASKED_SECONDS, "socket_connect_timeout": _ASKED_SECONDS}
        options = {**timeouts, **self.at(node)}
        kind: Any = options.pop("connection_class", Connection)
        connection = kind(**options)
        try:
            connection.connect()
            connection.send_command("CLUSTER", "SLOTS")
            told: Any = connection.read_response()
        finally:
            connection.disconnect()
        owners: list[Address | None] = [None] * SLOTS
        for first, last, (host, port, *_), *_ in told:
            # A node that does not know its own address says none: it is the one that was asked.
            owner = (host.decode() or node[0], int(port))
            owners[first : last + 1] = [owner] * (last + 1 - first)
        return [each for each in owners if each is not None] if None not in owners else []


def slot_of(parts: Sequence[Any]) -> int | None:
    """The slot of what a command is about; None for one about nothing. All keys of a script are in one."""
    if len(parts) == 1:
        return None
    key = parts[3] if parts[0] in ("EVAL", "EVALSHA") else parts[1]
    return int(key_slot(key.encode() if isinstance(key, str) else key))


def open_redis(url: str, seconds: float) -> Redis:
    """
    A client for one server, or the primary of the moment, that waits so long for each answer. It connects when it
    is first asked something. Raises BadRedisAddress, also for a cluster.
    """
    place = RedisPlace.read(url)
    if place.kind == "cluster":
        raise BadRedisAddress("a cluster cannot hold what is kept there: several keys change at once")
    if place.kind == "one":
        return Redis.from_url(url, socket_connect_timeout=seconds, socket_timeout=seconds)
    sentinel = place.sentinel(socket_connect_timeout=seconds, socket_timeout=seconds)
    client: Redis = sentinel.master_for(place.service)  # type: ignore[no-untyped-call]
    return client


def primaries(url: str, seconds: float) -> list[Redis]:
    """
    A client for each server that takes writes: of a cluster several. Raises BadRedisAddress, and redis'
    ConnectionError when a cluster does not say which nodes it has.
    """
    place = RedisPlace.read(url)
    if place.kind != "cluster":
        return [open_redis(url, seconds)]
    waits: dict[str, Any] = {"socket_connect_timeout": seconds, "socket_timeout": seconds}
    return [Redis(connection_pool=ConnectionPool(**waits, **place.at(node))) for node in sorted({*place.slots()})]


def _options(url: str) -> dict[str, Any]:
    try:
        options: dict[str, Any] = parse_url(url)  # type: ignore[no-untyped-call]
    except ValueError:
        raise BadRedisAddress("it cannot be read: write it like redis://HOST:6379/0") from None
    return options


def _address(host: str) -> Address:
    """HOST:PORT, also of IPv6 in brackets."""
    name, _, port = host.rpartition(":")
    if not name or not port.isdecimal() or not 0 < int(port) < 65_536:
        raise BadRedisAddress("each host has its port: HOST:PORT,HOST:PORT")
    return name.strip("[]"), int(port)
