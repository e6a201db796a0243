"""
Logs and error reports: one JSON object a line, with nothing in it that must not leak.

Rules that a reader of a log should know: no PIN, no token, no whole phone number. Phone numbers keep their last
three digits. Of what a provider sent, only the code of a payment that failed is logged.
"""

import logging
import re
import sys
from collections.abc import MutableMapping
from typing import Any, Final

import sentry_sdk
import structlog

from bot.config import Settings

# Not inside a word, where digits are part of an id; but "%2B" is a "+" in a form.
_PHONE = re.compile(r"(?:(?<!\w)|(?<=%2B))\+?\d{6,12}(\d{3})(?!\w)")


_SECRET_LENGTH: Final = 12  # a shorter one, on a laptop, may be a word
_NOTHING: Final = re.compile(r"(?!)")


class _Hidden:
    """What stands in no line: the secrets of this process, once it was set up."""

    secrets = _NOTHING


# Whoever has the address of a file can read it, and whoever has that of a webhook can call it.
_ADDRESS = re.compile(r"(/files/|/hooks/(?:at/[^/\s]+|telegram|momo)/)[^/\s?]+")


def scrub(value: Any) -> Any:
    """Text without whole phone numbers, and without what opens a file or a webhook, at any depth."""
    if isinstance(value, str):
        value = _Hidden.secrets.sub("…", value)
        return _ADDRESS.sub(r"\1…", _PHONE.sub(r"…\1", value))
    if isinstance(value, dict):
        return {key: scrub(inner) for key, inner in value.items()}
    if isinstance(value, list | tuple):
        return [scrub(inner) for inner in value]
    return value


def set_up(settings: Settings, *, role: str) -> None:
    """Start logging in this process, and error reports if they go anywhere."""
    found = sorted({each for each in settings.secrets if len(each) >= _SECRET_LENGTH}, key=len, reverse=True)
    _Hidden.secrets = re.compile("|".join(map(re.escape, found))) if found else _NOTHING
    level = logging.getLevelNamesMapping()[settings.log_level.upper()]
    known = {"app": settings.app_name, "version": settings.app_version, "role": role}

    def add_known(_logger: Any, _method: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
        return {**known, **event}

    # As JSON, in which no control character is written as it is: nobody forges a line with one.
    processors: list[Any] = [
        structlog.contextvars.merge_contextvars,
        add_known,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.format_exc_info,
        _scrubbed,
        structlog.processors.JSONRenderer(),
    ]
    structlog.configure(
        processors=[structlog.processors.add_log_level, *processors],
        wrapper_class=structlog.make_filtering_bound_logger(level),
        logger_factory=structlog.WriteLoggerFactory(file=sys.stderr),
        cache_logger_on_first_use=True,
    )
    # What libraries say is written the same way.
    libraries = logging.StreamHandler(sys.stderr)
    libraries.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, *processors],
            foreign_pre_chain=[structlog.stdlib.add_log_level, structlog.stdlib.add_logger_name],
        )
    )
    logging.basicConfig(level=logging.WARNING, handlers=[libraries])
    if settings.sentry_dsn:
        sentry_sdk.init(
            dsn=settings.sentry_dsn,
            environment=settings.app_env,
            release=settings.app_version,
            data_collection={  # nothing; what is left out here would be collected
                "user_info": False,
                "cookies": {"mode": "off"},
                "http_headers": {"request": {"mode": "off"}},
                "http_bodies": [],
                "url_query_params": {"mode": "off"},
                "graphql": {"document": False, "variables": False},
                "gen_ai": {"inputs": False, "outputs": False},
                "database_query_data": False,
                "queues": False,
                "stack_frame_variables": False,
            },
            trace_propagation_targets=[],  # providers are told nothing of our traces
            max_breadcrumbs=0,  # they hold the addresses of calls, and Telegram's have its token in them
            before_send=_without_secrets,
        )


def log() -> Any:
    """The logger of this process."""
    return structlog.get_logger()


def report(what: str, error: BaseException, **details: object) -> None:
    """Something went wrong that a person should see: to the log, and to Sentry when it is set up."""
    log().error(what, exc_info=error, **details)
    sentry_sdk.capture_exception(error)


def _scrubbed(_logger: Any, _method: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    return {key: scrub(value) for key, value in event.items()}


def _without_secrets(event: Any, _hint: Any) -> Any:
    """The request is left out whole: a USSD form's text holds every answer of the call, a PIN among them."""
    event.pop("request", None)
    return scrub(event)
