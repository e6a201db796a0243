"""
A number and its older form: where a country has changed its plan, both are one phone.

What is kept is the new form; networks and chat services may still say the old one, and documents of before have
it. Benin put 01 before every number on 30 November 2024. Ivory Coast went from 8 digits to 10 on 31 January 2021:
a mobile number got its operator's prefix, told from its second digit; a fixed line is no member's phone, and not
changed here.

Source: ARCEP Bénin and ARTCI, "plan national de numérotation"; the old operators' blocks are those that the
operators told libphonenumber (its issue 1909).
"""

import re
from collections.abc import Sequence
from typing import Final

_BENIN: Final = "+229"
_IVORY_COAST: Final = "+225"
_BENIN_OLD: Final = re.compile(r"\+229([2-9]\d{7})", re.ASCII)
_BENIN_NEW: Final = re.compile(r"\+22901([2-9]\d{7})", re.ASCII)
# By the second digit a number was of one of three networks; 80 and 90 were no phones, 2 and 3 fixed lines.
_IVORIAN_OLD: Final[Sequence[tuple[str, re.Pattern[str]]]] = (
    ("01", re.compile(r"\+225(0[1-3]\d{6}|[4-7][0-3]\d{6})", re.ASCII)),
    ("05", re.compile(r"\+225([04-9][4-6]\d{6})", re.ASCII)),
    ("07", re.compile(r"\+225([04-9][7-9]\d{6})", re.ASCII)),
)


# No calling code begins another one: those of one digit and of two, all others have three (ITU-T E.164).
_CALLING_CODE: Final = re.compile(
    r"\+(?:[17]|2[07]|3[0-469]|4[013-9]|5[1-8]|6[0-6]|8[1246]|9[0-58]|\d{3})", re.ASCII
)


def calling_code(phone: str) -> str:
    """What numbers (E.164) of the same country begin with: "+256"; "" for no number."""
    match = _CALLING_CODE.match(phone)
    return match[0] if match else ""


def todays_form(phone: str) -> str:
    """A number (E.164) as it is dialled today; one that did not change is itself."""
    if phone.startswith(_BENIN):
        return _BENIN_OLD.sub(r"+22901\1", phone) if _BENIN_OLD.fullmatch(phone) else phone
    if phone.startswith(_IVORY_COAST):
        for prefix, old in _IVORIAN_OLD:
            if match := old.fullmatch(phone):
                return f"{_IVORY_COAST}{prefix}{match[1]}"
    return phone


def forms_of(phone: str) -> tuple[str, ...]:
    """All forms (E.164) of a phone, today's first: what a document, or a chat's name, may have of it."""
    today = todays_form(phone)
    if match := _BENIN_NEW.fullmatch(today):
        return today, f"{_BENIN}{match[1]}"
    if today.startswith(_IVORY_COAST):
        before = f"{_IVORY_COAST}{today[6:]}"
        if todays_form(before) == today != before:
            return today, before
    return (today,)
