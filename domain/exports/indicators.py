"""
A group's row in the file of its programme: each figure from what its statements are made of, the sums of its book
over the days, its loans as they were on the last day, its meetings and its members.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from fractions import Fraction
from typing import Final
from zoneinfo import ZoneInfo

from domain.arithmetic.arrears import SomeOf, at_risk, owing
from domain.board.count import attended, held_meetings, planned_meetings
from domain.books.accounts import SOCIAL_PURSES, Account
from domain.books.statements import BEGINNING, Sums, carried, group_statement, period
from domain.exports.columns import ExportCell
from domain.exports.keys import ExportedGroup
from domain.mongo.store import MongoStore
from domain.records.group import Group
from domain.records.loan import Loan
from domain.records.person import Membership
from domain.records.share_out import share_out_id

_SAVED: Final = (Account.SHARES, Account.DEPOSITS, Account.POT)
_LOAN_FUND: Final = (Account.CASH_BOX, Account.WALLET, Account.BANK)
_OTHER_INCOME: Final = (Account.FEES, Account.RECOVERIES, Account.AUCTION_DISCOUNTS, Account.ROUNDING)
_GONE: Final = ("exited", "deceased", "expelled")
_WEEKS_A_YEAR: Final = 52
_PAR_DAYS: Final = 30

Indicators = Mapping[str, ExportCell]


def indicators(store: MongoStore, of: ExportedGroup, first: date, last: date) -> Indicators:
    """The row of a group from one day to another; each column is defined in `domain/exports/columns.py`."""
    group = of.group
    book = _of_book(of, store.books.sums(group.id, period(first, last, ZoneInfo(group.constitution.time_zone))))
    loans = _of_loans(store, group, first, last)
    people, stayed = _of_people(store, group, first, last)
    known = store.figures.one(id=group.id)
    row = {
        **_about(store, of, first, last),
        **_of_meetings(store, group, first, last),
        **{name: of.money(minor) for name, minor in (book | loans.amounts).items()},
        **loans.counts,
        **people,
        "par30": loans.par30.rate,
        "health": known.health if known and known.currency else None,
        "red": " ".join(known.red) if known else "",
    }
    row |= {
        "avg_savings": of.money(book["savings"] // people["members_now"]) if people["members_now"] else None,
        "avg_loan": of.money(loans.amounts["lent"] // loans.counts["lent_n"]) if loans.counts["lent_n"] else None,
    }
    return {**row, **_rates(book, people, stayed, (last - first).days + 1)}


def _about(store: MongoStore, of: ExportedGroup, first: date, last: date) -> Indicators:
    group, before = of.group, of.group.before
    shared = store.share_outs.one(id=share_out_id(group.id, group.cycle - 1))
    return {
        "agent_code": of.agent,
        "code_before": before.code if before else "",
        "name": group.name,
        "district": before.district if before else "",
        "parish": before.parish if before else "",
        "kind": group.kind,
        "formed_on": before.as_of if before else group.constitution.day(group.created_at),
        "cycle_no": group.cycle,
        "cycle_started_on": group.cycle_from,
        "share_price": group.constitution.share_price,
        "period_from": first,
        "as_of": last,
        "shared_out_last_cycle": shared.pot if shared and shared.state in ("approved", "paid") else None,
    }


def _of_book(of: ExportedGroup, sums: Sums) -> dict[str, int]:
    statement = group_statement(sums)
    held = carried(sums.opening, sums.moved)

    def owed(*accounts: Account) -> int:
        return sum(account.shown(held.get(account, 0)) for account in accounts)

    saved_before = sum(account.shown(sums.opening.get(account, 0)) for account in _SAVED)
    return {
        "savings": owed(*_SAVED),
        "saved": owed(*_SAVED) - saved_before,
        "credit": owed(Account.CREDIT),
        "loans_value": owed(Account.PRINCIPAL),
        "written_off": statement.expense.get(Account.WRITE_OFF, 0),
        "interest": statement.income.get(Account.INTEREST, 0),
        "fines": statement.income.get(Account.FINES, 0),
        "other_income": sum(statement.income.get(account, 0) for account in _OTHER_INCOME),
        "expenses": sum(statement.expense.values()),
        "surplus": statement.surplus,
        "retained": owed(Account.SURPLUS),
        "loan_fund_cash": owed(*_LOAN_FUND),
        "social_cash": owed(*SOCIAL_PURSES),
        "social_fund": owed(Account.SOCIAL_FUND),
        "debts": owed(Account.EXTERNAL_LOAN),
    }


@dataclass(frozen=True, slots=True)
class _Lending:
    counts: dict[str, int]
    amounts: dict[str, int]
    par30: SomeOf


def _of_loans(store: MongoStore, group: Group, first: date, last: date) -> _Lending:
    """Each loan as it was on the last day; what a group brought with it was not lent here."""
    held: list[tuple[Loan, int]] = []
    risk, late, late_n = SomeOf(), 0, 0
    lent: list[int] = []
    written_off = 0
    for loan in store.loans.each(group=group.id):
        if loan.disbursed_on is None or loan.disbursed_on > last:
            continue
        if loan.disbursed_on >= first and loan.before is None:
            lent.append(loan.amount.minor)
        then = loan.as_of(last)
        written_off += then.written_off_on is not None and then.written_off_on >= first
        owes = owing(then.standing(last))
        if owes.written_off or not owes.outstanding:
            continue
        held.append((loan, owes.outstanding.minor))
        risk += at_risk([owes], _PAR_DAYS, last)
        if owes.days_past_due(last):
            late, late_n = late + owes.outstanding.minor, late_n + 1
    counts = {
        "lent_n": len(lent),
        "loans_n": len(held),
        "borrowers": len({loan.person for loan, _ in held}),
        "late_n": late_n,
        "written_off_n": written_off,
    }
    return _Lending(counts, {"lent": sum(lent), "late_value": late}, risk)


def _of_meetings(store: MongoStore, group: Group, first: date, last: date) -> Indicators:
    planned = planned_meetings(group, first, last)
    return {
        "meetings_planned": len(planned) - 1,
        "meetings_held": len(held_meetings(store, group, planned, last)),
        "attendance": attended(store, group, first, last).rate,
    }


def _of_people(store: MongoStore, group: Group, first: date, last: date) -> tuple[dict[str, int], int]:
    """How many were members and when, and how many of those of the first day still are."""
    zone = ZoneInfo(group.constitution.time_zone)
    begins = datetime.combine(first + timedelta(days=1), time.min, zone)
    ends = datetime.combine(last + timedelta(days=1), time.min, zone)
    members = [
        each for each in store.memberships.find(group=group.id) if each.status not in ("pending", "refused")
    ]
    left = _left(store, members)
    joined = {each.id: each.joined_at or BEGINNING.at for each in members}  # without one, with the group
    long_ago = begins - timedelta(days=1)  # of one that left before it was written down when
    at_first = [
        each for each in members if joined[each.id] <= begins and not _before(left, each, begins, long_ago)
    ]
    start, stayed = len(at_first), sum(not _before(left, each, ends, long_ago) for each in at_first)
    came = sum(begins < joined[each.id] < ends and not _before(left, each, begins, long_ago) for each in members)
    went = sum(each.id in left and begins <= (left[each.id] or long_ago) < ends for each in members)
    counts = {"members_start": start, "joined": came, "left": went, "members_now": start + came - went}
    return counts, stayed


def _before(left: Mapping[str, datetime | None], each: Membership, moment: datetime, else_: datetime) -> bool:
    return each.id in left and (left[each.id] or else_) < moment


def _left(store: MongoStore, members: Sequence[Membership]) -> dict[str, datetime | None]:
    """When those left who did: by what was decided, None where that is not known."""
    gone = [each for each in members if each.status in _GONE]
    decided = {
        each.id: each.decided_at for each in store.proposals.among([each.exit for each in gone if each.exit])
    }
    return {each.id: decided.get(each.exit) for each in gone}


def _rates(book: Mapping[str, int], people: Mapping[str, int], stayed: int, days: int) -> Indicators:
    made = _part(book["surplus"], [book["savings"]])
    start = people["members_start"]
    return {
        "utilisation": _part(book["loans_value"], [book["loans_value"], book["loan_fund_cash"]]),
        "return_on_savings": made,
        "return_annualised": made * _WEEKS_A_YEAR * 7 / days if made is not None else None,
        "retention": _part(stayed, [start]),
        "growth": _part(people["members_now"] - start, [start]),
    }


def _part(some: int, whole: Iterable[int]) -> Fraction | None:
    total = sum(whole)
    return Fraction(some, total) if total else None
