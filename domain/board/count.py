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
from domain.books.accounts import Account
from domain.books.statements import CASH, Moved, Sums, period
from domain.records.figures import Figures
from domain.records.group import Group
from domain.records.loan import Loan
from domain.store import Between, Store

RATES_DAYS: Final = 30  # of rates that tell how it goes now
COHORT_DAYS: Final = 365  # of loans, in which those in default are looked for

# What members have put in and can have back, some day.
_SAVED: Final = (Account.SHARES, Account.DEPOSITS, Account.POT, Account.CREDIT)


def figures_on(store: Store, group: Group, day: date) -> tuple[Figures, int]:
    """
    The figures of a group on a day that has come where the group is, and how many entries its book had then.

    Who is a member is asked of today, whatever the day.
    """
    span = period(day, day, ZoneInfo(group.constitution.time_zone))
    sums = store.books.sums(group.id, span)
    money_in, money_out = store.books.came_and_went(group.id, CASH, span)
    first = day - timedelta(days=RATES_DAYS - 1)
    figures = replace(
        _lending(store.loans.each(group=group.id), first, day),
        members=store.memberships.count(group=group.id, status="active"),
        savings=sum(-_held(sums, account) for account in _SAVED),
        lent=_held(sums, Account.PRINCIPAL),
        attendance=_attendance(store, group, first, day),
        missed=_missed(store, group, first, day),
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


def _attendance(store: Store, group: Group, first: date, day: date) -> SomeOf:
    """Who was there, late or not, of those who were not excused."""
    days = Between(first.isoformat(), day.isoformat())
    there = store.attendance.count(group=group.id, day=days, presence=["present", "late"])
    absent = store.attendance.count(group=group.id, day=days, presence="absent")
    return SomeOf(there, there + absent)


def _missed(store: Store, group: Group, first: date, day: date) -> SomeOf:
    """
    The meetings that were planned and not held: none was opened on its day, or later and before the next one.
    """
    rules = group.constitution
    began = max(first, rules.day(group.created_at))
    planned, following = [], rules.meeting_from(began)
    while following <= day:
        planned.append(following)
        following = rules.meeting_after(following)
    if not planned:
        return SomeOf()
    held = store.meetings.find(group=group.id, day=Between(planned[0].isoformat(), day.isoformat()))
    days = sorted({date.fromisoformat(each.day) for each in held})
    spans = pairwise([*planned, following])
    missed = sum(not any(begins <= each < ends for each in days) for begins, ends in spans)
    return SomeOf(missed, len(planned))
