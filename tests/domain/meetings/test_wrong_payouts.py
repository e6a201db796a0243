"""Cash that was written down as paid out and was not: two officers take it back while nothing rests on it."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest

from domain.decisions.lapsing import ApprovalLapsed, lapse_approval
from domain.decisions.rights import GroupIsClosing
from domain.groups.cycle import begin_next_cycle
from domain.groups.leave import AskToLeave, LoanOpen, PaySettlement, RecordDeath
from domain.loans.pay_out import HandOverLoan
from domain.loans.recover import AskReschedule
from domain.loans.repay import Repay, ReverseRepayment
from domain.meetings.cash_book import ReverseCash
from domain.mongo.verify import verify_book
from domain.records.loan import Guarantee
from domain.records.payment import Purpose
from domain.records.person import AlreadyDecided, NotAllowed, membership_id
from domain.savings.withdraw import AskWithdrawal
from domain.treasury.settle import payment_failed
from domain.treasury.take_back import CycleIsOver, NotReversible
from tests.conftest import Clock
from tests.domain.savers import Savers
from tests.money import ugx


def paid_out(savers: Savers, purpose: Purpose) -> str:
    """The id of the payment out that stands."""
    (payment,) = savers.store.payments.find(group=savers.group, purpose=purpose, reversed=False)
    return payment.id


def take_back(savers: Savers, purpose: Purpose, officer: str = "ben") -> None:
    """It was written down by another one."""
    savers.do(ReverseCash(officer, paid_out(savers, purpose), "nobody got it"))


def refused(savers: Savers, purpose: Purpose, officer: str, why: str) -> None:
    """It stays, and so does everything else."""
    before = savers.totals
    with pytest.raises(NotReversible) as found:
        take_back(savers, purpose, officer)
    assert (found.value.details, savers.totals) == ({"why": why}, before)
    assert not savers.store.payments.get(paid_out(savers, purpose)).reversed


def well(savers: Savers) -> None:
    savers.check()
    assert verify_book(savers.store.books, savers.group) == []


# A loan


def test_a_loan_that_was_not_handed_over_waits_for_it_again(savers: Savers, clock: Clock) -> None:
    """It is as it was approved, with its fee; and it is owed from the day it is handed over."""
    before = savers.totals
    loan = savers.lend("dan", 50_000, 2, "eve")
    lent, owed = savers.totals, savers.loan(loan)
    with pytest.raises(NotAllowed):
        take_back(savers, "loan", "ada")
    take_back(savers, "loan")
    waits = savers.loan(loan)
    assert (waits.state, waits.outstanding, waits.disbursed_on, waits.oldest_unpaid) == ("approved", 0, None, None)
    assert (savers.totals, waits.version) == (before, owed.version + 1)
    assert len(savers.told("ben", "loan_waits")) == 2, "when it was approved, and now"
    assert len(savers.told("dan", "cash_reversed")) == 1
    with pytest.raises(LoanOpen):
        savers.do(AskToLeave("dan", savers.group, "cash"))
    well(savers)
    clock.forward(days=1)
    savers.do(HandOverLoan("ben", loan))
    assert savers.totals == lent
    assert savers.loan(loan).terms == replace(owed.terms, start=owed.terms.start + timedelta(days=1))
    well(savers)


def test_its_approval_lapses_as_if_it_had_never_been_handed_over(savers: Savers, clock: Clock) -> None:
    loan = savers.lend("dan", 50_000)
    clock.forward(days=20)
    take_back(savers, "loan")
    proposal = savers.store.proposals.get(savers.loan(loan).proposal)
    assert proposal.lapses_at is not None and proposal.decided_at is not None
    clock.forward(days=20)
    with pytest.raises(ApprovalLapsed):
        savers.do(HandOverLoan("ben", loan))
    savers.store.transaction(lambda tx: lapse_approval(tx, proposal, "time"))
    assert savers.loan(loan).state == "expired"


def test_a_loan_that_something_was_paid_on_stays(savers: Savers) -> None:
    """Until that is taken back too; what is on its way counts as paid."""
    loan = savers.lend("dan", 50_000)
    savers.repay(loan, 20_000)
    refused(savers, "loan", "ben", "loan")
    savers.do(ReverseRepayment("ben", paid_out(savers, "repayment"), "nobody got it"))
    on_its_way = savers.do(Repay("dan", loan, ugx(10_000)))["payment"]
    refused(savers, "loan", "ben", "loan")
    payment_failed(savers.store, savers.store.payments.get(on_its_way), "declined")
    take_back(savers, "loan")
    well(savers)


def test_a_loan_of_which_a_repayment_was_taken_back_goes_on_when_it_is_handed_over(
    savers: Savers, clock: Clock
) -> None:
    loan = savers.lend("dan", 50_000)
    savers.repay(loan, 20_000)
    savers.do(ReverseRepayment("ben", paid_out(savers, "repayment"), "nobody got it"))
    take_back(savers, "loan")
    clock.forward(days=2)
    savers.do(HandOverLoan("ben", loan))
    savers.repay(loan, 30_000)
    assert savers.loan(loan).outstanding < 50_000
    well(savers)


def reschedule(savers: Savers, loan: str, clock: Clock) -> None:
    clock.forward(days=1)
    savers.do(AskReschedule("dan", loan, 3))
    savers.decide("reschedule", "ada", "ben")


def call(savers: Savers, loan: str, clock: Clock) -> None:
    savers.store.loans.change(loan, guarantees=(Guarantee("eve", ugx(10_000), "accepted", 5_000),))


def write_off(savers: Savers, loan: str, clock: Clock) -> None:
    savers.store.loans.change(loan, state="written_off")


@pytest.mark.parametrize("what", [reschedule, call, write_off])
def test_a_loan_that_something_was_agreed_on_stays(
    savers: Savers, clock: Clock, what: Callable[[Savers, str, Clock], None]
) -> None:
    what(savers, savers.lend("dan", 50_000), clock)
    refused(savers, "loan", "ben", "loan")


# A withdrawal


def withdraw(savers: Savers) -> None:
    """Eve's 700 of credit, which Ben hands over."""
    savers.give_credit("eve", 700)
    savers.do(AskWithdrawal("eve", savers.group, ugx(700), "cash"))
    savers.decide("withdrawal", "ada", "ben")


def test_a_withdrawal_that_was_not_handed_over_is_theirs_again(savers: Savers) -> None:
    withdraw(savers)
    take_back(savers, "withdrawal", "ada")
    assert savers.held("eve") == {"2030": -700, "3010": -100_000}
    (payment,) = savers.store.payments.find(purpose="withdrawal")
    with pytest.raises(AlreadyDecided):
        savers.do(ReverseCash("ada", payment.id, "nobody got it"))
    savers.do(AskWithdrawal("eve", savers.group, ugx(700), "cash"))
    savers.decide("withdrawal", "ada", "ben")
    assert savers.held("eve") == {"3010": -100_000}
    well(savers)


def test_nothing_is_given_back_to_who_has_left_since(savers: Savers) -> None:
    """What was theirs was counted when they left; nobody could pay them the rest."""
    withdraw(savers)
    savers.do(AskToLeave("eve", savers.group, "cash"))
    savers.decide("exit", "ada", "ben")
    refused(savers, "withdrawal", "ada", "left")


# An exit


def test_an_exit_that_was_not_paid_is_payable_again(savers: Savers) -> None:
    savers.do(AskToLeave("eve", savers.group, "cash"))
    savers.decide("exit", "ada", "ben")
    with pytest.raises(NotAllowed):
        take_back(savers, "exit", "ben")
    take_back(savers, "exit", "ada")
    membership = savers.store.memberships.get(membership_id(savers.group, "eve"))
    assert (membership.status, savers.held("eve")) == ("leaving", {"2040": -100_000})
    assert len(savers.told("cy", "settlement_due")) == len(savers.told("eve", "cash_reversed")) == 1
    savers.do(PaySettlement("cy", savers.group, "eve", "cash"))
    assert (savers.held("eve"), savers.totals["1010"]) == ({}, 500_000)
    take_back(savers, "exit", "ada")
    well(savers)


def test_the_phone_of_who_has_died_is_told_nothing_of_it(savers: Savers, clock: Clock) -> None:
    savers.do(RecordDeath("ada", savers.group, "eve", "her sister"))
    savers.decide("exit", "ben", "cy")
    clock.forward(days=1)
    savers.do(PaySettlement("ben", savers.group, "eve", "cash"))
    take_back(savers, "exit", "ada")
    assert savers.told("eve", "cash_reversed") == []
    assert len(savers.told("ben", "cash_reversed")) == 1


def test_an_exit_of_who_is_a_member_again_stays(savers: Savers) -> None:
    savers.do(AskToLeave("eve", savers.group, "cash"))
    savers.decide("exit", "ada", "ben")
    savers.store.memberships.change(membership_id(savers.group, "eve"), status="active")
    refused(savers, "exit", "ada", "back")


def test_while_a_group_shares_out_only_what_was_payable_before_is_taken_back(savers: Savers, clock: Clock) -> None:
    """An exit is; a loan and a withdrawal would change what is shared. Of a cycle that is over, nothing is."""
    withdraw(savers)
    savers.lend("dan", 20_000)
    savers.do(AskToLeave("eve", savers.group, "cash"))
    savers.decide("exit", "ada", "ben")
    savers.store.groups.change(savers.group, closing=True)
    purpose: Purpose
    for purpose in ("loan", "withdrawal"):
        with pytest.raises(GroupIsClosing):
            take_back(savers, purpose, "cy")
    take_back(savers, "exit", "cy")
    clock.forward(days=1)
    savers.store.transaction(lambda tx: begin_next_cycle(tx, tx.groups.get(savers.group)))
    for purpose in ("loan", "withdrawal"):
        with pytest.raises(CycleIsOver):
            take_back(savers, purpose, "cy")
