"""Officers: named to an office that is vacant, or handed one over; other officers, or the members, decide it."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, Literal, get_args

from domain.commands import handles, one_at_a_time
from domain.decisions.concluding import concludes, rests_on
from domain.decisions.rights import (
    acting_officer,
    active_member,
    check_has_phone,
    check_not_frozen,
    officers_can_act,
)
from domain.decisions.voting import asked_once, propose
from domain.errors import DomainError
from domain.people.find import names_of
from domain.records.group import Group
from domain.records.person import OFFICERS, Role, membership_id
from domain.records.proposal import Proposal
from domain.store import Store
from domain.tell import tell, tell_everywhere
from domain.treasury.money_out import hold

Office = Literal["chairperson", "secretary", "treasurer"]

_OFFICES: Final[Mapping[str, Office]] = {office: office for office in get_args(Office)}


class AlreadyOfficer(DomainError):
    """They hold an office of the group; nobody holds two."""

    code = "already_officer"


class OfficeTaken(DomainError):
    """The member of this `name` holds this office."""

    code = "office_taken"

    def __init__(self, name: str = "") -> None:
        super().__init__(name=name)


@dataclass(frozen=True, slots=True)
class NameOfficer:
    """
    An officer names a member for an office that is vacant, or whose holder has no phone any more; where no
    officer's account is open, any member does.
    """

    officer: str
    group: str
    person: str
    office: Office


@dataclass(frozen=True, slots=True)
class HandOver:
    """An officer proposes who is to hold their office after them."""

    officer: str
    group: str
    person: str


@dataclass(frozen=True, slots=True)
class Held:
    """An office and who holds it; `name` is None while it is vacant."""

    office: Office
    name: str | None


def offices(store: Store, group_id: str) -> list[Held]:
    """The offices of a group; one whose holder has no phone, and so cannot fill it, is open to another."""
    found = store.memberships.find(group=group_id, status="active", role=list(OFFICERS))
    names = names_of(store, [each.person for each in found])
    holders = {each.role: names[each.person] for each in found if not each.no_phone}
    return [Held(office, holders.get(office)) for office in _OFFICES.values()]


def acts_for_officers(store: Store, group: str, person: str) -> bool:
    """
    Whether a member can ask the others for a new officer: no officer of the group can. Raises NotAllowed.
    """
    return active_member(store, group, person).role not in OFFICERS and not officers_can_act(store, group)


@handles(NameOfficer)
def name_officer(tx: Store, command: NameOfficer) -> int:
    """
    Answers with how many have to agree: nobody fills an office alone.

    Raises NotAllowed, Frozen, AlreadyOfficer, NoPhone, OfficeTaken, AlreadyAsked, TooFewMembers.
    """
    if acts_for_officers(tx, command.group, command.officer):
        check_not_frozen(tx, command.officer)
    else:
        acting_officer(tx, command.group, command.officer)
    group, office = tx.groups.get(command.group), command.office
    one_at_a_time(tx.groups, group.id)
    _check_may_hold(tx, group, command.person)
    if filled := _filled_by(tx, group, office):
        raise OfficeTaken(tx.people.get(filled[0]).name)
    return _propose(tx, group, command.officer, command.person, office)


@handles(HandOver)
def hand_over(tx: Store, command: HandOver) -> int:
    """
    Answers with how many have to agree. Raises NotAllowed, Frozen, AlreadyOfficer, NoPhone, AlreadyAsked,
    TooFewMembers.
    """
    maker = acting_officer(tx, command.group, command.officer)
    group = tx.groups.get(command.group)
    one_at_a_time(tx.groups, group.id)
    _check_may_hold(tx, group, command.person)
    return _propose(tx, group, command.officer, command.person, _OFFICES[maker.role])


@rests_on("officer")
def still_to_be_filled(tx: Store, proposal: Proposal) -> bool:
    """Whom it is for is still a member without an office, and nobody else has taken this one."""
    membership = tx.memberships.get(membership_id(proposal.group, proposal.subject))
    group, office = tx.groups.get(proposal.group), _OFFICES[str(proposal.values["role"])]
    free = set(_filled_by(tx, group, office)) <= {proposal.maker}
    return free and membership.status == "active" and membership.role not in OFFICERS


@concludes("officer", tells="subject")
def conclude_officer(tx: Store, proposal: Proposal) -> None:
    """They hold the office; whoever handed it over is a member like any other, and is told on every channel."""
    group, office = tx.groups.get(proposal.group), _OFFICES[str(proposal.values["role"])]
    one_at_a_time(tx.groups, group.id)
    # Who asked may have lost the office since, and then it is only vacant.
    holders = _holders(tx, group, office)
    tx.proposals.change(proposal.id, left=dict.fromkeys(holders, office))
    for person in holders:
        hold(tx, group, person)
        tx.memberships.change(membership_id(group.id, person), role="member")
        name = tx.people.get(proposal.subject).name
        tell_everywhere(tx, person, "office_left", name=name, role=office, group=group.name)
    _take(tx, group, proposal.subject, office)


def _propose(tx: Store, group: Group, maker: str, person: str, office: Office) -> int:
    """To the other officers; where there is no other whose account is open, to the members."""
    asked_once(tx, group.id, "officer", person)
    officers = tx.memberships.find(group=group.id, status="active", role=list(OFFICERS))
    others = tx.people.among([each.person for each in officers if each.person not in (maker, person)])
    return propose(
        tx,
        group,
        "officer",
        subject=person,
        maker=maker,
        about=person,
        contents={"person": person, "office": office},
        values={"name": tx.people.get(person).name, "role": office},
        by="officers" if any(other.phone and not other.frozen for other in others) else "members",
    ).needed


def _check_may_hold(tx: Store, group: Group, person: str) -> None:
    membership = active_member(tx, group.id, person)
    if membership.role in OFFICERS:
        raise AlreadyOfficer
    check_has_phone(membership)


def _holders(tx: Store, group: Group, office: Role) -> list[str]:
    return [each.person for each in tx.memberships.find(group=group.id, role=office, status="active")]


def _filled_by(tx: Store, group: Group, office: Role) -> list[str]:
    """Who holds an office and has a phone: without, nobody fills it."""
    held = tx.memberships.find(group=group.id, role=office, status="active")
    return [each.person for each in held if not each.no_phone]


def _take(tx: Store, group: Group, person: str, office: Office) -> None:
    tx.memberships.change(membership_id(group.id, person), role=office)
    tell(tx, person, "office_taken", role=office, group=group.name)
