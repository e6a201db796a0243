"""
Freezing an account: by its owner at once, opened again by an officer.

While all officers of a group have frozen theirs, they open each other's: else nobody could. Where there is one
only, the members name another, see `groups/officers.py`.
"""

from dataclasses import dataclass

from domain.commands import handles
from domain.decisions.rights import Frozen, acting_officer, officers_can_act
from domain.people.web_sessions import end_sessions
from domain.records.person import NotAllowed, membership_id
from domain.store import Store
from domain.tell import tell_everywhere


@dataclass(frozen=True, slots=True)
class Freeze:
    """No money moves for this person from now on, in any group."""

    person: str


@dataclass(frozen=True, slots=True)
class Unfreeze:
    """An officer of a group knows that the account is its owner's again."""

    officer: str
    group: str
    person: str


@handles(Freeze, always=True)
def freeze(tx: Store, command: Freeze) -> None:
    """Every phone and chat of theirs is told. Twice is as good as once."""
    person = tx.people.get(command.person)
    if not person.frozen:
        tx.people.change(person.id, frozen=True)
        end_sessions(tx, "person", person.id)
        tell_everywhere(tx, person.id, "account_frozen")


@handles(Unfreeze)
def unfreeze(tx: Store, command: Unfreeze) -> None:
    """Raises NotAllowed, also for one's own account, and Frozen when the officer's is and another one's is not."""
    try:
        acting_officer(tx, command.group, command.officer)
    except Frozen:
        if officers_can_act(tx, command.group):
            raise
    if command.officer == command.person:
        raise NotAllowed(why="own", group=tx.groups.get(command.group).name)
    # Who is expelled is still to be paid.
    membership = tx.memberships.one(id=membership_id(command.group, command.person))
    if membership is None or membership.status not in ("active", "suspended", "leaving"):
        raise NotAllowed(why="changed", group=tx.groups.get(command.group).name)
    person = tx.people.get(command.person)
    if not person.frozen:
        raise NotAllowed(why="changed", group=tx.groups.get(command.group).name)
    tx.people.change(person.id, frozen=False)
    tell_everywhere(tx, person.id, "account_opened", name=tx.people.get(command.officer).name)
