"""
The figures of every group, kept up by a job: of the day that runs they are worked out anew soon after money has
moved, and once more when the day is over, which is then kept.
"""

from collections.abc import Sequence
from contextlib import suppress
from datetime import date, datetime, time, timedelta
from typing import Any, Final
from zoneinfo import ZoneInfo

from domain.arithmetic.health import Red
from domain.board.count import figures_on
from domain.board.health import health_of, red_of
from domain.records.figures import Figures, GroupDay, GroupNow
from domain.records.group import Group
from domain.store import Duplicate, Store

# A group's book is looked at so often: what is shown is no older, and where nothing moved that is one number.
FIGURES_EVERY: Final = timedelta(minutes=10)
# Whatever has not moved money, a request refused, or somebody at a meeting, is seen this soon.
ANEW_EVERY: Final = timedelta(hours=1)
# Of days on which no worker was there, so many are made up for.
_DAYS_MAX: Final = 30


def groups_to_figure(store: Store, most: int) -> Sequence[str]:
    """The groups whose figures are due, and those that have none."""
    return [*store.figures.due(store.now(), most), *store.figures.lacking(most)][:most]


def figure_group(store: Store, id: str) -> None:
    """Bring a group's figures up to now. Two workers at it write the same."""
    now = store.now()
    known = store.figures.one(id=id) or _first(store, id)
    if known.next_at is not None and now < known.next_at:
        return
    group = store.groups.get(id)
    if group.undone:  # it is in no list, and in no sum
        store.figures.change(id, currency="", next_at=None)
        return
    today = group.constitution.day(now)
    if _is_as_it_was(store, known, today):
        store.figures.change(id, next_at=_next(group, now))
        return
    if known.day:
        _close_days(store, group, date.fromisoformat(known.day), today)
    figures, seq = figures_on(store, group, today)
    store.figures.change(id, **_fields(store, group, today, figures, seq, broken=known.broken))


def books_checked(store: Store, id: str, *, whole: bool) -> None:
    """
    Say that the books of a group were verified, and whether they were whole: where they were not, it is red at
    once, until they are.
    """
    known = store.figures.one(id=id)
    if (known is None or not known.broken) if whole else (known is not None and known.broken):
        return  # it is known
    known = known or _first(store, id)
    red: tuple[Red, ...] = tuple(each for each in known.red if each != "books")
    found = health_of(known.figures, red if whole else (*red, "books"))
    store.figures.change(id, broken=not whole, red=found.red, worst=found.place)


def _first(store: Store, id: str) -> GroupNow:
    """A place for a group's figures, before it is read: one that cannot be is put off like all that fails."""
    now = store.now()
    first = GroupNow(id, "", "", "", "savings", "", "", at=now, next_at=now)
    with suppress(Duplicate):
        store.figures.insert(first)
    return first


def _is_as_it_was(store: Store, known: GroupNow, today: date) -> bool:
    is_fresh = store.now() - known.at < ANEW_EVERY
    return known.day == today.isoformat() and is_fresh and store.books.length(known.id) == known.seq


def _close_days(store: Store, group: Group, day: date, today: date) -> None:
    """Keep each day from `day` on that is over."""
    day = max(day, today - timedelta(days=_DAYS_MAX))
    while day < today:
        figures, seq = figures_on(store, group, day)
        kept = GroupDay(f"{group.id}:{day}", group.id, day.isoformat(), group.currency, figures, seq, store.now())
        with suppress(Duplicate):  # another worker was at it
            store.group_days.insert(kept)
        day += timedelta(days=1)


def _fields(
    store: Store, group: Group, today: date, figures: Figures, seq: int, *, broken: bool
) -> dict[str, Any]:
    met = store.meetings.find(group=group.id, sort="-day", limit=1)
    last_met = met[0].day if met else ""
    late = figures.par30
    found = health_of(figures, red_of(store, group, today, last_met, broken=broken))
    return {
        "code": group.code,
        "name": group.name,
        "sought": group.name.casefold(),
        "kind": group.kind,
        "currency": group.currency,
        "day": today.isoformat(),
        "at": store.now(),
        "next_at": _next(group, store.now()),
        "figures": figures,
        "seq": seq,
        "late": 10_000 * late.some // late.whole if late.whole else 0,
        "last_met": last_met,
        "health": found.score,
        "red": found.red,
        "worst": found.place,
    }


def _next(group: Group, now: datetime) -> datetime:
    """When to look again: in a while, or when the day is over where the group is."""
    zone = ZoneInfo(group.constitution.time_zone)
    over = datetime.combine(group.constitution.day(now) + timedelta(days=1), time.min, zone)
    return min(now + FIGURES_EVERY, over.astimezone(now.tzinfo))
