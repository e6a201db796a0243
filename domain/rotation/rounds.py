"""
A rotation in the books: in each round one hand is paid what the others put in.

Only what is in a round's pot is paid, and it is paid once. What is late is paid to the hand whose round it was
missing in when it comes in. Of an auction the bid stays in the pot, and counts for each hand as put in for the
next round; the constitution keeps nothing of it. The last member whose hands wait receives without a bid.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from domain.arithmetic import rotation
from domain.books.accounts import Account
from domain.books.ledger import Draft, Entry, Posting
from domain.commands import handles, one_at_a_time
from domain.decisions.rights import acting_officer, saver
from domain.errors import DomainError
from domain.money import Money
from domain.records.group import Group
from domain.records.payment import Payment, Way
from domain.records.person import NotAllowed
from domain.records.rota import Rota, Round
from domain.rotation.set_up import held_in_pot, rota_of, rotating_group
from domain.store import Change, Store
from domain.tell import tell
from domain.treasury.money_out import pay_out, within
from domain.treasury.settle import Settled, fails, settles, takes, undoes
from domain.treasury.take_back import NotReversible


class NoRotation(DomainError):
    """The order of this cycle of the `group` is not set yet."""

    code = "no_rotation"

    def __init__(self, group: str = "") -> None:
        super().__init__(group=group)


class BadBid(DomainError):
    """A bid is below `pot`, in minor units of `currency`, and a multiple of `unit` of them."""

    code = "bad_bid"


class NothingInPot(DomainError):
    """Nothing is in the pot of the round of this `number` that could be paid."""

    code = "nothing_in_pot"

    def __init__(self, number: int = 0) -> None:
        super().__init__(number=number)


class RoundPaid(DomainError):
    """The round of this `number` is paid in full; or its meeting has not come, and then `early` is 1."""

    code = "round_paid"

    def __init__(self, number: int = 0, early: int = 0) -> None:
        super().__init__(number=number, early=early)


class TurnChanged(DomainError):
    """It is another member's turn: somebody has bid more."""

    code = "turn_changed"


@dataclass(frozen=True, slots=True)
class Bid:
    """A member offers so much of the next pot to all hands, to receive the rest; nothing takes a bid back."""

    person: str
    group: str
    amount: Money


@dataclass(frozen=True, slots=True)
class PayRound:
    """
    An officer pays what is in the pot of a round: of the next one, or what came in late for one before.

    `person` is whose turn the officer saw that it is.
    """

    officer: str
    group: str
    number: int
    person: str
    way: Way


@dataclass(frozen=True, slots=True)
class PaidRound:
    """
    The answer: what is paid now and what is still due to them; `owes` is what they have to put in before it is
    paid, or was netted from it.
    """

    name: str
    paid: Money
    left: Money
    owes: Money


@handles(Bid)
def bid(tx: Store, command: Bid) -> None:
    """Raises NotAllowed, Frozen, NoRotation, BadBid."""
    group = rotating_group(tx, command.group)
    saver(tx, group, command.person)
    rota = rota_of(tx, group)
    if rota is None:
        raise NoRotation(group.name)
    if rota.kind != "auction" or command.person not in rota.waiting() or not rota.is_contested:
        raise NotAllowed(why="changed", group=group.name)
    amount, unit = command.amount, group.constitution.cash_unit
    if amount.currency != group.currency or not 0 <= amount.minor < rota.pot.minor or amount.minor % unit:
        raise BadBid(pot=rota.pot.minor, unit=unit, currency=group.currency)
    bids = {person: each for person, each in rota.bids.items() if person != command.person}
    if amount:
        bids[command.person] = amount
    tx.rotas.change(rota.id, bids=bids, version=rota.version + 1)


@handles(PayRound)
def pay_round(tx: Store, command: PayRound) -> PaidRound:
    """
    Nobody pays themselves. What the winner owes is netted or, where the constitution says so, their part is held
    until they have put it in. By one way no more is paid than there is; the rest can follow by the other.

    Raises NotAllowed, Frozen, NoRotation, RoundPaid, TurnChanged, NothingInPot, and what `pay_out` raises.
    """
    acting_officer(tx, command.group, command.officer)
    # Two officers at once would both see the round unpaid.
    one_at_a_time(tx.groups, command.group)
    group = rotating_group(tx, command.group)
    rota, of = _to_pay(tx, group, command)
    payee, nothing = tx.people.get(of.person), Money(0, group.currency)
    name, held = payee.name, held_in_pot(tx, group)
    owes = Money(rota.owed(of.person, held.get(of.person, 0), len(rota.rounds)), group.currency)
    if owes and group.constitution.in_arrears == "hold":
        _keep(tx, rota)
        tell(tx, of.person, "turn_held", group=group.name, amount=owes)
        return PaidRound(name, nothing, rota.rest(of), owes)
    left = Money(rota.payable(of.number, held, nothing), group.currency)
    if left.minor <= 0:
        raise NothingInPot(of.number)
    netted, paid = _net(rota, of, held, left)
    paid = within(tx, group, command.way, paid, payee.phone)
    if not netted and not paid:
        raise NothingInPot(of.number)
    of = replace(of, netted=of.netted + netted, sent=of.sent + paid)
    rota = rota.with_round(of)
    _keep(tx, rota)
    if paid:
        officer, subject = command.officer if command.way == "cash" else "", f"{rota.id}:{of.number}"
        pay_out(tx, group, of.person, paid, "rotation", subject=subject, way=command.way, officer=officer)
    return PaidRound(name, paid, rota.rest(of), netted)


def _to_pay(tx: Store, group: Group, command: PayRound) -> tuple[Rota, Round]:
    """The round that is to be paid, given to its winner when its turn has come."""
    rota = rota_of(tx, group)
    if rota is None:
        raise NoRotation(group.name)
    if command.number == rota.next <= len(rota.places):
        rota = _give(tx, group, rota, command.person)
    of = rota.round(command.number)
    if of is None or not rota.rest(of):
        raise RoundPaid(command.number, early=int(of is None))
    if of.person != command.person:
        raise TurnChanged
    if of.person == command.officer:
        raise NotAllowed(why="own", group=tx.groups.get(command.group).name)
    return rota, of


@settles("rotation")
def settle_rotation(store: Store, payment: Payment, now: datetime) -> Settled:
    """The round is paid so far."""
    rota, of = _round_of(store, payment)
    now_paid = rota.with_round(replace(of, sent=of.sent - payment.amount, paid=of.paid + payment.amount))
    paid = Change("rotas", rota.id, _changed(now_paid), {"version": rota.version})
    return Settled(changes=(paid,))


@takes("rotation")
def taken_for_rotation(store: Store, payment: Payment) -> tuple[Posting, ...]:
    """Out of the winner's part of the pot, which is below zero when they have received before they put in."""
    return (Posting(Account.POT, payment.amount.minor, payment.person),)


@fails("rotation")
def rotation_unpaid(tx: Store, payment: Payment) -> None:
    """It is in the pot again, and can be paid again."""
    rota, of = _round_of(tx, payment)
    _keep(tx, rota.with_round(replace(of, sent=of.sent - payment.amount)))


@undoes("rotation")
def rotation_undone(store: Store, payment: Payment, posted: Entry) -> Settled:
    """It is in the pot again, and can be paid again. Raises NotReversible once a later pot is somebody's."""
    rota, of = _round_of(store, payment)
    if of.number != len(rota.rounds):
        raise NotReversible(why="round")
    in_pot = rota.with_round(replace(of, paid=of.paid - payment.amount))
    return Settled(changes=(Change("rotas", rota.id, _changed(in_pot), {"version": rota.version}),))


def _round_of(store: Store, payment: Payment) -> tuple[Rota, Round]:
    id, _, number = payment.subject.rpartition(":")
    rota = store.rotas.get(id)
    of = rota.round(int(number))
    assert of is not None, "a round is paid once it is somebody's"
    return rota, of


def _changed(rota: Rota) -> dict[str, Any]:
    return {"rounds": rota.rounds, "bids": rota.bids, "version": rota.version}


def _keep(tx: Store, rota: Rota) -> None:
    tx.rotas.change(rota.id, **_changed(rota))


def _give(tx: Store, group: Group, rota: Rota, person: str) -> Rota:
    """The next round is whose turn it is; a bid for it is parted among all hands. Not kept yet."""
    winner, most = rota.turn
    rules, now = group.constitution, tx.now()
    meeting = rules.meeting(now)
    if not rota.has_come(rules, meeting):
        raise RoundPaid(rota.next, early=1)
    if winner != person:
        raise TurnChanged
    if rota.payable(rota.next, held_in_pot(tx, group), most) <= 0:
        raise NothingInPot(rota.next)
    nothing, number = Money(0, group.currency), rota.next
    if most:
        parted = sum((each.bid for each in rota.rounds), nothing)
        parts = rotation.bid_parts(rota.rotation, most, group.constitution.cash_unit, parted)
        theirs = {rota.people[member]: part for member, part in parts.items() if part}
        legs = (
            Posting(Account.POT, most.minor, winner),
            *(Posting(Account.POT, -part.minor, member) for member, part in theirs.items()),
        )
        tx.post(
            Draft(group.id, group.currency, f"bid:{rota.id}:{number}", f"bid for round {number}", tx.now(), legs)
        )
        for member, part in theirs.items():
            tell(tx, member, "bid_parted", group=group.name, amount=part)
    had = sum(each.person == winner for each in rota.rounds)
    of = Round(
        number,
        winner,
        had + 1,
        day=rules.day(now).isoformat(),
        bid=most,
        netted=nothing,
        paid=nothing,
        sent=nothing,
        meeting=rota.next_due(rules, meeting).isoformat(),
    )
    return replace(rota, rounds=(*rota.rounds, of), bids={}, version=rota.version + 1)


def _net(rota: Rota, of: Round, held: Mapping[str, int], left: Money) -> tuple[Money, Money]:
    """What stays for what the winner owes, and what is paid, of what is `left` in the pot of their round."""
    has = held.get(of.person, 0)
    before = rota.owed(of.person, has, of.number - 1)
    own = rota.owed(of.person, has, of.number) - before
    other = Money(rota.owed(of.person, has, len(rota.rounds)) - own, left.currency)
    made = rotation.payout(rota.rotation, rota.hand(of), pot=left, arrears=other)
    # What they did not put into their own round comes from them and goes to them, once what is older is covered.
    own_netted = own if made.netted.minor >= before else 0
    return made.netted + Money(own_netted, left.currency), made.paid
