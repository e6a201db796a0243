"""A SACCO as it is heard: buying shares, declaring a dividend, agreeing to it, and seeing one's own."""

from dataclasses import replace

import pytest

from bot.app import App
from bot.jobs import carry_out
from domain.books.ledger import Draft, Posting
from domain.money import Money
from domain.sacco.share_capital import RecordShares
from domain.savings.contribute import RecordCash
from tests.conftest import Clock
from tests.domain.officers import set_rules
from tests.flows.talk import Dial, heard
from tests.people import Village, arrives, do
from tests.phone import Transcript

pytestmark = pytest.mark.chats("telegram")


@pytest.fixture(autouse=True)
def sacco(app: App, village: Village) -> None:
    """Umoja is a SACCO, a share UGX 5,000; Okot is its secretary."""
    set_rules(app.store, village)
    rules = app.store.groups.get(village.umoja).constitution
    rules = replace(rules, social_fund=None, shares_max=0, members_max=0)
    app.store.groups.change(village.umoja, kind="sacco", constitution=rules)


def a_year(app: App, village: Village, clock: Clock, earned: int = 50_000) -> None:
    """Akello has UGX 120,000 on deposit from October and 4 shares; interest is earned; it is January."""
    do(app.store, RecordCash(village.umoja, village.akello.id, Money(120_000, "UGX"), village.nakato.id))
    do(app.store, RecordShares(village.nakato.id, village.umoja, village.akello.id, 4))
    legs = (Posting("1010", earned), Posting("4010", -earned))
    app.store.post(Draft(village.umoja, "UGX", "interest", "interest", app.store.now(), legs))
    clock.forward(days=100)


@pytest.mark.chats("whatsapp")
def test_shares_are_bought_by_mobile_money(app: App, converse: Transcript, village: Village) -> None:
    converse("""
        > *384*7*share_capital#
        < CON Your shares. Your PIN?
        < 0 Back
        > 2581
        < CON You own 0 shares, UGX 0.
        < How many more, at UGX 5,000 each?
        < 0 Back  00 Home
        > many
        < CON Please type a number from 1 to 200000000.
        < You own 0 shares, UGX 0.
        < How many more, at UGX 5,000 each?
        < 0 Back  00 Home
        > 3
        < END Now approve UGX 15,000 on your phone with your mobile money PIN. Ref C…
    """)
    (payment,) = app.store.payments.open_of(village.akello.id)
    arrives(app.store, payment)
    assert app.store.books.totals(village.umoja) == {"1020": 15_000, "3010": -15_000}
    assert "UGX 15,000 to Umoja" in heard(app, village.akello.phone)[-1]


def test_an_officer_writes_down_cash_for_shares(app: App, converse: Transcript, village: Village) -> None:
    converse(
        f"""
        > *384*7*cash*3#
        < CON What is the cash of Akello Grace for?
        < 1. Savings
        < 2. Shares
        < 0 Back  00 Home
        > 2
        < CON How many shares, at UGX 5,000 each?
        < 0 Back  00 Home
        > 2
        < CON UGX 10,000 in cash from Akello Grace?
        < 1. Yes
        < 2. No
        < 0 Back  00 Home
        > 1
        < CON Your PIN?
        < 0 Back  00 Home
        > {village.nakato.pin}
        < END Written down: UGX 10,000 from Akello Grace, who is told.
    """,
        by=village.nakato.phone,
    )
    assert app.store.books.totals(village.umoja)["3010"] == -10_000


@pytest.mark.chats("sms")
def test_a_dividend_is_declared_agreed_and_seen(
    app: App, converse: Transcript, village: Village, clock: Clock
) -> None:
    a_year(app, village, clock)
    converse(
        f"""
        > *384*7*declare#
        < CON Year 2026, surplus UGX 50,000. Percent on deposits?
        < 0 Back
        > 6.5
        < CON Percent on share capital?
        < 0 Back  00 Home
        > 10
        < CON Percent of tax to keep back? 0 for none.
        < 0 Back  00 Home
        > 15
        < CON 2026: 6.5% on deposits, 10% on shares, 15% tax. Your PIN?
        < 0 Back  00 Home
        > {village.nakato.pin}
        < END It comes to UGX 3,950. Now 2 other officers must agree.
        > *384*7*declare#
        < END Dividend for 2026, UGX 3,950 so far.
        < Waiting for the other officers.
    """,
        by=village.nakato.phone,
    )
    for officer in (village.wanjiru, village.okot):
        converse(
            f"""
            > *384*7*decide*1#
            < CON Dividend for 2026, UGX 3,950 in all
            < 6.5% on deposits, 10% on shares, 15% tax
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
    carry_out(app, "dividend", [f"{village.umoja}:2026"])
    assert heard(app, village.akello.phone)[-1] == (
        "Your dividend for 2026 in Umoja is UGX 3,358 after UGX 592 tax. Choose My dividend in the menu."
    )
    converse("""
        > *384*7*dividend#
        < CON Your dividend. Your PIN?
        < 0 Back
        > 2581
        < …Dividend for 2026: UGX 3,358, added to your credit
        < 6.5% on deposits: UGX 1,950
        < 10% on shares of UGX 20,000
        < That is UGX 2,000
        …
    """)


def test_more_than_the_surplus_is_refused_with_both_amounts(
    app: App, phone: Dial, village: Village, clock: Clock
) -> None:
    a_year(app, village, clock, earned=49_999)
    nakato = phone(village.nakato.phone)
    nakato.dial("*384*7*declare*100*100*0#")
    assert nakato.type(village.nakato.pin) == (
        "END The dividend comes to UGX 50,000, and the surplus is UGX 49,999. Declare a lower one."
    )


def test_no_year_is_over_and_no_dividend_is_declared_yet(phone: Dial, village: Village) -> None:
    assert (
        phone(village.nakato.phone).dial("*384*7*declare#") == "END Umoja has no year to declare a dividend for."
    )
    akello = phone(village.akello.phone)
    akello.dial("*384*7*dividend#")
    assert akello.type("2581") == "END Umoja has declared no dividend yet."
