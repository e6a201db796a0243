"""The loans of somebody who leaves: paid from what is theirs, then by the guarantors, and the rest given up."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date

from domain.arithmetic.guarantees import call
from domain.arithmetic.instalments import Repayment
from domain.books.accounts import SAVINGS, Account
from domain.books.ledger import Posting
from domain.loans.guarantors import lapse_requests
from domain.loans.owed import counted_on, payoff
from domain.loans.postings import next_reference
from domain.loans.recover import give_up, take_from_savings
from domain.money import Money
from domain.records.group import Group
from domain.records.loan import OWED, Loan
from domain.savings.free import takeable
from domain.store import Store


@dataclass(frozen=True, slots=True)
class Ending:
    """
    What becomes of somebody's loans: what is `owed` is paid by their `own` savings and credit, then by those who
    are `called`, and the rest is `lost`, a loss of all. What was written off before is a loss already.
    """

    owed: Money
    own: Money
    called: Money
    lost: Money


@dataclass(frozen=True, slots=True)
class _Part:
    """One loan of them: what is taken for it of the borrower's accounts, and of the guarantors'."""

    loan: Loan
    owed: Money
    own: tuple[Posting, ...]
    called: tuple[Posting, ...]


class _Purse:
    """What people have in a group, less what is taken of it for one loan after another."""

    def __init__(self, store: Store, group: str) -> None:
        self._store, self._group = store, group
        self._left: dict[str, dict[str, int]] = {}

    def take(self, person: str, accounts: Sequence[str], amount: Money) -> tuple[Posting, ...]:
        """Debits of the accounts in their order, as far as they go."""
        if person not in self._left:
            held = self._store.books.of_member_in([self._group], person)
            self._left[person] = {account: -minor for (_, account), minor in held.items()}
        taken, wanted = [], amount.minor
        for account in accounts:
            minor = min(wanted, max(0, self._left[person][account]))
            if minor:
                taken.append(Posting(account, minor, person))
                self._left[person][account] -= minor
                wanted -= minor
        return tuple(taken)


def ending(store: Store, group: Group, person: str) -> Ending:
    """What would become of somebody's loans today."""
    return _summed(group, _parts(store, group, person))


def end_loans(tx: Store, group: Group, person: str, name: str) -> Ending:
    """
    Settle the loans of somebody, inside a transaction; `name` makes it once. Their requests are closed, guarantors
    are told what was taken of theirs.
    """
    lapse_requests(tx, group, person)
    parts = _parts(tx, group, person)
    for part in parts:
        loan = take_from_savings(tx, group, part.loan, f"{name}:{part.loan.id}")
        if loan.state == "active":
            give_up(tx, group, loan)
    return _summed(group, parts)


def _parts(store: Store, group: Group, person: str) -> list[_Part]:
    purse, today = _Purse(store, group.id), group.constitution.day(store.now())
    loans = store.loans.find(person=person, group=group.id, state=list(OWED), sort="asked_at")
    return [_part(store, group, loan, purse, today) for loan in loans]


def _part(store: Store, group: Group, loan: Loan, purse: _Purse, today: date) -> _Part:
    owed = payoff(loan, today)
    own = purse.take(loan.person, (*SAVINGS, Account.CREDIT), owed)
    if loan.state != "active":
        return _Part(loan, owed, own, ())  # nobody stands for what was given up
    day = counted_on(loan, today)
    paid = Repayment(next_reference(loan, "ending"), day, _sum(group, own))
    after = replace(loan, repayments=(*loan.repayments, paid)) if own else loan
    called = call(loan.accepted, loan.amount, after.standing(day).outstanding, owed - _sum(group, own))
    legs: list[Posting] = []
    for guarantor, amount in called.items():
        there = Money(takeable(store, group, guarantor, loan), group.currency)
        legs += purse.take(guarantor, SAVINGS, min(amount, there))
    return _Part(loan, owed, own, tuple(legs))


def _summed(group: Group, parts: Sequence[_Part]) -> Ending:
    nothing = Money(0, group.currency)
    lost = (
        part.owed - _sum(group, part.own) - _sum(group, part.called)
        for part in parts
        if part.loan.state == "active"
    )
    return Ending(
        owed=sum((part.owed for part in parts), nothing),
        own=sum((_sum(group, part.own) for part in parts), nothing),
        called=sum((_sum(group, part.called) for part in parts), nothing),
        lost=sum(lost, nothing),
    )


def _sum(group: Group, legs: Sequence[Posting]) -> Money:
    return Money(sum(leg.amount for leg in legs), group.currency)
