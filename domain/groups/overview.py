"""What officers see of their group: its members in a list, one of them in figures, and all that waits."""

from dataclasses import dataclass
from typing import Final

from domain.decisions.rights import active_member
from domain.loans.track_record import facts
from domain.money import Money
from domain.people.find import names_of
from domain.records.group import Group
from domain.records.person import OFFICERS, MembershipStatus, NotAllowed, Role, membership_id
from domain.store import Between, Store

# So many numbers of the list are read together.
LIST_PAGE: Final = 50
_THERE: Final[tuple[MembershipStatus, ...]] = ("active", "suspended", "leaving")


@dataclass(frozen=True, slots=True)
class InList:
    """A member in the list of the group, under the `number` that they keep."""

    number: int
    name: str
    role: Role
    status: MembershipStatus


@dataclass(frozen=True, slots=True)
class MemberSeen:
    """
    A member in figures: the principal of their loans with what they have asked for, fines that are due, and at how
    many of the `meetings` of this cycle they were.
    """

    phone: str
    savings: Money
    loans: Money
    fines: Money
    attended: int
    meetings: int


@dataclass(frozen=True, slots=True)
class Waits:
    """
    How much waits: for votes, to join, loans and grants to be paid out, cash records that are contested, and money
    that came in and is nobody's yet.
    """

    decisions: int
    joins: int
    loans: int
    grants: int
    contests: int
    unidentified: int = 0


def numbers_given(store: Store, group_id: str) -> int:
    """How many numbers the list of a group has, with those of members who have left."""
    return store.groups.get(group_id).members


def member_list(store: Store, group_id: str, officer: str, first: int) -> list[InList]:
    """Who is in the group, of the LIST_PAGE numbers from `first` on. Raises NotAllowed."""
    _check(store, group_id, officer)
    numbers = Between(first, first + LIST_PAGE - 1)
    members = store.memberships.find(group=group_id, number=numbers, status=list(_THERE), sort="number")
    names = names_of(store, [each.person for each in members])
    return [InList(each.number, names[each.person], each.role, each.status) for each in members]


def member_seen(store: Store, group_id: str, officer: str, person: str) -> MemberSeen:
    """One member of the group, today. Raises NotAllowed, also of somebody who was never in it."""
    _check(store, group_id, officer)
    if store.memberships.one(id=membership_id(group_id, person)) is None:
        raise NotAllowed(why="stranger", group=store.groups.get(group_id).name)
    return figures_of(store, store.groups.get(group_id), person)


def figures_of(store: Store, group: Group, person: str) -> MemberSeen:
    """The same for whoever may see the member."""
    known = facts(store, group, person)
    return MemberSeen(
        phone=store.people.get(person).phone,
        savings=known.savings,
        loans=known.outstanding,
        fines=known.fines,
        attended=known.attended,
        meetings=known.meetings,
    )


def what_waits(store: Store, group_id: str, officer: str) -> Waits:
    """All that waits for somebody in the group. Raises NotAllowed."""
    _check(store, group_id, officer)
    return waiting_in(store, group_id)


def waiting_in(store: Store, group_id: str) -> Waits:
    """The same for whoever may see all of the group."""
    return Waits(
        decisions=store.proposals.count(group=group_id, state="open"),
        joins=store.memberships.count(group=group_id, status="pending"),
        loans=store.loans.count(group=group_id, state="approved"),
        grants=store.grants.count(group=group_id, state="approved"),
        contests=store.contests.count(group=group_id, state="open"),
        unidentified=store.inbound.count(group=group_id, state="unidentified"),
    )


def _check(store: Store, group_id: str, officer: str) -> None:
    if active_member(store, group_id, officer).role not in OFFICERS:
        raise NotAllowed(why="officer", group=store.groups.get(group_id).name)
