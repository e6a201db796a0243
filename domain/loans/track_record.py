"""What a group knows of a member who wants to borrow: the facts its rules are tried on, from what is stored."""

from collections.abc import Iterable, Mapping
from datetime import date, timedelta
from typing import Final

from domain.arithmetic.arrears import DEFAULT_DAYS
from domain.arithmetic.eligibility import Facts
from domain.arithmetic.instalments import Standing, StandingLine
from domain.arithmetic.periods import period_end
from domain.books.accounts import Account
from domain.money import Money
from domain.records.group import Group, Paid, day_of, due
from domain.records.loan import ASKED_FOR, OWED, PAID_OUT, UNDER_WAY, Loan
from domain.records.person import membership_id
from domain.savings.fines import fines_due
from domain.savings.free import free_savings
from domain.savings.social_due import SocialDue, social_due
from domain.store import PaidSpan, Store

# A default counts against a borrower for so long.
_REMEMBERED: Final = timedelta(days=365)
# So many of a member's loans in a group are looked at, the newest first.
_LOANS_MAX: Final = 50


def facts(store: Store, group: Group, person: str, *, but: str = "") -> Facts:
    """
    The facts of a member today, with no guarantor yet; as if a loan, `but`, had not been asked for.

    What is asked for and not paid out counts as outstanding: else two requests at once could each use the whole
    limit. It costs the same in a large group as in a small one.
    """
    rules, today = group.constitution, group.constitution.day(store.now())
    membership = store.memberships.one(id=membership_id(group.id, person))
    joined = rules.day((membership and membership.joined_at) or group.created_at)
    upcoming = rules.meeting(store.now())
    paid = store.paid_at(PaidSpan(group.id, person, joined, upcoming))[group.id, person]
    owes = social_due(store, [(group, membership)])[group.id, person] if membership else None
    balances, savings = store.books.of_member_in([group.id], person), free_savings(store, group, person)
    roll = store.attendance.find(group=group.id, person=person, cycle=group.cycle)
    expected = {each.day: each.presence for each in roll if each.presence != "excused"}
    states = [*ASKED_FOR, *PAID_OUT]
    loans = store.loans.find(group=group.id, person=person, state=states, sort="-asked_at", limit=_LOANS_MAX)
    loans = [loan for loan in loans if loan.id != but]
    waiting = sum(loan.amount.minor for loan in loans if loan.state in ASKED_FOR)
    history = [(loan, loan.standing(today)) for loan in loans if loan.state in PAID_OUT]
    on_time = [each for _, standing in history for each in _fell_due(standing, today)]
    return Facts(
        active=membership is not None and membership.status == "active",
        months=_months(joined, today),
        savings=savings.saved,
        pledged=savings.pledged,
        outstanding=Money(balances[group.id, Account.PRINCIPAL] + waiting, group.currency),
        fund=free_fund(store, group, but),
        fines=fines_due(store, group.id, person),
        social_fund=_social_fund_due(group, owes, upcoming == today),
        guaranteed=Money(0, group.currency),
        open_loans=sum(loan.state in UNDER_WAY for loan in loans),
        overdue=sum(_late(standing, today) for loan, standing in history if loan.state in OWED),
        months_paid=_months_paid(paid, joined, today),
        meetings=len(expected),
        attended=sum(presence in ("present", "late") for presence in expected.values()),
        contributed=sum(
            not due(rules, paid.get(group.meeting_key(date.fromisoformat(day)), Paid())) for day in expected
        ),
        instalments=len(on_time),
        on_time=sum(on_time),
        defaulted=any(_defaulted(loan, standing, today) for loan, standing in history),
    )


def free_fund(store: Store, group: Group, but: str = "") -> Money:
    """
    What the group can lend: its cash, less what is owed to those who leave and to unknown payers, and what it has
    agreed to lend to others. The loan whose id is `but` is not among these.
    """
    totals = store.books.totals(group.id)
    cash = sum(totals.get(account, 0) for account in (Account.CASH_BOX, Account.WALLET, Account.BANK))
    of_others = -totals.get(Account.PAYABLE, 0) - totals.get(Account.UNIDENTIFIED, 0)
    agreed = store.loans.find(group=group.id, state="approved")
    promised = sum(loan.pay.minor for loan in agreed if loan.id != but)
    return Money(max(0, cash - of_others - promised), group.currency)


def _months(first: date, last: date) -> int:
    """The whole months from one day to another; below zero when that is before it."""
    months = (last.year - first.year) * 12 + last.month - first.month
    return months if period_end(first, "month", months) <= last else months - 1


def _months_paid(paid: Mapping[str, Paid], joined: date, today: date) -> int:
    """In how many of the whole months something was put in."""
    months = {_months(joined, day_of(meeting)) for meeting, each in paid.items() if each.shares or each.social}
    return len(months & {*range(_months(joined, today))})


def _social_fund_due(group: Group, owes: SocialDue | None, meets_today: bool) -> Money:
    """What is missing of the meetings until now, today's with them."""
    if owes is None:
        return Money(0, group.currency)
    return owes.total if meets_today else owes.missed


def _fell_due(standing: Standing, today: date) -> list[bool]:
    """Each instalment of a loan that fell due before today: whether it was paid by its day."""
    return [_on_time(line, standing) for line in standing.lines if line.due < today and _asked_for(line)]


def _asked_for(line: StandingLine) -> bool:
    """Whether there was anything to pay, besides a penalty."""
    return bool(line.owed.total - line.owed.penalty + line.moved)


def _on_time(line: StandingLine, standing: Standing) -> bool:
    """Whether all of an instalment was paid by its day."""
    in_time = sum(
        piece.amount.minor
        for allocation in standing.allocations
        for piece in allocation.pieces
        if piece.number == line.number and piece.part != "penalty" and allocation.repayment.day <= line.due
    )
    return not line.moved and in_time >= (line.owed.total - line.owed.penalty).minor


def _late(standing: Standing, today: date) -> int:
    return sum(line.late_from is not None and line.late_from < today for line in standing.lines)


def _defaulted(loan: Loan, standing: Standing, today: date) -> bool:
    """Whether it was written off not long ago, or an instalment was later than DEFAULT_DAYS then or still is."""
    since = today - _REMEMBERED
    if loan.written_off_on is not None:
        return loan.written_off_on >= since
    return any(
        day >= since and (day - line.agreed).days > DEFAULT_DAYS
        for line in standing.lines
        for day in _paid_on(line, standing, today)
    )


def _paid_on(line: StandingLine, standing: Standing, today: date) -> Iterable[date]:
    """The days something of an instalment was paid on, and today when something is not."""
    if line.unpaid.total:
        yield today
    for allocation in standing.allocations:
        if any(piece.number == line.number for piece in allocation.pieces):
            yield allocation.repayment.day
