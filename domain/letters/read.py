"""Reading letters: what is new, one after the other, and those with a word in them."""

from dataclasses import dataclass
from datetime import date
from typing import Annotated, Final, Literal

from msgspec import Meta

from domain.commands import handles
from domain.decisions.rights import active_member
from domain.letters.kept_out import LETTER_LENGTH_MAX
from domain.records.letter import Letter, LetterTo, audiences_of, letter_id, words_in
from domain.records.person import Membership
from domain.store import Between, Store
from domain.tables import Some

FOUND_AT_ONCE: Final = 9  # as many as a chat shows with the ways on and out
_LAST_PLACE: Final = 10**9 - 1
# What a letter says: no screen has more than the example.
LetterText = Annotated[str, Meta(examples=[("WWWWWWW " * 50)[:LETTER_LENGTH_MAX]])]
BEGINNING_MAX: Final = 15  # beside a name
Beginning = Annotated[str, Meta(examples=["W" * BEGINNING_MAX])]
# The first that is new, or else the newest of all; the one after a place, the one before it, the one at it.
Which = Literal["new", "next", "earlier", "this"]


@dataclass(frozen=True, slots=True)
class OpenLetter:
    """Somebody reads a letter; `place` is that of the one they saw before."""

    person: str
    group: str
    which: Which
    place: int = 0


@dataclass(frozen=True, slots=True)
class OpenedLetter:
    """`by` is who wrote it, and `name` what they were called; whether there is one after it, or before it."""

    place: int
    by: str
    name: str
    to: LetterTo
    text: LetterText
    day: date
    later: bool
    earlier: bool


@dataclass(frozen=True, slots=True)
class FoundLetter:
    """A letter in a list: who wrote it, and its beginning. Its `id` is its place, in digits."""

    id: str
    place: int
    name: str
    text: Beginning


@handles(OpenLetter, always=True)
def open_letter(tx: Store, command: OpenLetter) -> OpenedLetter | None:
    """It is read from now on, as are those before it; None when there is no such letter. Raises NotAllowed."""
    reader = active_member(tx, command.group, command.person)
    letter = _wanted(tx, reader, command)
    if letter is None:
        return None
    later = _next(tx, reader, letter.place + 1)
    _have_read(tx, reader, letter, all_of_them=later is None)
    return OpenedLetter(
        letter.place,
        letter.by,
        letter.name,
        letter.to,
        letter.text,
        tx.groups.get(command.group).constitution.day(letter.at),
        later is not None,
        _last(tx, reader, letter.place - 1) is not None,
    )


def letters_after(store: Store, group: str, person: str, place: int, limit: int) -> list[Letter]:
    """Those that somebody may read behind a place, in order; none of them is read by that. Raises NotAllowed."""
    reader = active_member(store, group, person)
    first = max(place, reader.letters_from) + 1
    return store.letters.find(
        id=Between(letter_id(group, min(first, _LAST_PLACE)), letter_id(group, _LAST_PLACE)),
        to=audiences_of(reader),
        removed_by="",
        limit=limit,
    )


def find_letters(store: Store, group: str, person: str, word: str, past: str = "") -> Some[FoundLetter]:
    """Those with this word in them, the newest first. Raises NotAllowed."""
    reader = active_member(store, group, person)
    wanted = words_in(word)
    if not wanted:
        return Some([], more=False)
    found = store.letters.some(
        FOUND_AT_ONCE,
        past=letter_id(group, int(past)) if past else "",
        group=group,
        words=wanted[0],
        place=Between(reader.letters_from + 1, 10**9),
        to=audiences_of(reader),
        removed_by="",
        sort="-place",
    )
    seen = [
        FoundLetter(str(each.place), each.place, each.name, each.text[:BEGINNING_MAX].rstrip()) for each in found
    ]
    return Some(seen, found.more)


def _wanted(tx: Store, reader: Membership, command: OpenLetter) -> Letter | None:
    match command.which:
        case "new":
            new = _next(tx, reader, reader.letters_read + 1)
            return new or _last(tx, reader, 10**9 - 1)
        case "next":
            return _next(tx, reader, command.place + 1)
        case "earlier":
            return _last(tx, reader, command.place - 1)
        case "this":
            letter = tx.letters.one(id=letter_id(command.group, command.place))
            return letter if letter and letter.is_for(reader) else None


def _next(tx: Store, reader: Membership, first: int) -> Letter | None:
    return _one(tx, reader, first, 10**9 - 1, "id")


def _last(tx: Store, reader: Membership, last: int) -> Letter | None:
    return _one(tx, reader, 1, last, "-id")


def _one(tx: Store, reader: Membership, first: int, last: int, sort: str) -> Letter | None:
    group, first = reader.group, max(first, reader.letters_from + 1)
    found = tx.letters.find(
        id=Between(letter_id(group, first), letter_id(group, last)),
        to=audiences_of(reader),
        removed_by="",
        sort=sort,
        limit=1,
    )
    return found[0] if found else None


def _have_read(tx: Store, reader: Membership, letter: Letter, *, all_of_them: bool) -> None:
    place, place_to_all = letter.place, letter.place_to_all
    if all_of_them:
        # Behind it there may be some that were removed, or are for others.
        group = tx.groups.get(letter.group)
        place, place_to_all = group.letters, group.letters_to_all
    read = max(place, reader.letters_read), max(place_to_all, reader.letters_read_to_all)
    if read != (reader.letters_read, reader.letters_read_to_all):
        tx.memberships.change(reader.id, letters_read=read[0], letters_read_to_all=read[1])
