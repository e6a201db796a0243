"""Amounts: read in one way or not at all, written so that they are read back, never mixed."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.money import EXPONENTS, MINOR_MAX, CurrencyMismatch, InvalidAmount, Money, from_major, parse_amount

currencies = st.sampled_from(sorted(EXPONENTS))
minors = st.integers(-MINOR_MAX, MINOR_MAX)


@given(minors, currencies)
def test_what_is_written_in_major_units_is_read_back(minor: int, currency: str) -> None:
    money = Money(minor, currency)
    assert from_major(money.major, currency) == money


@given(st.integers(1, MINOR_MAX), currencies)
def test_an_amount_typed_as_it_is_shown_is_that_amount(minor: int, currency: str) -> None:
    """With spaces between the thousands, with its currency, and in the digits of another script."""
    money = Money(minor, currency)
    arabic = money.major.translate({ord(str(digit)): 0x660 + digit for digit in range(10)})
    spaced = money.grouped(" ")
    for typed in (money.major, spaced, f"{currency} {spaced}", f"{money.major}{currency.lower()}", arabic):
        assert parse_amount(typed, currency) == money


@given(st.text(max_size=30), currencies)
def test_any_other_text_is_refused_and_nothing_else_happens(text: str, currency: str) -> None:
    try:
        assert 0 < parse_amount(text, currency).minor <= MINOR_MAX
    except InvalidAmount as refused:
        assert refused.details == {"currency": currency}  # noqa: PT017 - a text may be an amount


@pytest.mark.parametrize(
    ("typed", "currency", "minor"),
    [
        ("500", "UGX", 500),
        ("500", "KES", 50_000),
        ("1.5", "KES", 150),
        ("1.50", "KES", 150),
        (" 5 000 ", "UGX", 5_000),
        ("ugx 5000", "UGX", 5_000),
        ("5000 UGX", "UGX", 5_000),
        ("٥٠٠", "UGX", 500),
        ("५००", "UGX", 500),
        ("007", "UGX", 7),
    ],
)
def test_an_amount_is_read(typed: str, currency: str, minor: int) -> None:
    assert parse_amount(typed, currency) == Money(minor, currency)


@pytest.mark.parametrize(
    ("typed", "currency"),
    [
        ("1,500", "UGX"),
        ("1.500,00", "KES"),
        ("1.5", "UGX"),
        ("1.0", "UGX"),
        ("1.500", "KES"),
        ("1.500", "UGX"),
        ("1.", "KES"),
        (".5", "KES"),
        ("-5", "UGX"),
        ("+5", "UGX"),
        ("0", "UGX"),
        ("0.00", "KES"),
        ("1e9", "UGX"),
        ("½", "UGX"),
        ("五百", "UGX"),
        ("5 00", "UGX"),
        ("50 000 0", "UGX"),
        ("5k", "UGX"),
        ("KES 500", "UGX"),
        ("$5", "USD"),
        ("500\x00", "UGX"),
        ("", "UGX"),
        ("UGX", "UGX"),
        ("9" * 30, "UGX"),
        ("9" * 30, "KES"),
        (str(MINOR_MAX + 1), "UGX"),
    ],
)
def test_what_can_be_read_in_two_ways_or_none_is_no_amount(typed: str, currency: str) -> None:
    with pytest.raises(InvalidAmount):
        parse_amount(typed, currency)


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
