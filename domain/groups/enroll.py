"""A member without a phone of their own: an officer writes them down, and officers serve them at the meeting."""

from dataclasses import dataclass

from domain.commands import handles
from domain.decisions.rights import acting_officer
from domain.groups.join import admit
from domain.records.person import Membership, Person, Pin, membership_id
from domain.store import Store
from domain.tell import tell_officers


@dataclass(frozen=True, slots=True)
class Enroll:
    """An officer lets in somebody who has no phone."""

    officer: str
    group: str
    name: str


@handles(Enroll)
def enroll(tx: Store, command: Enroll) -> int:
    """
    Answers with their number in the group's list. They have no PIN until they have a phone, see
    `domain/people/new_phone.py`.

    One officer is enough, as for whoever asks to join; the others are told. Raises NotAllowed, Frozen, GroupFull.
    """
    acting_officer(tx, command.group, command.officer)
    group, by, now = tx.groups.get(command.group), tx.people.get(command.officer), tx.now()
    person = Person(tx.new_id(), command.name, "", by.language, Pin(""), now)
    tx.people.insert(person)
    number = tx.groups.count_up(group.id, "members")
    asked = Membership(
        membership_id(group.id, person.id),
        group.id,
        person.id,
        number,
        "member",
        "pending",
        now,
        no_phone=True,
    )
    tx.memberships.insert(asked)
    admit(tx, group, asked, by.id)
    tell_officers(tx, group, "enrolled", but=by.id, name=person.name, officer=by.name)
    return number
