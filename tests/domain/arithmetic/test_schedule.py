"""Loan schedules: worked by hand, worked again by other means, and what holds for every loan there can be."""

from dataclasses import replace
from datetime import date
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.arithmetic.periods import PERIODS_A_YEAR, Calendar, due_dates
from domain.arithmetic.rates import Rate, parse_rate
from domain.arithmetic.schedule import PERIODS_MAX, BadTerms, Method, Schedule, Terms, annuity, schedule
from domain.money import MINOR_MAX, Money
from tests.domain.loans.lending import calendars

STEPS = [1, 5, 50, 100, 1_000, 50_000]


def half_even(amount: Fraction, step: int = 1) -> int:
    """Rounding once more, by quotient and remainder: the schedules leave it to `round`."""
    whole, rest = divmod(amount.numerator, amount.denominator * step)
    twice = 2 * rest - amount.denominator * step
    return (whole + (twice > 0 or (twice == 0 and whole % 2))) * step


@st.composite
def loans(draw: st.DrawFn, *methods: Method) -> Terms:
    """Any terms at all, with ordinary ones more often than odd ones."""
    periods = draw(st.integers(1, 24) | st.integers(1, PERIODS_MAX))
    method = draw(st.sampled_from(methods or ("flat", "declining-instalment", "declining-principal", "roll-over")))
    millionths = draw(st.integers(0, 30 * 10**6) | st.integers(0, 1000 * 10**6))
    return Terms(
        principal=Money(
            draw(st.integers(1, 1_000) | st.integers(1, MINOR_MAX)), draw(st.sampled_from(["KES", "UGX"]))
        ),
        rate=Rate(Fraction(millionths, 10**6), draw(st.sampled_from(["month", "year", "period"]))),
        periods=periods,
        every=draw(st.sampled_from(sorted(PERIODS_A_YEAR))),
        method=method,
        start=draw(st.dates(date(1900, 1, 1), date(2200, 12, 31))),
        step=draw(st.sampled_from(STEPS) | st.integers(1, MINOR_MAX)),
        grace=draw(st.just(0) | st.integers(0, periods - 1)),
        daily=method != "flat" and draw(st.booleans()),
    )


def table(made: Schedule) -> list[tuple[int, int, int]]:
    """Principal, interest and balance of each line, in minor units."""
    return [(line.principal.minor, line.interest.minor, line.balance.minor) for line in made.instalments]


def loan(principal: int, percent: str, periods: int, method: Method, **more: Any) -> Terms:
    """In UGX, from 20 January 2026, by months, the rate for each of them."""
    given = {"every": "month", "start": date(2026, 1, 20), **more}
    return Terms(Money(principal, "UGX"), parse_rate(percent, "period"), periods, method=method, **given)


@pytest.mark.parametrize(
    ("terms", "lines"),
    [
        (  # I = 100,000 x 10 % x 3
            loan(100_000, "10", 3, "flat"),
            [(33_333, 10_000, 66_667), (33_333, 10_000, 33_334), (33_334, 10_000, 0)],
        ),
        (
            loan(100_000, "10", 3, "flat", step=100),
            [(33_300, 10_000, 66_700), (33_300, 10_000, 33_400), (33_400, 10_000, 0)],
        ),
        (  # I = 100 in three parts: 33.33
            loan(1_000, "3.333334", 3, "flat"),
            [(333, 33, 667), (333, 33, 334), (334, 34, 0)],
        ),
        (  # interest on the whole loan for all of its time, the principal in what the grace leaves
            loan(900, "10", 4, "flat", grace=2),
            [(0, 90, 900), (0, 90, 900), (450, 90, 450), (450, 90, 0)],
        ),
        (  # E = 1,200,000 x 0.02 / (1 - 1.02^-4) = 315,148.5…, in hundreds 315,100
            loan(1_200_000, "2", 4, "declining-instalment", step=100),
            [
                (291_100, 24_000, 908_900),
                (296_922, 18_178, 611_978),
                (302_860, 12_240, 309_118),
                (309_118, 6_182, 0),
            ],
        ),
        (  # E = 1,200,000 x 0.02 / (1 - 1.02^-2) = 618,059.4…
            loan(1_200_000, "2", 3, "declining-instalment", grace=1),
            [(0, 24_000, 1_200_000), (594_059, 24_000, 605_941), (605_941, 12_119, 0)],
        ),
        (
            loan(100_000, "10", 3, "declining-principal"),
            [(33_333, 10_000, 66_667), (33_333, 6_667, 33_334), (33_334, 3_333, 0)],
        ),
        (
            loan(100_000, "10", 3, "declining-principal", grace=2),
            [(0, 10_000, 100_000), (0, 10_000, 100_000), (100_000, 10_000, 0)],
        ),
        (
            loan(100_000, "10", 3, "roll-over"),
            [(0, 10_000, 100_000), (0, 10_000, 100_000), (100_000, 10_000, 0)],
        ),
        (  # 24 % a year on 28, 31 and 30 days: 1,200,000 x 0.24 x 28 / 365 = 22,093.15
            loan(1_200_000, "2", 3, "roll-over", daily=True, start=date(2026, 1, 31)),
            [(0, 22_093, 1_200_000), (0, 24_460, 1_200_000), (1_200_000, 23_671, 0)],
        ),
        (  # over 29 February, in a year that counts as 365 days too: 365 x 1,300 % x 28 / 365
            loan(365, "100", 1, "roll-over", every="4weeks", start=date(2028, 2, 7), daily=True),
            [(365, 364, 0)],
        ),
    ],
)
def test_a_loan_is_worked_out_as_by_hand(terms: Terms, lines: list[tuple[int, int, int]]) -> None:
    assert table(schedule(terms)) == lines


@pytest.mark.parametrize(
    ("terms", "lines"),
    [
        # 2.5 is 2 and 3.5 is 4: half to even.
        (loan(5, "0", 2, "flat"), [(2, 0, 3), (3, 0, 0)]),
        (loan(7, "0", 2, "declining-principal"), [(4, 0, 3), (3, 0, 0)]),
        (loan(25, "10", 1, "roll-over"), [(25, 2, 0)]),
        (loan(35, "10", 1, "roll-over"), [(35, 4, 0)]),
        (loan(300, "0", 2, "declining-instalment", step=100), [(200, 0, 100), (100, 0, 0)]),
        # A part rounded up uses the whole up before the last line: the rest is nothing, never less.
        (loan(3, "0", 5, "flat"), [(1, 0, 2), (1, 0, 1), (1, 0, 0), (0, 0, 0), (0, 0, 0)]),
        (loan(6, "10", 5, "flat"), [(1, 1, 5), (1, 1, 4), (1, 1, 3), (1, 0, 2), (2, 0, 0)]),
        (loan(1_000, "0", 3, "declining-instalment", step=600), [(600, 0, 400), (400, 0, 0), (0, 0, 0)]),
        # A part rounded to nothing: the last line is the loan.
        (loan(1, "0", 3, "declining-principal"), [(0, 0, 1), (0, 0, 1), (1, 0, 0)]),
        (loan(1_000, "10", 2, "declining-instalment", step=10_000), [(0, 100, 1_000), (1_000, 100, 0)]),
        # 104.0… in hundreds is less than the interest of 104: the interest is paid, the loan does not grow.
        (
            loan(1_000, "10.4", 360, "declining-instalment", step=100),
            [(0, 104, 1_000)] * 359 + [(1_000, 104, 0)],
        ),
    ],
)
def test_rounding_never_makes_a_line_that_cannot_be_paid(terms: Terms, lines: list[tuple[int, int, int]]) -> None:
    assert table(schedule(terms)) == lines


@given(loans())
def test_the_principal_adds_up_and_no_line_is_below_zero(terms: Terms) -> None:
    made = schedule(terms)
    balance, dues = terms.principal, due_dates(terms.start, terms.every, terms.periods)
    assert [(line.number, line.due) for line in made.instalments] == list(enumerate(dues, start=1))
    for line in made.instalments:
        balance -= line.principal
        assert line.principal.minor >= 0 and line.interest.minor >= 0
        assert line.balance == balance
        assert line.payment == line.principal + line.interest
    assert not balance
    assert made.total_payment.minor == sum(line.payment.minor for line in made.instalments)
    assert made.total_interest.minor == sum(line.interest.minor for line in made.instalments)
    assert not any(line.principal for line in made.instalments[: terms.grace])


@given(loans("declining-instalment", "declining-principal", "roll-over"))
def test_interest_is_on_what_was_still_owed(terms: Terms) -> None:
    owed, before = terms.principal.minor, terms.start
    for line in schedule(terms).instalments:
        if terms.daily:
            exact = owed * terms.rate.yearly(terms.every) * (line.due - before).days / 365
        else:
            exact = owed * terms.rate.of_period(terms.every)
        assert line.interest.minor == half_even(exact)
        owed, before = line.balance.minor, line.due


@given(loans("flat"))
def test_flat_interest_is_on_the_whole_loan(terms: Terms) -> None:
    """In equal parts to the minor unit, until there is no more of it; the last line has what is left."""
    made = schedule(terms)
    *first, _ = (line.interest.minor for line in made.instalments)
    exact = terms.principal.minor * terms.rate.of_period(terms.every) * terms.periods
    assert made.total_interest.minor == half_even(exact)
    part, left = half_even(exact / terms.periods), half_even(exact)
    for interest in first:
        assert interest == min(part, left)
        left -= interest


@given(loans("flat", "declining-principal"))
def test_equal_principals_are_multiples_of_the_step(terms: Terms) -> None:
    paying = schedule(terms).instalments[terms.grace :]
    part = half_even(Fraction(terms.principal.minor, len(paying)), terms.step)
    for line in paying[:-1]:
        assert line.principal.minor == part or not line.balance
    assert part % terms.step == 0


@given(loans("declining-instalment"))
def test_equal_payments_are_multiples_of_the_step(terms: Terms) -> None:
    """But for one too small for the interest, one that closes the loan, and the last."""
    paying = schedule(terms).instalments[terms.grace :]
    rate = terms.rate.of_period(terms.every)
    payment = half_even(annuity(terms.principal.minor, rate, len(paying)), terms.step)
    for line in paying[:-1]:
        if line.balance and line.principal:
            assert line.payment.minor == payment
        elif line.balance:
            assert line.interest.minor >= payment
        else:
            assert line.payment.minor <= payment


@given(loans(), st.data())
def test_a_due_date_that_is_moved_leaves_the_interest_as_it_was(terms: Terms, data: st.DataObject) -> None:
    calendar = data.draw(calendars(near=terms.start))
    plain, moved = schedule(terms), schedule(replace(terms, calendar=calendar))
    assert table(moved) == table(plain)
    assert [line.due for line in moved.instalments] == [calendar.move(line.due) for line in plain.instalments]


def test_a_loan_that_is_paid_later_for_the_same_money_costs_less_a_year() -> None:
    """A day more for the first of two instalments."""
    terms = loan(1_200_000, "2", 2, "declining-instalment", daily=True)
    moved = schedule(replace(terms, calendar=Calendar(holidays=(date(2026, 2, 20),))))
    assert [line.due for line in moved.instalments] == [date(2026, 2, 21), date(2026, 3, 20)]
    assert moved.effective_yearly_percent < schedule(terms).effective_yearly_percent


@pytest.mark.parametrize("charge_on", ["balance", "loan"])
def test_a_roll_over_is_agreed_with_the_same_charges_either_way(charge_on: str) -> None:
    """As the loan is all owed until its last day."""
    agreed = schedule(loan(100_000, "10", 2, "roll-over", charge_on=charge_on))
    assert table(agreed) == [(0, 10_000, 100_000), (100_000, 10_000, 0)]


@given(
    st.integers(1, MINOR_MAX),
    st.fractions(0, 10, max_denominator=10**6),
    st.integers(1, 24) | st.integers(1, PERIODS_MAX),
)
def test_an_annuity_is_worth_the_loan_exactly(principal: int, rate: Fraction, periods: int) -> None:
    """Paid every period out of a balance that grows by the rate, it leaves nothing, not even a fraction."""
    payment = annuity(principal, rate, periods)
    growth = 1 + rate
    # Horner's scheme over one denominator: fractions that are reduced at each step would take minutes.
    top, bottom = growth.numerator, growth.denominator
    paid = sum(top**k * bottom ** (periods - 1 - k) for k in range(periods))
    assert Fraction(principal * top**periods, bottom**periods) == payment * Fraction(paid, bottom ** (periods - 1))


@given(loans())
def test_a_loan_costs_a_year_nothing_only_when_it_costs_nothing(terms: Terms) -> None:
    """Or too little for a hundredth of a percent."""
    made = schedule(terms)
    percent = made.effective_yearly_percent
    assert percent >= 0
    assert percent.as_tuple().exponent == -2
    if not made.total_interest:
        assert str(percent) == "0.00"


@pytest.mark.parametrize(
    ("terms", "percent"),
    [
        (loan(10_000, "0", 12, "flat"), "0.00"),
        (loan(10_000, "10", 1, "roll-over", start=date(2026, 1, 1), every="4weeks"), "246.40"),  # 1.1^(365/28)
        (loan(1_000_000, "2", 12, "roll-over"), "26.84"),
        (loan(1_000_000, "2", 12, "declining-instalment"), "26.95"),
        (loan(1_000_000, "2", 12, "flat"), "50.95"),
    ],
)
def test_a_flat_rate_costs_more_than_it_says(terms: Terms, percent: str) -> None:
    """The same 2 % a month, and twice as dear; the others differ by how long their months are."""
    assert str(schedule(terms).effective_yearly_percent) == percent


@pytest.mark.parametrize(
    ("wrong", "right"),
    [
        ({"principal": 0}, {"principal": 1}),
        ({"principal": -5}, {"principal": 5}),
        ({"principal": MINOR_MAX + 1}, {"principal": MINOR_MAX}),
        ({"periods": 0}, {"periods": 1}),
        ({"periods": PERIODS_MAX + 1}, {"periods": PERIODS_MAX}),
        ({"step": 0}, {"step": 1}),
        ({"step": -100}, {"step": 100}),
        ({"grace": 4}, {"grace": 3}),
        ({"grace": -1}, {"grace": 0}),
        ({"start": date(206, 1, 1)}, {"start": date(2006, 1, 1)}),
        ({"start": date(9999, 12, 31)}, {"start": date(2199, 12, 31)}),
        ({"daily": True, "method": "flat"}, {"daily": True, "method": "roll-over"}),
        ({"charge_on": "loan"}, {"charge_on": "loan", "method": "roll-over"}),
    ],
)
def test_terms_that_no_loan_can_have_do_not_exist(wrong: dict[str, Any], right: dict[str, Any]) -> None:
    base = {"principal": 12_000, "percent": "2", "periods": 4, "method": "declining-instalment"}
    with pytest.raises(BadTerms):
        loan(**{**base, **wrong})
    assert schedule(loan(**{**base, **right})).instalments[-1].balance == Money(0, "UGX")


@pytest.mark.parametrize(
    ("terms", "second"),
    [
        (loan(10_000_000, "2", 24, "declining-principal", unit=100), (416_700, 191_700)),
        (loan(10_000_000, "2", 24, "declining-principal", unit=100, step=1_000), (417_000, 191_700)),
        (loan(10_000_000, "2", 24, "declining-principal", unit=100, step=250), (416_500, 191_700)),
        (loan(1_200_000, "2", 4, "declining-instalment", unit=100), (296_900, 18_200)),
        (loan(1_000, "3.333334", 3, "flat", unit=50), (350, 50)),
    ],
)
def test_what_is_payable_is_in_the_smallest_coin(terms: Terms, second: tuple[int, int]) -> None:
    """Interest too, and a step that is no multiple of it is one together with it."""
    lines = table(schedule(terms))
    assert lines[1][:2] == second
    assert not any(minor % terms.unit for line in lines for minor in line)


@given(loans(), st.integers(1, 10**6))
def test_nothing_of_a_loan_is_below_the_smallest_coin(terms: Terms, unit: int) -> None:
    """When the principal is in it; it is paid back whole, and flat interest is half a coin away at most."""
    principal = Money(max(unit, terms.principal.minor // unit * unit), terms.principal.currency)
    rounded = schedule(replace(terms, principal=principal, unit=unit))
    for line in rounded.instalments:
        assert line.principal.minor % unit == line.interest.minor % unit == line.balance.minor % unit == 0
    assert sum(line.principal.minor for line in rounded.instalments) == principal.minor
    if terms.method == "flat":
        interest = principal.minor * terms.rate.of_period(terms.every) * terms.periods
        assert abs(rounded.total_interest.minor - interest) <= Fraction(unit, 2)


def test_a_loan_has_a_smallest_coin() -> None:
    with pytest.raises(BadTerms):
        loan(1_000, "2", 2, "flat", unit=0)
