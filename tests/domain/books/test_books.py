"""The books on a real mongod: what is posted, once, and what is refused."""

import threading
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from typing import Any, TypeVar

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pymongo import InsertOne, MongoClient, UpdateOne
from pymongo.database import Database

from domain.books.ledger import GENESIS, Draft, InsufficientFunds, Posting, reversal
from domain.money import CurrencyMismatch
from domain.mongo.books import BooksUnavailable, MongoBooks, Unit, UnitRefused, Write
from domain.mongo.verify import verify_book
from tests.conftest import DATABASE
from tests.domain.books.posted import AT, payout, share
from tests.emptied import empty
from tests.kept import everything
from tests.together import together

T = TypeVar("T")


def test_an_entry_is_read_back_as_it_was_posted_and_changes_both_balances(books: MongoBooks) -> None:
    first = books.post(Unit(share(5000, "m1")))
    second = books.post(Unit(share(700, "m2")))
    assert list(books.entries("g1")) == [first, second]
    assert (first.seq, first.previous, second.previous) == (1, GENESIS, first.hash)
    assert books.balance("g1", "1020") == 5700
    assert (books.balance("g1", "3010"), books.balance("g1", "3010", "m2")) == (-5700, -700)
    assert books.balances("g1") == {
        ("1020", ""): 5700,
        ("3010", ""): -5700,
        ("3010", "m1"): -5000,
        ("3010", "m2"): -700,
    }
    assert verify_book(books, "g1") == []


def test_an_account_is_what_providers_have_of_it_and_the_rest(books: MongoBooks) -> None:
    """One of them may have less than nothing, as long as the account has not."""
    for amount, provider in ((5000, ""), (700, "momo"), (30, "airtel"), (1, "airtel")):
        books.post(Unit(share(amount, provider=provider)))
    legs = (Posting("3010", 900, "m1"), Posting("1020", -900, provider="airtel"))
    entry = books.post(Unit(Draft("g1", "UGX", "out", "payout", AT, legs)))
    assert list(books.entries("g1"))[-1] == entry
    assert books.wallets("g1") == {("1020", ""): 5000, ("1020", "momo"): 700, ("1020", "airtel"): -869}
    assert books.balance("g1", "1020") == 5000 + 700 - 869
    books.post(Unit(share(69, book="g2", provider="airtel")))
    books.post(Unit(Draft("g3", "KES", "s", "share", AT, share(8, provider="momo").postings)))
    assert books.wallets_of_all() == {
        "UGX": {("1020", ""): 5000, ("1020", "momo"): 700, ("1020", "airtel"): -800},
        "KES": {("1020", "momo"): 8},
    }
    assert (books.wallets("none"), verify_book(books, "g1")) == ({}, [])


def test_a_book_nobody_posted_to_is_empty(books: MongoBooks) -> None:
    assert books.balance("none", "1020") == 0 == books.balance("none", "3010", "m1")
    assert (books.balances("none"), list(books.entries("none")), verify_book(books, "none")) == ({}, [], [])


def test_the_same_reference_answers_with_the_first_entry_and_changes_nothing(
    books: MongoBooks, database: Database[Any]
) -> None:
    once = Unit(share(reference="pay-1"), (Write("payments", InsertOne({"_id": "pay-1"})),))
    first = books.post(once)
    again = Unit(share(9999, reference="pay-1"), (Write("payments", InsertOne({"_id": "pay-2"})),))
    assert books.post(once) == first == books.post(again)
    assert books.balance("g1", "1020") == 5000
    assert database["payments"].count_documents({}) == 1
    assert books.post(Unit(share(reference="pay-1", book="g2"))).seq == 1, "a reference is its book's own"


def test_the_same_reference_from_eight_threads_posts_once(books: MongoBooks) -> None:
    entries = together(8, lambda _: books.post(Unit(share(reference="pay-1"))))
    assert len(set(entries)) == 1
    assert books.balance("g1", "1020") == 5000


def test_a_payout_of_everything_repeated_is_answered_not_refused(books: MongoBooks) -> None:
    """The money is gone because this very reference took it."""
    books.post(Unit(share(5000)))
    first = books.post(Unit(payout(5000, reference="out-1")))
    assert books.post(Unit(payout(5000, reference="out-1"))) == first


def test_cash_is_never_paid_twice_however_many_ask_at_once(books: MongoBooks) -> None:
    books.post(Unit(share(5000)))

    def ask(_: int) -> bool:
        try:
            books.post(Unit(payout(2000)))
        except InsufficientFunds:
            return False
        return True

    assert sum(together(8, ask)) == 2
    assert books.balance("g1", "1020") == 1000
    assert verify_book(books, "g1") == []


def test_a_refused_unit_changes_nothing_and_leaves_the_next_alone(
    books: MongoBooks, database: Database[Any]
) -> None:
    books.post(Unit(share(5000)))
    before = everything(database)
    with pytest.raises(InsufficientFunds):
        books.post(Unit(payout(5001), (Write("payments", InsertOne({"_id": "out-1"})),)))
    with pytest.raises(CurrencyMismatch):
        books.post(Unit(Draft("g1", "KES", "kes-1", "", AT, share().postings)))
    assert everything(database) == before
    assert books.post(Unit(payout(5000))).seq == 2


def test_money_that_came_in_through_another_process_can_be_paid_out(
    database: Database[Any], books: MongoBooks
) -> None:
    """What this process remembers of the book is not a reason to refuse."""
    books.post(Unit(share(1000)))
    other = MongoBooks(database.client, database)
    other.post(Unit(share(4000)))
    assert books.post(Unit(payout(5000))).seq == 3
    other.close()


BAD_WRITES = {
    "an update that matches nothing": Write("payments", UpdateOne({"_id": "none"}, {"$set": {"a": 1}})),
    "a document that exists": Write("payments", InsertOne({"_id": "there"})),
    "a value no document holds": Write("payments", InsertOne({"_id": "new", "a": object()})),
    "a number past 64 bits": Write("payments", InsertOne({"_id": "new", "a": 2**64})),
    "an operator that is none": Write("payments", UpdateOne({"_id": "there"}, {"$sum": {"a": 1}})),
    "text that is not Unicode": Write("payments", InsertOne({"_id": "new", "a": "\ud800"})),
    "a document past 16 MB": Write("payments", InsertOne({"_id": "new", "a": "x" * (16 << 20)})),
}


@pytest.mark.parametrize("bad", BAD_WRITES.values(), ids=BAD_WRITES)
def test_a_unit_with_a_bad_write_fails_alone(books: MongoBooks, database: Database[Any], bad: Write) -> None:
    database["payments"].insert_one({"_id": "there"})

    def post(number: int) -> str:
        try:
            books.post(Unit(share(reference=f"pay-{number}"), (bad,) if number == 3 else ()))
        except UnitRefused:
            return f"refused {number}"
        return "posted"

    assert Counter(together(8, post)) == {"posted": 7, "refused 3": 1}
    assert books.balance("g1", "1020") == 7 * 5000
    assert list(database["payments"].find()) == [{"_id": "there"}]
    assert verify_book(books, "g1") == []


def test_writes_of_a_unit_are_there_with_its_entry(books: MongoBooks, database: Database[Any]) -> None:
    database["payments"].insert_one({"_id": "p1", "state": "pending"})
    writes = (
        Write("payments", UpdateOne({"_id": "p1", "state": "pending"}, {"$set": {"state": "succeeded"}})),
        Write("outbox", InsertOne({"_id": "receipt:p1"})),
        Write("paid", UpdateOne({"_id": "m1"}, {"$inc": {"shares": 5}}, upsert=True)),
    )
    books.post(Unit(share(), writes))
    assert database["payments"].find_one() == {"_id": "p1", "state": "succeeded"}
    assert database["outbox"].find_one() == {"_id": "receipt:p1"}
    assert database["paid"].find_one() == {"_id": "m1", "shares": 5}


def test_two_processes_post_to_one_hot_book_in_one_chain(database: Database[Any]) -> None:
    processes = [MongoBooks(database.client, database, batch_max=4) for _ in range(2)]
    together(8, lambda number: [processes[number % 2].post(Unit(share(100))) for _ in range(10)])
    assert [entry.seq for entry in processes[0].entries("g1")] == list(range(1, 81))
    assert processes[0].balance("g1", "1020") == 8000
    assert verify_book(processes[0], "g1") == []
    for each in processes:
        each.close()


legs = st.tuples(st.sampled_from(["m1", "m2", "m3"]), st.integers(-3000, 5000).filter(bool))


@settings(max_examples=10)
@given(st.lists(st.tuples(st.sampled_from(["g1", "g2"]), legs), min_size=1, max_size=40))
def test_whatever_eight_callers_post_every_invariant_holds(
    mongo: MongoClient[dict[str, Any]], rows: list[tuple[str, tuple[str, int]]]
) -> None:
    empty(database := mongo[DATABASE])
    books = MongoBooks(mongo, database)

    def post(row: tuple[str, tuple[str, int]]) -> tuple[str, str, int] | None:
        book, (member, amount) = row
        try:
            books.post(Unit(share(amount, member, book=book)))
        except InsufficientFunds:
            return None
        return book, member, amount

    with ThreadPoolExecutor(8) as callers:
        posted = [each for each in callers.map(post, rows) if each]
    for book in ("g1", "g2"):
        sums: Counter[str] = Counter()
        for _, member, amount in (each for each in posted if each[0] == book):
            sums[member] -= amount
        assert {m: books.balance(book, "3010", m) for m in sums} == dict(sums)
        assert books.balance(book, "1020") == -sum(sums.values()) >= 0
        assert verify_book(books, book) == []
    books.close()


def test_a_members_entries_are_the_newest_first_and_only_theirs(books: MongoBooks) -> None:
    for number in range(12):
        books.post(Unit(share(100 + number, f"m{number % 2}")))
    assert [entry.postings[0].amount for entry in books.of_member("g1", "m1", 3)] == [111, 109, 107]
    assert books.of_member("g1", "m", 3) == []


def test_entries_are_read_from_a_place_on_in_order(books: MongoBooks) -> None:
    for _ in range(11):
        books.post(Unit(share()))
    assert [entry.seq for entry in books.entries("g1", after=8)] == [9, 10, 11]
    assert [entry.seq for entry in books.entries("g1", after=1, limit=2)] == [2, 3]


def test_books_whose_names_begin_alike_are_kept_apart(books: MongoBooks) -> None:
    for book in ("g", "g:1", "g:000000000001"):
        books.post(Unit(share(book=book)))
    assert [entry.book for entry in books.entries("g")] == ["g"]
    assert list(books.names()) == ["g", "g:000000000001", "g:1"]
    assert verify_book(books, "g") == []


def test_a_reversal_leaves_both_entries_and_no_money(books: MongoBooks) -> None:
    wrong = books.post(Unit(share(5000)))
    back = books.post(Unit(reversal(wrong, "undo-1", AT)))
    assert [entry.reverses for entry in books.entries("g1")] == [0, wrong.seq]
    assert back.seq == 2
    assert set(books.balances("g1").values()) == {0}


def test_closing_posts_what_waits_and_then_refuses(books: MongoBooks) -> None:
    def post(_: int) -> bool:
        begun.wait()
        try:
            books.post(Unit(share()))
        except BooksUnavailable:
            return False
        return True

    begun = threading.Barrier(9)
    with ThreadPoolExecutor(8) as callers:
        answers = [callers.submit(post, number) for number in range(8)]
        begun.wait()
        books.close()
        posted = sum(answer.result() for answer in answers)
    assert books.balance("g1", "1020") == posted * 5000
    with pytest.raises(BooksUnavailable):
        books.post(Unit(share()))
