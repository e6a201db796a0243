"""A loan as it is kept: what was agreed, who stands for it, what was paid, where it is on its way."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from fractions import Fraction
from typing import Final, Literal

from domain.arithmetic.guarantees import Pledge
from domain.arithmetic.instalments import BroughtForward, Repayment, RepaymentRules, Standing, Waiver
from domain.arithmetic.loan_history import replay
from domain.arithmetic.schedule import Terms
from domain.money import Money
from domain.records.payment import Way

LoanState = Literal[
    "submitted",  # waits for its guarantors
    "guaranteed",  # waits for the officers
    "approved",  # waits to be paid out
    "rejected",
    "withdrawn",
    "expired",
    "disbursing",
    "active",
    "closed",
    "overpaid",
    "written_off",
    "recovered",
]
LoanPurpose = Literal["business", "school", "health", "food", "home", "other"]
GuaranteeState = Literal["asked", "accepted", "declined", "ended"]

ASKED_FOR: Final[tuple[LoanState, ...]] = ("submitted", "guaranteed", "approved", "disbursing")
OWED: Final[tuple[LoanState, ...]] = ("active", "written_off")
# A member has at most so many of these at once as the constitution says.
UNDER_WAY: Final[tuple[LoanState, ...]] = (*ASKED_FOR, "active")
PAID_OUT: Final[tuple[LoanState, ...]] = ("active", "closed", "overpaid", "written_off", "recovered")


@dataclass(frozen=True, slots=True)
class Guarantee:
    """A member who stands for a part of a loan with their savings; `called` of it, in minor units, was taken."""

    person: str
    amount: Money
    state: GuaranteeState = "asked"
    called: int = 0


@dataclass(frozen=True, slots=True)
class LoanBefore:
    """What a loan was in the group's own book, before the group moved in: its number, what was lent, and when."""

    number: str
    lent: Money
    lent_on: date


@dataclass(frozen=True, slots=True)
class Loan:
    """
    `terms` start on the day it is paid out; before that, on the day it was asked for. `rescheduled` are those it
    went on under later. `rules` are the product's as they were when it was asked for, whatever the constitution
    says later.

    `repayments` are all that ever came in, the reversed ones too, in the order they were written down: how the
    loan stands is worked out from them. `entries` are the references of the entries in force in the book, by the
    reference of the repayment, or WRITE_OFF. `outstanding` is the principal that the books hold, in minor units.

    `brought_forward` is what was late already when its terms began, of a loan that the group brought with it.

    `waivers` are the interest and penalties that the officers let its borrower off.

    `multiple` is how many times one's savings the group lent when it was asked for; None where it was not kept.

    `purpose` is what the borrower said it is for; None where nobody was asked. `before` is of a loan that the
    group brought with it.

    `oldest_unpaid` is the day from which it is late, past or to come, as of the last payment; no day that passes
    changes it. `decided_on` is when the officers said yes or no. `version` grows with each change.
    """

    id: str
    ref: str
    group: str
    person: str
    terms: Terms
    rules: RepaymentRules
    fee: Money
    way: Way
    state: LoanState
    asked_at: datetime
    guarantees: tuple[Guarantee, ...] = ()
    proposal: str = ""
    decided_on: date | None = None
    disbursed_on: date | None = None
    rescheduled: tuple[Terms, ...] = ()
    repayments: tuple[Repayment, ...] = ()
    entries: Mapping[str, str] = field(default_factory=dict)
    outstanding: int = 0
    oldest_unpaid: date | None = None
    written_off_on: date | None = None
    version: int = 0
    multiple: Fraction | None = None
    brought_forward: BroughtForward | None = None
    waivers: tuple[Waiver, ...] = ()
    purpose: LoanPurpose | None = None
    before: LoanBefore | None = None

    @property
    def amount(self) -> Money:
        """What is lent."""
        return self.terms.principal

    @property
    def pay(self) -> Money:
        """What the borrower gets: the loan, less the fee."""
        return self.amount - self.fee

    @property
    def owed(self) -> Money:
        """The principal that the book holds; zero before it is paid out and after it is written off."""
        return Money(self.outstanding, self.amount.currency)

    @property
    def in_force(self) -> Terms:
        """The terms that it goes on under."""
        return (self.terms, *self.rescheduled)[-1]

    def standing(self, today: date) -> Standing:
        """How it stands at the end of `today`, or of a later day that something is already written down for."""
        agreements = (self.terms, *self.rescheduled)
        days = [today, *(repayment.day for repayment in self.repayments), *(terms.start for terms in agreements)]
        days += [waiver.day for waiver in self.waivers]
        if self.written_off_on:
            days.append(self.written_off_on)
        return replay(
            agreements,
            self.repayments,
            max(days),
            self.rules,
            self.written_off_on,
            self.brought_forward,
            self.waivers,
        )

    def as_of(self, day: date) -> "Loan":
        """The same without what is dated later than `day`: how it was then, as far as is known today."""
        written_off = self.written_off_on
        return replace(
            self,
            rescheduled=tuple(each for each in self.rescheduled if each.start <= day),
            repayments=tuple(each for each in self.repayments if each.day <= day),
            waivers=tuple(each for each in self.waivers if each.day <= day),
            written_off_on=written_off if written_off and written_off <= day else None,
        )

    @property
    def accepted(self) -> list[Pledge]:
        """The guarantees of those who said yes."""
        return [
            Pledge(each.person, each.amount, Money(each.called, each.amount.currency))
            for each in self.guarantees
            if each.state == "accepted"
        ]

    def locked(self, person: str) -> Money:
        """The savings of this guarantor that stand for it: all they said yes to until it is paid out."""
        outstanding = self.amount if self.state in ASKED_FOR else self.owed
        locked = [each.locked(self.amount, outstanding) for each in self.accepted if each.guarantor == person]
        return sum(locked, Money(0, self.amount.currency))
