"""A walk finds whatever was tampered with."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest
from pymongo.database import Database

from domain.mongo.books import MongoBooks, Unit
from domain.mongo.verify import verify_book
from tests.domain.books.posted import share

Tamper = Callable[[Database[Any]], Any]


def swap(database: Database[Any]) -> None:
    """Entries 2 and 3 change places, ids and numbers too."""
    second, third = (database["entries"].find_one_and_delete({"seq": seq}) for seq in (2, 3))
    assert second is not None
    assert third is not None
    database["entries"].insert_many(
        [third | {"_id": second["_id"], "seq": 2}, second | {"_id": third["_id"], "seq": 3}]
    )


def double(database: Database[Any]) -> None:
    entry = database["entries"].find_one({"seq": 4})
    assert entry is not None
    database["entries"].insert_one(entry | {"_id": "g1:000000000005", "seq": 5, "reference": "again"})


def stray(database: Database[Any]) -> None:
    entry = database["entries"].find_one({"seq": 4})
    assert entry is not None
    database["entries"].insert_one(entry | {"_id": "elsewhere", "reference": "again"})


def set_on(collection: str, id: str, **fields: Any) -> Tamper:
    return lambda database: database[collection].update_one({"_id": id}, {"$set": fields})


TAMPERED: dict[str, tuple[Tamper, int, str]] = {
    "an amount": (set_on("entries", "g1:000000000002", **{"postings.0.amount": 1}), 2, "was changed"),
    "a member": (set_on("entries", "g1:000000000002", **{"postings.1.member": "m9"}), 2, "was changed"),
    "a text": (set_on("entries", "g1:000000000002", text="gift"), 2, "was changed"),
    "a time": (set_on("entries", "g1:000000000002", at=datetime(2020, 1, 1, tzinfo=UTC)), 2, "was changed"),
    "a time that is none": (set_on("entries", "g1:000000000002", at="yesterday"), 2, "cannot be read"),
    "a hash": (set_on("entries", "g1:000000000002", hash="f" * 64), 3, "does not continue"),
    "a field gone": (
        lambda database: database["entries"].update_one({"seq": 3}, {"$unset": {"postings": 1}}),
        3,
        "cannot be read",
    ),
    "the first missing": (lambda database: database["entries"].delete_one({"seq": 1}), 2, "missing"),
    "one missing": (lambda database: database["entries"].delete_one({"seq": 3}), 4, "missing"),
    "the last missing": (lambda database: database["entries"].delete_one({"seq": 4}), 0, "the head stands at"),
    "two swapped": (swap, 2, "was changed"),
    "one doubled": (double, 5, "does not continue"),
    "one that lies elsewhere": (stray, 0, "outside the book's order"),
    "a member's balance": (set_on("accounts", "g1|3010|m1", balance=-1), 0, "3010 of m1 is -1"),
    "an account's balance": (set_on("accounts", "g1", **{"totals.1020": 1}), 0, "trial balance"),
    "a balance of nobody's": (set_on("accounts", "g1", **{"totals.5030": 1}), 0, "5030 is 1"),
    "a member's balance gone": (
        lambda database: database["accounts"].delete_one({"_id": "g1|3010|m1"}),
        0,
        "members' parts of 3010",
    ),
    "what a provider has": (set_on("accounts", "g1", **{"providers.1020.momo": 1}), 0, "1020 with momo is 1"),
    "who has it": (set_on("entries", "g1:000000000004", **{"postings.0.provider": "airtel"}), 4, "was changed"),
    "what a provider has gone": (
        lambda database: database["accounts"].update_one({"_id": "g1"}, {"$unset": {"providers": 1}}),
        0,
        "1020 with momo is 0, its postings sum to 31",
    ),
    "what a provider never had": (set_on("accounts", "g1", **{"providers.1060.airtel": 7}), 0, "airtel is 7"),
    "the head gone": (
        lambda database: database["accounts"].delete_one({"_id": "g1"}),
        0,
        "the head stands at entry 0",
    ),
    "the head's hash": (set_on("accounts", "g1", hash="f" * 64), 0, "the head stands at"),
}


@pytest.mark.parametrize(("tamper", "seq", "words"), TAMPERED.values(), ids=TAMPERED)
def test_a_walk_finds_what_was_tampered_with(
    books: MongoBooks, database: Database[Any], tamper: Tamper, seq: int, words: str
) -> None:
    for amount, provider in ((5000, ""), (700, ""), (30, "momo"), (1, "momo")):
        books.post(Unit(share(amount, provider=provider)))
    assert verify_book(books, "g1") == []
    tamper(database)
    found = verify_book(books, "g1")
    assert [problem for problem in found if problem.seq == seq and words in problem.text], found
