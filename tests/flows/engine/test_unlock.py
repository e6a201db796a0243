"""One right PIN opens a call: one's own money is behind it on every path, and it is asked for once."""

import pytest
import redis

from bot.app import App
from flows.engine.channel import OPEN_SECONDS
from flows.engine.journal import decode_session
from flows.engine.sessions import Keys
from tests.conftest import Clock
from tests.flows.talk import Dial, opened, pay
from tests.leaks import leaked
from tests.people import Village
from tests.phone import TelegramPhone, WhatsAppPhone

OWN = (
    "balance", "statement", "my_loans", "repay", "borrow", "withdraw", "fines", "credit", "pay_social", "contest",
    "shares", "leave", "guarantee", "money",
)  # fmt: skip


@pytest.fixture(autouse=True)
def saved(app: App, village: Village) -> None:
    """Akello has a share of UGX 5,000."""
    pay(app, village, village.akello, 5_500)


@pytest.mark.parametrize("name", OWN)
def test_what_is_a_member_s_own_is_behind_their_pin(phone: Dial, village: Village, name: str) -> None:
    akello = phone(village.akello.phone)
    assert "Your PIN?" in akello.dial(f"*384*7*{name}#" if name != "money" else "*384*7*group_money#")
    assert "UGX" not in akello.screen
    assert "UGX" not in akello.type("1111"), "nor after a wrong one"


def test_it_is_asked_for_once_in_a_call(phone: Dial, village: Village) -> None:
    akello = phone(village.akello.phone)
    opened(akello, "shares", "2581")
    assert akello.screen.startswith("CON 1 share, UGX 5,000 saved")
    akello.type("00")
    assert akello.type("balance").startswith("END Umoja: UGX 5,000")


def test_what_changes_a_pin_asks_for_it_also_there(phone: Dial, village: Village) -> None:
    akello = phone(village.akello.phone)
    opened(akello, "shares", "2581", "00")
    assert akello.type("change_pin").startswith("CON Your PIN now?")


def test_another_call_is_somebody_who_picked_up_the_phone(phone: Dial, village: Village) -> None:
    akello = phone(village.akello.phone)
    opened(akello, "shares", "2581", "00")
    assert "Your PIN?" in akello.dial("*384*7*balance#")


def test_a_wrong_pin_opens_nothing(phone: Dial, village: Village) -> None:
    akello = phone(village.akello.phone)
    opened(akello, "shares", "1111", "00")
    assert "Your PIN?" in akello.type("balance")


def test_it_runs_out(phone: Dial, village: Village, clock: Clock) -> None:
    akello = phone(village.akello.phone)
    opened(akello, "shares", "2581", "00")
    clock.forward(seconds=OPEN_SECONDS)
    assert "Your PIN?" in akello.type("balance")


def test_what_is_kept_of_it_is_when_and_in_which_call(app: App, phone: Dial, village: Village) -> None:
    akello = phone(village.akello.phone)
    opened(akello, "shares", "2581")
    valkey = redis.Redis.from_url(app.settings.redis_url)
    stored = valkey.hget(Keys(village.akello.id, "").session, "data")
    assert isinstance(stored, bytes) and leaked(stored, "2581") == []
    session = decode_session(stored)
    assert session.pin_at > 0 and session.pin_by == session.call != ""


def test_in_a_chat_a_right_pin_opens_what_it_did_before(app: App, village: Village) -> None:
    """Where what is typed is kept, for looking, for a while; never what money leaves by. Elsewhere nothing."""
    kept = WhatsAppPhone(app, village.akello.phone)
    opened(kept, "shares", "2581")
    assert kept.type("balance").startswith("Umoja: UGX 5,000")
    assert "Your PIN?" in opened(kept, "withdraw")
    deleted = TelegramPhone(app, village.okot.phone)
    opened(deleted, "shares", "9513")
    assert "Your PIN?" in deleted.type("balance")
