"""
What a member owes a group, settled when they leave it or have died: by what knows of the debt, whoever asks.

Who leaves is in one room and what is owed in another, and neither knows the other: they meet here.
"""

from collections.abc import Callable
from typing import Final

from domain.money import Money
from domain.records.group import Group
from domain.store import Store

# Given the group, the person and a name that makes it once, it answers with what could not be taken.
DebtSettler = Callable[[Store, Group, str, str], Money]

_SETTLERS: Final[list[DebtSettler]] = []


def settles_debts(settler: DebtSettler) -> DebtSettler:
    """Name a function that takes what a member owes from what is theirs, then from those who stand for it."""
    _SETTLERS.append(settler)
    return settler


def settle_debts(tx: Store, group: Group, person: str, name: str) -> Money:
    """
    Take what a member owes, inside the transaction in which they leave; answers with what nobody could pay.

    After it nothing of theirs is open: what could not be taken is written off, and may still be recovered.
    """
    nothing = Money(0, group.currency)
    return sum((settler(tx, group, person, name) for settler in _SETTLERS), nothing)
