"""The conversations on every channel: what a transcript says is heard on each of them."""

from collections.abc import Callable, Iterator
from dataclasses import replace

import pytest
import redis

from bot.app import App, build
from bot.config import Settings
from simulator.server import Simulator
from tests.conftest import PINS, Clock
from tests.domain.officers import set_rules
from tests.flows.talk import CHATS, Name, channel_of
from tests.listening import Commands
from tests.people import Village
from tests.phone import Phone, SmsPhone, Talks, TelegramPhone, Transcript, WhatsAppPhone
from tests.wired import Wired, wired


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """
    Each transcript is heard in a call, and in the chats that it or else its file names by the mark `chats`.

    `--every-channel` has each of them heard on all.
    """
    if not config.getoption("every_channel"):
        items[:] = [item for item in items if _is_heard(item)]


def _is_heard(item: pytest.Item) -> bool:
    channel, chats = channel_of(item), item.get_closest_marker("chats")
    if channel in (None, "ussd"):
        return True
    if chats is None:
        raise pytest.UsageError(f"{item.path}: no chat for its transcripts: pytestmark = pytest.mark.chats(…)")
    return channel in chats.args


@pytest.fixture(params=["ussd", *CHATS])
def channel(request: pytest.FixtureRequest) -> Name:
    name: Name = request.param
    return name


@pytest.fixture
def talks(
    channel: Name, app: App, phone: Callable[[str], Phone], settings: Settings, clock: Clock
) -> Iterator[Callable[[str], Talks]]:
    """A phone with a number, on this channel."""
    if channel == "ussd":
        yield phone
    elif channel == "telegram":
        yield lambda number: TelegramPhone(app, number)
    elif channel == "whatsapp":
        yield lambda number: WhatsAppPhone(app, number)
    else:
        simulator = Simulator({"port": 0, "at_api_key": settings.at_api_key})
        simulator.start()
        texting = build(replace(settings, at_api_url=simulator.url), clock=clock, pins=PINS, prepared=True)
        yield lambda number: SmsPhone(texting, number, simulator)
        texting.close()
        simulator.stop()


@pytest.fixture
def counted(app: App, village: Village, settings: Settings, clock: Clock) -> Iterator[tuple[App, Commands]]:
    """A second process of the same service, its commands counted."""
    commands = Commands()
    process = build(settings, clock=clock, pins=PINS, listeners=[commands], prepared=True)
    yield process, commands
    process.close()


@pytest.fixture
def converse(talks: Callable[[str], Talks], village: Village, settings: Settings) -> Transcript:
    """
    Checks a conversation written down as it is heard, on every channel; Akello's unless another number is given.

    Each conversation is some time after the one before: no session, and no PIN that still counts.
    """
    valkey = redis.Redis.from_url(settings.redis_url)

    def later(number: str) -> Talks:
        for kept in ("*:session:*", "*:chosen:*"):
            for key in valkey.scan_iter(kept):
                valkey.delete(key)
        return talks(number)

    return Transcript(later, village.akello.phone)


@pytest.fixture
def town(settings: Settings, clock: Clock) -> Iterator[Wired]:
    """The village with all its phones and providers."""
    with wired(settings, clock) as town:
        yield town


@pytest.fixture
def valkey(app: App) -> Iterator[redis.Redis]:
    with redis.Redis.from_url(app.settings.redis_url) as client:
        yield client


@pytest.fixture
def rules(app: App, village: Village) -> None:
    """The village with three officers, and with fines in its rules."""
    set_rules(app.store, village)
