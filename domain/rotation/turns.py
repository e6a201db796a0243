"""Whose turn it is in a rotation: as one of its members sees it, and as an officer who is to pay."""

from dataclasses import dataclass

from domain.decisions.rights import active_member
from domain.money import Money
from domain.people.find import names_of
from domain.records.group import Order
from domain.rotation.rounds import NoRotation, arranged, held_in_pot, rota_of
from domain.store import Store
from domain.treasury.providers import can_pay_out


@dataclass(frozen=True, slots=True)
class MyTurn:
    """
    The rotation as one of its members sees it.

    `turns` are the rounds of their own hands, of an auction those they had. The next round is `number`, one above
    `rounds` when all were paid; it is `next_name`'s turn, whoever has bid most so far. `pot` is all of a round,
    `in_pot` what is in the next one. `gets` is the pot for each of their hands, `received` what they were paid.
    """

    order: Order
    seed: str
    turns: list[int]
    rounds: int
    number: int
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
class RotationNow:
    """What an officer can do: set the order up, or pay a round. `usual` is the constitution's order."""

    usual: Order
    can_set_up: bool
    to_pay: list[RoundToPay]
    pays_out: bool


def my_turn(store: Store, group_id: str, person: str) -> MyTurn:
    """Raises NotAllowed, NoRotation."""
    active_member(store, group_id, person)
    group = store.groups.get(group_id)
    rota = rota_of(store, group)
    if rota is None:
        raise NoRotation
    held, nothing = held_in_pot(store, group), Money(0, group.currency)
    mine = [each for each in rota.rounds if each.person == person]
    by_auction, (winner, bid) = rota.kind == "auction", rota.turn
    turns = [number for number, place in enumerate(rota.places, start=1) if place.person == person]
    return MyTurn(
        order=rota.kind,
        seed=rota.seed,
        turns=[each.number for each in mine] if by_auction else turns,
        rounds=len(rota.places),
        number=rota.next,
        next_name=store.people.get(winner).name if winner else "",
        pot=rota.pot,
        in_pot=Money(max(0, rota.left_in(rota.next, held)) if winner else 0, group.currency),
        put_in=Money(rota.put_in(person, held.get(person, 0)), group.currency),
        due=Money(rota.owed(person, held.get(person, 0), rota.collecting), group.currency),
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
    if rota is None:
        return RotationNow(usual, True, [], pays_out)
    held = held_in_pot(store, group)
    whose = {each.number: (each.person, each.bid) for each in rota.rounds}
    winner, bid = rota.turn
    if winner and rota.has_come(group.constitution.day(store.now())):
        whose[rota.next] = winner, bid
    names = names_of(store, [person for person, _ in whose.values()])
    to_pay = [
        RoundToPay(number, person, names[person], Money(left, group.currency), bid)
        for number, (person, bid) in whose.items()
        if (left := rota.payable(number, held, bid)) > 0
    ]
    return RotationNow(usual, not rota.rounds or rota.is_over, to_pay, pays_out)


def order_of(store: Store, group_id: str, order: Order, seed: str, numbers: tuple[int, ...]) -> list[str]:
    """The names, round by round, of an order before it is set up. Raises BadOrder."""
    made = arranged(store, store.groups.get(group_id), order, seed, numbers)
    names = names_of(store, [place.person for place in made.places])
    return [names[place.person] for place in made.places]
