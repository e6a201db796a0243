"""The dividend: what was on deposit for longer earned more, to the coin, and the tax is on what was earned."""

import random
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from domain.arithmetic.dividend import BadYear, Declared, Dividend, dividend
from domain.money import MINOR_MAX, CurrencyMismatch, Money

# Timings never decide.
runs = settings(max_examples=50)


def kes(minor: int) -> Money:
    return Money(minor, "KES")


# Eight percent on deposits, ten on share capital, five of a hundred for the state.
DECLARED = Declared(Fraction(8, 100), Fraction(10, 100), Fraction(5, 100))

parts = st.fractions(0, 1, max_denominator=1_000)
declarations = st.builds(Declared, parts, parts, parts)


def earned(opening: int, deposits: dict[int, int], capital: int = 0, declared: Declared = DECLARED) -> Dividend:
    by_month = {month: kes(minor) for month, minor in deposits.items()}
    return dividend(kes(opening), by_month, kes(capital), declared)


@st.composite
def years(draw: st.DrawFn) -> tuple[int, dict[int, int]]:
    """What a year began with, and what came in or went out, never more than there was."""
    opening = balance = draw(st.just(0) | st.integers(0, MINOR_MAX))
    deposits = {}
    for month in draw(st.sets(st.integers(1, 12)).map(sorted)):
        deposits[month] = draw(st.integers(-balance, 10**9))
        balance += deposits[month]
    return opening, deposits


@pytest.mark.parametrize(
    ("opening", "deposits", "capital", "figures"),
    [
        (0, {}, 0, (0, 0, 0)),
        (1_000_000, {}, 0, (80_000, 0, 4_000)),
        (0, {}, 200_000, (0, 20_000, 1_000)),
        (0, {1: 120_000}, 0, (9_600, 0, 480)),  # 12/12
        (0, {7: 120_000}, 0, (4_800, 0, 240)),  # 6/12
        (0, {12: 120_000}, 0, (800, 0, 40)),  # 1/12
        # 8 % of 100,000 + 12,000 x (12 + 11 + … + 1) / 12 = 178,000
        (100_000, dict.fromkeys(range(1, 13), 12_000), 50_000, (14_240, 5_000, 962)),
        # taken out in October, it earned for nine months
        (120_000, {10: -120_000}, 0, (7_200, 0, 360)),
        # 8 % of 100 x 11/12 is 7.3, and 5 % of 7 is 0.35
        (0, {2: 100}, 0, (7, 0, 0)),
        # half to even: 8 % of 1,200 x 1/12 = 8; 10 % of 25 = 2.5 and of 35 = 3.5; 5 % of 10 = 0.5 and of 30 = 1.5
        (0, {12: 1_200}, 25, (8, 2, 0)),
        (0, {}, 35, (0, 4, 0)),
        (0, {}, 300, (0, 30, 2)),
    ],
)
def test_a_year_is_worked_out_as_by_hand(
    opening: int, deposits: dict[int, int], capital: int, figures: tuple[int, int, int]
) -> None:
    made = earned(opening, deposits, capital)
    assert (made.on_deposits.minor, made.on_share_capital.minor, made.tax.minor) == figures
    assert made.net.minor == figures[0] + figures[1] - figures[2]


@runs
@given(years(), declarations)
def test_each_month_counts_to_the_end_of_the_year(year: tuple[int, dict[int, int]], declared: Declared) -> None:
    """Rate x (opening + sum of month m's deposit x (13 - m) / 12), as the rule is written."""
    opening, deposits = year
    weighted = opening + sum(Fraction(minor * (13 - month), 12) for month, minor in deposits.items())
    made = earned(opening, deposits, declared=declared)
    assert abs(made.on_deposits.minor - declared.deposits * weighted) <= Fraction(1, 2)
    assert made.on_deposits.minor >= 0


@runs
@given(years(), st.integers(0, MINOR_MAX), declarations)
def test_nobody_is_taxed_more_than_they_earned(
    year: tuple[int, dict[int, int]], capital: int, declared: Declared
) -> None:
    made = earned(*year, capital, declared)
    assert made.gross == made.on_deposits + made.on_share_capital
    assert made.net + made.tax == made.gross
    assert 0 <= made.tax.minor <= made.gross.minor
    assert abs(made.tax.minor - declared.withholding * made.gross.minor) <= Fraction(1, 2)


@runs
@given(years(), st.randoms(use_true_random=False))
def test_the_order_months_are_given_in_changes_nothing(
    year: tuple[int, dict[int, int]], shuffled: random.Random
) -> None:
    opening, deposits = year
    other = list(deposits.items())
    shuffled.shuffle(other)
    assert earned(opening, dict(other)) == earned(opening, deposits)


@runs
@given(years(), st.integers(1, 12), st.integers(1, 12), st.integers(1, 10**9))
def test_the_earlier_deposit_never_earns_less(
    year: tuple[int, dict[int, int]], one: int, other: int, minor: int
) -> None:
    opening, deposits = year
    assume(one <= other)
    early, late = ({**deposits, month: deposits.get(month, 0) + minor} for month in (one, other))
    assert earned(opening, early).on_deposits >= earned(opening, late).on_deposits
    assert earned(opening, late).on_deposits >= earned(opening, deposits).on_deposits


@pytest.mark.parametrize(
    ("wrong", "right"),
    [
        ({"deposits": {0: 5}}, {"deposits": {1: 5}}),
        ({"deposits": {13: 5}}, {"deposits": {12: 5}}),
        ({"opening": -1}, {"opening": 1}),
        ({"deposits": {3: -101}}, {"deposits": {3: -100}}),
        ({"deposits": {3: -101, 4: 101}}, {"deposits": {3: 101, 4: -101}}),
        ({"capital": -1}, {"capital": 1}),
    ],
)
def test_a_year_that_cannot_be_is_refused(wrong: dict[str, Any], right: dict[str, Any]) -> None:
    """No month of that name, and never less than nothing on deposit: 100 are there in January."""
    base: dict[str, Any] = {"opening": 100, "deposits": {}}
    with pytest.raises(BadYear):
        earned(**{**base, **wrong})
    assert earned(**{**base, **right}).net.minor >= 0


@pytest.mark.parametrize("name", ["deposits", "share_capital", "withholding"])
@pytest.mark.parametrize("wrong", [Fraction(8), Fraction(-8, 100), Fraction(101, 100)])
def test_a_rate_is_a_part_from_nothing_to_all(name: str, wrong: Fraction) -> None:
    """8 is no eight percent."""
    given = {"deposits": Fraction(8, 100), "share_capital": Fraction(0), "withholding": Fraction(1)}
    with pytest.raises(BadYear):
        Declared(**{**given, name: wrong})
    assert Declared(**given)


def test_a_member_s_year_is_in_one_currency() -> None:
    with pytest.raises(CurrencyMismatch):
        dividend(kes(1), {1: Money(1, "UGX")}, kes(0), DECLARED)
    with pytest.raises(CurrencyMismatch):
        dividend(kes(1), {}, Money(0, "UGX"), DECLARED)
