"""Amounts as people type them: read in one way, said back where there are two, refused where there is none."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.money import (
    CURRENCIES,
    EXPONENTS,
    MINOR_MAX,
    AmbiguousAmount,
    AmountTooLarge,
    InvalidAmount,
    Money,
    OtherCurrency,
)
from domain.typed_amounts import is_bare_digit, is_like_amount, parse_amount

currencies = st.sampled_from(sorted(EXPONENTS))
minors = st.integers(1, MINOR_MAX)
# The nought of each script that has digits: none is past the first two planes.
ZEROS = [n for n in range(0x2_0000) if unicodedata.decimal(chr(n), None) == 0]


@given(minors, currencies, st.sampled_from(ZEROS))
def test_an_amount_typed_as_it_is_shown_is_that_amount(minor: int, currency: str, zero: int) -> None:
    """With signs between thousands, a name of its currency on either side, in the digits of any script."""
    money = Money(minor, currency)
    shown = [money.major, money.grouped(" "), money.grouped(","), money.written(","), money.written("\u202f")]
    for number in shown:
        for name in (currency, currency.lower(), *CURRENCIES[currency].names):
            typed = [number, f"{name} {number}", f"{name}{number}", f"{number} {name}", f"{number}{name}"]
            typed = typed[:3] if name == "K" else typed  # "5 K" may be a thousand
            for each in typed:
                scripted = each.translate({ord("0") + digit: zero + digit for digit in range(10)})
                assert parse_amount(scripted, currency) == money, scripted


@given(st.text(max_size=30) | st.text("0123456789.,- kK=/FUGXKES", max_size=12), currencies)
def test_any_other_text_is_refused_and_nothing_else_happens(text: str, currency: str) -> None:
    try:
        assert 0 < parse_amount(text, currency).minor <= MINOR_MAX
    except InvalidAmount as refused:
        assert refused.details["currency"] == currency  # noqa: PT017 - a text may be an amount
    is_like_amount(text)


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
        ("۵۵۰۰", "UGX", 5_500),
        ("٥٬٥٠٠", "UGX", 5_500),
        ("५००", "UGX", 500),
        ("007", "UGX", 7),
        ("5,500", "UGX", 5_500),
        ("5,500", "KES", 550_000),
        ("10,500/=", "UGX", 10_500),
        ("10,500 /=", "KES", 1_050_000),
        ("TZS 5,500/-", "TZS", 550_000),
        ("5k", "UGX", 5_000),
        ("5.5K", "UGX", 5_500),
        ("KES 550", "KES", 55_000),
        ("Ksh. 550", "KES", 55_000),
        ("550.00", "KES", 55_000),
        ("550.00", "UGX", 550),
        ("1.0", "UGX", 1),
        ("5.500", "UGX", 5_500),
        ("5.500", "AOA", 550_000),
        ("1.500,00", "KES", 150_000),
        ("1,500,000", "UGX", 1_500_000),
        ("5\u00a0500", "UGX", 5_500),
        ("5\u202f500", "XOF", 5_500),
        ("USh 5,500", "UGX", 5_500),
        ("FCFA 5 500", "XOF", 5_500),
        ("5 500 F", "XAF", 5_500),
        ("5 500 F CFA", "XOF", 5_500),
        ("150,50 KES", "KES", 15_050),
        ("1500,50", "KES", 150_050),
        ("$5", "USD", 500),
        ("K5", "ZMW", 500),
    ],
)
def test_an_amount_is_read(typed: str, currency: str, minor: int) -> None:
    assert parse_amount(typed, currency) == Money(minor, currency)


@pytest.mark.parametrize(
    ("typed", "currency"),
    [
        ("1.5", "UGX"),
        ("1,5", "UGX"),
        ("1.555", "KES"),
        ("0.500", "KES"),
        ("0,500", "UGX"),
        ("1.", "KES"),
        (".5", "KES"),
        ("-5", "UGX"),
        ("--5", "UGX"),
        ("+5", "UGX"),
        ("5..5", "UGX"),
        ("5k5", "UGX"),
        ("5kk", "UGX"),
        ("1,500k", "UGX"),
        ("0", "UGX"),
        ("0.00", "KES"),
        ("0k", "UGX"),
        ("1e9", "UGX"),
        ("½", "UGX"),
        ("五百", "UGX"),
        ("5 00", "UGX"),
        ("50 000 0", "UGX"),
        ("1,50,000", "UGX"),
        ("1,500 000", "UGX"),
        ("1,500,00", "KES"),
        ("5 500 F", "UGX"),
        ("500\x00", "UGX"),
        ("\u202e0002\u202c", "UGX"),  # seen as 2000
        ("", "UGX"),
        ("UGX", "UGX"),
        ("UGX -5", "UGX"),
        ("0" * 30, "UGX"),
        ("9" * 30 + "x", "UGX"),
        ("500", "XXX"),
        ("9" * 30, "XXX"),
    ],
)
def test_what_can_be_read_in_no_way_is_no_amount(typed: str, currency: str) -> None:
    with pytest.raises(InvalidAmount) as refused:
        parse_amount(typed, currency)
    assert type(refused.value) is InvalidAmount


@pytest.mark.parametrize(
    ("typed", "currency"),
    [
        (str(MINOR_MAX + 1), "UGX"),
        (str(MINOR_MAX // 100 + 1), "KES"),
        (f"{MINOR_MAX + 1:,}", "UGX"),
        (f"{MINOR_MAX * 10**6:,}.50", "KES"),
        ("9" * 30, "UGX"),
        ("Ksh " + "9" * 30, "KES"),
        ("٩" * 30, "UGX"),
        ("9" * 500, "XAF"),
    ],
)
def test_what_is_more_than_any_amount_is_read_and_said_to_be_too_much(typed: str, currency: str) -> None:
    with pytest.raises(AmountTooLarge) as refused:
        parse_amount(typed, currency)
    assert refused.value.details == {"currency": currency, "most": MINOR_MAX}
    assert parse_amount(Money(MINOR_MAX, currency).major, currency) == Money(MINOR_MAX, currency)


@pytest.mark.parametrize(
    ("typed", "currency", "one", "other"),
    [
        ("1.500", "KES", 150_000, 150),
        ("1,50", "KES", 150, 150_000),
        ("1,5", "USD", 150, 150_000),
        ("550,00", "UGX", 550, 550_000),
        ("5k", "ZMW", 500, 500_000),
    ],
)
def test_what_can_be_read_in_two_ways_says_both(typed: str, currency: str, one: int, other: int) -> None:
    with pytest.raises(AmbiguousAmount) as refused:
        parse_amount(typed, currency)
    assert refused.value.details == {"currency": currency, "one": one, "other": other}


@pytest.mark.parametrize(
    ("typed", "currency", "other"),
    [("USD 5", "KES", "USD"), ("KES 500", "UGX", "KES"), ("5 500 FCFA", "UGX", "FCFA"), ("$5", "KES", "$")],
)
def test_the_money_of_another_country_is_refused_by_its_name(typed: str, currency: str, other: str) -> None:
    with pytest.raises(OtherCurrency) as refused:
        parse_amount(typed, currency)
    assert refused.value.details == {"currency": currency, "other": other}


def test_one_digit_by_itself_is_the_number_of_an_option() -> None:
    assert all(map(is_bare_digit, ("1", " 9 ", "٥", "0")))
    assert not any(map(is_bare_digit, ("10", "5.0", "5k", "UGX 5", "", "x", "½")))


def test_what_is_meant_as_an_amount_in_a_sentence_is_told_from_a_name() -> None:
    assert all(map(is_like_amount, ("500", "5,500", "5 500", "5k", "KES 5", "10,500/=", "٥٠٠", "F CFA 500")))
    assert not any(map(is_like_amount, ("5", "umoja", "Umoja 2", "Umoja 500", "0", "00", "-5", "", "500 umoja")))
