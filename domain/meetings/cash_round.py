"""
Cash at a meeting as it goes round: who paid how much, one member after the other, and the last one put right.

What an amount is for is worked out from what its member owes. Whoever wrote cash down can take it back themselves
for a while: a slip is no dispute, and the member is told of it.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Final, Literal

from domain.commands import handles, one_at_a_time
from domain.decisions.rights import acting_officer
from domain.errors import DomainError
from domain.loans.repay import RecordRepayment, record_repayment, take_back
from domain.meetings.cash_book import ToPay, mirror
from domain.meetings.count import Counted, cash_of_books
from domain.money import Money
from domain.records.meeting import FinedFor
from domain.records.payment import Ref
from domain.records.person import NotAllowed
from domain.savings.contribute import Asked, RecordCash, record_cash
from domain.savings.fines import RecordFine, record_fine
from domain.savings.pay_social import RecordSocial, record_social
from domain.store import Between, Store
from domain.tell import tell
from domain.treasury.take_back import check_may_be_taken_back

# So long whoever wrote cash down can take it back alone; after that another officer does.
SLIP_WITHIN: Final = timedelta(minutes=15)
# What was written down at one meeting was written down within this time.
_ONE_MEETING: Final = timedelta(hours=12)

PaidWhat = Literal["savings", "social", "fine", "loan"]


class TooLateForSlip(DomainError):
    """It was written down more than `minutes` ago: another officer has to take it back."""

    code = "too_late_for_slip"


@dataclass(frozen=True, slots=True)
class CancelCash:
    """The officer who wrote cash down a moment ago takes it back: it was a slip."""

    officer: str
    payment: str


@dataclass(frozen=True, slots=True)
class CashPart:
    """
    What cash is for: `subject` is the id of a fine or a loan, "" for others; `reason` is a fine's, `ref` a loan's.
    """

    what: PaidWhat
    amount: Money
    subject: str = ""
    reason: FinedFor | None = None
    ref: Ref = ""


@dataclass(frozen=True, slots=True)
class TakeCash:
    """An officer writes down all that a member hands over at once: each part for what it is, or nothing at all."""

    officer: str
    group: str
    person: str
    parts: tuple[CashPart, ...]
    again: bool = True  # though the same may have come in before


@dataclass(frozen=True, slots=True)
class WrittenSoFar:
    """Cash that an officer has written down at a meeting and that stands: whose, by number, and how much."""

    numbers: tuple[int, ...]
    total: Money


def written_so_far(store: Store, group_id: str, officer: str) -> WrittenSoFar:
    """What `officer` has written down at the meeting that is on."""
    group, now = store.groups.get(group_id), store.now()
    days = {group.constitution.meeting(now).isoformat(), group.constitution.day(now).isoformat()}
    records = [
        each
        for each in store.payments.find(
            group=group_id,
            direction="in",
            meeting=sorted(days),
            officer=officer,
            created_at=Between(now - _ONE_MEETING, now),
            reversed=False,
        )
        if each.way == "cash"
    ]
    people = sorted({each.person for each in records})
    members = store.memberships.find(group=group_id, person=people, sort="number") if people else []
    total = sum((each.amount for each in records), Money(0, group.currency))
    return WrittenSoFar(tuple(each.number for each in members), total)


def boxes_now(store: Store, group_id: str) -> Counted:
    """What the cash box and the social fund's box hold by the book: what a count has to find."""
    return cash_of_books(store, store.groups.get(group_id))


def due_now(owed: ToPay) -> list[CashPart]:
    """All that a member owes by the meeting: savings, the social fund of meetings before, fines, loans."""
    return list(_due_now(owed))


def meant_by(owed: ToPay, amount: Money | None) -> list[tuple[CashPart, ...]]:
    """
    What cash may be for, each way once: all that is due together, or one thing of it. None for what is due.

    The amount that is due for the meeting is that, and no question. Empty when nothing is as much.
    """
    due = due_now(owed)
    whole = [tuple(due)] if len(due) > 1 else []
    if amount is None:
        return [*whole, *((part,) for part in due)]
    if amount == owed.savings.amount:
        return [part for part in ((each,) for each in due) if part[0].what == "savings"]
    together = [parts for parts in whole if sum_of(parts) == amount]
    return [*together, *((part,) for part in _takes(owed, amount))]


def sum_of(parts: Sequence[CashPart]) -> Money:
    first, *others = parts
    return sum((each.amount for each in others), first.amount)


def _due_now(owed: ToPay) -> Iterator[CashPart]:
    savings = owed.savings
    if savings.amount:
        yield CashPart("savings", savings.amount)
    if savings.missed:
        yield CashPart("social", savings.missed)
    for fine in owed.fines:
        yield CashPart("fine", fine.amount, fine.id, reason=fine.reason)
    for loan in owed.loans:
        if loan.due and loan.due_on and loan.due_on <= savings.meeting:
            yield CashPart("loan", loan.due, loan.id, ref=loan.ref)


def _takes(owed: ToPay, amount: Money) -> Iterator[CashPart]:
    """What takes as much: savings up to their most, a loan up to what clears it, a fine as it is."""
    if amount <= owed.savings.most:
        yield CashPart("savings", amount)
    if owed.savings.missed and amount <= owed.savings.missed:
        yield CashPart("social", amount)
    for fine in owed.fines:
        if amount == fine.amount:
            yield CashPart("fine", amount, fine.id, reason=fine.reason)
    for loan in owed.loans:
        if amount <= loan.payoff:
            yield CashPart("loan", amount, loan.id, ref=loan.ref)


@handles(TakeCash)
def take_cash(tx: Store, command: TakeCash) -> list[Asked]:
    """
    Post each part; the member is told of each. Nobody writes down their own cash.

    Raises NotAllowed, also for what is another member's, Frozen, GroupIsClosing, TooMuch, FineNotDue, NothingOwed,
    MoreThanOwed, AskedBefore.
    """
    if not command.parts:
        raise NotAllowed(why="amount", group=tx.groups.get(command.group).name)
    return [_take(tx, command, part) for part in command.parts]


def _take(tx: Store, command: TakeCash, part: CashPart) -> Asked:
    officer, group, person, again = command.officer, command.group, command.person, command.again
    match part.what:
        case "savings":
            return record_cash(tx, RecordCash(group, person, part.amount, officer, again))
        case "social":
            return record_social(tx, RecordSocial(group, person, part.amount, officer, again))
        case "fine":
            fine = tx.fines.get(part.subject)
            if (fine.group, fine.person, fine.amount) != (group, person, part.amount):
                raise NotAllowed(why="theirs", group=tx.groups.get(group).name)
            return record_fine(tx, RecordFine(officer, part.subject))
        case "loan":
            loan = tx.loans.get(part.subject)
            if (loan.group, loan.person) != (group, person):
                raise NotAllowed(why="theirs", group=tx.groups.get(group).name)
            return record_repayment(tx, RecordRepayment(part.subject, part.amount, officer, again))


@handles(CancelCash)
def cancel_cash(tx: Store, command: CancelCash) -> None:
    """
    The mirror is posted, and the member is told.

    Raises NotAllowed for what another officer wrote down, TooLateForSlip, what `check_may_be_taken_back` raises,
    NotReversible, CashWasUsed, SavingsStandForLoan, InsufficientFunds, and what `take_back` raises of a repayment.
    """
    payment, now = tx.payments.get(command.payment), tx.now()
    acting_officer(tx, payment.group, command.officer)
    if payment.officer != command.officer or payment.way != "cash" or payment.direction != "in":
        raise NotAllowed(why="theirs", group=tx.groups.get(payment.group).name)
    if now - payment.created_at > SLIP_WITHIN:
        raise TooLateForSlip(minutes=SLIP_WITHIN // timedelta(minutes=1))
    # The next cycle or round that begins at the same moment would not see it.
    one_at_a_time(tx.groups, payment.group)
    group = tx.groups.get(payment.group)
    check_may_be_taken_back(group, payment)
    if payment.purpose == "repayment":
        take_back(tx, group, payment)
    else:
        mirror(tx, group, payment)
    tx.contests.change(payment.id, when={"state": "open"}, state="reversed", decided_by=command.officer)
    tell(
        tx,
        payment.person,
        "cash_cancelled",
        id=f"cash_cancelled:{payment.id}",
        amount=payment.amount,
        group=group.name,
        name=tx.people.get(command.officer).name,
    )
