"""Amounts: read in one way or not at all, written so that they are read back, never mixed."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.money import EXPONENTS, MINOR_MAX, CurrencyMismatch, InvalidAmount, Money, from_major

currencies = st.sampled_from(sorted(EXPONENTS))
minors = st.integers(-MINOR_MAX, MINOR_MAX)


@given(minors, currencies)
def test_what_is_written_in_major_units_is_read_back(minor: int, currency: str) -> None:
    money = Money(minor, currency)
    assert from_major(money.major, currency) == money


@pytest.mark.parametrize("text", ["", "1,5", "1e3", "५", "1.005", " 5", "5 ", "1_000", "NaN", "9" * 16])
def test_a_provider_s_amount_is_a_plain_decimal(text: str) -> None:
    with pytest.raises(InvalidAmount):
        from_major(text, "KES")


def test_a_currency_that_we_do_not_know_has_no_amounts() -> None:
    with pytest.raises(InvalidAmount):
        from_major("500", "XXX")


def test_an_amount_is_shown_with_its_currency_and_its_thousands_apart() -> None:
    assert str(Money(1_500_000, "UGX")) == "UGX 1,500,000"
    assert str(Money(150_050, "KES")) == "KES 1,500.50"
    assert str(Money(150_000, "KES")) == "KES 1,500", "nobody has cents"
    assert str(Money(150_000, "GHS")) == "GHS 1,500.00"
    assert str(Money(-50, "KES")) == "KES -0.50"
    assert Money(-5, "KES").major == "-0.05"


@given(minors, minors, currencies)
def test_sums_are_whole_and_taken_back(a: int, b: int, currency: str) -> None:
    one, other = Money(a, currency), Money(b, currency)
    assert (one + other) - other == one
    assert one + -one == Money(0, currency)
    assert bool(one) == (a != 0)


def test_two_currencies_never_meet_in_a_sum() -> None:
    with pytest.raises(CurrencyMismatch):
        Money(1, "UGX") + Money(1, "KES")
    with pytest.raises(CurrencyMismatch):
        Money(1, "UGX") - Money(1, "KES")
