"""Phone numbers, and whose they are."""

from collections.abc import Iterable
from functools import lru_cache
from typing import Final

import phonenumbers
from phonenumbers import PhoneNumberType

from domain.errors import DomainError
from domain.store import Store


class NoSuchMember(DomainError):
    """The number belongs to nobody."""

    code = "no_such_member"


class NotServed(DomainError):
    """No mobile number, or one of a country that is not served."""

    code = "not_served"


# In some countries nobody can tell from a number which of the two it is.
_MOBILE: Final = frozenset({PhoneNumberType.MOBILE, PhoneNumberType.FIXED_LINE_OR_MOBILE})


def normal_phone(text: str, country: str = "UG") -> str | None:
    """
    A phone number as E.164 with its "+"; one without a country code is of `country`. None if it is none.

    Without a `country` it has to have its country code, the "+" may be missing.
    """
    if not country:
        text = f"+{text.strip().lstrip('+')}"
    try:
        number = phonenumbers.parse(text, country)
    except phonenumbers.NumberParseException:
        return None
    if not phonenumbers.is_possible_number(number):
        return None
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)


@lru_cache(1024)  # asked for anew at each replay of a conversation
def country_of(phone: str) -> str:
    """The country of a number (E.164) as ISO 3166 names it, "UG"; "" for a number of none."""
    return phonenumbers.region_code_for_number(phonenumbers.parse(phone)) or ""


def served_country(store: Store, phone: str) -> str:
    """
    The country of a mobile number (E.164) to which a stranger can have us send text messages.

    Raises NotServed, for numbers of satellite networks (they are of no country) and of premium rate too.
    """
    number = phonenumbers.parse(phone)
    country = phonenumbers.region_code_for_number(number) or ""
    if country not in store.countries or phonenumbers.number_type(number) not in _MOBILE:
        raise NotServed
    return country


def unknown_countries(codes: Iterable[str]) -> list[str]:
    """Those of some ISO 3166 codes of which no phone number is."""
    return [code for code in codes if code not in phonenumbers.SUPPORTED_REGIONS]


def person_with(store: Store, phone: str) -> str | None:
    """The id of the person who has this number (E.164)."""
    person = store.people.one(phone=phone)
    return person.id if person else None
