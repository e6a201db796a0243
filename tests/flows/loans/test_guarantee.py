"""Guarantors as it is heard: naming them, and being asked to stand for a loan."""

from dataclasses import replace
from fractions import Fraction
from typing import Any

import pytest

from bot.app import App
from domain.loans.borrow import RequestLoan
from tests.flows.loans.borrowers import EASY, lends, the_loan
from tests.flows.talk import Dial, heard, opened
from tests.money import ugx
from tests.people import Village, Villager, do
from tests.phone import Transcript

pytestmark = pytest.mark.chats("sms")


@pytest.fixture(autouse=True)
def lending(app: App, village: Village) -> None:
    lends(app, village, replace(EASY, guarantors_min=1), periods_max=1)


def wants(app: App, village: Village, **rules: Any) -> None:
    constitution = app.store.groups.get(village.umoja).constitution
    assert constitution.loans is not None
    product = replace(constitution.loans, borrowing=replace(EASY, **rules))
    app.store.groups.change(village.umoja, constitution=replace(constitution, loans=product))


def asks(app: App, village: Village, minor: int, *guarantors: Villager) -> str:
    """Akello's request, which waits for these; answers with the loan's id."""
    people = tuple(guarantor.id for guarantor in guarantors)
    answer: Any = do(app.store, RequestLoan(village.umoja, village.akello.id, ugx(minor), 1, "cash", people))
    return str(answer["loan"])


def test_a_guarantor_is_named_by_number_and_said_back_by_name(
    app: App, converse: Transcript, village: Village
) -> None:
    converse("""
        > *384*7*borrow#
        < CON Your limit in Umoja. Your PIN?
        < 0 Back
        > 2581
        < CON Umoja can lend you up to UGX 75,000. How much?
        < 1. Borrow UGX 75,000
        < 0 Back  00 Home
        > 20000
        < CON 1 member must guarantee your loan. Type the number in the group, phone or name.
        < 0 Back  00 Home
        > 77
        < CON No other member of Umoja matches 77. Type a number, phone or name.
        < 0 Back  00 Home
        > 3
        < CON No other member of Umoja matches 3. Type a number, phone or name.
        < 0 Back  00 Home
        > 1
        < CON Ask Nakato Ruth to guarantee your loan?
        < 1. Yes
        < 2. Yes, and one more
        < 3. Somebody else
        < 0 Back  00 Home
        > 3
        < CON 1 member must guarantee your loan. Type the number in the group, phone or name.
        < 0 Back  00 Home
        > 0772000102
        < CON Ask Okot James to guarantee your loan?
        < 1. Yes
        < 2. Yes, and one more
        < 3. Somebody else
        < 0 Back  00 Home
        > 1
        < CON UGX 20,000 from Umoja. How?
        < 1. Mobile money
        < 2. Cash
        < 0 Back  00 Home
        > 2
        < CON UGX 20,000: you pay back UGX 22,000
        < …
        < …
        < …
        < 1. Agree
        < 2. No
        < 0 Back  00 Home
        > 1
        < CON What is the UGX 20,000 for?
        …
        > 1
        < END Ref L…. Your guarantors are asked first, then the officers decide.
    """)
    loan = the_loan(app, village)
    assert [(each.person, each.amount.minor) for each in loan.guarantees] == [(village.okot.id, 20_000)]
    assert heard(app, village.okot.phone)[-1] == (
        "Will you guarantee UGX 20,000 of a loan? Akello Grace of Umoja asks you. Choose Guarantee in the menu."
    )


def test_several_share_a_loan_and_nobody_is_named_twice(app: App, phone: Dial, village: Village) -> None:
    akello = phone(village.akello.phone)
    opened(akello, "borrow", "2581", "30000", "okot", "2")
    assert akello.screen.startswith("CON 1 member must guarantee your loan.")
    assert akello.type("4").startswith("CON No other member of Umoja matches 4.")
    assert akello.type("wanjiru").startswith("CON Ask Wanjiru Mary to guarantee your loan?")
    akello.type("1")
    akello.type("2")
    akello.type("1")
    akello.type("1")
    parts = {each.person: each.amount.minor for each in the_loan(app, village).guarantees}
    assert parts == {village.okot.id: 15_000, village.wanjiru.id: 15_000}


def test_where_two_are_wanted_both_are_asked_for(app: App, phone: Dial, village: Village) -> None:
    wants(app, village, guarantors_min=2)
    akello = phone(village.akello.phone)
    assert opened(akello, "borrow", "2581", "30000").startswith("CON 2 more members must guarantee your loan.")
    assert "1. Yes\n2. Somebody else\n" in akello.type("okot")
    assert akello.type("1").startswith("CON 1 member must guarantee your loan.")


def test_a_part_that_has_to_be_covered_wants_a_guarantor(app: App, phone: Dial, village: Village) -> None:
    wants(app, village, guarantors_min=0, covered_min=Fraction(1, 2))
    assert opened(phone(village.akello.phone), "borrow", "2581", "30000").startswith("CON 1 member must guarantee")


@pytest.mark.chats("telegram", "whatsapp")
def test_who_stands_for_a_loan_sees_first_what_it_locks(app: App, converse: Transcript, village: Village) -> None:
    loan = asks(app, village, 20_000, village.okot)
    converse(
        """
        > *384*7*guarantee#
        < CON Loans that you guarantee. Your PIN?
        < 0 Back
        > 9513
        < CON Akello Grace borrows UGX 20,000 from Umoja. UGX 20,000 of your savings is locked, and taken if it…
        …
        > 1
        < END Thank you. Now the officers decide on the loan of Akello Grace.
        > *384*7*guarantee#
        < CON Loans that you guarantee. Your PIN?
        < 0 Back
        > 9513
        < END Nobody asks you to guarantee a loan now.
    """,
        by=village.okot.phone,
    )
    assert app.store.loans.get(loan).state == "guaranteed"


def test_with_others_still_to_answer_the_officers_wait(app: App, phone: Dial, village: Village) -> None:
    loan = asks(app, village, 20_000, village.okot, village.nakato)
    okot = phone(village.okot.phone)
    assert "UGX 10,000 of your savings is locked" in opened(okot, "guarantee", "9513")
    assert okot.type("1") == "END Thank you. The loan of Akello Grace is waiting for other guarantors."
    assert app.store.loans.get(loan).state == "submitted"


def test_a_no_ends_the_request_and_the_borrower_is_told(app: App, phone: Dial, village: Village) -> None:
    loan = asks(app, village, 20_000, village.okot)
    okot = phone(village.okot.phone)
    opened(okot, "guarantee", "9513")
    assert okot.type("2") == "END You do not guarantee it. Akello Grace is told."
    assert app.store.loans.get(loan).state == "rejected"
    assert heard(app, village.akello.phone)[-1] == (
        "Your loan was not guaranteed by Okot James of Umoja. You can ask again with somebody else."
    )


def test_savings_that_do_not_carry_it_are_said_to_be_too_low(app: App, phone: Dial, village: Village) -> None:
    loan = asks(app, village, 30_000, village.okot)
    okot = phone(village.okot.phone)
    opened(okot, "guarantee", "9513")
    assert okot.type("1") == "END Too much. Only UGX 25,000 can be used."
    assert app.store.loans.get(loan).state == "submitted"


def test_which_loan_is_asked_where_several_want_a_guarantor(app: App, phone: Dial, village: Village) -> None:
    asks(app, village, 20_000, village.okot)
    answer = RequestLoan(village.umoja, village.nakato.id, ugx(10_000), 1, "cash", (village.okot.id,))
    do(app.store, answer)
    okot = phone(village.okot.phone)
    assert opened(okot, "guarantee", "9513").startswith("CON Whose loan?\n1. Akello Grace\n2. Nakato Ruth\n")
    assert okot.type("2").startswith("CON Nakato Ruth borrows UGX 10,000 from Umoja.")
