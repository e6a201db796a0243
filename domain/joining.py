"""Founding a group, asking to join one, being let in."""

from dataclasses import dataclass
from typing import Literal

from domain.commands import handles
from domain.groups import Constitution, Group
from domain.members import (
    OFFICERS,
    AlreadyDecided,
    AlreadyInGroup,
    Membership,
    NoSuchGroup,
    NotAllowed,
    Role,
    check_approver,
    membership_id,
    officers,
)
from domain.outbox import Notice
from domain.store import Store


@dataclass(frozen=True, slots=True)
class FoundGroup:
    """A new group with its first officers, (person, role) each, in the order of the group's list."""

    code: str
    name: str
    kind: Literal["vsla", "savings"]
    constitution: Constitution
    officers: tuple[tuple[str, Role], ...]


@dataclass(frozen=True, slots=True)
class JoinGroup:
    person: str
    code: str


@dataclass(frozen=True, slots=True)
class Decide:
    """An officer lets somebody in, or does not."""

    officer: str
    group: str
    person: str
    welcome: bool


@dataclass(frozen=True, slots=True)
class Applicant:
    """Somebody who waits to be let in."""

    id: str
    name: str


@handles(FoundGroup)
def found_group(tx: Store, command: FoundGroup) -> str:
    """Answers with the group's id. Raises NotAllowed when nobody would lead it."""
    if not any(role in OFFICERS for _, role in command.officers):
        raise NotAllowed
    now = tx.now()
    group = Group(
        id=tx.new_id(),
        code=command.code,
        name=command.name,
        kind=command.kind,
        currency=command.constitution.share_price.currency,
        constitution=command.constitution,
        created_at=now,
        members=len(command.officers),
    )
    tx.groups.insert(group)
    for number, (person, role) in enumerate(command.officers, start=1):
        id = membership_id(group.id, person)
        tx.memberships.insert(Membership(id, group.id, person, number, role, "active", now))
    return group.id


def group_with_code(store: Store, code: str) -> str:
    """The name of the group. Raises NoSuchGroup."""
    group = store.groups.one(code=code)
    if group is None:
        raise NoSuchGroup
    return group.name


@handles(JoinGroup)
def join_group(tx: Store, command: JoinGroup) -> str:
    """
    Ask to be let in; every officer is told. Answers with the group's name.

    Who was refused may ask again. Raises NoSuchGroup, AlreadyInGroup.
    """
    group = tx.groups.one(code=command.code)
    if group is None:
        raise NoSuchGroup
    id, now = membership_id(group.id, command.person), tx.now()
    before = tx.memberships.one(id=id)
    if before is not None and before.status != "refused":
        raise AlreadyInGroup(group=group.name)
    if before is None:
        number = tx.groups.count_up(group.id, "members")
        tx.memberships.insert(Membership(id, group.id, command.person, number, "member", "pending", now))
    else:
        tx.memberships.change(id, status="pending", asked_at=now)
    who = tx.people.get(command.person)
    for officer in officers(tx.memberships.find(group=group.id, status="active", role=list(OFFICERS))):
        values = {"name": who.name, "group": group.name}
        notice = Notice(tx.new_id(), officer.person, "somebody_wants_to_join", values, now, next_at=now)
        tx.notices.insert(notice)
    return group.name


@handles(Decide)
def decide(tx: Store, command: Decide) -> None:
    """Raises NotAllowed, AlreadyDecided."""
    applicant = tx.memberships.one(id=membership_id(command.group, command.person))
    if applicant is None:
        raise AlreadyDecided
    check_approver(tx.memberships.one(id=membership_id(command.group, command.officer)), applicant)
    status = "active" if command.welcome else "refused"
    tx.memberships.change(applicant.id, status=status, decided_by=command.officer)
    kind: Literal["welcome_to_group", "refused_by_group"]
    kind = "welcome_to_group" if command.welcome else "refused_by_group"
    group, now = tx.groups.get(command.group), tx.now()
    tx.notices.insert(Notice(tx.new_id(), command.person, kind, {"group": group.name}, now, next_at=now))


def applicants(store: Store, group: str) -> list[Applicant]:
    """Who waits to be let in, longest first; at most 30, which is more than an officer reads on a phone."""
    waiting = store.memberships.find(group=group, status="pending", sort="asked_at", limit=30)
    people = {person.id: person for person in store.people.among([m.person for m in waiting])}
    return [Applicant(m.person, people[m.person].name) for m in waiting]
