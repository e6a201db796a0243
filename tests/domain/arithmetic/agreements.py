"""Agreements by which the life of a loan is tried, and what stands of it on a day."""

from dataclasses import replace
from datetime import date
from fractions import Fraction

from domain.arithmetic.instalments import BroughtForward, Standing, StandingLine
from domain.arithmetic.rates import Rate
from domain.arithmetic.schedule import Terms
from domain.money import Money
from tests.domain.loans.lending import START
from tests.money import ugx

# Due on 2 February, 2 March and 30 March: three times 400, with interest of 120, 80 and 40.
AGREED = Terms(ugx(1_200), Rate(Fraction(10), "period"), 3, "4weeks", "declining-principal", START)

# Due on 2 February, with a charge of 10,000.
ROLLING = Terms(ugx(100_000), Rate(Fraction(10), "period"), 1, "4weeks", "roll-over", START)

# Two lines from 16 February, due on 16 March and 13 April, for what is outstanding then.
EASIER = replace(AGREED, principal=ugx(800), periods=2, start=date(2026, 2, 16))

# Late since 10 October: interest of 30, a penalty of 5, and 300 of the 1,200.
LATE = BroughtForward(date(2025, 10, 10), ugx(30), ugx(5), ugx(300))


def figures(standing: Standing) -> list[tuple[int, str, int, int, int, int]]:
    """Of each line its number, its day, interest and principal owed, interest and principal paid."""
    return [
        (
            line.number,
            f"{line.due:%d %b}",
            line.owed.interest.minor,
            line.owed.principal.minor,
            line.paid.interest.minor,
            line.paid.principal.minor,
        )
        for line in standing.lines
    ]


def amounts(standing: Standing) -> tuple[tuple[StandingLine, ...], Money, Money]:
    """Where the money is, whatever payments it came in."""
    return standing.lines, standing.credit, standing.recovered
