"""Who was in a group and when, and what of them may leave here: what they agree to on the day of the export."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Final, Literal
from zoneinfo import ZoneInfo

from domain.books.statements import BEGINNING
from domain.mongo.store import MongoStore
from domain.people.consents import who_agrees
from domain.records.group import Group
from domain.records.person import Membership, MembershipStatus, Role
from domain.records.proposal import ProposalKind

# Whom a file is made for: what a person agreed to for one is not for the other.
ExportFor = Literal["programme", "lender"]
NEVER_IN: Final[tuple[MembershipStatus, ...]] = ("pending", "refused")
_GONE: Final[tuple[MembershipStatus, ...]] = ("exited", "deceased", "expelled")
_TAKES_OFFICES: Final[tuple[ProposalKind, ...]] = ("officer", "suspension", "exit", "expulsion")


def end_of_day(group: Group, day: date) -> datetime:
    """The moment that a day is over where the group is."""
    return datetime.combine(day + timedelta(days=1), time.min, ZoneInfo(group.constitution.time_zone))


def joined_when(each: Membership) -> datetime:
    """Whoever has no moment of their own joined with the group."""
    return each.joined_at or BEGINNING.at


def left_when(store: MongoStore, members: Sequence[Membership]) -> dict[str, datetime]:
    """
    When those left who did, by membership: when it was decided, or they were forgotten; long ago where nobody
    knows.
    """
    return _decided(store, [each for each in members if each.status in _GONE])


def _decided(store: MongoStore, members: Sequence[Membership]) -> dict[str, datetime]:
    found = store.proposals.among([each.exit for each in members if each.exit])
    decided = {each.id: each.decided_at for each in found}
    forgotten = {each.id: each.at for each in store.forgotten.among([each.person for each in members])}
    return {each.id: decided.get(each.exit) or forgotten.get(each.person, BEGINNING.at) for each in members}


def here_at(members: Sequence[Membership], left: Mapping[str, datetime], at: datetime) -> list[Membership]:
    """Who was a member just before a moment."""
    return [each for each in members if joined_when(each) < at and not (each.id in left and left[each.id] < at)]


def status_at(
    store: MongoStore, group: Group, members: Sequence[Membership], at: datetime
) -> Mapping[str, MembershipStatus]:
    """How those who had joined by a moment that is past stood then, by membership, as far as it was decided."""
    ends = _decided(store, [each for each in members if each.status in (*_GONE, "leaving")])
    suspended: dict[str, MembershipStatus] = {}
    found = store.proposals.find(group=group.id, state="approved", kind="suspension", sort="decided_at")
    for each in found:
        if each.decided_at and each.decided_at < at:
            suspended[each.subject] = "suspended" if each.values["to"] == "suspended" else "active"
    return {
        each.id: each.status if each.id in ends and ends[each.id] < at else suspended.get(each.person, "active")
        for each in members
        if joined_when(each) < at
    }


def roles_at(
    store: MongoStore, group: Group, members: Sequence[Membership], at: datetime
) -> Mapping[str, Role | None]:
    """
    What they were in the group at a moment that is past, by person: what they are, less what was decided since.
    None where an earlier version decided something since, and did not write down who left an office by it.
    """
    roles: dict[str, Role | None] = {each.person: each.role for each in members}
    found = store.proposals.find(group=group.id, state="approved", kind=list(_TAKES_OFFICES))
    decided = {each.id: each.decided_at or each.expires_at for each in found}
    for each in sorted(found, key=lambda each: decided[each.id], reverse=True):
        if decided[each.id] < at:
            break
        if each.left is not None:
            roles |= each.left
        else:
            # Whoever left the office is a member like any other afterwards.
            may_have = roles if each.kind == "officer" else {each.subject}
            roles |= {id: None for id in may_have if roles.get(id) == "member"}
        if each.kind == "officer":
            roles[each.subject] = "member" if each.decided_at else None  # nobody takes a second office
    return roles


@dataclass(frozen=True, slots=True)
class MayLeave:
    """What may leave here of one person, and `agrees`, to what they agree; all else is empty."""

    agrees: str = ""
    name: str = ""
    phone: str = ""
    sex: str = ""
    birth_year: int | None = None


def may_leave(store: MongoStore, people: Sequence[str], whom: ExportFor) -> Mapping[str, MayLeave]:
    """
    The same of some people, by their ids. Who they are is read of those alone who agree to something.

    Sex and year of birth are for a programme's figures, and go to nobody else.
    """
    agreed = who_agrees(store, people)
    known = {each.id: each for each in store.people.among([id for id in people if agreed[id] - {"service"}])}
    found = dict.fromkeys(people, MayLeave())
    for id, person in known.items():
        named = whom in agreed[id]
        counted = whom == "programme" and "figures" in agreed[id]
        found[id] = MayLeave(
            agrees=" ".join(sorted(agreed[id] - {"service"})),
            name=person.name if named else "",
            phone=person.phone if named else "",
            sex=(person.sex or "") if counted else "",
            birth_year=person.birth_year if counted else None,
        )
    return found
