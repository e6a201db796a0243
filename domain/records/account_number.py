"""
What a member types as the account when they pay from their phone's own menu: group, number in it, a check digit.

    10101-0145      savings, for member 14 of group 10101; 5 is the check digit
    10101-0145L     the same member's loan; F is for a fine

It is digits, for a keypad, and at most 12 characters, which is what a prompt on a phone carries. The check digit
is Damm's: it finds every wrong digit, and every two neighbours that were swapped. Letters that look like digits
are read as these, and whatever stands between is left out.

Source: H. Michael Damm, "Total anti-symmetrische Quasigruppen", 2004.
"""

import re
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final, Literal

# What the money is for, at the end; nothing is for savings.
PurposeLetter = Literal["", "L", "F"]

ACCOUNT_LENGTH_MAX: Final = 12
# A group's code is no shorter. Members are numbered from 1: to 999 in three digits, more in as many as it takes.
_CODE_DIGITS_MIN: Final = 5
_NUMBER_DIGITS: Final = 3
_NUMBER_DIGITS_MAX: Final = 6
# More than any network lets somebody type.
_TYPED_MAX: Final = 40

_DAMM: Final = (
    "0317598642", "7092154863", "4206871359", "1750983426", "6123045978",
    "3674209581", "5869720134", "8945362017", "9438617205", "2581436790",
)  # fmt: skip
_LOOK_ALIKES: Final = str.maketrans("OQDILZSBG", "000112586")
_BETWEEN: Final = re.compile(r"[^A-Z0-9]+")
_DIGITS: Final = re.compile(r"[0-9]+")


@dataclass(frozen=True, slots=True)
class AccountRead:
    """One way to read what was typed: the code of a group, a member's number in it, and what it is for."""

    code: str
    number: int
    letter: PurposeLetter


def account_number(code: str, number: int, letter: PurposeLetter = "") -> str:
    """
    The account of a member; "" for a group whose code is not of digits, or too long for it.

    The dash goes where it would be too long with it.
    """
    place = f"{number:0{_NUMBER_DIGITS}}"
    if not _DIGITS.fullmatch(code) or len(code) < _CODE_DIGITS_MIN:
        return ""
    ends = f"{place}{_check_digit(code + place)}{letter}"
    return next((each for each in (f"{code}-{ends}", code + ends) if len(each) <= ACCOUNT_LENGTH_MAX), "")


def accounts_read(typed: str) -> Sequence[AccountRead]:
    """
    All ways to read what was typed that its check digit agrees with: none where it is wrong, nearly always one.

    Where group and number can be told apart in two ways, what stands between them says which is meant.
    """
    parts = _parts(typed)
    whole = "".join(parts)
    ways = [each for letter, digits in _letters(whole) for each in _split(digits, letter)]
    ends = {len("".join(parts[:count])) for count in range(1, len(parts))}
    said = [each for each in ways if len(each.code) in ends]
    return said if len(said) == 1 else ways


def group_codes_read(typed: str) -> Sequence[str]:
    """The codes that something wrong may begin with: what stands before a dash, or all that could be one."""
    parts = [each.translate(_LOOK_ALIKES) for each in _parts(typed)]
    if not parts or not _DIGITS.fullmatch(parts[0]):
        return ()
    if len(parts) > 1 and len(parts[0]) >= _CODE_DIGITS_MIN:
        return (parts[0],)
    digits = "".join(parts)
    if not _DIGITS.fullmatch(digits):
        digits = parts[0]
    # One digit too many or too few of what follows it is still a slip; more is another number altogether.
    shortest = max(_CODE_DIGITS_MIN, len(digits) - _NUMBER_DIGITS - 2)
    longest = len(digits) - _NUMBER_DIGITS
    lengths = [*range(shortest, longest + 1), len(digits)]
    return tuple(digits[:length] for length in lengths if length >= _CODE_DIGITS_MIN)


def _parts(typed: str) -> list[str]:
    """What was typed, in capitals, without what stands between."""
    plain = unicodedata.normalize("NFKC", typed[:_TYPED_MAX]).upper()
    return [each for each in _BETWEEN.split(plain) if each]


def _letters(whole: str) -> Iterator[tuple[PurposeLetter, str]]:
    """
    The digits, with a letter at the end for what it is for or without. An L can be read as a 1 too: never do both
    have a right check digit.
    """
    for letter in ("L", "F"):
        if whole.endswith(letter):
            yield letter, whole.removesuffix(letter).translate(_LOOK_ALIKES)
    yield "", whole.translate(_LOOK_ALIKES)


def _split(digits: str, letter: PurposeLetter) -> Iterator[AccountRead]:
    if not _DIGITS.fullmatch(digits) or _check_digit(digits[:-1]) != digits[-1]:
        return
    for width in range(_NUMBER_DIGITS, _NUMBER_DIGITS_MAX + 1):
        code, place = digits[: -1 - width], digits[-1 - width : -1]
        if len(code) < _CODE_DIGITS_MIN:
            return
        if int(place) and (width == _NUMBER_DIGITS or place[0] != "0"):
            yield AccountRead(code, int(place), letter)


def _check_digit(digits: str) -> str:
    at = "0"
    for digit in digits:
        at = _DAMM[int(at)][int(digit)]
    return at
