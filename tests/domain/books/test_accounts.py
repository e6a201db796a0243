"""The chart of accounts: one place spells a number, and everything else has it as plain text."""

import json
import re
from datetime import UTC, datetime
from pathlib import Path
from tokenize import tokenize

import bson
import pytest

from domain.books.accounts import ACCOUNTS, Account
from domain.books.ledger import GENESIS, Entry, Posting, digest

ROOT = Path(__file__).parents[3]
ROOMS = ("domain", "flows", "channels", "payments", "bot", "simulator", "benchmarks")
CHART = ROOT / "domain" / "books" / "accounts.py"


def spelled(path: Path) -> set[str]:
    """The numbers of accounts that a file spells: as a text of Python, as any word of a script."""
    if path.suffix == ".js":
        return ACCOUNTS.keys() & set(re.findall(r"\w+", path.read_text()))
    with path.open("rb") as source:
        return ACCOUNTS.keys() & {token.string.strip("\"'") for token in tokenize(source.readline)}


@pytest.mark.parametrize("room", ROOMS)
def test_no_account_number_is_spelled_outside_the_chart(room: str) -> None:
    files = [path for path in (ROOT / room).rglob("*") if path.suffix in (".py", ".js") and path != CHART]
    assert files
    # M-Pesa's words for how a payment ended are numbers too, and two of them are accounts here.
    words = [path for path in files if "daraja" in path.parts or path.name == "faults.js"]
    found = {path: numbers for path in files if (numbers := spelled(path))}
    assert {path: numbers for path, numbers in found.items() if path not in words} == {}
    assert {number for path in words for number in found.get(path, ())} <= {"1025", "2040"}


@pytest.mark.parametrize(
    ("name", "text", "found"),
    [
        ("some.py", 'CASH = ("1010", "bank")', True),
        ("some.py", 'totals = {"3010": 5}', True),
        ("some.py", '"""The wallet is 1020."""\nPRICE = "5000"\nYEAR = 2026', False),
        ("some.js", 'const FOR = { 3010: "in shares" };', True),
        ("some.js", 'const POLL_MS = 1_000; // "5000"', False),
    ],
)
def test_a_number_is_found_as_text_and_in_a_script(tmp_path: Path, name: str, text: str, found: bool) -> None:
    path = tmp_path / name
    path.write_text(text)
    assert bool(spelled(path)) == found


def test_an_account_is_its_number_in_all_that_is_kept() -> None:
    """Whoever reads the stores, or recomputes a hash, meets the number and nothing of our program."""
    assert f"{Account.SHARES}|" == "3010|"
    assert {"3010": 1}[Account.SHARES] == 1
    assert json.dumps({Account.SHARES: [Account.SHARES]}) == '{"3010": ["3010"]}'
    kept = bson.decode(bson.encode({Account.SHARES: [Account.SHARES]}))
    assert kept == {"3010": ["3010"]}
    assert {type(kept["3010"][0]), *map(type, kept)} == {str}


def test_an_entry_has_the_hash_that_it_had_when_accounts_were_text() -> None:
    """As the version before the chart worked it out: books that were written then still verify."""
    saved = (Posting(Account.SOCIAL_FUND, -500), Posting(Account.SHARES, -5000, "m1"))
    legs, at = (Posting(Account.WALLET, 5500), *saved), datetime(2026, 1, 31, 9, 30, tzinfo=UTC)
    # As it was read back: nobody could post it now, with the social fund's money in the group's wallet.
    entry = Entry(1, "g1", "UGX", "payment:1", "contribution", at, legs, 0, GENESIS, "")
    assert digest(entry, 1, GENESIS) == "3e95903088ea493dacc1eb0d776262f93ec371eff6b0096b27a3b86cd199a315"
