"""What the parts of the Flask application share: the program they serve, and the one shape of an error."""

from collections.abc import Callable
from typing import Any

from flask import Flask, Response, current_app, jsonify

from bot.app import App

Wsgi = Callable[[dict[str, Any], Callable[..., Any]], Any]

_NAME = "bot"


def attach(flask: Flask, app: App) -> None:
    """From now on views find this program with `served`."""
    flask.extensions[_NAME] = app


def served() -> App:
    """The program that this request is for."""
    app: App = current_app.extensions[_NAME]
    return app


def problem(status: int, code: str, message: str) -> Response:
    """The one shape of an error."""
    response = jsonify(error={"code": code, "message": message})
    response.status_code = status
    return response
