"""A provider that fails says whether to ask again, and whether it is the person who is gone."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Final

import pytest

from bot.app import App, build
from bot.config import Settings
from channels.errors import SendFailed, Unreachable
from channels.port import Push
from domain.mongo.store import utc_now
from simulator.server import Simulator
from tests.wired import at

NOBODY = "http://127.0.0.1:9"


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
