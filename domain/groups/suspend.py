"""A member's place in a group: suspended for a while, and back."""

from dataclasses import dataclass
from typing import Final, Literal

from domain.commands import handles, one_at_a_time
from domain.decisions.concluding import concludes, rests_on
from domain.decisions.rights import other_officer, present_member
from domain.decisions.voting import asked_once, propose
from domain.errors import DomainError
from domain.records.group import Group
from domain.records.person import OFFICERS, MembershipStatus, NotAllowed, membership_id
from domain.records.proposal import Proposal
from domain.store import Store
from domain.tell import tell_everywhere
from domain.treasury.money_out import hold

_CHANGED: Final[dict[MembershipStatus, MembershipStatus]] = {"active": "suspended", "suspended": "active"}


class LastOfficer(DomainError):
    """The `group` would have no officer."""

    code = "last_officer"

    def __init__(self, group: str = "") -> None:
        super().__init__(group=group)


@dataclass(frozen=True, slots=True)
class Suspend:
    """
    An officer asks the others to suspend a member, who then does not save, borrow or vote; or to lift it again.

    Whether an officer is suspended, all members decide: they chose them, and few other officers are left.
    """

    officer: str
    group: str
    person: str
    to: Literal["suspended", "active"]
    reason: str = ""


@handles(Suspend)
def suspend(tx: Store, command: Suspend) -> int:
    """Answers with how many have to agree. Raises NotAllowed, Frozen, AlreadyAsked, TooFewOfficers."""
    other_officer(tx, command.group, command.officer, command.person)
    group, person = tx.groups.get(command.group), command.person
    membership = present_member(tx, group.id, person)
    if _CHANGED.get(membership.status) != command.to:
        raise NotAllowed(why="changed", group=group.name)
    # One change of a member at a time is asked for.
    one_at_a_time(tx.people, person)
    asked_once(tx, group.id, "suspension", person)
    said = {"name": tx.people.get(person).name, "to": command.to, "reason": command.reason}
    return propose(
        tx,
        group,
        "suspension",
        subject=person,
        maker=command.officer,
        about=person,
        contents={"person": person, "to": command.to},
        values={key: value for key, value in said.items() if value},
        by="members" if membership.role in OFFICERS else "officers",
    ).needed


@rests_on("suspension")
def still_as_they_were(tx: Store, proposal: Proposal) -> bool:
    """They are not suspended, or expelled, already."""
    membership = tx.memberships.get(membership_id(proposal.group, proposal.subject))
    return _CHANGED.get(membership.status) == proposal.values["to"]


@concludes("suspension", tells="subject")
def conclude_suspension(tx: Store, proposal: Proposal) -> None:
    """Raises LastOfficer: the vote is then refused."""
    group = tx.groups.get(proposal.group)
    membership = present_member(tx, group.id, proposal.subject)
    status = _CHANGED[membership.status]
    if membership.role in OFFICERS:
        hold(tx, group, proposal.subject)
    change_standing(tx, group, proposal, status)


def change_standing(
    tx: Store, group: Group, proposal: Proposal, status: MembershipStatus, *, told: bool = True
) -> None:
    """Give whom a proposal is about another status, told everywhere, and take an office. Raises LastOfficer."""
    person = proposal.subject
    membership = present_member(tx, group.id, person)
    others = tx.memberships.count(group=group.id, role=list(OFFICERS), status="active")
    if membership.role in OFFICERS and others == 1:
        raise LastOfficer(group.name)
    tx.memberships.change(membership.id, status=status, role="member")
    tx.proposals.change(proposal.id, left={person: membership.role} if membership.role in OFFICERS else {})
    if told:
        tell_everywhere(tx, person, "standing_changed", group=group.name, status=status)
