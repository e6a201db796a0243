"""Books as a plain-text journal for hledger (`hledger -f - check`), so that a second program can check them."""

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Final

from domain.books.accounts import ACCOUNTS, AccountKind
from domain.books.ledger import Entry, Posting
from domain.money import EXPONENTS, Money

_PARENTS: Final[Mapping[AccountKind, str]] = {
    "asset": "assets",
    "liability": "liabilities",
    "equity": "equity",
    "income": "income",
    "expense": "expenses",
}

# What ends a field in a journal: two blanks end an account, a bracket a code, a semicolon a description.
_UNSAFE: Final = re.compile(r"[\s;:,()\[\]|=@\"{}]+")


def account_name(leg: Posting) -> str:
    """
    assets:cash box; equity:shares at par:MEMBER, assets:loan principal:MEMBER:LOAN, assets:mobile-money
    wallet:PROVIDER for their parts.
    """
    account, parts = ACCOUNTS[leg.account], (leg.member, leg.loan, leg.provider)
    return ":".join([_PARENTS[account.kind], account.label, *map(_plain, filter(None, parts))])


def journal(entries: Iterable[Entry]) -> Iterator[str]:
    """
    The lines of a journal, each with its line feed. Accounts and commodities are declared before their first
    use, so that the strict checks of hledger hold too (`check -s`).

    A reference is the transaction's code; place and hash are its tags `seq` and `hash`. A character that has a
    meaning in a journal becomes "_" in codes and members.
    """
    declared: set[str] = set()
    for entry in entries:
        if entry.currency not in declared:
            declared.add(entry.currency)
            yield f"commodity 1000.{'0' * EXPONENTS[entry.currency]} {entry.currency}\n"
        for name in map(account_name, entry.postings):
            if name not in declared:
                declared.add(name)
                yield f"account {name}\n"
        text = " ".join(entry.text.replace(";", ",").split())
        yield f"\n{entry.at:%Y-%m-%d} ({_plain(entry.reference)}) {text}\n"
        yield f"    ; seq:{entry.seq}, hash:{entry.hash}\n"
        for leg in entry.postings:
            yield _line(leg, entry.currency)


def _line(leg: Posting, currency: str) -> str:
    return f"    {account_name(leg)}  {Money(leg.amount, currency).major} {currency}\n"


def _plain(text: str) -> str:
    return _UNSAFE.sub("_", text)
