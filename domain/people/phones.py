"""
Phone numbers, and whose they are: read in one way at every door, however they are written.

`normal_phone` reads what a person typed, showed or passed on; `network_phone` what a network says of its own
phones. Both give a number as it is dialled today (`domain/records/phone.py`), and `holders_of` finds who has it
under any form. A phone may be shared: what concerns one of its holders asks which one is meant.
"""

import re
from collections import defaultdict
from collections.abc import Iterable
from datetime import datetime
from functools import lru_cache
from typing import Final

import phonenumbers
from phonenumbers import PhoneNumberType

from domain.errors import DomainError
from domain.records.person import Person
from domain.records.phone import forms_of, todays_form
from domain.store import Between, Store


class NoSuchMember(DomainError):
    """The number belongs to nobody."""

    code = "no_such_member"


class LookedForByNumber(NoSuchMember):
    """In a group so large nobody is looked for by a name."""

    code = "looked_for_by_number"


class NotServed(DomainError):
    """No mobile number, or one of a country that is not served."""

    code = "not_served"


_DIGITS_MIN: Final = 7  # of an international number
_DIGITS_MAX: Final = 15  # E.164; the library takes longer ones that are dialled within a country
_TEXT_MAX: Final = 40  # of a number with all its spaces and signs
_INTERNATIONAL: Final = re.compile(r"^[\s(]*00")
_UNKNOWN_CODE: Final = re.compile(r"\+[1-9][\d\s().-]{6,}", re.ASCII)
_OF_NETWORK: Final = re.compile(r"(?:\+|00)?([1-9]\d{6,14})", re.ASCII)
_NO_COUNTRY: Final = frozenset({"001", "ZZ"})  # what the library says of those that belong to none
# In some countries nobody can tell from a number which of the two it is.
_MOBILE: Final = frozenset({PhoneNumberType.MOBILE, PhoneNumberType.FIXED_LINE_OR_MOBILE})


def normal_phone(text: str, country: str = "UG") -> str | None:
    """
    A phone number as E.164 with its "+"; one without a country code is of `country`. None if it is none, or is of
    no country: a satellite's, or one that an app made up.

    "00" is as good as "+". Without a `country` it has to have its country code, the "+" may be missing.
    """
    number = _parsed(_international(text, country), country)
    if number is None:
        return None
    written = _written(number)
    again = _parsed(written)
    if again is None or _written(again) != written:
        return None  # a zero after the country's code was taken off, and there is another one behind it
    phone = todays_form(written)
    if phone != written:
        return phone
    if (
        not _DIGITS_MIN < len(phone) <= 1 + _DIGITS_MAX
        or _of_no_country(number)
        or not phonenumbers.is_possible_number(number)
    ):
        return None  # the library takes what may be dialled within a town alone
    return phone


def _written(number: phonenumbers.PhoneNumber) -> str:
    written: str = phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)
    return written


def is_of_no_country(text: str) -> bool:
    """Whether what was typed begins as an international number does, with a code that no country has."""
    international = _international(text, "")
    number = _parsed(international)
    if number is None:
        return bool(_UNKNOWN_CODE.fullmatch(international))
    return _of_no_country(number)


def _international(text: str, country: str) -> str:
    """With "+" for "00", and in front where there is no `country` to be of; "" for what is too long."""
    if len(text) > _TEXT_MAX:
        return ""
    text = _INTERNATIONAL.sub("+", "".join(str(int(c)) if c.isdecimal() else c for c in text))
    return text if country else f"+{text.strip().lstrip('+')}"


def _of_no_country(number: phonenumbers.PhoneNumber) -> bool:
    return phonenumbers.region_code_for_country_code(number.country_code or 0) in _NO_COUNTRY


def network_phone(text: str) -> str | None:
    """
    The number of somebody on a network, as the network says it: it knows its own better than any table. None when
    it is none with a country code, but a short code or a name. A "+" may be missing, or have become a space.
    """
    match = _OF_NETWORK.fullmatch(text.strip())
    return todays_form(f"+{match[1]}") if match else None


def _parsed(text: str, country: str = "") -> phonenumbers.PhoneNumber | None:
    try:
        return phonenumbers.parse(text, country or None)
    except phonenumbers.NumberParseException:
        return None


@lru_cache(1024)  # asked for anew at each replay of a conversation
def country_of(phone: str) -> str:
    """The country of a number (E.164) as ISO 3166 names it, "UG"; "" for a number of none."""
    number = _parsed(phone)
    country = phonenumbers.region_code_for_number(number) if number else None
    return "" if country is None or country in _NO_COUNTRY else country


def served_country(store: Store, phone: str) -> str:
    """
    The country of a mobile number (E.164) to which a stranger can have us send text messages.

    Raises NotServed, for numbers of satellite networks (they are of no country) and of premium rate too.
    """
    country = country_of(phone)
    if country not in store.countries or not is_mobile(phone):
        raise NotServed
    return country


def is_mobile(phone: str) -> bool:
    """Whether a number (E.164) is, or may be, that of a mobile phone."""
    number = _parsed(phone)
    return number is not None and phonenumbers.number_type(number) in _MOBILE


def unknown_countries(codes: Iterable[str]) -> list[str]:
    """Those of some ISO 3166 codes of which no phone number is."""
    return [code for code in codes if code not in phonenumbers.SUPPORTED_REGIONS]


def holders_of(store: Store, phone: str) -> list[Person]:
    """
    Who has this number (E.164), whichever form of it is asked for or was written down: of several, in the order in
    which they came to it. Two who registered under two forms of one phone share it, today's form first.
    """
    return [
        person
        for form in forms_of(phone)
        if form
        for person in sorted(store.people.find(phone=form), key=lambda person: person.seat)
    ]


def holders_of_each(store: Store, phones: Iterable[str]) -> dict[str, list[Person]]:
    """The same of several numbers, by the number that is asked for, in one query; each in no order."""
    forms = {phone: forms_of(phone) for phone in phones if phone}
    by_form = defaultdict[str, list[Person]](list)
    for person in store.people.find(phone=sorted({form for those in forms.values() for form in those})):
        by_form[person.phone].append(person)
    return {phone: [person for form in those for person in by_form[form]] for phone, those in forms.items()}


def person_with(store: Store, phone: str) -> str | None:
    """The id of who has this number, as `holders_of`; of several, of who had it first."""
    return next((person.id for person in holders_of(store, phone)), None)


def has_changed_hands(store: Store, phone: str, since: datetime) -> bool:
    """Whether this number was somebody else's at a moment, who has lost it."""
    lost = store.people.find(phone_before=todays_form(phone), phone_closed_at=Between(since, store.now()))
    return any(person.phone != phone for person in lost)
