"""How well a group does: a number from 0 to 100 whose parts can be seen, and what is red whatever the number."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, Literal

from domain.arithmetic.arrears import SomeOf

HealthPart = Literal["met", "attendance", "on_time", "counted", "saving"]
# short_twice: cash was short on two days. no_meetings: none in three periods. no_officers: none who can act.
# books: they are not as they were written.
Red = Literal["short_twice", "no_meetings", "no_officers", "books"]

# What each part is worth: a hundred together.
WORTH: Final[Mapping[HealthPart, int]] = {"met": 30, "attendance": 20, "on_time": 20, "counted": 15, "saving": 15}
# Below this, or red, a group needs a visit.
VISIT_BELOW: Final = 50
_RED: Final = 101  # so a red group comes before all others, and among red ones the worst comes first


@dataclass(frozen=True, slots=True)
class Health:
    """The `parts` by name, each from 0 to what it is worth, and what is `red`."""

    parts: Mapping[HealthPart, int]
    red: tuple[Red, ...] = ()

    @property
    def score(self) -> int:
        return sum(self.parts.values())

    @property
    def place(self) -> int:
        """Where it stands in a list with the worst first: from -101 up, below zero for a red one."""
        return self.score - _RED if self.red else self.score

    @property
    def needs_visit(self) -> bool:
        return self.place < VISIT_BELOW


def health_from(
    *,
    met: SomeOf,
    attendance: SomeOf,
    late: SomeOf,
    counted: SomeOf,
    saving: SomeOf,
    red: tuple[Red, ...] = (),
) -> Health:
    """
    From what a group did in thirty days: the meetings held as planned (`met`) of those planned, who attended of
    those expected, what is `late` of what is lent, the counts that were right, and who saved of those who could.

    Where no meeting was planned, or nothing is lent, there is nothing to blame: the part is full. Where meetings
    were planned and none was held, nobody came, nothing was counted and nothing saved.
    """
    blank = 0 if met.whole else 1  # for what only a meeting can show
    shares = {
        "met": _share(met, 1),
        "attendance": _share(attendance, blank),
        "on_time": _share(SomeOf(late.whole - late.some, late.whole), 1),
        "counted": _share(counted, blank),
        "saving": _share(saving, blank),
    }
    return Health({name: worth * shares[name].some // shares[name].whole for name, worth in WORTH.items()}, red)


def _share(of: SomeOf, blank: int) -> SomeOf:
    """As it is, or all or nothing where there is nothing to measure."""
    return of if of.whole else SomeOf(blank, 1)
