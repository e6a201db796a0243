"""
A group's figures on one day, worked out from its book, its loans and its meetings.

Nothing is counted up on the way: worked out again it is the same, until something of that day is written
down late.
It reads all loans of a group: a job for a worker, see `domain/board/daily.py`.
"""

from collections.abc import Iterator
from dataclasses import replace
from datetime import date, timedelta
from itertools import pairwise
from typing import Final
from zoneinfo import ZoneInfo

from domain.arithmetic.arrears import Owing, SomeOf, at_risk, collected, lost, owing
from domain.arithmetic.instalments import Standing
from domain.board.health import counts_agreed, day_counted
from domain.books.accounts import SAVED, Account
from domain.books.statements import CASH, Moved, Sums, period
from domain.records.figures import Figures
from domain.records.group import Group, Paid
from domain.records.loan import Loan
from domain.store import Between, Store

RATES_DAYS: Final = 30  # of rates that tell how it goes now
COHORT_DAYS: Final = 365  # of loans, in which those in default are looked for

# What members have put in and can have back, some day.
_SAVED: Final = (*SAVED, Account.CREDIT)


def figures_on(store: Store, group: Group, day: date) -> tuple[Figures, int]:
    """
    The figures of a group on a day that has come where the group is, and how many entries its book had then.

    Who is a member is asked of today, whatever the day.
    """
    span = period(day, day, ZoneInfo(group.constitution.time_zone))
    sums = store.books.sums(group.id, span)
    money_in, money_out = store.books.came_and_went(group.id, CASH, span)
    first = day - timedelta(days=RATES_DAYS - 1)
    planned = planned_meetings(group, first, day)
    held = held_meetings(store, group, planned, day)
    missed = SomeOf(len(planned) - 1 - len(held), len(planned) - 1)
    # Today's meeting may still be held: until it is, nobody is to blame for it.
    counting = [each for each in planned[:-1] if each < day or each in held]
    members = store.memberships.count(group=group.id, status="active")
    figures = replace(
        _lending(store.loans.each(group=group.id), first, day),
        members=members,
        savings=sum(-_held(sums, account) for account in _SAVED),
        lent=_held(sums, Account.PRINCIPAL),
        attendance=attended(store, group, first, day),
        missed=missed,
        met=SomeOf(len(held), len(counting)),
        counted=_counted(store, group, first, day),
        saving=_saving(store, group, counting, members),
        money_in=money_in,
        money_out=money_out,
    )
    return figures, sums.length


def _held(sums: Sums, account: Account) -> int:
    """What an account held at the end of a span, debit above zero."""
    return sums.opening.get(account, 0) + sums.moved.get(account, Moved()).net


def _lending(loans: Iterator[Loan], first: date, day: date) -> Figures:
    held: list[Owing] = []
    cohort: list[Owing] = []
    due: list[Standing] = []
    approved = decided = 0
    year_ago = day - timedelta(days=COHORT_DAYS - 1)
    for loan in loans:
        if loan.decided_on and first <= loan.decided_on <= day:
            decided += 1
            approved += loan.state != "rejected"
        if loan.disbursed_on is None or loan.disbursed_on > day or _is_long_over(loan, min(first, year_ago)):
            continue
        standing = loan.as_of(day).standing(day)
        owes = owing(standing)
        if owes.outstanding and not owes.written_off:
            held.append(owes)
        if loan.disbursed_on >= year_ago:
            cohort.append(owes)
        if any(first <= line.due <= day for line in standing.lines):
            due.append(standing)
    return Figures(
        loans=len(held),
        par1=at_risk(held, 1, day),
        par30=at_risk(held, 30, day),
        par90=at_risk(held, 90, day),
        default=lost(cohort, day),
        collection=collected(due, first, day),
        approval=SomeOf(approved, decided),
    )


def _is_long_over(loan: Loan, since: date) -> bool:
    """Whether nothing is owed of a loan since before a day: it is in no figure, and not worked out."""
    if (
        loan.state not in ("closed", "overpaid", "recovered")
        or loan.disbursed_on is None
        or loan.disbursed_on >= since
    ):
        return False
    days = [each.day for each in loan.repayments] + [each.day for each in loan.waivers]
    return bool(days) and max(days) < since


def attended(store: Store, group: Group, first: date, day: date) -> SomeOf:
    """Who was there, late or not, of those who were not excused."""
    days = Between(first.isoformat(), day.isoformat())
    there = store.attendance.count(group=group.id, day=days, presence=["present", "late"])
    absent = store.attendance.count(group=group.id, day=days, presence="absent")
    return SomeOf(there, there + absent)


def planned_meetings(group: Group, first: date, day: date) -> list[date]:
    """The days on which the group was to meet, while it was here, and the one after them."""
    rules = group.constitution
    planned = [rules.meeting_from(max(first, rules.day(group.created_at)))]
    while planned[-1] <= day:
        planned.append(rules.meeting_after(planned[-1]))
    return planned


def held_meetings(store: Store, group: Group, planned: list[date], day: date) -> set[date]:
    """
    Which of the meetings that were planned were held: one was opened on its day, or later and before the next one.
    """
    if len(planned) == 1:
        return set()
    opened = store.meetings.find(group=group.id, day=Between(planned[0].isoformat(), day.isoformat()))
    days = sorted({date.fromisoformat(each.day) for each in opened})
    return {begins for begins, ends in pairwise(planned) if any(begins <= each < ends for each in days)}


def _counted(store: Store, group: Group, first: date, day: date) -> SomeOf:
    """The meetings that were closed, less the days on which what was counted was not what the book says."""
    days = Between(first.isoformat(), day.isoformat())
    closed = {each.day for each in store.meetings.find(group=group.id, day=days) if each.state == "closed"}
    differed = {day_counted(group, each) for each in counts_agreed(store, group, first, day)}
    return SomeOf(max(0, len(closed) - len(differed)), len(closed))


def _saving(store: Store, group: Group, planned: list[date], members: int) -> SomeOf:
    """Who put in savings for each of some meetings, of all members: one aggregation a meeting, on an index."""
    least = Paid(shares=1)
    saved = sum(min(members, store.paid_up(group.id, group.meeting_key(each), least).members) for each in planned)
    return SomeOf(saved, members * len(planned))
