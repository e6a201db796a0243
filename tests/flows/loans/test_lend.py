"""The group's loans as officers hear it: paying out, who is late, and what is put to a vote then."""

import pytest

from bot.app import App
from domain.books.ledger import Draft, Posting
from domain.records.person import membership_id
from tests.conftest import Clock
from tests.domain.officers import proposed, vote
from tests.flows.loans.borrowers import approve, asked, lends, lent
from tests.flows.talk import Dial, heard
from tests.people import Village, arrives
from tests.phone import Transcript

pytestmark = pytest.mark.chats("telegram")


@pytest.fixture(autouse=True)
def lending(app: App, village: Village) -> None:
    lends(app, village)


def test_an_approved_loan_is_handed_over_in_cash_once(app: App, converse: Transcript, village: Village) -> None:
    loan = asked(app, village, 30_000)
    approve(app, village, loan)
    assert heard(app, village.akello.phone)[-1] == (
        "Your loan of UGX 30,000 from Umoja is approved. An officer will pay it out to you."
    )
    converse(
        """
        > *384*7*lend#
        < CON Loans of Umoja
        < 1. Pay out
        < 2. Who is late
        < 3. Loan of a member
        < 0 Back
        > 1
        < CON Pay out which loan?
        < 1. Akello Grace, UGX 30,000
        < 0 Back  00 Home
        > 1
        < CON Pay UGX 30,000 to Akello Grace. Your PIN?
        < 0 Back  00 Home
        > 1470
        < END Now hand UGX 30,000 to Akello Grace in cash.
        > *384*7*lend*pay#
        < END No approved loan is waiting in Umoja.
    """,
        by=village.wanjiru.phone,
    )
    assert app.store.loans.get(loan).outstanding == 30_000
    assert app.store.books.totals(village.umoja)["1100"] == 30_000


@pytest.mark.parametrize(("way", "said"), [("1", "UGX 30,000 is on its way to"), ("2", "Now hand UGX 30,000 to")])
def test_one_that_could_not_be_sent_is_sent_or_handed_over(
    app: App, phone: Dial, village: Village, way: str, said: str
) -> None:
    loan = asked(app, village, 30_000, 1, "mobile_money")
    approve(app, village, loan)
    assert app.store.loans.get(loan).state == "approved", "the wallet is empty"
    wanjiru = phone(village.wanjiru.phone)
    if way == "1":
        assert wanjiru.dial("*384*7*lend*pay*1*1#") == (
            "END The group's mobile money is UGX 0, and UGX 30,000 is needed. "
            "Pay another way, or move money in Our book."
        )
        fill_wallet(app, village)
    assert wanjiru.dial("*384*7*lend*pay*1#").startswith("CON UGX 30,000 to Akello Grace. How?")
    wanjiru.type(way)
    assert wanjiru.type("1470").startswith(f"END {said} Akello Grace")
    for payment in app.store.payments.open_of(village.akello.id):
        arrives(app.store, payment)
    assert app.store.loans.get(loan).state == "active"


def fill_wallet(app: App, village: Village) -> None:
    legs = (Posting("1020", 50_000), Posting("1010", -50_000))
    app.store.post(Draft(village.umoja, "UGX", "banked", "cash to mobile money", app.store.now(), legs))


def test_nobody_pays_out_their_own_loan(app: App, phone: Dial, village: Village) -> None:
    loan = asked(app, village, 30_000)
    approve(app, village, loan)
    app.store.memberships.change(membership_id(village.umoja, village.akello.id), role="secretary")
    akello = phone(village.akello.phone)
    assert akello.dial("*384*7*lend*pay*1#") == (
        "END This is your own, or you wrote it down. Another officer of Umoja has to do it."
    )
    assert app.store.loans.get(loan).state == "approved"


@pytest.mark.chats("whatsapp", "sms")
def test_who_is_late_and_by_how_much_is_seen(
    app: App, converse: Transcript, village: Village, clock: Clock
) -> None:
    lent(app, village, 30_000, 2)
    converse("> *384*7*lend*late#\n< END No loan of Umoja is late.", by=village.wanjiru.phone)
    clock.forward(days=28 + 3)
    converse(
        """
        > *384*7*lend*late#
        < CON Late in Umoja, longest first
        < 1. Akello Grace, 3 days
        < 0 Back  00 Home
        > 1
        < CON Akello Grace, L…
        < Due UGX 18,000, 3 days late
        < Still to pay: UGX 34,500
        < 1. New terms
        < 2. Take from savings
        < 3. Write off
        …
        > 2
        < END It is 3 days late. Savings are taken for a loan after 90 days.
    """,
        by=village.wanjiru.phone,
    )


def test_a_loan_in_default_is_taken_from_savings_when_the_officers_agree(
    app: App, phone: Dial, village: Village, clock: Clock
) -> None:
    loan = lent(app, village, 20_000)
    clock.forward(days=28 + 91)
    wanjiru = phone(village.wanjiru.phone)
    wanjiru.dial("*384*7*lend*late*1*2#")
    assert wanjiru.type("1470") == "END Now 2 other officers must agree."
    vote(app.store, proposed(app.store, "netting"), village.nakato, village.okot)
    assert app.store.loans.get(loan).state == "closed"


def test_new_terms_are_asked_for_somebody_else(app: App, phone: Dial, village: Village, clock: Clock) -> None:
    loan = lent(app, village, 20_000)
    clock.forward(days=1)
    wanjiru = phone(village.wanjiru.phone)
    assert wanjiru.dial("*384*7*lend*member*akello#").startswith("CON Akello Grace, L")
    assert "\nDue UGX 22,000 by 2 Nov\nStill to pay: UGX 22,000\n1. New terms\n" in wanjiru.screen
    wanjiru.type("1")
    wanjiru.type("3")
    assert wanjiru.type("1470") == "END Now 2 other officers must agree."
    vote(app.store, proposed(app.store, "reschedule"), village.nakato, village.okot)
    assert app.store.loans.get(loan).rescheduled[0].periods == 3


def test_a_write_off_is_asked_of_all_members(app: App, phone: Dial, village: Village) -> None:
    loan = lent(app, village, 20_000)
    wanjiru = phone(village.wanjiru.phone)
    wanjiru.dial("*384*7*lend*member*akello*3#")
    assert wanjiru.screen.startswith("CON Ask the members to write this loan off. Your PIN?")
    assert wanjiru.type("1470") == "END Now 2 members must agree."
    said = wanjiru.dial("*384*7*lend*member*akello*3#")
    assert said == "END This was asked for already: 2 more must agree, by 19 Oct.", "before the PIN"
    vote(app.store, proposed(app.store, "write_off"), village.nakato, village.okot)
    assert app.store.loans.get(loan).state == "written_off"
    akello = phone(village.akello.phone)
    akello.dial("*384*7*my_loans#")
    assert "Written off by the members; it can still be paid" in akello.type("2581")


def test_a_member_without_a_loan_is_said_to_have_none(phone: Dial, village: Village) -> None:
    wanjiru = phone(village.wanjiru.phone)
    assert wanjiru.dial("*384*7*lend*member*okot#") == "END Okot James has no loan to pay back."


def test_cash_that_was_forgotten_counts_on_the_day_it_was_paid(
    app: App, converse: Transcript, village: Village, clock: Clock
) -> None:
    """Three days after the due day 18,000 are written down as of that day: nothing is late any more."""
    loan = lent(app, village, 30_000, 2)
    clock.forward(days=28 + 8)
    converse(
        """
        > *384*7*lend*late*1*4#
        < CON How many days ago was it paid?
        < 0 Back  00 Home
        > 8
        < CON How much was paid on 2 Nov?
        < 0 Back  00 Home
        > 18000
        < CON UGX 18,000 in cash, paid on 2 Nov?
        < 1. Yes
        < 2. No
        < 0 Back  00 Home
        > 1
        < CON Your PIN?
        < 0 Back  00 Home
        > 1470
        < END Written down: UGX 18,000 of 2 Nov. The borrower is told.
    """,
        by=village.wanjiru.phone,
    )
    kept = app.store.loans.get(loan)
    assert kept.outstanding == 15_000
    assert not any(line.owed.penalty for line in kept.standing(clock().date()).lines)


def test_interest_that_is_due_is_waived_with_a_reason(
    app: App, phone: Dial, village: Village, clock: Clock
) -> None:
    loan = lent(app, village, 20_000)
    wanjiru = phone(village.wanjiru.phone)
    wanjiru.dial("*384*7*lend*member*akello*5#")
    assert wanjiru.screen == "END No interest and no penalty of this loan is due."
    clock.forward(days=28)
    wanjiru.dial("*384*7*lend*member*akello*5#")
    assert wanjiru.screen.startswith("CON Waive what?\n1. Interest, UGX 2,000\n")
    assert wanjiru.type("1").startswith("CON Waive how much? At most UGX 2,000.\n1. All of it\n")
    assert "At most UGX 2,000" in wanjiru.type("3000")
    wanjiru.type("1500")
    wanjiru.type("the harvest was lost")
    assert wanjiru.type("1470") == "END Now 2 other officers must agree."
    nakato = phone(village.nakato.phone)
    nakato.dial("*384*7*decide*1#")
    assert "Waive interest of the loan of Akello Grace, UGX 1,500" in nakato.screen
    assert "Reason: the harvest was lost" in nakato.screen
    vote(app.store, proposed(app.store, "loan_waiver"), village.nakato, village.okot)
    assert [waiver.amount.minor for waiver in app.store.loans.get(loan).waivers] == [1_500]
