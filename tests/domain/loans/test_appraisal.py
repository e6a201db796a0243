"""What officers see of a borrower before they vote: as of today, without the loan itself, and they alone."""

import pytest

from domain.loans.appraisal import appraisal
from domain.loans.borrow import RequestLoan
from domain.records.person import NotAllowed
from tests.domain.savers import Savers
from tests.money import ugx


def test_the_loan_itself_is_no_debt_and_another_is(savers: Savers) -> None:
    loan = savers.loan(savers.ask("dan", 50_000))
    seen = appraisal(savers.store, loan.proposal, "ada")
    assert (seen.debts, seen.purpose, seen.guarantors, seen.instalments) == (ugx(0), None, [], 0)
    assert seen.savings.minor > 0 and seen.limit >= ugx(50_000)


def test_what_it_is_for_is_kept_with_the_loan(savers: Savers) -> None:
    savers.do(RequestLoan(savers.group, "eve", ugx(10_000), 1, "cash", (), "health"))
    (proposal,) = savers.store.proposals.find(kind="loan", about="eve")
    assert appraisal(savers.store, proposal.id, "ben").purpose == "health"


@pytest.mark.parametrize("person", ["eve", "dan"])
def test_no_other_member_sees_it(savers: Savers, person: str) -> None:
    loan = savers.loan(savers.ask("dan", 50_000))
    with pytest.raises(NotAllowed):
        appraisal(savers.store, loan.proposal, person)
