"""What somebody wrote about members of a group, where it may say nothing of who they are."""

import re
from typing import Final

from domain.people.find import names_of
from domain.store import Store

_WORD: Final = re.compile(r"[^\W\d_]+")
_NAME_LETTERS_MIN: Final = 3
_PHONE: Final = re.compile(r"\+?\d(?:[ -]?\d){8,}")
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
