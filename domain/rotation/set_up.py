"""A rotation is set up: an officer asks for an order, another one agrees, and the first payment fixes it."""

from dataclasses import dataclass, fields, replace
from datetime import date
from typing import Final, get_args

from domain.arithmetic import rotation
from domain.books.accounts import Account
from domain.commands import handles, one_at_a_time
from domain.decisions.concluding import concludes
from domain.decisions.rights import acting_officer, active_member
from domain.decisions.voting import asked_once, check_enough_voters, check_not_asked, propose
from domain.errors import DomainError
from domain.groups.cycle import begin_next_cycle
from domain.people.find import names_of
from domain.records.group import Group, Order
from domain.records.notice import Values
from domain.records.payment import OPEN
from domain.records.person import Membership, NotAllowed, membership_id
from domain.records.proposal import Proposal, digest_of
from domain.records.rota import Place, Rota, rota_id
from domain.store import Store
from domain.tell import tell_everywhere

HANDS_MAX: Final = 9  # of one member
ORDERS: Final[tuple[Order, ...]] = get_args(Order)


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


@handles(SetHands)
def set_hands(tx: Store, command: SetHands) -> None:
    """Raises NotAllowed, Frozen, BadOrder for more than HANDS_MAX."""
    acting_officer(tx, command.group, command.officer)
    rotating_group(tx, command.group)
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
    group = rotating_group(tx, command.group)
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
    group = rotating_group(store, group_id)
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


def rotating_group(store: Store, group_id: str) -> Group:
    """Raises NotAllowed for a group of another kind."""
    group = store.groups.get(group_id)
    if group.kind != "rosca":
        raise NotAllowed(why="kind", group=group.name)
    return group


def _turns(rota: Rota) -> dict[str, list[int]]:
    """The rounds that are each member's, one for each hand, in the order of their first."""
    turns: dict[str, list[int]] = {}
    for number, place in enumerate(rota.places, start=1):
        turns.setdefault(place.person, []).append(number)
    return turns
