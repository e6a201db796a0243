"""A rotation as it is kept: whose turn it is in each round, and what each received."""

from dataclasses import dataclass
from typing import Literal

from domain.money import Money

RoundState = Literal["open", "paying", "held", "paid"]


@dataclass(frozen=True, slots=True)
class Round:
    """One round: who receives, what they bid for it, what was paid."""

    number: int
    person: str = ""
    hand: int = 1
    bid: Money | None = None
    paid: Money | None = None
    state: RoundState = "open"
    payment: str = ""


@dataclass(frozen=True, slots=True)
class Rota:
    """
    `id` is group:cycle. `order` names persons, one place a hand; `seed` is what it was drawn with, if it was.
    """

    id: str
    group: str
    cycle: int
    contribution: Money
    order: tuple[str, ...]
    rounds: tuple[Round, ...] = ()
    seed: str = ""
    version: int = 0
