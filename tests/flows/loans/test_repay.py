"""My loans as they are heard: how each stands, paying back, new terms, taking a request back."""

from dataclasses import replace

import pytest

from bot.app import App
from domain.records.loan import Loan
from tests.conftest import Clock
from tests.domain.officers import proposed, vote
from tests.flows.loans.borrowers import approve, asked, lends, lent
from tests.flows.talk import Dial, opened
from tests.money import ugx
from tests.people import Village, arrives
from tests.phone import Transcript, WhatsAppPhone

pytestmark = pytest.mark.chats("whatsapp")


@pytest.fixture(autouse=True)
def lending(app: App, village: Village) -> None:
    lends(app, village)


def the_loan(app: App, id: str) -> Loan:
    return app.store.loans.get(id)


@pytest.mark.chats("sms")
def test_what_is_due_is_one_key_away_and_what_is_typed_is_said_back(
    app: App, converse: Transcript, village: Village
) -> None:
    loan = lent(app, village, 40_000, 2)
    converse("""
        > *384*7*repay#
        < CON Your loans. Your PIN?
        < 0 Back
        > 2581
        < CON Loan L…, Umoja
        < Due UGX 24,000 by 2 Nov
        < At most UGX 44,000 today. How much?
        < 1. Pay UGX 24,000
        < 0 Back  00 Home
        > 46001
        < CON At most UGX 44,000.
        < Loan L…, Umoja
        < Due UGX 24,000 by 2 Nov
        < At most UGX 44,000 today. How much?
        < 1. Pay UGX 24,000
        < 0 Back  00 Home
        > 10000
        < CON Pay UGX 10,000 on loan L…?
        < 1. Yes
        < 2. No
        < 0 Back  00 Home
        > 0
        < CON Loan L…, Umoja
        < Due UGX 24,000 by 2 Nov
        < At most UGX 44,000 today. How much?
        < 1. Pay UGX 24,000
        < 0 Back  00 Home
        > 1
        < END Now approve UGX 24,000 on your phone with your mobile money PIN. Ref C…
    """)
    (payment,) = app.store.payments.open_of(village.akello.id)
    assert the_loan(app, loan).outstanding == 40_000, "nothing is posted before it is approved on the phone"
    arrives(app.store, payment)
    assert the_loan(app, loan).outstanding == 20_000


def test_who_says_no_pays_nothing(app: App, phone: Dial, village: Village) -> None:
    lent(app, village, 40_000)
    akello = phone(village.akello.phone)
    opened(akello, "repay", "2581", "10000")
    assert akello.type("2") == "END Nothing was paid."
    assert app.store.payments.open_of(village.akello.id) == []


def test_an_amount_comes_with_the_word_in_a_chat(app: App, village: Village) -> None:
    loan = the_loan(app, lent(app, village, 40_000))
    akello = WhatsAppPhone(app, village.akello.phone)
    assert akello.type("repay 5000").startswith("Your loans. Your PIN?")
    assert akello.type("2581") == f"Pay UGX 5,000 on loan {loan.ref}?\n1. Yes\n2. No\n0 Back  00 Home"
    assert akello.type("Repay").startswith(f"Loan {loan.ref}, Umoja\n")


def test_which_loan_is_asked_where_there_are_several(app: App, phone: Dial, village: Village) -> None:
    first = the_loan(app, lent(app, village, 10_000))
    again = replace(first, id="again", ref="LAGAIN2", asked_at=app.store.now())
    app.store.loans.insert(again)
    akello = phone(village.akello.phone)
    assert opened(akello, "repay", "2581").startswith("CON Pay back which loan?\n")
    assert f"Umoja {first.ref}" in akello.screen and "Umoja LAGAIN2" in akello.screen
    akello.type("umoja lagain2")
    assert akello.screen.startswith("CON Loan LAGAIN2, Umoja")


def test_more_than_is_still_owed_with_what_is_on_its_way_is_not_asked_for(
    app: App, phone: Dial, village: Village
) -> None:
    lent(app, village, 10_000)
    akello = phone(village.akello.phone)
    opened(akello, "repay", "2581", "1")
    opened(akello, "repay", "2581")
    assert akello.screen == "END UGX 11,000 is waiting for your approval on your phone."
    assert len(app.store.payments.open_of(village.akello.id)) == 1


def test_what_waits_for_approval_is_said_and_not_offered_again(
    app: App, converse: Transcript, phone: Dial, village: Village
) -> None:
    lent(app, village, 40_000, 2)
    opened(phone(village.akello.phone), "repay", "2581", "1")
    converse("""
        > *384*7*repay#
        < CON Your loans. Your PIN?
        < 0 Back
        > 2581
        < CON Loan L…, Umoja
        < UGX 24,000 is waiting for your approval on your phone.
        < At most UGX 20,000 today. How much?
        < 0 Back  00 Home
        > 1
        < CON At least UGX 100. Please type it like 20000.
        …
        > 20000
        < CON Pay UGX 20,000 on loan L…?
        < 1. Yes
        < 2. No
        < 0 Back  00 Home
        > 1
        < END Now approve UGX 20,000 on your phone with your mobile money PIN. Ref C…
    """)
    assert opened(phone(village.akello.phone), "repay", "2581") == (
        "END UGX 44,000 is waiting for your approval on your phone."
    )


def test_a_currency_without_mobile_money_is_paid_at_the_meeting(app: App, phone: Dial, village: Village) -> None:
    lent(app, village, 10_000)
    app.store.providers = ()
    assert opened(phone(village.akello.phone), "repay", "2581") == (
        "END Umoja takes no mobile money yet. Please pay at the meeting."
    )


def test_who_owes_nothing_is_told_so(converse: Transcript, village: Village) -> None:
    converse("""
        > *384*7*repay#
        < CON Your loans. Your PIN?
        < 0 Back
        > 2581
        < END You have no loan to pay back.
    """)
    converse("""
        > *384*7*my_loans#
        < CON Your loans. Your PIN?
        < 0 Back
        > 2581
        < END You have no loan, and asked for none.
    """)


@pytest.mark.chats("telegram")
def test_a_loan_shows_what_is_left_and_its_instalments(app: App, converse: Transcript, village: Village) -> None:
    lent(app, village, 40_000, 2)
    converse("""
        > *384*7*my_loans#
        < CON Your loans. Your PIN?
        < 0 Back
        > 2581
        < CON Loan L…, Umoja
        < Still to pay: UGX 44,000
        < Due UGX 24,000 by 2 Nov
        < 1. Repay
        < 2. Instalments
        < 3. Ask for new terms
        < 0 Back  00 Home
        > 2
        < END 2 Nov: UGX 24,000
        < 30 Nov: UGX 22,000
    """)


def test_how_late_a_loan_is_is_said(app: App, phone: Dial, village: Village, clock: Clock) -> None:
    lent(app, village, 40_000)
    clock.forward(days=29)
    akello = phone(village.akello.phone)
    akello.dial("*384*7*my_loans#")
    assert "\nDue UGX 44,000, 1 day late\n" in akello.type("2581")
    clock.forward(days=1)
    assert "\nDue UGX 44,000, 2 days late\n" in opened(akello, "repay", "2581")


def test_a_loan_is_repaid_from_where_it_is_seen(app: App, phone: Dial, village: Village) -> None:
    lent(app, village, 40_000)
    akello = phone(village.akello.phone)
    akello.dial("*384*7*my_loans#")
    akello.type("2581")
    assert "Due UGX 44,000 by 2 Nov" in akello.type("1")
    assert akello.type("1").startswith("END Now approve UGX 44,000")


def test_new_terms_are_for_the_officers_to_decide(app: App, phone: Dial, village: Village, clock: Clock) -> None:
    loan = lent(app, village, 40_000)
    clock.forward(days=1)
    akello = phone(village.akello.phone)
    akello.dial("*384*7*my_loans#")
    akello.type("2581")
    assert akello.type("3") == "CON The rest in how many instalments from now on?\n0 Back  00 Home"
    assert akello.type("0361").startswith("CON Please type a number from 1 to 360.")
    assert akello.type("4") == ("END Now 2 officers must agree. We will send you a message.")
    vote(app.store, proposed(app.store, "reschedule"), village.nakato, village.wanjiru)
    assert [terms.periods for terms in the_loan(app, loan).rescheduled] == [4]


def test_a_request_is_taken_back_until_it_is_paid_out(app: App, converse: Transcript, village: Village) -> None:
    loan = asked(app, village, 30_000)
    converse("""
        > *384*7*my_loans#
        < CON Your loans. Your PIN?
        < 0 Back
        > 2581
        < CON Loan L…, Umoja
        < UGX 30,000, waiting for officers
        < 1. Instalments
        < 2. Cancel my request
        < 0 Back  00 Home
        > 2
        < CON Cancel your request L…?
        < 1. Yes
        < 2. No
        < 0 Back  00 Home
        > 1
        < END You cancelled your request.
    """)
    assert the_loan(app, loan).state == "withdrawn"


def test_a_request_stands_when_one_thinks_better_of_it(app: App, phone: Dial, village: Village) -> None:
    loan = asked(app, village, 30_000)
    approve(app, village, loan)
    akello = phone(village.akello.phone)
    akello.dial("*384*7*my_loans#")
    assert "UGX 30,000, approved, to be paid out" in akello.type("2581")
    akello.type("2")
    assert akello.type("2") == "END Your request is kept."
    assert the_loan(app, loan).state == "approved"
    assert app.store.books.totals(village.umoja)["3010"] == ugx(-75_000).minor
