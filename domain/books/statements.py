"""
Statements from the books for any period: what a member has; what a group has, what it earned, where its cash went.

Sums come as the books have them: minor units, debit above zero. A statement shows an account on the side where it
normally stands, so that money in a cash box, a member's shares and interest earned are all above zero.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from typing import Final

from domain.books.accounts import ACCOUNTS, SOCIAL_PURSES, Account, AccountKind
from domain.books.ledger import Entry, Posting
from domain.errors import BadValue, DomainError, StoreError

# How the reference of an entry begins that moves what a cycle earned to retained surplus. An income statement
# leaves it and its reversal out, so that a closed cycle still shows what it earned.
CLOSING: Final = "close:"

# What a cash book follows: cash in hand, and money that has left the wallet and not arrived yet.
CASH: Final = (
    Account.CASH_BOX,
    Account.WALLET,
    Account.BANK,
    *SOCIAL_PURSES,
    Account.WALLET_OUT,
)


class BadPeriod(BadValue):
    """The last day is before the first, or a day is where the calendar ends."""


class NoSuchPeriod(DomainError):
    """The last day is before the first, or none of it has come yet."""

    code = "no_such_period"


class OutOfBalance(StoreError):
    """What is owned is not what is owed: somebody changed entries or balances. `verify_book` says which."""


@dataclass(frozen=True, slots=True, order=True)
class BookPlace:
    """A place in a book read by date: before the entry `seq` of those at the moment `at`."""

    at: datetime
    seq: int = 0


BEGINNING: Final = BookPlace(datetime.min.replace(tzinfo=UTC))
END: Final = BookPlace(datetime.max.replace(tzinfo=UTC))


@dataclass(frozen=True, slots=True)
class Span:
    """The entries from one place up to another, and not beyond it."""

    first: BookPlace = BEGINNING
    until: BookPlace = END

    def holds(self, entry: Entry) -> bool:
        """Whether an entry is one of them."""
        return self.first <= BookPlace(entry.at, entry.seq) < self.until

    def after(self, entry: Entry) -> "Span":
        """What is left of it behind an entry."""
        return replace(self, first=max(self.first, BookPlace(entry.at, entry.seq + 1)))


def period(first: date, last: date, zone: tzinfo) -> Span:
    """The days from `first` to `last`, both included, as they begin and end in a time zone. Raises BadPeriod."""
    if last < first:
        raise BadPeriod(f"{last} is before {first}")
    try:
        begins, ends = (
            datetime.combine(day, time.min, zone).astimezone(UTC) for day in (first, last + timedelta(days=1))
        )
    except OverflowError as beyond:
        raise BadPeriod(f"{first} to {last} goes beyond the calendar") from beyond
    return Span(BookPlace(begins), BookPlace(ends))


@dataclass(frozen=True, slots=True)
class Moved:
    """What went through an account: both sides from zero up, and the net of the closing entries among it."""

    debit: int = 0
    credit: int = 0
    closing: int = 0

    @property
    def net(self) -> int:
        """How the balance changed, debit above zero."""
        return self.debit - self.credit


@dataclass(frozen=True, slots=True)
class Sums:
    """
    A book over a span, or one member's part of it: what each account held before, and what moved, by code.

    The book had `length` entries then; those that came since are in no sum.
    """

    length: int
    opening: Mapping[str, int]
    moved: Mapping[str, Moved]


@dataclass(frozen=True, slots=True)
class PartOfBook:
    """
    A member's part of a book over a span: what they had in it before, what came to it and went from it by whole
    entries, both from zero up; and the principal that they owed before and owe after.
    """

    had: int = 0
    came: int = 0
    went: int = 0
    owed: int = 0
    owes: int = 0

    @property
    def has(self) -> int:
        return self.had + self.came - self.went


@dataclass(frozen=True, slots=True)
class Movement:
    """One account over a span: `plus` and `minus` are from zero up, a balance is above zero on its normal side."""

    account: Account
    opening: int
    plus: int
    minus: int

    @property
    def closing(self) -> int:
        return self.opening + self.plus - self.minus


@dataclass(frozen=True, slots=True)
class GroupStatement:
    """
    The balance sheet at the end of a span, its income statement and cash book. Accounts by code, none at zero.

    `earlier` was earned before the span and not closed then; `closed` went to retained surplus within it. So
    assets = liabilities + equity + earlier + surplus - closed.
    """

    assets: Mapping[str, int]
    liabilities: Mapping[str, int]
    equity: Mapping[str, int]
    income: Mapping[str, int]
    expense: Mapping[str, int]
    earlier: int
    closed: int
    cash: Sequence[Movement]

    @property
    def surplus(self) -> int:
        """What was earned in the span: income less expense, below zero for a loss."""
        return sum(self.income.values()) - sum(self.expense.values())

    @property
    def unclosed(self) -> int:
        """What was earned by the end of the span and is not in retained surplus."""
        return self.earlier + self.surplus - self.closed


@dataclass(frozen=True, slots=True)
class StatementLine:
    """One posting, with the balance that its account has after it. `members` are all that its entry names."""

    seq: int
    at: datetime
    text: str
    reference: str
    members: tuple[str, ...]
    account: Account
    change: int
    balance: int


def carried(balances: Mapping[str, int], moved: Mapping[str, Moved]) -> dict[str, int]:
    """Balances, by code, after what moved."""
    none = Moved()
    return {code: balances.get(code, 0) + moved.get(code, none).net for code in balances.keys() | moved.keys()}


def movements(sums: Sums, accounts: Iterable[Account] = tuple(Account)) -> tuple[Movement, ...]:
    """Each of the accounts that held anything or moved, in the order given."""
    return tuple(
        _movement(account, sums.opening.get(account, 0), sums.moved.get(account, Moved()))
        for account in accounts
        if sums.opening.get(account) or account in sums.moved
    )


def _movement(account: Account, opening: int, moved: Moved) -> Movement:
    sides = (moved.debit, moved.credit)
    plus, minus = sides if account.shown(1) > 0 else reversed(sides)
    return Movement(account, account.shown(opening), plus, minus)


def group_statement(sums: Sums) -> GroupStatement:
    """From the sums of a whole book. Raises OutOfBalance."""
    held: dict[str, int] = {each.account: each.closing for each in movements(sums)}
    earned = {code: ACCOUNTS[code].shown(moved.net - moved.closing) for code, moved in sums.moved.items()}
    results = [account for account in Account if account.is_result]
    statement = GroupStatement(
        assets=_of("asset", held),
        liabilities=_of("liability", held),
        equity=_of("equity", held),
        income=_of("income", earned),
        expense=_of("expense", earned),
        earlier=-sum(sums.opening.get(code, 0) for code in results),
        closed=sum(sums.moved[code].closing for code in results if code in sums.moved),
        cash=movements(sums, CASH),
    )
    owned, owed = sum(statement.assets.values()), sum(statement.liabilities.values())
    if owned != owed + sum(statement.equity.values()) + statement.unclosed:
        raise OutOfBalance(f"assets of {owned} are not liabilities of {owed}, equity and surplus")
    return statement


def _of(kind: AccountKind, amounts: Mapping[str, int]) -> dict[str, int]:
    """The accounts of a kind that are not at zero, in the order of their codes."""
    return {code: amounts[code] for code in sorted(amounts) if amounts[code] and ACCOUNTS[code].kind == kind}


def lines(
    entries: Iterable[Entry], balances: Mapping[str, int], wanted: Callable[[Posting], bool]
) -> Iterator[StatementLine]:
    """The wanted postings of entries, in their order; `balances` are those before the first, by code."""
    balances = dict(balances)
    for entry in entries:
        members = tuple(dict.fromkeys(leg.member for leg in entry.postings if leg.member))
        for leg in filter(wanted, entry.postings):
            account = ACCOUNTS[leg.account]
            balances[account] = balances.get(account, 0) + leg.amount
            yield StatementLine(
                seq=entry.seq,
                at=entry.at,
                text=entry.text,
                reference=entry.reference,
                members=members,
                account=account,
                change=account.shown(leg.amount),
                balance=account.shown(balances[account]),
            )
