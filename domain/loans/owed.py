"""What is owed of a loan, as its borrower and its officers see it, and the most that can be paid."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Annotated

from msgspec import Meta

from domain.arithmetic.arrears import owing
from domain.arithmetic.instalments import Repayment, Standing
from domain.commands import check_not_read_only
from domain.decisions.rights import check_not_closing, check_not_frozen
from domain.loans.postings import next_reference
from domain.money import Money
from domain.records.group import Group
from domain.records.loan import ASKED_FOR, OWED, Loan, LoanState
from domain.records.payment import Ref
from domain.store import MoneyProvider, Store
from domain.treasury.money_in import check_pace, collectors_of
from domain.treasury.providers import can_collect


@dataclass(frozen=True, slots=True)
class LoanView:
    """
    A loan as its borrower sees it; days are ISO dates, and `name` is for a list.

    `outstanding` is the principal that the group counts on, so nothing of it once it is written off. `due` is what
    is to be paid by `due_on`: all that is late or due today, else the next instalment; "" when nothing is.
    `payoff` is the most that can be paid today: what ends the loan, unless its rules take no early payment.
    `payable`: whether a mobile-money provider takes the currency.
    """

    id: str
    ref: Ref
    name: str
    group: str
    state: LoanState
    amount: Money
    outstanding: Money
    due: Money
    due_on: date | None
    payoff: Money
    days_late: int
    payable: bool


@dataclass(frozen=True, slots=True)
class InstalmentView:
    """An instalment as it stands: what it costs in all, and what is still to be paid of it."""

    number: int
    due: date
    amount: Money
    unpaid: Money


@dataclass(frozen=True, slots=True)
class ToRepay:
    """
    What a borrower can be asked for on their phone: `due` is suggested, `most` can be paid. Neither counts what is
    `waiting` for their approval there, None for nothing. `carriers` take it from that phone.
    """

    due: Money
    most: Money
    waiting: Money | None = None
    carriers: tuple[MoneyProvider, ...] = ()


def my_loans(store: Store, person: str) -> list[LoanView]:
    """The loans of a member in all groups that are asked for or owed, the newest first."""
    loans = store.loans.find(person=person, state=[*ASKED_FOR, *OWED], sort="-asked_at")
    return loan_views(store, loans)


def loans_of(store: Store, group_id: str, person: str) -> list[LoanView]:
    """What a member owes in one group, for an officer who takes their cash."""
    return loan_views(store, store.loans.find(person=person, group=group_id, state=list(OWED)))


def loan_views(store: Store, loans: Iterable[Loan]) -> list[LoanView]:
    """Loans as they stand today where their groups are."""
    loans = list(loans)
    groups = {group.id: group for group in store.groups.among([*{loan.group for loan in loans}])}
    return [_view(store, loan, groups[loan.group]) for loan in loans]


def days_ago(store: Store, group_id: str, days: int) -> date:
    """The date so many days ago where the group is."""
    return store.groups.get(group_id).constitution.day(store.now()) - timedelta(days=days)


def instalments(store: Store, loan_id: str) -> Annotated[list[InstalmentView], Meta(min_length=1)]:
    """The instalments of a loan as they stand; before it is paid out, as they would be."""
    loan = store.loans.get(loan_id)
    today = store.groups.get(loan.group).constitution.day(store.now())
    return [
        InstalmentView(line.number, line.due, line.owed.total, line.unpaid.total)
        for line in loan.standing(today).lines
    ]


def payoff(loan: Loan, today: date) -> Money:
    """The most that a payment today can pay of a loan: what ends it, unless the product takes no early payment."""
    unpaid = loan.standing(today).unpaid
    if not unpaid:
        return unpaid
    paid = Repayment(next_reference(loan, "payoff"), counted_on(loan, today), unpaid)
    standing = replace(loan, repayments=(*loan.repayments, paid)).standing(paid.day)
    last = next(each for each in standing.allocations if each.repayment == paid)
    return unpaid - last.credit


def _view(store: Store, loan: Loan, group: Group) -> LoanView:
    today = group.constitution.day(store.now())
    nothing = Money(0, group.currency)
    view = LoanView(
        id=loan.id,
        ref=loan.ref,
        name=f"{group.name} {loan.ref}",
        group=group.name,
        state=loan.state,
        amount=loan.amount,
        outstanding=loan.owed,
        due=nothing,
        due_on=None,
        payoff=nothing,
        days_late=0,
        payable=can_collect(store, group.currency),
    )
    if loan.state not in OWED:
        return view
    standing = loan.standing(today)
    due, due_on = next_due(standing, today)
    return replace(
        view,
        due=due,
        due_on=due_on,
        payoff=payoff(loan, today),
        days_late=owing(standing).days_past_due(today),
    )


def next_due(standing: Standing, today: date) -> tuple[Money, date | None]:
    """What is to be paid next, all that is late or due today with it, and its day; None when nothing is."""
    due_on = standing.oldest_unpaid
    if due_on is None:
        return Money(0, standing.credit.currency), None
    if standing.written_off:
        return standing.unpaid, due_on
    by = max(today, due_on)
    unpaid = [line.unpaid.total for line in standing.lines if line.due <= by]
    return sum(unpaid, Money(0, standing.credit.currency)), due_on


def to_repay(store: Store, loan_id: str) -> ToRepay:
    """
    What a borrower's phone may be asked for now, before they say how much.

    Raises Frozen, GroupIsClosing, TooManyPayments, NowReadOnly, NotCollected.
    """
    check_not_read_only(store)
    loan = store.loans.get(loan_id)
    group = store.groups.get(loan.group)
    check_not_frozen(store, loan.person)
    check_not_closing(group)
    check_pace(store, loan.person)
    today, nothing = group.constitution.day(store.now()), Money(0, group.currency)
    waiting = on_its_way(store, loan)
    due, _ = next_due(loan.standing(today), today)
    carriers = collectors_of(store, group.currency, store.people.get(loan.person).phone)
    most = max(nothing, payoff(loan, today) - waiting)
    return ToRepay(max(nothing, due - waiting), most, waiting or None, carriers)


def on_its_way(store: Store, loan: Loan) -> Money:
    """What the borrower was asked to pay of a loan on their phone and has not come."""
    coming = [each.amount for each in store.payments.open_of(loan.person) if each.subject == loan.id]
    return sum(coming, Money(0, loan.amount.currency))


def counted_on(loan: Loan, today: date) -> date:
    """
    The day that money counts on which comes in today: after all that is written down, so that nothing of it moves.

    After a write-off it is a recovery, also on the same day: that ends with the write-off.
    """
    days = [today, *(repayment.day for repayment in loan.repayments)]
    if loan.written_off_on:
        days.append(loan.written_off_on + timedelta(days=1))
    return max(days)
