"""Somebody on each channel: their provider's real requests in, and its answers as they are read on the phone."""

import itertools
import json
import re
import uuid
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import partial
from typing import Any, Final
from urllib.parse import parse_qsl, urlencode
from xml.etree import ElementTree

import redis
from twilio.request_validator import RequestValidator
from werkzeug.test import Client, TestResponse

from bot.app import App, build
from bot.config import Settings
from channels import telegram, ussd
from channels.sms import menu as sms_menu
from channels.whatsapp import chat as whatsapp
from domain.people.chats import put_address
from flows.engine.channel import Channel
from flows.engine.gsm7 import septets
from simulator.server import Simulator
from tests.conftest import PINS, Clock
from tests.people import Villager
from tests.waiting import WAIT_SECONDS
from tests.web import wsgi
from tests.wired import at


@dataclass(frozen=True)
class Sent:
    """A provider's request as it goes over the wire."""

    path: str
    body: bytes
    headers: Mapping[str, str]
    content_type: str = "application/x-www-form-urlencoded"


class Line:
    """
    Somebody on one channel: the requests its provider makes for them, and its answers as they read them.

    `refused` is the status of what is forged, `lacking` of what has not all its fields.
    """

    channel: Channel
    refused = 404  # the secret is the path
    lacking = 400

    def __init__(self, app: App, simulator: Simulator, who: Villager) -> None:
        self.app, self.simulator, self.who = app, simulator, who
        (self.path,) = [each.path for each in app.channels if each.channel is self.channel]

    def begin(self) -> str:
        """The first screen."""
        return self.words(self.post(self.first()))

    def first(self) -> Sent:
        """The request of somebody who calls, or says hello."""
        return self.ask("menu")

    def say(self, typed: str) -> str:
        """Type something; what is answered."""
        return self.words(self.post(self.ask(typed)))

    def post(self, sent: Sent, app: App | None = None) -> TestResponse:
        client = Client(wsgi(app or self.app), use_cookies=False)
        headers = dict(sent.headers)
        return client.post(sent.path, data=sent.body, content_type=sent.content_type, headers=headers)

    def ask(self, typed: str) -> Sent:
        """The request for something that was typed."""
        raise NotImplementedError

    def words(self, answer: TestResponse) -> str:
        """What is read on the phone; fails when the answer is none for this provider."""
        raise NotImplementedError

    def options(self, screen: str) -> list[str]:
        """What can be chosen on a screen."""
        return re.findall(r"(?m)^\d+\. (.*)$", screen)

    def fits(self, screen: str) -> bool:
        raise NotImplementedError

    def forged(self) -> dict[str, Sent]:
        """Requests of somebody who only knows the address, or half of it."""
        asked = self.ask("menu")
        return {
            "another secret": replace(asked, path=f"{asked.path}x"),
            "half of the secret": replace(asked, path=asked.path[:-1]),
            "no secret": replace(asked, path=asked.path.rpartition("/")[0] + "/"),
        }

    def without(self, *names: str) -> dict[str, Sent]:
        """One request without each of these fields, and one with it empty."""
        asked = self.ask("menu")
        form = dict(parse_qsl(asked.body.decode(), keep_blank_values=True))
        requests = {}
        for name in names:
            rest = {key: value for key, value in form.items() if key != name}
            requests[f"no {name}"] = replace(asked, body=urlencode(rest).encode())
            requests[f"an empty {name}"] = replace(asked, body=urlencode(form | {name: ""}).encode())
        return requests

    def incomplete(self) -> dict[str, Sent]:
        raise NotImplementedError

    def not_words(self) -> dict[str, Callable[[], Sent]]:
        """What is no text: pictures and the like, where the channel carries them."""
        raise NotImplementedError


class UssdLine(Line):
    """Africa's Talking posts all that was typed in a call."""

    channel = ussd.CHANNEL

    def __init__(self, app: App, simulator: Simulator, who: Villager) -> None:
        super().__init__(app, simulator, who)
        self._call, self._text = "ATUid_00000000000000000000000000000001", ""

    def first(self) -> Sent:
        self._call, self._text = f"ATUid_{uuid.uuid4().hex}", ""
        return self.ask("")

    def ask(self, typed: str) -> Sent:
        self._text = f"{self._text}*{typed}" if self._text else typed
        form = {
            "phoneNumber": self.who.phone,
            "serviceCode": "*384*7#",
            "text": self._text,
            "sessionId": self._call,
            "networkCode": "64110",
        }
        return Sent(self.path, urlencode(form).encode(), {"User-Agent": "at-ussd-api/1.0"})

    def words(self, answer: TestResponse) -> str:
        assert (answer.status_code, answer.mimetype) == (200, "text/plain")
        prefix, words = answer.text[:4], answer.text[4:]
        assert prefix in ("CON ", "END "), answer.text
        return words

    def fits(self, screen: str) -> bool:
        return septets(screen) <= 150

    def incomplete(self) -> dict[str, Sent]:
        return self.without("sessionId", "phoneNumber")

    def not_words(self) -> dict[str, Callable[[], Sent]]:
        return {"an empty answer": partial(self.ask, "")}


class TelegramLine(Line):
    """Telegram posts updates with its secret in a header, and carries out the call in our answer."""

    channel = telegram.CHANNEL
    refused = 403
    lacking = 200  # an error would have it sent again and again
    _updates = itertools.count(1)
    user = 700_101

    def __init__(self, app: App, simulator: Simulator, who: Villager) -> None:
        super().__init__(app, simulator, who)
        put_address(app.store, f"telegram:{self.user}", "telegram", who.id)

    def ask(self, typed: str) -> Sent:
        return self._message({"text": typed})

    def _message(self, content: Mapping[str, Any]) -> Sent:
        sender = {"id": self.user, "is_bot": False, "first_name": "Akello", "language_code": "en"}
        chat = {"id": self.user, "first_name": "Akello", "type": "private"}
        return self._update(
            {"message": {"message_id": 5, "date": 1_790_000_000, "from": sender, "chat": chat, **content}}
        )

    def _update(self, update: Mapping[str, Any], *, secret: str | None = None) -> Sent:
        secret = self.app.settings.telegram_secret if secret is None else secret
        headers = {"X-Telegram-Bot-Api-Secret-Token": secret} if secret else {}
        body = json.dumps({"update_id": next(self._updates), **update}).encode()
        return Sent(self.path, body, headers, "application/json")

    def words(self, answer: TestResponse) -> str:
        assert (answer.status_code, answer.mimetype) == (200, "application/json")
        call = answer.get_json()
        if not call:
            return ""
        assert call["method"] in ("sendMessage", "editMessageText") and call["chat_id"] == self.user, call
        rows = call.get("reply_markup", {}).get("inline_keyboard", [])
        buttons = [button for row in rows for button in row]
        assert all(len(button["callback_data"].encode()) <= 64 for button in buttons)
        assert len(buttons) <= 100 and all(len(row) <= 8 for row in rows)
        keys = {button["text"]: button["callback_data"].partition(":")[2] for button in buttons}
        return "\n".join([call["text"], *(f"{key}. {label}" for label, key in keys.items())])

    def options(self, screen: str) -> list[str]:
        return [option for option in super().options(screen) if option not in ("Back", "Home")]

    def fits(self, screen: str) -> bool:
        return len(screen) <= 4096

    def forged(self) -> dict[str, Sent]:
        asked = self.ask("menu")
        secret = self.app.settings.telegram_secret
        named = {
            "another secret": "another",
            "half of the secret": secret[: len(secret) // 2],
            "no secret": "",
            "not ASCII": "\xe9\xff",
            "the part of the path": self.app.settings.hook_secret,
        }
        return {
            label: replace(asked, headers=self._update({}, secret=each).headers) for label, each in named.items()
        }

    def incomplete(self) -> dict[str, Sent]:
        chat = {"id": self.user, "type": "private"}
        return {
            "nothing but its id": self._update({}),
            "no sender": self._update({"message": {"message_id": 5, "date": 1, "chat": chat, "text": "menu"}}),
            "no chat": self._update({"message": {"message_id": 5, "date": 1, "text": "menu"}}),
            "a sender that is a word": self._update({"message": {"message_id": 5, "chat": chat, "from": "me"}}),
            "a tap by nobody": self._update({"callback_query": {"id": "1", "data": "~"}}),
        }

    def not_words(self) -> dict[str, Callable[[], Sent]]:
        file = {"file_id": "AgAC", "file_unique_id": "AQAD"}
        contents: dict[str, Mapping[str, Any]] = {
            "a photo": {"photo": [file | {"width": 9, "height": 9}], "caption": "2000"},
            "a sticker": {"sticker": file | {"type": "regular", "width": 9, "height": 9, "emoji": "👍"}},
            "a voice message": {"voice": file | {"duration": 3}},
            "a place": {"location": {"latitude": 0.3476, "longitude": 32.5825}},
        }
        return {label: partial(self._message, content) for label, content in contents.items()}


class WhatsAppLine(Line):
    """Twilio posts forms that it signed, and sends what our TwiML says."""

    channel = whatsapp.CHANNEL
    refused = 403

    def ask(self, typed: str) -> Sent:
        return self._message({"Body": typed, "MessageType": "text"})

    def _message(self, fields: Mapping[str, str]) -> Sent:
        settings = self.app.settings
        form = {
            "MessageSid": f"SM{uuid.uuid4().hex}",
            "AccountSid": settings.twilio_account_sid,
            "From": f"whatsapp:{self.who.phone}",
            "To": f"whatsapp:{settings.twilio_whatsapp_number}",
            "WaId": self.who.phone.removeprefix("+"),
            "ProfileName": "Akello 🌻",
            "NumMedia": "0",
            "Body": "",
            **fields,
        }
        return self._signed(Sent(self.path, urlencode(form).encode(), {}))

    def _signed(self, sent: Sent, token: str = "", url: str = "") -> Sent:
        form = dict(parse_qsl(sent.body.decode(), keep_blank_values=True))
        settings = self.app.settings
        validator = RequestValidator(token or settings.twilio_auth_token)
        signature = validator.compute_signature(url or f"{settings.public_url}{self.path}", form)
        return replace(sent, headers={"X-Twilio-Signature": signature})

    def words(self, answer: TestResponse) -> str:
        assert (answer.status_code, answer.mimetype) == (200, "text/xml")
        document = ElementTree.fromstring(answer.data)
        assert document.tag == "Response"
        return "\n".join(message.text or "" for message in document.iter("Message"))

    def fits(self, screen: str) -> bool:
        return len(screen) <= 1600

    def forged(self) -> dict[str, Sent]:
        asked, other = self.ask("menu"), self.ask("2581")
        return {
            "no signature": replace(asked, headers={}),
            "an empty one": replace(asked, headers={"X-Twilio-Signature": ""}),
            "one of another message": replace(asked, headers=other.headers),
            "one that is not ASCII": replace(asked, headers={"X-Twilio-Signature": "\xe9\xff"}),
            "of another token": self._signed(asked, token="0" * 32),
            "of another address": self._signed(asked, url=f"{self.app.settings.public_url}/hooks/twilio/status"),
            "a field more": replace(asked, body=asked.body + b"&ButtonPayload=pay"),
            "another sender": replace(asked, body=asked.body.replace(b"256772", b"256773")),
        }

    def incomplete(self) -> dict[str, Sent]:
        return {label: self._signed(each) for label, each in self.without("MessageSid", "From").items()}

    def not_words(self) -> dict[str, Callable[[], Sent]]:
        fields = {
            "an image": {"MessageType": "image", "NumMedia": "1", "MediaContentType0": "image/jpeg"},
            "a sticker": {"MessageType": "sticker", "NumMedia": "1", "MediaContentType0": "image/webp"},
            "a voice message": {"MessageType": "audio", "NumMedia": "1", "MediaContentType0": "audio/ogg"},
            "a place": {"MessageType": "location", "Latitude": "0.347596", "Longitude": "32.582520"},
            "a contact": {"MessageType": "contacts", "NumMedia": "1", "MediaContentType0": "text/vcard"},
            "something of tomorrow": {"MessageType": "telepathy"},
        }
        return {label: partial(self._message, each) for label, each in fields.items()}


class SmsLine(Line):
    """Africa's Talking posts what came in; our answers are messages, through its real SDK."""

    channel = sms_menu.CHANNEL

    def __init__(self, app: App, simulator: Simulator, who: Villager) -> None:
        super().__init__(app, simulator, who)
        self._read = simulator.world.last_event()

    def ask(self, typed: str) -> Sent:
        form = {
            "date": "2026-10-05 09:31:00",
            "from": self.who.phone,
            "id": str(uuid.uuid4()),
            "linkId": "",
            "text": typed,
            "to": "4455",
        }
        return Sent(self.path, urlencode(form).encode(), {})

    def words(self, answer: TestResponse) -> str:
        assert (answer.status_code, answer.text) == (200, "")
        happened = self.simulator.world.events(self._read, self.who.phone, WAIT_SECONDS)
        arrived = [event for event in happened if event.kind == "sms"]
        assert arrived, "no message came"
        self._read = arrived[0].id
        return str(arrived[0].data["text"])

    def fits(self, screen: str) -> bool:
        return septets(screen) <= 2 * 153  # of two parts, each carries 153

    def incomplete(self) -> dict[str, Sent]:
        return self.without("from", "id")

    def not_words(self) -> dict[str, Callable[[], Sent]]:
        return {"an empty message": partial(self.ask, "")}


LINES: Final = {"ussd": UssdLine, "telegram": TelegramLine, "whatsapp": WhatsAppLine, "sms": SmsLine}


@contextmanager
def providers(settings: Settings, clock: Clock) -> Iterator[tuple[App, Simulator]]:
    """The whole program with its providers' stand-ins; when it is left, all that was begun is done."""
    redis.Redis.from_url(settings.redis_url).flushdb()
    simulator = Simulator({"port": 0, "at_api_key": settings.at_api_key, "delivery_seconds": 3600})
    simulator.start()
    app = build(at(settings, simulator), clock=clock, pins=PINS, prepared=True)
    try:
        yield app, simulator
    finally:
        app.close()
        simulator.stop()
