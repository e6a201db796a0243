"""What the country of a phone number pays with and what time it is there, as Unicode's CLDR knows it."""

from collections.abc import Sequence
from typing import Final

from babel.core import get_global
from babel.numbers import get_territory_currencies

from domain.money import EXPONENTS
from domain.people.phones import country_of

# For a number of no country.
_TIME_ZONE: Final = "Africa/Kampala"


def currencies_of(phone: str) -> Sequence[str]:
    """Those that a book can be kept in, of the number's country; none when it has none."""
    country = country_of(phone)
    return [code for code in get_territory_currencies(country) if code in EXPONENTS] if country else []


def time_zone_of(phone: str) -> str:
    """The time zone of the number's country, or one of them."""
    return time_zone_in(country_of(phone))


def time_zone_in(country: str) -> str:
    """The time zone of a country, by its ISO 3166 code, or one of them."""
    zones: Sequence[str] = get_global("territory_zones").get(country, [_TIME_ZONE])
    return zones[0]
