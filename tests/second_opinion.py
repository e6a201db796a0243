"""hledger on our books: a second program, with its own parser and its own sums."""

import json
import shutil
import subprocess
from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Any

import pytest

from domain.books.hledger import account_name, journal
from domain.books.ledger import Entry, Posting
from domain.mongo.store import MongoStore

INSTALLED = shutil.which("hledger") is not None
needs_hledger = pytest.mark.skipif(not INSTALLED, reason="hledger is not installed (Debian package hledger)")


def told(journal: str, *arguments: str) -> Any:
    """A report of it on a journal, as JSON. Raises AssertionError with what it does not take."""
    command = ["hledger", "-f", "-", *arguments, "--output-format", "json"]
    done = subprocess.run(command, input=journal, capture_output=True, check=False, encoding="utf-8")
    assert done.returncode == 0, f"{done.stderr}\n{journal}"
    return json.loads(done.stdout)


def hledger_balances(entries: Iterable[Entry]) -> dict[str, int]:
    """The balance of each account, member's part and loan, in minor units, by its name in the journal."""
    rows = told("".join(journal(entries)), "balance", "--flat", "--strict")[0]
    return {name: amounts[0]["aquantity"]["decimalMantissa"] for name, _, _, amounts in rows}


def check_balances(store: MongoStore, group: str) -> None:
    """It finds what the store holds, for each account, each member and each provider of a group's book."""
    found: Counter[str] = Counter()
    for name, minor in hledger_balances(store.books.entries(group)).items():
        kind, account, *whose = name.split(":")
        found[f"{kind}:{account}"] += minor
        if whose:
            found[f"{kind}:{account}:{whose[0]}"] += minor
    held = {
        account_name(Posting(account, minor, member)): minor
        for (account, member), minor in store.books.balances(group).items()
    } | {
        account_name(Posting(account, minor, provider=provider)): minor
        for (account, provider), minor in store.books.wallets(group).items()
        if provider
    }
    assert _but_nothing(found) == _but_nothing(held)


def _but_nothing(balances: Mapping[str, int]) -> dict[str, int]:
    return {name: minor for name, minor in balances.items() if minor}
