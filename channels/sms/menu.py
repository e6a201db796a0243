"""
The menus by SMS: a message to our number is an answer, and the next screen comes as a message.

For whoever has neither a chat nor a network that carries the short code. Plain words are understood as in a chat.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from channels.errors import MalformedRequest, SendFailed
from channels.forms import read_form
from channels.port import Push, Request, Response, Sender
from channels.sms.text import to_stopped
from domain.people.phones import network_phone
from flows.engine.channel import Channel
from flows.engine.messages import Message, Reply
from flows.engine.paging import Limits
from flows.words.texts import t

CHANNEL: Final = Channel(
    name="sms",
    title="SMS",
    limits=Limits(length=306, gsm7=True),  # two parts of a message: most screens take one
    keeps=True,
    repeats_seconds=12 * 3600,
    pin_warning=t("Delete it from your messages after."),
    pin_elsewhere=t("Or dial {code}."),
)


@dataclass(frozen=True, slots=True)
class SmsMenu:
    """One number that takes messages, through Africa's Talking, and the sender of what is answered."""

    secret: str = field(repr=False)
    sender: Sender = field(repr=False)

    @property
    def channel(self) -> Channel:
        return CHANNEL

    @property
    def path(self) -> str:
        return f"/hooks/at/sms-menu/{self.secret}"

    def look_at_head(self, headers: Mapping[str, str]) -> None:
        """The secret is in the path."""

    def to_message(self, request: Request) -> Message | None:
        """
        Raises MalformedRequest. Source: Africa's Talking, "SMS incoming messages": sent again until it is a 200.
        """
        form = read_form(request.body)
        sender, id = form.get("from", "").strip(), form.get("id", "")
        if not sender or not id:
            raise MalformedRequest("no from or id in the message")
        number = network_phone(sender)
        if number is None:
            return None  # an operator's own news: nobody to talk with
        typed = form.get("text", "").strip()
        if (wish := to_stopped(form, menus=True)) is not None:
            typed = "stop" if wish.stopped else "start"  # in all the words that mean it
        return Message(CHANNEL, number, f"sms:{id[:128]}", phone=number, typed=typed or None)

    def from_reply(self, message: Message, reply: Reply) -> Response:
        """The screen goes out as a message of its own; once, however often the same one comes in."""
        if reply.repeated:
            return self.nothing()
        push = Push(message.sender, reply.text)

        def send() -> None:
            try:
                self.sender.send(push)
            except SendFailed as failure:
                if not failure.retryable:
                    raise
                self.sender.send(push)

        return Response("", then=send)

    def nothing(self) -> Response:
        return Response("")
