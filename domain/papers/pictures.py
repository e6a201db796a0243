"""What is drawn for officers: who has paid for the meeting, and how what members have saved has grown."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from zoneinfo import ZoneInfo

from domain.books.accounts import SAVINGS
from domain.books.statements import NoSuchPeriod, period
from domain.meetings.who_paid import PAGE, MeetingPaid, Missing, meeting_paid, not_paid
from domain.money import Money
from domain.papers.rights import check_leads
from domain.people.find import names_of
from domain.records.group import Group
from domain.store import Between, Store


@dataclass(frozen=True, slots=True)
class PaidSeen:
    """Who has paid for the next meeting, of the first PAGE numbers: `done` by name, and who has not."""

    group: str
    paid: MeetingPaid
    done: Sequence[str]
    missing: Sequence[Missing]


@dataclass(frozen=True, slots=True)
class Grown:
    """
    What members have saved at the end of each of some days, the first of them before anything of the period moved.
    """

    group: str
    currency: str
    days: Sequence[tuple[date, int]]

    @property
    def before(self) -> Money:
        return Money(self.days[0][1], self.currency)

    @property
    def after(self) -> Money:
        return Money(self.days[-1][1], self.currency)


def paid_seen(store: Store, group_id: str, officer: str) -> PaidSeen:
    """Raises NotAllowed."""
    check_leads(store, group_id, officer)
    missing = not_paid(store, group_id, 1)
    members = store.memberships.find(group=group_id, number=Between(1, PAGE), status="active", sort="number")
    names, numbers = names_of(store, [each.person for each in members]), {each.number for each in missing}
    done = [names[each.person] for each in members if each.number not in numbers]
    return PaidSeen(store.groups.get(group_id).name, meeting_paid(store, group_id), done, missing)


def grown(store: Store, group_id: str, officer: str, first: date, last: date) -> Grown:
    """Of some days, both included. Raises NotAllowed, NoSuchPeriod."""
    check_leads(store, group_id, officer)
    return savings_by_day(store, store.groups.get(group_id), first, last)


def savings_by_day(store: Store, group: Group, first: date, last: date) -> Grown:
    """The same for whoever may see all of the group. Raises NoSuchPeriod."""
    today = group.constitution.day(store.now())
    if last < first or first > today:
        raise NoSuchPeriod
    last = min(last, today)
    zone = group.constitution.time_zone
    span = period(first, last, ZoneInfo(zone))
    sums = store.books.sums(group.id, span)
    changes = store.books.by_day(group.id, SAVINGS, span, zone)
    held = -sum(sums.opening.get(account, 0) for account in SAVINGS)
    days = [(first - timedelta(days=1), held)]
    for day in sorted(changes):
        held -= changes[day]
        days.append((day, held))
    if days[-1][0] < last:
        days.append((last, held))
    return Grown(group.name, group.currency, days)
