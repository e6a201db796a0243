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
from domain.meetings.count import Counted, cash_of_books, check_count
from domain.meetings.who_paid import has_not_put_in
from domain.money import Money
from domain.records.group import FineReason, Group, day_of
from domain.records.meeting import Attendance, Meeting, Presence
from domain.records.person import Membership
from domain.savings.fines import AlreadyFined, charge
from domain.store import Store

# In a larger group only those who were named have an attendance.
ROLL_MAX: Final = 50
_FINED: Final[dict[Presence, FineReason]] = {"absent": "absence", "late": "late"}


class MeetingIsOpen(DomainError):
    """A meeting is open: it has to be closed first."""

    code = "meeting_is_open"


class NoMeeting(DomainError):
    """No meeting is open."""

    code = "no_meeting"


class MeetingWasHeld(DomainError):
    """There was a meeting of this cycle today, and it was closed."""

    code = "meeting_was_held"


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
    """An officer closes the meeting on what was counted; with `fine`, who was late or absent is fined."""

    officer: str
    group: str
    counted: Counted
    fine: bool


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

    `open_since` is the day of the open meeting and `next` that of the constitution's next, today's too; `last` is
    the day of the meeting that was closed last, with what was in the boxes then.
    `has_social` is whether there is a box for the social fund. `late`, `excused` and `absent` count who was named;
    `fined` of them are charged by the rules, `fines` in all.
    """

    today: date
    open_since: date | None
    next: date
    last: date | None
    last_counted: Counted
    has_social: bool
    late: int
    excused: int
    absent: int
    fined: int
    fines: Money


def meeting_today(store: Store, group_id: str) -> MeetingToday:
    """How it stands with the group's meeting."""
    group, now = store.groups.get(group_id), store.now()
    # Two, for on the day that a cycle begins there may be one of either.
    closed = store.meetings.find(group=group_id, state="closed", sort="-day", limit=2)
    last = max(closed, key=lambda each: each.number, default=None)
    named = _named(store, group)
    counts = {p: sum(each.presence == p for each in named) for p in ("late", "excused", "absent")}
    charges = [amount for _, _, amount in _to_charge(store, group, named)]
    return MeetingToday(
        today=group.constitution.day(now),
        open_since=date.fromisoformat(store.meetings.get(group.meeting).day) if group.meeting else None,
        next=group.constitution.meeting(now),
        last=date.fromisoformat(last.day) if last else None,
        last_counted=_closing_count(group, last),
        has_social=bool(group.constitution.social or cash_of_books(store, group).social),
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
        raise MeetingIsOpen
    day, regular = group.constitution.day(now), group.constitution.meeting(now)
    id = f"{group.id}:{group.meeting_key(day)}"
    if tx.meetings.one(id=id) is not None:
        raise MeetingWasHeld
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
    Close it: whoever was not named was there, and who was late or absent is fined, if so wanted.

    Raises NotAllowed, NoMeeting, CountDiffers.
    """
    acting_officer(tx, command.group, command.officer)
    group = tx.groups.get(command.group)
    meeting = _open(tx, group)
    check_count(tx, group, command.counted)
    named = _named(tx, group)
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
    return Closed(meeting.number, command.counted, len(fines), sum(fines, Money(0, group.currency)))


def _open(tx: Store, group: Group) -> Meeting:
    if not group.meeting:
        raise NoMeeting
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


def _charge(tx: Store, group: Group, meeting: Meeting, named: Sequence[Attendance]) -> list[Money]:
    fines, day = [], date.fromisoformat(meeting.day)
    for person, reason, _ in _to_charge(tx, group, named):
        try:
            fines.append(charge(tx, group, person, reason, day, ""))
        except AlreadyFined:  # by an officer, at the meeting
            continue
    return fines


def _to_charge(store: Store, group: Group, named: Sequence[Attendance]) -> list[tuple[str, FineReason, Money]]:
    """Whom the rules fine at the open meeting, for what and how much: who was late or away, or has not put in."""
    rules = group.constitution
    found = [(each.person, _FINED[each.presence]) for each in named if each.presence in _FINED]
    if rules.late_fines and group.meeting and rules.day(store.now()) == rules.meeting(store.now()):
        found += [(person, "late_contribution") for person in has_not_put_in(store, group)]
    return [(person, reason, amount) for person, reason in found if (amount := rules.fines.get(reason))]
