"""
What of a member's savings is free.

A saving serves once: it stands for somebody's loan, or is behind one's own, or else can be taken out, pledged, and
counted for a new loan.
"""

from dataclasses import dataclass
from datetime import date
from fractions import Fraction
from math import ceil
from typing import Any

from domain.arithmetic.arrears import DEFAULT_DAYS
from domain.arithmetic.eligibility import DEFAULT_BORROWING
from domain.books.accounts import SAVINGS
from domain.errors import DomainError
from domain.money import Money
from domain.people.find import names_of
from domain.records.group import Group
from domain.records.loan import ASKED_FOR, OWED, UNDER_WAY, Loan
from domain.store import Store


class InDefault(DomainError):
    """A loan of theirs, `ref`, is `days` late or written off: till it is settled, all they have stays for it."""

    code = "in_default"


class SavingsStandForLoan(DomainError):
    """The savings stand for a loan, `ref`, of the member with this `name`."""

    code = "savings_stand_for_loan"


@dataclass(frozen=True, slots=True)
class LateLoan:
    """A loan in default: its reference, and how many days it is late."""

    ref: str
    days: int


@dataclass(frozen=True, slots=True)
class FreeSavings:
    """
    What a member has `saved` in a group, shares at par and deposits, and what of it is not free: what is `pledged`
    for the loans of others, and what is behind their `own`. Nothing is free while one of these is in `default`.
    """

    saved: Money
    pledged: Money
    own: Money
    default: LateLoan | None = None

    @property
    def bound(self) -> Money:
        """What stands for loans, whoever's."""
        return self.pledged + self.own

    @property
    def free(self) -> Money:
        nothing = Money(0, self.saved.currency)
        return nothing if self.default else max(nothing, self.saved - self.bound)


def takeable(store: Store, group: Group, person: str, loan: Loan) -> int:
    """What of a member's savings can be taken for a loan, in minor units: not what they pledged for others."""
    savings = free_savings(store, group, person)
    return max(0, (savings.saved - savings.pledged + loan.locked(person)).minor)


def free_savings(store: Store, group: Group, person: str) -> FreeSavings:
    """A member's savings in a group by what they serve, today."""
    balances = store.books.of_member_in([group.id], person)
    nothing, today = Money(0, group.currency), group.constitution.day(store.now())
    own = _own_loans(store, group, person)
    return FreeSavings(
        saved=Money(-sum(balances[group.id, account] for account in SAVINGS), group.currency),
        pledged=sum((loan.locked(person) for loan in _guaranteed(store, group, person)), nothing),
        own=sum((behind(loan, group) for loan in own), nothing),
        default=next((late for loan in own if (late := _in_default(loan, today))), None),
    )


def behind(loan: Loan, group: Group) -> Money:
    """
    The borrower's savings that are behind a loan: what is outstanding by how many times one's savings the group
    lends, as it was when the loan was asked for; rounded up to the smallest amount that can be paid.

    All of a loan that is asked for is outstanding; of one that is written off, the group counts on nothing.
    """
    outstanding = loan.amount if loan.state in ASKED_FOR else loan.owed
    product = group.constitution.loans
    multiple = loan.multiple or (product.borrowing if product else DEFAULT_BORROWING).multiple
    # Where nothing is lent on savings, each coin of a loan that goes on has one behind it.
    unit = group.constitution.cash_unit
    return Money(ceil(outstanding.minor / ((multiple or Fraction(1)) * unit)) * unit, group.currency)


def check_not_in_default(savings: FreeSavings) -> None:
    """Raises InDefault."""
    if late := savings.default:
        raise InDefault(ref=late.ref, days=late.days)


def check_unbound(store: Store, group: Group, person: str, minor: int) -> None:
    """
    So much of a member's savings stands for no loan: what was written down wrongly can be taken back.

    Raises SavingsStandForLoan, with a loan of somebody else where it stands for one.
    """
    savings = free_savings(store, group, person)
    if minor <= (savings.saved - savings.bound).minor:
        return
    held = [loan for loan in _guaranteed(store, group, person) if loan.locked(person)]
    held += [loan for loan in _own_loans(store, group, person) if behind(loan, group)]
    if held:
        borrower = held[0].person
        raise SavingsStandForLoan(name=names_of(store, [borrower])[borrower], ref=held[0].ref)


def _guaranteed(store: Store, group: Group, person: str) -> list[Loan]:
    """The loans of others that a member was asked to stand for, the oldest first."""
    guaranteed: dict[str, Any] = {"guarantees.person": person, "group": group.id, "state": list(UNDER_WAY)}
    return store.loans.find(sort="asked_at", **guaranteed)


def _own_loans(store: Store, group: Group, person: str) -> list[Loan]:
    """Those that are asked for or owed, the oldest first."""
    return store.loans.find(group=group.id, person=person, state=[*ASKED_FOR, *OWED], sort="asked_at")


def _in_default(loan: Loan, today: date) -> LateLoan | None:
    if loan.state not in OWED:
        return None
    # The day does not change by itself, so no loan has to be replayed to see how late it is.
    days = max(0, (today - loan.oldest_unpaid).days) if loan.oldest_unpaid else 0
    return LateLoan(loan.ref, days) if loan.state == "written_off" or days > DEFAULT_DAYS else None
