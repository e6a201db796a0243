"""USSD over Africa's Talking: one form a turn in, one line of text with a prefix out."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final
from urllib.parse import unquote_plus

from channels.errors import MalformedRequest
from flows.engine import Message, Reply
from flows.paging import Limits

# Operators page by themselves from 160 to 184 septets on; below that the pages are ours.
LIMITS: Final = Limits(length=150, gsm7=True)

# Ten thousand characters, each percent-encoded, and some room; no member types a hundred.
BODY_BYTES_MAX: Final = 64_000

_PHONE = re.compile(r"\+?([1-9]\d{6,14})")
_ID = re.compile(r"[\x21-\x7e]{1,128}")


@dataclass(frozen=True, slots=True)
class CallEnded:
    """What the end-of-session notification tells."""

    session: str
    sender: str
    dropped: bool
    duration_ms: int


def read_form(body: bytes) -> dict[str, str]:
    """
    A urlencoded form of plainly named fields, empty values kept; a field given twice counts the first time.

    A third of the cost of the standard library's, on every turn's way. What is not UTF-8 is read as U+FFFD, which
    is no answer to any question: the member is asked again, where an error would end the call.

    Raises MalformedRequest when it is too large.
    """
    if len(body) > BODY_BYTES_MAX:
        raise MalformedRequest("the form is too large")
    fields: dict[str, str] = {}
    for pair in body.decode(errors="replace").split("&"):
        name, _, value = pair.partition("=")
        if "%" in value or "+" in value:
            value = unquote_plus(value)
        fields.setdefault(name, value)
    return fields


def to_message(form: Mapping[str, str], digest: Callable[[str, str], str]) -> Message:
    """
    Read one callback of a USSD session.

    `text` carries every answer so far, joined by "*", and is empty when the session opens; the same `sessionId`
    and `text` again is a repeat. `digest` makes the request's id of both, since one of the answers may be a PIN.

    Raises MalformedRequest when `sessionId` or `phoneNumber` is missing or is none.
    Source: Africa's Talking, "USSD".
    """
    session, sender = form.get("sessionId", ""), _phone(form)
    if not _ID.fullmatch(session):
        raise MalformedRequest("no sessionId in the USSD callback")
    transcript = form.get("text", "")
    return Message(
        channel="ussd",
        limits=LIMITS,
        sender=sender,
        external_id=digest(session, transcript),
        session=session,
        transcript=transcript,
    )


def from_reply(reply: Reply) -> str:
    """The response body: CON keeps the session open, END closes it."""
    return f"{'END' if reply.final else 'CON'} {reply.text}"


def to_call_ended(form: Mapping[str, str]) -> CallEnded:
    """
    Read the notification that a session is over.

    Raises MalformedRequest when it does not say whose.
    Source: Africa's Talking, "USSD notifications"; `status` is Success, Incomplete or Failed.
    """
    duration = form.get("durationInMillis", "")
    return CallEnded(
        session=form.get("sessionId", ""),
        sender=_phone(form),
        dropped=form.get("status") != "Success",
        duration_ms=int(duration) if duration.isascii() and duration.isdigit() and len(duration) < 12 else 0,
    )


def _phone(form: Mapping[str, str]) -> str:
    # A "+" that was not percent-encoded arrives as a space, or not at all.
    match = _PHONE.fullmatch(form.get("phoneNumber", "").strip())
    if match is None:
        raise MalformedRequest("no phoneNumber in the callback")
    return f"+{match[1]}"
