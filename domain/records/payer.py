"""Who paid, as a provider says it: whole, under a mask, or as a hash. It is compared with whom it should be."""

import re
from hashlib import sha256
from typing import Final

from domain.records.inbound import PayerHint
from domain.records.phone import forms_of

_NAME_KEPT_MAX: Final = 20
_HASH_LENGTH: Final = 64
# Of a number under a mask, so many digits say something.
_MASKED_DIGITS_MIN: Final = 5
_NUMBER: Final = re.compile(r"\+?\d{9,15}", re.ASCII)


def payer_hint(payer: str, phone: str) -> PayerHint:
    """Whether a payer, as a provider says who it was, can be this phone (E.164); never who else it is."""
    numbers = [form.removeprefix("+") for form in forms_of(phone)] if phone else []
    if not payer or not numbers:
        return "unknown"
    plain = payer.removeprefix("+")
    if is_number(payer):
        return _said(any(number.endswith(plain.lstrip("0")) for number in numbers))
    if len(plain) == _HASH_LENGTH:
        return _said(plain.lower() in [sha256(number.encode()).hexdigest() for number in numbers])
    if "*" not in plain:
        return "unknown"
    first, last = plain.partition("*")[0].strip(), plain.rpartition("*")[2].strip()
    if not (first + last).isdecimal() or len(first + last) < _MASKED_DIGITS_MIN:
        return "unknown"
    return _said(any(number.startswith(first) and number.endswith(last) for number in numbers))


def _said(same: bool) -> PayerHint:
    return "matches" if same else "other"


def is_number(payer: str) -> bool:
    return _NUMBER.fullmatch(payer) is not None


def first_name(name: str) -> str:
    """The first of the names that a provider gives, if it is one."""
    first = next(iter(name.split()), "")
    return first.capitalize()[:_NAME_KEPT_MAX] if first.isalpha() else ""
