"""Whose turn it is in a rotation: as one of its members sees it, and as an officer who is to pay."""

from dataclasses import dataclass
from datetime import date

from domain.decisions.rights import active_member
from domain.decisions.voting import open_in
from domain.money import Money
from domain.people.find import names_of
from domain.records.group import Order
from domain.rotation.rounds import NoRotation
from domain.rotation.set_up import arranged, held_in_pot, is_fixed, rota_of
from domain.store import Store
from domain.treasury.providers import can_pay_out


@dataclass(frozen=True, slots=True)
class MyTurn:
    """
    The rotation as one of its members sees it.

    `turns` are the rounds of their own hands, of an auction those they had. The next round is `number`, one above
    `rounds` when all were paid, and due on `day`; it is `next_name`'s turn, whoever has bid most so far. `pot` is
    all of a round, `in_pot` what is in the next one. `gets` is the pot for each of their hands, `received` what
    they were paid.
    """

    order: Order
    seed: str
    turns: list[int]
    rounds: int
    number: int
    day: date
    next_name: str
    pot: Money
    in_pot: Money
    put_in: Money
    due: Money
    gets: Money
    received: Money
    highest_bid: Money
    own_bid: Money
    may_bid: bool


@dataclass(frozen=True, slots=True)
class RoundToPay:
    """A round of which something can be paid: whose it is, what is in its pot without their bid."""

    number: int
    person: str
    name: str
    in_pot: Money
    bid: Money


@dataclass(frozen=True, slots=True)
class NotIn:
    """A member and what of theirs is missing in the pot of a round."""

    name: str
    amount: Money


@dataclass(frozen=True, slots=True)
class RotationNow:
    """
    What an officer can do: set the order up, or pay a round. `usual` is the constitution's order.

    One that was asked for `waits` for another officer, and may still be set.
    """

    usual: Order
    can_set_up: bool
    waits: bool
    to_pay: list[RoundToPay]
    pays_out: bool


def my_turn(store: Store, group_id: str, person: str) -> MyTurn:
    """Raises NotAllowed, NoRotation."""
    active_member(store, group_id, person)
    group = store.groups.get(group_id)
    rota = rota_of(store, group)
    if rota is None:
        raise NoRotation(group.name)
    held, nothing = held_in_pot(store, group), Money(0, group.currency)
    rules, mine = group.constitution, [each for each in rota.rounds if each.person == person]
    meeting = rules.meeting(store.now())
    by_auction, (winner, bid) = rota.kind == "auction", rota.turn
    turns = [number for number, place in enumerate(rota.places, start=1) if place.person == person]
    return MyTurn(
        order=rota.kind,
        seed=rota.seed,
        turns=[each.number for each in mine] if by_auction else turns,
        rounds=len(rota.places),
        number=rota.next,
        day=rota.next_due(rules, meeting),
        next_name=store.people.get(winner).name if winner else "",
        pot=rota.pot,
        in_pot=Money(max(0, rota.left_in(rota.next, held)) if winner else 0, group.currency),
        put_in=Money(rota.put_in(person, held.get(person, 0)), group.currency),
        due=Money(rota.owed(person, held.get(person, 0), rota.due_by(rules, meeting)), group.currency),
        gets=Money(rota.pot.minor * rota.hands(person), group.currency),
        received=sum((each.paid for each in mine), nothing),
        highest_bid=bid,
        own_bid=rota.bids.get(person, nothing),
        may_bid=by_auction and person in rota.waiting() and rota.is_contested,
    )


def rotation_now(store: Store, group_id: str) -> RotationNow:
    """What is to be done about the group's rotation."""
    group = store.groups.get(group_id)
    rota = rota_of(store, group)
    usual, pays_out = group.constitution.order, can_pay_out(store, group.currency)
    may_set = rota is None or rota.is_over or not is_fixed(store, group, rota)
    waits = may_set and any(each.kind == "rotation" for each in open_in(store, group.id))
    if rota is None:
        return RotationNow(usual, not waits, waits, [], pays_out)
    held = held_in_pot(store, group)
    whose = {each.number: (each.person, each.bid) for each in rota.rounds}
    winner, bid = rota.turn
    rules = group.constitution
    if winner and rota.has_come(rules, rules.meeting(store.now())):
        whose[rota.next] = winner, bid
    names = names_of(store, [person for person, _ in whose.values()])
    to_pay = [
        RoundToPay(number, person, names[person], Money(left, group.currency), bid)
        for number, (person, bid) in whose.items()
        if (left := rota.payable(number, held, bid)) > 0
    ]
    return RotationNow(usual, may_set and not waits, waits, to_pay, pays_out)


def not_in_pot(store: Store, group_id: str, number: int) -> list[NotIn]:
    """Who has not put in all of a round, by their numbers in the group's list. Raises NoRotation."""
    group = store.groups.get(group_id)
    rota = rota_of(store, group)
    if rota is None:
        raise NoRotation(group.name)
    held, names = held_in_pot(store, group), names_of(store, rota.people.values())
    missing = {
        person: rota.missing(person, number, held.get(person, 0)) for _, person in sorted(rota.people.items())
    }
    return [NotIn(names[person], Money(minor, group.currency)) for person, minor in missing.items() if minor]


def order_of(store: Store, group_id: str, order: Order, seed: str, numbers: tuple[int, ...]) -> list[str]:
    """The names, round by round, of an order before it is set up. Raises BadOrder."""
    group = store.groups.get(group_id)
    made = arranged(store, group, order, seed, numbers, group.constitution.meeting(store.now()))
    names = names_of(store, [place.person for place in made.places])
    return [names[place.person] for place in made.places]
