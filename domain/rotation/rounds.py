"""
A rotation in the books: its order is set for a cycle, and in each round one hand is paid what the others put in.

Only what is in a round's pot is paid, and it is paid once. What is late is paid to the hand whose round it was
missing in when it comes in. Of an auction the bid stays in the pot, and counts for each hand as put in for the
next round; the constitution keeps nothing of it. The last member whose hands wait receives without a bid.
"""

from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from datetime import date, datetime
from typing import Any, Final, get_args

from domain.arithmetic import rotation
from domain.books.accounts import Account
from domain.books.ledger import Draft, Entry, Posting
from domain.commands import handles, one_at_a_time
from domain.decisions.concluding import concludes
from domain.decisions.rights import acting_officer, active_member, saver
from domain.decisions.voting import asked_once, check_enough_voters, check_not_asked, propose
from domain.errors import DomainError
from domain.groups.cycle import begin_next_cycle
from domain.money import Money
from domain.people.find import names_of
from domain.records.group import Group, Order
from domain.records.notice import Values
from domain.records.payment import OPEN, Payment, Way
from domain.records.person import Membership, NotAllowed, membership_id
from domain.records.proposal import Proposal, digest_of
from domain.records.rota import Place, Rota, Round, rota_id
from domain.store import Change, Store
from domain.tell import tell, tell_everywhere
from domain.treasury.money_out import pay_out, within
from domain.treasury.settle import Settled, fails, settles, takes, undoes
from domain.treasury.take_back import NotReversible

HANDS_MAX: Final = 9  # of one member
ORDERS: Final[tuple[Order, ...]] = get_args(Order)


class NoRotation(DomainError):
    """The order of this cycle of the `group` is not set yet."""

    code = "no_rotation"

    def __init__(self, group: str = "") -> None:
        super().__init__(group=group)


class BadOrder(DomainError):
    """The order does not name each member once for each of their hands, or lots have no seed."""

    code = "bad_order"


class OrderFixed(DomainError):
    """The rotation of the `group` has begun: somebody has put in, or is about to, or a pot was paid."""

    code = "order_fixed"

    def __init__(self, group: str = "") -> None:
        super().__init__(group=group)


class OrderChanged(DomainError):
    """Members or hands are no longer those of the order that was asked for."""

    code = "order_changed"


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
class SetHands:
    """An officer says how many hands a member has in the next rotation that is set up; with none they sit out."""

    officer: str
    group: str
    person: str
    hands: int


@dataclass(frozen=True, slots=True)
class SetUpRotation:
    """
    An officer asks another one to set the order up, for this cycle or, when its rotation is over, for the next.

    Lots are drawn with a `seed`. A negotiated order is by the `numbers` of the members in the group's list, one
    place a hand. In an auction the order decides between equal bids only.
    """

    officer: str
    group: str
    order: Order
    seed: str = ""
    numbers: tuple[int, ...] = ()


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


@handles(SetHands)
def set_hands(tx: Store, command: SetHands) -> None:
    """Raises NotAllowed, Frozen, BadOrder for more than HANDS_MAX."""
    acting_officer(tx, command.group, command.officer)
    _rosca(tx, command.group)
    active_member(tx, command.group, command.person)
    if not 0 <= command.hands <= HANDS_MAX:
        raise BadOrder
    tx.memberships.change(membership_id(command.group, command.person), hands=command.hands)


@handles(SetUpRotation)
def set_up_rotation(tx: Store, command: SetUpRotation) -> int:
    """
    Answers with how many officers have to agree. The first payment fixes an order; until then another one can take
    its place.

    Raises NotAllowed, Frozen, OrderFixed, BadOrder, AlreadyAsked, TooFewOfficers.
    """
    acting_officer(tx, command.group, command.officer)
    one_at_a_time(tx.groups, command.group)
    group = _rosca(tx, command.group)
    _, made = _next_rota(tx, group, command.order, command.seed, command.numbers)
    asked_once(tx, group.id, "rotation", made.id)
    names = names_of(tx, made.people.values())
    lines = [f"{number}: {names[place.person]}" for number, place in enumerate(made.places, start=1)]
    values: Values = {
        "order": command.order,
        "seed": command.seed,
        "numbers": " ".join(map(str, command.numbers)),
        "names": "\n".join(lines),
    }
    return propose(
        tx,
        group,
        "rotation",
        subject=made.id,
        maker=command.officer,
        contents=_contents(made),
        values=values,
    ).needed


def may_set_up(store: Store, group_id: str, officer: str) -> None:
    """
    Whether an officer may ask for an order of the rotation, whichever it is.

    Raises NotAllowed, Frozen, OrderFixed, AlreadyAsked, TooFewOfficers.
    """
    acting_officer(store, group_id, officer)
    group = _rosca(store, group_id)
    _, cycle, _ = _replaced(store, group)
    check_not_asked(store, group.id, "rotation", rota_id(group.id, cycle))
    check_enough_voters(store, group, "rotation", maker=officer)


@concludes("rotation", tells="all")
def conclude_rotation(tx: Store, proposal: Proposal) -> None:
    """
    Set the order; everybody hears their turn on every channel, and whoever has none any more.

    Raises OrderFixed, and OrderChanged when it would be another one now: the vote is then refused.
    """
    one_at_a_time(tx.groups, proposal.group)
    group, said = tx.groups.get(proposal.group), proposal.values
    order = next(each for each in ORDERS if each == said["order"])
    numbers = tuple(int(number) for number in str(said["numbers"]).split())
    try:
        before, made = _next_rota(tx, group, order, str(said["seed"]), numbers)
    except BadOrder as error:
        raise OrderChanged from error
    if digest_of(_contents(made)) != proposal.digest:
        raise OrderChanged
    if made.cycle != group.cycle:
        group = begin_next_cycle(tx, group)
    if before:
        written = {field.name: getattr(made, field.name) for field in fields(made)}
        tx.rotas.change(written.pop("id"), **written | {"version": before.version + 1})
    else:
        tx.rotas.insert(made)
    _tell_turns(tx, group, made, before)


def _next_rota(
    store: Store, group: Group, order: Order, seed: str, numbers: tuple[int, ...]
) -> tuple[Rota | None, Rota]:
    """
    The rota in whose place another order would be set, None where there is none in the cycle, and that one.

    Raises OrderFixed, BadOrder.
    """
    before, cycle, first = _replaced(store, group)
    return before, arranged(store, replace(group, cycle=cycle), order, seed, numbers, first)


def _replaced(store: Store, group: Group) -> tuple[Rota | None, int, date]:
    """
    The rota in whose place another order would be set, None where there is none in the cycle; the cycle of that
    order, and from when on its meetings are. Raises OrderFixed.
    """
    before, first = rota_of(store, group), group.constitution.meeting(store.now())
    if before and before.is_over:
        # Nobody puts in twice on the day of the last pot.
        return None, group.cycle + 1, max(first, before.ends_before(group.constitution))
    if before and is_fixed(store, group, before):
        raise OrderFixed(group.name)
    return before, group.cycle, first


def is_fixed(store: Store, group: Group, rota: Rota) -> bool:
    """Whether the rotation has begun: money is in its pots or on its way to them, or one was paid."""
    if rota.rounds or any(held_in_pot(store, group).values()):
        return True
    on_their_way = store.payments.find(group=group.id, state=list(OPEN), direction="in")
    return any(part.account == Account.POT for payment in on_their_way for part in payment.parts)


def _contents(made: Rota) -> dict[str, object]:
    """What the vote on an order is bound to: every place in it."""
    places = [(place.number, place.person) for place in made.places]
    return {"rota": made.id, "kind": made.kind, "contribution": made.contribution, "places": places}


def _tell_turns(tx: Store, group: Group, made: Rota, before: Rota | None) -> None:
    count = len(made.places)
    for person, turns in _turns(made).items():
        if made.kind == "auction":
            tell_everywhere(tx, person, "auction_set", group=group.name, count=count)
        else:
            rounds = ", ".join(map(str, turns))
            tell_everywhere(tx, person, "turn_set", group=group.name, rounds=rounds, turns=len(turns), count=count)
    for person in set(before.people.values()) - set(made.people.values()) if before else ():
        tell_everywhere(tx, person, "turn_lost", group=group.name)


@handles(Bid)
def bid(tx: Store, command: Bid) -> None:
    """Raises NotAllowed, Frozen, NoRotation, BadBid."""
    group = _rosca(tx, command.group)
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
    group = _rosca(tx, command.group)
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


def rota_of(store: Store, group: Group) -> Rota | None:
    """The rotation of the group's cycle, once its order is set."""
    return store.rotas.one(id=rota_id(group.id, group.cycle))


def held_in_pot(store: Store, group: Group) -> dict[str, int]:
    """Each member's part of the pot by the books, in minor units: below zero for who received first."""
    balances = store.books.balances(group.id)
    return {member: -minor for (account, member), minor in balances.items() if account == Account.POT and member}


def arranged(store: Store, group: Group, order: Order, seed: str, numbers: tuple[int, ...], first: date) -> Rota:
    """
    The rota of the group's cycle with the hands its members have; `first` is the meeting of the first round.

    Raises BadOrder.
    """
    members = store.memberships.find(group=group.id, status="active", sort="number")
    by_number: dict[int, Membership] = {each.number: each for each in members}
    hands = {each.number: each.hands for each in members if each.hands}
    try:
        match order:
            case "drawn":
                places = rotation.drawn(hands, seed)
            case "negotiated":
                places = rotation.negotiated(hands, numbers)
            case "fixed" | "auction":
                places = rotation.in_turn(hands)
    except rotation.BadRotation as error:
        raise BadOrder from error
    return Rota(
        id=rota_id(group.id, group.cycle),
        group=group.id,
        cycle=group.cycle,
        contribution=group.constitution.share_price,
        kind=order,
        places=tuple(Place(by_number[hand.member].person, hand.member) for hand in places),
        seed=seed,
        first=first.isoformat(),
    )


def _rosca(store: Store, group_id: str) -> Group:
    group = store.groups.get(group_id)
    if group.kind != "rosca":
        raise NotAllowed(why="kind", group=group.name)
    return group


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


def _turns(rota: Rota) -> dict[str, list[int]]:
    """The rounds that are each member's, one for each hand, in the order of their first."""
    turns: dict[str, list[int]] = {}
    for number, place in enumerate(rota.places, start=1):
        turns.setdefault(place.person, []).append(number)
    return turns


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
