"""
The rotation: every hand puts the same into each round, and in each round one hand receives the pot.

A tontine, a njangi, a susu. A member may hold several hands, and pays and receives for each of them.
"""

import hashlib
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Literal

from domain.errors import BadValue
from domain.money import Money

InArrears = Literal["net", "hold"]


class BadRotation(BadValue):
    """Hands, an order, a bid or a pot that cannot be; the message says why."""


@dataclass(frozen=True, slots=True, order=True)
class Hand:
    """One place in the rotation: the member's number in the group, and which of their hands it is, from 1."""

    member: int
    number: int = 1


@dataclass(frozen=True, slots=True)
class Rotation:
    """
    A cycle: `contribution` is what each hand puts into each round, and there are as many rounds as hands.

    The first of the `order` receives in the first round. In an auction the order only decides between equal bids.

    Raises BadRotation when the contribution is not above zero, nobody has a hand, or a hand is there twice.
    """

    contribution: Money
    order: tuple[Hand, ...]

    def __post_init__(self) -> None:
        if self.contribution.minor <= 0:
            raise BadRotation("a contribution is above zero")
        if not self.order or len(set(self.order)) != len(self.order):
            raise BadRotation("each hand is in the order once, and somebody has one")

    @property
    def pot(self) -> Money:
        """What one round comes to when every hand has put in."""
        return Money(self.contribution.minor * len(self.order), self.contribution.currency)

    @property
    def hands(self) -> dict[int, int]:
        """How many hands each member has."""
        return Counter(hand.member for hand in self.order)


def in_turn(hands: Mapping[int, int]) -> tuple[Hand, ...]:
    """
    The fixed order: by the numbers of the members, everybody's first hand before anybody's second.

    Raises BadRotation when a member has less than one hand, or none is named.
    """
    return tuple(sorted(_hands(hands), key=lambda hand: (hand.number, hand.member)))


def drawn(hands: Mapping[int, int], seed: str) -> tuple[Hand, ...]:
    """
    An order drawn by lot: the same seed and hands always give the same one.

    Each hand's lot is the SHA-256 of "seed:member:number", and the smallest is first. So a seed that was made
    before the whole group, by dice or by a child, lets anyone draw again and see that nobody was favoured.

    Raises BadRotation as `in_turn` does, and for an empty seed.
    """
    if not seed:
        raise BadRotation("lots are drawn with a seed")
    return tuple(sorted(_hands(hands), key=lambda hand: (_lot(hand, seed), hand)))


def negotiated(hands: Mapping[int, int], members: Sequence[int]) -> tuple[Hand, ...]:
    """
    An order as the members agreed on it: the number of who receives, round by round.

    Raises BadRotation as `in_turn` does, and when a member is not there once for each hand.
    """
    if Counter(members) != Counter(hand.member for hand in _hands(hands)):
        raise BadRotation("an order names each member once for each of their hands")
    return tuple(Hand(member, 1 + list(members[:place]).count(member)) for place, member in enumerate(members))


def _hands(hands: Mapping[int, int]) -> list[Hand]:
    if not hands or any(held < 1 for held in hands.values()):
        raise BadRotation("a member of a rotation has a hand or more")
    return [Hand(member, number) for member, held in hands.items() for number in range(1, held + 1)]


def _lot(hand: Hand, seed: str) -> bytes:
    return hashlib.sha256(f"{seed}:{hand.member}:{hand.number}".encode()).digest()


def winner(rotation: Rotation, received: Sequence[Hand], bids: Mapping[int, Money]) -> tuple[Hand, Money]:
    """
    Who receives this round by auction, and the bid: the highest, and of equal ones the earlier in the order.

    `received` are the hands that have had their round. A bid is a member's, for their next hand. When nobody bids,
    the next in the order receives for nothing.

    Raises BadRotation when all hands have received, a bid is by who has none left, or is not from zero to below
    the pot; and CurrencyMismatch.
    """
    waiting = [hand for hand in rotation.order if hand not in received]
    if not waiting:
        raise BadRotation("every hand has received")
    if strangers := set(bids) - {hand.member for hand in waiting}:
        raise BadRotation(f"{min(strangers)} has no hand that waits")
    for bid in bids.values():
        if bid.minor < 0 or (rotation.pot - bid).minor <= 0:
            raise BadRotation(f"a bid is from zero to below {rotation.pot}, not {bid}")
    nothing = Money(0, rotation.pot.currency)
    # `max` keeps the first of equals.
    hand = max(waiting, key=lambda hand: bids.get(hand.member, nothing).minor)
    return hand, bids.get(hand.member, nothing)


def bid_parts(rotation: Rotation, bid: Money, unit: int = 1, parted: Money | None = None) -> dict[int, Money]:
    """
    Each member's part of a bid, in whole units of `unit` minor units each; `parted` is what the bids before it
    came to.

    The units of all bids go round the hands, one each, and a bid goes on where the one before it stopped. So what
    an equal split leaves of a bid reaches everybody in turn: of members with as many hands nobody is ever ahead by
    more than a unit, and the parts add up to the bid exactly. What a bid has below one unit goes to whoever is
    next.

    Raises BadRotation when the bid or what was parted is below zero, or a unit is not above it; CurrencyMismatch.
    """
    before = parted or Money(0, bid.currency)
    if bid.minor < 0 or before.minor < 0 or unit < 1:
        raise BadRotation("a bid is not below zero, and a cash unit is above it")
    lap = _lap(rotation.hands)
    earlier, now = _gone_round(lap, before.minor, unit), _gone_round(lap, (before + bid).minor, unit)
    parts = {member: Money(now[member] - earlier[member], bid.currency) for member in rotation.hands}
    assert sum(part.minor for part in parts.values()) == bid.minor, "a bid neither makes nor loses money"
    return parts


def _gone_round(lap: Sequence[int], minor: int, unit: int) -> Counter[int]:
    """What each member has of so many minor units, when they go round in units."""
    units, below = divmod(minor, unit)
    laps, further = divmod(units, len(lap))
    gone = Counter({member: laps * hands * unit for member, hands in Counter(lap).items()})
    for member in lap[:further]:
        gone[member] += unit
    gone[lap[further]] += below
    return gone


def _lap(hands: Mapping[int, int]) -> list[int]:
    """
    Whose the units of one lap are, one each for every hand: nobody is a whole unit from their part at any point.

    A member with `held` of all hands is to have their j-th unit after at most j / held of the lap, and not before
    they are due a part of it. Of those it can go to, it goes to whoever has to have it first, ties to whose is the
    earlier half-way between, then to the lower number.
    Source: R. Tijdeman, "The chairman assignment problem", 1980.
    """
    lap, had, count = list[int](), Counter[int](), sum(hands.values())

    def wait(member: int) -> tuple[int, Fraction, int]:
        held, nth = hands[member], had[member] + 1
        return -(-nth * count // held), Fraction(2 * nth - 1, held), member

    for place in range(1, count + 1):
        due = [member for member, held in hands.items() if had[member] * count < place * held]
        lap.append(min(due, key=wait))
        had[lap[-1]] += 1
    return lap


@dataclass(frozen=True, slots=True)
class Payout:
    """
    What becomes of one round's pot: `paid`, `netted`, `held` and all that is `shared` add up to it.

    `netted` stays with the group for the member's own arrears, `held` waits until they are paid, and `shared` is
    each member's part of the bid, the winner's too.
    """

    member: int
    paid: Money
    netted: Money
    held: Money
    shared: Mapping[int, Money]


def payout(
    rotation: Rotation,
    hand: Hand,
    *,
    pot: Money | None = None,
    bid: Money | None = None,
    parted: Money | None = None,
    arrears: Money | None = None,
    in_arrears: InArrears = "net",
) -> Payout:
    """
    Pay a round out. `pot` is what was really put in, when that is not all; what is not there cannot be paid.

    The bid comes off first and is split among all hands; for it and what was `parted` before see `bid_parts`.
    `arrears` are what the winner owes to other rounds; they are netted from the payout, or all of it is held.

    Raises BadRotation when the hand is not in the rotation, the pot is not from zero to its full amount, the bid
    is not within it, or arrears are below zero; and CurrencyMismatch.
    """
    nothing = Money(0, rotation.pot.currency)
    pot = rotation.pot if pot is None else pot
    bid, arrears = bid or nothing, arrears or nothing
    if hand not in rotation.order:
        raise BadRotation(f"hand {hand.number} of {hand.member} is not in the rotation")
    if pot.minor < 0 or (rotation.pot - pot).minor < 0:
        raise BadRotation(f"a pot is from zero to {rotation.pot}, not {pot}")
    if bid.minor < 0 or (pot - bid).minor < 0 or (arrears - nothing).minor < 0:
        raise BadRotation("a bid is within the pot, and arrears are not below zero")
    won, shared = pot - bid, bid_parts(rotation, bid, parted=parted)
    if arrears and in_arrears == "hold":
        return Payout(hand.member, nothing, nothing, won, shared)
    netted = min(won, arrears)
    return Payout(hand.member, won - netted, netted, nothing, shared)
