"""What somebody wrote about people, where it may say nothing of who they are."""

import re
from collections.abc import Iterator
from typing import Final

from domain.people.find import names_of
from domain.people.phones import holders_of
from domain.store import Store

_WORD: Final = re.compile(r"[^\W\d_]+")
_LONG: Final = 3  # letters; a shorter word may be no name, if it is written otherwise: "Ba"
_BETWEEN: Final = "[ .-]"
_PHONE: Final = re.compile(rf"\+?\d(?:{_BETWEEN}?\d){{8,}}")
_BEGINS: Final = re.compile(r"\+|00?[1-9]")
_DIGITS_MIN: Final = 9
# Digits that stand by themselves, in one piece or in several: no part of an id, and no day with its hour.
_DAY: Final = r"(?:[0-3]\d[.-][01]\d[.-](?:19|20)\d\d|(?:19|20)\d\d[.-][01]\d[.-][0-3]\d)\b"
_NUMBER: Final = re.compile(
    rf"(?<![\w-])(?!{_DAY})\+?(?:\d{{9,15}}|\d(?:{_BETWEEN}?\d){{8,14}})(?!\w|-[\da-f]{{4}}-|-[\da-f]{{12}}\b)"
)
_LEFT_OUT: Final = "…"
_CALLED: Final = "member"
# What whoever was forgotten is called: nobody's name.
_NO_NAMES: Final = frozenset({_CALLED, "former"})
_TWICE: Final = re.compile(rf"\b({_CALLED} \d+)(?: \1\b)+")


def naming_nobody(store: Store, group: str, words: str) -> str:
    """The same words, with members of the group as their numbers and no phone."""
    memberships = store.memberships.find(group=group, sort="number")
    names = names_of(store, [each.person for each in memberships])
    number_of = {
        part: each.number for each in reversed(memberships) for part in _parts(names.get(each.person, ""))
    }

    def said(word: re.Match[str]) -> str:
        number = number_of.get(word[0].casefold(), number_of.get(word[0]))
        return word[0] if number is None else f"{_CALLED} {number}"

    return _TWICE.sub(r"\1", _WORD.sub(said, _PHONE.sub("", words))).strip()


def without_naming(store: Store, person: str, words: str) -> str:
    """
    The same words without the name of this person, an id, or "" for nobody, and without phone numbers: what
    begins as one, or is one that a member has. A provider's id of a payment stays.
    """
    known = store.people.one(id=person) if person and words else None
    names = {part for name in ((known.name, known.own_name) if known else ()) for part in _parts(name)}

    def word_said(word: re.Match[str]) -> str:
        return _LEFT_OUT if names & {word[0].casefold(), word[0]} else word[0]

    def number_said(number: re.Match[str]) -> str:
        """An amount may stand before it, or an hour."""
        pieces = [0, *(each.end() for each in re.finditer(_BETWEEN, number[0]))]
        phone = next((at for at in pieces if _is_phone(store, number[0][at:])), None)
        return number[0] if phone is None else f"{number[0][:phone]}{_LEFT_OUT}"

    return _WORD.sub(word_said, _NUMBER.sub(number_said, words))


def _is_phone(store: Store, said: str) -> bool:
    digits = "".join(each for each in said if each.isdecimal())
    return len(digits) >= _DIGITS_MIN and bool(_BEGINS.match(said) or holders_of(store, f"+{digits}"))


def _parts(name: str) -> Iterator[str]:
    """The words of a name: long ones in small letters, short ones as they are written."""
    for part in _WORD.findall(name):
        if len(part) >= _LONG and part.casefold() not in _NO_NAMES:
            yield part.casefold()
        elif 1 < len(part) < _LONG:
            yield part
