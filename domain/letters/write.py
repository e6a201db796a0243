"""Writing a letter: to a whole group, or to its officers."""

from dataclasses import dataclass
from datetime import datetime

from domain.commands import handles
from domain.decisions.rights import active_member
from domain.errors import DomainError
from domain.letters.kept_out import check_letter
from domain.people.limits import LETTERS_DAY, take
from domain.records.letter import Letter, LetterTo, letter_id, words_in
from domain.records.person import Membership
from domain.store import Store


class Muted(DomainError):
    """The officers of the `group` let this member write no letters until the day `until`, ISO."""

    code = "muted"

    def __init__(self, group: str, until: str) -> None:
        super().__init__(group=group, until=until)


@dataclass(frozen=True, slots=True)
class WriteLetter:
    """`text` is one line, its spaces tidied."""

    person: str
    group: str
    to: LetterTo
    text: str


@handles(WriteLetter)
def write_letter(tx: Store, command: WriteLetter) -> None:
    """
    It can be read at once; to those who have a chat it goes in the worker, see `letters.spread`. Whoever had read
    all that was there has read their own too.

    Raises NotAllowed, Muted, TooManyLetters, and as `check_letter`.
    """
    author, now = may_write(tx, command.group, command.person), tx.now()
    check_letter(command.text)
    # First what makes one command wait for another: who comes second runs again from here, and is counted once.
    place = tx.groups.count_up(command.group, "letters")
    to_all = command.to == "group"
    place_to_all = (
        tx.groups.count_up(command.group, "letters_to_all")
        if to_all
        else tx.groups.get(command.group).letters_to_all
    )
    take(tx, LETTERS_DAY.of(command.person))
    tx.letters.insert(
        Letter(
            letter_id(command.group, place),
            command.group,
            command.person,
            tx.people.get(command.person).name,
            command.to,
            command.text,
            words_in(command.text),
            now,
            now + tx.offered.letters_kept,
            place,
            place_to_all,
            next_at=now,
        )
    )
    if author.letters_read == place - 1:
        tx.memberships.change(author.id, letters_read=place)
    if author.letters_read_to_all == place_to_all - 1:
        tx.memberships.change(author.id, letters_read_to_all=place_to_all)


def may_write(store: Store, group: str, person: str) -> Membership:
    """The membership of somebody who may write to a group now. Raises NotAllowed, Muted."""
    author, now = active_member(store, group, person), store.now()
    if is_muted(author, now):
        assert author.muted_until is not None
        where = store.groups.get(group)
        raise Muted(where.name, where.constitution.day(author.muted_until).isoformat())
    return author


def can_write(store: Store, group: str, person: str) -> None:
    """The same, before anything is typed."""
    may_write(store, group, person)


def is_muted(membership: Membership, now: datetime) -> bool:
    return membership.muted_until is not None and now < membership.muted_until
