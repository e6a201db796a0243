"""The API as a part of the Flask application: its endpoints, its document, and the one shape of its errors."""

from collections.abc import Callable
from functools import partial
from typing import Final

import marshmallow as ma
from flask import Flask, Response, request
from flask_smorest import Api
from werkzeug.exceptions import HTTPException

from bot.api import (
    admin,
    auth,
    books,
    exports,
    groups,
    health,
    imports,
    loans,
    messages,
    operator_programmes,
    operators,
    payments,
    referrals,
    statements,
)
from bot.api.declare import Part, check_declared
from bot.api.docs import docs
from bot.api.errors import failed, refused, refused_by_http, said
from bot.api.shapes import Failed
from domain.errors import DomainError
from domain.store import NotFound

PARTS: Final[tuple[Part, ...]] = tuple(
    each.part
    for each in (
        *(health, auth, groups, payments, loans, statements, messages, referrals, books, operators, admin),
        *(operator_programmes, imports, exports),
    )
)
PREFIX: Final = "/api/"


class _OurApi(Api):  # type: ignore[misc]
    """Errors have our shape, not the library's."""

    ERROR_SCHEMA = Failed

    def _register_error_handlers(self) -> None:
        """`serve_api` does."""


def serve_api(flask: Flask, version: str) -> None:
    """Add the API. Raises NotDeclared when a route of it was made without saying who may ask."""
    for part in PARTS:
        flask.register_blueprint(part)
    flask.register_blueprint(docs(partial(_documented, version)))
    check_declared(flask)


def _documented(version: str) -> Api:
    """The same parts, in an application that answers nobody: only there is the document written with them."""
    flask = Flask("document")
    flask.config.update(API_TITLE="Community Savings Bot", API_VERSION=version, OPENAPI_VERSION="3.1.0")
    api = _OurApi(flask)
    api.spec.components.security_scheme("bearer", {"type": "http", "scheme": "bearer"})
    for part in PARTS:
        api.register_blueprint(part)
    return api


def refuses(others: Callable[[HTTPException], Response]) -> Callable[[HTTPException], Response]:
    """What answers a refusal of HTTP: ours under /api, be there such an endpoint or not, and else `others`."""

    def refused_there(error: HTTPException) -> Response:
        return refused_by_http(error) if request.path.startswith(PREFIX) else others(error)

    return refused_there


def _not_found(_: NotFound) -> Response:
    return said(404, "not_found")


def _invalid(error: ma.ValidationError) -> Response:
    messages = error.messages if isinstance(error.messages, dict) else {"_": error.messages}
    return said(422, "validation_failed", {str(name): [*map(str, each)] for name, each in messages.items()})


for _part in PARTS:
    _part.register_error_handler(DomainError, refused)
    _part.register_error_handler(NotFound, _not_found)
    _part.register_error_handler(ma.ValidationError, _invalid)
    _part.register_error_handler(HTTPException, refused_by_http)
    _part.register_error_handler(Exception, failed)
