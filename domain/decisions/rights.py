"""Who may act in a group: asked at the head of every command, inside its transaction."""

from domain.errors import DomainError
from domain.records.group import Group
from domain.records.person import OFFICERS, Membership, NoPhone, NotAllowed, Role, membership_id
from domain.store import Store


class Frozen(DomainError):
    """The member froze their account: no money moves for them until it is opened again."""

    code = "frozen"


class GroupIsClosing(DomainError):
    """The cycle is being shared out: nothing is saved or lent until the next one begins."""

    code = "group_is_closing"


def active_member(tx: Store, group: str, person: str) -> Membership:
    """The membership of somebody who is in the group now. Raises NotAllowed."""
    membership = tx.memberships.one(id=membership_id(group, person))
    if membership is None or membership.status != "active":
        raise NotAllowed
    return membership


def present_member(tx: Store, group: str, person: str) -> Membership:
    """The membership of somebody who belongs to the group, suspended or not. Raises NotAllowed."""
    membership = tx.memberships.one(id=membership_id(group, person))
    if membership is None or membership.status not in ("active", "suspended"):
        raise NotAllowed
    return membership


def acting_officer(tx: Store, group: str, person: str, *roles: Role) -> Membership:
    """
    The membership of an officer, of one of the `roles` when some are named. Raises NotAllowed, and Frozen: what an
    officer does moves money too.
    """
    membership = active_member(tx, group, person)
    if membership.role not in (roles or OFFICERS):
        raise NotAllowed
    check_not_frozen(tx, person)
    return membership


def check_has_phone(membership: Membership) -> None:
    """Raises NoPhone: what is done by phone is not done by others in somebody's name."""
    if membership.no_phone:
        raise NoPhone


def check_not_frozen(tx: Store, person: str) -> None:
    """Raises Frozen."""
    if tx.people.get(person).frozen:
        raise Frozen


def officers_can_act(tx: Store, group: str) -> bool:
    """Whether an officer's account is open."""
    officers = tx.memberships.find(group=group, status="active", role=list(OFFICERS))
    return any(not person.frozen for person in tx.people.among([each.person for each in officers]))


def other_officer(tx: Store, group: str, person: str, *theirs: str) -> Membership:
    """The same for what is `theirs`: nobody decides on their own money, or on what they wrote down themselves."""
    membership = acting_officer(tx, group, person)
    if person in theirs:
        raise NotAllowed
    return membership


def saver(tx: Store, group: Group, person: str) -> Membership:
    """The membership of somebody whose money may move in the group. Raises NotAllowed, Frozen, GroupIsClosing."""
    membership = active_member(tx, group.id, person)
    check_not_frozen(tx, person)
    if group.closing:
        raise GroupIsClosing
    return membership
