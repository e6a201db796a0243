"""A saving serves once: what stands for a loan, of others or one's own, is not taken out, pledged or counted."""

from dataclasses import replace
from typing import Any

import pytest

from domain.arithmetic.eligibility import BorrowingRules
from domain.books.accounts import Account
from domain.books.ledger import Draft, Posting
from domain.errors import DomainError
from domain.loans.borrow import NotEligible, borrowing
from domain.loans.guarantors import AnswerGuarantee, SavingsTooLow
from domain.loans.owed import payoff
from domain.loans.recover import ProposeWriteOff
from domain.loans.repay import RecordRepayment
from domain.meetings.cash_book import ReverseCash
from domain.mongo.store import MongoStore
from domain.records.payment import Payment
from domain.savings.contribute import RecordCash
from domain.savings.free import FreeSavings, InDefault, LateLoan, SavingsStandForLoan, behind, free_savings
from domain.savings.withdraw import AskWithdrawal, NotSoMuch, withdrawable
from tests.conftest import Clock
from tests.domain.savers import Savers, changed, found, stand_for
from tests.money import ugx

RULES = BorrowingRules(months_min=0, score_min=None, open_loans_max=2)


@pytest.fixture
def savers(store: MongoStore) -> Savers:
    """Six who have deposited UGX 100,000 each in cash, which they can take out; three times of it is lent."""
    return found(store, changed(borrowing=RULES), kind="savings")


def of(savers: Savers, person: str) -> FreeSavings:
    return free_savings(savers.store, savers.store.groups.get(savers.group), person)


def parts(savers: Savers, person: str) -> tuple[int, int, int, int]:
    found = of(savers, person)
    return found.saved.minor, found.pledged.minor, found.own.minor, found.free.minor


def withdraw(savers: Savers, person: str, minor: int) -> Any:
    return savers.do(AskWithdrawal(person, savers.group, ugx(minor), "cash"))


def refused(code: type[DomainError], savers: Savers, command: object) -> dict[str, str | int]:
    before = savers.totals
    with pytest.raises(code) as error:
        savers.do(command)
    assert savers.totals == before
    return error.value.details


def pay_off(savers: Savers, loan: str) -> None:
    """Pay all that is owed by now, in cash."""
    today = savers.store.groups.get(savers.group).constitution.day(savers.store.now())
    savers.do(RecordRepayment(loan, payoff(savers.loan(loan), today), "ada"))


def give_credit(savers: Savers, person: str, minor: int) -> None:
    legs = (Posting(Account.CASH_BOX, minor), Posting(Account.CREDIT, -minor, person))
    savers.store.post(Draft(savers.group, "UGX", f"credit of {person}", "credit", savers.store.now(), legs))


def saved(savers: Savers, person: str) -> Payment:
    """The cash that was written down first for somebody."""
    return savers.store.payments.find(person=person, purpose="contribution", sort="created_at")[0]


def test_free_is_what_stands_for_no_loan(savers: Savers) -> None:
    """Dan owes 60,000 of three times his savings, and stands for 30,000 of Eve's loan."""
    loan = savers.lend("dan", 60_000)
    stand_for(savers.store, savers.group, "eve", "dan", 30_000)
    assert parts(savers, "dan") == (100_000, 30_000, 20_000, 50_000)
    assert refused(NotSoMuch, savers, AskWithdrawal("dan", savers.group, ugx(50_001), "cash")) == {
        "most": 50_000,
        "currency": "UGX",
        "pledged": 30_000,
        "own": 20_000,
    }
    withdraw(savers, "dan", 50_000)
    savers.repay(loan, 66_000)
    assert parts(savers, "dan") == (100_000, 30_000, 0, 70_000)


@pytest.mark.parametrize(
    ("owed", "unit", "own"),
    [(60_000, 1, 20_000), (60_001, 1, 20_001), (60_001, 100, 20_100), (60_300, 100, 20_100), (1, 100, 100)],
)
def test_what_is_behind_a_loan_is_rounded_up_to_what_can_be_paid(
    store: MongoStore, owed: int, unit: int, own: int
) -> None:
    savers = found(store, kind="savings", cash_unit=unit)
    stand_for(store, savers.group, "dan", "eve", owed)
    assert of(savers, "dan").own == ugx(own)


def test_a_loan_keeps_the_multiple_it_was_asked_for_under(savers: Savers) -> None:
    """The group lends twice the savings from now on: what is behind a loan of before stays as it was agreed."""
    loan = savers.loan(savers.lend("dan", 60_000))
    group = savers.store.groups.get(savers.group)
    product = changed(borrowing=BorrowingRules(months_min=0, score_min=None, multiple=RULES.multiple - 1))
    savers.store.groups.change(group.id, constitution=replace(group.constitution, loans=product))
    assert of(savers, "dan").own == ugx(20_000)
    now = savers.store.groups.get(savers.group)
    assert behind(loan, now) == ugx(20_000)
    savers.store.loans.change(loan.id, multiple=None)
    assert behind(savers.loan(loan.id), now) == ugx(30_000), "of a loan of before nobody knows the multiple"


def test_savings_that_are_pledged_are_not_counted_for_a_new_loan(savers: Savers) -> None:
    stand_for(savers.store, savers.group, "eve", "dan", 40_000)
    assert borrowing(savers.store, savers.group, "dan").limit == ugx(180_000)
    with pytest.raises(NotEligible) as error:
        savers.ask("dan", 180_001)
    assert error.value.details == {"most": 180_000, "currency": "UGX"}
    savers.ask("dan", 180_000)
    assert of(savers, "dan").free == ugx(0)


def test_two_members_cannot_stand_for_each_other_with_all_they_saved(savers: Savers) -> None:
    first = savers.ask("dan", 100_000, 1, "cash", "eve")
    savers.do(AnswerGuarantee("eve", first, yes=True))
    with pytest.raises(NotEligible) as error:
        savers.ask("eve", 100_000, 1, "cash", "dan")
    assert error.value.details == {"most": 0, "currency": "UGX"}
    # Asked for before Eve had answered, it is the second answer that is refused.
    savers.store.loans.change(first, state="withdrawn")
    first, second = savers.ask("dan", 100_000, 1, "cash", "eve"), savers.ask("eve", 100_000, 1, "cash", "dan")
    for guarantor, loan in (("eve", first), ("dan", second)):
        assert refused(SavingsTooLow, savers, AnswerGuarantee(guarantor, loan, yes=True)) == {
            "free": 66_666,
            "pledged": 0,
            "own": 33_334,
            "currency": "UGX",
        }


def test_savings_behind_one_s_own_loan_cannot_be_pledged(savers: Savers) -> None:
    savers.lend("eve", 240_000)
    wanted = savers.ask("dan", 20_001, 1, "cash", "eve")
    assert refused(SavingsTooLow, savers, AnswerGuarantee("eve", wanted, yes=True)) == {
        "free": 20_000,
        "pledged": 0,
        "own": 80_000,
        "currency": "UGX",
    }
    savers.do(AnswerGuarantee("eve", savers.ask("fay", 20_000, 1, "cash", "eve"), yes=True))
    assert parts(savers, "eve") == (100_000, 20_000, 80_000, 0)


def test_a_deposit_that_is_pledged_is_not_taken_back_and_it_is_said_whose_loan_it_holds(savers: Savers) -> None:
    loan = savers.lend("dan", 80_000, 1, "eve")
    wrong = ReverseCash("ben", saved(savers, "eve").id, "it was counted twice")
    assert refused(SavingsStandForLoan, savers, wrong) == {"name": "Dan Name", "ref": savers.loan(loan).ref}
    savers.do(RecordCash(savers.group, "eve", ugx(80_000), "ada"))
    savers.do(wrong)
    assert parts(savers, "eve") == (80_000, 80_000, 0, 0)


def test_a_deposit_behind_one_s_own_loan_is_not_taken_back_before_the_loan_is(savers: Savers) -> None:
    loan = savers.lend("dan", 30_000)
    wrong = ReverseCash("ben", saved(savers, "dan").id, "it was counted twice")
    assert refused(SavingsStandForLoan, savers, wrong) == {"name": "Dan Name", "ref": savers.loan(loan).ref}
    savers.repay(loan, 33_000)
    savers.do(wrong)
    assert savers.held("dan") == {}


# A loan in default


def test_who_is_in_default_takes_nothing_out_until_it_is_settled(savers: Savers, clock: Clock) -> None:
    """What is late by 90 days is not in default, by 91 it is: also credit stays, and nothing can be pledged."""
    loan = savers.lend("dan", 60_000)
    give_credit(savers, "dan", 5_000)
    clock.forward(weeks=4, days=90)
    assert withdrawable(savers.store, savers.group, "dan").most == ugx(85_000)
    clock.forward(days=1)
    late = LateLoan(savers.loan(loan).ref, 91)
    now = withdrawable(savers.store, savers.group, "dan")
    assert (now.most, now.own, now.default) == (ugx(0), ugx(20_000), late)
    for command in (
        AskWithdrawal("dan", savers.group, ugx(1), "cash"),
        AnswerGuarantee("dan", savers.ask("eve", 100, 1, "cash", "dan"), yes=True),
    ):
        assert refused(InDefault, savers, command) == {"ref": late.ref, "days": 91}
    pay_off(savers, loan)
    withdraw(savers, "dan", 105_000)


def test_a_withdrawal_that_was_asked_for_before_the_default_is_not_paid_after_it(
    savers: Savers, clock: Clock
) -> None:
    savers.lend("dan", 60_000)
    clock.forward(weeks=4, days=85)
    withdraw(savers, "dan", 50_000)
    clock.forward(days=6)
    savers.decide("withdrawal", "ada")
    with pytest.raises(InDefault):
        savers.decide("withdrawal", "ben")
    assert savers.held("dan")["2010"] == -100_000


def test_a_loan_that_was_written_off_is_in_default_until_it_is_recovered(savers: Savers, clock: Clock) -> None:
    loan = savers.lend("dan", 60_000)
    clock.forward(days=1)
    savers.do(ProposeWriteOff("ada", loan))
    savers.decide("write_off", "ada", "ben", "eve")
    assert of(savers, "dan").default == LateLoan(savers.loan(loan).ref, 0)
    refused(InDefault, savers, AskWithdrawal("dan", savers.group, ugx(1), "cash"))
    pay_off(savers, loan)
    assert savers.loan(loan).state == "recovered"
    withdraw(savers, "dan", 100_000)


def test_a_record_that_was_wrong_is_taken_back_from_who_is_in_default(savers: Savers, clock: Clock) -> None:
    """It never was theirs: what is behind the loan is there without it."""
    savers.lend("dan", 60_000)
    clock.forward(weeks=4, days=91)
    wrong = savers.do(RecordCash(savers.group, "dan", ugx(7_000), "ada"))["payment"]
    savers.do(ReverseCash("ben", wrong, "it was Eve's"))
    assert of(savers, "dan").saved == ugx(100_000)
