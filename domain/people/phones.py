"""Phone numbers, and whose they are."""

from functools import lru_cache

import phonenumbers

from domain.errors import DomainError
from domain.store import Store


class NoSuchMember(DomainError):
    """The number belongs to nobody."""

    code = "no_such_member"


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


def person_with(store: Store, phone: str) -> str | None:
    """The id of the person who has this number (E.164)."""
    person = store.people.one(phone=phone)
    return person.id if person else None
