"""
The web server's application: the messages of all channels on one event loop a process (granian's RSGI).

`respond` is the way from a request to its answer: a generator that yields what it needs (`flows/engine/drive.py`),
so that an event loop runs it, or a plain call. `Hooks` reads the request, runs it and writes the answer. What
blocks goes to a few threads; everything that is no message is answered by Flask, in threads of its own, so that a
slow page never holds a turn.
"""

import asyncio
import json
import multiprocessing
import os
import signal
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from contextvars import copy_context
from functools import partial
from http import HTTPStatus
from time import perf_counter
from typing import Any, Final, Literal

import msgspec
from granian._granian import RSGIHTTPProtocol as HTTPProtocol  # granian.rsgi has it, and does not export it
from granian._granian import RSGIProtocolClosed as ProtocolClosed
from granian.rsgi import Scope
from structlog.contextvars import bind_contextvars
from werkzeug.datastructures import Headers
from werkzeug.test import create_environ, run_wsgi_app
from werkzeug.wsgi import ClosingIterator

from bot.app import App
from bot.callbacks import take
from bot.clients import client_of
from bot.collector import leave_out_what_is_there, search_less_often
from bot.logs import about, access, report
from bot.reading import SECONDS, Reading, TooMany, TooSlow
from bot.request_ids import request_id_of
from bot.served import Wsgi
from bot.shield.headers import SERVER, headers_of_all
from bot.traces import both
from bot.uploads import BODY_OF_UPLOAD_MAX, UPLOAD_PATHS, UPLOAD_SECONDS, UPLOADS_AT_ONCE
from channels.errors import Forged, MalformedRequest
from channels.forms import BODY_BYTES_MAX
from channels.port import Blocked, Conversations, Request, Stopped
from flows.engine.conversations import TURN_SECONDS
from flows.engine.drive import Driver, Needs, Unsure, work
from flows.engine.link import SharedLink
from flows.engine.messages import Message, Reply, may_be_pin
from flows.words.texts import Text, t, words

# Half of what a turn may take: then a member hears an apology instead of waiting for a free hand.
HAND_SECONDS: Final = TURN_SECONDS / 2
PAGES_AT_ONCE: Final = 8
PARENT_SECONDS: Final = 1.0
PIECEWISE_BYTES: Final = 1 << 20  # what is larger is no page
_DIGITS_MAX: Final = 12  # of a length that is looked at as a number

_STOPS: Final = {signal.SIGINT, signal.SIGTERM}
LOST: Final = t("Sorry, that did not work. Nothing was lost. Please try again in a minute.")
UNSURE: Final = t(
    "Sorry, we do not know yet whether that was done. Look at your last transactions before you try again."
)
_TEXT: Final = "text/plain; charset=utf-8"
_SERVER: Final = ("server", SERVER)


# What a request was: a turn, a repeat of one, an apology for what failed, whatever its status, or no turn at all.
Outcome = Literal["ok", "repeat", "apology", "refused"]


class Answer(msgspec.Struct, frozen=True):
    """What a provider is answered. `then` is done after it, and nobody waits for it."""

    body: str
    status: int = 200
    content_type: str = _TEXT
    outcome: Outcome = "ok"
    then: Callable[[], None] | None = None


_SLOW: Final = Answer("The request came too slowly.", 408, outcome="refused")
_CROWDED: Final = Answer("Too many requests at once from this address.", 429, outcome="refused")
_FAILED: Final = Answer("Something went wrong here. Please try again later.", 500)
_POST_ONLY: Final = Answer("POST only", 405, outcome="refused")
_ALLOW: Final = (("allow", "POST"),)


def respond(app: App, channel: Conversations, request: Request) -> Needs[Answer]:
    """
    Answer what a channel's provider sent.

    A turn that fails is still a 200 with an apology: any other answer shows the member a provider's error, or has
    the same message come again.
    """
    try:
        heard = channel.to_message(request)
    except (Forged, MalformedRequest) as error:
        return refused(error)
    outcome: Outcome = "ok"
    if isinstance(heard, Message):
        about(partial(app.engine.person_at, heard.sender))
        reply, outcome = yield from _reply(app, heard)
        response = channel.from_reply(heard, reply)
        about("")
    else:
        if heard is not None:
            yield from _take(app, channel, heard)
        response = channel.nothing()
    return Answer(response.body, content_type=response.content_type, outcome=outcome, then=response.then)


def refused(error: Forged | MalformedRequest) -> Answer:
    """What a request is answered that is no provider's, or cannot be read."""
    return Answer(str(error), 403 if isinstance(error, Forged) else 400, outcome="refused")


def _reply(app: App, message: Message) -> Needs[tuple[Reply, Outcome]]:
    """What a member hears, and how the turn came out."""
    try:
        reply = yield from app.engine.turn(message)
        return reply, "repeat" if reply.repeated else "ok"
    except Unsure as error:
        report("turn failed after a command", error.__cause__ or error, channel=message.channel.name)
        return _apology(app, message, UNSURE), "apology"
    except Exception as error:  # the member hears an apology, we hear of the error
        report("turn failed", error, channel=message.channel.name)
        return _apology(app, message, LOST), "apology"


def _take(app: App, channel: Conversations, event: Blocked | Stopped) -> Needs[None]:
    try:
        yield from work(partial(take, app, event))
    except Exception as error:  # a message to them will find it out again
        report("not written down that somebody wants no messages", error, channel=channel.channel.name)


def _apology(app: App, message: Message, text: Text) -> Reply:
    language = app.engine.language_of(message.sender, message.language)
    # What was typed may have been a PIN: where it can be deleted, it is.
    return Reply(words(language).say(text), final=True, secret=may_be_pin(message.typed or ""))


class Hooks:
    """
    One process of the web server.

    `build` joins the program once the process is there. `messages` says whether it answers members, and `pages`
    makes the WSGI application for everything else.
    """

    def __init__(self, build: Callable[[], App], pages: Callable[[App], Wsgi], *, messages: bool = True) -> None:
        self._build, self._pages_of, self._messages = build, pages, messages

    def __rsgi_init__(self, loop: asyncio.AbstractEventLoop) -> None:
        # A signal that comes before the loop runs would be lost: it waits until then.
        signal.pthread_sigmask(signal.SIG_BLOCK, _STOPS)
        loop.call_soon(signal.pthread_sigmask, signal.SIG_UNBLOCK, _STOPS)
        self._loop, self._app, self._reading = loop, self._build(), Reading(loop)
        settings = self._app.settings
        self._proxies = settings.proxies
        self._always = [(name.lower(), value) for name, value in headers_of_all(settings).items()]
        self._channels = self._app.by_path if self._messages else {}
        self._driver = Driver(
            SharedLink(
                settings.redis_url, loop, both(self._app.measures.redis_answered, self._app.spans, "redis")
            ),
            self._app.store.within,
            settings.db_pool_size,
            wait_seconds=HAND_SECONDS,
            loop=loop,
        )
        self._pages = self._pages_of(self._app)
        self._uploading = 0
        leave_out_what_is_there()
        search_less_often()
        self._end_with_parent()
        self._hands = ThreadPoolExecutor(PAGES_AT_ONCE, "pages")

    def __rsgi_del__(self, _loop: asyncio.AbstractEventLoop) -> None:
        self._hands.shutdown()
        self._driver.close()
        self._app.close()

    def _end_with_parent(self) -> None:
        """Stop when the process that started this one is gone: killed, it tells nobody and leaves a taken port."""
        self._app.life.beat()  # this loop goes on
        parent = multiprocessing.parent_process()
        if parent is None or parent.is_alive():
            self._loop.call_later(PARENT_SECONDS, self._end_with_parent)
        else:
            os.kill(os.getpid(), signal.SIGTERM)

    async def __rsgi__(self, scope: Scope, proto: HTTPProtocol) -> None:
        channel = self._channels.get(scope.path)
        name = request_id_of(_Headers(scope.headers).get("x-request-id", ""))
        # For this task, which is one request.
        if channel is None:
            bind_contextvars(request_id=name)
        else:
            bind_contextvars(request_id=name, channel=channel.channel.name)
        named = ("x-request-id", name)
        try:
            if channel is None:
                await self._page(scope, proto, named)
            else:
                await self._message(channel, scope, proto, named)
        except ProtocolClosed:
            return  # whoever asked is gone
        except Exception as error:
            if channel is None:
                self._unseen(scope, _FAILED.status)
            report("request failed", error, path=scope.path)
            with suppress(ProtocolClosed):
                _send(proto, _problem(_FAILED, name), *self._always, named)

    async def _message(
        self, channel: Conversations, scope: Scope, proto: HTTPProtocol, named: tuple[str, str]
    ) -> None:
        began, outcome, status = perf_counter(), "lost", _FAILED.status
        name = channel.channel.name
        try:
            with self._app.spans.span("turn", channel=name):
                answer = await self._answer(channel, scope, proto)
                if answer.outcome == "apology":
                    self._app.spans.failed()
            outcome, status = answer.outcome, answer.status
            _send(proto, answer, *(_ALLOW if answer is _POST_ONLY else ()), named)
            if answer.then is not None:
                self._app.later(name, answer.then)
        except ProtocolClosed:
            if outcome == "lost":  # they were gone before it was read: nobody waits for what we lost
                outcome, status = "refused", _SLOW.status
            raise
        finally:
            took, failed = perf_counter() - began, outcome in ("apology", "lost")
            self._app.measures.done(f"turn:{name}", took, failed=failed, outcome=outcome)
            access(scope.method, channel.path, status, took)

    async def _answer(self, channel: Conversations, scope: Scope, proto: HTTPProtocol) -> Answer:
        headers = _Headers(scope.headers)
        if scope.method != "POST":
            return _POST_ONLY
        try:
            channel.look_at_head(headers)
            body = await self._body(scope, headers, proto)
        except (Forged, MalformedRequest) as error:
            return refused(error)
        if isinstance(body, Answer):
            return body
        query = scope.query_string
        address = f"{self._app.settings.public_url}{channel.path}{'?' if query else ''}{query}"
        return await self._driver.run(respond(self._app, channel, Request(address, headers, body)), TURN_SECONDS)

    async def _body(
        self,
        scope: Scope,
        headers: "_Headers",
        proto: HTTPProtocol,
        most: int = BODY_BYTES_MAX,
        seconds: float = SECONDS,
    ) -> bytes | Answer:
        """
        The body of a request, of one that is too large a little more than the `most`; or why it is not read.

        Raises MalformedRequest for a length that is none.
        """
        length: str | None = headers.get("content-length")
        if length is not None and not (length.isascii() and length.isdigit()):
            raise MalformedRequest("no length")
        is_small = length is not None and len(length) < _DIGITS_MAX and int(length) <= most
        receive = proto if is_small else partial(_beginning, proto, most)
        try:
            peer, forwarded = scope.client.rpartition(":")[0], headers.get("x-forwarded-for", "")
            return await self._reading.whole(client_of(peer, forwarded, self._proxies), receive, seconds)
        except TooSlow:
            return _SLOW
        except TooMany:
            return _CROWDED

    async def _page(self, scope: Scope, proto: HTTPProtocol, named: tuple[str, str]) -> None:
        sends_files = scope.method == "POST" and scope.path in UPLOAD_PATHS
        if sends_files:
            shown = await self._called(scope, b"", named, "GET")
            if shown.status != HTTPStatus.OK:
                shown.send(proto)
                return
        try:
            body = await (self._files if sends_files else self._body)(scope, _Headers(scope.headers), proto)
        except MalformedRequest as error:
            body = refused(error)
        if isinstance(body, Answer):
            self._unseen(scope, body.status)
            _send(proto, _problem(body, named[1]), *self._always, named)
            return
        page = await self._called(scope, body, named, scope.method)
        if page.rest is None:
            page.send(proto)
        else:
            await self._piecewise(page, page.rest, proto)

    async def _files(self, scope: Scope, headers: "_Headers", proto: HTTPProtocol) -> bytes | Answer:
        """A body with files in it. Raises MalformedRequest."""
        if self._uploading >= UPLOADS_AT_ONCE:
            return _CROWDED
        self._uploading += 1
        try:
            return await self._body(scope, headers, proto, BODY_OF_UPLOAD_MAX, UPLOAD_SECONDS)
        finally:
            self._uploading -= 1

    async def _called(self, scope: Scope, body: bytes, named: tuple[str, str], method: str) -> "_Page":
        context = copy_context()  # of this request, for the thread too
        work = partial(context.run, _called, self._pages, scope, body, named, method)
        return await self._loop.run_in_executor(self._hands, work)

    async def _piecewise(self, page: "_Page", rest: Iterator[bytes], proto: HTTPProtocol) -> None:
        """A file: no more than a piece of it is held, and no thread waits for whoever fetches it."""
        transport = proto.response_stream(page.status, [*page.headers, _SERVER])
        while piece := await self._loop.run_in_executor(self._hands, next, rest, b""):
            await transport.send_bytes(piece)

    def _unseen(self, scope: Scope, status: int) -> None:
        """A request for a page that its pages never saw, or could not answer."""
        failed = status >= HTTPStatus.INTERNAL_SERVER_ERROR
        self._app.measures.done("page:none", 0, failed=failed, outcome=f"{status // 100}xx")
        access(scope.method, scope.path, status, 0)


async def _beginning(proto: HTTPProtocol, most: int) -> bytes:
    """More than the most that is taken, and no more of it."""
    body = bytearray()
    async for chunk in proto:
        body += chunk
        if len(body) > most:
            break
    return bytes(body[: most + 1])


class _Page(msgspec.Struct):
    """What a page answers: all of its `content`, or what gives the `rest` piece by piece."""

    status: int
    headers: list[tuple[str, str]]
    content: bytes = b""
    rest: Iterator[bytes] | None = None

    def send(self, proto: HTTPProtocol) -> None:
        proto.response_bytes(self.status, [*self.headers, _SERVER], self.content)


def _called(wsgi: Wsgi, scope: Scope, body: bytes, named: tuple[str, str], method: str) -> _Page:
    """What a WSGI application answers, which calls the request as we do."""
    given, query = Headers(scope.headers.items()), scope.query_string
    given.set(*named)
    if method != scope.method:
        query = ""  # what is said of the files is nothing to ask of the page that is shown first
        for name in ("content-type", "content-length", "transfer-encoding"):
            given.remove(name)
    environ = create_environ(
        scope.path,
        f"{scope.scheme}://{scope.authority or scope.server}",
        query_string=query,
        method=method,
        headers=given,
        data=body,
        environ_base={"REMOTE_ADDR": scope.client.rpartition(":")[0]},
    )
    parts, status, headers = run_wsgi_app(wsgi, environ)
    page = _Page(int(status.split()[0]), [(name.lower(), value) for name, value in headers])
    if method == "GET" and int(headers.get("content-length", 0)) > PIECEWISE_BYTES:
        page.rest = iter(parts)
    else:
        page.content = b"".join(parts)
        if isinstance(parts, ClosingIterator):
            parts.close()
    return page


def _problem(answer: Answer, name: str) -> Answer:
    """The same in the one shape of an error that pages and the API have."""
    code = HTTPStatus(answer.status).name.lower()
    error = {"code": code, "message": answer.body, "request_id": name, "fields": {}}
    body = json.dumps({"success": False, "error": error})
    return msgspec.structs.replace(answer, body=body, content_type="application/json")


def _send(proto: HTTPProtocol, answer: Answer, *headers: tuple[str, str]) -> None:
    proto.response_str(answer.status, [("content-type", answer.content_type), _SERVER, *headers], answer.body)


class _Headers(Mapping[str, str]):
    """The headers of a request by their names in lower case, looked up only where they are asked for."""

    __slots__ = ("_headers",)

    def __init__(self, headers: Any) -> None:
        self._headers = headers

    def __getitem__(self, name: str) -> str:
        value: str | None = self._headers.get(name)
        if value is None:
            raise KeyError(name)
        return value

    def get(self, name: str, default: Any = None) -> Any:
        """Mapping's own raises and catches what is not there."""
        return self._headers.get(name, default)

    def __iter__(self) -> Iterator[str]:
        return iter(self._headers.keys())

    def __len__(self) -> int:
        return len(self._headers.keys())
