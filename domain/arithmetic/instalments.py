"""How payments are split over a loan's instalments: a product's rules, and how the loan stands after them."""

from dataclasses import dataclass
from datetime import date
from fractions import Fraction
from typing import Final, Literal

from domain.errors import BadValue
from domain.money import Money

InstalmentPart = Literal["penalty", "fee", "interest", "principal"]
Waivable = Literal["interest", "penalty"]
Surplus = Literal["instalments", "principal", "credit"]

PARTS: Final[tuple[InstalmentPart, ...]] = ("penalty", "fee", "interest", "principal")


class BadRules(BadValue):
    """Rules of repayment that no product can have; the message says which."""


class BadRepayment(BadValue):
    """A payment that this loan cannot have had; the message says why."""


class BadWaiver(BadValue):
    """A waiver of nothing."""


class BadBroughtForward(BadValue):
    """What no loan can have been late with; the message says why."""


@dataclass(frozen=True, slots=True)
class RepaymentRules:
    """
    A loan product's rules of repayment.

    A payment goes to the oldest instalment first, and inside of it in the `order` of its parts. It pays what is
    due, and the instalment of the period it is made in. What is left of it is `surplus`, and goes

    - to the next `instalments`, whose interest stays as it was agreed;
    - to the `principal` of the last ones, so that the loan ends sooner, and interest that is on what is still owed
      falls from the next period on: a period that has begun keeps its own;
    - to the member's `credit`, where it stays until it is used in another payment.

    What is still left when nothing more can be paid is credit too.

    A payment that is enough to end the loan ends it, whatever the surplus is for: it pays all that is owed of the
    periods that have begun, and the principal of the others. Their interest and fees are not owed any more, and
    what was paid of them ahead counts. A product that `keeps_interest` has all of it paid, however early.

    `fee_minor` comes with each instalment. One of which something is unpaid when `penalty_days` have passed since
    its day costs `penalty`, a part of what is unpaid, once. All penalties of a loan stay within `penalty_cap`, a
    part of what was lent. Lateness costs nothing else: interest is not more for it. A roll-over has no penalties,
    since what is late costs another charge, and its further periods have no fee.

    Raises BadRules when a number is out of its range or a part is missing from the order.
    """

    order: tuple[InstalmentPart, ...] = PARTS
    surplus: Surplus = "instalments"
    fee_minor: int = 0
    penalty: Fraction = Fraction(2, 100)
    penalty_days: int = 5
    penalty_cap: Fraction = Fraction(10, 100)
    keeps_interest: bool = False

    def __post_init__(self) -> None:
        if sorted(self.order) != sorted(PARTS):
            raise BadRules(f"the order names each of {', '.join(PARTS)} once")
        if self.fee_minor < 0 or self.penalty_days < 0:
            raise BadRules("a fee and the days before a penalty are not below zero")
        if not 0 <= self.penalty <= 1 or not 0 <= self.penalty_cap <= 1:
            raise BadRules("a penalty and its cap are parts, from 0 to 1")
        if self.keeps_interest and self.surplus == "principal":
            raise BadRules("interest that is kept whole does not fall with what is paid early")


DEFAULT_REPAYMENT: Final = RepaymentRules()


@dataclass(frozen=True, slots=True)
class Repayment:
    """
    Money that came in for a loan on a day; `reference` is its own, and orders payments of the same day.

    Raises BadRepayment when the amount is not above zero.
    """

    reference: str
    day: date
    amount: Money
    reversed: bool = False

    def __post_init__(self) -> None:
        if self.amount.minor <= 0:
            raise BadRepayment(f"{self.reference}: a payment is above zero")


@dataclass(frozen=True, slots=True)
class Waiver:
    """
    So much of the interest, or of the penalties, that was due and unpaid on a day is not owed any more, the oldest
    first. It comes before the payments of its day: what is paid that day goes to what is left. `reference` is its
    own, and orders those of a day.

    Raises BadWaiver when the amount is not above zero.
    """

    reference: str
    day: date
    part: Waivable
    amount: Money

    def __post_init__(self) -> None:
        if self.amount.minor <= 0:
            raise BadWaiver(f"{self.reference}: a waiver is above zero")


@dataclass(frozen=True, slots=True)
class BroughtForward:
    """
    What was owed already of a loan whose terms begin in the middle of it, as of one that another book held before.

    It is due on `late_since`, long ago or at the latest with the first instalment: the `interest` and the
    `penalty` besides the terms, and so much of their
    `principal`. It is paid before all else, and costs no more penalties.

    Raises BadBroughtForward when a part is below zero or nothing was late, and CurrencyMismatch.
    """

    late_since: date
    interest: Money
    penalty: Money
    principal: Money

    def __post_init__(self) -> None:
        if min(self.interest.minor, self.penalty.minor, self.principal.minor) < 0 or not self.total:
            raise BadBroughtForward("no part that is brought forward is below zero, and something was late")

    @property
    def total(self) -> Money:
        return self.penalty + self.interest + self.principal


@dataclass(frozen=True, slots=True)
class Piece:
    """
    So much of a payment went to one part of the instalment with this number.

    It is below zero for interest or a fee that was paid ahead for a period that never began: with the payment
    that ends the loan early, it goes where it is owed.
    """

    number: int
    part: InstalmentPart
    amount: Money


@dataclass(frozen=True, slots=True)
class Allocation:
    """
    Where a payment went: its pieces, the credit and the recovery add up to it. One that was reversed went nowhere.

    A `recovery` came in after the loan was written off: it pays no part of it, and is the group's income.
    """

    repayment: Repayment
    pieces: tuple[Piece, ...]
    credit: Money
    recovery: Money


@dataclass(frozen=True, slots=True)
class Parts:
    """An amount of an instalment by what it is for."""

    penalty: Money
    fee: Money
    interest: Money
    principal: Money

    @property
    def total(self) -> Money:
        return self.penalty + self.fee + self.interest + self.principal

    def __sub__(self, other: "Parts") -> "Parts":
        return Parts(
            self.penalty - other.penalty,
            self.fee - other.fee,
            self.interest - other.interest,
            self.principal - other.principal,
        )


@dataclass(frozen=True, slots=True)
class StandingLine:
    """
    An instalment as it stands: all that it costs, and what was paid of it. Number 0 is what was brought forward.

    Of the principal that was due with it, `moved` went on to later lines, by rolling over or under new terms. What
    rolled over was `agreed` to be paid back on an earlier day than it is due now; else both days are the same.
    """

    number: int
    due: date
    agreed: date
    owed: Parts
    paid: Parts
    moved: Money

    @property
    def unpaid(self) -> Parts:
        """What is still to be paid, due or not; no part is below zero."""
        return self.owed - self.paid

    @property
    def late_from(self) -> date | None:
        """The day after which what is unpaid is late; None when all is paid."""
        if self.unpaid.principal:
            return self.agreed
        return self.due if self.unpaid.total else None


@dataclass(frozen=True, slots=True)
class Standing:
    """
    How a loan stands at the end of a day: its instalments, and every payment so far in the order of days.

    A loan that was `written_off` stays as it was at the end of that day, but for what was recovered since.
    """

    today: date
    lines: tuple[StandingLine, ...]
    allocations: tuple[Allocation, ...]
    credit: Money  # paid beyond what could be, and the borrower's
    written_off: date | None = None

    @property
    def lent(self) -> Money:
        """The principal, paid back or not."""
        return sum((line.owed.principal for line in self.lines), self._nothing)

    @property
    def outstanding(self) -> Money:
        """The principal that is not paid back."""
        return sum((line.unpaid.principal for line in self.lines), self._nothing)

    @property
    def recovered(self) -> Money:
        """What came in after the loan was written off, but for the credit."""
        return sum((allocation.recovery for allocation in self.allocations), self._nothing)

    @property
    def unpaid(self) -> Money:
        """What the borrower still owes, due or not."""
        return sum((line.unpaid.total for line in self.lines), -self.recovered)

    @property
    def due(self) -> Money:
        """What was to be paid by today, penalties too, and is not. A recovery is of the oldest first."""
        unpaid = sum((line.unpaid.total for line in self.lines if line.due <= self.today), self._nothing)
        return max(self._nothing, unpaid - self.recovered)

    def waivable(self, part: Waivable) -> Money:
        """What is due and unpaid of the interest or the penalties; nothing once it was written off."""
        if self.written_off:
            return self._nothing
        unpaid = (getattr(line.unpaid, part) for line in self.lines if line.due <= self.today)
        return sum(unpaid, self._nothing)

    @property
    def oldest_unpaid(self) -> date | None:
        """The day of the first instalment that is not paid in full, past or to come; None when all are."""
        return min((line.late_from for line in self.lines if line.late_from), default=None)

    @property
    def _nothing(self) -> Money:
        return Money(0, self.credit.currency)
