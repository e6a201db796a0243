"""The loans of a group, a page at a time, and one of them with all there is to it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final, Literal

from domain.loans.owed import InstalmentView, LoanView, instalments, loan_views
from domain.money import Money
from domain.people.find import names_of
from domain.records.group import Group
from domain.records.loan import ASKED_FOR, OWED, GuaranteeState, LoanPurpose, LoanState
from domain.store import Between, NotFound, Store

LENT_A_PAGE: Final = 30
WhichLoans = Literal["owed", "asked", "ended"]
_STATES: Final[dict[WhichLoans, tuple[LoanState, ...]]] = {
    "owed": OWED,
    "asked": ASKED_FOR,
    "ended": ("closed", "overpaid", "recovered", "rejected", "withdrawn", "expired"),
}


@dataclass(frozen=True, slots=True)
class LoanListed:
    """A loan as it stands, whose it is, and when it was asked for."""

    loan: LoanView
    borrower: str
    asked_at: datetime


@dataclass(frozen=True, slots=True)
class GuarantorSeen:
    """Who stands for a part of a loan, by name."""

    name: str
    amount: Money
    state: GuaranteeState


@dataclass(frozen=True, slots=True)
class RepaidSeen:
    """Money that came in for a loan on a day; `taken_back` when it does not count any more."""

    on: date
    amount: Money
    taken_back: bool


@dataclass(frozen=True, slots=True)
class LoanSeen:
    """A loan with its schedule as it stands, its guarantors, and what was paid on it, the newest first."""

    loan: LoanView
    person: str
    borrower: str
    purpose: LoanPurpose | None
    asked: date
    paid_out: date | None
    lines: Sequence[InstalmentView]
    guarantors: Sequence[GuarantorSeen]
    repaid: Sequence[RepaidSeen]


def loans_listed(store: Store, group: Group, which: WhichLoans, before: datetime | None) -> list[LoanListed]:
    """The newest LENT_A_PAGE of those asked for no later than `before`, a moment of another page."""
    until = before or store.now()
    found = store.loans.find(
        group=group.id,
        state=list(_STATES[which]),
        asked_at=Between(group.created_at, until),
        sort="-asked_at",
        limit=LENT_A_PAGE,
    )
    names = names_of(store, [each.person for each in found])
    views = loan_views(store, found)
    return [LoanListed(view, names[each.person], each.asked_at) for each, view in zip(found, views, strict=True)]


def loan_seen(store: Store, group: Group, loan_id: str) -> LoanSeen:
    """Raises NotFound, also for a loan of another group."""
    loan, day = store.loans.get(loan_id), group.constitution.day
    if loan.group != group.id:
        raise NotFound(f"no loan {loan_id} in this group")
    names = names_of(store, [loan.person, *(each.person for each in loan.guarantees)])
    return LoanSeen(
        loan=loan_views(store, [loan])[0],
        person=loan.person,
        borrower=names[loan.person],
        purpose=loan.purpose,
        asked=day(loan.asked_at),
        paid_out=loan.disbursed_on,
        lines=instalments(store, loan.id),
        guarantors=[GuarantorSeen(names[each.person], each.amount, each.state) for each in loan.guarantees],
        repaid=[RepaidSeen(each.day, each.amount, each.reversed) for each in reversed(loan.repayments)],
    )
