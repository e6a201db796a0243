"""What a group has its members reminded of, and how far a round of reminders has come through its members."""

from dataclasses import dataclass
from datetime import datetime, time, timedelta
from typing import Final, Literal, get_args
from zoneinfo import ZoneInfo

# What is due at a meeting; what is due of a loan; the meeting itself; a turn in a rotation; a vote; the loan of
# somebody that waits for a guarantor; and, for the group as a whole, what the week brought.
ReminderKind = Literal["contribution", "instalment", "meeting", "turn", "vote", "guarantee", "summary"]
REMINDER_KINDS: Final[tuple[ReminderKind, ...]] = get_args(ReminderKind)

AT_EIGHT: Final = time(8)
AT_FIVE: Final = time(17)


@dataclass(frozen=True, slots=True)
class ReminderRound:
    """
    One walk through the members of a group, at the time of day `at` that it was due.

    `id` is group:moment, so that there is one. Members with the numbers up to `after` were looked at; `next_at` is
    None once all were, or once it is too late for the rest. The store forgets it after some weeks.
    """

    id: str
    group: str
    at: datetime
    next_at: datetime | None
    after: int = 0


def next_time(zone: str, now: datetime) -> datetime:
    """The next of the two times of day where a group is, in UTC."""
    return min(at for at in _times(zone, now) if at > now)


def last_time(zone: str, now: datetime) -> datetime:
    """The last of them, now or before."""
    return max(at for at in _times(zone, now) if at <= now)


def _times(zone: str, now: datetime) -> list[datetime]:
    """Those of yesterday, today and tomorrow."""
    there = now.astimezone(ZoneInfo(zone))
    days = [there.date() + timedelta(days=offset) for offset in (-1, 0, 1)]
    times = (datetime.combine(day, at, there.tzinfo) for day in days for at in (AT_EIGHT, AT_FIVE))
    return [at.astimezone(now.tzinfo) for at in times]
