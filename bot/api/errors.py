"""
What a refusal is over HTTP: one table from the rules' errors to statuses, and the sentence in the caller's
language.

A class has the status of the nearest of its ancestors in the table, so a new one has a status too: what the rules
refuse is in conflict with how things are (409), and what is to be typed again cannot be used (422).
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

from flask import Response, request
from werkzeug.datastructures import WWWAuthenticate
from werkzeug.exceptions import HTTPException

from bot.api.languages import says
from bot.logs import log, report
from bot.served import problem
from domain.access.accounts import WrongSignIn
from domain.access.caller import MissingScope, NotSignedIn
from domain.books.statements import NoSuchPeriod
from domain.broadcasts.send import RemindersOnly, TooManyBroadcasts
from domain.commands import NowReadOnly
from domain.decisions.rights import Frozen
from domain.errors import DomainError, TryAgain
from domain.groups.invite import TooManyInvitations
from domain.letters.kept_out import KeptOutOfLetters
from domain.letters.write import Muted
from domain.loans.borrow import BadRequest, NotEligible
from domain.loans.guarantors import BadGuarantor
from domain.loans.prepare import NothingPrepared
from domain.loans.repay import MoreThanOwed
from domain.money import InvalidAmount, TooLittle
from domain.mongo.store import is_away
from domain.moving_in.files import BadImportFile
from domain.people.chats import CodeExpired, WrongCode
from domain.people.limits import (
    TooManyClosed,
    TooManyCodes,
    TooManyFiles,
    TooManyLetters,
    TooManyNewcomers,
    TooManyPapers,
    TooManyTexts,
    TooManyTries,
)
from domain.people.phones import NoSuchMember, NotServed
from domain.records.person import NoSuchGroup, NotAllowed
from domain.records.pin import PinLocked
from domain.records.receipt import NoSuchReceipt
from domain.savings.contribute import TooMuch
from domain.treasury.coins import NotInCoins
from domain.treasury.money_in import TooManyPayments
from flows.words.refusals import refusal
from flows.words.served import SERVED
from flows.words.texts import Text

STATUS: Final[Mapping[type[DomainError], int]] = {
    DomainError: 409,
    TryAgain: 422,
    # Who asks is not known, or did not prove it.
    NotSignedIn: 401,
    WrongSignIn: 401,
    WrongCode: 401,
    CodeExpired: 401,
    # It is theirs to see, and not to do.
    MissingScope: 403,
    NotAllowed: 403,
    Frozen: 403,
    Muted: 403,
    RemindersOnly: 403,
    # It is not there, or not for them.
    NoSuchGroup: 404,
    NoSuchMember: 404,
    NoSuchReceipt: 404,
    NothingPrepared: 404,
    # What was sent cannot be used.
    InvalidAmount: 422,
    TooLittle: 422,
    TooMuch: 422,
    MoreThanOwed: 422,
    NotInCoins: 422,
    NotEligible: 422,
    BadRequest: 422,
    BadGuarantor: 422,
    NoSuchPeriod: 422,
    BadImportFile: 422,
    NotServed: 422,
    KeptOutOfLetters: 422,
    # Too often: later it can be done.
    TooManyBroadcasts: 429,
    TooManyClosed: 429,
    TooManyCodes: 429,
    TooManyFiles: 429,
    TooManyInvitations: 429,
    TooManyLetters: 429,
    TooManyNewcomers: 429,
    TooManyPapers: 429,
    TooManyPayments: 429,
    TooManyTexts: 429,
    TooManyTries: 429,
    PinLocked: 429,
    # The service only shows for a while: later it can be done.
    NowReadOnly: 503,
}
# Of what is not allowed: not by who asks, but by what was sent, or by how things are.
_NOT_BY_WHO: Final[Mapping[str, int]] = {"amount": 422, "kind": 409, "changed": 409}
# Of those that do not say when: money commands count for an hour, what a group or an officer sends for a day.
_HOUR_SECONDS, _DAY_SECONDS = 3_600, 86_400
_AWAY_SECONDS: Final = 60  # nobody knows how long
_BEARER: Final = WWWAuthenticate("bearer")
# Codes of HTTP's own refusals, where they are not the name of the status.
_CODES: Final[Mapping[int, str]] = {422: "validation_failed", 500: "internal_error", 503: "unavailable"}
_OF_STATUS: Final[Mapping[int, str]] = {
    401: "unauthorized",
    403: "forbidden",
    404: "not_found",
    409: "conflict",
    422: "validation_failed",
    429: "too_many_requests",
}
_KEPT: Final = ("Allow", "Retry-After", "WWW-Authenticate")
_NAME_MAX: Final = 80


def status_of(kind: type[DomainError]) -> int:
    """The status of a refusal: that of the nearest of its ancestors in the table."""
    return next(STATUS[each] for each in kind.__mro__ if each in STATUS)


def refused(error: DomainError) -> Response:
    """What the rules said."""
    status = status_of(type(error))
    if isinstance(error, NotAllowed):
        status = _NOT_BY_WHO.get(str(error.details["why"]), status)
    response = problem(status, error.code, says().say(_sentence(error, status)))
    if status == 401:
        response.www_authenticate = _BEARER
    if status == 429:
        minutes = error.details.get("minutes")
        else_seconds = _HOUR_SECONDS if isinstance(error, TooManyPayments) else _DAY_SECONDS
        response.headers["Retry-After"] = str(int(minutes) * 60 if minutes else else_seconds)
    if status == 503:
        response.headers["Retry-After"] = str(_AWAY_SECONDS)
    return response


def _sentence(error: DomainError, status: int) -> Text:
    """Its own; or that of its status, for what nobody meets in a conversation."""
    try:
        return refusal(error)
    except KeyError:
        return SERVED[_OF_STATUS[status]]


def said(status: int, code: str, fields: Mapping[str, Sequence[str]] | None = None) -> Response:
    """A refusal of HTTP's, or of ours before any rule is asked, by its code in `flows/words/served.py`."""
    return problem(status, code, says().say(SERVED[code]), fields or {})


def refused_by_http(error: HTTPException) -> Response:
    """What Flask, or whoever reads the request, refuses."""
    if error.response is not None:
        return error.response  # type: ignore[return-value]
    status = error.code or 500
    code = _CODES.get(status, error.name.lower().replace(" ", "_"))
    if code not in SERVED:
        code = "bad_request" if status < 500 else "internal_error"
    response = said(status, code, dict(_fields(getattr(error, "data", None) or {})))
    response.headers.extend((name, value) for name, value in error.get_headers() if name in _KEPT)
    if status == 503:
        response.headers.setdefault("Retry-After", str(_AWAY_SECONDS))
    return response


def failed(error: Exception) -> Response:
    """What is ours to mend; or a store that is away, which the client may ask again."""
    if is_away(error):
        log().warning("a store is away", error=type(error).__name__, endpoint=request.endpoint)
        response = said(503, "unavailable")
        response.headers["Retry-After"] = str(_AWAY_SECONDS)
        return response
    report("request failed", error, endpoint=request.endpoint)
    return said(500, "internal_error")


def _fields(data: Mapping[str, Any]) -> Iterator[tuple[str, list[str]]]:
    """What marshmallow says of each place, as paths: "amount.minor"."""
    for place in data.get("messages", {}).values():
        yield from _flat("", place)


def _flat(path: str, what: Any) -> Iterator[tuple[str, list[str]]]:
    if isinstance(what, Mapping):
        for name, inner in what.items():
            shown = str(name).encode("utf-8", "replace").decode()[:_NAME_MAX]
            yield from _flat(f"{path}.{shown}" if path else shown, inner)
    else:
        yield path or "_", [str(each) for each in what] if isinstance(what, list) else [str(what)]
