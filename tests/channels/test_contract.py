"""One contract for every channel: its provider's real requests in, and the same promises kept on each."""

import itertools
import json
import re
import uuid
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import partial
from typing import Any, Final
from urllib.parse import parse_qsl, urlencode
from xml.etree import ElementTree

import pytest
import redis
from pymongo import MongoClient
from twilio.request_validator import RequestValidator
from werkzeug.test import Client, TestResponse

from bot.app import App, build
from bot.config import Settings
from channels import telegram, ussd
from channels.errors import SendFailed, Unreachable
from channels.port import Push
from channels.sms import menu as sms_menu
from channels.whatsapp import chat as whatsapp
from domain.groups.join import JoinGroup
from domain.groups.register import Register
from domain.mongo.store import MongoStore, utc_now
from domain.people.chats import put_address
from domain.people.phones import person_with
from domain.records.person import NAME_LENGTH_MAX
from domain.records.pin import Secret
from flows.engine.channel import Channel
from flows.engine.conversations import Engine
from flows.engine.gsm7 import septets
from flows.engine.link import HeldLink
from flows.menu import VOCABULARY, root
from simulator.server import Simulator
from tests.conftest import PINS, Clock
from tests.people import Village, Villager, do, found_village
from tests.phone import traces_of
from tests.waiting import WAIT_SECONDS
from tests.web import wsgi
from tests.wired import at

APOLOGY = "Sorry, that did not work. Nothing was lost. Please try again in a minute."
NOBODY = "http://127.0.0.1:9"


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


@pytest.fixture
def running(settings: Settings, clock: Clock) -> Iterator[tuple[App, Simulator]]:
    with providers(settings, clock) as both:
        yield both


@pytest.fixture
def town(running: tuple[App, Simulator]) -> Village:
    return found_village(running[0].store)


@pytest.fixture(params=LINES)
def line(request: pytest.FixtureRequest, running: tuple[App, Simulator], town: Village) -> Line:
    """Akello on each channel in turn."""
    made: Line = LINES[request.param](*running, town.akello)
    return made


def turns(app: App) -> int:
    return len(traces_of(app))


# Who is let in


def test_a_question_is_answered(line: Line) -> None:
    assert line.begin().startswith("Hello Akello")
    assert line.say("1").startswith("Umoja, meeting of 5 Oct. How much?")
    assert turns(line.app) == 2


def test_what_is_forged_is_refused_and_nothing_comes_of_it(line: Line) -> None:
    for label, sent in line.forged().items():
        answer = line.post(sent)
        assert (label, answer.status_code) == (label, line.refused)
        assert "Akello" not in answer.text
    assert turns(line.app) == 0
    assert line.begin().startswith("Hello Akello")


def test_what_lacks_a_field_is_refused_or_not_answered(line: Line) -> None:
    for label, sent in line.incomplete().items():
        answer = line.post(sent)
        assert (label, answer.status_code) == (label, line.lacking)
        if line.lacking == 200:
            assert (label, line.words(answer)) == (label, "")
    assert turns(line.app) == 0
    assert line.begin().startswith("Hello Akello")


def test_nothing_longer_than_a_message_is_read(line: Line) -> None:
    asked = line.ask("menu")
    # Telegram would send again what is refused.
    refusal = 200 if isinstance(line, TelegramLine) else 400
    assert line.post(replace(asked, body=asked.body + b"x" * 70_000)).status_code == refusal
    assert turns(line.app) == 0


# Whatever comes


def test_what_is_no_text_is_answered_with_the_question_again(line: Line) -> None:
    line.begin()
    line.say("1")
    for label, ask in line.not_words().items():
        said = line.words(line.post(ask()))
        assert (label, "Umoja, meeting of 5 Oct. How much?" in said) == (label, True)
        # An empty text message is most likely an accident: the question is answer enough.
        if label != "an empty message":
            assert (label, said.startswith("Umoja")) == (label, False), said
    assert line.say("2000").startswith("Pay UGX 2,000 to Umoja?")


STRANGE = {
    "Arabic": "ادفع خمسة آلاف",
    "Hebrew": "שלום",
    "an override of the direction": "\u202e0002\u202c",
    "an emoji": "😀",
    "a farmer of five code points": "👩🏽‍🌾",
    "a flag": "🇺🇬",
    "letters on letters": "Z̷̛̗͇a̶̧̛l̴g̷o",
    "markup": "<b>2000</b>",
    "a placeholder": "{amount}",
    "a lot": "9" * 2_000,
}


@pytest.mark.parametrize("typed", STRANGE.values(), ids=STRANGE)
def test_whatever_is_typed_is_answered_with_a_hint_and_the_question(line: Line, typed: str) -> None:
    line.begin()
    line.say("1")
    said = line.say(typed)
    hint, question, *_ = said.split("\n")
    assert hint.startswith("Please type the amount in digits only"), said
    assert question == "Umoja, meeting of 5 Oct. How much?", said
    assert line.fits(said)
    assert line.say("2000").startswith("Pay UGX 2,000 to Umoja?")


# The same request again


@pytest.mark.parametrize("channel", LINES)
def test_a_request_that_comes_eight_times_at_once_and_once_more_is_one_turn_and_one_payment(
    settings: Settings, clock: Clock, channel: str
) -> None:
    with providers(settings, clock) as (app, simulator):
        village = found_village(app.store)
        line = LINES[channel](app, simulator, village.akello)
        line.begin()
        line.say("1")
        assert "Your PIN?" in line.say("1")
        asked = line.ask("2581")
        with ThreadPoolExecutor(8) as threads:
            answers = [*threads.map(line.post, [asked] * 8), line.post(asked)]
        assert {(answer.status_code, answer.data) for answer in answers} == {(200, answers[0].data)}
        assert line.words(answers[0]).startswith("Now approve UGX 5,500 on your phone")
        assert turns(app) == 4
        assert len(app.store.payments.open_of(village.akello.id)) == 1
    # All that was begun is done.
    texts = [message["text"] for message in simulator.sms.inbox(village.akello.phone)]
    assert sum(text.startswith("Now approve") for text in texts) == (channel == "sms")


# The longest screen


@pytest.mark.parametrize("channel", LINES)
def test_thirty_applicants_with_long_names_fit_and_each_can_be_chosen(
    running: tuple[App, Simulator], town: Village, channel: str
) -> None:
    app, simulator = running
    names = [f"Nakayiza Namukasa Kyomuhendo Margar {n}{n}{n}{m}" for n in "abcdef" for m in "vwxyz"]
    assert (len(names), {len(name) for name in names}) == (30, {NAME_LENGTH_MAX})
    pin = app.store.pins.hash(Secret("9513"))
    for number, name in enumerate(names):
        phone = f"+2567730001{number:02}"
        do(app.store, Register(phone, name, "en", pin))
        id = person_with(app.store, phone)
        assert id is not None
        do(app.store, JoinGroup(id, town.code))

    line = LINES[channel](app, simulator, town.nakato)
    line.begin()
    screens = [line.say("approve")]
    assert screens[0].startswith("Who joins Umoja?")
    while "98" in screens[-1]:
        screens.append(line.say("98"))
        assert len(screens) <= 30, screens[-2:]
    for screen in screens:
        assert line.fits(screen), screen
    offered = [option for screen in screens for option in line.options(screen)]
    assert sorted(offered) == sorted(names)
    assert line.say("30").startswith(f"{offered[29]} (+")


# When we fail


@pytest.fixture
def nowhere(running: tuple[App, Simulator]) -> Iterator[MongoStore]:
    """A MongoDB that cannot be reached."""
    store = running[0].store
    client: MongoClient[dict[str, Any]] = MongoClient("mongodb://127.0.0.1:9", timeoutMS=200)
    yield MongoStore(client["x"], store.books, store.pins, (), {}, "", utc_now)
    client.close()


def test_without_redis_there_is_an_apology_in_the_channel_s_own_shape(line: Line) -> None:
    link = HeldLink("redis://127.0.0.1:9")
    away = replace(line.app, link=link, engine=line.app.engine.over(link))
    assert line.words(line.post(line.first(), away)) == APOLOGY
    assert turns(line.app) == 0


def test_without_mongodb_there_is_an_apology_in_the_channel_s_own_shape(line: Line, nowhere: MongoStore) -> None:
    away = replace(
        line.app,
        store=nowhere,
        engine=Engine(line.app.link, nowhere, secret="s", conversation=root, vocabulary=VOCABULARY),
    )
    assert line.words(line.post(line.first(), away)) == APOLOGY
    assert turns(line.app) == 0


def test_after_an_apology_the_same_request_is_answered(line: Line) -> None:
    """Whether it is sent again by the provider or by the member."""
    link = HeldLink("redis://127.0.0.1:9")
    away = replace(line.app, link=link, engine=line.app.engine.over(link))
    asked = line.first()
    assert line.words(line.post(asked, away)) == APOLOGY
    assert line.words(line.post(asked)).startswith("Hello Akello")


# When a provider fails: whether to ask again


@dataclass(frozen=True)
class Fails:
    """A provider that refuses, by a switch of its stand-in; and what that says to us."""

    channel: str
    switches: Mapping[str, object]
    gone: bool = False  # Unreachable: this person, not this message
    retryable: bool = False
    after_seconds: float = 0


AKELLO: Final = "+256772000101"


def _whatsapp(code: int, *, gone: bool = False, retryable: bool = False) -> Fails:
    return Fails("whatsapp", {"errors": {AKELLO: code}}, gone, retryable)


def _sms(status: str, *, gone: bool = False, retryable: bool = False) -> Fails:
    return Fails("sms", {"rejects": {AKELLO: status}}, gone, retryable)


FAILURES = {
    "whatsapp: 63024 no WhatsApp there": _whatsapp(63024, gone=True),
    "whatsapp: 21610 opted out": _whatsapp(21610, gone=True),
    "whatsapp: 63015 not in the sandbox": _whatsapp(63015, gone=True),
    "whatsapp: 63016 outside the window": _whatsapp(63016),
    "whatsapp: 63021 content": _whatsapp(63021),
    "whatsapp: 63049 withheld": _whatsapp(63049),
    "whatsapp: 21617 too long": _whatsapp(21617),
    "whatsapp: 63018 too many": _whatsapp(63018, retryable=True),
    "whatsapp: a code of tomorrow": _whatsapp(63999),
    "whatsapp: 429": Fails("whatsapp", {"status_429": 1}, retryable=True),
    "whatsapp: 500": Fails("whatsapp", {"status_500_before_accept": 1}, retryable=True),
    "whatsapp: 500, though it was taken": Fails("whatsapp", {"status_500_after_accept": 1}, retryable=True),
    "telegram: 403 blocked": Fails("telegram", {"blocked": {AKELLO: True}}, gone=True),
    "telegram: 429": Fails("telegram", {"status_429": 1, "retry_after": 7}, retryable=True, after_seconds=7),
    "telegram: 500": Fails("telegram", {"status_500": 1}, retryable=True),
    "sms: 406 opted out": _sms("UserInBlacklist", gone=True),
    "sms: 403 no such number": _sms("InvalidPhoneNumber", gone=True),
    "sms: 405 no credit": _sms("InsufficientBalance", retryable=True),
    "sms: 500 of a number": _sms("InternalServerError", retryable=True),
    "sms: 402 no such sender": _sms("InvalidSenderId"),
    "sms: 500": Fails("sms", {"status_500_before_accept": 1}, retryable=True),
}


@pytest.fixture(scope="module")
def stand_ins() -> Iterator[Simulator]:
    """The providers, and Akello's Telegram, where she has written."""
    people = [{"name": "Akello Grace", "phone": AKELLO}]
    simulator = Simulator({"port": 0, "people": people, "at_api_key": "at-key", "bot_url": NOBODY})
    simulator.start()
    chats = simulator.telegram.chats
    chats.add(chats.of(AKELLO), "/start", mine=True)
    chats.of(AKELLO).started = True
    yield simulator
    simulator.stop()


def _push(channel: str, to: str = AKELLO) -> Push:
    now = utc_now()
    address = {"whatsapp": f"whatsapp:{to}", "telegram": "telegram:700001"}.get(channel, to)
    return Push(address, "Received: UGX 5,500", heard_at=now, now=now)


def _failure(app: App, push: Push, channel: str) -> SendFailed:
    sender = app.senders.text if channel == "sms" else app.senders.chats[channel]
    with pytest.raises(SendFailed) as failed:
        sender.send(push)
    failure = failed.value
    assert failure.channel == channel
    assert "56772000101" not in str(failure), "an error names nobody"
    return failure


@pytest.fixture
def pushing(settings: Settings, stand_ins: Simulator) -> Iterator[App]:
    for faults in stand_ins.world.faults.values():
        faults.reset()
    app = build(at(settings, stand_ins), prepared=True)
    yield app
    app.close()


@pytest.mark.parametrize("fails", FAILURES.values(), ids=FAILURES)
def test_an_error_says_whether_to_ask_again(pushing: App, stand_ins: Simulator, fails: Fails) -> None:
    stand_ins.world.faults[fails.channel].set(dict(fails.switches))
    failure = _failure(pushing, _push(fails.channel), fails.channel)
    assert (isinstance(failure, Unreachable), failure.retryable) == (fails.gone, fails.retryable), failure
    assert failure.after_seconds == fails.after_seconds


@pytest.mark.parametrize("channel", ["whatsapp", "telegram", "sms"])
def test_what_a_provider_took_is_known_by_its_id(pushing: App, stand_ins: Simulator, channel: str) -> None:
    sender = pushing.senders.text if channel == "sms" else pushing.senders.chats[channel]
    ids = {sender.send(_push(channel)) for _ in range(2)}
    assert len(ids) == 2 and all(ids)


def test_somebody_telegram_does_not_know_or_who_never_wrote_is_unreachable(pushing: App) -> None:
    for chat in ("telegram:1", "telegram:256772000999"):
        failure = _failure(pushing, replace(_push("telegram"), to=chat), "telegram")
        assert (isinstance(failure, Unreachable), failure.retryable) == (True, False)


def test_a_number_that_is_none_is_unreachable_on_whatsapp(pushing: App) -> None:
    failure = _failure(pushing, replace(_push("whatsapp"), to="whatsapp:+12"), "whatsapp")
    assert (isinstance(failure, Unreachable), failure.retryable) == (True, False)


@pytest.mark.parametrize("channel", ["whatsapp", "telegram", "sms"])
def test_where_nobody_answers_it_may_pass(app: App, channel: str) -> None:
    failure = _failure(app, _push(channel), channel)
    assert (isinstance(failure, Unreachable), failure.retryable) == (False, True)


def test_a_wrong_key_is_not_their_fault(settings: Settings, stand_ins: Simulator) -> None:
    """It is ours, and does not pass by waiting; a member is not taken for gone."""
    wrong = replace(at(settings, stand_ins), telegram_bot_token="123456:another", twilio_auth_token="f" * 32)
    app = build(wrong)
    for channel in ("telegram", "whatsapp"):
        failure = _failure(app, _push(channel), channel)
        assert (channel, isinstance(failure, Unreachable), failure.retryable) == (channel, False, False)
    app.close()
