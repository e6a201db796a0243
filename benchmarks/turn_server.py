"""What `turn.py` serves: the bot, and what it is compared with, in one process on one server."""

from collections.abc import Callable, Iterable
from typing import Any
from urllib.parse import parse_qs

import redis
from flask import Flask, Response, request

from bot.app import build
from bot.config import load
from bot.web import Wsgi, wsgi
from flows.engine.sessions import HeldConnection

SCREEN = "CON Hello Akello\n1. Contribute\n2. Balance\n3. Loans\n4. My group\n5. Settings\n6. Help"


def flask_view(url: str) -> Wsgi:
    """The bare Flask view: a form in, one GET and one SET, a screen out."""
    flask, client = Flask("bare"), redis.Redis.from_url(url)

    @flask.post("/flask")
    def turn() -> Response:
        key = f"bare:{request.form['sessionId']}"
        client.get(key)
        client.set(key, request.form["text"] or "-", ex=180)
        return Response(SCREEN, mimetype="text/plain")

    return flask.wsgi_app


def plain_callable(url: str) -> Wsgi:
    """The same as a plain WSGI callable with a connection held by each thread."""
    held = HeldConnection(url)

    def turn(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        form = parse_qs(
            environ["wsgi.input"].read(int(environ["CONTENT_LENGTH"])).decode(), keep_blank_values=True
        )
        key = f"plain:{form['sessionId'][0]}"
        held.call("GET", key)
        held.call("SET", key, form["text"][0] or "-", "EX", 180)
        body = SCREEN.encode()
        start_response("200 OK", [("Content-Type", "text/plain"), ("Content-Length", str(len(body)))])
        return [body]

    return turn


def application_of(settings_url: str, bot: Wsgi) -> Wsgi:
    others = {"/flask": flask_view(settings_url), "/plain": plain_callable(settings_url)}

    def dispatch(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        return others.get(environ["PATH_INFO"], bot)(environ, start_response)

    return dispatch


_settings = load()
application = application_of(_settings.redis_url, wsgi(build(_settings, timeout_seconds=4)))
