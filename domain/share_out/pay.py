"""
Paying a share-out that was decided: part by part, each once, by mobile money or from hand to hand.

What a way does not hold is left to the other: at the end neither the box nor the wallet may have a whole part.
"""

from collections import Counter
from dataclasses import dataclass
from datetime import date

from domain.books.accounts import Account
from domain.books.ledger import Posting
from domain.commands import execute, handles, one_at_a_time
from domain.decisions.rights import acting_officer
from domain.errors import DomainError
from domain.money import Money
from domain.records.payment import OPEN, Payment, Way
from domain.records.person import NotAllowed
from domain.records.share_out import LineState, ShareOut
from domain.savings.contribute import Asked
from domain.store import Between, Store
from domain.treasury.money_out import pay_out, within
from domain.treasury.settle import takes


class LineNotDue(DomainError):
    """The part was paid, or is on its way, or was not decided on."""

    code = "line_not_due"


@dataclass(frozen=True, slots=True)
class PayLine:
    """An officer hands a member their part, or has it sent."""

    officer: str
    share_out: str
    person: str
    way: Way


@dataclass(frozen=True, slots=True)
class PayAll:
    """An officer hands over, or has sent, every part that is due."""

    officer: str
    share_out: str
    way: Way


@dataclass(frozen=True, slots=True)
class PaidAll:
    """How many parts were paid or are on their way now, and how many could not be."""

    paid: int
    left: int


def states(store: Store, made: ShareOut) -> dict[str, LineState]:
    """How far each part is, by person: a payment that failed makes it due again."""
    left, waiting = _unpaid(store, made)
    due: dict[str, LineState] = {person: "due" if minor else "paid" for person, minor in left.items()}
    return {**due, **dict.fromkeys(waiting, "paying")}


def _unpaid(store: Store, made: ShareOut) -> tuple[dict[str, int], set[str]]:
    """What is still to be paid of each part, in minor units, and who has a payment on its way."""
    left, waiting = {line.person: line.pay.minor for line in made.lines}, set()
    for payment in _payments(store, made):
        if payment.state == "succeeded":
            left[payment.person] -= payment.amount.minor
        elif payment.state in OPEN:
            waiting.add(payment.person)
    return left, waiting


@handles(PayLine)
def pay_line(tx: Store, command: PayLine) -> Asked:
    """
    As much of the part as can be paid this way. Nobody hands cash to themselves.

    Raises NotAllowed, LineNotDue, and what `pay_out` raises.
    """
    made, person = tx.share_outs.get(command.share_out), command.person
    acting_officer(tx, made.group, command.officer)
    if command.way == "cash" and command.officer == person:
        raise NotAllowed
    if made.line(person) is None or made.state != "approved":
        raise LineNotDue
    # Two at once would both see it due.
    one_at_a_time(tx.people, person)
    left, waiting = _unpaid(tx, made)
    if not left[person] or person in waiting:
        raise LineNotDue
    officer = command.officer if command.way == "cash" else ""
    group = tx.groups.get(made.group)
    amount = within(tx, group, command.way, Money(left[person], group.currency))
    payment = pay_out(tx, group, person, amount, "share_out", subject=made.id, way=command.way, officer=officer)
    return Asked(payment.id, payment.ref)


@handles(PayAll, in_parts=True)
def pay_all(store: Store, command: PayAll) -> PaidAll:
    """
    Each part is a command of its own, known by how often it was tried: whatever stops this, a second one goes on
    where it stopped. A part that is refused, or of which the other way has the rest, is left. Raises NotAllowed,
    Frozen.
    """
    made = store.share_outs.get(command.share_out)
    acting_officer(store, made.group, command.officer)
    tried = Counter(payment.person for payment in _payments(store, made))
    before = states(store, made)
    due = sum(state == "due" for state in before.values())
    for person, state in before.items():
        if state != "due":
            continue
        key = f"share_out:{made.id}:{person}:{tried[person]}"
        try:
            execute(store, key, PayLine(command.officer, made.id, person, command.way))
        except DomainError:
            continue
    after = states(store, made)
    left = sum(state == "due" for state in after.values())
    return PaidAll(due - left, left)


@takes("share_out")
def taken_for_share_out(store: Store, payment: Payment) -> tuple[Posting, ...]:
    """What is payable to the member."""
    return (Posting(Account.PAYABLE, payment.amount.minor, payment.person),)


def _payments(store: Store, made: ShareOut) -> list[Payment]:
    since = Between(made.day.isoformat(), date.max.isoformat())
    return store.payments.find(
        group=made.group, direction="out", meeting=since, purpose="share_out", subject=made.id
    )
