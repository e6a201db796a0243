"""The bot and its providers' stand-ins, each on an address, and what people do on their phones."""

import uuid
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import replace
from typing import Any

import redis

from bot.app import App, build
from bot.config import Settings
from bot.jobs import carry_out
from simulator.server import Simulator
from tests.conftest import PINS
from tests.people import Village, found_village
from tests.phone import ChatPhone, Phone, SmsPhone, TelegramPhone, Transcript
from tests.served import Served
from tests.waiting import WAIT_SECONDS
from tests.web import wsgi

PHONES = {
    "Nakato Ruth": "+256772000100",
    "Akello Grace": "+256772000101",
    "Okot James": "+256772000102",
    "Wanjiru Mary": "+256772000103",
}


class Chat(TelegramPhone):
    """A Telegram chat of whoever it is: unlike a phone's, it is linked to nobody before it says a number."""

    def __init__(self, app: App, user: int) -> None:
        ChatPhone.__init__(self, app, "")
        self.user = user

    @property
    def address(self) -> str:
        return f"telegram:{self.user}"

    def converse(self, transcript: str) -> None:
        """Check a conversation line by line; see Transcript."""
        Transcript(lambda _: self, "")(transcript)

    def share(self, phone: str, *, of: int | None = None) -> dict[str, Any]:
        """Share a contact: one's own, or of another user's."""
        contact = {"phone_number": phone, "first_name": "A", "user_id": self.user if of is None else of}
        return self.update({"contact": contact})


class BusyPhone(SmsPhone):
    """A phone on which something else may happen before the answer to a text comes."""

    def send(self, text: str) -> str:
        before = self._simulator.world.last_event()
        (path,) = [each.path for each in self._app.channels if each.channel is self.channel]
        form = {"from": self.number, "to": "4455", "text": text, "id": uuid.uuid4().hex, "date": "2026-10-05"}
        assert self._client.post(path, data=form).status_code == 200
        return str(wait_for(self._simulator, "sms", self.number, after=before)["text"])


class Wired:
    """
    `work` does what a worker would until nothing is due, also of what is due again by what a provider says
    afterwards: a message to a chat that failed after all is sent another way.
    """

    def __init__(self, app: App, simulator: Simulator, forward: Callable[..., None]) -> None:
        self.app, self.simulator, self._forward = app, simulator, forward
        self.village: Village = found_village(app.store)

    def work(self, **forward: float) -> None:
        self._forward(**forward)
        store, world = self.app.store, self.simulator.world
        for _ in range(6):
            carry_out(self.app, "settle", store.payments.due(store.now(), 100))
            carry_out(self.app, "deliver", store.notices.due(store.now(), 100))
            world.later.wait_until_done(within_seconds=world.config.delivery_seconds)

    def phone(self, number: str) -> Phone:
        """A phone to dial with."""
        return Phone(wsgi(self.app), self.app.settings.hook_secret, number)

    def texts(self, number: str) -> list[str]:
        """The text messages a phone got, oldest first."""
        return [message["text"] for message in self.simulator.sms.inbox(number)]

    def whatsapp(self, number: str) -> list[str]:
        """What the bot wrote in somebody's WhatsApp, oldest first, without what failed."""
        shown = self.simulator.whatsapp.chats.shown(number)
        return [each["text"] for each in shown if not each["mine"] and each["status"] != "failed"]

    def telegram(self, number: str) -> list[str]:
        """What the bot wrote in somebody's Telegram, oldest first."""
        return [each["text"] for each in self.simulator.telegram.messages(number) if not each["mine"]]


def wait_for(
    simulator: Simulator, kind: str, number: str, is_it: Callable[[Any], bool] = lambda _: True, after: int = 0
) -> Any:
    """What happened first on a phone, after an event, that is it; fails when nothing comes."""
    while happened := simulator.world.events(after, number, WAIT_SECONDS):
        for event in happened:
            after = event.id
            if event.kind == kind and is_it(event.data):
                return event.data
    raise AssertionError(f"no such {kind} for {number}")


@contextmanager
def wired(settings: Settings, clock: Any, **config: Any) -> Iterator[Wired]:
    """The whole village with all its phones; `config` is more of the stand-ins' settings."""
    redis.Redis.from_url(settings.redis_url).flushdb()
    with joined(settings, clock, PHONES, **config) as (app, simulator):
        yield Wired(app, simulator, clock.forward)
    app.close()


@contextmanager
def joined(
    settings: Settings, clock: Any, phones: Mapping[str, str], **config: Any
) -> Iterator[tuple[App, Simulator]]:
    """The bot on the stores as they are, and the stand-ins, with the phones of these people by name."""
    people = [
        {"name": name, "phone": phone, "wallet": {"minor": 200_000, "currency": "UGX"}, "momo_pin": "12345"}
        for name, phone in phones.items()
    ]
    with closing(Served()) as web:
        settings = replace(settings, public_url=web.url)
        simulator = Simulator(
            {
                "port": 0,
                "bot_url": web.url,
                "hook_secret": settings.hook_secret,
                "at_api_key": settings.at_api_key,
                "twilio_account_sid": settings.twilio_account_sid,
                "twilio_auth_token": settings.twilio_auth_token,
                "telegram_token": settings.telegram_bot_token,
                "telegram_secret": settings.telegram_secret,
                "delivery_seconds": 0.01,
                "people": people,
                **config,
            }
        )
        app = build(at(settings, simulator), clock=clock, pins=PINS, prepared=True)
        web.serve(wsgi(app))
        simulator.start()
        yield app, simulator
        simulator.stop()


def at(settings: Settings, simulator: Simulator) -> Settings:
    """The same settings, with every provider at the stand-ins."""
    url = simulator.url
    return replace(
        settings,
        at_api_url=url,
        twilio_api_url=f"{url}/twilio",
        telegram_api_url=f"{url}/telegram",
        sendgrid_api_url=f"{url}/sendgrid",
        momo_api_url=f"{url}/momo",
        daraja_api_url=f"{url}/daraja",
    )
