"""Whole minor units of an ISO 4217 currency. Never a float. What people type is read in `typed_amounts`."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from domain.errors import DomainError, Mistake


@dataclass(frozen=True, slots=True)
class Currency:
    """
    How a currency is counted and written.

    `exponent` is that of ISO 4217. `least` is the smallest amount that anybody types, in minor units. `names` are
    what people write for it beside its code, in capitals. With `cents` every amount is written with them; without,
    only one that has some. With `points` a point may stand between thousands.
    """

    exponent: int
    least: int
    names: tuple[str, ...] = ()
    cents: bool = False
    points: bool = False


_FRANCS: Final = ("FCFA", "F CFA", "CFA", "F")

# Those a group may keep its book in.
CURRENCIES: Final[Mapping[str, Currency]] = {
    "AOA": Currency(2, 50_00, ("KZ",), points=True),
    "BIF": Currency(0, 100, ("FBU", "F")),
    "CDF": Currency(2, 100_00, ("FC", "F"), points=True),
    "ETB": Currency(2, 1_00, ("BIRR", "BR"), cents=True),
    "EUR": Currency(2, 10, ("€",), cents=True),
    "GHS": Currency(2, 50, ("GH₵", "GH¢", "GHC", "₵", "CEDIS", "CEDI"), cents=True),
    "GNF": Currency(0, 500, ("FG", "F")),
    "KES": Currency(2, 10_00, ("KSHS", "KSH", "SHS", "SH", "/=", "/-")),
    "LRD": Currency(2, 10_00, ("L$", "LD")),
    "MWK": Currency(2, 50_00, ("MK", "K")),
    "MZN": Currency(2, 5_00, ("MT",), cents=True, points=True),
    "NGN": Currency(2, 10_00, ("₦", "N", "NAIRA")),
    "RWF": Currency(0, 50, ("FRW", "RF", "F")),
    "SSP": Currency(2, 100_00, ("SS£",)),
    "SZL": Currency(2, 1_00, ("E",), cents=True),
    "TZS": Currency(2, 100_00, ("TSHS", "TSH", "SHS", "SH", "/=", "/-")),
    "UGX": Currency(0, 100, ("USHS", "USH", "SHS", "SH", "/=", "/-")),
    "USD": Currency(2, 10, ("US$", "$"), cents=True),
    "XAF": Currency(0, 25, _FRANCS),
    "XOF": Currency(0, 25, _FRANCS),
    "ZAR": Currency(2, 1_00, ("R",), cents=True),
    "ZMW": Currency(2, 1_00, ("ZK", "K"), cents=True),
}
EXPONENTS: Final[Mapping[str, int]] = {code: each.exponent for code, each in CURRENCIES.items()}

# ISO 3166 codes of the countries whose own money is one of these, but for euro and dollar.
COUNTRIES: Final = (
    "AO", "BF", "BI", "BJ", "CD", "CF", "CG", "CI", "CM", "ET", "GA", "GH", "GN", "GQ", "GW", "KE", "LR", "LS",
    "ML", "MW", "MZ", "NA", "NE", "NG", "RW", "SN", "SS", "SZ", "TD", "TG", "TZ", "UG", "ZA", "ZM",
)  # fmt: skip

# Largest amount a screen, a provider and a 64-bit balance of a whole book all carry with room to spare.
MINOR_MAX: Final = 10**12

_MAJOR = re.compile(r"(-)?(\d{1,15})(?:\.(\d{1,6}))?", re.ASCII)


class InvalidAmount(DomainError):
    """The text is not an amount that can be read in only one way."""

    code = "invalid_amount"


class AmbiguousAmount(InvalidAmount):
    """It can be read in two ways: `one` and `other`, in minor units of `currency`."""

    code = "ambiguous_amount"


class OtherCurrency(InvalidAmount):
    """It is in another currency than the group's, `currency`; `other` is what was typed for it."""

    code = "other_currency"


class TooLittle(DomainError):
    """Less than the smallest amount, `least` in minor units of `currency`, and not all that there is to choose."""

    code = "too_little"


class AmountTooLarge(InvalidAmount):
    """It is more than `most`, in minor units of `currency`, which is all that any amount can be."""

    code = "amount_too_large"

    def __init__(self, currency: str, most: int = MINOR_MAX) -> None:
        super().__init__(currency=currency, most=most)


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
        return f"{self.currency} {self.written(',')}"

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

    def written(self, separator: str = "") -> str:
        """The same as people write it: without cents where nobody has any, but for an amount that has some."""
        currency, grouped = CURRENCIES[self.currency], self.grouped(separator)
        if currency.exponent and not currency.cents:
            return grouped.removesuffix("." + "0" * currency.exponent)
        return grouped

    @property
    def least(self) -> "Money":
        """The smallest amount of its currency that anybody types."""
        return Money(CURRENCIES[self.currency].least, self.currency)


def check_least(amount: Money, *whole: Money, least: Money | None = None) -> None:
    """
    An amount that somebody chose is the smallest of its currency or `least`, or above, or one of the `whole`: of
    those it may be all though they are less. Raises TooLittle.
    """
    least = least or amount.least
    if amount < least and amount not in whole:
        raise TooLittle(least=least.minor, currency=least.currency)


def smallest_written(currency: str) -> int:
    """The least that an amount is usually written to, in minor units: a cent, or a whole where nobody has any."""
    known = CURRENCIES[currency]
    return 1 if known.cents else 10**known.exponent


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
