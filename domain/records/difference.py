"""What a provider's own list says otherwise than we do, and what people decided about it."""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from domain.money import Money
from domain.records.case import CaseNote
from domain.records.payment import Direction

# missing_here: it moved money that we know nothing of. missing_there: it does not list what we have as moved.
# other_amount, other_time: both have it, and not the same. fee: it kept something that is in no book.
DifferenceKind = Literal["missing_here", "missing_there", "other_amount", "other_time", "fee"]
# proposed: one operator has decided. gone: it was not so any more when it was looked at again.
DifferenceState = Literal["open", "proposed", "closed", "gone"]
# book: the group's book is brought to what the provider says. explain: there is nothing to book.
Ruling = Literal["book", "explain"]


@dataclass(frozen=True, slots=True)
class Difference:
    """
    One difference. `id` says what it is between, so that it is found once, however often the two are compared.

    `ours` and `theirs` are the amounts, None where one of the two has none; of a fee, what is in the books and
    what was kept. `at` is the provider's time, or ours where it has none. `group` is "" while nobody knows whose
    book it concerns. `first` decided and said why, `second` agreed.
    """

    id: str
    rail: str
    kind: DifferenceKind
    direction: Direction
    at: datetime
    found_at: datetime
    receipt: str = ""
    payment: str = ""
    group: str = ""
    ours: Money | None = None
    theirs: Money | None = None
    state: DifferenceState = "open"
    ruling: Ruling | Literal[""] = ""
    first: CaseNote | None = None
    second: CaseNote | None = None
    named: bool = False

    @property
    def in_no_book(self) -> bool:
        """Money that a call told of, of no group: the provider does not list it, and no book has it."""
        return self.kind == "missing_there" and not (self.payment or self.group)

    @property
    def change(self) -> int:
        """What the group's wallet has to change by to be what the provider says, in minor units."""
        ours, theirs = (each.minor if each else 0 for each in (self.ours, self.theirs))
        if self.kind == "other_time" or self.in_no_book or self._in_two_currencies:
            return 0
        return theirs - ours if self.direction == "in" and self.kind != "fee" else ours - theirs

    @property
    def _in_two_currencies(self) -> bool:
        return bool(self.ours and self.theirs and self.ours.currency != self.theirs.currency)

    @property
    def may_be_named(self) -> bool:
        """Whether an operator can say whose book it concerns."""
        return bool(self.change) and (self.named or not self.group)

    @property
    def currency(self) -> str:
        money = self.theirs or self.ours
        return money.currency if money else ""


def difference_id(rail: str, kind: DifferenceKind, about: str) -> str:
    """The id of a difference about a receipt, a payment, or the fees of a group and a day."""
    return f"{rail}:{kind}:{about}"
