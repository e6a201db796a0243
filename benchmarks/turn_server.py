"""What a turn is compared with: the least that answers a USSD callback and keeps a session, two ways."""

from collections.abc import Callable, Iterable
from typing import Any
from urllib.parse import parse_qs

import redis
from flask import Flask, Response, request

from bot.config import load
from bot.served import Wsgi
from flows.engine.link import HeldLink
from flows.engine.sessions import Command

SCREEN = "CON Hello Akello\n1. Contribute\n2. Balance\n3. Loans\n4. My group\n5. Settings\n6. Help"


def _flask_view(url: str) -> Wsgi:
    """The bare Flask view: a form in, one GET and one SET, a screen out."""
    flask, client = Flask("bare"), redis.Redis.from_url(url)

    @flask.post("/flask")
    def turn() -> Response:
        key = f"bare:{request.form['sessionId']}"
        client.get(key)
        client.set(key, request.form["text"] or "-", ex=180)
        return Response(SCREEN, mimetype="text/plain")

    return flask.wsgi_app


def _plain_callable(url: str) -> Wsgi:
    """The same as a plain WSGI callable with a connection held by each thread."""
    held = HeldLink(url)

    def turn(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        form = parse_qs(
            environ["wsgi.input"].read(int(environ["CONTENT_LENGTH"])).decode(), keep_blank_values=True
        )
        key = f"plain:{form['sessionId'][0]}"
        held.do(Command(("GET", key), bool))
        held.do(Command(("SET", key, form["text"][0] or "-", "EX", 180), bool))
        body = SCREEN.encode()
        start_response("200 OK", [("Content-Type", "text/plain"), ("Content-Length", str(len(body)))])
        return [body]

    return turn


_redis_url = load().redis_url
flask, plain = _flask_view(_redis_url), _plain_callable(_redis_url)
