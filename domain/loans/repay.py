"""Paying a loan back, and putting right what was written down of it."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Annotated, Final

from msgspec import Meta

from domain.arithmetic.arrears import owing
from domain.arithmetic.instalments import Repayment, Standing
from domain.books.accounts import Account
from domain.books.ledger import Draft, Posting
from domain.commands import check_not_read_only, handles, one_at_a_time
from domain.decisions.rights import GroupIsClosing, check_not_closing, check_not_frozen, other_officer
from domain.errors import DomainError
from domain.loans.postings import as_it_stands, came_with, next_reference, postings, restate
from domain.money import Money
from domain.records.group import Group
from domain.records.loan import ASKED_FOR, OWED, PAID_OUT, Loan, LoanState
from domain.records.payment import Payment, Ref
from domain.records.person import NotAllowed, membership_id
from domain.savings.contribute import Asked
from domain.store import Change, Changed, MoneyProvider, Store
from domain.tell import tell
from domain.treasury.money_in import check_pace, collect, collectors_of
from domain.treasury.providers import can_collect
from domain.treasury.settle import Settled, settles
from domain.treasury.take_back import (
    CycleIsOver,
    NotReversible,
    check_may_be_taken_back,
    check_may_be_undone,
    to_credit_reference,
)
from domain.treasury.wallets import provider_in

# What is shown of a member's loans: more than anybody has at once.
LOANS_MAX: Final = 30


class NothingOwed(DomainError):
    """The loan `ref` is paid back, or was not paid out yet."""

    code = "nothing_owed"

    def __init__(self, ref: str = "") -> None:
        super().__init__(ref=ref)


class MoreThanOwed(DomainError):
    """More than ends the loan today, with what is on its way: `most`, in minor units of `currency`."""

    code = "more_than_owed"


class BadDay(DomainError):
    """A day before the loan was paid out, or one that has not come yet."""

    code = "bad_day"


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


@dataclass(frozen=True, slots=True)
class Repay:
    """A borrower asks to be asked on their phone for a repayment."""

    person: str
    loan: str
    amount: Money
    again: bool = True  # though the same was asked for a moment ago


@dataclass(frozen=True, slots=True)
class RecordRepayment:
    """An officer writes down cash that was handed over for a loan."""

    loan: str
    amount: Money
    officer: str
    again: bool = True  # though the same may have come in before


@dataclass(frozen=True, slots=True)
class RecordPastRepayment:
    """An officer writes down cash that was handed over on an earlier day (ISO)."""

    officer: str
    loan: str
    amount: Money
    day: str


@dataclass(frozen=True, slots=True)
class ReverseRepayment:
    """An officer takes back a repayment that was written down wrongly; `payment` is its id."""

    officer: str
    payment: str
    reason: str


def my_loans(store: Store, person: str) -> list[LoanView]:
    """The loans of a member in all groups that are asked for or owed, the newest first."""
    loans = store.loans.find(person=person, state=[*ASKED_FOR, *OWED], sort="-asked_at", limit=LOANS_MAX)
    return loan_views(store, loans)


def loans_of(store: Store, group_id: str, person: str) -> list[LoanView]:
    """What a member owes in one group, for an officer who takes their cash."""
    return loan_views(store, store.loans.find(person=person, group=group_id, state=list(OWED), limit=LOANS_MAX))


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
    waiting = _waiting(store, loan)
    due, _ = next_due(loan.standing(today), today)
    carriers = collectors_of(store, group.currency, store.people.get(loan.person).phone)
    most = max(nothing, payoff(loan, today) - waiting)
    return ToRepay(max(nothing, due - waiting), most, waiting or None, carriers)


def _waiting(store: Store, loan: Loan) -> Money:
    """What the borrower was asked to pay of a loan on their phone and has not come."""
    coming = [each.amount for each in store.payments.open_of(loan.person) if each.subject == loan.id]
    return sum(coming, Money(0, loan.amount.currency))


@handles(Repay)
def repay(tx: Store, command: Repay) -> Asked:
    """
    Write the payment down; nothing is posted until the provider has confirmed it.

    Raises NotAllowed, NothingOwed, MoreThanOwed, Frozen, GroupIsClosing, TooManyPayments, NotCollected,
    AskedBefore.
    """
    # Two at once would both see all that is owed.
    one_at_a_time(tx.people, command.person)
    loan, group = _owed(tx, command.loan, command.amount)
    if loan.person != command.person:
        raise NotAllowed(why="theirs", group=group.name)
    most = payoff(loan, group.constitution.day(tx.now())).minor - _waiting(tx, loan).minor
    if command.amount.minor > most:
        raise MoreThanOwed(most=max(0, most), currency=group.currency)
    payment = collect(
        tx,
        group,
        loan.person,
        command.amount,
        "repayment",
        subject=loan.id,
        way="mobile_money",
        again=command.again,
    )
    return Asked(payment.id, payment.ref)


@handles(RecordRepayment)
def record_repayment(tx: Store, command: RecordRepayment) -> Asked:
    """
    Post it; the borrower is told. What is beyond the loan is the borrower's credit, if they have not left.

    Raises NotAllowed, also for one's own loan, NothingOwed, MoreThanOwed, Frozen, GroupIsClosing,
    AskedBefore.
    """
    loan, group = _owed(tx, command.loan, command.amount)
    today = group.constitution.day(tx.now())
    return _record(tx, loan, group, command.amount, today, command.officer, again=command.again)


@handles(RecordPastRepayment)
def record_past_repayment(tx: Store, command: RecordPastRepayment) -> Asked:
    """
    Post it, and put right where every later payment went; the borrower is told.

    The book has it on the day it is written down, the loan on its own. Raises NotAllowed, BadDay, CycleIsOver,
    MoreThanOwed for who has left, Frozen, GroupIsClosing.
    """
    loan, group = _paid_out(tx, command.loan, command.amount)
    try:
        day = date.fromisoformat(command.day)
    except ValueError as error:
        raise BadDay from error
    if not loan.terms.start <= day <= group.constitution.day(tx.now()):
        raise BadDay
    if group.cycle_began_at and day < group.cycle_from:
        raise CycleIsOver
    return _record(tx, loan, group, command.amount, day, command.officer)


def _record(
    tx: Store, loan: Loan, group: Group, amount: Money, day: date, officer: str, *, again: bool = True
) -> Asked:
    other_officer(tx, group.id, officer, loan.person)
    # Two at once would both see nothing written down before.
    one_at_a_time(tx.people, loan.person)
    if _has_left(tx, group, loan.person):
        _check_no_credit(loan, group.constitution.day(tx.now()), amount)
    payment = collect(
        tx,
        group,
        loan.person,
        amount,
        "repayment",
        subject=loan.id,
        meeting=day.isoformat(),
        way="cash",
        officer=officer,
        again=again,
    )
    return Asked(payment.id, payment.ref)


@handles(ReverseRepayment)
def reverse_repayment(tx: Store, command: ReverseRepayment) -> None:
    """
    Take a payment back and put right where every later one went; the borrower is told why.

    Raises NotAllowed, also for one's own loan or record, and what `take_back` raises.
    """
    payment = tx.payments.get(command.payment)
    other_officer(tx, payment.group, command.officer, payment.person, payment.officer)
    if payment.purpose != "repayment" or payment.state != "succeeded":
        raise NotAllowed(why="changed", group=tx.groups.get(payment.group).name)
    group = tx.groups.get(payment.group)
    take_back(tx, group, payment)
    tell(
        tx,
        payment.person,
        "repayment_reversed",
        id=f"reversed:{payment.id}",
        amount=payment.amount,
        group=group.name,
        reason=command.reason,
    )


def take_back(tx: Store, group: Group, payment: Payment) -> None:
    """
    Make a repayment as if it had never been, but for what the book tells, inside a transaction.

    Raises what `check_may_be_taken_back` raises, NotReversible when the borrower has left, InsufficientFunds and
    CreditWasUsed when the money is no longer there.
    """
    check_may_be_taken_back(group, payment)
    _undo(tx, group, payment)


def repayment_to_credit(tx: Store, group: Group, payment: Payment) -> None:
    """
    Make a repayment by mobile money that was meant for something else its borrower's credit, inside a transaction:
    the money stays, and the loan is as if it had never been paid.

    Raises what `check_may_be_undone` raises, and NotReversible when the borrower has left.
    """
    check_may_be_undone(group, payment)
    minor, posted = payment.amount.minor, tx.books.with_reference(group.id, payment.reference)
    assert posted is not None, "what succeeded has its entry"
    stays = Posting(Account.WALLET, minor, provider=provider_in(posted.postings))
    legs = (stays, Posting(Account.CREDIT, -minor, payment.person))
    # First, so that neither the wallet nor the credit has too little in between.
    tx.post(Draft(group.id, group.currency, to_credit_reference(payment), "to credit", tx.now(), legs))
    _undo(tx, group, payment)


def _undo(tx: Store, group: Group, payment: Payment) -> None:
    if _has_left(tx, group, payment.person):
        raise NotReversible(why="left")  # nobody is there to owe it
    before, now = tx.loans.get(payment.subject), tx.now()
    wrong = came_with(before, payment.id)
    assert wrong is not None, "a repayment that succeeded is among those of its loan"
    repayments = tuple(replace(r, reversed=True) if r == wrong else r for r in before.repayments)
    after = replace(before, repayments=repayments)
    tx.loans.change(before.id, **restate(tx, before, after, group.constitution.day(now), now))
    tx.payments.change(payment.id, reversed=True)


def _has_left(tx: Store, group: Group, person: str) -> bool:
    return tx.memberships.get(membership_id(group.id, person)).status not in ("active", "suspended")


def _check_no_credit(loan: Loan, today: date, amount: Money) -> None:
    """Who has left is settled: what was given up of their loan can be paid, and no more. Raises MoreThanOwed."""
    if amount > (most := payoff(loan, today)):
        raise MoreThanOwed(most=most.minor, currency=most.currency)


def repay_from(
    tx: Store, group: Group, loan: Loan, source: tuple[Posting, ...], name: str, *, day: date | None = None
) -> Loan:
    """
    Pay a loan from accounts of the group's book, inside a transaction; answers with the loan after it.

    `source` are debits of savings, of credit or of a payable; nothing else of the book may be in it. It counts on
    `day`, or today, if nothing of the loan is of a later day. `name` makes it once. Raises Changed when it was
    done before.
    """
    if came_with(loan, name):
        raise Changed(name)
    now = tx.now()
    minor = sum(leg.amount for leg in source)
    at = counted_on(loan, day or group.constitution.day(now))
    paid = Repayment(next_reference(loan, name), at, Money(minor, group.currency))
    after = _with(loan, paid, f"loan:{loan.id}:{name}")
    standing = after.standing(at)
    legs = postings(after, standing)[paid.reference]
    tx.post(
        Draft(group.id, group.currency, after.entries[paid.reference], f"loan {loan.ref}", now, (*source, *legs))
    )
    changed = tx.loans.change(loan.id, when={"version": loan.version}, **as_it_stands(after, standing))
    if changed is None:
        raise Changed(loan.id)
    return changed


@settles("repayment")
def settle_repayment(store: Store, payment: Payment, now: datetime) -> Settled:
    """Its parts as the loan's replay says, with what the loan is after it; beyond the loan it is credit."""
    loan, group = store.loans.get(payment.subject), store.groups.get(payment.group)
    today = group.constitution.day(now)
    day = _paid_on(loan, group, payment, today)
    after = _with(loan, Repayment(next_reference(loan, payment.id), day, payment.amount), payment.reference)
    standing = after.standing(today)
    legs = postings(after, standing)[after.repayments[-1].reference]
    change = Change("loans", loan.id, as_it_stands(after, standing), when={"version": loan.version})

    def put_right(tx: Store) -> None:
        fields = restate(tx, loan, tx.loans.get(loan.id), today, now)
        tx.loans.change(loan.id, **fields)

    is_last = day == counted_on(loan, day)
    credit = sum(-leg.amount for leg in legs if leg.account == Account.CREDIT)
    return Settled(
        legs,
        (change,),
        about=loan.ref,
        owed=payoff(after, today),
        credit=Money(credit, group.currency),
        then=None if is_last else put_right,
    )


def _paid_on(loan: Loan, group: Group, payment: Payment, today: date) -> date:
    """
    The day a payment counts on. Mobile money counts from when it was asked for, whenever the provider confirms it;
    cash that an officer writes down later, from when it was handed over.
    """
    cash = payment.way == "cash"
    day = date.fromisoformat(payment.meeting) if cash else group.constitution.day(payment.created_at)
    # On the day of a write-off what comes in is a recovery; and what is over is left as it is.
    if day >= today or day == loan.written_off_on or not group.is_of_cycle(payment.cycle, payment.created_at):
        return counted_on(loan, today)
    return day


def _with(loan: Loan, paid: Repayment, entry: str) -> Loan:
    entries = {**loan.entries, paid.reference: entry}
    return replace(loan, repayments=(*loan.repayments, paid), entries=entries)


def counted_on(loan: Loan, today: date) -> date:
    """
    The day that money counts on which comes in today: after all that is written down, so that nothing of it moves.

    After a write-off it is a recovery, also on the same day: that ends with the write-off.
    """
    days = [today, *(repayment.day for repayment in loan.repayments)]
    if loan.written_off_on:
        days.append(loan.written_off_on + timedelta(days=1))
    return max(days)


def _owed(tx: Store, loan_id: str, amount: Money) -> tuple[Loan, Group]:
    loan, group = _paid_out(tx, loan_id, amount)
    if loan.state not in OWED:
        raise NothingOwed(loan.ref)
    return loan, group


def _paid_out(tx: Store, loan_id: str, amount: Money) -> tuple[Loan, Group]:
    loan = tx.loans.get(loan_id)
    group = tx.groups.get(loan.group)
    if loan.state not in PAID_OUT:
        raise NothingOwed(loan.ref)
    if amount.currency != group.currency or amount.minor <= 0:
        raise NotAllowed(why="amount", group=group.name)
    check_not_frozen(tx, loan.person)
    if group.closing:
        raise GroupIsClosing(group=group.name)
    return loan, group
