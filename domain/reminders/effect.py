"""
What reminders do: how many pay in time of those who get them, and of the tenth that gets none.

Both are counted from the books alone, whoever was in fact written to: who pays early, stops messages or has no
phone is in either half alike, so that the halves differ in nothing but the reminders.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import date
from math import sqrt
from typing import Final, Literal

from domain.records.group import Group
from domain.records.loan import PAID_OUT, Loan
from domain.reminders.held_out import is_held_out
from domain.store import Between, Store

# Below these nothing is said: with so few, the arithmetic of two proportions does not hold.
FEW_MEMBERS: Final = 30
FEW_OF_A_KIND: Final = 5
_NINETY_FIVE: Final = 1.96  # standard errors either side, of which chance leaves 5 in 100 beyond
_AT_ONCE: Final = 500

Verdict = Literal["too_early", "no_difference", "more", "fewer"]


@dataclass(frozen=True, slots=True)
class InTime:
    """Of the `members` in one half, how many paid in time."""

    members: int = 0
    paid: int = 0

    @property
    def part(self) -> float:
        return self.paid / self.members if self.members else 0.0

    def and_one(self, paid: bool) -> "InTime":
        return InTime(self.members + 1, self.paid + paid)


@dataclass(frozen=True, slots=True)
class Effect:
    """Both halves, of one kind of payment."""

    reminded: InTime = InTime()
    held_out: InTime = InTime()

    @property
    def difference(self) -> float:
        """By how much the part that pays in time is larger among those who are reminded."""
        return self.reminded.part - self.held_out.part

    @property
    def interval(self) -> tuple[float, float]:
        """Where the difference lies, 95 times in 100."""
        halves = [each for each in (self.reminded, self.held_out) if each.members]
        error = sqrt(sum(each.part * (1 - each.part) / each.members for each in halves))
        return self.difference - _NINETY_FIVE * error, self.difference + _NINETY_FIVE * error

    @property
    def verdict(self) -> Verdict:
        """What can be said: nothing while there are few of any kind, or while chance alone may explain it."""
        halves = (self.reminded, self.held_out)
        if any(each.members < FEW_MEMBERS for each in halves):
            return "too_early"
        if any(min(each.paid, each.members - each.paid) < FEW_OF_A_KIND for each in halves):
            return "too_early"
        least, most = self.interval
        if least <= 0 <= most:
            return "no_difference"
        return "more" if least > 0 else "fewer"

    def and_one(self, person: str, paid: bool) -> "Effect":
        if is_held_out(person):
            return replace(self, held_out=self.held_out.and_one(paid))
        return replace(self, reminded=self.reminded.and_one(paid))


def effect_on_contributions(store: Store, since: date) -> Effect:
    """
    Each member of a group once: whether they had put in what was due for its last meeting, of those since a day.
    What is put in for a meeting later than on its day counts for the next.
    """
    return _counted(found for group in store.groups.each() for found in _contributions(store, group, since))


def effect_on_instalments(store: Store, since: date) -> Effect:
    """Each loan once: whether all that was due by its last instalment, of those since a day, was paid by then."""
    return _counted(found for group in store.groups.each() for found in _instalments(store, group, since))


def _counted(outcomes: Iterable[tuple[str, bool]]) -> Effect:
    effect = Effect()
    for person, paid in outcomes:
        effect = effect.and_one(person, paid)
    return effect


def _contributions(store: Store, group: Group, since: date) -> Iterator[tuple[str, bool]]:
    rules, meeting = group.constitution, _last_meeting(store, group, since)
    if meeting is None:
        return
    for first in range(1, group.members + 1, _AT_ONCE):
        numbers = Between(first, first + _AT_ONCE - 1)
        there = [
            each
            for each in store.memberships.find(group=group.id, number=numbers, status="active")
            if rules.day(each.joined_at or group.created_at) <= meeting
        ]
        paid = store.paid_by(group.id, group.meeting_key(meeting), [each.person for each in there])
        for each in there:
            put_in, price = paid[each.person], rules.share_price.minor * each.hands
            yield each.person, put_in.shares >= price and put_in.social >= rules.social.minor


def _last_meeting(store: Store, group: Group, since: date) -> date | None:
    """The last meeting that is over, of the open cycle, since a day."""
    rules, today, last = group.constitution, group.constitution.day(store.now()), None
    day = rules.meeting_from(max(since, group.cycle_from))
    while day < today:
        last, day = day, rules.meeting_after(day)
    return last


def _instalments(store: Store, group: Group, since: date) -> Iterator[tuple[str, bool]]:
    today = group.constitution.day(store.now())
    for loan in store.loans.each(group=group.id, state=list(PAID_OUT)):
        due = [line.due for line in loan.standing(today).lines if since <= line.due < today]
        if due:
            yield loan.person, not _as_of(loan, max(due)).standing(max(due)).due


def _as_of(loan: Loan, day: date) -> Loan:
    """The loan as it was at the end of a day."""
    off = loan.written_off_on
    return replace(
        loan,
        repayments=tuple(each for each in loan.repayments if each.day <= day),
        waivers=tuple(each for each in loan.waivers if each.day <= day),
        rescheduled=tuple(each for each in loan.rescheduled if each.start <= day),
        written_off_on=off if off and off <= day else None,
    )
