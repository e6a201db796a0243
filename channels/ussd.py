"""USSD over Africa's Talking: one form a turn in, one line of text with a prefix out."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from channels.errors import MalformedRequest
from channels.forms import read_form
from channels.port import Callback, CallEnded, Request, Response
from domain.people.phones import network_phone
from flows.engine.channel import Channel
from flows.engine.messages import Message, Reply
from flows.engine.paging import Limits

# Operators page by themselves from 160 to 184 septets on; below that the pages are ours.
CHANNEL: Final = Channel(name="ussd", title="USSD", limits=Limits(length=150, gsm7=True), calls=True)

_ID = re.compile(r"[\x21-\x7e]{1,128}")


@dataclass(frozen=True, slots=True)
class Ussd:
    """One short code. Its gateway signs nothing: the secret is in the paths."""

    secret: str = field(repr=False)

    @property
    def channel(self) -> Channel:
        return CHANNEL

    @property
    def path(self) -> str:
        return f"/hooks/at/ussd/{self.secret}"

    @property
    def callbacks(self) -> Sequence[Callback]:
        path = f"/hooks/at/ussd-events/{self.secret}"
        return [Callback(path, lambda request: to_call_ended(read_form(request.body)))]

    def look_at_head(self, headers: Mapping[str, str]) -> None:
        """The secret is in the path."""

    def to_message(self, request: Request) -> Message:
        """Raises MalformedRequest."""
        return to_message(read_form(request.body))

    def from_reply(self, _message: Message, reply: Reply) -> Response:
        return Response(from_reply(reply))

    def nothing(self) -> Response:
        return Response("")


def to_message(form: Mapping[str, str]) -> Message:
    """
    Read one callback of a USSD session.

    `text` carries every answer so far, joined by "*", and is empty when the session opens; the same `sessionId`
    and `text` again is a repeat.

    Raises MalformedRequest when `sessionId` or `phoneNumber` is missing or is none.
    Source: Africa's Talking, "USSD".
    """
    session, sender = form.get("sessionId", ""), _phone(form)
    if not _ID.fullmatch(session):
        raise MalformedRequest("no sessionId in the USSD callback")
    return Message(CHANNEL, sender, phone=sender, session=session, transcript=form.get("text", ""))


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
        channel=CHANNEL.name,
        sender=_phone(form),
        dropped=form.get("status") != "Success",
        duration_ms=int(duration) if duration.isascii() and duration.isdigit() and len(duration) < 12 else 0,
    )


def _phone(form: Mapping[str, str]) -> str:
    phone = network_phone(form.get("phoneNumber", ""))
    if phone is None:
        raise MalformedRequest("no phoneNumber in the callback")
    return phone
