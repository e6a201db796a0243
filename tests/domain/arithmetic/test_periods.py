"""When instalments fall due: months by the calendar, weeks by the week."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.arithmetic.periods import (
    Calendar,
    Every,
    Rhythm,
    changed_after,
    due_dates,
    meeting_from,
    next_meeting,
    period_end,
)
from tests.domain.loans.lending import calendars

starts = st.dates(date(1900, 1, 1), date(2200, 12, 31))


@pytest.mark.parametrize(
    ("start", "every", "dues"),
    [
        (date(2026, 1, 20), "month", ["2026-02-20", "2026-03-20", "2026-04-20"]),
        (date(2026, 1, 31), "month", ["2026-02-28", "2026-03-31", "2026-04-30"]),
        (date(2027, 12, 30), "month", ["2028-01-30", "2028-02-29", "2028-03-30"]),
        (date(2026, 11, 30), "month", ["2026-12-30", "2027-01-30", "2027-02-28"]),
        (date(2026, 2, 28), "month", ["2026-03-28", "2026-04-28", "2026-05-28"]),
        (date(2026, 12, 25), "week", ["2027-01-01", "2027-01-08", "2027-01-15"]),
        (date(2028, 2, 22), "2weeks", ["2028-03-07", "2028-03-21", "2028-04-04"]),
        (date(2026, 1, 5), "4weeks", ["2026-02-02", "2026-03-02", "2026-03-30"]),
    ],
)
def test_the_first_is_due_a_period_after_the_start(start: date, every: Every, dues: list[str]) -> None:
    assert [due.isoformat() for due in due_dates(start, every, 3)] == dues


@given(starts, st.integers(1, 360))
def test_a_month_keeps_its_day_or_ends_with_its_last(start: date, periods: int) -> None:
    """The day is the first one's: a short February does not shorten March."""
    dues = due_dates(start, "month", periods)
    assert len(dues) == periods
    for number, due in enumerate(dues, start=1):
        assert (due.year - start.year) * 12 + due.month - start.month == number
        is_last_of_month = (due + timedelta(days=1)).day == 1
        assert due.day == start.day or (due.day < start.day and is_last_of_month)


@given(starts, st.integers(1, 360), st.sampled_from([("week", 7), ("2weeks", 14), ("4weeks", 28)]))
def test_weeks_keep_their_weekday_and_their_distance(start: date, periods: int, every: tuple[Every, int]) -> None:
    name, days = every
    dues = due_dates(start, name, periods)
    assert [(due - start).days for due in dues] == [days * number for number in range(1, periods + 1)]


@pytest.mark.parametrize(
    ("calendar", "day", "moved"),
    [
        (Calendar(), "2026-04-06", "2026-04-06"),
        # Good Friday to Easter Monday: three days, and the Saturday that is none of them.
        (Calendar((date(2026, 4, 3), date(2026, 4, 5), date(2026, 4, 6))), "2026-04-03", "2026-04-04"),
        (Calendar((date(2026, 4, 3), date(2026, 4, 5), date(2026, 4, 6))), "2026-04-05", "2026-04-07"),
        # Meetings on Wednesdays from 7 January, each week and each second one.
        (Calendar(first_meeting=date(2026, 1, 7)), "2026-01-15", "2026-01-21"),
        (Calendar(first_meeting=date(2026, 1, 7)), "2026-01-14", "2026-01-14"),
        (Calendar(first_meeting=date(2026, 1, 7)), "2026-01-01", "2026-01-07"),
        (Calendar(first_meeting=date(2026, 1, 7), every="2weeks"), "2026-01-08", "2026-01-21"),
        # On the last of each month.
        (Calendar(first_meeting=date(2026, 1, 31), every="month"), "2026-02-28", "2026-02-28"),
        (Calendar(first_meeting=date(2026, 1, 31), every="month"), "2026-03-01", "2026-03-31"),
        # A meeting that falls on a holiday is not held: the next one.
        (Calendar((date(2026, 1, 21),), date(2026, 1, 7)), "2026-01-15", "2026-01-28"),
    ],
)
def test_a_day_that_will_not_do_moves_forward(calendar: Calendar, day: str, moved: str) -> None:
    assert calendar.move(date.fromisoformat(day)) == date.fromisoformat(moved)


@given(calendars(near=date(2026, 1, 1)), st.dates(date(2026, 1, 1), date(2028, 12, 31)), st.integers(0, 60))
def test_the_first_day_that_will_do_is_taken(calendar: Calendar, day: date, more: int) -> None:
    """So that a later day is never moved before an earlier one, and one that will do stays."""
    moved = calendar.move(day)
    assert moved >= day and moved not in calendar.holidays
    if calendar.first_meeting is not None:
        number = 0
        while period_end(calendar.first_meeting, calendar.every, number) < moved:
            number += 1
        assert period_end(calendar.first_meeting, calendar.every, number) == moved
    assert calendar.move(moved) == moved
    assert calendar.move(day + timedelta(days=more)) >= moved


@given(
    st.lists(st.tuples(st.integers(0, 90), st.sampled_from(["week", "2weeks", "month"]), st.integers(0, 6))),
    st.sampled_from(["week", "2weeks", "4weeks", "month"]),
)
def test_whatever_days_the_meetings_are_moved_to_none_is_lost_or_comes_twice(
    changes: list[tuple[int, Every, int]], every: Every
) -> None:
    """What was held or is being paid for stays; the meeting after it comes, later and not the day after."""
    rhythms: tuple[Rhythm, ...] = (Rhythm(date(2026, 1, 31), every),)
    today = date(2026, 1, 20)
    for days, often, on in changes:
        today += timedelta(days=days)
        upcoming, before = meeting_from(rhythms, today), meetings(rhythms, today)
        rhythms = changed_after(rhythms, upcoming, often, on + 1 if often == "month" else on)
        assert meetings(rhythms, today) == before, "up to the one that comes all stay"
        assert meeting_from(rhythms, today) == upcoming
        after = meeting_from(rhythms, upcoming + timedelta(days=1))
        assert after == rhythms[-1].first > upcoming
        assert 4 <= (after - upcoming).days <= 47
        assert on == (after.day - 1 if often == "month" else after.weekday())
    held = meetings(rhythms, today + timedelta(days=400))
    assert held == sorted(set(held))
    for day in held:
        assert meeting_from(rhythms, day) == day, "asked on its own day it is today's"


def test_a_group_that_never_moved_its_meetings_meets_as_it_did() -> None:
    for days in range(60):
        day = date(2026, 10, 1) + timedelta(days=days)
        assert meeting_from((Rhythm(date(2026, 10, 5), "2weeks"),), day) == next_meeting(
            date(2026, 10, 5), "2weeks", day
        )


@pytest.mark.parametrize(
    ("every", "on", "first"),
    [
        ("week", 1, "2026-10-13"),
        ("week", 4, "2026-10-09"),
        ("2weeks", 0, "2026-10-19"),
        ("month", 15, "2026-11-15"),
    ],
)
def test_the_first_meeting_on_the_new_day_is_near_to_a_period_after_the_last(
    every: Every, on: int, first: str
) -> None:
    mondays = (Rhythm(date(2026, 9, 7), "week"),)
    assert changed_after(mondays, date(2026, 10, 5), every, on)[-1].first.isoformat() == first


def meetings(rhythms: tuple[Rhythm, ...], until: date) -> list[date]:
    """All of them, the one that comes too."""
    held = [meeting_from(rhythms, date(2026, 1, 1))]
    while held[-1] < until:
        held.append(meeting_from(rhythms, held[-1] + timedelta(days=1)))
    return held
