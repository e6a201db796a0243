"""While the service only shows: what members hear, in their language, before anything is typed for nothing."""

from collections.abc import Callable

import pytest

from bot.app import App
from domain.board.read_only import begin_read_only
from domain.people.profile import SetLanguage
from domain.records.person import Language
from tests.flows.talk import MENU
from tests.people import Village, do
from tests.phone import Phone, Transcript

pytestmark = pytest.mark.chats("sms", "telegram", "whatsapp")

ONLY_LOOK = "Just now you can only look. Nothing can be paid or changed. Please try again later."


@pytest.fixture(autouse=True)
def only_shows(app: App, village: Village) -> None:
    begin_read_only(app.store, "test", "a test")


def test_a_member_who_pays_hears_it_before_the_amount_and_still_reads_the_balance(converse: Transcript) -> None:
    converse(f"""
        > *384*7#
        {MENU}
        > 1
        < END {ONLY_LOOK}
        > *384*7*balance#
        < CON Your balance. Your PIN?
        < 0 Back
        > 2581
        < END Umoja: UGX 0, 0 shares, due UGX 5,500 by 5 Oct
    """)


def test_an_officer_who_would_write_down_cash_hears_it_before_anything_is_typed(
    phone: Callable[[str], Phone], village: Village
) -> None:
    treasurer = phone(village.wanjiru.phone)
    assert treasurer.dial("*384*7*cash#").endswith(ONLY_LOOK)


@pytest.mark.parametrize(
    ("language", "said"),
    [
        ("fr", "En ce moment, vous pouvez seulement consulter."),
        ("sw", "Kwa sasa unaweza kuangalia tu."),
    ],
)
def test_it_is_said_in_the_members_language(
    app: App, phone: Callable[[str], Phone], village: Village, language: Language, said: str
) -> None:
    """And to choose the language is possible meanwhile."""
    do(app.store, SetLanguage(village.akello.id, language))
    member = phone(village.akello.phone)
    member.dial()
    assert member.type("1").startswith(f"END {said}")


def test_somebody_who_stops_messages_or_freezes_their_account_is_heard(
    app: App, phone: Callable[[str], Phone], village: Village
) -> None:
    member = phone(village.akello.phone)
    member.dial("*384*7*freeze#")
    while member.screen.startswith("CON"):
        member.type(village.akello.pin if "PIN?" in member.screen else "1")
    assert app.store.people.get(village.akello.id).frozen, member.screen
