"""What is wrong with a group whatever its figures are: found by a worker, with a few indexed queries a group."""

from datetime import date, datetime, time, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from domain.arithmetic.health import Health, Red, health_from
from domain.decisions.rights import officers_can_act
from domain.money import Money
from domain.records.figures import Figures
from domain.records.group import Group
from domain.records.proposal import Proposal
from domain.store import Between, Store

PERIODS_WITHOUT: Final = 3
SHORT_DAYS: Final = 90  # in which cash was short twice
_SHORT_TIMES: Final = 2


def health_of(figures: Figures, red: tuple[Red, ...] = ()) -> Health:
    """A group's health by its figures."""
    return health_from(
        met=figures.met,
        attendance=figures.attendance,
        late=figures.par30,
        counted=figures.counted,
        saving=figures.saving,
        red=red,
    )


def red_of(store: Store, group: Group, day: date, last_met: str, *, broken: bool) -> tuple[Red, ...]:
    """What is red on the day that it is where the group is; `broken` where its books did not verify."""
    found: dict[Red, bool] = {
        "short_twice": _short_days(store, group, day) >= _SHORT_TIMES,
        "no_meetings": _no_meetings(group, day, last_met),
        "no_officers": not officers_can_act(store, group.id),
        "books": broken,
    }
    return tuple(name for name, holds in found.items() if holds)


def counts_agreed(store: Store, group: Group, first: date, last: date) -> list[Proposal]:
    """The differences of cash that two officers agreed to have found, of some days."""
    zone = ZoneInfo(group.constitution.time_zone)
    begins = datetime.combine(first, time.min, zone)
    ends = datetime.combine(last + timedelta(days=1), time.min, zone) - timedelta(microseconds=1)
    found = store.proposals.find(group=group.id, state="approved", created_at=Between(begins, ends))
    return [each for each in found if each.kind == "cash_count"]


def day_counted(group: Group, proposal: Proposal) -> date:
    """The day on which it was counted, where the group is. Both boxes, counted together, are of one."""
    return group.constitution.day(proposal.created_at)


def _short_days(store: Store, group: Group, day: date) -> int:
    agreed = counts_agreed(store, group, day - timedelta(days=SHORT_DAYS - 1), day)
    return len({day_counted(group, each) for each in agreed if _over(each) < 0})


def _over(proposal: Proposal) -> int:
    amount = proposal.values["amount"]
    assert isinstance(amount, Money), "a report holds an amount"
    return amount.minor


def _no_meetings(group: Group, day: date, last_met: str) -> bool:
    """Whether three meetings in a row that were planned have gone by, since the last one or since it is here."""
    began = group.constitution.day(group.created_at)
    planned = max(date.fromisoformat(last_met), began) if last_met else began
    for _ in range(PERIODS_WITHOUT):
        planned = group.constitution.meeting_after(planned)
    return planned < day
