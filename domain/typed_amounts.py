"""
Amounts as people type them, read in one way or not at all.

What a screen writes is read, in each language: "UGX 5,500", "5 500 FCFA", "150,50 KES"; and what hands write:
"5500", "10,500/=", "5k", "Ksh 550", in the digits of any script, because each has one value.
"""

import re
import unicodedata
from collections.abc import Iterable
from functools import cache
from itertools import chain
from typing import Final

from domain.money import (
    CURRENCIES,
    MINOR_MAX,
    AmbiguousAmount,
    AmountTooLarge,
    InvalidAmount,
    Money,
    OtherCurrency,
    from_major,
)

TYPED_MAX: Final = 40  # characters

_WHOLE: Final = re.compile(r"\d{1,15}", re.ASCII)
_LONG: Final = re.compile(r"0*[1-9]\d{15,}", re.ASCII)
# Thousands set apart by one sign throughout, then at most two decimals after another one.
_GROUPED: Final = re.compile(r"([1-9]\d{0,2}(?:([ .,])\d{3})(?:\2\d{3})*)(?:(?!\2)([.,])(\d{1,2}))?", re.ASCII)
_DECIMAL: Final = re.compile(r"(\d{1,15})([.,])(\d{1,2})", re.ASCII)
_THOUSANDS: Final = re.compile(r"(\d{1,3}|\d{1,3}[.,]\d{1,2}) ?K", re.ASCII)
_LIKE: Final = re.compile(r"\d[\d.,]+|\d{1,3}(?: \d{3})+(?:[.,]\d{1,2})?", re.ASCII)
_DIGIT: Final = re.compile(r"\d", re.ASCII)
# After these "0002" is seen as 2000: no amount.
_OVERRIDES: Final = "\u202d\u202e"
# Between thousands, and before decimals, in Arabic.
_SIGNS: Final = {"\u066c": ",", "\u066b": "."}


def parse_amount(text: str, currency: str) -> Money:
    """
    Read the amount a member typed, in major units.

    Raises AmbiguousAmount, OtherCurrency, AmountTooLarge, or InvalidAmount when there is no such amount: it is
    zero or below, or has more decimals than the currency.
    """
    line = _plain(text)
    if _is_long(line) and currency in CURRENCIES:
        raise AmountTooLarge(currency)
    if len(line) > TYPED_MAX or currency not in CURRENCIES:
        raise InvalidAmount(currency=currency)
    number, stands_after = _without_name(line, currency)
    money = _read(number, currency, french=stands_after)
    # In Lusaka a K is a kwacha, and a thousand.
    if number != line and line.endswith("K") and _THOUSANDS.fullmatch(line):
        raise AmbiguousAmount(currency=currency, one=money.minor, other=_read(line, currency).minor)
    return money


def is_bare_digit(text: str) -> bool:
    """Whether it is one digit, of any script, with nothing beside it: the number of an option."""
    return bool(_DIGIT.fullmatch(_plain(text)))


def is_currency_name(word: str) -> bool:
    """Whether people write it for a currency, beside an amount."""
    return _plain(word).rstrip(".") in _names()


def is_like_amount(text: str) -> bool:
    """Whether some words of a sentence are meant as one amount, of whatever currency; not one digit by itself."""
    line = _plain(text)
    if len(line) > TYPED_MAX or not any(char in "123456789" for char in line):
        return False
    number = _without_any_name(line)
    if number != line:
        return bool(_WHOLE.fullmatch(number) or _LIKE.fullmatch(number) or _THOUSANDS.fullmatch(number))
    return bool(_LIKE.fullmatch(line) or _THOUSANDS.fullmatch(line))


def _read(number: str, currency: str, *, french: bool = False) -> Money:
    """Without the currency's name. A comma is before decimals in `french`, where the name stands after them."""
    invalid = InvalidAmount(currency=currency)
    if _is_long(number):
        raise AmountTooLarge(currency)
    if _WHOLE.fullmatch(number):
        return _within(number, currency)
    if thousands := _THOUSANDS.fullmatch(number):
        whole, _, part = thousands[1].replace(",", ".").partition(".")
        return _within(whole + part.ljust(3, "0"), currency)
    if grouped := _GROUPED.fullmatch(number):
        digits, sign, _, cents = grouped.groups("")
        whole = _WHOLE.findall(digits)
        joined = "".join(whole)
        if sign == "." and not cents and len(whole) == 2:
            return _after_point(whole, currency)
        return _within(f"{joined}.{cents}" if cents else joined, currency)
    if decimal := _DECIMAL.fullmatch(number):
        whole_part, sign, cents = decimal.groups()
        money = _within(f"{whole_part}.{cents}", currency)
        # "1,50" is 1.50 in Dakar, and 1,500 with a slip in Nairobi.
        if sign == "," and not french and len(whole_part) <= len("999"):
            other = from_major(whole_part + cents.ljust(3, "0"), currency)
            raise AmbiguousAmount(currency=currency, one=money.minor, other=other.minor)
        return money
    raise invalid


def _after_point(parts: list[str], currency: str) -> Money:
    """What "1.500" is: thousands, where no decimals can be meant."""
    money, known = _within("".join(parts), currency), CURRENCIES[currency]
    if not known.exponent or known.points:
        return money
    if not parts[1].endswith("0"):
        raise InvalidAmount(currency=currency)
    raise AmbiguousAmount(currency=currency, one=money.minor, other=from_major(".".join(parts), currency).minor)


def _within(major: str, currency: str) -> Money:
    if _is_long(major.partition(".")[0]):
        raise AmountTooLarge(currency)
    money = from_major(major, currency)
    if money.minor > MINOR_MAX:
        raise AmountTooLarge(currency)
    if money.minor <= 0:
        raise InvalidAmount(currency=currency)
    return money


def _is_long(whole: str) -> bool:
    """Whether these are the digits of a number that no amount of any currency comes to."""
    return _LONG.fullmatch(whole) is not None


def _plain(text: str) -> str:
    """In capitals, with our digits, one kind of space, and no marks of direction."""
    line = text.strip().upper()
    return " ".join((line if line.isascii() else "".join(map(_plain_char, line))).split(" ")).strip()


def _plain_char(char: str) -> str:
    match unicodedata.category(char):
        case "Nd":
            return str(unicodedata.decimal(char))
        case "Zs":
            return " "
        case "Cf":
            return char if char in _OVERRIDES else ""
    return _SIGNS.get(char, char)


def _without_name(line: str, currency: str) -> tuple[str, bool]:
    """The number, and whether the currency's name stood after it, and not before. Raises OtherCurrency."""
    names = (currency, *CURRENCIES[currency].names)
    number = _cut_before(line, names)
    after = _cut_after(number, names)
    if after == line and (other := _other_name(line)):
        raise OtherCurrency(currency=currency, other=other)
    return after, after != number and number == line


def _other_name(line: str) -> str:
    """The name of a currency that stands beside the amount; "" for a sign that says no more than "/="."""
    rest = _without_any_name(line)
    name = line.replace(rest, "", 1).strip(" .") if rest != line else ""
    return name if name in _names() and not name.startswith("/") else ""


def _without_any_name(line: str) -> str:
    return _cut_after(_cut_before(line, _names()), _names())


def _cut_before(line: str, names: Iterable[str]) -> str:
    """Without one of the names at its beginning, where a digit follows it."""
    for name in sorted(names, key=len, reverse=True):
        rest = line.removeprefix(name).removeprefix(".").lstrip(" ")
        if line.startswith(name) and _DIGIT.match(rest):
            return rest
    return line


def _cut_after(line: str, names: Iterable[str]) -> str:
    """Without one of the names at its end, where a digit or a K stands before it."""
    whole = line.removesuffix(".")
    for name in sorted(names, key=len, reverse=True):
        rest = whole.removesuffix(name).rstrip(" ")
        if whole.endswith(name) and (_DIGIT.match(rest[-1:]) or _THOUSANDS.fullmatch(rest)):
            return rest
    return line


@cache
def _names() -> tuple[str, ...]:
    """What is a currency wherever it stands: of single letters none, which are other words too."""
    names = {*CURRENCIES, *chain.from_iterable(each.names for each in CURRENCIES.values())}
    return tuple(sorted(name for name in names if len(name) > 1 or not name.isascii() or not name.isalpha()))
