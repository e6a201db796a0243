"""Who may act in a group: asked at the head of every command, inside its transaction."""

from collections.abc import Mapping
from typing import Final

from domain.commands import check_not_read_only
from domain.errors import DomainError
from domain.records.group import Group
from domain.records.person import (
    OFFICERS,
    Membership,
    MembershipStatus,
    NoPhone,
    NotAllowed,
    Person,
    Role,
    WhyNotAllowed,
    membership_id,
)
from domain.store import Store


class Frozen(DomainError):
    """The member of this `name` froze their account: no money moves for them until it is opened again."""

    code = "frozen"

    def __init__(self, name: str = "") -> None:
        super().__init__(name=name)


class GroupIsClosing(DomainError):
    """The cycle of the `group` is being shared out: nothing is saved or lent until the next one begins."""

    code = "group_is_closing"

    def __init__(self, group: str = "") -> None:
        super().__init__(group=group)


_NO_MEMBER: Final[Mapping[MembershipStatus, WhyNotAllowed]] = {
    "pending": "pending",
    "refused": "stranger",
    "active": "stranger",
    "suspended": "suspended",
    "leaving": "gone",
    "exited": "gone",
    "deceased": "gone",
    "expelled": "gone",
}


def active_member(tx: Store, group: str, person: str) -> Membership:
    """The membership of somebody who is in the group now. Raises NotAllowed."""
    membership = tx.memberships.one(id=membership_id(group, person))
    if membership is None or membership.status != "active":
        raise no_member(tx, group, person, membership)
    return membership


def present_member(tx: Store, group: str, person: str) -> Membership:
    """The membership of somebody who belongs to the group, suspended or not. Raises NotAllowed."""
    membership = tx.memberships.one(id=membership_id(group, person))
    if membership is None or membership.status not in ("active", "suspended"):
        raise no_member(tx, group, person, membership)
    return membership


def no_member(tx: Store, group: str, person: str, membership: Membership | None) -> NotAllowed:
    """The refusal of somebody who is no member of the group now, with the names of both."""
    who, where = tx.people.one(id=person), tx.groups.one(id=group)
    why = _NO_MEMBER[membership.status] if membership else "stranger"
    return NotAllowed(why=why, group=where.name if where else "", name=who.name if who else "")


def not_allowed(tx: Store, group: str, why: WhyNotAllowed) -> NotAllowed:
    """The refusal with the group's name."""
    return NotAllowed(why=why, group=tx.groups.get(group).name)


def acting_officer(tx: Store, group: str, person: str, *roles: Role) -> Membership:
    """
    The membership of an officer, of one of the `roles` when some are named. Raises NotAllowed, NoPhone when their
    number is no longer theirs, and Frozen: what an officer does moves money too.
    """
    membership = active_member(tx, group, person)
    if membership.role not in (roles or OFFICERS):
        raise not_allowed(tx, group, "officer")
    check_has_phone(membership)
    check_not_frozen(tx, person)
    return membership


def check_has_phone(membership: Membership) -> None:
    """Raises NoPhone: what is done by phone is not done by others in somebody's name."""
    if membership.no_phone:
        raise NoPhone


def check_not_frozen(tx: Store, person: str) -> None:
    """Raises Frozen."""
    check_person_not_frozen(tx.people.get(person))


def check_person_not_frozen(person: Person) -> None:
    """The same of somebody who was read already. Raises Frozen."""
    if person.frozen:
        raise Frozen(name=person.name)


def officers_can_act(tx: Store, group: str) -> bool:
    """Whether there is an officer who has a phone, and whose account is open."""
    officers = tx.memberships.find(group=group, status="active", role=list(OFFICERS))
    return any(
        person.phone and not person.frozen for person in tx.people.among([each.person for each in officers])
    )


def other_officer(tx: Store, group: str, person: str, *theirs: str) -> Membership:
    """The same for what is `theirs`: nobody decides on their own money, or on what they wrote down themselves."""
    membership = acting_officer(tx, group, person)
    if person in theirs:
        raise not_allowed(tx, group, "own")
    return membership


def saver(tx: Store, group: Group, person: str) -> Membership:
    """The membership of somebody whose money may move in the group. Raises NotAllowed, Frozen, GroupIsClosing."""
    membership = active_member(tx, group.id, person)
    check_not_frozen(tx, person)
    check_not_closing(group)
    return membership


def check_not_closing(group: Group) -> None:
    """Raises GroupIsClosing."""
    if group.closing:
        raise GroupIsClosing(group=group.name)


# Asked when a conversation begins, before anything is typed for what would be refused.


def may_save(store: Store, group: str, person: str) -> None:
    """Whether a member's money may move in a group now. Raises as `saver`, NowReadOnly."""
    check_not_read_only(store)
    saver(store, store.groups.get(group), person)


def may_take_part(store: Store, group: str, person: str) -> None:
    """Whether a member may ask for something, or decide. Raises NotAllowed, Frozen, NowReadOnly."""
    check_not_read_only(store)
    active_member(store, group, person)
    check_not_frozen(store, person)


def may_lead(store: Store, group: str, officer: str) -> None:
    """Whether an officer may do what officers do. Raises as `acting_officer`, NowReadOnly."""
    check_not_read_only(store)
    acting_officer(store, group, officer)


def may_lead_savings(store: Store, group: str, officer: str) -> None:
    """The same where members' money moves. Raises GroupIsClosing too."""
    check_not_read_only(store)
    acting_officer(store, group, officer)
    check_not_closing(store.groups.get(group))
