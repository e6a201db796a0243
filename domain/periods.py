"""The periods of a loan: how many make a year, and the day each one ends."""

from calendar import monthrange
from collections.abc import Mapping
from datetime import date, timedelta
from typing import Final, Literal

Every = Literal["week", "2weeks", "4weeks", "month"]

# A year is 52 weeks or 12 months: a convention, for turning one rate into another. Dates keep to the calendar.
PERIODS_A_YEAR: Final[Mapping[Every, int]] = {"week": 52, "2weeks": 26, "4weeks": 13, "month": 12}

_WEEKS: Final[Mapping[Every, int]] = {"week": 1, "2weeks": 2, "4weeks": 4}


def due_dates(start: date, every: Every, periods: int) -> list[date]:
    """
    The last day of each period; the first is one period after `start`.

    Months keep the day of `start`, or end with their own last day: 31 January, 28 February, 31 March.
    """
    if every == "month":
        return [_months_after(start, months) for months in range(1, periods + 1)]
    return [start + timedelta(weeks=_WEEKS[every] * number) for number in range(1, periods + 1)]


def _months_after(start: date, months: int) -> date:
    year, month = divmod(start.year * 12 + start.month - 1 + months, 12)
    return date(year, month + 1, min(start.day, monthrange(year, month + 1)[1]))
