"""
The way to Redis: a connection held by each thread, or one that a whole event loop shares.

redis-py's client checks a connection out of a pool for each command, which costs five times the round trip. A
loop's commands of one iteration leave in one write, so that a busy process pays the system call, and Redis the
wake-up, for a batch and not for each.

Where Sentinel says which server is the primary, it is asked at each new connection: a server that was deposed
refuses our writes, and its connection is given up. In a cluster there is a connection to each node with keys of
ours; a key that has moved is looked for where the node says, and when a node is gone the map is read anew.
"""

import asyncio
import threading
from collections.abc import Awaitable, Callable, Mapping
from functools import partial
from time import perf_counter
from typing import Any, Final, TypeVar

import hiredis
from redis.connection import Connection
from redis.exceptions import (
    AskError,
    ClusterDownError,
    MasterDownError,
    MovedError,
    NoScriptError,
    ReadOnlyError,
    RedisError,
    TimeoutError,
)
from redis.exceptions import ConnectionError as RedisConnectionError

from flows.engine.redis_place import Address, RedisPlace, slot_of
from flows.engine.sessions import Command
from flows.engine.wire import ANSWER_SECONDS, Lane
from flows.engine.wire import SessionsUnavailable as SessionsUnavailable

T = TypeVar("T")

# How long a command took in seconds, and whether there was no answer.
Told = Callable[[float, bool], None]


def _nobody(_seconds: float, _failed: bool) -> None:
    """Nobody wants to know."""


# A key that moves is followed so often: it moves once, and once more while its slot is on the way.
_HOPS_MAX: Final = 5
_BROKEN: Final = (
    RedisConnectionError,
    TimeoutError,
    OSError,
    ReadOnlyError,
    ClusterDownError,
    MasterDownError,
)


class HeldLink(threading.local):
    """One connection for each thread and server, opened again when it breaks. `told` hears of each command."""

    def __init__(self, url: str, told: Told = _nobody) -> None:
        """Raises BadRedisAddress."""
        self._place, self._told = RedisPlace.read(url), told
        # By the node of a cluster; redis-py leaves the methods of a connection untyped.
        self._held: dict[Address | None, Any] = {}
        self._slots: list[Address] = []
        self.round_trips = 0

    def do(self, command: Command[T]) -> T:
        """Its answer, asked for once more on a fresh connection if this one breaks. Raises SessionsUnavailable."""
        began, failed = perf_counter(), True
        try:
            try:
                answer = self._call(command.parts)
            except NoScriptError:
                answer = self._call(command.by_source())
            failed = False
        finally:
            self._told(perf_counter() - began, failed)
        return command.read(answer)

    def _call(self, parts: tuple[Any, ...]) -> Any:
        try:
            return self._ask(parts)
        except _BROKEN:
            self._drop()
        try:
            return self._ask(parts)
        except _BROKEN as error:
            self._drop()
            raise SessionsUnavailable(str(error)) from error

    def _ask(self, parts: tuple[Any, ...]) -> Any:
        if self._place.kind != "cluster":
            return self._send(None, parts)
        if not self._slots:
            self._slots = self._place.slots()
        node, is_on_the_way = self._slots[slot_of(parts) or 0], False
        for _ in range(_HOPS_MAX):
            try:
                if is_on_the_way:
                    self._send(node, ("ASKING",))
                return self._send(node, parts)
            except AskError as elsewhere:
                node, is_on_the_way = _follow(elsewhere, self._slots)
        raise RedisConnectionError("a key moves without end")

    def _send(self, node: Address | None, parts: tuple[Any, ...]) -> Any:
        connection = self._held.get(node)
        if connection is None:
            options = dict(self._place.at(node) if node else self._place.primary())
            kind: Any = options.pop("connection_class", Connection)
            connection = kind(
                **{"socket_timeout": ANSWER_SECONDS, "socket_connect_timeout": ANSWER_SECONDS, **options}
            )
            self._held[node] = connection
            connection.connect()
        # Packed here: redis-py's own packer looks at every argument once more.
        connection.send_packed_command([hiredis.pack_command(parts)], check_health=False)
        self.round_trips += 1
        return connection.read_response()

    def _drop(self) -> None:
        for connection in self._held.values():
            connection.disconnect()
        self._held, self._slots = {}, []


class SharedLink:
    """
    One connection for all that runs on an event loop, where `do` is called; in a cluster one to each node.

    Answers come in the order of the commands. When the connection breaks, what waits is sent once more, on a new
    one. `told` hears of each command.
    """

    def __init__(self, url: str, loop: asyncio.AbstractEventLoop, told: Told = _nobody) -> None:
        """Raises BadRedisAddress."""
        self._place, self._loop, self._told = RedisPlace.read(url), loop, told
        self._lanes: dict[Address | None, Lane] = {}
        self._only = None if self._place.kind == "cluster" else self._lane(None)
        self._slots: list[Address] = []
        self._mapping: asyncio.Future[list[Address]] | None = None

    async def do(self, command: Command[T]) -> T:
        """Raises SessionsUnavailable."""
        began, failed = perf_counter(), True
        try:
            try:
                answer = await self._ask(command.parts)
            except NoScriptError:
                answer = await self._ask(command.by_source())
            failed = False
        finally:
            self._told(perf_counter() - began, failed)
        return command.read(answer)

    def close(self) -> None:
        for lane in self._lanes.values():
            lane.close()

    def _ask(self, parts: tuple[Any, ...]) -> Awaitable[Any]:
        return self._only.ask(parts) if self._only else self._ask_in_cluster(parts)

    async def _ask_in_cluster(self, parts: tuple[Any, ...]) -> Any:
        try:
            return await self._ask_node(parts)
        except (SessionsUnavailable, ClusterDownError):
            self._slots = []  # its node is gone: another one may have its keys by now
        try:
            return await self._ask_node(parts)
        except ClusterDownError as down:
            raise SessionsUnavailable(str(down)) from down

    async def _ask_node(self, parts: tuple[Any, ...]) -> Any:
        slots = self._slots or await self._read_map()
        node, is_on_the_way = slots[slot_of(parts) or 0], False
        for _ in range(_HOPS_MAX):
            lane = self._lane(node)
            try:
                if is_on_the_way:
                    return (await asyncio.gather(lane.ask(("ASKING",)), lane.ask(parts)))[1]
                return await lane.ask(parts)
            except AskError as elsewhere:
                node, is_on_the_way = _follow(elsewhere, slots)
        raise SessionsUnavailable("a key moves without end")

    async def _read_map(self) -> list[Address]:
        """Asked once for all that wait for it, in a thread: it may wait for nodes that are gone."""
        if self._mapping is None:
            known = tuple(node for node in self._lanes if node)
            self._mapping = self._loop.run_in_executor(None, self._place.slots, known)
        mapping = self._mapping
        try:
            self._slots = await asyncio.shield(mapping)
        except RedisError as error:
            raise SessionsUnavailable(str(error)) from error
        finally:
            if self._mapping is mapping and mapping.done():
                self._mapping = None
        return self._slots

    def _lane(self, node: Address | None) -> Lane:
        if (lane := self._lanes.get(node)) is None:
            lane = self._lanes[node] = Lane(self._loop, partial(self._where, node))
        return lane

    async def _where(self, node: Address | None) -> Mapping[str, Any]:
        if node:
            return self._place.at(node)
        if self._place.kind == "one":
            return self._place.options
        return await self._loop.run_in_executor(None, self._place.primary)


def _follow(elsewhere: AskError, slots: list[Address]) -> tuple[Address, bool]:
    """Where a key is, and whether its slot is only on the way there; where it has come, the map is put right."""
    node = (str(elsewhere.host), int(elsewhere.port))
    if not isinstance(elsewhere, MovedError):
        return node, True
    slots[int(elsewhere.slot_id)] = node
    return node, False
