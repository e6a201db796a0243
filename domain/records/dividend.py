"""A dividend as it is kept: what was declared for a year, what it comes to, how far members are credited."""

from dataclasses import dataclass
from datetime import datetime
from typing import Final, Literal

from domain.arithmetic.dividend import Declared
from domain.money import Money

DeclarationState = Literal["working", "proposed", "paying", "paid", "refused", "rejected"]

# Somebody is still to act on it: a group has one such at most.
DECLARATION_UNDER_WAY: Final[tuple[DeclarationState, ...]] = ("working", "proposed", "paying")


@dataclass(frozen=True, slots=True)
class Declaration:
    """
    `id` is group:year. What it comes to is worked out member by member (`working`) before it is `proposed`; once
    it is approved they are credited (`paying`).

    Members are looked at in the order of their numbers, from `next` up to `last`, the highest when it was begun.
    `gross` and `tax` are the sums so far, and of all when it is proposed. `next_at` is when there is more to do.
    """

    id: str
    group: str
    year: int
    rates: Declared
    made_by: str
    gross: Money
    tax: Money
    last: int
    next: int = 1
    state: DeclarationState = "working"
    proposal: str = ""
    next_at: datetime | None = None


def declaration_id(group: str, year: int) -> str:
    """The one id a dividend of this year can have."""
    return f"{group}:{year}"
