"""A group's statement: what it earned, where its money went, what it has and owes, and each member's part."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final
from zoneinfo import ZoneInfo

from domain.books.statements import (
    GroupStatement,
    Movement,
    NoSuchPeriod,
    PartOfBook,
    Span,
    group_statement,
    movements,
    period,
)
from domain.money import Money
from domain.papers.rights import check_leads
from domain.people.find import names_of
from domain.records.group import Group, GroupBefore
from domain.records.person import MembershipStatus
from domain.savings.receipts import Seal, give_receipt
from domain.store import Duplicate, Store

_THERE: Final[tuple[MembershipStatus, ...]] = ("active", "suspended", "leaving")
_NEVER_IN: Final[tuple[MembershipStatus, ...]] = ("pending", "refused")
_NOTHING: Final = PartOfBook()


@dataclass(frozen=True, slots=True)
class MemberRow:
    """A member in the group's list, and their part of its book."""

    number: int
    name: str
    part: PartOfBook


@dataclass(frozen=True, slots=True)
class GroupAccounts:
    """
    A group's statement of some days, both included, as it is given out: the figures are minor units of its
    `currency`. `entries` were made in these days. `rows` are accounts that held anything or moved. `before` is
    what a group came from that moved in within these days.
    """

    group: str
    code: str
    currency: str
    first: date
    last: date
    entries: int
    sheets: GroupStatement
    rows: Sequence[Movement]
    members: Sequence[MemberRow]
    seal: Seal
    before: GroupBefore | None = None

    @property
    def money(self) -> int:
        """All money of the group at the end, wherever it lies. Who checks a receipt types it."""
        return sum(row.closing for row in self.sheets.cash)

    def amount(self, minor: int) -> Money:
        return Money(minor, self.currency)


def group_accounts(store: Store, group_id: str, officer: str, first: date, last: date) -> GroupAccounts:
    """For an officer of the group. Raises NotAllowed, NoSuchPeriod, OutOfBalance."""
    check_leads(store, group_id, officer)
    return accounts_of(store, group_id, first, last)


def accounts_of(store: Store, group_id: str, first: date, last: date) -> GroupAccounts:
    """
    The statement with its receipt, which is written down: while the book stays as it is, the same days have the
    same one. It reads the book, and is for a worker. Raises NoSuchPeriod, OutOfBalance.
    """
    group = store.groups.get(group_id)
    today = group.constitution.day(store.now())
    if last < first or first > today:
        raise NoSuchPeriod
    last = min(last, today)
    span = period(first, last, ZoneInfo(group.constitution.time_zone))

    def sealed(tx: Store) -> GroupAccounts:
        # In one snapshot: it is what the book had up to its last entry, and no more.
        return _read(tx, group, first, last, span)

    try:
        return store.transaction(sealed)
    except Duplicate:
        return store.transaction(sealed)  # it was given out twice at one moment: now it is there


def _read(tx: Store, group: Group, first: date, last: date, span: Span) -> GroupAccounts:
    sums, parts = tx.books.sums(group.id, span), tx.books.parts_within(group.id, span)
    sheets = group_statement(sums)
    money, owed = sum(row.closing for row in sheets.cash), sum(part.owes for part in parts.values())
    return GroupAccounts(
        group=group.name,
        code=group.code,
        currency=group.currency,
        first=first,
        last=last,
        entries=tx.books.count_within(group.id, span),
        sheets=sheets,
        rows=movements(sums),
        members=_members(tx, group, parts),
        seal=give_receipt(tx, group.id, "", first, last, money, owed),
        before=group.before if group.before and first <= group.before.as_of <= last else None,
    )


def _members(tx: Store, group: Group, parts: Mapping[str, PartOfBook]) -> list[MemberRow]:
    """Everybody who is in the group, and of those who left it who had or owed anything then, by their numbers."""
    memberships = [
        each
        for each in tx.memberships.find(group=group.id, sort="number")
        if each.status in _THERE or (each.person in parts and each.status not in _NEVER_IN)
    ]
    names = names_of(tx, [each.person for each in memberships])
    return [
        MemberRow(each.number, names[each.person], part)
        for each in memberships
        if (part := parts.get(each.person, _NOTHING)) != _NOTHING or each.status in _THERE
    ]
