"""One connection to Redis on an event loop, opened again when it breaks; answers are matched in order."""

import asyncio
import ssl
from collections import deque
from collections.abc import Awaitable, Callable, Mapping
from typing import Any, Final, cast

import hiredis
from redis.exceptions import AskError, ClusterDownError, MovedError, NoScriptError, ResponseError
from redis.exceptions import ConnectionError as RedisConnectionError

from domain.errors import StoreError

ANSWER_SECONDS: Final = 2.0  # then the connection is given up, and the command tried once more on another
_WATCH_SECONDS: Final = 0.25


class SessionsUnavailable(StoreError):
    """Redis does not answer."""


class _NotThere(RedisConnectionError):
    """The server is no primary, or not yet: whoever is has to be looked for."""


class _Waiting:
    """A command under way: what it waits on, and whether it is sent for the last time: on a fresh connection."""

    __slots__ = ("again", "answer", "parts", "sent_at")

    def __init__(self, parts: tuple[Any, ...], answer: "asyncio.Future[Any]", *, again: bool = False) -> None:
        self.parts, self.answer, self.again = parts, answer, again
        self.sent_at = 0.0


class Lane:
    """
    The way to one server. What is asked in one iteration of the loop leaves in one write.

    Answers come in the order of the commands. When the connection breaks, what waits is sent once more, on a new
    one, to wherever the server is then: `where` is asked each time.
    """

    def __init__(self, loop: asyncio.AbstractEventLoop, where: Callable[[], Awaitable[Mapping[str, Any]]]) -> None:
        self._where, self._loop = where, loop
        self._wire: _Wire | None = None
        self._connecting: asyncio.Task[None] | None = None
        self._queued: list[_Waiting] = []
        self._flushing = False

    def ask(self, parts: tuple[Any, ...]) -> "asyncio.Future[Any]":
        """Its answer. Raises SessionsUnavailable, and what the server refuses it with."""
        answer = self._loop.create_future()
        self._queued.append(_Waiting(parts, answer))
        self._flush_soon()
        return answer

    def close(self) -> None:
        if self._connecting is not None:
            self._connecting.cancel()
        if self._wire is not None:
            self._wire.close()

    def _flush_soon(self) -> None:
        if not self._flushing:
            self._flushing = True
            self._loop.call_soon(self._flush)

    def _flush(self) -> None:
        self._flushing = False
        if self._wire is None:
            if self._connecting is None:
                self._connecting = self._loop.create_task(self._connect())
            return
        queued, self._queued = self._queued, []
        self._wire.send(queued)

    async def _connect(self) -> None:
        """Open a connection and send what is queued; all of that fails when there is none to be had."""
        try:
            async with asyncio.timeout(ANSWER_SECONDS):
                wire = await _open(self._loop, await self._where(), self._broken)
        except Exception as error:  # noqa: BLE001 - whatever it is, nobody may wait for ever
            queued, self._queued = self._queued, []
            for each in queued:
                _fail(each, error)
        else:
            self._wire = wire
            self._flush()
        finally:
            self._connecting = None

    def _broken(self, wire: "_Wire", lost: list[_Waiting], error: Exception) -> None:
        """What was sent and not answered goes out once more, before what came after it."""
        if self._wire is wire:
            self._wire = None
        again = []
        for each in lost:
            if each.again:
                _fail(each, error)
            elif not each.answer.done():
                each.again = True
                again.append(each)
        if again or self._queued:
            self._queued[:0] = again
            self._flush_soon()


class _Wire(asyncio.Protocol):
    """One connection: commands out, answers matched to them in order."""

    def __init__(self, loop: asyncio.AbstractEventLoop, broken: Any) -> None:
        self._loop, self._broken = loop, broken
        self._reader: Final = hiredis.Reader(
            protocolError=RedisConnectionError, replyError=_reply_error, notEnoughData=_NOTHING
        )
        self._waiting: deque[_Waiting] = deque()
        self._transport: asyncio.Transport | None = None
        self._watch: asyncio.TimerHandle | None = None

    def send(self, queued: list[_Waiting]) -> None:
        assert self._transport is not None
        now = self._loop.time()
        for each in queued:
            each.sent_at = now
        self._waiting.extend(queued)
        self._transport.write(b"".join([hiredis.pack_command(each.parts) for each in queued]))
        if self._watch is None:
            self._watch = self._loop.call_later(_WATCH_SECONDS, self._look)

    def close(self) -> None:
        if self._transport is not None:
            self._transport.close()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)  # uvloop's is no subclass of it

    def data_received(self, data: bytes) -> None:
        self._reader.feed(data)
        while (answer := self._reader.gets()) is not _NOTHING:
            waiting = self._waiting.popleft()
            if waiting.answer.done():
                continue  # whoever asked has given up
            if isinstance(answer, _NotThere) and self._transport is not None:
                self._waiting.appendleft(waiting)
                self._transport.abort()
                return
            if isinstance(answer, Exception):
                waiting.answer.set_exception(answer)
            else:
                waiting.answer.set_result(answer)

    def connection_lost(self, error: Exception | None) -> None:
        if self._watch is not None:
            self._watch.cancel()
        lost, self._waiting = list(self._waiting), deque()
        self._broken(self, lost, error or RedisConnectionError("the connection was closed"))

    def _look(self) -> None:
        """One timer for all that waits: a Redis that has frozen answers nobody."""
        self._watch = None
        if not self._waiting:
            return
        if self._loop.time() - self._waiting[0].sent_at > ANSWER_SECONDS and self._transport is not None:
            self._transport.abort()
        else:
            self._watch = self._loop.call_later(_WATCH_SECONDS, self._look)


_NOTHING: Final = object()


# By the first word of a refusal: what is to be done about it. MOVED and ASK are followed by where to.
_REFUSALS: Final[Mapping[str, type[Exception]]] = {
    "NOSCRIPT": NoScriptError,
    "READONLY": _NotThere,
    "MASTERDOWN": _NotThere,
    "LOADING": _NotThere,
    "CLUSTERDOWN": ClusterDownError,
}


def _reply_error(text: str) -> Exception:
    word, _, rest = text.partition(" ")
    if word in ("MOVED", "ASK"):
        return (MovedError if word == "MOVED" else AskError)(rest)
    return _REFUSALS.get(word, ResponseError)(text)


def _fail(waiting: _Waiting, error: Exception) -> None:
    if not waiting.answer.done():
        failure = SessionsUnavailable(str(error) or type(error).__name__)
        failure.__cause__ = error
        waiting.answer.set_exception(failure)


async def _open(loop: asyncio.AbstractEventLoop, where: Mapping[str, Any], broken: Any) -> _Wire:
    """Connect and say who we are and which database is ours, as the URL has it. Raises what there is to raise."""

    def made() -> _Wire:
        return _Wire(loop, broken)

    if path := where.get("path"):
        _, wire = await loop.create_unix_connection(made, path)
    else:
        secured = _tls(where) if "SSL" in getattr(where.get("connection_class"), "__name__", "") else None
        host, port = where.get("host", "localhost"), where.get("port", 6379)
        _, wire = await loop.create_connection(made, host, port, ssl=secured)
    first: list[tuple[Any, ...]] = []
    if password := where.get("password"):
        first.append(("AUTH", where.get("username") or "default", password))
    if database := where.get("db"):
        first.append(("SELECT", database))
    answers = [loop.create_future() for _ in first]
    if first:
        wire.send([_Waiting(parts, answer, again=True) for parts, answer in zip(first, answers, strict=True)])
        try:
            await asyncio.gather(*answers)
        except BaseException:
            wire.close()
            raise
    return wire


def _tls(where: Mapping[str, Any]) -> ssl.SSLContext:
    context = ssl.create_default_context(cafile=where.get("ssl_ca_certs"))
    if str(where.get("ssl_cert_reqs", "")).lower() == "none":
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    if certificate := where.get("ssl_certfile"):
        context.load_cert_chain(certificate, where.get("ssl_keyfile"))
    return context
