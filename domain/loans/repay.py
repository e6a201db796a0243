"""Paying a loan back, and putting right what was written down of it."""

from dataclasses import dataclass, replace
from datetime import date, datetime

from domain.arithmetic.instalments import Repayment
from domain.books.accounts import Account
from domain.books.ledger import Draft, Posting
from domain.commands import handles, one_at_a_time
from domain.decisions.rights import GroupIsClosing, check_not_frozen, other_officer
from domain.errors import DomainError
from domain.loans.owed import counted_on, next_due, on_its_way, payoff
from domain.loans.postings import as_it_stands, came_with, next_reference, postings, restate
from domain.money import Money
from domain.records.group import Group
from domain.records.loan import OWED, PAID_OUT, Loan
from domain.records.payment import Payment
from domain.records.person import NotAllowed, membership_id
from domain.savings.contribute import Asked
from domain.store import Change, Changed, Store
from domain.tell import tell
from domain.treasury.money_in import check_chosen, collect
from domain.treasury.settle import Settled, settles
from domain.treasury.take_back import (
    CycleIsOver,
    NotReversible,
    check_may_be_taken_back,
    check_may_be_undone,
    to_credit_reference,
)
from domain.treasury.wallets import provider_in


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


@handles(Repay)
def repay(tx: Store, command: Repay) -> Asked:
    """
    Write the payment down; nothing is posted until the provider has confirmed it.

    Raises NotAllowed, NothingOwed, MoreThanOwed, TooLittle, Frozen, GroupIsClosing, TooManyPayments, NotCollected,
    AskedBefore.
    """
    # Two at once would both see all that is owed.
    one_at_a_time(tx.people, command.person)
    loan, group = _owed(tx, command.loan, command.amount)
    if loan.person != command.person:
        raise NotAllowed(why="theirs", group=group.name)
    today, coming = group.constitution.day(tx.now()), on_its_way(tx, loan)
    most = payoff(loan, today) - coming
    if command.amount > most:
        raise MoreThanOwed(most=max(0, most.minor), currency=group.currency)
    due, _ = next_due(loan.standing(today), today)
    check_chosen(tx, loan.person, command.amount, most, due - coming)
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
