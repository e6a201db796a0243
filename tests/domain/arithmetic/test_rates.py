"""Rates: read in one way, turned from month to week exactly, and what a loan really costs a year."""

from datetime import date, timedelta
from decimal import Decimal, localcontext
from fractions import Fraction
from itertools import accumulate

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.arithmetic.periods import PERIODS_A_YEAR, Every
from domain.arithmetic.rates import BadRate, Per, Rate, effective_yearly_percent, parse_rate

START = date(2025, 1, 1)


@pytest.mark.parametrize(
    ("typed", "percent"),
    [
        ("2", Fraction(2)),
        ("2.5", Fraction(5, 2)),
        ("0", Fraction(0)),
        ("0.000001", Fraction(1, 10**6)),
        ("1000", 1000),
    ],
)
def test_a_percentage_is_read_exactly(typed: str, percent: Fraction) -> None:
    assert parse_rate(typed, "month") == Rate(Fraction(percent), "month")


@pytest.mark.parametrize(
    "typed",
    [
        "",
        "2,5",
        "2%",
        "-2",
        "+2",
        ".5",
        "2.",
        "1e1",
        "NaN",
        "inf",
        "1/2",
        " 2",
        "1000.000001",
        "1001",
        "0.0000001",
        "२",
    ],
)
def test_any_other_percentage_is_refused(typed: str) -> None:
    with pytest.raises(BadRate):
        parse_rate(typed, "month")


@pytest.mark.parametrize(
    ("per", "every", "part"),
    [
        ("month", "month", Fraction(6, 100)),
        ("year", "month", Fraction(6, 1200)),
        ("period", "month", Fraction(6, 100)),
        ("month", "week", Fraction(6 * 12, 5200)),
        ("month", "2weeks", Fraction(6 * 12 * 2, 5200)),
        ("month", "4weeks", Fraction(6 * 12 * 4, 5200)),
        ("year", "week", Fraction(6, 5200)),
        ("year", "4weeks", Fraction(6 * 4, 5200)),
        ("period", "4weeks", Fraction(6, 100)),
    ],
)
def test_a_year_is_twelve_months_or_fifty_two_weeks(per: Per, every: Every, part: Fraction) -> None:
    rate = Rate(Fraction(6), per)
    assert rate.of_period(every) == part
    assert rate.yearly(every) == part * PERIODS_A_YEAR[every]


@pytest.mark.parametrize(
    ("paid", "percent"),
    [
        ([(365, 11_000)], "10.00"),
        ([(365, 6_000), (730, 7_200)], "20.00"),  # 6,000 / 1.2 + 7,200 / 1.44 = 10,000
        ([(365, 10_000)], "0.00"),
        ([(7, 5_000), (14, 5_000)], "0.00"),
        ([(0, 0), (365, 0), (730, 14_400)], "20.00"),
        ([(73, 11_000)], "61.05"),  # 1.1^5 = 1.61051
        ([(365, 10_001)], "0.01"),
        ([(365, 2_000_000)], "19900.00"),
    ],
)
def test_the_effective_rate_makes_what_is_paid_worth_what_was_lent(
    paid: list[tuple[int, int]], percent: str
) -> None:
    dated = [(START + timedelta(days), minor) for days, minor in paid]
    assert str(effective_yearly_percent(10_000, START, dated)) == percent


@st.composite
def repayments(draw: st.DrawFn) -> tuple[int, list[tuple[int, int]]]:
    """What was lent, and the days since then and minor units of what was paid: up to elevenfold every week."""
    lent = draw(st.integers(1, 10**12))
    gaps = draw(st.lists(st.sampled_from([7, 14, 28, 29, 30, 31]), min_size=1, max_size=12))
    paid = [(days, draw(st.integers(0, 11 * lent))) for days in accumulate(gaps)]
    return lent, [*paid[:-1], (paid[-1][0], lent + paid[-1][1])]


@given(repayments())
def test_the_effective_rate_is_the_nearest_hundredth(repaid: tuple[int, list[tuple[int, int]]]) -> None:
    """Half a hundredth less and what was paid is worth more than the loan; half a hundredth more, and less."""
    lent, paid = repaid
    percent = effective_yearly_percent(lent, START, [(START + timedelta(days), minor) for days, minor in paid])
    with localcontext(prec=120):
        low, high = (
            sum(minor / (1 + (percent + half) / 100) ** (Decimal(days) / 365) for days, minor in paid)
            for half in (Decimal("-0.005"), Decimal("0.005"))
        )
        assert low >= lent >= high or (percent == 0 and lent >= high)
