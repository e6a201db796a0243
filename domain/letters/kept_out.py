"""
What no letter holds: a PIN, a code, a whole phone number, the number of a card, or what looks like one of them.

Nor what nobody writes through us at all, see `domain/own_words.py`.

It goes by the shape of the digits alone. To compare them with the PIN of whoever writes would say, to somebody who
found the phone, which guess is right.
"""

import re
from typing import Final, Literal

from domain.errors import DomainError
from domain.own_words import as_read, check_asks_nothing
from domain.typed_amounts import is_currency_name

LETTER_LENGTH_MAX: Final = 200  # characters: with a name it is two screens of a call
DIGITS_MIN: Final = 4  # of a PIN
PHONE_DIGITS_MIN: Final = 7  # as many as an amount has at most: the shortest numbers have 8 with their area
CARD_DIGITS_MIN: Final = 13

KeptOut = Literal["pin", "phone", "card"]


class KeptOutOfLetters(DomainError):
    """The text holds what looks like a PIN or a code, a phone number or a card number: `what`."""

    code = "kept_out_of_letters"

    def __init__(self, what: KeptOut = "pin") -> None:
        super().__init__(what=what)


# Digits with nothing but signs between them, as in "2-5-8-0"; what encloses a digit of a picture is a sign too.
_NUMBER = re.compile(r"\d(?:[\W_]{0,4}\d)*")
# What is no number of that sort: half past two, the fifth of October.
_TIME = re.compile(r"(?<!\d)(?:[01]?\d|2[0-3]):[0-5]\d(?!\d)")
_DAY = re.compile(r"(?<!\d)(?:0?[1-9]|[12]\d|3[01])/(?:0?[1-9]|1[0-2])(?:/(?:20)?\d\d)?(?!\d)")
# An amount is written in thousands, "5,000", or beside its currency, "UGX 5000".
_AMOUNT = re.compile(
    r"(?<![\d.,+])(?P<before>[^\W\d_]+\.? ?)?"
    r"(?P<digits>[1-9]\d{0,2}(?P<mark>[,. ])\d{3}(?:(?P=mark)\d{3})*|[1-9]\d*)"
    r"(?P<after> ?[^\W\d_]+|/[=-])?(?!\d|[,.]\d)"
)


def check_letter(text: str) -> None:
    """Raises KeptOutOfLetters, and as `check_asks_nothing`."""
    left = as_read(text)
    for shape in (_TIME, _DAY):
        left = shape.sub(" x ", left)
    left = _AMOUNT.sub(_without_amount, left)
    longest = max((_digits(found[0]) for found in _NUMBER.finditer(left)), default=0)
    if longest >= CARD_DIGITS_MIN:
        raise KeptOutOfLetters("card")
    if longest >= PHONE_DIGITS_MIN:
        raise KeptOutOfLetters("phone")
    if longest >= DIGITS_MIN:
        raise KeptOutOfLetters("pin")
    check_asks_nothing(text)


def _digits(number: str) -> int:
    return sum(char.isdecimal() for char in number)


def _without_amount(found: re.Match[str]) -> str:
    beside = [(found[name] or "").strip(" .") for name in ("before", "after")]
    by_sign = found["after"] in ("/=", "/-")
    is_amount = by_sign or found["mark"] in (",", ".") or any(word and is_currency_name(word) for word in beside)
    return " x " if is_amount and _digits(found["digits"]) <= PHONE_DIGITS_MIN else found[0]
