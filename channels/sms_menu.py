"""
The menus by SMS: a message to our number is an answer, and the next screen comes as a message.

For whoever has neither a chat nor a network that carries the short code. Plain words are understood as in a chat.
"""

import re
from dataclasses import dataclass, field
from typing import Final

from channels.errors import MalformedRequest
from channels.forms import read_form
from channels.port import Push, Request, Response, Sender
from flows.channel import Channel
from flows.messages import Message, Reply
from flows.paging import Limits
from flows.texts import t

CHANNEL: Final = Channel(
    name="sms",
    title="SMS",
    limits=Limits(length=306, gsm7=True),  # two parts of a message: most screens take one
    keeps=True,
    pin_warning=t("Delete it from your messages after."),
    pin_elsewhere=t("Or dial {code}."),
)

_PHONE = re.compile(r"\+?([1-9]\d{6,14})")


@dataclass(frozen=True, slots=True)
class SmsMenu:
    """One number that takes messages, through Africa's Talking, and the sender of what is answered."""

    path: str
    sender: Sender = field(repr=False)

    @property
    def channel(self) -> Channel:
        return CHANNEL

    def to_message(self, request: Request) -> Message:
        """
        Raises MalformedRequest. Source: Africa's Talking, "SMS incoming messages": sent again until it is a 200.
        """
        form = read_form(request.body)
        phone, id = _PHONE.fullmatch(form.get("from", "").strip()), form.get("id", "")
        if phone is None or not id:
            raise MalformedRequest("no from or id in the message")
        number = f"+{phone[1]}"
        return Message(
            CHANNEL, number, f"sms:{id[:128]}", phone=number, typed=form.get("text", "").strip() or None
        )

    def from_reply(self, message: Message, reply: Reply) -> Response:
        """The screen goes out as a message of its own; once, however often the same one comes in."""
        if reply.repeated:
            return self.nothing()
        push = Push(message.sender, reply.text)

        def send() -> None:
            self.sender.send(push)

        return Response("", then=send)

    def nothing(self) -> Response:
        return Response("")
