"""
How payments are split over a loan's schedule, and how the loan stands after them.

What was paid is not kept line by line: it is worked out anew from the schedule and all payments, in the order of
their days. So one that is entered late, or taken back, changes what came after it as if it had always been so.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, timedelta
from fractions import Fraction
from itertools import takewhile
from typing import Final, Literal

from domain.money import Money
from domain.schedules import Instalment, Schedule, Terms

Part = Literal["penalty", "fee", "interest", "principal"]
Surplus = Literal["instalments", "principal", "credit"]

PARTS: Final[tuple[Part, ...]] = ("penalty", "fee", "interest", "principal")


class BadRules(ValueError):
    """Rules of repayment that no product can have; the message says which."""


class BadRepayment(ValueError):
    """A payment that this loan cannot have had; the message says why."""


@dataclass(frozen=True, slots=True)
class Rules:
    """
    A loan product's rules of repayment.

    A payment goes to the oldest instalment first, and inside of it in the `order` of its parts. It pays what is
    due, and the instalment of the period it is made in. What is left of it is `surplus`, and goes

    - to the next `instalments`, whose interest stays as it was agreed;
    - to the `principal` of the last ones, so that the loan ends sooner, and interest that is on what is still owed
      falls from the next period on: a period that has begun keeps its own;
    - to the member's `credit`, where it stays until it is used in another payment.

    What is still left when nothing more can be paid is credit too.

    `fee_minor` comes with each instalment. One of which something is unpaid when `penalty_days` have passed since
    its day costs `penalty`, a part of what is unpaid, once. All penalties of a loan stay within `penalty_cap`, a
    part of what was lent. Lateness costs nothing else: interest is not more for it.

    Raises BadRules when a number is out of its range or a part is missing from the order.
    """

    order: tuple[Part, ...] = PARTS
    surplus: Surplus = "instalments"
    fee_minor: int = 0
    penalty: Fraction = Fraction(2, 100)
    penalty_days: int = 5
    penalty_cap: Fraction = Fraction(10, 100)

    def __post_init__(self) -> None:
        if sorted(self.order) != sorted(PARTS):
            raise BadRules(f"the order names each of {', '.join(PARTS)} once")
        if self.fee_minor < 0 or self.penalty_days < 0:
            raise BadRules("a fee and the days before a penalty are not below zero")
        if not 0 <= self.penalty <= 1 or not 0 <= self.penalty_cap <= 1:
            raise BadRules("a penalty and its cap are parts, from 0 to 1")


DEFAULT: Final = Rules()


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
class Piece:
    """So much of a payment went to one part of the instalment with this number."""

    number: int
    part: Part
    amount: Money


@dataclass(frozen=True, slots=True)
class Allocation:
    """Where a payment went: its pieces and the credit add up to it. One that was reversed went nowhere."""

    repayment: Repayment
    pieces: tuple[Piece, ...]
    credit: Money


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
class Line:
    """An instalment as it stands: all that it costs, and what was paid of it."""

    number: int
    due: date
    owed: Parts
    paid: Parts

    @property
    def unpaid(self) -> Parts:
        """What is still to be paid, due or not; no part is below zero."""
        return self.owed - self.paid


@dataclass(frozen=True, slots=True)
class Standing:
    """How a loan stands at the end of a day: its instalments, and every payment so far in the order of days."""

    today: date
    lines: tuple[Line, ...]
    allocations: tuple[Allocation, ...]
    credit: Money  # paid beyond what could be, and the borrower's

    @property
    def outstanding(self) -> Money:
        """The principal that is not paid back."""
        return sum((line.unpaid.principal for line in self.lines), self._nothing)

    @property
    def due(self) -> Money:
        """What was to be paid by today, penalties too, and is not."""
        return sum((line.unpaid.total for line in self.lines if line.due <= self.today), self._nothing)

    @property
    def oldest_unpaid(self) -> date | None:
        """The day of the first instalment that is not paid in full, past or to come; None when all are."""
        return next((line.due for line in self.lines if line.unpaid.total), None)

    @property
    def _nothing(self) -> Money:
        return Money(0, self.credit.currency)


def replay(schedule: Schedule, repayments: Iterable[Repayment], today: date, rules: Rules = DEFAULT) -> Standing:
    """
    Work out how a loan stands at the end of `today`, from every payment it ever had, given in any order.

    A reversed payment keeps its place among the others and moves nothing. Where it had gone before it was reversed
    is in the book, whose entries stay.

    Raises BadRepayment for one before the loan, after today, in another currency, or with another's reference.
    """
    in_order = sorted(repayments, key=lambda repayment: (repayment.day, repayment.reference))
    _check(schedule.terms, in_order, today)
    loan = _Loan(schedule.terms, rules, _lines(schedule, rules))
    allocations = [loan.take(repayment) for repayment in in_order]
    loan.charge_penalties(today)
    currency = schedule.terms.principal.currency
    credit = sum((allocation.credit for allocation in allocations), Money(0, currency))
    return Standing(today, tuple(line.frozen(currency) for line in loan.lines), tuple(allocations), credit)


def _check(terms: Terms, repayments: list[Repayment], today: date) -> None:
    references = set()
    for repayment in repayments:
        if not terms.start <= repayment.day <= today:
            raise BadRepayment(f"{repayment.reference}: a payment is from {terms.start} to {today}")
        if repayment.amount.currency != terms.principal.currency:
            raise BadRepayment(f"{repayment.reference}: the loan is in {terms.principal.currency}")
        if repayment.reference in references:
            raise BadRepayment(f"{repayment.reference} is there twice")
        references.add(repayment.reference)


@dataclass(slots=True)
class _Line:
    """
    An instalment while payments are replayed, in minor units.

    Its period is from `start` to `due`; `opening` is the principal that was agreed to be owed then.
    """

    number: int
    start: date
    due: date
    opening: int
    owed: dict[Part, int]
    paid: dict[Part, int] = field(default_factory=lambda: dict.fromkeys(PARTS, 0))

    def unpaid(self, part: Part) -> int:
        return self.owed[part] - self.paid[part]

    def frozen(self, currency: str) -> Line:
        owed, paid = (
            Parts(**{part: Money(amounts[part], currency) for part in PARTS}) for amounts in (self.owed, self.paid)
        )
        return Line(self.number, self.due, owed, paid)


def _lines(schedule: Schedule, rules: Rules) -> list[_Line]:
    """The instalments with nothing paid. A line that rounding left without a loan to pay has no fee either."""
    lines, start, opening = [], schedule.terms.start, schedule.terms.principal.minor
    for instalment in schedule.instalments:
        lines.append(_Line(instalment.number, start, instalment.due, opening, _owed(instalment, opening, rules)))
        start, opening = instalment.due, instalment.balance.minor
    return lines


def _owed(instalment: Instalment, opening: int, rules: Rules) -> dict[Part, int]:
    return {
        "penalty": 0,
        "fee": rules.fee_minor if opening else 0,
        "interest": instalment.interest.minor,
        "principal": instalment.principal.minor,
    }


@dataclass(slots=True)
class _Loan:
    """A loan while its payments are replayed, one after another."""

    terms: Terms
    rules: Rules
    lines: list[_Line]
    early: int = 0  # principal paid as a surplus, in minor units
    judged: int = 0  # so many lines have had their only chance of a penalty
    penalties: int = 0

    def take(self, repayment: Repayment) -> Allocation:
        """Split a payment, which is none older than those before it."""
        currency = repayment.amount.currency
        if repayment.reversed:
            return Allocation(repayment, (), Money(0, currency))
        self.charge_penalties(repayment.day)
        split = _Split(repayment.amount.minor)
        # Somebody who pays three days before the day means the instalment, not a surplus.
        split.pay((line for line in self.lines if line.start < repayment.day), self.rules.order)
        if self.rules.surplus == "principal":
            before = split.left
            split.pay(reversed(self.lines), ("principal",))
            self._pay_early(before - split.left, repayment.day)
        if self.rules.surplus != "credit":
            split.pay(self.lines, self.rules.order)
        pieces = tuple(Piece(number, part, Money(minor, currency)) for number, part, minor in split.pieces)
        return Allocation(repayment, pieces, Money(split.left, currency))

    def charge_penalties(self, today: date) -> None:
        """Charge the lines whose days of grace are over by today, before anything that was paid today."""
        grace = timedelta(days=self.rules.penalty_days)
        cap = self.terms.principal.minor * self.rules.penalty_cap // 1
        for line in takewhile(lambda line: line.due + grace < today, self.lines[self.judged :]):
            unpaid = sum(line.unpaid(part) for part in PARTS)  # no penalty among them yet: a line has one chance
            line.owed["penalty"] = min(round(unpaid * self.rules.penalty), cap - self.penalties)
            self.penalties += line.owed["penalty"]
            self.judged += 1

    def _pay_early(self, minor: int, day: date) -> None:
        """Take from the periods to come what they no longer cost; flat interest is on the whole loan and stays."""
        self.early += minor
        for line in self.lines if minor else []:
            if line.start < day:
                continue
            balance = max(0, line.opening - self.early)
            if self.terms.method != "flat":
                line.owed["interest"] = round(balance * _rate(self.terms, line))
            if not balance:
                line.owed["fee"] = 0


def _rate(terms: Terms, line: _Line) -> Fraction:
    """What the line's period costs, as a part of the balance: as in the schedule."""
    if terms.daily:
        return terms.rate.yearly(terms.every) * (line.due - line.start).days / 365
    return terms.rate.of_period(terms.every)


@dataclass(slots=True)
class _Split:
    """A payment while it is split: what is left of it, and its pieces, in minor units."""

    left: int
    pieces: list[tuple[int, Part, int]] = field(default_factory=list)

    def pay(self, lines: Iterable[_Line], order: Iterable[Part]) -> None:
        """Pay the parts of the lines, one after another, as far as it goes."""
        for line, part in ((line, part) for line in lines for part in order):
            if not self.left:
                return
            if minor := min(self.left, line.unpaid(part)):
                line.paid[part] += minor
                self.left -= minor
                self.pieces.append((line.number, part, minor))
