"""A share-out as it is kept: the plan that was decided on. What was paid of it are its payments."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Literal

from domain.money import Money

LineState = Literal["due", "paying", "paid"]
ShareOutState = Literal["proposed", "approved", "paid", "rejected"]


@dataclass(frozen=True, slots=True)
class ShareOutLine:
    """
    One member's part: `gross` by their shares, less what is netted of loans and fines, and what is left over to
    `pay`, in whole cash units.

    `number` is the member's in the group's list, `saved` their shares at par. `called` is what is taken of the
    part for loans of others that they stand for, None for nothing.
    """

    person: str
    number: int
    shares: int
    saved: Money
    gross: Money
    loans: Money
    fines: Money
    pay: Money
    called: Money | None = None

    @property
    def netted(self) -> Money:
        """What is taken from their part: what they owe, and what they stand for."""
        return sum((self.fines, *filter(None, (self.called,))), self.loans)

    @property
    def rest(self) -> Money:
        """What no coin is small enough for of what is left: it stays with the group."""
        return self.gross - self.netted - self.pay


@dataclass(frozen=True, slots=True)
class Covered:
    """
    What is taken for a loan of a `person`: of their `own` part, of their `credit`, and of their guarantors' parts,
    by person. What is `lost` of it nobody covers, and it is written off; None for nothing, or where it stays owed.
    """

    loan: str
    person: str
    own: Money
    credit: Money
    called: Mapping[str, Money]
    lost: Money | None = None

    @property
    def total(self) -> Money:
        return sum(self.called.values(), self.own + self.credit)


@dataclass(frozen=True, slots=True)
class ShareOut:
    """
    `id` is group:cycle. Of the `cash`, what is `owed` to others and what is `kept` for the next cycle is not
    shared; what is netted from members is shared as if they had paid it before.

    `unit` is the smallest amount that can be paid, in minor units. `day` is when the plan was made, by the group's
    clock: debts are as they were then. `covered` says of each loan where what is taken for it comes from.
    """

    id: str
    group: str
    cycle: int
    day: date
    cash: Money
    owed: Money
    kept: Money
    unit: int
    lines: tuple[ShareOutLine, ...]
    state: ShareOutState
    made_by: str
    made_at: datetime
    proposal: str = ""
    covered: tuple[Covered, ...] = ()

    @property
    def pot(self) -> Money:
        """What is shared: the sum of all parts."""
        return sum((line.gross for line in self.lines), Money(0, self.cash.currency))

    @property
    def netted(self) -> Money:
        return sum((line.netted for line in self.lines), Money(0, self.cash.currency))

    @property
    def saved(self) -> Money:
        """All shares at par."""
        return sum((line.saved for line in self.lines), Money(0, self.cash.currency))

    @property
    def left_over(self) -> Money:
        """What cannot be shared in whole units; it stays in the group."""
        return self.cash - self.owed - self.kept + self.credit + self.netted - self.pot

    @property
    def credit(self) -> Money:
        """What of borrowers' credit is taken for their loans."""
        return sum((each.credit for each in self.covered), Money(0, self.cash.currency))

    def line(self, person: str) -> ShareOutLine | None:
        """The part of this member; None for somebody without shares."""
        return next((line for line in self.lines if line.person == person), None)


def share_out_id(group: str, cycle: int) -> str:
    """The one id a share-out of this cycle can have."""
    return f"{group}:{cycle}"
