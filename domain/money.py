"""Whole minor units of an ISO 4217 currency. Never a float."""

import re
import unicodedata
from dataclasses import dataclass
from typing import Final

from domain.errors import DomainError, Mistake

# ISO 4217 exponents of the currencies a group may keep its book in.
EXPONENTS: Final = {
    "BIF": 0, "EUR": 2, "GHS": 2, "GNF": 0, "KES": 2, "MWK": 2, "NGN": 2, "RWF": 0,
    "TZS": 2, "UGX": 0, "USD": 2, "XAF": 0, "XOF": 0, "ZAR": 2, "ZMW": 2,
}  # fmt: skip

# ISO 3166 codes of the countries whose own money is one of these, but for euro and dollar.
COUNTRIES: Final = (
    "BF", "BI", "BJ", "CF", "CG", "CI", "CM", "GA", "GH", "GN", "GQ", "GW", "KE", "LS", "ML", "MW", "NA", "NE",
    "NG", "RW", "SN", "TD", "TG", "TZ", "UG", "ZA", "ZM",
)  # fmt: skip

# Largest amount a screen, a provider and a 64-bit balance of a whole book all carry with room to spare.
MINOR_MAX: Final = 10**12

_MAJOR = re.compile(r"(-)?(\d{1,15})(?:\.(\d{1,6}))?", re.ASCII)

# "5000", "5000.50", or digits grouped in threes by a space: "5 000".
_AMOUNT = re.compile(r"(\d+|\d{1,3}(?: \d{3})+)(?:\.(\d+))?")


class InvalidAmount(DomainError):
    """The text is not an amount that can be read in only one way."""

    code = "invalid_amount"


class CurrencyMismatch(Mistake):
    """Two currencies met in one sum: a mistake of ours, never of a member."""


@dataclass(frozen=True, slots=True, order=True)
class Money:
    """`minor` whole minor units of `currency`: Money(50_000, "KES") is 500.00 shillings."""

    minor: int
    currency: str

    def __add__(self, other: "Money") -> "Money":
        return Money(self.minor + self._same(other), self.currency)

    def __sub__(self, other: "Money") -> "Money":
        return Money(self.minor - self._same(other), self.currency)

    def __neg__(self) -> "Money":
        return Money(-self.minor, self.currency)

    def __bool__(self) -> bool:
        return self.minor != 0

    def __str__(self) -> str:
        return f"{self.currency} {self.grouped(',')}"

    def _same(self, other: "Money") -> int:
        if other.currency != self.currency:
            raise CurrencyMismatch(f"{self.currency} and {other.currency}")
        return other.minor

    @property
    def major(self) -> str:
        """The amount as a decimal string in major units, "500.00": what providers and exports take."""
        exponent = EXPONENTS[self.currency]
        sign, digits = "-" if self.minor < 0 else "", str(abs(self.minor)).rjust(exponent + 1, "0")
        return f"{sign}{digits[:-exponent]}.{digits[-exponent:]}" if exponent else sign + digits

    def grouped(self, separator: str) -> str:
        """The amount in major units with its thousands set apart: "1,500.00"."""
        whole, _, fraction = self.major.partition(".")
        grouped = f"{int(whole):,}".replace(",", separator)
        if whole.startswith("-0"):
            grouped = "-" + grouped
        return f"{grouped}.{fraction}" if fraction else grouped


def from_major(text: str, currency: str) -> Money:
    """
    Read a decimal string in major units as a provider or a file writes it: "5000", "50.5", "50.00".

    Raises InvalidAmount for anything else, or for more decimals than the currency has.
    """
    match = _MAJOR.fullmatch(text)
    exponent = EXPONENTS.get(currency)
    if match is None or exponent is None:
        raise InvalidAmount(currency=currency)
    sign, whole, fraction = match.groups("")
    fraction = fraction.rstrip("0")
    if len(fraction) > exponent:
        raise InvalidAmount(currency=currency)
    minor = int(whole + fraction.ljust(exponent, "0"))
    return Money(-minor if sign else minor, currency)


def parse_amount(text: str, currency: str) -> Money:
    """
    Read the amount a member typed, in major units: "500", "500.50", "5 000", "KES 500", "٥٠٠".

    Digits of any script are read, because each has one value. A comma is not.
    Raises InvalidAmount when the text can be read in two ways or none, is zero, has more decimals than the
    currency, or is larger than MINOR_MAX.
    """
    # "1,500" is 1500 in Nairobi and 1.5 in Dakar: refused, not guessed at.
    digits = text.strip().upper()
    if not digits.isascii():
        digits = "".join(str(unicodedata.decimal(char, char)) for char in digits)
    digits = digits.removeprefix(currency).removesuffix(currency).strip()
    match = _AMOUNT.fullmatch(digits)
    # "1.500" is 1.50 in Nairobi and 1500 in Dakar: refused too.
    if match is None or len(digits) > 20 or len(match[2] or "") > EXPONENTS.get(currency, 0):
        raise InvalidAmount(currency=currency)
    money = from_major(match[0].replace(" ", ""), currency)
    if not 0 < money.minor <= MINOR_MAX:
        raise InvalidAmount(currency=currency)
    return money
