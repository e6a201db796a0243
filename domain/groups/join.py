"""Coming into a group: by its code, when an officer lets them in; by an invitation at once."""

from collections.abc import Callable
from dataclasses import dataclass

from domain.commands import handles, one_at_a_time
from domain.errors import DomainError
from domain.paybills import paid_to
from domain.people.limits import WRONG_GROUP_CODES, take
from domain.people.phones import has_changed_hands
from domain.records.group import Group
from domain.records.invitation import Invitation, InvitationExpired, InvitationNotYours, InvitationUsed
from domain.records.person import (
    OFFICERS,
    AlreadyDecided,
    AlreadyInGroup,
    Membership,
    NoSuchGroup,
    NotAllowed,
    check_approver,
    membership_id,
)
from domain.records.referral import ReferralCode
from domain.referrals.come import code_of_referral, note_referral
from domain.store import Store
from domain.tables import Some
from domain.tell import tell, tell_officers


class GroupFull(DomainError):
    """The `group` has as many members as its constitution allows, `most`."""

    code = "group_full"

    def __init__(self, group: str = "", most: int = 0) -> None:
        super().__init__(group=group, most=most)


@dataclass(frozen=True, slots=True)
class JoinGroup:
    """
    Somebody wants to join the group that has this code, or that an invitation with this token, or a member's own
    code, is for.
    """

    person: str
    code: str


@dataclass(frozen=True, slots=True)
class Joined:
    """The answer: the name of the group, and whether they are in already."""

    group: str
    active: bool


@dataclass(frozen=True, slots=True)
class Decide:
    """An officer lets somebody in, or does not."""

    officer: str
    group: str
    person: str
    welcome: bool


@dataclass(frozen=True, slots=True)
class Applicant:
    """Somebody who waits to be let in, and the number they have proved or call from."""

    id: str
    name: str
    phone: str = ""


def group_with_code(store: Store, code: str, phone: str) -> str:
    """
    The name of the group that who has this number can ask to join, or is invited to.

    Raises TooManyTries, NoSuchGroup, InvitationUsed, InvitationExpired, InvitationNotYours, GroupFull.
    """
    group, _ = _behind(store, code, phone)
    check_room(store, group)
    return group.name


@handles(JoinGroup)
def join_group(tx: Store, command: JoinGroup) -> Joined:
    """
    By a code every officer is told, and one of them decides. By an invitation they are in at once. A member's own
    code is as the group's, and it is noted who brought them.

    Who was refused, or has left, may ask again and keeps their number; who was expelled may not. To join in the
    middle of a cycle posts nothing: opening shares are bought like any others, at the price of the cycle.

    Raises TooManyTries, NoSuchGroup, AlreadyInGroup, NotAllowed, GroupFull, InvitationUsed, InvitationExpired,
    InvitationNotYours.
    """
    return join_by(tx, command.person, command.code)


def join_by(tx: Store, person: str, code: str, address: str = "") -> Joined:
    """The same; `address` is the chat that a newcomer registers from, "" for a phone."""
    who = tx.people.get(person)
    group, way = _behind(tx, code, who.phone)
    invitation = way if isinstance(way, Invitation) else None
    known = isinstance(way, ReferralCode) and tx.memberships.count(person=who.id) > 0
    membership = _ask(tx, group, who.id, invited=invitation is not None)
    if invitation is not None:
        if tx.invitations.change(invitation.id, when={"used_by": ""}, used_by=who.id) is None:
            raise InvitationUsed
        admit(tx, group, membership, invitation.by)
        tell(tx, invitation.by, "invitation_taken", name=who.name, group=group.name)
        return Joined(group.name, active=True)
    check_room(tx, group)
    if isinstance(way, ReferralCode):
        note_referral(tx, way, who, address, known=known)
    tell_officers(tx, group, "somebody_wants_to_join", name=who.name)
    return Joined(group.name, active=False)


@handles(Decide)
def decide(tx: Store, command: Decide) -> None:
    """Raises NotAllowed, AlreadyDecided, GroupFull."""
    applicant = tx.memberships.one(id=membership_id(command.group, command.person))
    if applicant is None:
        raise AlreadyDecided
    group = tx.groups.get(command.group)
    check_approver(tx.memberships.one(id=membership_id(group.id, command.officer)), applicant, group.name)
    if command.welcome:
        admit(tx, group, applicant, command.officer)
        welcome(tx, group, applicant)
    else:
        tx.memberships.change(applicant.id, status="refused", decided_by=command.officer)
        tell(tx, command.person, "refused_by_group", group=group.name)


def welcome(tx: Store, group: Group, membership: Membership, tell: Callable[..., None] = tell) -> None:
    """`tell` somebody that they are a member, and where they can pay without dialling us."""
    to = paid_to(tx, group, membership.number)
    values = {"paybill": to.paybill, "account": to.account} if to else {}
    tell(tx, membership.person, "welcome_to_group", group=group.name, **values)


def admit(tx: Store, group: Group, membership: Membership, by: str) -> None:
    """From now on they are a member; what the others wrote before is not theirs to read. Raises GroupFull."""
    one_at_a_time(tx.groups, group.id)  # two who are let in at once are two
    group = tx.groups.get(group.id)
    check_room(tx, group)
    tx.memberships.change(
        membership.id,
        status="active",
        decided_by=by,
        joined_at=tx.now(),
        letters_from=group.letters,
        letters_read=group.letters,
        letters_read_to_all=group.letters_to_all,
    )


def check_room(store: Store, group: Group) -> None:
    """Raises GroupFull when nobody more can be let in."""
    most = group.constitution.members_max
    if most and store.memberships.count(group=group.id, status=["active", "suspended"]) >= most:
        raise GroupFull(group.name, most)


def applicants(store: Store, group: str, past: str = "") -> Some[Applicant]:
    """Who waits to be let in, longest first."""
    past = membership_id(group, past) if past else ""
    waiting = store.memberships.some(past=past, group=group, status="pending", sort="asked_at")
    people = {person.id: person for person in store.people.among([m.person for m in waiting])}
    seen = [Applicant(m.person, people[m.person].name, people[m.person].phone) for m in waiting]
    return Some(seen, waiting.more)


def _behind(store: Store, code: str, phone: str) -> tuple[Group, Invitation | ReferralCode | None]:
    """
    The group that a code or a token leads to, and the invitation or the member's code if it is one. Who is wrong
    too often waits.
    """
    # Counted before it is looked up, so that guesses at one moment are as many tries; a right one costs nothing.
    take(store, WRONG_GROUP_CODES.of(phone))
    found = _found(store, code, phone)
    store.limits.give_back(WRONG_GROUP_CODES.of(phone))
    return found


def _found(store: Store, code: str, phone: str) -> tuple[Group, Invitation | ReferralCode | None]:
    if (group := store.groups.one(code=code)) is not None:
        return group, None
    if (own := code_of_referral(store, code)) is not None:
        return store.groups.get(own.group), own
    if (invitation := store.invitations.one(id=code)) is None:
        raise NoSuchGroup
    invitation.check(phone, store.now())
    if invitation.phone and has_changed_hands(store, phone, since=invitation.at):
        raise InvitationNotYours
    by = store.memberships.one(id=membership_id(invitation.group, invitation.by))
    if by is None or by.status != "active" or by.role not in OFFICERS:
        raise InvitationExpired
    return store.groups.get(invitation.group), invitation


def _ask(tx: Store, group: Group, person: str, *, invited: bool) -> Membership:
    """Their membership, which now waits to be let in."""
    id, now = membership_id(group.id, person), tx.now()
    before = tx.memberships.one(id=id)
    if before is None:
        number = tx.groups.count_up(group.id, "members")
        asked = Membership(id, group.id, person, number, "member", "pending", now)
        tx.memberships.insert(asked)
        return asked
    if before.status == "pending" and invited:
        return before
    if before.status in ("expelled", "deceased"):
        raise NotAllowed(why="gone", group=group.name)
    if before.status not in ("refused", "exited"):
        raise AlreadyInGroup(group=group.name)
    again = tx.memberships.change(id, status="pending", asked_at=now)
    assert again is not None, "a membership is never deleted"
    return again
