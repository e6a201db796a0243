"""
The countries of Airtel Money: the currency of each, and the numbers that are Airtel's there.

A setting replaces these numbers, since numbers are added and, in some countries, ported.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from payments.networks import numbers_of


@dataclass(frozen=True, slots=True)
class AirtelMarket:
    """One country. `calling_code` begins its numbers (E.164), `numbers` those that are Airtel's."""

    currency: str
    calling_code: str
    numbers: tuple[str, ...]


def _market(country: str, currency: str, calling_code: str) -> AirtelMarket:
    return AirtelMarket(currency, calling_code, numbers_of("airtel", country))


_IN: Final[Mapping[str, tuple[str, str]]] = {
    "CD": ("CDF", "+243"),
    "CG": ("XAF", "+242"),
    "GA": ("XAF", "+241"),
    "KE": ("KES", "+254"),
    "MW": ("MWK", "+265"),
    "NE": ("XOF", "+227"),
    "RW": ("RWF", "+250"),
    "TD": ("XAF", "+235"),
    "TZ": ("TZS", "+255"),
    "UG": ("UGX", "+256"),
    "ZM": ("ZMW", "+260"),
}
MARKETS: Final[Mapping[str, AirtelMarket]] = {country: _market(country, *told) for country, told in _IN.items()}
