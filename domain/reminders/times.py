"""When members are reminded: at two times of the day where their group is, and on which days of what waits."""

from datetime import date, datetime
from typing import Final
from zoneinfo import ZoneInfo

from domain.records.notice import EVENING
from domain.records.proposal import OPEN_FOR
from domain.records.reminder import AT_FIVE

# Days from that on which an instalment is due, and then of being late: once a week, three times.
BEFORE_DUE: Final = (-2, 0)
LATE: Final = (1, 8, 15, 22)
OFFICERS_HEAR: Final = 29  # the week after

# Days since somebody was asked to vote, or to guarantee, and the last day but one that they may.
_ASKED: Final = (3, OPEN_FOR.days - 1)


def is_morning(zone: str, at: datetime) -> bool:
    """Which of the two times it is."""
    return at.astimezone(ZoneInfo(zone)).time() < AT_FIVE


def no_use_after(zone: str, at: datetime) -> datetime:
    """The evening of a day: what was not sent until then is not sent late. In UTC."""
    there = at.astimezone(ZoneInfo(zone))
    return datetime.combine(there.date(), EVENING, there.tzinfo).astimezone(at.tzinfo)


def asks_on(asked: date, today: date) -> bool:
    """Whether somebody is reminded today of what they were asked on a day."""
    return (today - asked).days in _ASKED
