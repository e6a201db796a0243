"""The connection that a whole event loop shares: what leaves together, what breaks, and what is said then."""

import asyncio
import socket
from collections.abc import Awaitable, Callable, Coroutine, Iterator
from contextlib import contextmanager, suppress
from typing import Any
from urllib.parse import urlsplit

import pytest
import redis

from bot.local.stores import Stores
from flows.engine import link as links
from flows.engine.link import HeldLink, SessionsUnavailable, SharedLink
from flows.engine.sessions import Command, Keys, Opened, Replied, begin, commit, person_at, remember_address
from tests.waiting import WAIT_SECONDS

Serve = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Coroutine[Any, Any, None]]


def get(key: str) -> Command[bytes | None]:
    return Command(("GET", key), lambda found: found)


def append(key: str, value: str) -> Command[int]:
    return Command(("APPEND", key, value), int)


def in_loop(work: Callable[[], Awaitable[None]]) -> None:
    async def whole() -> None:
        async with asyncio.timeout(WAIT_SECONDS):
            await work()
            others = asyncio.all_tasks() - {asyncio.current_task()}
            for each in others:
                each.cancel()
            await asyncio.gather(*others, return_exceptions=True)
            await asyncio.sleep(0)  # and what they held is closed

    asyncio.run(whole())


@pytest.fixture
def valkey(stores: Stores) -> Iterator[redis.Redis]:
    client = redis.Redis.from_url(stores.redis_url)
    client.flushdb()
    yield client
    client.close()


@contextmanager
def shared(url: str) -> Iterator[SharedLink]:
    link = SharedLink(url, asyncio.get_running_loop())
    try:
        yield link
    finally:
        link.close()


class Between:
    """Stands between us and Redis: counts the pieces that come, and passes on so many answers before it breaks."""

    def __init__(self, url: str) -> None:
        self._where = urlsplit(url)
        self.pieces: list[bytes] = []
        self.answers_before_the_end: list[int] = []  # of each connection to come; none: for ever
        self.is_frozen = False
        self._server: asyncio.Server | None = None

    async def __aenter__(self) -> str:
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", 0)
        return f"redis://127.0.0.1:{self._server.sockets[0].getsockname()[1]}"

    async def __aexit__(self, *_: object) -> None:
        assert self._server is not None
        self._server.close()

    async def _serve(self, ours: asyncio.StreamReader, back: asyncio.StreamWriter) -> None:
        reader, writer = await asyncio.open_connection(self._where.hostname, self._where.port)
        left = self.answers_before_the_end.pop(0) if self.answers_before_the_end else None
        answered = asyncio.create_task(self._answer(reader, back, left))
        try:
            while piece := await ours.read(1_000_000):
                self.pieces.append(piece)
                if not self.is_frozen:
                    writer.write(piece)
        except ConnectionError:
            return
        finally:
            answered.cancel()
            writer.close()
            back.close()

    async def _answer(self, reader: asyncio.StreamReader, back: asyncio.StreamWriter, left: int | None) -> None:
        with suppress(ConnectionError, asyncio.IncompleteReadError):
            while left is None or left > 0:
                line = await reader.readuntil(b"\r\n")
                if line[:1] == b"$" and line[1:2] != b"-":
                    line += await reader.readexactly(int(line[1:]) + 2)
                back.write(line)
                left = left if left is None else left - 1
        back.close()


def test_commands_of_one_moment_leave_in_one_write_and_each_gets_its_answer(
    stores: Stores, valkey: redis.Redis
) -> None:
    valkey.mset({f"key{number}": f"value{number}" for number in range(50)})

    async def work() -> None:
        between = Between(stores.redis_url)
        async with between as url:
            with shared(url) as link:
                await link.do(get("key0"))
                between.pieces.clear()
                found = await asyncio.gather(*(link.do(get(f"key{number}")) for number in range(50)))
                assert found == [b"value%d" % number for number in range(50)]
                assert len(between.pieces) == 1

    in_loop(work)


@pytest.mark.parametrize("answered", [0, 1, 25, 49])
def test_a_connection_that_breaks_in_the_middle_of_a_batch_is_tried_once_more(
    stores: Stores, valkey: redis.Redis, answered: int
) -> None:
    """What was answered before is not asked again; the rest is, on another connection, in its order."""
    valkey.mset({f"key{number}": f"value{number}" for number in range(50)})

    async def work() -> None:
        between = Between(stores.redis_url)
        between.answers_before_the_end = [answered]
        async with between as url:
            with shared(url) as link:
                found = await asyncio.gather(*(link.do(get(f"key{number}")) for number in range(50)))
                assert found == [b"value%d" % number for number in range(50)]

    in_loop(work)


def test_one_that_breaks_again_is_said_to_those_who_waited_and_the_next_is_answered(
    stores: Stores, valkey: redis.Redis
) -> None:
    async def work() -> None:
        between = Between(stores.redis_url)
        between.answers_before_the_end = [2, 3]
        async with between as url:
            with shared(url) as link:
                asked = (link.do(append("text", "x")) for _ in range(10))
                found = await asyncio.gather(*asked, return_exceptions=True)
                assert [type(each) for each in found] == [int] * 5 + [SessionsUnavailable] * 5
                assert await link.do(get("text")) is not None

    in_loop(work)


def test_a_redis_that_has_frozen_is_given_up(
    stores: Stores, valkey: redis.Redis, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def work() -> None:
        between = Between(stores.redis_url)
        async with between as url:
            with shared(url) as link:
                await link.do(get("key"))
                between.is_frozen = True
                with monkeypatch.context() as hurried:
                    hurried.setattr(links, "ANSWER_SECONDS", 0.2)
                    with pytest.raises(SessionsUnavailable):
                        await link.do(get("key"))
                between.is_frozen = False
                assert await link.do(get("key")) is None

    in_loop(work)


def test_without_redis_everybody_who_asks_hears_so() -> None:
    async def work() -> None:
        with shared("redis://127.0.0.1:9") as link:
            for _ in range(2):
                asked = [link.do(get("key")) for _ in range(5)]
                found = await asyncio.gather(*asked, return_exceptions=True)
                assert {type(each) for each in found} == {SessionsUnavailable}

    in_loop(work)


WRONG = {
    "no host": "redis://nobody.invalid",
    "a port where something else listens": "redis://127.0.0.1:{other}",
    "TLS with a server that has none": "rediss://127.0.0.1:{port}",
    "a user who is none": "redis://nobody:wrong@127.0.0.1:{port}",
    "a database that is not there": "redis://127.0.0.1:{port}/4000",
}


@pytest.mark.parametrize("case", WRONG)
def test_an_address_that_is_wrong_hangs_nobody(stores: Stores, case: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(links, "ANSWER_SECONDS", 1.0)
    if case == "no host":
        monkeypatch.setattr(socket, "getaddrinfo", refuse)
    port = urlsplit(stores.redis_url).port

    async def web(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read(1)
        writer.write(b"HTTP/1.1 400 Bad Request\r\n\r\n")
        writer.close()

    async def work() -> None:
        other = await asyncio.start_server(web, "127.0.0.1", 0)
        url = WRONG[case].format(port=port, other=other.sockets[0].getsockname()[1])
        with shared(url) as link, pytest.raises(SessionsUnavailable):
            await link.do(get("key"))
        other.close()

    in_loop(work)


def refuse(*_: object, **__: object) -> None:
    raise socket.gaierror("Name or service not known")


def test_a_script_that_redis_has_forgotten_is_told_again(stores: Stores, valkey: redis.Redis) -> None:
    async def work() -> None:
        with shared(stores.redis_url) as link:
            for number in range(2):
                valkey.script_flush()
                keys = Keys("member", f"turn{number}")
                opened = await link.do(begin(keys, "token"))
                assert isinstance(opened, Opened)
                valkey.script_flush()
                kept = commit(opened, reply=b"reply", session=b"s", profile=b"", trace=b"t", repeats_seconds=60)
                assert await link.do(kept)
                assert await link.do(begin(keys, "other")) == Replied(b"reply")

    in_loop(work)


def test_both_ways_to_redis_read_the_same(stores: Stores, valkey: redis.Redis) -> None:
    held = HeldLink(stores.redis_url)

    async def work() -> None:
        with shared(stores.redis_url) as link:
            assert await link.do(person_at("+256772000101")) is None is held.do(person_at("+256772000101"))
            await link.do(remember_address("+256772000101", "akello"))
            assert await link.do(person_at("+256772000101")) == "akello" == held.do(person_at("+256772000101"))

    in_loop(work)
