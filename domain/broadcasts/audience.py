"""
Who gets a broadcast, and what it says to each: looked at in pages, by the same rule before it is sent and while
its messages are written.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, Final

from domain.meetings.who_paid import owed_for_meeting
from domain.money import Money
from domain.people.phones import NoSuchMember
from domain.records.broadcast import Broadcast, cast_id
from domain.records.group import Group
from domain.records.notice import NoticeKind, NoticeState, Values
from domain.records.person import OFFICERS, Membership
from domain.store import Between, Store

PAGE_OF_PEOPLE: Final = 200
PAYS: Final = "*1#"  # behind our code: the first line of the menu, which is to contribute
_LONG_AGO: Final = "0001-01-01"
_KINDS: Final[Mapping[str, NoticeKind]] = {
    "words": "cast_words",
    "meeting": "cast_meeting",
    "due": "cast_due",
    "late": "cast_late",
    "decision": "cast_decision",
}
# What it was not sent to somebody for, that would be the same a second time.
_NOT_AGAIN: Final = ("STOPPED", "LEFT", "PAID")
# Who has not got it; of the unknown nobody knows.
NOT_REACHED_STATES: Final[Sequence[NoticeState]] = ("failed", "skipped", "unknown")


@dataclass(frozen=True, slots=True)
class Addressee:
    """
    Who gets a broadcast, as a member of which `group`, in whose time zone it leaves evenings in peace. `owed` is
    as in Notice.
    """

    person: str
    kind: NoticeKind
    values: Values
    group: str
    zone: str
    owed: str = ""


@dataclass(frozen=True, slots=True)
class AudiencePage:
    """Some of them; the next are those after `cursor`, if this is not the `last`."""

    people: Sequence[Addressee]
    cursor: str
    last: bool


def pages_of(store: Store, cast: Broadcast) -> Iterator[AudiencePage]:
    """All of its audience, a page at a time."""
    page = page_of(store, cast, "")
    yield page
    while not page.last:
        page = page_of(store, cast, page.cursor)
        yield page


def page_of(store: Store, cast: Broadcast, cursor: str) -> AudiencePage:
    """
    Those of the next PAGE_OF_PEOPLE memberships after `cursor` who are in the audience. A person is in it once,
    whatever number of groups they are in.
    """
    if cast.audience == "again":
        return _not_reached(store, cast, cursor)
    memberships = _next(store, cast, cursor)
    groups = {each.id: each for each in store.groups.among(list({m.group for m in memberships}))}
    found: dict[str, Addressee] = {}
    for id, group in sorted(groups.items()):
        members = [each for each in memberships if each.group == id]
        for each, said in _said_to(store, cast, group, members):
            found.setdefault(each.person, said)
    last = bool(cast.chosen) or len(memberships) < PAGE_OF_PEOPLE
    return AudiencePage(list(found.values()), memberships[-1].id if memberships else cursor, last)


def _next(store: Store, cast: Broadcast, cursor: str) -> list[Membership]:
    """
    In the order of their ids, which begin with the group's: so one index gives those of a group, and of all.

    A space comes before whatever an id is made of.
    """
    if cast.chosen:
        ids: Any = [f"{cast.group}:{person}" for person in cast.chosen]
    else:
        first = f"{cursor} " if cursor else f"{cast.group}:" if cast.group else ""
        ids = Between(first, f"{cast.group}:~" if cast.group else "~")
    only = {"role": list(OFFICERS)} if cast.audience == "officers" else {}
    return store.memberships.find(id=ids, status="active", sort="id", limit=PAGE_OF_PEOPLE, **only)


_Said = Iterator[tuple[Membership, Addressee]]


def _said_to(store: Store, cast: Broadcast, group: Group, members: Sequence[Membership]) -> _Said:
    """What a broadcast says to those of these members of a group who are in its audience."""
    rules, kind = group.constitution, _KINDS[cast.kind]
    meeting = rules.meeting(cast.begins_at)
    owed = owed_for_meeting(store, group, members) if "unpaid" in (cast.audience, _OF[cast.kind]) else {}
    late = late_since(store, group, members) if "late" in (cast.audience, _OF[cast.kind]) else {}
    values: dict[str, str | int | Money] = {"group": group.name, **cast.values}
    if cast.kind in ("meeting", "due"):
        values["day"] = meeting.isoformat()
    for each in members:
        own, reminds = dict(values), ""
        if "unpaid" in (cast.audience, _OF[cast.kind]):
            if not owed[each.person]:
                continue
            reminds = f"cast_due:{meeting.isoformat()}"
            if cast.kind == "due":
                own["amount"] = owed[each.person]
                own["dial"] = store.service_code.removesuffix("#") + PAYS
        if "late" in (cast.audience, _OF[cast.kind]):
            if each.person not in late:
                continue
            reminds = "cast_late"
            if cast.kind == "late":
                own["day"] = late[each.person].isoformat()
        yield each, Addressee(each.person, kind, own, group.id, rules.time_zone, reminds)


# Who alone is told what is ready to be said: nobody hears of what is not theirs.
_OF: Final[Mapping[str, str]] = {"words": "", "meeting": "", "decision": "", "due": "unpaid", "late": "late"}


def late_since(store: Store, group: Group, members: Sequence[Membership]) -> dict[str, date]:
    """Of those who are late with a loan, the day from which they are."""
    yesterday = group.constitution.day(store.now()) - timedelta(days=1)
    people = [each.person for each in members]
    loans = store.loans.find(
        group=group.id,
        state="active",
        oldest_unpaid=Between(_LONG_AGO, str(yesterday)),
        person=people,
        sort="-oldest_unpaid",
    )
    return {loan.person: loan.oldest_unpaid for loan in loans if loan.oldest_unpaid}


def _not_reached(store: Store, cast: Broadcast, cursor: str) -> AudiencePage:
    """Those of another broadcast who have not got it, or of whom nobody knows; they are told the same."""
    first = f"{cursor} " if cursor else f"cast:{cast.source}:"
    within = Between(first, f"cast:{cast.source}:~")
    states = list(NOT_REACHED_STATES)
    failed = store.notices.find(id=within, broadcast=cast.source, state=states, sort="id", limit=PAGE_OF_PEOPLE)
    have_it = _reached_since(store, cast, [each.person for each in failed])
    people = [
        Addressee(each.person, each.kind, each.values, each.group, each.quiet_in, each.owed)
        for each in failed
        if each.why not in _NOT_AGAIN and each.person not in have_it
    ]
    return AudiencePage(people, failed[-1].id if failed else cursor, len(failed) < PAGE_OF_PEOPLE)


def _reached_since(store: Store, cast: Broadcast, people: Sequence[str]) -> set[str]:
    """Those of these people who got it when it was sent again before, or are about to."""
    ids = [cast_id(each.id, person) for each in sent_again(store, cast.source) for person in people]
    own = f"cast:{cast.id}:"
    got = (each for each in store.notices.among(ids) if not each.id.startswith(own))
    return {each.person for each in got if each.state not in NOT_REACHED_STATES}


def sent_again(store: Store, source: str) -> list[Broadcast]:
    """The broadcasts to those whom this one did not reach."""
    before = store.broadcasts.get(source)
    later = store.broadcasts.find(group=before.group, created_at=Between(before.created_at, store.now()))
    return [each for each in later if each.source == source]


def zone_of(store: Store, group: str) -> str:
    """The time zone by whose clock a broadcast begins: its group's, or that of all, which is UTC."""
    return store.groups.get(group).constitution.time_zone if group else "UTC"


def members_numbered(store: Store, group_id: str, numbers: tuple[int, ...]) -> list[str]:
    """The people with these numbers in a group's list. Raises NoSuchMember when one of them is nobody's."""
    wanted = sorted(set(numbers))
    found = store.memberships.find(group=group_id, number=wanted, status="active", sort="number")
    if len(found) < len(wanted):
        raise NoSuchMember
    return [each.person for each in found]
