"""
A meeting from its opening to its close: the cash is counted at both ends, and whoever is not named was there.

It opens and closes only when the cash is what the books say, which is the meeting lock: what is there at the end
is what was there at the beginning, and what came in, less what went out.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final

from domain.commands import handles
from domain.decisions.rights import acting_officer, active_member
from domain.errors import DomainError
from domain.meetings.close import last_closed, tell_of_close
from domain.meetings.count import Counted, cash_of_books, check_count
from domain.meetings.who_paid import has_not_put_in
from domain.money import Money
from domain.records.group import FineReason, Group, day_of
from domain.records.meeting import Attendance, Meeting, Presence
from domain.records.person import Membership
from domain.savings.fines import charge, fine_id
from domain.store import Store

# In a larger group only those who were named have an attendance.
ROLL_MAX: Final = 50
_FINED: Final[dict[Presence, FineReason]] = {"absent": "absence", "late": "late"}


class MeetingIsOpen(DomainError):
    """A meeting of the `group` is open: it has to be closed first."""

    code = "meeting_is_open"

    def __init__(self, group: str = "") -> None:
        super().__init__(group=group)


class NoMeeting(DomainError):
    """No meeting of the `group` is open."""

    code = "no_meeting"

    def __init__(self, group: str = "") -> None:
        super().__init__(group=group)


class MeetingWasHeld(DomainError):
    """There was a meeting of this cycle today, and it was closed; the `group` meets next on this `day`, as ISO."""

    code = "meeting_was_held"

    def __init__(self, group: str = "", day: str = "") -> None:
        super().__init__(group=group, day=day)


class FinesChanged(DomainError):
    """Other fines would be charged than the officer was asked about: `fines` now, in minor units of `currency`."""

    code = "fines_changed"


class NotAMeetingDay(DomainError):
    """The constitution has no meeting today; `day` (ISO) is that of the next."""

    code = "not_a_meeting_day"


@dataclass(frozen=True, slots=True)
class OpenMeeting:
    """An officer opens a meeting on what was counted; `extraordinary` on any day but the constitution's."""

    officer: str
    group: str
    counted: Counted
    extraordinary: bool = False


@dataclass(frozen=True, slots=True)
class MarkAttendance:
    """An officer says how a member is there at the open meeting."""

    officer: str
    group: str
    person: str
    presence: Presence


@dataclass(frozen=True, slots=True)
class CloseMeeting:
    """
    An officer closes the meeting on what was counted; with `fine`, who was late or absent is fined, `fines` in all
    as the officer was asked. None where a conversation of before did not say.
    """

    officer: str
    group: str
    counted: Counted
    fine: bool
    fines: Money | None = None


@dataclass(frozen=True, slots=True)
class Closed:
    """The answer to closing a meeting: its number in the group, how many fines it brought and their sum."""

    number: int
    counted: Counted
    fined: int
    fines: Money


@dataclass(frozen=True, slots=True)
class MeetingToday:
    """
    What an officer has to know before a meeting, or in one.

    `open_since` is the day of the open meeting and `next` that of the constitution's next, today's too. `last` is
    the day of the meeting that was closed last; `in_book` is what should be in the boxes now, and `moved` says
    that it is not what was there at that close. `has_social` is whether there is a box for the social fund.
    `late`, `excused` and `absent` count who was named; `fined` of them are charged by the rules, `fines` in all.
    """

    today: date
    open_since: date | None
    next: date
    last: date | None
    in_book: Counted
    moved: bool
    has_social: bool
    late: int
    excused: int
    absent: int
    fined: int
    fines: Money


def meeting_today(store: Store, group_id: str) -> MeetingToday:
    """How it stands with the group's meeting."""
    group, now = store.groups.get(group_id), store.now()
    last = last_closed(store, group_id)
    named = _named(store, group)
    counts = {p: sum(each.presence == p for each in named) for p in ("late", "excused", "absent")}
    charges = [amount for _, _, amount in _to_charge(store, group, named)]
    today, in_book = group.constitution.day(now), cash_of_books(store, group)
    return MeetingToday(
        today=today,
        open_since=date.fromisoformat(store.meetings.get(group.meeting).day) if group.meeting else None,
        next=group.constitution.meeting(now),
        last=date.fromisoformat(last.day) if last else None,
        in_book=in_book,
        moved=in_book != _closing_count(group, last),
        has_social=bool(group.constitution.social or in_book.social),
        late=counts["late"],
        excused=counts["excused"],
        absent=counts["absent"],
        fined=len(charges),
        fines=sum(charges, Money(0, group.currency)),
    )


@handles(OpenMeeting)
def open_meeting(tx: Store, command: OpenMeeting) -> int:
    """
    Answers with the meeting's number in the group.

    Raises NotAllowed, MeetingIsOpen, MeetingWasHeld, NotAMeetingDay, CountDiffers.
    """
    acting_officer(tx, command.group, command.officer)
    group, now = tx.groups.get(command.group), tx.now()
    if group.meeting:
        raise MeetingIsOpen(group.name)
    day, regular = group.constitution.day(now), group.constitution.meeting(now)
    id = _id(group, day)
    if tx.meetings.one(id=id) is not None:
        raise MeetingWasHeld(group.name, group.constitution.meeting_after(day).isoformat())
    if day != regular and not command.extraordinary:
        raise NotAMeetingDay(day=regular.isoformat())
    check_count(tx, group, command.counted)
    number = tx.meetings.count(group=group.id) + 1
    tx.groups.change(group.id, meeting=id)
    tx.meetings.insert(
        Meeting(
            id=id,
            group=group.id,
            day=day.isoformat(),
            number=number,
            state="open",
            opened_by=command.officer,
            opened_at=now,
            opening_cash=command.counted.cash.minor,
            opening_social=command.counted.social.minor,
            extraordinary=day != regular,
        )
    )
    return number


@handles(MarkAttendance)
def mark_attendance(tx: Store, command: MarkAttendance) -> None:
    """The last word counts. Raises NotAllowed, NoMeeting."""
    acting_officer(tx, command.group, command.officer)
    active_member(tx, command.group, command.person)
    group = tx.groups.get(command.group)
    meeting = _open(tx, group)
    id = f"{meeting.id}:{command.person}"
    if tx.attendance.change(id, presence=command.presence) is None:
        tx.attendance.insert(Attendance(id, group.id, meeting.day, command.person, group.cycle, command.presence))


@handles(CloseMeeting)
def close_meeting(tx: Store, command: CloseMeeting) -> Closed:
    """
    Close it: whoever was not named was there, and who was late or absent is fined, if so wanted. Every member
    hears what came of it.

    Raises NotAllowed, NoMeeting, CountDiffers, FinesChanged.
    """
    acting_officer(tx, command.group, command.officer)
    group = tx.groups.get(command.group)
    meeting = _open(tx, group)
    check_count(tx, group, command.counted)
    named = _named(tx, group)
    if command.fine and command.fines is not None:
        _check_fines(tx, group, named, command.fines)
    _mark_the_rest(tx, group, meeting, named)
    fines = _charge(tx, group, meeting, named) if command.fine else []
    tx.meetings.change(
        meeting.id,
        state="closed",
        closing_cash=command.counted.cash.minor,
        closing_social=command.counted.social.minor,
        closed_by=command.officer,
        closed_at=tx.now(),
    )
    tx.groups.change(group.id, meeting="")
    tell_of_close(tx, group, meeting, command.counted)
    return Closed(meeting.number, command.counted, len(fines), sum(fines, Money(0, group.currency)))


def _id(group: Group, day: date) -> str:
    return f"{group.id}:{group.meeting_key(day)}"


def _open(tx: Store, group: Group) -> Meeting:
    if not group.meeting:
        raise NoMeeting(group.name)
    return tx.meetings.get(group.meeting)


def _closing_count(group: Group, last: Meeting | None) -> Counted:
    cash, social = (last.closing_cash, last.closing_social) if last else (0, 0)
    return Counted(Money(cash, group.currency), Money(social, group.currency))


def _named(store: Store, group: Group) -> list[Attendance]:
    """Whose attendance at the open meeting was written down."""
    if not group.meeting:
        return []
    day = day_of(group.meeting.rpartition(":")[2]).isoformat()
    return [each for each in store.attendance.find(group=group.id, day=day) if each.cycle == group.cycle]


def _mark_the_rest(tx: Store, group: Group, meeting: Meeting, named: Sequence[Attendance]) -> None:
    if tx.memberships.count(group=group.id, status="active") > ROLL_MAX:
        return
    seen = {each.person for each in named}
    for membership in tx.memberships.find(group=group.id, status="active"):
        if membership.person not in seen and _was_in(group, membership, meeting):
            id = f"{meeting.id}:{membership.person}"
            there = Attendance(id, group.id, meeting.day, membership.person, group.cycle, "present")
            tx.attendance.insert(there)


def _was_in(group: Group, membership: Membership, meeting: Meeting) -> bool:
    """Whoever came in after the day of the meeting was not expected at it."""
    return not membership.joined_at or group.constitution.day(membership.joined_at).isoformat() <= meeting.day


def _check_fines(tx: Store, group: Group, named: Sequence[Attendance], asked: Money) -> None:
    """Raises FinesChanged: somebody was named, fined or paid since the officer was asked."""
    now = sum((amount for _, _, amount in _to_charge(tx, group, named)), Money(0, group.currency))
    if now != asked:
        raise FinesChanged(fines=now.minor, currency=group.currency)


def _charge(tx: Store, group: Group, meeting: Meeting, named: Sequence[Attendance]) -> list[Money]:
    day = date.fromisoformat(meeting.day)
    return [charge(tx, group, person, reason, day, "") for person, reason, _ in _to_charge(tx, group, named)]


def _to_charge(store: Store, group: Group, named: Sequence[Attendance]) -> list[tuple[str, FineReason, Money]]:
    """
    Whom the rules fine at the open meeting, for what and how much: who was late or away, or has not put in. Not
    whom an officer has fined for the same at the meeting.
    """
    if not group.meeting:
        return []
    rules, day = group.constitution, day_of(group.meeting.rpartition(":")[2])
    found = [(each.person, _FINED[each.presence]) for each in named if each.presence in _FINED]
    if rules.late_fines and rules.day(store.now()) == rules.meeting(store.now()):
        found += [(person, "late_contribution") for person in has_not_put_in(store, group)]
    ids = {fine_id(group, person, reason, day): (person, reason) for person, reason in found}
    fined = {fine.id for fine in store.fines.among([*ids])}
    return [
        (person, reason, amount)
        for id, (person, reason) in ids.items()
        if id not in fined and (amount := rules.fines.get(reason))
    ]
