"""Rates of interest: what is named for a month or a year, what one period costs, what a loan costs a year."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal, localcontext
from fractions import Fraction
from itertools import pairwise
from typing import Annotated, Final, Literal

from msgspec import Meta

from domain.arithmetic.periods import PERIODS_A_YEAR, Every
from domain.errors import BadValue

Per = Literal["month", "year", "period"]

# A decimal number as text; no screen has a wider one than the example.
DecimalText = Annotated[str, Meta(examples=["9999.99"])]

# Above the dearest lenders, and low enough that a rate meant as 12.5 and typed as 1250 is refused.
PERCENT_MAX: Final = 1000

_PERCENT: Final = re.compile(r"\d{1,4}(?:\.\d{1,6})?", re.ASCII)

# At PERCENT_MAX a week the yearly rate has sixty digits, and each of them decides on which side of it we are.
_DIGITS: Final = 80
_HALF: Final = Decimal("0.5")


class BadRate(BadValue):
    """Not a percentage that a loan may have."""


@dataclass(frozen=True, slots=True)
class Rate:
    """
    `percent` of what is owed, for each month, year or period, as an exact fraction: Rate(Fraction(5, 2), "month").

    Raises BadRate below 0 or above PERCENT_MAX.
    """

    percent: Fraction
    per: Per

    def __post_init__(self) -> None:
        if not 0 <= self.percent <= PERCENT_MAX:
            raise BadRate(f"a rate is from 0 to {PERCENT_MAX} percent")

    def yearly(self, every: Every) -> Fraction:
        """What a year costs, as a part of what is owed, uncompounded; `every` is the period meant by "period"."""
        a_year = {"year": 1, "month": 12, "period": PERIODS_A_YEAR[every]}[self.per]
        return self.percent / 100 * a_year

    def of_period(self, every: Every) -> Fraction:
        """
        What one period costs, as a part of what is owed, uncompounded.

        2 a month is 24 a year, so 24/52 a week: by weeks, four of them cost less than a month.
        """
        return self.yearly(every) / PERIODS_A_YEAR[every]


def parse_rate(text: str, per: Per) -> Rate:
    """Read a percentage as a decimal, "2" or "2.5", with at most six decimals. Raises BadRate."""
    if not _PERCENT.fullmatch(text):
        raise BadRate(f"{text!r} is no percentage: write it like 2 or 2.5")
    return Rate(Fraction(text), per)


def decimal_text(number: Fraction) -> DecimalText:
    """A decimal number without needless zeros: "2.5"; one without an end is cut."""
    return f"{(Decimal(number.numerator) / number.denominator).normalize():f}"


def effective_yearly_percent(lent: int, start: date, paid: Sequence[tuple[date, int]]) -> Decimal:
    """
    The effective yearly rate, in percent, to the nearest hundredth: 26.82.

    It is the X at which all that is paid was worth on the first day what was lent then:
    lent = sum of paid / (1 + X)^(days / 365). It compounds by the day, so that weeks and months compare.
    `paid` is each day and its minor units, in order of time, together not below `lent`.

    Source: the equation of Directive 2008/48/EC, Annex I, counting days as a spreadsheet's XIRR does.
    """
    days = [(day - before).days for before, day in pairwise([start, *(day for day, _ in paid)])]
    backwards = list(zip(reversed(days), (minor for _, minor in reversed(paid)), strict=True))
    with localcontext(prec=_DIGITS):
        # A higher rate makes what is paid worth less, so only one fits, and halving closes in on it. Its nearest
        # hundredth is the first that is not too low when half of one is added.
        too_low, enough = -1, 1
        while _worth(backwards, enough + _HALF) > lent:
            too_low, enough = enough, enough * 2
        while enough - too_low > 1:
            middle = (too_low + enough) // 2
            if _worth(backwards, middle + _HALF) > lent:
                too_low = middle
            else:
                enough = middle
        return Decimal(enough).scaleb(-2)


def _worth(backwards: Iterable[tuple[int, int]], hundredths: Decimal) -> Decimal:
    """
    What payments were worth on the first day, in minor units, at a yearly rate in hundredths of a percent.

    From the last payment to the first: the days since the one before it, and its minor units.
    """
    a_day = (1 + hundredths.scaleb(-4)) ** (Decimal(-1) / 365)
    powers: dict[int, Decimal] = {}  # the same few distances come again and again, and a power is slow
    worth = Decimal(0)
    for days, minor in backwards:
        if days not in powers:
            powers[days] = a_day**days
        worth = (worth + minor) * powers[days]
    return worth
