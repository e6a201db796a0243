"""How an amount that was typed is read at a question, and what is said where it cannot be."""

from domain.money import (
    CURRENCIES,
    EXPONENTS,
    AmbiguousAmount,
    AmountTooLarge,
    InvalidAmount,
    Money,
    TooLittle,
    check_least,
)
from domain.typed_amounts import is_bare_digit, parse_amount
from flows.engine.steps import Invalid
from flows.words.refusals import refusal
from flows.words.texts import t


def read_amount(
    typed: str,
    example: Money,
    *,
    least: Money | None = None,
    most: Money | None = None,
    fits: tuple[Money, ...] = (),
    before: str = "",
) -> Money:
    """
    An amount in the currency of `example`: `least`, by default the smallest of the currency, or above, or one that
    `fits` though it is less. `before` is what stands before it in what to type; `most` is said where it is beyond
    all bounds.

    One digit by itself is the number of an option, on this screen or the one before, and never an amount: nobody
    saves one shilling. Raises Invalid, which says what to type.
    """
    amount, least = _amount(typed, example, most, before), least or example.least
    try:
        check_least(amount, *fits, least=least)
    except TooLittle:
        to_type = before + as_typed(max(example, least))
        raise Invalid(
            t("At least {least}. Please type it like {example}.", least=least, example=to_type)
        ) from None
    if is_bare_digit(typed):
        raise Invalid(t("For {amount} please type {example}.", amount=amount, example=before + as_typed(amount)))
    return amount


def typical(currency: str) -> Money:
    """An amount that stands for any, where none is suggested: 5,500."""
    return Money(5_500 * 10 ** EXPONENTS[currency], currency)


def as_typed(amount: Money) -> str:
    """What to type for an amount: "5500", and "5.00" or "UGX 5" where one digit would be an option."""
    digits = amount.written()
    if not is_bare_digit(digits):
        return digits
    return amount.major if CURRENCIES[amount.currency].exponent else f"{amount.currency} {digits}"


def _amount(typed: str, example: Money, most: Money | None, before: str) -> Money:
    try:
        return parse_amount(typed, example.currency)
    except AmbiguousAmount as two:
        one, other = (Money(int(two.details[key]), example.currency) for key in ("one", "other"))
        raise Invalid(
            t(
                "{one} or {other}? Please type {first} or {second}.",
                one=one,
                other=other,
                first=before + as_typed(one),
                second=before + as_typed(other),
            )
        ) from None
    except AmountTooLarge as wrong:
        raise Invalid(t("At most {most}.", most=most) if most else refusal(wrong)) from None
    except InvalidAmount as wrong:
        if type(wrong) is not InvalidAmount:
            raise Invalid(refusal(wrong)) from None
        raise Invalid(
            t("Please type the amount in digits only, like {example}.", example=before + as_typed(example))
        ) from None
