"""What the parts of the Flask application share: the program they serve, and the one shape of an error."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

from flask import Flask, Response, current_app, g, jsonify, request

from bot.app import App
from bot.request_ids import HEADER, request_id_of

Wsgi = Callable[[dict[str, Any], Callable[..., Any]], Any]

_NAME = "bot"
_NO_FIELDS: Final[Mapping[str, Sequence[str]]] = {}


def attach(flask: Flask, app: App) -> None:
    """From now on views find this program with `served`."""
    flask.extensions[_NAME] = app


def served() -> App:
    """The program that this request is for."""
    app: App = current_app.extensions[_NAME]
    return app


def request_id() -> str:
    """What this request is called in its answer and in our log."""
    if "request_id" not in g:
        g.request_id = request_id_of(request.headers.get(HEADER, ""))
    return str(g.request_id)


def problem(status: int, code: str, message: str, fields: Mapping[str, Sequence[str]] = _NO_FIELDS) -> Response:
    """
    The one shape of an error. `code` is the rule's own, or of `flows/words/served.py`; `fields` says what is wrong
    with what was sent, by its place: "amount.minor".
    """
    said = {"code": code, "message": message, "request_id": request_id(), "fields": fields}
    response = jsonify(success=False, error=said)
    response.status_code = status
    response.headers["Cache-Control"] = "no-store"
    return response
