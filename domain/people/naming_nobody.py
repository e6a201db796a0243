"""What somebody wrote about people, where it may say nothing of who they are."""

import re
from typing import Final

from domain.people.find import names_of
from domain.people.phones import holders_of
from domain.store import Store

_WORD: Final = re.compile(r"[^\W\d_]+")
_NAME_LETTERS_MIN: Final = 3
_PHONE: Final = re.compile(r"\+?\d(?:[ -]?\d){8,}")
# One that stands by itself, and is no part of an id.
_NUMBER: Final = re.compile(rf"(?<![\w-]){_PHONE.pattern}(?![\w-])")
_LEFT_OUT: Final = "…"
_CALLED: Final = "member"  # it is a part of the name of whoever was forgotten, too
_TWICE: Final = re.compile(rf"\b({_CALLED} \d+)(?: \1\b)+")


def naming_nobody(store: Store, group: str, words: str) -> str:
    """The same words, with members of the group as their numbers and no phone."""
    memberships = store.memberships.find(group=group, sort="number")
    names = names_of(store, [each.person for each in memberships])
    number_of = {
        part.casefold(): each.number
        for each in reversed(memberships)
        for part in _WORD.findall(names.get(each.person, ""))
        if len(part) >= _NAME_LETTERS_MIN and part.casefold() != _CALLED
    }

    def said(word: re.Match[str]) -> str:
        number = number_of.get(word[0].casefold())
        return word[0] if number is None else f"{_CALLED} {number}"

    return _TWICE.sub(r"\1", _WORD.sub(said, _PHONE.sub("", words))).strip()


def without_naming(store: Store, person: str, words: str) -> str:
    """
    The same words without the name of this person, an id, or "" for nobody, and without phone numbers: what
    begins as one, or is one that a member has. A provider's id of a payment stays.
    """
    known = store.people.one(id=person) if person else None
    names = {
        part.casefold()
        for name in ((known.name, known.own_name) if known else ())
        for part in _WORD.findall(name)
        if len(part) >= _NAME_LETTERS_MIN
    }

    def word_said(word: re.Match[str]) -> str:
        return _LEFT_OUT if word[0].casefold() in names else word[0]

    def number_said(number: re.Match[str]) -> str:
        is_phone = number[0][0] in "+0" or holders_of(store, f"+{re.sub('[ -]', '', number[0])}")
        return _LEFT_OUT if is_phone else number[0]

    return _WORD.sub(word_said, _NUMBER.sub(number_said, words))
