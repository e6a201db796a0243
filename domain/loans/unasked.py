"""A loan that is paid back without the borrower being asked for it."""

from datetime import date, datetime

from domain.loans.owed import next_due
from domain.money import Money
from domain.records.group import Group
from domain.records.inbound import WhyUnplaced
from domain.records.loan import OWED, Loan
from domain.records.person import Membership
from domain.store import Store
from domain.treasury.inbound import Meant, means


@means("L")
def means_loan(
    store: Store, group: Group, membership: Membership, amount: Money, at: datetime
) -> Meant | WhyUnplaced:
    """The loan that is late for the longest, or due first; what is beyond it is credit."""
    loans = store.loans.find(person=membership.person, group=group.id, state=list(OWED), sort="asked_at")
    today = group.constitution.day(store.now())

    def due_on(loan: Loan) -> date:
        return next_due(loan.standing(today), today)[1] or date.max

    if not loans:
        return "no_loan"
    loan = min(loans, key=due_on)
    # What came before the loan was paid out pays it from now on.
    is_before = group.constitution.day(at) < loan.terms.start
    return Meant("repayment", subject=loan.id, at=store.now() if is_before else None)
