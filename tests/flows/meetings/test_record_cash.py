"""Writing down cash as it is heard: whose, what for, how much; what the member is told."""

from typing import Any

import pytest

from bot.app import App
from domain.decisions.rights import Frozen
from domain.loans.repay import Repay
from domain.savings.contribute import Contribute
from domain.savings.fines import FineMember, fines_due
from tests.domain.officers import cash
from tests.flows.meetings.lent import lend
from tests.flows.talk import Dial, heard
from tests.money import ugx
from tests.people import Village, arrives, do
from tests.phone import Transcript

pytestmark = [pytest.mark.chats("whatsapp"), pytest.mark.usefixtures("rules")]


def test_savings_are_written_down_as_due_or_as_typed_and_the_member_is_told(
    app: App, converse: Transcript, village: Village
) -> None:
    converse(
        """
        > *384*7*cash#
        < CON Which member? Type the number in the group, phone or name.
        < 0 Back
        > 0772000101
        < CON Savings for the meeting of 5 Oct. How much?
        < 1. Pay UGX 5,500
        < 0 Back  00 Home
        > 1
        < CON UGX 5,500 in cash from Akello Grace?
        < 1. Yes
        < 2. No
        < 0 Back  00 Home
        > 1
        < CON Your PIN?
        < 0 Back  00 Home
        > 1470
        < END Written down: UGX 5,500 from Akello Grace, who is told.
    """,
        by=village.wanjiru.phone,
    )
    assert app.store.books.totals(village.umoja) == {"1010": 5_000, "1040": 500, "2020": -500, "3010": -5_000}
    assert heard(app, village.akello.phone)[-1] == (
        "You paid UGX 5,500 in cash to Umoja for savings. Saved now: UGX 5,000. Not right? Tell another officer."
    )


def test_who_says_no_writes_nothing_down(app: App, phone: Dial, village: Village) -> None:
    wanjiru = phone(village.wanjiru.phone)
    wanjiru.dial("*384*7*cash*3*700#")
    assert wanjiru.type("2") == "END Nothing was written down."
    assert app.store.books.totals(village.umoja) == {}


@pytest.mark.chats("sms")
def test_what_it_is_for_is_asked_when_a_fine_is_owed_too(app: App, converse: Transcript, village: Village) -> None:
    do(app.store, FineMember(village.nakato.id, village.umoja, village.akello.id, "disorder"))
    converse(
        """
        > *384*7*cash*3#
        < CON What is the cash of Akello Grace for?
        < 1. Savings
        < 2. Fine: UGX 2,000, disorder
        < 0 Back  00 Home
        > 2
        < CON UGX 2,000 in cash from Akello Grace?
        < 1. Yes
        < 2. No
        < 0 Back  00 Home
        > 1
        < CON Your PIN?
        < 0 Back  00 Home
        > 1470
        < END Written down: UGX 2,000 from Akello Grace, who is told.
    """,
        by=village.wanjiru.phone,
    )
    assert fines_due(app.store, village.umoja, village.akello.id) == ugx(0)
    assert app.store.books.totals(village.umoja) == {"1010": 2_000, "4020": -2_000}


@pytest.mark.chats("telegram")
def test_a_loan_is_repaid_as_it_falls_due_or_as_typed(app: App, converse: Transcript, village: Village) -> None:
    lend(app, village, village.akello, 20_000)
    converse(
        """
        > *384*7*cash*akello#
        < CON What is the cash of Akello Grace for?
        < 1. Savings
        < 2. Loan …, due UGX 22,000
        < 0 Back  00 Home
        > 2
        < CON Loan …: UGX 22,000 clears it today. How much?
        < 1. Pay UGX 22,000
        < 0 Back  00 Home
        > 12000
        < CON UGX 12,000 in cash from Akello Grace?
        < 1. Yes
        < 2. No
        < 0 Back  00 Home
        > 1
        < CON Your PIN?
        < 0 Back  00 Home
        > 1470
        < END Written down: UGX 12,000 from Akello Grace, who is told.
    """,
        by=village.wanjiru.phone,
    )
    assert app.store.books.totals(village.umoja)["1100"] == 10_000


@pytest.mark.chats("whatsapp")
def test_a_repayment_that_waits_on_the_phone_is_said_and_what_comes_twice_is_credit(
    app: App, converse: Transcript, village: Village
) -> None:
    lend(app, village, village.akello, 20_000)
    (loan,) = app.store.loans.find(person=village.akello.id)
    asked: Any = do(app.store, Repay(village.akello.id, loan.id, ugx(22_000)))
    converse(
        """
        > *384*7*cash*akello#
        …
        > 2
        …
        > 1
        < CON UGX 22,000 in cash from Akello Grace?
        < 1. Yes
        < 2. No
        < 0 Back  00 Home
        > 1
        < CON Your PIN?
        < 0 Back  00 Home
        > 1470
        < CON UGX 22,000 by mobile money, asked on 5 Oct at …, is waiting for approval. Ref C…
        < Write it down once more?
        < 1. Yes
        < 2. No
        < 0 Back  00 Home
        > 1
        < END Written down: UGX 22,000 from Akello Grace, who is told.
    """,
        by=village.wanjiru.phone,
    )
    arrives(app.store, app.store.payments.get(asked["payment"]))
    assert "Of it UGX 22,000 was not owed and is on your credit." in heard(app, village.akello.phone)[-1]


def test_who_has_put_in_all_by_a_prompt_that_waits_has_not_paid(app: App, phone: Dial, village: Village) -> None:
    do(app.store, Contribute(village.umoja, village.akello.id, ugx(25_500)))
    wanjiru, akello = phone(village.wanjiru.phone), phone(village.akello.phone)
    waits = "END UGX 25,500 of Akello Grace is waiting for approval on their phone."
    assert wanjiru.dial("*384*7*cash*3#") == waits
    assert akello.dial("*384*7*1#") == "END UGX 25,500 is waiting for your approval on your phone."


def test_nobody_writes_down_their_own_cash(phone: Dial, village: Village) -> None:
    wanjiru = phone(village.wanjiru.phone)
    assert wanjiru.dial("*384*7*cash*2#") == "END Another officer must write down your own cash."


def test_who_has_put_in_all_is_said(app: App, phone: Dial, village: Village) -> None:
    cash(app.store, village, village.akello, 25_500, village.wanjiru)
    wanjiru = phone(village.wanjiru.phone)
    assert wanjiru.dial("*384*7*cash*3#") == "END Akello Grace has put in all there is to pay."


def test_no_cash_is_taken_for_a_frozen_account(app: App, phone: Dial, village: Village) -> None:
    app.store.people.change(village.akello.id, frozen=True)
    wanjiru = phone(village.wanjiru.phone)
    said = wanjiru.dial("*384*7*cash*3#")
    assert said.startswith("END The account of Akello Grace is frozen"), "before what it is for, and how much"
    with pytest.raises(Frozen):
        cash(app.store, village, village.akello, 700, village.wanjiru)
    assert app.store.books.totals(village.umoja) == {}
