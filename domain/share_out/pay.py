"""
Paying a share-out that was decided: part by part, each once, by mobile money or from hand to hand.

All at once, whole parts are paid, in the order of the group's list. What a way does not hold is left to the other.
At the end neither the box nor the wallet may have a whole part: then an officer pays one member in two pieces.
"""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Literal

from domain.books.accounts import Account
from domain.books.ledger import Entry, InsufficientFunds, Posting
from domain.commands import execute, handles, one_at_a_time
from domain.decisions.rights import acting_officer, other_officer
from domain.errors import DomainError
from domain.money import MINOR_MAX, Money
from domain.people.find import names_of
from domain.records.group import Group
from domain.records.payment import OPEN, Payment, Ref, Way
from domain.records.person import HELD_FOR, Person, membership_id
from domain.records.share_out import LineState, ShareOut
from domain.store import Between, Store
from domain.treasury.money_out import pay_out, within
from domain.treasury.networks import networks_said
from domain.treasury.providers import as_carried, serving
from domain.treasury.settle import Settled, takes, undoes

WhyNot = Literal["yours", "frozen", "held", "new_number", "too_little", "not_carried"]


class LineNotDue(DomainError):
    """The part was paid, or is on its way, or was not decided on."""

    code = "line_not_due"


@dataclass(frozen=True, slots=True)
class PayLine:
    """An officer hands a member their part, or has it sent; a `whole` one or none of it."""

    officer: str
    share_out: str
    person: str
    way: Way
    whole: bool = False


@dataclass(frozen=True, slots=True)
class PayAll:
    """An officer hands over, or has sent, every part that is due and there."""

    officer: str
    share_out: str
    way: Way


@dataclass(frozen=True, slots=True)
class PaidPart:
    """
    The answer: what was paid of a part or is on its way, and what is `left` of it; both are None in an answer of
    before.
    """

    payment: str
    ref: Ref
    amount: Money | None = None
    left: Money | None = None


@dataclass(frozen=True, slots=True)
class PaidAll:
    """How many parts were paid or are on their way now, and how many could not be."""

    paid: int
    left: int


@dataclass(frozen=True, slots=True)
class HowFar:
    """Of a member's part: what was `paid`, what is on its way (`sent`), and what is `left` to be paid."""

    paid: Money
    sent: Money
    left: Money

    @property
    def state(self) -> LineState:
        """It is due again when a payment has failed."""
        if self.sent:
            return "paying"
        return "due" if self.left else "paid"


@dataclass(frozen=True, slots=True)
class PartToPay:
    """What is left of a member's part."""

    name: str
    amount: Money


@dataclass(frozen=True, slots=True)
class NotPaid:
    """What is left of a member's part, and why it is not paid with the others."""

    name: str
    amount: Money
    why: WhyNot


@dataclass(frozen=True, slots=True)
class AllNow:
    """
    What an officer would pay who pays all by one way now: what the box or the wallet `holds`, who is paid, `total`
    together, and who is not; by the members' numbers.
    """

    holds: Money
    total: Money
    paid: list[PartToPay]
    not_paid: list[NotPaid]


def states(store: Store, made: ShareOut) -> dict[str, LineState]:
    """How far each part is in a word, by person."""
    return {person: far.state for person, far in how_far(store, made).items()}


def how_far(store: Store, made: ShareOut) -> dict[str, HowFar]:
    """How far each part is, by person."""
    nothing = Money(0, made.cash.currency)
    found = {line.person: HowFar(nothing, nothing, line.pay) for line in made.lines}
    for payment in _payments(store, made):
        if payment.reversed:
            continue
        far, amount = found[payment.person], payment.amount
        if payment.state == "succeeded":
            found[payment.person] = replace(far, paid=far.paid + amount, left=far.left - amount)
        elif payment.state in OPEN:
            found[payment.person] = replace(far, sent=far.sent + amount, left=far.left - amount)
    return found


def part_now(store: Store, share_out: str, person: str, way: Way) -> Money:
    """What of a member's part can be paid by this way. Raises LineNotDue, and what `within` raises."""
    made = store.share_outs.get(share_out)
    far = how_far(store, made).get(person)
    if far is None or far.state != "due":
        raise LineNotDue
    phone = store.people.get(person).phone
    return within(store, store.groups.get(made.group), way, far.left, phone)


def all_now(store: Store, share_out: str, officer: str, way: Way) -> AllNow:
    """Whom an officer would pay who pays all now."""
    made = store.share_outs.get(share_out)
    group = store.groups.get(made.group)
    found = list(_sorted_out(store, group, made, officer, way))
    names = names_of(store, [person for person, _, _ in found])
    paid = [PartToPay(names[person], amount) for person, amount, why in found if why is None]
    return AllNow(
        holds=_holds(store, group, way),
        total=sum((each.amount for each in paid), Money(0, group.currency)),
        paid=paid,
        not_paid=[NotPaid(names[person], amount, why) for person, amount, why in found if why],
    )


def _sorted_out(
    store: Store, group: Group, made: ShareOut, officer: str, way: Way
) -> Iterator[tuple[str, Money, WhyNot | None]]:
    """
    Every part that is due, by the members' numbers: whose, what is left of it, and why it cannot be paid. One that
    is more than there is left is passed over, and smaller ones after it are paid.
    """
    there, far = _holds(store, group, way), how_far(store, made)
    due = [line.person for line in sorted(made.lines, key=lambda line: line.number)]
    due = [person for person in due if far[person].state == "due"]
    people = {person.id: person for person in store.people.among(due)}
    memberships = store.memberships.among([membership_id(group.id, person) for person in due])
    held = {each.person: each.held_from for each in memberships}
    said = networks_said(store, [each.phone for each in people.values()])
    for person in due:
        left = far[person].left
        why = _why_not(people[person], held.get(person), officer, way, store.now())
        if why is None and way == "mobile_money":
            able = serving(store, "out", group.currency, people[person].phone, said)
            why = None if able and as_carried(able, left) == left else "not_carried"
        if why is None and left > there:
            why = "too_little"
        if why is None:
            there -= left
        yield person, left, why


def _why_not(payee: Person, held_from: datetime | None, officer: str, way: Way, now: datetime) -> WhyNot | None:
    if payee.id == officer:
        return "yours"
    if payee.frozen:
        return "frozen"
    if held_from and now - held_from < HELD_FOR:
        return "held"
    changed = payee.held_since
    if way == "mobile_money" and changed and now - changed < HELD_FOR:
        return "new_number"
    return None


def _holds(store: Store, group: Group, way: Way) -> Money:
    """What can be paid by this way in all, in whole units of cash."""
    try:
        return within(store, group, way, Money(MINOR_MAX, group.currency))
    except InsufficientFunds:
        return Money(0, group.currency)


@handles(PayLine)
def pay_line(tx: Store, command: PayLine) -> PaidPart:
    """
    As much of the part as can be paid this way, unless it is to be whole. Nobody pays themselves.

    Raises NotAllowed, Frozen, LineNotDue, and what `pay_out` raises.
    """
    made, person = tx.share_outs.get(command.share_out), command.person
    other_officer(tx, made.group, command.officer, person)
    if made.line(person) is None or made.state != "approved":
        raise LineNotDue
    # Two at once would both see it due.
    one_at_a_time(tx.people, person)
    far = how_far(tx, made)[person]
    if far.state != "due":
        raise LineNotDue
    officer = command.officer if command.way == "cash" else ""
    group = tx.groups.get(made.group)
    amount = within(tx, group, command.way, far.left, tx.people.get(person).phone)
    if command.whole and amount < far.left:
        purse = Account.CASH_BOX if command.way == "cash" else Account.WALLET
        short = (far.left - amount).minor
        raise InsufficientFunds(purse, short=short, there=amount.minor, currency=group.currency)
    payment = pay_out(tx, group, person, amount, "share_out", subject=made.id, way=command.way, officer=officer)
    return PaidPart(payment.id, payment.ref, amount, far.left - amount)


@handles(PayAll, in_parts=True)
def pay_all(store: Store, command: PayAll) -> PaidAll:
    """
    Whole parts, those that `all_now` says. Each is a command of its own, known by how often it was tried: whatever
    stops this, a second one goes on where it stopped. A part that is refused is left. Raises NotAllowed, Frozen.
    """
    made = store.share_outs.get(command.share_out)
    acting_officer(store, made.group, command.officer)
    tried = Counter(payment.person for payment in _payments(store, made))
    group = store.groups.get(made.group)
    found = list(_sorted_out(store, group, made, command.officer, command.way))
    for person, _, why in found:
        if why is not None:
            continue
        key = f"share_out:{made.id}:{person}:{tried[person]}"
        try:
            execute(store, key, PayLine(command.officer, made.id, person, command.way, whole=True))
        except DomainError:
            continue
    after = states(store, made)
    left = sum(after[person] == "due" for person, _, _ in found)
    return PaidAll(len(found) - left, left)


@takes("share_out")
def taken_for_share_out(store: Store, payment: Payment) -> tuple[Posting, ...]:
    """What is payable to the member."""
    return (Posting(Account.PAYABLE, payment.amount.minor, payment.person),)


@undoes("share_out")
def part_undone(store: Store, payment: Payment, posted: Entry) -> Settled:
    """The part is due again so far: what was taken back counts as not paid."""
    return Settled()


def _payments(store: Store, made: ShareOut) -> list[Payment]:
    since = Between(made.day.isoformat(), date.max.isoformat())
    return store.payments.find(
        group=made.group, direction="out", meeting=since, purpose="share_out", subject=made.id
    )
