"""The rows of each file, a group at a time: whoever writes them holds one row."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final
from zoneinfo import ZoneInfo

from domain.arithmetic.arrears import owing
from domain.arithmetic.rates import decimal_text
from domain.books.accounts import ACCOUNTS, SAVED, Account
from domain.books.events import event_of
from domain.books.statements import BookPlace, Span, period
from domain.errors import BadValue
from domain.exports.columns import COLUMNS, ExportCell, ExportName
from domain.exports.indicators import indicators
from domain.exports.keys import ExportedGroup
from domain.exports.people import NEVER_IN, end_of_day, joined_when, may_leave, roles_at, status_at
from domain.money import Money
from domain.mongo.store import MongoStore
from domain.records.group import Group
from domain.records.loan import PAID_OUT, Loan
from domain.records.person import Membership
from domain.store import Between, Store

# So many members are read at once.
_MEMBERS_AT_ONCE: Final = 100
_PERCENT_PLACES: Final = 6  # 10 % in four weeks is 10.833333 % in a month
_ACCOUNTS: Final = (*SAVED, Account.CREDIT, Account.PRINCIPAL)
_RATE_OF: Final = {"month": "a month", "year": "a year", "period": "a period"}

Cells = Mapping[str, ExportCell]


class ExportOfNothing(BadValue):
    """The last day is before the first."""


@dataclass(frozen=True, slots=True)
class ExportSpan:
    """
    The days of an export, both included, as they are where a group is. `first` is None for the day that a group's
    open cycle began on, `last` for today. Raises ExportOfNothing.
    """

    first: date | None = None
    last: date | None = None

    def __post_init__(self) -> None:
        if self.first and self.last and self.last < self.first:
            raise ExportOfNothing(f"{self.last} is before {self.first}")

    def of(self, group: Group, today: date) -> tuple[date, date] | None:
        """The days of a group, no later than today; None when it was not there yet."""
        last = min(self.last or today, today)
        first = self.first or min(group.cycle_from, last)
        return None if last < _there_from(group) or last < first else (first, last)


def _there_from(group: Group) -> date:
    return group.before.as_of if group.before else group.constitution.day(group.created_at)


def export_rows(
    store: MongoStore, name: ExportName, of: ExportedGroup, span: ExportSpan
) -> Iterator[tuple[ExportCell, ...]]:
    """The rows of one group, with a cell for each column of the file."""
    group = of.group
    days = span.of(group, group.constitution.day(store.now()))
    if days is None:
        return
    common: Cells = {"programme": of.programme, "group_code": group.code, "currency": group.currency}
    for cells in _ROWS[name](store, of, *days):
        row = {**common, **cells}
        yield tuple(row[column.name] for column in COLUMNS[name])


def _programme(store: MongoStore, of: ExportedGroup, first: date, last: date) -> Iterator[Cells]:
    yield indicators(store, of, first, last)


def _members(store: MongoStore, of: ExportedGroup, first: date, last: date) -> Iterator[Cells]:
    """Those who had joined by the last day, as they stood at its end."""
    ends = end_of_day(of.group, last)
    for start in range(1, of.group.members + 1, _MEMBERS_AT_ONCE):
        numbers = Between(start, start + _MEMBERS_AT_ONCE - 1)
        found = store.memberships.find(group=of.group.id, number=numbers, sort="number")
        joined = [each for each in found if each.status not in NEVER_IN and joined_when(each) < ends]
        if joined:
            yield from _as_they_stood(store, of, joined, last)


def _as_they_stood(
    store: MongoStore, of: ExportedGroup, members: Sequence[Membership], last: date
) -> Iterator[Cells]:
    group, ids, ends = of.group, [each.person for each in members], end_of_day(of.group, last)
    past = ends <= store.now()
    balances = _balances(store, group, ids, ends if past else None)
    then = status_at(store, group, members, ends) if past else {each.id: each.status for each in members}
    roles = roles_at(store, group, members, ends) if past else {each.person: each.role for each in members}
    may = may_leave(store, ids, of.whom)
    fines = dict.fromkeys(ids, 0)
    for fine in store.fines.find(group=group.id, person=ids):
        fines[fine.person] += fine.amount.minor if fine.was_due(ends) else 0
    for each in members:
        held = {account: balances.get((account, each.person), 0) for account in _ACCOUNTS}
        person = may[each.person]
        yield {
            "member": of.key(each.person),
            "name": person.name,
            "phone": person.phone,
            "sex": person.sex,
            "birth_year": person.birth_year,
            "consent": person.agrees,
            "role": roles[each.person],
            "as_of": last,
            "status": then[each.id],
            "joined_on": group.constitution.day(each.joined_at) if each.joined_at else None,
            "has_phone": "no" if each.no_phone else "yes",
            "savings": of.money(-sum(held[account] for account in SAVED)),
            "credit": of.money(-held[Account.CREDIT]),
            "owes": of.money(held[Account.PRINCIPAL]),
            "fines_due": of.money(fines[each.person]),
        }


def _balances(
    store: MongoStore, group: Group, people: Sequence[str], ends: datetime | None
) -> Mapping[tuple[str, str], int]:
    """What they hold, or held at a moment: what they hold now, less what moved since, both of one moment."""
    if ends is None:
        return store.books.of_members(group.id, _ACCOUNTS, people)
    since = Span(first=BookPlace(ends))

    def read(tx: Store) -> dict[tuple[str, str], int]:
        moved = tx.books.moved_of_members(group.id, _ACCOUNTS, people, since)
        now = tx.books.of_members(group.id, _ACCOUNTS, people)
        return {key: held - moved.get(key, 0) for key, held in now.items()}

    return store.transaction(read)


def _transactions(store: MongoStore, of: ExportedGroup, first: date, last: date) -> Iterator[Cells]:
    zone = ZoneInfo(of.group.constitution.time_zone)
    book = of.group.id
    for entry in store.books.between(book, period(first, last, zone), store.books.length(book)):
        event = event_of(entry).kind
        for leg in entry.postings:
            yield {
                "entry": entry.seq,
                "day": entry.at.astimezone(zone).date(),
                "event": event,
                "account": leg.account,
                "account_name": ACCOUNTS[leg.account].label,
                "member": of.key(leg.member),
                "loan": of.key(leg.loan),
                "change": of.money(leg.amount),
                "reverses": entry.reverses,
            }


def _loans(store: MongoStore, of: ExportedGroup, first: date, last: date) -> Iterator[Cells]:
    """Those that were paid out by the last day, as they were at its end."""
    for loan in store.loans.each(group=of.group.id):
        if loan.state in PAID_OUT and loan.disbursed_on and loan.disbursed_on <= last:
            yield _loan(of, loan, last)


def _loan(of: ExportedGroup, loan: Loan, day: date) -> Cells:
    then = loan.as_of(day)
    standing = then.standing(day)
    owes = owing(standing)
    late = owes.days_past_due(day)
    percent = round(loan.terms.rate.percent, _PERCENT_PLACES)
    paid = sum((each.amount for each in then.repayments if not each.reversed), Money(0, of.group.currency))
    return {
        "loan": of.key(loan.id),
        "reference": loan.ref,
        "member": of.key(loan.person),
        "state": loan.state,
        "purpose": loan.purpose or "",
        "lent_on": loan.disbursed_on,
        "lent": loan.amount,
        "rate": f"{decimal_text(percent)} % {_RATE_OF[loan.terms.rate.per]}",
        "instalments": loan.terms.periods,
        "as_of": day,
        "outstanding": owes.outstanding,
        "due": standing.due,
        "late_since": owes.oldest_unpaid if late else None,
        "days_late": late,
        "repaid": paid - standing.credit,
        "written_off_on": then.written_off_on,
        "guarantors": sum(each.state == "accepted" for each in loan.guarantees),
    }


_ROWS: Final[Mapping[ExportName, Callable[[MongoStore, ExportedGroup, date, date], Iterator[Cells]]]] = {
    "programme": _programme,
    "members": _members,
    "transactions": _transactions,
    "loans": _loans,
}
