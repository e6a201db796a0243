"""
The countries of Airtel Money: the currency of each, and the numbers that are Airtel's there.

Source: the numbering plans of the countries' regulators, 2026. Where we know no plan, every number of the country
is tried. A setting replaces what stands here, since numbers are added and, in some countries, ported.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class AirtelMarket:
    """One country. `calling_code` begins its numbers (E.164), `numbers` those that are Airtel's."""

    currency: str
    calling_code: str
    numbers: tuple[str, ...]


def _market(currency: str, calling_code: str, networks: str = "") -> AirtelMarket:
    numbers = tuple(f"{calling_code}{each}" for each in networks.split())
    return AirtelMarket(currency, calling_code, numbers or (calling_code,))


MARKETS: Final[Mapping[str, AirtelMarket]] = {
    "CD": _market("CDF", "+243", "97 98 99"),
    "CG": _market("XAF", "+242"),
    "GA": _market("XAF", "+241"),
    "KE": _market("KES", "+254", "10 73 750 751 752 753 754 755 756 762 78"),
    "MW": _market("MWK", "+265", "98 99"),
    "NE": _market("XOF", "+227"),
    "RW": _market("RWF", "+250", "72 73"),
    "TD": _market("XAF", "+235"),
    "TZ": _market("TZS", "+255", "68 69 78"),
    "UG": _market("UGX", "+256", "70 74 75"),
    "ZM": _market("ZMW", "+260", "57 77 97"),
}
