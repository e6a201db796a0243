"""What officers do about letters: remove one, and let somebody write none for a time."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Final

from domain.commands import handles
from domain.decisions.rights import acting_officer, active_member, not_allowed
from domain.letters.write import is_muted
from domain.records.letter import letter_id
from domain.records.person import OFFICERS, membership_id
from domain.store import Between, Store
from domain.tables import Some
from domain.tell import tell

MUTED_DAYS: Final = (1, 7, 30)
_FAR: Final = timedelta(days=max(MUTED_DAYS) + 1)


@dataclass(frozen=True, slots=True)
class RemoveLetter:
    """Whoever wrote a letter, or an officer, removes it."""

    person: str
    group: str
    place: int


@dataclass(frozen=True, slots=True)
class Mute:
    """An officer lets a member write no letters for some `days`."""

    officer: str
    group: str
    person: str
    days: int


@dataclass(frozen=True, slots=True)
class Unmute:
    """An officer lets a member write again."""

    officer: str
    group: str
    person: str


@dataclass(frozen=True, slots=True)
class MutedMember:
    """Somebody who may write nothing until the end of a day."""

    id: str
    name: str
    until: date


@handles(RemoveLetter, always=True)
def remove_letter(tx: Store, command: RemoveLetter) -> None:
    """
    Nobody reads or finds it any more, and it goes to nobody whom it has not gone to. Who wrote it is told when it
    was not they.

    Raises NotAllowed.
    """
    letter = tx.letters.one(id=letter_id(command.group, command.place))
    if letter is None or letter.by != command.person:
        acting_officer(tx, command.group, command.person)
    else:
        active_member(tx, command.group, command.person)
    if letter is None or letter.removed_by:
        return  # it is gone
    tx.letters.change(letter.id, removed_by=command.person, next_at=None, words=())
    if letter.by != command.person:
        group, officer = tx.groups.get(command.group), tx.people.get(command.person)
        tell(tx, letter.by, "letter_removed", group=group.name, name=officer.name)


@handles(Mute)
def mute(tx: Store, command: Mute) -> date:
    """The day it ends on; the member is told. Officers are not muted. Raises NotAllowed."""
    acting_officer(tx, command.group, command.officer)
    membership = active_member(tx, command.group, command.person)
    group = tx.groups.get(command.group)
    if membership.role in OFFICERS:
        raise not_allowed(tx, group.id, "own")
    until = tx.now() + timedelta(days=min(command.days, max(MUTED_DAYS)))
    tx.memberships.change(membership.id, muted_until=until)
    day = group.constitution.day(until)
    tell(tx, command.person, "muted", group=group.name, until=day.isoformat())
    return day


@handles(Unmute)
def unmute(tx: Store, command: Unmute) -> None:
    """Raises NotAllowed."""
    acting_officer(tx, command.group, command.officer)
    tx.memberships.change(membership_id(command.group, command.person), muted_until=None)


def muted_members(store: Store, group: str, officer: str, past: str = "") -> Some[MutedMember]:
    """Who may write nothing now, who can soonest first. Raises NotAllowed."""
    acting_officer(store, group, officer)
    now: datetime = store.now()
    past = membership_id(group, past) if past else ""
    muted = store.memberships.some(
        past=past, group=group, muted_until=Between(now, now + _FAR), sort="muted_until"
    )
    names = {each.id: each.name for each in store.people.among([m.person for m in muted])}
    day = store.groups.get(group).constitution.day
    seen = [MutedMember(m.person, names[m.person], day(m.muted_until or now)) for m in muted if is_muted(m, now)]
    return Some(seen, muted.more)
