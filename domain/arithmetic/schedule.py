"""
A loan's schedule: every instalment, before anyone agrees to it.

Rates are exact fractions, amounts whole minor units. Nothing is rounded on the way to a figure, and each figure is
rounded once, half to even. The last line takes what rounding left, so the principal adds up to the loan exactly.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from fractions import Fraction
from itertools import accumulate, pairwise
from math import lcm
from operator import sub
from typing import Final, Literal

from domain.arithmetic.periods import Calendar, Every, due_dates
from domain.arithmetic.rates import Rate, effective_yearly_percent
from domain.errors import BadValue
from domain.money import MINOR_MAX, Money

Method = Literal["flat", "declining-instalment", "declining-principal", "roll-over"]
ChargeOn = Literal["balance", "loan"]

PERIODS_MAX: Final = 360  # thirty years of months

# Outside of these a year is a slip of the finger.
_FIRST_YEAR, _LAST_YEAR = 1900, 2200


class BadTerms(BadValue):
    """Terms that no loan can have; the message says which."""


@dataclass(frozen=True, slots=True)
class PlannedLine:
    """An instalment agreed elsewhere, to the coin: when it is due, and what is to be paid of each part."""

    due: date
    principal: Money
    interest: Money


@dataclass(frozen=True, slots=True)
class Terms:
    """
    What a borrower is asked to agree to: `principal` lent on `start`, paid back in `periods` lines.

    - `flat`: interest on the whole loan for each period, in equal parts.
    - `declining-instalment`: interest on what is still owed; every payment the same.
    - `declining-principal`: interest on what is still owed; every payment pays back the same.
    - `roll-over`: a charge for each period on what is owed as it begins, after what was paid that day, or on the
      whole loan as long as any of it is owed: `charge_on` says which. All of the loan is paid back with the last
      period; what is not rolls on, and costs a charge for each further one. There is no charge on unpaid charges.

    `unit`: the smallest coin, in minor units. Interest is in multiples of it, and so is the last line, which
    takes the rest, when the loan is. `step`: instalments are in multiples of so many minor units, that are
    multiples of the unit too. `grace`: so many lines come first that pay only interest. `daily`: interest is by
    the days of each period and the yearly rate, not by the period. An instalment is due when its period ends, or
    on the day the `calendar` moves that to; interest is the same.

    `plan`: the lines of a loan that another book held before, as they were agreed there. Nothing is worked out
    then but what changes them later: a payment ahead, or a period that rolls over.

    Raises BadTerms when a number is out of its range, for `flat` interest by the day, which is not on a balance,
    for a charge on the whole loan with a method that has no charges, and for a plan of another length or size.
    """

    principal: Money
    rate: Rate
    periods: int
    every: Every
    method: Method
    start: date
    step: int = 1
    grace: int = 0
    daily: bool = False
    charge_on: ChargeOn = "balance"
    calendar: Calendar = Calendar()
    unit: int = 1
    plan: tuple[PlannedLine, ...] = ()

    def __post_init__(self) -> None:
        if not 0 < self.principal.minor <= MINOR_MAX:
            raise BadTerms(f"a loan is above zero and at most {Money(MINOR_MAX, self.principal.currency)}")
        if not 1 <= self.periods <= PERIODS_MAX:
            raise BadTerms(f"a loan has from 1 to {PERIODS_MAX} periods, not {self.periods}")
        if not 1 <= self.step <= MINOR_MAX:
            raise BadTerms("instalments are in multiples of an amount above zero")
        if not 1 <= self.unit <= MINOR_MAX:
            raise BadTerms("what is payable is in multiples of an amount above zero")
        if not 0 <= self.grace < self.periods:
            raise BadTerms(f"the grace on principal is from 0 to {self.periods - 1} periods, not {self.grace}")
        if not _FIRST_YEAR <= self.start.year <= _LAST_YEAR:
            raise BadTerms(f"a loan starts from {_FIRST_YEAR} to {_LAST_YEAR}, not in {self.start.year}")
        if self.daily and self.method == "flat":
            raise BadTerms("flat interest is on the whole loan for whole periods: it is not counted by the day")
        if self.charge_on == "loan" and self.method != "roll-over":
            raise BadTerms("only a roll-over has a charge on the whole loan in each period")
        if self.plan and len(self.plan) != self.periods:
            raise BadTerms(f"a plan has a line for each of {self.periods} periods, not {len(self.plan)}")
        if sum(line.principal.minor for line in self.plan) > self.principal.minor:
            raise BadTerms("a plan pays back no more than was lent")

    @property
    def multiple(self) -> int:
        """Instalments are in multiples of so many minor units: of a step, in amounts that can be paid."""
        return lcm(self.step, self.unit)

    def period_rate(self, first: date, last: date) -> Fraction:
        """What a period costs, as a part of the balance. By the day a year has 365 of them, in leap years too."""
        if not self.daily:
            return self.rate.of_period(self.every)
        return self.rate.yearly(self.every) * (last - first).days / 365


@dataclass(frozen=True, slots=True)
class Instalment:
    """
    A line of the schedule; `number` counts from 1, `balance` is the principal still owed after it.

    `rate` is what its period costs, as a part of a balance.
    """

    number: int
    due: date
    rate: Fraction
    principal: Money
    interest: Money
    balance: Money

    @property
    def payment(self) -> Money:
        """What the borrower pays on the day."""
        return self.principal + self.interest


@dataclass(frozen=True, slots=True)
class Schedule:
    """The whole of it: as many instalments as the loan has periods."""

    terms: Terms
    instalments: tuple[Instalment, ...]

    @property
    def total_interest(self) -> Money:
        """What the loan costs."""
        return self.total_payment - self.terms.principal

    @property
    def total_payment(self) -> Money:
        """What the borrower pays in all."""
        return sum((line.payment for line in self.instalments), Money(0, self.terms.principal.currency))

    @property
    def effective_yearly_percent(self) -> Decimal:
        """What the loan costs a year, by the dates and amounts really paid, to a hundredth of a percent."""
        paid = [(line.due, line.payment.minor) for line in self.instalments]
        return effective_yearly_percent(self.terms.principal.minor, self.terms.start, paid)


def schedule(terms: Terms) -> Schedule:
    """
    Work a loan out: a line for each period.

    A roll-over is shown as it goes when each charge is paid on its day: a charge for each period, and the loan
    itself with the last one.
    """
    if terms.plan:
        return Schedule(terms, tuple(_planned(terms)))
    currency, lent = terms.principal.currency, terms.principal.minor
    ends = due_dates(terms.start, terms.every, terms.periods)
    rates = [terms.period_rate(first, last) for first, last in pairwise([terms.start, *ends])]
    principals = _principals(terms, rates)
    _, *after = accumulate(principals, sub, initial=lent)
    if terms.method == "flat":
        interest = lent * terms.rate.of_period(terms.every) * terms.periods
        interests = _spread(interest, terms.periods, terms.unit, unit=terms.unit)
    else:
        balances = zip([lent, *after[:-1]], rates, strict=True)
        interests = [to_multiple(balance * rate, terms.unit) for balance, rate in balances]
    lines = zip(ends, rates, principals, interests, after, strict=True)
    return Schedule(
        terms,
        tuple(
            Instalment(number, terms.calendar.move(end), rate, *(Money(minor, currency) for minor in amounts))
            for number, (end, rate, *amounts) in enumerate(lines, start=1)
        ),
    )


def _planned(terms: Terms) -> Iterator[Instalment]:
    """The lines that were agreed elsewhere; a period costs what its days, or its length, make it cost."""
    first, balance = terms.start, terms.principal
    for number, line in enumerate(terms.plan, start=1):
        balance -= line.principal
        rate = terms.period_rate(first, line.due)
        yield Instalment(number, line.due, rate, line.principal, line.interest, balance)
        first = line.due


def _principals(terms: Terms, rates: list[Fraction]) -> list[int]:
    """What each line pays back, in minor units; together they are the loan."""
    lent, paying = terms.principal.minor, terms.periods - terms.grace
    match terms.method:
        case "flat" | "declining-principal":
            return [0] * terms.grace + _spread(Fraction(lent), paying, terms.multiple, unit=1)
        case "declining-instalment":
            return [0] * terms.grace + _after_interest(terms, rates[terms.grace :])
        case "roll-over":
            return [0] * (terms.periods - 1) + [lent]


def _spread(total: Fraction, lines: int, step: int, *, unit: int) -> list[int]:
    """
    Split a total, rounded to `unit`, into equal parts, each rounded to `step`; the last takes the remainder.

    Where rounding up would use the total up too soon, the lines that are left have nothing: no part is below zero.
    """
    part, left = to_multiple(total / lines, step), to_multiple(total, unit)
    parts = []
    for _ in range(lines - 1):
        parts.append(min(part, left))
        left -= parts[-1]
    return [*parts, left]


def _after_interest(terms: Terms, rates: list[Fraction]) -> list[int]:
    """
    What an equal payment leaves for the principal after the interest on what is owed; the last takes the rest.

    A payment that was rounded below the interest pays the interest and nothing back; the loan never grows. One
    that was rounded up may pay the loan off early, and then the lines that are left have nothing to pay.
    """
    balance = terms.principal.minor
    payment = to_multiple(annuity(balance, terms.rate.of_period(terms.every), len(rates)), terms.multiple)
    parts = []
    for rate in rates[:-1]:
        parts.append(min(max(0, payment - to_multiple(balance * rate, terms.unit)), balance))
        balance -= parts[-1]
    return [*parts, balance]


def annuity(principal: int, rate: Fraction, periods: int) -> Fraction:
    """
    The equal payment that pays `principal` off at `rate` a period, exactly: P·r / (1 − (1 + r)^−n).

    In fractions, not decimals: at 360 periods they are some thousand digits long, and still take well under a
    millisecond. Source: the present value of an annuity, solved for the payment; a spreadsheet's PMT.
    """
    if rate == 0:
        return Fraction(principal, periods)
    growth = (1 + rate) ** periods
    return principal * rate * growth / (growth - 1)


def to_multiple(amount: Fraction, step: int) -> int:
    """The nearest multiple of `step`, half to even: what `round` does with a fraction."""
    return round(amount / step) * step
