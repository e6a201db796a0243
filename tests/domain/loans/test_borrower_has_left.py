"""Loans of who has left: what was given up can still be paid, and nothing else of theirs changes."""

import pytest

from domain.groups.leave import Expel, PaySettlement
from domain.loans.repay import MoreThanOwed, RecordPastRepayment, RecordRepayment, ReverseRepayment
from domain.treasury.take_back import NotReversible
from tests.conftest import Clock
from tests.domain.savers import Savers
from tests.money import ugx


def expel(savers: Savers, clock: Clock) -> None:
    savers.do(Expel("ada", savers.group, "dan", "theft"))
    savers.decide("expulsion", "ben", "cy", "eve")
    clock.forward(hours=25)
    if savers.held("dan"):
        savers.do(PaySettlement("ada", savers.group, "dan", "cash"))


def test_what_they_paid_is_not_taken_back(savers: Savers, clock: Clock) -> None:
    """It would be owed again, by nobody; of a member it is taken back."""
    lent = {person: savers.lend(person, 30_000, 1) for person in ("dan", "eve")}
    paid = {person: savers.do(RecordRepayment(loan, ugx(10_000), "ada")) for person, loan in lent.items()}
    expel(savers, clock)
    with pytest.raises(NotReversible, match="left"):
        savers.do(ReverseRepayment("ben", paid["dan"]["payment"], "wrong name"))
    savers.do(ReverseRepayment("ben", paid["eve"]["payment"], "wrong name"))
    assert savers.held("dan") == {} and savers.loan(lent["eve"]).outstanding == 30_000


def test_they_have_no_credit_any_more(savers: Savers, clock: Clock) -> None:
    """What is paid on a loan that was settled is refused."""
    settled, day = savers.lend("dan", 30_000, 1), "2026-10-05"
    expel(savers, clock)
    with pytest.raises(MoreThanOwed, match="'most': 0"):
        savers.do(RecordPastRepayment("ada", settled, ugx(1_000), day))
    assert savers.held("dan") == {}


def test_what_was_given_up_is_recovered_as_far_as_it_goes(savers: Savers, clock: Clock) -> None:
    loan = savers.lend("dan", 150_000, 1)
    expel(savers, clock)
    assert savers.loan(loan).state == "written_off"
    with pytest.raises(MoreThanOwed):
        savers.repay(loan, 900_000)
    savers.repay(loan, 10_000)
    assert savers.held("dan") == {} and savers.totals["4040"] == -10_000
