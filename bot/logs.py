"""
Logs: one JSON object a line on standard error, with nothing in it that must not leak.

Rules that a reader of a log should know: no PIN, no token, no whole phone number, and nobody's id. Phone numbers
keep their last three digits, and a member has a short name that is made with a key: the same person has the same
name in every line. Of what a provider sent, only the code of a payment that failed is logged.
"""

import hmac
import json
import logging
import os
import sys
import threading
import traceback
from base64 import b32encode
from collections.abc import Callable, MutableMapping
from contextvars import ContextVar
from datetime import UTC, datetime
from functools import lru_cache
from hashlib import blake2b
from types import TracebackType
from typing import Any, ClassVar, Final

import structlog
from structlog.contextvars import get_contextvars

from bot.config import Settings
from bot.reports import begin_reports, send_report
from bot.scrubbing import hide, scrub, scrub_error, scrub_path

# What LOG_LEVEL takes, and how much it lets through: a line for each request is written from "http" on.
LEVELS: Final = {
    "error": logging.ERROR,
    "warn": logging.WARNING,
    "info": logging.INFO,
    "http": (logging.INFO + logging.DEBUG) // 2,
    "debug": logging.DEBUG,
}
_NAMES: Final = {"warning": "warn", "exception": "error", "critical": "error"}
_NAME_BYTES: Final = 5
_ABOUT: Final = ("request_id", "channel", "task", "payment", "member")
PATH_MAX: Final = 200

# Who the lines are about that are written now, or how to find it out: it is asked when a line is written.
_WHO: ContextVar[str | Callable[[], str]] = ContextVar("who", default="")

Event = MutableMapping[str, Any]

_encode = json.JSONEncoder().encode  # in ASCII, as the other lines are
_scrubbed_path = lru_cache(maxsize=1_024)(scrub_path)  # there are few routes


class _Lines:
    """What was set up in this process: the key of names, and for a line of each request what it begins with."""

    key = os.urandom(32)
    known: ClassVar[dict[str, str]] = {}
    write: Callable[[str], object] | None = None  # where no such lines are wanted, None


def set_up(settings: Settings, *, role: str) -> None:
    """Start logging in this process, and error reports if they go anywhere."""
    hide(settings.secrets)
    _scrubbed_path.cache_clear()
    level = LEVELS[settings.log_level]
    # Of the secret that is changed least: a person's name stays what it is.
    _Lines.key = hmac.digest(settings.pin_pepper.encode(), b"members in the log", "sha256")
    known = _Lines.known = {"app": settings.app_name, "version": settings.app_version, "role": role}

    def add_known(_logger: Any, _method: str, event: Event) -> Event:
        return {**known, **event}

    # As JSON, in which no control character is written as it is: nobody forges a line with one.
    processors: list[Any] = [
        structlog.contextvars.merge_contextvars,
        _with_member,
        add_known,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        _with_exception,
        _scrubbed,
        structlog.processors.JSONRenderer(),
    ]
    writer = structlog.WriteLogger(sys.stderr)
    _Lines.write = writer.msg if level <= LEVELS["http"] else None
    structlog.configure(
        processors=[_with_level, *processors],
        # Of structlog's own levels none is that of requests, whose lines go past it.
        wrapper_class=structlog.make_filtering_bound_logger(logging.INFO if level == LEVELS["http"] else level),
        logger_factory=lambda *_: writer,
        cache_logger_on_first_use=True,
    )
    # What libraries say is written the same way.
    libraries = logging.StreamHandler(sys.stderr)
    libraries.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, *processors],
            foreign_pre_chain=[_with_level, structlog.stdlib.add_logger_name],
        )
    )
    logging.basicConfig(level=max(logging.WARNING, level), handlers=[libraries])
    begin_reports(settings)


def take_over() -> None:
    """What Python writes by itself is written as our lines too: warnings, and errors that nobody caught."""

    def in_main(kind: type[BaseException], error: BaseException, _where: TracebackType | None) -> None:
        if issubclass(kind, KeyboardInterrupt):
            sys.__excepthook__(kind, error, _where)
        else:
            report("the process ends", error)

    def in_thread(given: threading.ExceptHookArgs) -> None:
        if given.exc_value is not None:
            report("a thread ended", given.exc_value, thread=given.thread.name if given.thread else "")

    logging.captureWarnings(True)
    sys.excepthook, threading.excepthook = in_main, in_thread


def log() -> Any:
    """The logger of this process."""
    return structlog.get_logger()


def report(what: str, error: BaseException, **details: object) -> None:
    """Something went wrong that a person should see: to the log, and to Sentry when it is set up."""
    log().error(what, exc_info=error, **details)
    send_report(error, {name: str(value) for name, value in _about().items()})


def access(method: str, path: str, status: int, seconds: float) -> None:
    """
    A line for a request, where LOG_LEVEL wants one. A path is that of a route: nobody's id stands in it.

    It is written past structlog, and only what a client chose is scrubbed: a sixth of the time, on the way of each
    answer.
    """
    if _Lines.write is None:
        return
    line = {**_Lines.known, "method": scrub(method), "path": _scrubbed_path(path[:PATH_MAX]), "status": status}
    line |= {"ms": round(seconds * 1000, 1), "event": "request", "level": "http", **_about()}
    if "request_id" in line:
        line["request_id"] = scrub(line["request_id"])
    if "payment" in line:
        line["payment"] = scrub_error(line["payment"])
    _Lines.write(_encode(line | {"timestamp": f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%S.%fZ}"}))


def about(who: str | Callable[[], str]) -> None:
    """The lines that follow in this context are about a person, or whoever it is when a line is written."""
    _WHO.set(who)


def name_in_log(person: str) -> str:
    """What a person (their id) is called in the log: it cannot be turned back without our key."""
    digest = blake2b(person.encode(), digest_size=_NAME_BYTES, key=_Lines.key).digest()
    return f"m{b32encode(digest).decode().lower()}"  # a letter first: it is never taken for a number


def _about() -> Event:
    """What is known of this context, without what only a line knows."""
    found = {name: value for name, value in get_contextvars().items() if name in _ABOUT}
    return _with_member(None, "", found)


def _with_member(_logger: Any, _method: str, event: Event) -> Event:
    who = _WHO.get()
    if callable(who):
        who = who()
    if who:
        event.setdefault("member", name_in_log(who))
    return event


def _with_level(_logger: Any, method: str, event: Event) -> Event:
    event["level"] = _NAMES.get(method, method)
    return event


def _with_exception(_logger: Any, _method: str, event: Event) -> Event:
    """As Python shows it. What the error says, and no line of our code, may hold what somebody typed."""
    given = event.pop("exc_info", None)
    error = sys.exc_info()[1] if given is True else given[1] if isinstance(given, tuple) else given
    if isinstance(error, BaseException):
        lines = "".join(traceback.format_exception(error)).rstrip("\n").split("\n")
        event["exception"] = "\n".join(each if each.startswith(" ") else scrub_error(each) for each in lines)
    return event


def _scrubbed(_logger: Any, _method: str, event: Event) -> Event:
    return {key: scrub(value) for key, value in event.items()}
