"""A person with a phone, and conversations as they are heard, on each channel's wire."""

import itertools
import json
import re
import uuid
from collections.abc import Callable
from textwrap import dedent
from typing import Any, Protocol
from xml.etree import ElementTree

from twilio.request_validator import RequestValidator
from werkzeug.test import Client

from bot.app import App
from bot.served import Wsgi
from channels import telegram
from channels.sms import menu as sms_menu
from channels.whatsapp import chat as whatsapp
from domain.people.chats import put_address
from domain.people.phones import person_with
from domain.records.person import LANGUAGES
from flows.engine import sessions
from flows.engine.channel import Channel
from flows.engine.gsm7 import fold
from flows.words.texts import t, words
from simulator.server import Simulator
from tests.waiting import WAIT_SECONDS
from tests.web import wsgi


def traces_of(app: App) -> list[bytes]:
    """The trace of all turns, bucket by bucket."""
    return [line for bucket in sessions.traces() for line in app.link.do(bucket)]


class Phone:
    """Dials and types through Africa's Talking's wire format; `screen` is what is on it."""

    def __init__(self, web: Wsgi, hook_secret: str, number: str) -> None:
        self._client, self._path, self.number = Client(web), f"/hooks/at/ussd/{hook_secret}", number
        self._session, self._text, self.screen = "", "", ""

    def dial(self, code: str = "*384*7#") -> str:
        self._session, self._text = f"ATUid_{uuid.uuid4().hex}", code.removeprefix("*384*7").strip("*#")
        return self.post()

    def type(self, text: str) -> str:
        self._text = f"{self._text}*{text}" if self._text else text
        return self.post()

    def post(self, **changed: str) -> str:
        """Send the callback as it stands: again is a repeat of the last one."""
        response = self._client.post(self._path, data={**self.form(), **changed})
        assert response.status_code == 200, response.text
        self.screen = response.text
        return self.screen

    def form(self) -> dict[str, str]:
        return {
            "phoneNumber": self.number,
            "serviceCode": "*384*7#",
            "text": self._text,
            "sessionId": self._session,
            "networkCode": "64110",
        }


class Talks(Protocol):
    """Anything a transcript can be run on."""

    number: str
    screen: str

    def dial(self, code: str = "*384*7#") -> str: ...
    def type(self, text: str) -> str: ...


class ChatPhone:
    """
    A chat. `screen` is what is on it as it would be read out: options by number, then the ways out.

    What a chat says of a PIN beside the question is left out; `said` has all of it. Typed digits that are on a
    button tap it.
    """

    channel: Channel

    def __init__(self, app: App, number: str) -> None:
        self._app, self._client, self.number = app, Client(wsgi(app)), number
        self.said, self.screen, self.taps = "", "", dict[str, str]()

    def dial(self, code: str = "*384*7#") -> str:
        return self._show(self.send(code))

    def type(self, text: str) -> str:
        return self._show(self.send(self.taps.get(text, text)))

    def send(self, text: str) -> str:
        """Send a text or a button's payload; the answer as it is read out."""
        raise NotImplementedError

    def _show(self, said: str) -> str:
        self.said = said
        notes = {
            words(language).say(t(note.message, code="*384*7#"))
            for language in LANGUAGES
            for note in (self.channel.pin_warning, self.channel.pin_elsewhere)
            if note is not None
        }
        self.screen = "\n".join(line for line in said.split("\n") if line not in notes)
        return self.screen

    def _read_out(self, body: str, taps: list[tuple[str, str]]) -> str:
        """A body and its buttons, (payload, label) each."""
        keys = {payload: payload.partition(":")[2] for payload, _ in taps}
        self.taps = {key: payload for payload, key in keys.items() if key}
        ways = [f"{keys[payload]} {label}" for payload, label in taps if keys[payload] in ("0", "00", "98")]
        options = [
            f"{keys[payload]}. {label}" for payload, label in taps if keys[payload] not in ("", "0", "00", "98")
        ]
        return "\n".join(filter(None, [body, *options, "  ".join(ways)]))


class TelegramPhone(ChatPhone):
    """
    Telegram's updates in, its calls read from the answer. A member's chat is linked; a newcomer shows the number.
    """

    channel = telegram.CHANNEL
    _updates = itertools.count(1)

    def __init__(self, app: App, number: str) -> None:
        super().__init__(app, number)
        self.user = int(number[-9:])
        person = person_with(app.store, number)
        if person:
            put_address(app.store, f"telegram:{self.user}", self.channel.name, person)
        else:
            self.update({"contact": {"phone_number": number, "first_name": "A", "user_id": self.user}})

    def send(self, text: str) -> str:
        if text in self.taps.values():
            message = {"message_id": 5, "date": 1_790_000_000, "chat": {"id": self.user, "type": "private"}}
            call = self.post(
                {
                    "callback_query": {
                        "id": "1",
                        "from": self._sender,
                        "chat_instance": "1",
                        "message": message,
                        "data": text,
                    }
                }
            )
        else:
            call = self.update({"text": text})
        rows = call.get("reply_markup", {}).get("inline_keyboard", [])
        return self._read_out(
            call["text"], [(each["callback_data"], each["text"]) for row in rows for each in row]
        )

    def update(self, content: dict[str, Any]) -> dict[str, Any]:
        """Send a message with this in it."""
        message = {"message_id": 4, "date": 1_790_000_000, "chat": {"id": self.user, "type": "private"}}
        return self.post({"message": message | {"from": self._sender} | content})

    def post(self, update: dict[str, Any]) -> dict[str, Any]:
        bot = self._app.telegram
        assert bot is not None
        body = json.dumps({"update_id": next(self._updates), **update})
        headers = {"X-Telegram-Bot-Api-Secret-Token": bot.secrets[0]}
        response = self._client.post(bot.path, data=body, content_type="application/json", headers=headers)
        assert response.status_code == 200, response.text
        answer: dict[str, Any] = response.get_json()
        return answer

    @property
    def _sender(self) -> dict[str, Any]:
        return {"id": self.user, "is_bot": False, "first_name": "A", "language_code": "en"}


class WhatsAppPhone(ChatPhone):
    """Twilio's signed forms in, TwiML out: numbered text, which always works."""

    channel = whatsapp.CHANNEL

    def send(self, text: str) -> str:
        root = ElementTree.fromstring(self.post(Body=text))
        return root.findtext("Message") or ""

    def post(self, **changed: str) -> str:
        settings = self._app.settings
        form = {
            "MessageSid": f"SM{uuid.uuid4().hex}",
            "AccountSid": settings.twilio_account_sid,
            "From": f"whatsapp:{self.number}",
            "To": f"whatsapp:{settings.twilio_whatsapp_number}",
            "WaId": self.number.removeprefix("+"),
            "MessageType": "text",
            "NumMedia": "0",
            "ButtonPayload": "",
            **changed,
        }
        url = f"{settings.public_url}{whatsapp.PATH}"
        signature = RequestValidator(settings.twilio_auth_token).compute_signature(url, form)
        response = self._client.post(whatsapp.PATH, data=form, headers={"X-Twilio-Signature": signature})
        assert response.status_code == 200, response.text
        return response.text


class SmsPhone(ChatPhone):
    """Messages to our number, and the answers as they arrive in the inbox, by the real SDK."""

    channel = sms_menu.CHANNEL

    def __init__(self, app: App, number: str, simulator: Simulator) -> None:
        super().__init__(app, number)
        self._simulator = simulator

    def send(self, text: str) -> str:
        (path,) = [each.path for each in self._app.channels if each.channel is self.channel]
        before = self._simulator.world.last_event()
        form = {"from": self.number, "to": "4455", "text": text, "id": uuid.uuid4().hex, "date": "2026-10-05"}
        response = self._client.post(path, data=form)
        assert response.status_code == 200, response.text
        happened = self._simulator.world.events(before, self.number, WAIT_SECONDS)
        (arrived,) = [event for event in happened if event.kind == "sms"]
        return str(arrived.data["text"])


class Transcript:
    """
    Checks a written conversation line by line: "> what is typed", "< what is heard".

    A "…" in a heard line stands for any text, and alone for the rest of a screen. "-- dropped" is a call that
    broke off. `by` is the number of whoever talks. In a chat nothing is "CON" or "END", and letters keep their
    accents.
    """

    def __init__(self, phone: Callable[[str], Talks], number: str) -> None:
        self._phone, self._number = phone, number

    def __call__(self, transcript: str, *, by: str = "") -> Talks:
        phone = self._phone(by or self._number)
        heard: list[str] | None = None
        for line in filter(None, map(str.strip, dedent(transcript).splitlines())):
            mark, _, rest = line.partition(" ")
            if mark == "<":
                assert heard, f"nothing was heard where this was expected: {rest}"
                if isinstance(phone, ChatPhone):
                    rest = re.sub(r"^(CON|END) ", "", rest)
                assert _matches(rest, heard[0]), f"heard {heard[0]!r}, not {rest!r}\n\n{phone.screen}"
                heard.pop(0)
                continue
            if line == "…":
                heard = []
                continue
            assert not heard, f"more was heard than was written down: {heard}\n\n{phone.screen}"
            if mark == ">":
                screen = phone.dial(rest) if rest.startswith("*384*7") else phone.type(rest)
                heard = fold(screen).split("\n")
        assert not heard, f"more was heard than was written down: {heard}\n\n{phone.screen}"
        return phone


def _matches(written: str, heard: str) -> bool:
    pattern = ".*".join(re.escape(part) for part in written.split("…"))
    return re.fullmatch(pattern, heard) is not None
