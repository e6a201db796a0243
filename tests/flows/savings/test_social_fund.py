"""The social fund as it is heard: asking, deciding, being paid; and being refused."""

import pytest

from bot.app import App
from domain.books.ledger import Draft, Posting
from tests.domain.officers import proposed, set_rules, vote
from tests.flows.talk import Dial, heard
from tests.people import Village, Villager, arrives
from tests.phone import Transcript

pytestmark = pytest.mark.chats("telegram")


@pytest.fixture(autouse=True)
def rules(app: App, village: Village) -> None:
    """The fund has UGX 6,000 in its box and 4,000 in its wallet."""
    set_rules(app.store, village)
    legs = (Posting("1040", 6_000), Posting("1025", 4_000), Posting("2020", -10_000))
    app.store.post(Draft(village.umoja, "UGX", "opening", "as it was", app.store.now(), legs))


def ask(converse: Transcript) -> None:
    converse("""
        > *384*7*social#
        < CON The social fund of Umoja has UGX 10,000. How much do you need?
        < 0 Back
        > 10001
        < CON At most UGX 10,000.
        < The social fund of Umoja has UGX 10,000. How much do you need?
        < 0 Back
        > 4000
        < CON What for? The officers will read it.
        < 0 Back  00 Home
        > medicine for my son
        < CON Ask Umoja for UGX 4,000 of its social fund. Your PIN?
        < 0 Back  00 Home
        > 2581
        < END Now 2 officers must agree. We will send you a message.
    """)


def agree(converse: Transcript, officer: Villager) -> None:
    converse(
        f"""
        > *384*7*decide*1#
        < CON …UGX 4,000…
        < Reason: medicine for my son
        < 1. Agree
        < 2. Do not agree
        < 0 Back  00 Home
        > 1
        < CON Your PIN?
        < 0 Back  00 Home
        > {officer.pin}
        < END …
    """,
        by=officer.phone,
    )


@pytest.mark.parametrize("way", ["mobile_money", "cash"])
def test_a_grant_is_asked_for_decided_and_paid(app: App, converse: Transcript, village: Village, way: str) -> None:
    ask(converse)
    for officer in (village.nakato, village.okot):
        agree(converse, officer)
    assert heard(app, village.akello.phone)[-1] == (
        "You get UGX 4,000 from the social fund of Umoja. An officer will pay you."
    )
    option, answer = ("1", "UGX 4,000 is on its way to Akello Grace.")
    if way == "cash":
        option, answer = ("2", "Now hand UGX 4,000 to Akello Grace in cash.")
    converse(
        f"""
        > *384*7*grants#
        < CON Pay which grant?
        < 1. Akello Grace, UGX 4,000
        < 0 Back
        > 1
        < CON UGX 4,000 to Akello Grace. How?
        < 1. Mobile money
        < 2. Cash
        < 0 Back  00 Home
        > {option}
        < CON Pay UGX 4,000 to Akello Grace. Your PIN?
        < 0 Back  00 Home
        > 1470
        < END {answer}
        > *384*7*grants#
        < END No grant is waiting in Umoja.
    """,
        by=village.wanjiru.phone,
    )
    if way == "mobile_money":
        (payment,) = app.store.payments.open_of(village.akello.id)
        arrives(app.store, payment)
    assert app.store.books.totals(village.umoja)["2020"] == -6_000
    assert "You received UGX 4,000 " in heard(app, village.akello.phone)[-1]


@pytest.mark.chats("whatsapp", "sms")
def test_who_is_refused_hears_why(app: App, converse: Transcript, village: Village) -> None:
    ask(converse)
    vote(app.store, proposed(app.store, "grant"), village.nakato, village.okot, yes=False)
    assert heard(app, village.akello.phone)[-1] == (
        "Refused in Umoja by vote: Social fund: UGX 4,000 to Akello Grace, because we have too little. "
        "It is closed."
    )


def test_an_empty_fund_is_said_to_be(app: App, phone: Dial, village: Village) -> None:
    legs = (Posting("1040", -6_000), Posting("1025", -4_000), Posting("2020", 10_000))
    app.store.post(Draft(village.umoja, "UGX", "closing", "it is empty", app.store.now(), legs))
    assert phone(village.akello.phone).dial("*384*7*social#") == "END The social fund of Umoja is empty now."
