"""
The books: double entry, immutable, chained. One book belongs to one group and one currency.

Amounts are whole minor units, debit above zero and credit below, so an entry is right when it sums to zero.
A mistake is put right by a reversal, never by an edit.
"""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Final

from domain.books.accounts import ACCOUNTS, SOCIAL_PURSES, Account
from domain.errors import BadValue, DomainError
from domain.money import EXPONENTS, CurrencyMismatch

# What the first entry of a book has for the hash of the entry before it.
GENESIS: Final = "0" * 64

# An entry far above any group's money is a slip; a 64-bit balance still holds nine thousand of them.
AMOUNT_MAX: Final = 10**15


# Money that must be there before it is paid.
_FUNDS: Final = (Account.CASH_BOX, Account.WALLET, Account.BANK, *SOCIAL_PURSES, Account.SOCIAL_FUND)

# What the social fund has is in its own purses: every entry moves the two together.
_OF_THE_SOCIAL_FUND: Final = frozenset({*SOCIAL_PURSES, Account.SOCIAL_FUND})

# How the reference of an entry begins that brings a book of a version before to what holds now.
FORWARD: Final = "forward:"


class InsufficientFunds(DomainError):
    """
    Cash or the social fund would go below zero: the `account` of this code, or "" for box and wallet together, has
    `there`, in minor units of `currency`, and `short` is missing of what is needed.

    What was kept of a refusal before the currency was said reads as none.
    """

    code = "insufficient_funds"

    def __init__(self, account: str, short: int, there: int = 0, currency: str = "") -> None:
        super().__init__(account=account, short=short, there=there, currency=currency)


class Unbalanced(BadValue):
    """What was to be posted is not a double entry: a mistake of ours, never of a member."""


@dataclass(frozen=True, slots=True)
class Posting:
    """
    One leg of an entry: minor units, debit above zero, credit below. `member` and `loan` are "" for none.

    `provider` is the name of who has mobile money; "" where it is nobody's or nobody knows, as in the versions
    before.
    """

    account: str
    amount: int
    member: str = ""
    loan: str = ""
    provider: str = ""


@dataclass(frozen=True, slots=True)
class Draft:
    """
    An entry that has no place in its book yet. `reference` makes it post once; `reverses` is the place of the
    entry it mirrors, 0 for none. `at` is in UTC and is cut to whole milliseconds, which is what stores keep.

    Raises Unbalanced unless it is a double entry of known accounts that sums to zero, and that leaves as much in
    the purses of the social fund as the fund has.
    """

    book: str
    currency: str
    reference: str
    text: str
    at: datetime
    postings: tuple[Posting, ...]
    reverses: int = 0

    def __post_init__(self) -> None:
        if self.at.utcoffset() != timedelta(0):
            raise Unbalanced(f"{self.reference}: the time is not in UTC")
        at = self.at.replace(microsecond=self.at.microsecond // 1000 * 1000, tzinfo=UTC)
        object.__setattr__(self, "at", at)
        if not self.book or "|" in self.book or not self.reference or self.currency not in EXPONENTS:
            raise Unbalanced(f"{self.book!r} {self.reference!r} {self.currency!r}: no book, reference or currency")
        if len(self.postings) < 2 or sum(posting.amount for posting in self.postings) != 0:
            raise Unbalanced(f"{self.reference}: {len(self.postings)} postings that do not sum to zero")
        for posting in self.postings:
            account = ACCOUNTS.get(posting.account)
            if account is None:
                raise Unbalanced(f"{self.reference}: no account {posting.account!r}")
            if type(posting.amount) is not int or not 0 < abs(posting.amount) <= AMOUNT_MAX:
                raise Unbalanced(f"{self.reference}: {posting.amount!r} is not an amount")
            if account.by_member and not posting.member:
                raise Unbalanced(f"{self.reference}: {account} {account.label} without a member")
            if account.by_loan and not posting.loan:
                raise Unbalanced(f"{self.reference}: {account} {account.label} without a loan")
            if posting.provider and not (account.by_provider and posting.provider.isidentifier()):
                raise Unbalanced(f"{self.reference}: {account} {account.label} with provider {posting.provider!r}")
        social = sum(posting.amount for posting in self.postings if posting.account in _OF_THE_SOCIAL_FUND)
        if social and not self.reference.startswith(FORWARD):
            raise Unbalanced(f"{self.reference}: the social fund's purses would hold {social} more than the fund")


@dataclass(frozen=True, slots=True)
class Entry:
    """A draft in its place: `seq` counts from 1, `previous` is the hash of the entry before it."""

    seq: int
    book: str
    currency: str
    reference: str
    text: str
    at: datetime
    postings: tuple[Posting, ...]
    reverses: int
    previous: str
    hash: str


@dataclass(frozen=True, slots=True)
class Head:
    """Where a book stands after its last entry: `totals` are the balances of its accounts, by code."""

    seq: int = 0
    hash: str = GENESIS
    currency: str = ""
    totals: Mapping[str, int] = field(default_factory=dict)

    def follow(self, draft: Draft) -> tuple[Entry, "Head"]:
        """
        The draft as the next entry of this book, and where the book stands after it.

        Raises InsufficientFunds when a cash account or the social fund would go below zero, and
        CurrencyMismatch when the book is kept in another currency.
        """
        if self.currency not in ("", draft.currency):
            raise CurrencyMismatch(f"{draft.book} is kept in {self.currency}, not {draft.currency}")
        totals = dict(self.totals)
        for posting in draft.postings:
            totals[posting.account] = totals.get(posting.account, 0) + posting.amount
        for account in _FUNDS:
            left = account.shown(totals.get(account, 0))
            there = account.shown(self.totals.get(account, 0))
            if left < 0 and left < there:
                raise InsufficientFunds(account, short=-left, there=max(0, there), currency=draft.currency)
        entry = chain(draft, self.seq + 1, self.hash)
        return entry, Head(entry.seq, entry.hash, entry.currency, totals)


def chain(draft: Draft, seq: int, previous: str) -> Entry:
    """Give a draft its place in its book, after the entry whose hash is `previous`."""
    return Entry(
        seq=seq,
        book=draft.book,
        currency=draft.currency,
        reference=draft.reference,
        text=draft.text,
        at=draft.at,
        postings=draft.postings,
        reverses=draft.reverses,
        previous=previous,
        hash=digest(draft, seq, previous),
    )


def digest(content: Draft | Entry, seq: int, previous: str) -> str:
    """
    SHA-256, in hex, over `previous`, a line feed, and the entry as JSON.

    The JSON has sorted keys, no blanks, and \\u escapes for all that is not ASCII; the time is ISO 8601 in UTC
    with milliseconds; a posting is [account, amount, member], then its loan where it has one; where it has a
    provider, its loan or "" and the provider. In one line it reads:

    {"at":"2026-01-31T09:30:00.000+00:00","book":"g1","currency":"UGX",
    "postings":[["1020",5000,""],["3010",-5000,"m1"]],
    "reference":"pay-1","reverses":0,"seq":1,"text":"contribution"}
    """
    body = {
        "at": content.at.astimezone(UTC).isoformat(timespec="milliseconds"),
        "book": content.book,
        "currency": content.currency,
        "postings": [[leg.account, leg.amount, leg.member, *_more(leg)] for leg in content.postings],
        "reference": content.reference,
        "reverses": content.reverses,
        "seq": seq,
        "text": content.text,
    }
    text = json.dumps(body, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(f"{previous}\n{text}".encode()).hexdigest()


def _more(leg: Posting) -> tuple[str, ...]:
    """What only some postings have: nothing, so that the hash of one without it is as it always was."""
    if leg.provider:
        return (leg.loan, leg.provider)
    return (leg.loan,) if leg.loan else ()


# With such a mirror the right entry was posted in the same moment: the two together change what was wrong, and no
# more. Others stand alone: with what they mirror they say that it never was.
RESTATED: Final = "reverse:loan:"


def reversal(entry: Entry, reference: str, at: datetime) -> Draft:
    """The mirror of an entry, linked to it by `reverses`."""
    return Draft(
        book=entry.book,
        currency=entry.currency,
        reference=reference,
        text=f"reversal of {entry.reference}",
        at=at,
        postings=tuple(replace(leg, amount=-leg.amount) for leg in entry.postings),
        reverses=entry.seq,
    )
