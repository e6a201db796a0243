"""What an operator knows of a group: its figures on a day, as sums that can be added to those of other groups."""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from domain.arithmetic.arrears import SomeOf
from domain.arithmetic.health import Red
from domain.records.group import GroupKind


@dataclass(frozen=True, slots=True)
class Figures:
    """
    A group at the end of a day, or up to now on the day that it is. Amounts are whole minor units of its currency,
    from zero up. What each of them means stands in docs/figures.md.

    `savings` is what members have in the group and `lent` the principal that they owe it, in so many `loans`.
    `par1`, `par30` and `par90` are parts of what is lent. `default` is of what was lent in a year. Of thirty days,
    the day with them, are `collection`, `approval`, `attendance`, `missed` (meetings, of those planned), `met`
    (those held, where today's counts once it is), `counted` (meetings whose cash was what the book says, of those
    closed) and `saving` (who saved, of all members at all meetings planned).
    `money_in` and `money_out` are of the day alone.
    """

    members: int = 0
    savings: int = 0
    lent: int = 0
    loans: int = 0
    par1: SomeOf = SomeOf()
    par30: SomeOf = SomeOf()
    par90: SomeOf = SomeOf()
    default: SomeOf = SomeOf()
    collection: SomeOf = SomeOf()
    approval: SomeOf = SomeOf()
    attendance: SomeOf = SomeOf()
    missed: SomeOf = SomeOf()
    met: SomeOf = SomeOf()
    counted: SomeOf = SomeOf()
    saving: SomeOf = SomeOf()
    money_in: int = 0
    money_out: int = 0


@dataclass(frozen=True, slots=True)
class GroupNow:
    """
    A group's figures of the day that runs, `day` (ISO) where the group is, worked out `at` a moment from the first
    `seq` entries of its book; they are looked at again at `next_at`. `id` is the group's.

    The rest is what a list of groups is searched and ordered by: `sought` is the name in small letters, `late` how
    much of what is lent is in loans more than thirty days late, per ten thousand, and `last_met` the day (ISO) of
    the last meeting, "" for none. `health` is from 0 to 100, `red` what is wrong whatever it is, `broken` that the
    books did not verify, and `worst` the place in a list with the worst first. Before they are worked out for the
    first time it has no `currency`.
    """

    id: str
    code: str
    name: str
    sought: str
    kind: GroupKind
    currency: str
    day: str
    at: datetime
    next_at: datetime | None
    figures: Figures = Figures()
    seq: int = 0
    late: int = 0
    last_met: str = ""
    health: int = 100
    red: tuple[Red, ...] = ()
    broken: bool = False
    worst: int = 100


@dataclass(frozen=True, slots=True)
class GroupDay:
    """The same when the day is over; it is not changed any more. `id` is group:day."""

    id: str
    group: str
    day: str
    currency: str
    figures: Figures
    seq: int
    at: datetime


@dataclass(frozen=True, slots=True)
class Total:
    """The figures of several groups that have one currency, added up; the oldest of them are of `oldest`."""

    currency: str
    groups: int
    figures: Figures
    oldest: datetime


# What a list of groups is in the order of: the name; most late first; the longest without a meeting first; most
# members first; the worst in health first.
GroupOrder = Literal["name", "late", "last_met", "members", "health"]


@dataclass(frozen=True, slots=True)
class GroupsWanted:
    """
    A page of the list of groups: those whose name begins so, or whose code it is, of a kind, "" for any; with
    `visit` those alone that need one; among the `groups`, None for all; from behind the place `after`, which is
    the last group's id of the page before.
    """

    order: GroupOrder = "name"
    begins: str = ""
    kind: GroupKind | Literal[""] = ""
    visit: bool = False
    groups: tuple[str, ...] | None = None
    after: str = ""
    limit: int = 50
