"""
Whether one message of many is still wanted: looked at when it is about to be sent, and not when it was written.

Between the two there may be hours of a night, and thousands of messages that went before it.
"""

from collections.abc import Callable
from typing import Final, Literal

from domain.records.notice import ALWAYS, BY_EMAIL, Notice, Skipped, Values
from domain.records.person import Person, membership_id
from domain.store import Store

# Of a person, in the group of this id, whether what is named is still owed.
StillOwed = Callable[[Store, Notice, str], bool]

_OWED: Final[dict[str, StillOwed]] = {}


def still_owed(what: str) -> Callable[[StillOwed], StillOwed]:
    """
    Name the function that says whether what a notice reminds of is still owed: of those whose `Notice.owed` is
    `what`, or `what:which`. It is given the store, the notice and `which`; its module is in `domain/rulebook.py`.
    """

    def register(owed: StillOwed) -> StillOwed:
        assert what not in _OWED, f"{what} has one rule"
        _OWED[what] = owed
        return owed

    return register


def why_not_wanted(store: Store, notice: Notice, person: Person | None) -> Skipped | Literal["RESTS"] | None:
    """
    Why nobody wants this message any more; None when they do, "RESTS" when its broadcast was paused. `person` is
    whom it is for as they are now, None where it goes to a number.
    """
    if notice.broadcast and (cast := store.broadcasts.one(id=notice.broadcast)):
        if cast.state == "stopped":
            return "CALLED_OFF"
        if cast.state == "paused":
            return "RESTS"
    if person is not None and person.messages_stopped and notice.kind not in ALWAYS:
        return "STOPPED"
    if notice.email and (why := _why_not_by_email(notice, person)):
        return why
    if notice.group and not _belongs(store, notice):
        return "LEFT"
    if notice.letter and (why := _why_not_read(store, notice)):
        return why
    if notice.owed and not _is_owed(store, notice):
        return "PAID"
    return None


def values_now(store: Store, notice: Notice) -> Values:
    """What a notice is filled with when it is sent."""
    if not notice.letter:
        return notice.values
    letter = store.letters.get(notice.letter)
    return {**notice.values, "name": letter.name, "text": letter.text}


def _why_not_by_email(notice: Notice, person: Person | None) -> Skipped | None:
    if notice.kind in BY_EMAIL:
        return None  # the address is still to be proved
    if person is None or person.email != notice.email:
        return "NO_WAY"
    return None if person.digest_by_email else "STOPPED"


def _why_not_read(store: Store, notice: Notice) -> Skipped | None:
    letter = store.letters.one(id=notice.letter)
    if letter is None or letter.removed_by:
        return "CALLED_OFF"
    reader = store.memberships.one(id=membership_id(letter.group, notice.person))
    return None if letter.is_for(reader) else "LEFT"


def _belongs(store: Store, notice: Notice) -> bool:
    membership = store.memberships.one(id=membership_id(notice.group, notice.person))
    return membership is not None and membership.status in ("active", "suspended")


def _is_owed(store: Store, notice: Notice) -> bool:
    what, _, which = notice.owed.partition(":")
    return _OWED[what](store, notice, which)
