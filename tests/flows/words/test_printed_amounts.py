"""The printer and the parser agree: what a screen writes as an amount is read back as the same amount."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.app import CHANNELS
from domain.money import CURRENCIES, EXPONENTS, MINOR_MAX, Money
from domain.records.person import LANGUAGES, Language
from domain.typed_amounts import is_like_amount, parse_amount
from flows import ask
from flows.amounts import as_typed
from flows.engine.channel import Channel
from flows.engine.plain_words import with_amounts
from flows.engine.rendering import render
from flows.engine.screen import say
from flows.engine.steps import Invalid, Question
from flows.words.texts import joined, say_money, words

currencies = st.sampled_from(sorted(EXPONENTS))
minors = st.integers(1, MINOR_MAX) | st.integers(1, 10**6)
languages = st.sampled_from(LANGUAGES)


def question_of(money: Money, suggest: Money) -> Question[Any]:
    """The question for an amount of which `money` is the most."""
    asked = ask.money("amount", "How much?", suggest=suggest, most=money)
    step = next(asked)
    assert isinstance(step, Question)
    return step


@given(minors, currencies, languages, st.sampled_from(CHANNELS))
def test_what_any_channel_shows_as_an_amount_is_read_back(
    minor: int, currency: str, language: Language, channel: Channel
) -> None:
    money = Money(minor, currency)
    (shown,) = render(say(joined("", [money])), 0, words(language), channel.limits)
    assert parse_amount(shown, currency) == money
    assert question_of(money, Money(0, currency)).read(shown) == minor, "all there is can be typed, however little"


@given(minors, currencies, languages)
def test_with_its_currency_on_either_side_and_in_plain_words(
    minor: int, currency: str, language: Language
) -> None:
    money = Money(minor, currency)
    shown = say_money(money, language)
    assert is_like_amount(shown)
    assert len(with_amounts(f"pay {shown} umoja".split())) == 3
    for name in (currency, *CURRENCIES[currency].names):
        for number in (money.written(","), money.written("\u00a0")):
            assert parse_amount(f"{name} {number}", currency) == money
            assert name == "K" or parse_amount(f"{number} {name}", currency) == money


@given(minors, currencies)
def test_what_a_slip_is_told_to_type_is_taken(minor: int, currency: str) -> None:
    money = Money(minor, currency)
    assert question_of(money, Money(0, currency)).read(as_typed(money)) == minor


@given(currencies, st.integers(1, 9), st.booleans())
def test_one_digit_is_an_option_or_nothing(currency: str, digit: int, suggests: bool) -> None:
    most = Money(5_500 * 10 ** EXPONENTS[currency], currency)
    asked = question_of(most, most if suggests else Money(0, currency))
    if suggests and digit == 1:
        assert asked.read("1") == most.minor
        return
    for zero in ("0", "٠", "۰"):
        with pytest.raises(Invalid):
            asked.read(chr(ord(zero) + digit))


@given(currencies)
def test_below_the_smallest_amount_nothing_is_taken_but_all_there_is(currency: str) -> None:
    least, most = Money(0, currency).least, Money(MINOR_MAX, currency)
    asked = question_of(most, Money(0, currency))
    assert asked.read(as_typed(least)) == least.minor
    with pytest.raises(Invalid):
        asked.read(as_typed(least - Money(1, currency)))
