"""
A group's row in the file of its programme: each figure from what its statements are made of, the sums of its book
over the days, its loans as they were on the last day, its meetings and its members.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from fractions import Fraction
from typing import Final
from zoneinfo import ZoneInfo

from domain.arithmetic.arrears import SomeOf, at_risk, owing
from domain.board.count import attended, held_meetings, planned_meetings
from domain.books.accounts import SAVED, SOCIAL_PURSES, Account
from domain.books.statements import Sums, carried, group_statement, period
from domain.exports.columns import ExportCell
from domain.exports.keys import ExportedGroup
from domain.exports.people import NEVER_IN, end_of_day, here_at, joined_when, left_when, may_leave
from domain.mongo.store import MongoStore
from domain.records.group import Group
from domain.records.loan import Loan
from domain.records.share_out import share_out_id

_LOAN_FUND: Final = (Account.CASH_BOX, Account.WALLET, Account.BANK)
_OTHER_ASSETS: Final = tuple(
    each
    for each in Account
    if each.kind == "asset" and each not in (*_LOAN_FUND, *SOCIAL_PURSES, Account.PRINCIPAL)
)
_OTHER_INCOME: Final = (Account.FEES, Account.RECOVERIES, Account.AUCTION_DISCOUNTS, Account.ROUNDING)
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

    saved_before = sum(account.shown(sums.opening.get(account, 0)) for account in SAVED)
    return {
        "savings": owed(*SAVED),
        "saved": owed(*SAVED) - saved_before,
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
        "other_assets": owed(*_OTHER_ASSETS),
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
    """
    How many were members and when, and how many of those of the first day still are. Of those of the last day, to
    what they agree now: nobody's sex counts who did not agree to that.
    """
    begins, ends = end_of_day(group, first), end_of_day(group, last)
    members = [each for each in store.memberships.find(group=group.id) if each.status not in NEVER_IN]
    left = left_when(store, members)
    at_first, at_last = here_at(members, left, begins), here_at(members, left, ends)
    known = [each for each in members if each.id not in left or joined_when(each) <= left[each.id]]
    came = [each for each in known if begins <= joined_when(each) < ends]
    went = [each for each in members if each.id in left and begins <= left[each.id] < ends]
    stayed = {each.id for each in at_first} & {each.id for each in at_last}
    may = may_leave(store, [each.person for each in at_last], "programme").values()
    counts = {
        "members_start": len(at_first),
        "joined": len(came),
        "left": len(went),
        "members_now": len(at_last),
        "sex_known": sum(bool(each.sex) for each in may),
        "women_now": sum(each.sex == "f" for each in may),
        "consent": sum("programme" in each.agrees.split() for each in may),
    }
    return counts, len(stayed)


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
