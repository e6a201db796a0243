"""
The plan of a share-out, worked out from the books: what is shared, by shares, and what each member gets.

What the group has in its box, wallet and bank, less what is owed to others and to the social fund, is shared. What
members owe of loans and fines is taken from their parts.
"""

from collections.abc import Iterable, Mapping
from datetime import date, datetime
from typing import Any, Final

from domain.arithmetic.share_out import Debt, Holding, MemberPart, Taken, net_share_out
from domain.books.accounts import Account
from domain.decisions.rights import GroupIsClosing
from domain.errors import DomainError
from domain.groups.leave import MoneyOnItsWay
from domain.loans.owed import payoff
from domain.meetings.meeting import MeetingIsOpen
from domain.money import Money
from domain.records.group import Group
from domain.records.loan import OWED, Loan
from domain.records.meeting import Fine
from domain.records.proposal import digest_of
from domain.records.share_out import Covered, ShareOut, ShareOutLine, share_out_id
from domain.store import Store
from domain.treasury.money_in import awaited

_CLEARING: Final = (Account.WALLET_IN, Account.WALLET_OUT)
# The loan fund's cash, with what is on its way: that is the group's until it has arrived.
_CASH: Final = (Account.CASH_BOX, Account.WALLET, Account.BANK, *_CLEARING)


class NoShares(DomainError):
    """A `group` of this kind has no shares."""

    code = "no_shares"

    def __init__(self, group: str = "") -> None:
        super().__init__(group=group)


class NothingToShare(DomainError):
    """Nobody in the `group` holds a share, or there is no money for them."""

    code = "nothing_to_share"

    def __init__(self, group: str = "") -> None:
        super().__init__(group=group)


class KeepsTooMuch(DomainError):
    """More is to be kept than there is; `most` in minor units of `currency`."""

    code = "keeps_too_much"


def plan_now(store: Store, group: Group, kept: Money) -> ShareOut:
    """A plan, when nothing is in the way of proposing it."""
    check_shares(group)
    before = share_out_under_way(store, group)
    if group.closing and (before is None or before.state != "proposed"):
        raise GroupIsClosing(group=group.name)
    if group.meeting:
        raise MeetingIsOpen(group.name)
    totals = store.books.totals(group.id)
    if any(totals.get(code) for code in _CLEARING) or awaited(store, group):
        raise MoneyOnItsWay(group=group.name)
    made = plan(store, group, kept, store.now())
    if not made.pot:
        raise NothingToShare(group.name)
    return made


def plan(store: Store, group: Group, kept: Money, at: datetime) -> ShareOut:
    """
    The share-out of what the books hold now, with the debts of that moment.

    Raises NoShares, NothingToShare when nobody holds a share, KeepsTooMuch.
    """
    check_shares(group)
    balances = store.books.balances(group.id)
    totals = {account: minor for (account, member), minor in balances.items() if not member}
    cash, owed = sum(totals.get(account, 0) for account in _CASH), _owed(totals)
    most = max(0, cash - owed)
    if kept.currency != group.currency or not 0 <= kept.minor <= most:
        raise KeepsTooMuch(most=most, currency=group.currency)
    members = {m.number: m.person for m in store.memberships.find(group=group.id, sort="number")}
    holdings = _holdings(store, group, members, balances, at)
    unit = group.constitution.cash_unit
    parts = net_share_out(Money(most - kept.minor, group.currency), holdings, unit)
    lines = tuple(
        ShareOutLine(
            person=members[number],
            number=number,
            shares=holdings[number].shares.minor // group.constitution.share_price.minor,
            saved=holdings[number].shares,
            gross=part.gross,
            loans=part.loans,
            fines=part.fines,
            pay=part.pay,
            called=part.called or None,
        )
        for number, part in parts.items()
    )
    return ShareOut(
        id=share_out_id(group.id, group.cycle),
        group=group.id,
        cycle=group.cycle,
        day=group.constitution.day(at),
        cash=Money(cash, group.currency),
        owed=Money(owed, group.currency),
        kept=kept,
        unit=unit,
        lines=lines,
        state="proposed",
        made_by="",
        made_at=at,
        covered=_covered(store, group, members, holdings, parts),
    )


def _holdings(
    store: Store, group: Group, members: Mapping[int, str], balances: Mapping[tuple[str, str], int], at: datetime
) -> dict[int, Holding]:
    """What each member who has shares has and owes, by number. Raises NothingToShare when nobody has any."""
    saved = {number: -balances.get((Account.SHARES, person), 0) for number, person in members.items()}
    if not any(saved.values()):
        raise NothingToShare(group.name)
    assert sum(saved.values()) == -balances[Account.SHARES, ""], "every share has its holder"
    loans, fines, day = _loans(store, group), fines_at(store, group, at), group.constitution.day(at)
    numbers = {person: number for number, person in members.items()}
    return {
        number: Holding(
            shares=Money(minor, group.currency),
            debts=tuple(_debt(loan, day, numbers) for loan in loans.get(members[number], ())),
            fines=tuple(fine.amount for fine in fines.get(members[number], ())),
            credit=Money(max(0, -balances.get((Account.CREDIT, members[number]), 0)), group.currency),
        )
        for number, minor in saved.items()
        if minor or any(loan.state == "active" for loan in loans.get(members[number], ()))
    }


def _covered(
    store: Store,
    group: Group,
    members: Mapping[int, str],
    holdings: Mapping[int, Holding],
    parts: Mapping[int, MemberPart],
) -> tuple[Covered, ...]:
    """Of each loan for which something is taken, or that is lost, where its money comes from."""
    loans = _loans(store, group)
    covered = (
        Covered(
            loan.id,
            loan.person,
            taken.own,
            taken.credit,
            {members[guarantor]: amount for guarantor, amount in taken.called.items()},
            _lost(group, loan, debt, taken),
        )
        for number, part in parts.items()
        for loan, debt, taken in zip(
            loans.get(members[number], ()), holdings[number].debts, part.taken, strict=True
        )
    )
    return tuple(each for each in covered if each.total or each.lost)


def _lost(group: Group, loan: Loan, debt: Debt, taken: Taken) -> Money | None:
    """What is written off of a loan; one that was given up before is a loss already."""
    carried = group.constitution.carry_over or loan.state != "active"
    return None if carried else (debt.owed - taken.total) or None


def _debt(loan: Loan, day: date, numbers: Mapping[str, int]) -> Debt:
    """What ends a loan, and what is pledged for it; nobody stands for one that was written off."""
    pledges = loan.accepted if loan.state == "active" else ()
    pledged = {numbers[each.guarantor]: each.locked(loan.amount, loan.owed) for each in pledges}
    return Debt(payoff(loan, day), pledged)


def share_out_under_way(store: Store, group: Group) -> ShareOut | None:
    """The share-out that is proposed or being paid."""
    return store.share_outs.one(id=share_out_id(group.id, group.cycle)) if group.closing else None


def check_shares(group: Group) -> None:
    if group.kind != "vsla":
        raise NoShares(group.name)


def _owed(totals: Mapping[str, int]) -> int:
    """What of the loan fund's cash is others': all liabilities but the social fund, which has its own purses."""
    owed = [each for each in Account if each.kind == "liability" and each != Account.SOCIAL_FUND]
    return -sum(totals.get(account, 0) for account in owed)


def _loans(store: Store, group: Group) -> dict[str, list[Loan]]:
    """What is owed, by borrower, the oldest first."""
    return _by_person(store.loans.find(group=group.id, state=list(OWED), sort="asked_at"))


def fines_at(store: Store, group: Group, at: datetime) -> dict[str, list[Fine]]:
    """The fines that were due then and still are, by member, the oldest first."""
    due = store.fines.find(group=group.id, state="due", sort="at")
    return _by_person(fine for fine in due if fine.at <= at)


def _by_person(things: Iterable[Any]) -> dict[str, list[Any]]:
    found: dict[str, list[Any]] = {}
    for thing in things:
        found.setdefault(thing.person, []).append(thing)
    return found


def plan_contents(made: ShareOut) -> dict[str, object]:
    """What the members' votes are bound to: every line of the plan."""
    lines = [
        (line.number, line.person, line.saved, line.gross, line.loans, line.fines, line.pay) for line in made.lines
    ]
    by_others = [each for each in made.covered if each.credit or each.called or each.lost]
    covered = {"covered": [str(each) for each in by_others]} if by_others else {}
    return {"share_out": made.id, "kept": made.kept, "unit": made.unit, "lines": lines, **covered}


def plan_digest(made: ShareOut) -> str:
    return digest_of(plan_contents(made))
