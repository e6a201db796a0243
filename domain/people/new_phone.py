"""
A new phone number for a person: proved by a code that is sent there, agreed to by an officer, told to the old one.

A member who had no phone gets their first one in the same way, and chooses a PIN when they dial. Whose number
changed hands (`domain/people/changed_hands.py`) gets another so too, or the same, and keeps their PIN.
The person stays the same, so their groups, their money and their chats do too; for a day nothing is sent to the
new number (see `domain/treasury/money_out.py`).
"""

from collections.abc import Sequence
from dataclasses import dataclass

from domain.commands import handles, one_at_a_time
from domain.decisions.concluding import concludes
from domain.decisions.rights import acting_officer, present_member
from domain.decisions.voting import asked_once, propose
from domain.people.chats import SendCode, send_code, unlink_named_by
from domain.people.phones import holders_of
from domain.people.shared_phone import changed_by_sharing, free_seat_at, tell_joined
from domain.records.person import AlreadyRegistered, Person
from domain.records.phone import todays_form
from domain.records.proposal import Proposal
from domain.store import Store
from domain.tell import tell_everywhere, tell_phone


@dataclass(frozen=True, slots=True)
class ProveNewPhone:
    """Send a code to a number that is to become a person's; asked for from the `address`."""

    address: str
    person: str
    phone: str


@dataclass(frozen=True, slots=True)
class ChangePhone:
    """
    The code was right: ask the officers of a group for it. `by` is the person, or an officer for somebody who lost
    their phone, who then does not decide.
    """

    by: str
    group: str
    person: str
    phone: str


@handles(ProveNewPhone)
def prove_new_phone(tx: Store, command: ProveNewPhone) -> None:
    """Raises AlreadyRegistered when the number is somebody's, and as `send_code` does."""
    _check_free(tx, command.phone)
    send_code(tx, SendCode(command.address, command.phone, tx.people.get(command.person).language))


@handles(ChangePhone)
def change_phone(tx: Store, command: ChangePhone) -> int:
    """
    Answers with how many officers have to agree. The old number and every chat hear of it.

    Raises NotAllowed, Frozen, AlreadyRegistered, AlreadyAsked, TooFewOfficers.
    """
    present_member(tx, command.group, command.person)
    if command.by != command.person:
        acting_officer(tx, command.group, command.by)
    _check_free(tx, command.phone)
    person, group = tx.people.get(command.person), tx.groups.get(command.group)
    one_at_a_time(tx.people, person.id)
    asked_once(tx, group.id, "phone", person.id)
    tell_everywhere(tx, person.id, "phone_asked", phone=command.phone)
    return propose(
        tx,
        group,
        "phone",
        subject=person.id,
        maker=command.by,
        about=person.id,
        contents={"person": person.id, "phone": command.phone},
        values={"name": person.name, "phone": command.phone},
    ).needed


@concludes("phone", tells="subject")
def conclude_phone(tx: Store, proposal: Proposal) -> Sequence[str]:
    """
    The number is the person's. A chat that is named by the old number is whoever has that now, and is unlinked.

    Of one that somebody shares with them, they get a seat on it, and the others who have it are told.

    Raises AlreadyRegistered when it has become somebody else's, PhoneFull, NotAllowed when they left: the vote is
    refused.
    """
    present_member(tx, proposal.group, proposal.subject)
    before, phone = tx.people.get(proposal.subject), todays_form(str(proposal.values["phone"]))
    holders = holders_of(tx, phone)
    shared = "holder" in proposal.values and proposal.maker in [each.id for each in holders]
    if holders and not shared:
        raise AlreadyRegistered
    seat = free_seat_at(tx, phone)
    tx.people.change(before.id, phone=phone, seat=seat, phone_changed_at=tx.now(), network="")
    if before.phone:
        _leave(tx, before)
    else:
        for membership in tx.memberships.find(person=before.id, sort="asked_at"):
            tx.memberships.change(membership.id, no_phone=False)
    tell_everywhere(tx, before.id, "phone_changed", phone=phone)
    if not shared:
        return ()
    tell_joined(tx, holders, before.name, but=proposal.maker)
    return changed_by_sharing(tx, holders, phone)


def _leave(tx: Store, before: Person) -> None:
    """Whoever has the old number now is told once more, and is nobody we know."""
    phone = tx.people.get(before.id).phone
    tell_phone(tx, before.phone, before.language, "phone_changed", phone=phone)
    unlink_named_by(tx, before.id, before.phone)


def _check_free(tx: Store, phone: str) -> None:
    if holders_of(tx, phone):
        raise AlreadyRegistered
