"""The web server of the tests: the same turns and pages in the thread that asks, without a socket."""

import threading
from collections.abc import Iterable
from functools import cache, partial
from http import HTTPStatus
from typing import Any

from flask import Flask
from werkzeug.wrappers import Request, Response

from bot.app import App
from bot.hooks import Answer, respond
from bot.served import Wsgi, attach
from bot.web import pages_app
from channels import port
from channels.forms import BODY_BYTES_MAX
from channels.port import Conversations
from flows.engine.conversations import TURN_SECONDS
from flows.engine.drive import run


def wsgi(app: App, built: Flask | None = None) -> Wsgi:
    """
    The whole service; what is beside an answer is done in its own thread, as ever. Pages that were `built` for
    another program of like settings are this one's from now on: that takes a hundredth of building them.
    """
    channels = app.by_path
    if built is not None:
        attach(built, app)

    making = threading.Lock()

    @cache
    def made() -> Wsgi:
        return built or pages_app(app)

    def pages() -> Wsgi:
        """Made when a page is first asked for, which may be by many at once: once."""
        with making:
            return made()

    def serve(environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        channel = channels.get(environ["PATH_INFO"])
        answered = pages() if channel is None else partial(_answer, app, channel)
        return answered(environ, start_response)

    return serve


def _answer(app: App, channel: Conversations, environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
    request = Request(environ)
    query = request.query_string.decode()
    address = f"{app.settings.public_url}{channel.path}{'?' if query else ''}{query}"
    headers = {name.lower(): value for name, value in request.headers}
    asked = port.Request(address, headers, request.stream.read(BODY_BYTES_MAX + 1))
    answer: Answer = run(respond(app, channel, asked), app.engine.link, app.store.within, TURN_SECONDS)
    if answer.then is not None:
        app.later(channel.channel.name, answer.then)
    response = Response(answer.body, HTTPStatus(answer.status), content_type=answer.content_type)
    return response(environ, start_response)
