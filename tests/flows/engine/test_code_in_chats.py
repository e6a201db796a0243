"""The service's code, dialled in a chat: it offers to go on, or begins anew."""

import pytest

from bot.app import App
from domain.money import Money
from tests.people import Village
from tests.phone import ChatPhone, TelegramPhone, WhatsAppPhone

HALFWAY = "Umoja, meeting of 5 Oct. How much?"
OFFERED = "You were not finished. Go on?\n1. Continue\n2. Start again"


@pytest.fixture(params=[WhatsAppPhone, TelegramPhone])
def halfway(request: pytest.FixtureRequest, app: App, village: Village) -> ChatPhone:
    """Akello in the middle of a contribution."""
    chat: ChatPhone = request.param(app, village.akello.phone)
    chat.type("hello")
    assert chat.type("1").startswith(HALFWAY)
    assert chat.type("2000").startswith("Pay UGX 2,000 to Umoja?")
    return chat


def test_the_code_in_the_middle_of_a_conversation_offers_to_go_on(halfway: ChatPhone) -> None:
    assert halfway.dial("*384*7#") == OFFERED
    assert halfway.type("1").startswith("Pay UGX 2,000 to Umoja?")


def test_or_to_start_again(halfway: ChatPhone) -> None:
    assert halfway.dial("*384*7#") == OFFERED
    assert halfway.type("2").startswith("Hello Akello")
    assert halfway.type("1").startswith(HALFWAY), "what was typed before is forgotten"


def test_the_code_again_offers_it_again(halfway: ChatPhone) -> None:
    assert [halfway.dial("*384*7#") for _ in range(2)] == [OFFERED] * 2
    assert halfway.type("1").startswith("Pay UGX 2,000 to Umoja?")


def test_the_code_with_answers_begins_anew_with_them(app: App, halfway: ChatPhone, village: Village) -> None:
    """Also above an offer; and of the answers, none goes beyond a confirmation."""
    assert halfway.dial("*384*7*2#").startswith("Your balance. Your PIN?")
    for typed in ("00", "1", "2000"):
        halfway.type(typed)
    assert halfway.dial("*384*7#") == OFFERED
    assert halfway.dial("*384*7*1*3000*1#").startswith("Pay UGX 3,000 to Umoja?")
    assert app.store.payments.find() == []
    halfway.type("1")
    assert halfway.type(village.akello.pin).startswith("Now approve UGX 3,000")
    assert [payment.amount for payment in app.store.payments.find()] == [Money(3_000, "UGX")]


def test_the_code_where_nothing_is_open_is_the_menu(app: App, village: Village) -> None:
    chat = WhatsAppPhone(app, village.akello.phone)
    assert chat.dial("*384*7#").startswith("Hello Akello")
    assert chat.dial("*384*7#").startswith("Hello Akello")


@pytest.mark.parametrize("typed", ["*384*77#", "*384*7", "*384#", "*384*7*2", "384*7#"])
def test_another_code_is_none_of_ours_and_only_an_answer(halfway: ChatPhone, typed: str) -> None:
    said = halfway.dial(typed)
    assert "Pay UGX 2,000 to Umoja?" in said and said.startswith("Please choose a number"), said
