"""A meeting: who was there, what was counted, what fines it brought."""

from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Final, Literal

from msgspec import Meta

from domain.money import Money

Presence = Literal["present", "late", "excused", "absent"]
FineState = Literal["due", "paid", "waived"]
FINE_WORDS_MAX: Final = 30
# What a fine is for: a reason of the constitution (FineReason), or the words of the officer who charged it.
FinedFor = Annotated[str, Meta(examples=["W" * FINE_WORDS_MAX, "late_contribution"])]


@dataclass(frozen=True, slots=True)
class Meeting:
    """
    `id` is group:key, see `meeting_key`. What was counted is in minor units: the cash box, and the social fund's
    cash.

    Opened it has an opening count; closed, a closing one that is what the books say.
    """

    id: str
    group: str
    day: str  # ISO date
    number: int
    state: Literal["open", "closed"]
    opened_by: str
    opened_at: datetime
    opening_cash: int
    opening_social: int
    extraordinary: bool = False  # on a day that is not one of the constitution's
    closing_cash: int = 0
    closing_social: int = 0
    closed_by: str = ""
    closed_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Attendance:
    """How one member was there at one meeting; `cycle` is the group's then."""

    id: str  # meeting:person
    group: str
    day: str
    person: str
    cycle: int
    presence: Presence


@dataclass(frozen=True, slots=True)
class Fine:
    """
    What a member owes; `by` is the officer, "" for the rules themselves.

    `paid` of it, in minor units, was taken from what they had where that was not enough: the rest is waived then.
    `exit` is the settlement that ended it, "" for none. `waived_at` is when the officers let the member off,
    and `paid_at` when it was paid, or ended by a settlement; None too where that was before it was written down.
    """

    id: str
    group: str
    person: str
    reason: FinedFor
    amount: Money
    at: datetime
    by: str
    state: FineState = "due"
    paid: int = 0
    exit: str = ""
    waived_at: datetime | None = None
    paid_at: datetime | None = None

    def was_due(self, at: datetime) -> bool:
        """Whether it was to be paid just before a moment."""
        over = self.paid_at or self.waived_at
        return self.at < at and (self.state == "due" or (over is not None and over >= at))
