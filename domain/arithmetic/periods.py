"""The periods of a loan: how many make a year, the day each one ends, and the day that is paid on instead."""

from calendar import monthrange
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import pairwise
from typing import Final, Literal

Every = Literal["week", "2weeks", "4weeks", "month"]

# A year is 52 weeks or 12 months: a convention, for turning one rate into another. Dates keep to the calendar.
PERIODS_A_YEAR: Final[Mapping[Every, int]] = {"week": 52, "2weeks": 26, "4weeks": 13, "month": 12}

_WEEKS: Final[Mapping[Every, int]] = {"week": 1, "2weeks": 2, "4weeks": 4}


def due_dates(start: date, every: Every, periods: int) -> list[date]:
    """The last day of each period; the first is one period after `start`."""
    return [period_end(start, every, number) for number in range(1, periods + 1)]


def period_end(start: date, every: Every, number: int) -> date:
    """
    The last day of the period with this number, from 1; `start` itself for 0.

    Months keep the day of `start`, or end with their own last day: 31 January, 28 February, 31 March.
    """
    if every == "month":
        return _months_after(start, number)
    return start + timedelta(weeks=_WEEKS[every] * number)


@dataclass(frozen=True, slots=True)
class Rhythm:
    """
    A group meets on `first` and with the end of each period of `every` after it; `after` is the last meeting of
    the rhythm before, None where there was none.
    """

    first: date
    every: Every
    after: date | None = None


def meeting_from(rhythms: Sequence[Rhythm], day: date) -> date:
    """
    The first meeting on `day` or after it of a group whose rhythm has changed: each holds until the last meeting
    before the next one. All that asks when a group meets asks here.
    """
    for rhythm, changed in pairwise(rhythms):
        meeting = next_meeting(rhythm.first, rhythm.every, day)
        if changed.after and meeting <= changed.after:
            return meeting
    return next_meeting(rhythms[-1].first, rhythms[-1].every, day)


def changed_after(rhythms: Sequence[Rhythm], meeting: date, every: Every, on: int) -> tuple[Rhythm, ...]:
    """
    The same until `meeting`, and from then on another: `on` is a weekday from 0, of months a day from 1 to 28.

    Its first meeting is on the such day that is nearest to a period after `meeting`, so that no two meetings are
    close together: from Mondays to Tuesdays the first is after eight days, to Fridays after four.
    """
    due = period_end(meeting, every, 1)
    days = (due + timedelta(days=offset) for offset in range((meeting - due).days + 1, 32))
    fits = [day for day in days if on == (day.day if every == "month" else day.weekday())]
    first = min(fits, key=lambda day: (abs(day - due), day))
    return (*(rhythm for rhythm in rhythms if rhythm.first <= meeting), Rhythm(first, every, meeting))


@dataclass(frozen=True, slots=True)
class Calendar:
    """
    The days an instalment can be paid on: no holiday and, where a group has a first meeting, a day it meets.

    A group meets on `first_meeting` and with the end of each period of `every` after it, until its meetings were
    `moved`: see `meeting_from`. What falls on another day
    moves forward to the next that will do, and costs nothing for it.
    """

    holidays: tuple[date, ...] = ()
    first_meeting: date | None = None
    every: Every = "week"
    moved: tuple[Rhythm, ...] = ()

    def move(self, day: date) -> date:
        """This day, or the first one after it that will do."""
        while True:
            if self.first_meeting is not None:
                day = meeting_from((Rhythm(self.first_meeting, self.every), *self.moved), day)
            if day not in self.holidays:
                return day
            day += timedelta(days=1)


def last_meeting(first: date, every: Every, day: date) -> date | None:
    """The last meeting of a group on `day` or before it; None when its first is still to come."""
    if day < first:
        return None
    if every != "month":
        return period_end(first, every, (day - first).days // (7 * _WEEKS[every]))
    number = (day.year - first.year) * 12 + day.month - first.month
    meeting = period_end(first, every, number)
    return meeting if meeting <= day else period_end(first, every, number - 1)


def next_meeting(first: date, every: Every, day: date) -> date:
    """The first meeting of a group on `day` or after it."""
    last = last_meeting(first, every, day)
    if last is None or last == day:
        return last or first
    if every != "month":
        return period_end(last, every, 1)
    return period_end(first, every, (last.year - first.year) * 12 + last.month - first.month + 1)


def _months_after(start: date, months: int) -> date:
    year, month = divmod(start.year * 12 + start.month - 1 + months, 12)
    return date(year, month + 1, min(start.day, monthrange(year, month + 1)[1]))
