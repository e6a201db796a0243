"""
WhatsApp by Twilio: what the bot sends and what becomes of it, what people write and what the bot answers.

Source: Twilio, "WhatsApp API", "Webhook requests", "Track outbound message status".
"""

import json
import re
from collections.abc import Mapping
from typing import Final
from urllib.parse import unquote, urljoin, urlsplit
from uuid import uuid4

import requests
from flask import Blueprint, Response, abort, request

from simulator.control import strings
from simulator.documents import Document
from simulator.twilio.chats import Chats, Message, user_id
from simulator.twilio.content import Contents, Face, Json
from simulator.twilio.hooks import Hooks, NotTaken
from simulator.world import Switches, World

API_VERSION: Final = "2010-04-01"
OUTSIDE_WINDOW: Final = 63016
MEDIA_FAILED: Final = 63019
ERROR_CODES: Final = range(10_000, 100_000)

# What comes with a message that is not a text: its media, or its place.
SHARED: Final[Mapping[str, Mapping[str, str]]] = {
    "image": {"MediaContentType0": "image/jpeg"},
    "audio": {"MediaContentType0": "audio/ogg"},
    "contacts": {"MediaContentType0": "text/vcard"},
    "location": {"Latitude": "0.347596", "Longitude": "32.582520", "Address": "Kampala", "Label": "Market"},
}


class NoSuchChoice(Exception):
    """The phone shows no message with such a button or row."""


class WhatsApp:
    """
    Counted switches: `status_429` and `status_500_…` hit requests to send; `no_status`, `status_twice` and
    `statuses_reordered` a message's callbacks; `webhook_twice` and `number_hidden` what people write;
    `signed_with_key` every call to the bot.

    Options: `errors` {number: code the API refuses with}, `failures` {number: code of a failed status},
    `window_seconds`, `approval` as it is answered, and `newlines`, whether a session takes them in a variable.
    """

    def __init__(self, world: World) -> None:
        self.world = world
        self.faults = world.faults["whatsapp"] = Switches(
            (
                "no_status",
                "number_hidden",
                "signed_with_key",
                "signed_with_port",
                "status_429",
                "status_500_after_accept",
                "status_500_before_accept",
                "status_twice",
                "statuses_reordered",
                "webhook_twice",
            ),
            {
                "errors": {},
                "failures": {},
                "window_seconds": 24 * 60 * 60,
                "approval": "approved",
                "newlines": "refused",
            },
            allowed={
                "errors": ERROR_CODES,
                "failures": ERROR_CODES,
                "approval": ("approved", "pending", "rejected"),
                "newlines": ("refused", "taken"),
            },
        )
        self.chats = Chats(world)
        self.contents = Contents(self.faults)
        self._hooks = Hooks(world, self.faults)

    @property
    def number(self) -> str:
        """The address the bot writes from."""
        return f"whatsapp:{self.world.config.whatsapp_number}"

    def send(self, message: Message) -> bool:
        """Take a message for a phone, and tell later what became of it; False when it will not get there."""
        code: int = self.faults.get("failures").get(message.phone, 0)
        if not code and not message.face.approved:
            in_window = self.chats.wrote_within(message.phone, self.faults.get("window_seconds"))
            code = 0 if in_window else OUTSIDE_WINDOW
        if message.media_url and not code:
            message.document = self._fetch(message.media_url)
            code = 0 if message.document else MEDIA_FAILED
        self.chats.keep(message)
        if not code:
            self.chats.show(message)
        statuses = ["failed"] if code else ["sent", "delivered", "read"]
        steps = list(zip(statuses, self._told(message, statuses), strict=True))
        self.world.later(self.world.config.delivery_seconds, lambda: self._advance(message, code, steps))
        return not code

    def _fetch(self, url: str) -> Document | None:
        """The file at the bot's address, without its account: who can guess the address can read it."""
        try:
            answer = self.world.http.get(url, timeout=self.world.config.twilio_answer_seconds)
        except requests.RequestException:
            return None
        if not answer.ok:
            return None
        name = unquote(urlsplit(url).path.rpartition("/")[2])
        return Document(name, answer.headers.get("Content-Type", ""), answer.content)

    def write(self, phone: str, text: str) -> list[Json]:
        """A person writes; what the bot's TwiML says to it. Raises NotTaken."""
        return self._receive(phone, Face(text), {"MessageType": "text"})

    def share(self, phone: str, kind: str) -> list[Json]:
        """A person sends what is not a text, one of SHARED. Raises NotTaken."""
        return self._receive(phone, Face(""), {"MessageType": kind, **SHARED[kind]}, media=kind)

    def tap(self, phone: str, message_id: str, choice_id: str) -> list[Json]:
        """A person taps a button, or a row of a list. Raises NoSuchChoice or NotTaken."""
        message = self.chats.get(message_id)
        if message is None or message.phone != phone or message.status == "failed":
            raise NoSuchChoice
        choice = next((each for each in message.face.choices if each.id == choice_id), None)
        if choice is None:
            raise NoSuchChoice
        fields = {
            "MessageType": "button" if message.face.approved else "interactive",
            "OriginalRepliedMessageSid": message.id,
            "OriginalRepliedMessageSender": self.number,
        }
        if message.face.button:
            fields |= {"ListId": choice.id, "ListTitle": choice.title, "ListDescription": choice.description}
        else:
            fields |= {"ButtonText": choice.title, "ButtonPayload": choice.id}
        return self._receive(phone, Face(choice.title), fields)

    def _receive(self, phone: str, face: Face, fields: Mapping[str, str], media: str = "") -> list[Json]:
        hidden = self.world.person(phone).number_hidden or self.faults.take("number_hidden")
        address = f"whatsapp:{user_id(phone) if hidden else phone}"
        message = Message(phone, address, face, "inbound", media=media, status="sent")
        self.chats.keep(message)
        self.chats.show(message)
        form = self._webhook(message, fields)
        url = f"{self.world.config.bot_url.rstrip('/')}/hooks/twilio/whatsapp"
        said = self._hooks.ask(url, form)
        if self.faults.take("webhook_twice"):
            said += self._hooks.ask(url, form)
        self.chats.set_status(message, "delivered")
        replies = [
            Message(phone, address, Face(each.text), "outbound-reply", callback=_absolute(url, each.callback))
            for each in said
        ]
        return [reply.shown() for reply in replies if self.send(reply)]

    def _webhook(self, message: Message, fields: Mapping[str, str]) -> dict[str, str]:
        """The form that brings a person's message to the bot. Every value is a string; some are empty."""
        account, name = self.world.config.twilio_account_sid, self.world.person(message.phone).name
        context = {"ProfileName": name}
        if message.address == f"whatsapp:{message.phone}":
            context["WaId"] = message.phone.removeprefix("+")
        form = {
            "SmsMessageSid": message.id,
            "NumMedia": "1" if "MediaContentType0" in fields else "0",
            **context,
            "SmsSid": message.id,
            "SmsStatus": "received",
            "Body": message.face.text,
            "To": self.number,
            "NumSegments": "1",
            "ReferralNumMedia": "0",
            "MessageSid": message.id,
            "AccountSid": account,
            "ChannelMetadata": json.dumps({"type": "whatsapp", "data": {"context": context}}),
            "From": message.address,
            "ExternalUserId": f"whatsapp:{user_id(message.phone)}",
            "Forwarded": "false",
            "FrequentlyForwarded": "false",
            "ApiVersion": API_VERSION,
            **fields,
        }
        if "MediaContentType0" in fields:
            media = f"Accounts/{account}/Messages/{message.id}/Media/ME{uuid4().hex}"
            form["MediaUrl0"] = f"https://api.twilio.com/{API_VERSION}/{media}"
        return form

    def _told(self, message: Message, statuses: list[str]) -> list[list[str]]:
        """What the bot is told at each status: that one, or by a switch another, the same twice, or nothing."""
        if not message.callback or self.faults.take("no_status"):
            return [[] for _ in statuses]
        if self.faults.take("statuses_reordered"):
            statuses = statuses[::-1]
        times = 2 if self.faults.take("status_twice") else 1
        return [[status] * times for status in statuses]

    def _advance(self, message: Message, code: int, steps: list[tuple[str, list[str]]]) -> None:
        """One status further, told to the bot, and the rest later: each is told after the one before."""
        (status, told), *rest = steps
        if code:
            # A phone has nothing of a message that failed, but the page should say so.
            message.error, message.status = code, status
            self.chats.show(message)
        else:
            self.chats.set_status(message, status)
        for each in told:
            self._hooks.tell(message.callback, self._status_callback(message, each))
        if rest:
            self.world.later(self.world.config.delivery_seconds, lambda: self._advance(message, code, rest))

    def _status_callback(self, message: Message, status: str) -> dict[str, str]:
        form = {
            "ChannelPrefix": "whatsapp",
            "ApiVersion": API_VERSION,
            "MessageStatus": status,
            "SmsSid": message.id,
            "SmsStatus": status,
            "To": message.address,
            "From": self.number,
            "MessageSid": message.id,
            "AccountSid": self.world.config.twilio_account_sid,
        }
        if status in ("delivered", "read"):
            form["EventType"] = status.upper()
        return form | {"ErrorCode": str(message.error)} if message.error else form

    def blueprint(self) -> Blueprint:
        """The phone's side: what the page and the tests call, mounted at /sim/whatsapp."""
        routes = Blueprint("whatsapp", __name__)

        @routes.errorhandler(NotTaken)
        def not_taken(problem: NotTaken) -> tuple[Json, int]:
            return {"error": str(problem)}, 502

        @routes.get("")
        def chat() -> Json:
            return {"messages": self.chats.shown(request.args.get("phone", ""))}

        @routes.get("/document")
        def document() -> Response:
            """The file of a message, opened."""
            shown = self.chats.get(request.args.get("message", ""))
            if shown is None or shown.document is None or shown.phone != request.args.get("phone", ""):
                abort(404, description="The phone has no such file")
            return shown.document.opened()

        @routes.post("/send")
        def write() -> Json:
            phone, text = _from_phone("text")
            if not text.strip():
                abort(400, description="There is nothing to send")
            return {"messages": self.write(phone, text)}

        @routes.post("/tap")
        def tap() -> Json:
            phone, message, choice = _from_phone("message", "id")
            try:
                return {"messages": self.tap(phone, message, choice)}
            except NoSuchChoice:
                abort(400, description="The phone shows no such button")

        @routes.post("/share")
        def share() -> Json:
            phone, kind = _from_phone("kind")
            if kind not in SHARED:
                abort(400, description=f"kind is one of {', '.join(SHARED)}")
            return {"messages": self.share(phone, kind)}

        return routes


def _absolute(url: str, callback: str) -> str:
    return urljoin(url, callback) if callback else ""


def _from_phone(*names: str) -> list[str]:
    """The phone and the named strings of a control call; the request ends with 400 when one is missing."""
    said = strings("phone", *names)
    if not re.fullmatch(r"\+\d{7,15}", said[0]):
        abort(400, description="phone is a number with its country code: +256772000101")
    return said
