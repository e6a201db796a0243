"""The share-out at the end of a cycle: the pot among the members by the shares they hold."""

from collections.abc import Mapping
from typing import TypeVar

from domain.errors import BadValue
from domain.money import Money

Holder = TypeVar("Holder", int, str)


class BadShares(BadValue):
    """Nobody holds a share; or a pot, a cash unit or a holding is below zero, or no whole number."""


def share_out(pot: Money, shares: Mapping[Holder, int], unit: int = 1) -> dict[Holder, Money]:
    """
    Split the pot in proportion to shares, in whole cash units of `unit` minor units each.

    Each part is floored to the unit. The units left over go one each to the largest remainders, ties by member:
    the lower number, or the earlier name. So the same holdings always pay the same members, in whatever order they
    are given. The parts add up to the pot exactly, but for what it has below one unit: nobody can be paid that.

    Raises BadShares.
    Source: the largest-remainder method (Hamilton's), as seats are given out by votes.
    """
    if pot.minor < 0 or unit < 1:
        raise BadShares("a pot is not below zero, and a cash unit is above it")
    for member, held in shares.items():
        # Not isinstance: True is no holding.
        if type(held) is not int or held < 0:
            raise BadShares(f"{member} cannot hold {held} shares: a whole number from 0 is")
    total, units = sum(shares.values()), pot.minor // unit
    if total == 0:
        raise BadShares("nobody holds a share")
    parts = {member: units * held // total for member, held in shares.items()}
    left_over = units - sum(parts.values())
    for member in sorted(shares, key=lambda member: (-(units * shares[member] % total), member))[:left_over]:
        parts[member] += 1
    assert sum(parts.values()) == units, "a share-out neither makes nor loses money"
    return {member: Money(part * unit, pot.currency) for member, part in parts.items()}
