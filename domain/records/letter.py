"""
A letter: what a member writes to a whole group, or to its officers.

Members read "message" for it. It has a name of its own here, where a message is what comes in on a channel, a
notice what goes out, and a chat the address of one person.
"""

import unicodedata
from dataclasses import dataclass
from datetime import datetime
from typing import Final, Literal

from domain.records.person import OFFICERS, Membership

LetterTo = Literal["group", "officers"]
WORD_LENGTH_MIN: Final = 3  # of those by which a letter is found


@dataclass(frozen=True, slots=True)
class Letter:
    """
    `place` counts the letters of a group from 1, and its `id` has their order; `place_to_all` is how many of those
    up to it are for everybody. It goes to those who have a chat as long as it has a `next_at`: `reached` is the
    last membership that was looked at. At `until` it is forgotten.
    """

    id: str
    group: str
    by: str
    name: str  # of who wrote it, as they were called
    to: LetterTo
    text: str
    words: tuple[str, ...]  # by which it is found
    at: datetime
    until: datetime
    place: int
    place_to_all: int
    next_at: datetime | None
    reached: str = ""
    removed_by: str = ""

    def is_for(self, membership: Membership | None) -> bool:
        """Whether somebody reads it now: in the group since before it, an officer where it is for those."""
        if membership is None or membership.status != "active" or self.removed_by:
            return False
        return membership.letters_from < self.place and self.to in audiences_of(membership)


def words_in(text: str) -> tuple[str, ...]:
    """
    Those by which a letter with this text is found: each of three letters or more once, without capitals, accents
    and signs, in the order of the alphabet.
    """
    plain = unicodedata.normalize("NFKD", text.casefold())
    bare = "".join(char for char in plain if unicodedata.category(char)[0] != "M")
    spaced = "".join(char if char.isalnum() else " " for char in bare)
    return tuple(sorted({word for word in spaced.split() if len(word) >= WORD_LENGTH_MIN}))


def letter_id(group: str, place: int) -> str:
    """The letters of a group in their order are a range of these ids."""
    return f"{group}:{place:09d}"


def audiences_of(membership: Membership) -> list[LetterTo]:
    """Whose letters a member of this role reads."""
    return ["group", "officers"] if membership.role in OFFICERS else ["group"]
