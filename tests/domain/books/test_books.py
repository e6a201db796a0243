"""The books on a real mongod: what is posted, what is refused, what a walk finds."""

import itertools
import os
import threading
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any, TypeVar

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pymongo import InsertOne, MongoClient, UpdateOne
from pymongo.database import Database

from bot.local.stores import Stores
from domain.books.ledger import GENESIS, Draft, InsufficientFunds, Posting, reversal
from domain.money import CurrencyMismatch
from domain.mongo.books import BooksUnavailable, MongoBooks, Unit, UnitRefused, Write
from domain.mongo.verify import verify_book
from tests.conftest import DATABASE, empty

AT = datetime(2026, 1, 31, 9, 30, tzinfo=UTC)
numbers = itertools.count()
T = TypeVar("T")


@pytest.fixture
def database(stores: Stores, mongo: MongoClient[dict[str, Any]]) -> Iterator[Database[dict[str, Any]]]:
    empty(mongo[DATABASE])
    with MongoClient[dict[str, Any]](stores.mongo_uri, timeoutMS=15_000) as client:
        yield client[DATABASE]


@pytest.fixture
def books(database: Database[dict[str, Any]]) -> Iterator[MongoBooks]:
    opened = MongoBooks(database.client, database)
    yield opened
    opened.close()


def share(
    amount: int = 5000, member: str = "m1", *, book: str = "g1", reference: str = "", provider: str = ""
) -> Draft:
    legs = (Posting("1020", amount, provider=provider), Posting("3010", -amount, member))
    return Draft(book, "UGX", reference or f"share-{next(numbers)}", "share", AT, legs)


def payout(amount: int, *, account: str = "1020", reference: str = "") -> Draft:
    legs = (Posting("3010", amount, "m1"), Posting(account, -amount))
    return Draft("g1", "UGX", reference or f"payout-{next(numbers)}", "payout", AT, legs)


def test_an_entry_is_read_back_as_it_was_posted_and_changes_both_balances(books: MongoBooks):
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


def test_an_account_is_what_providers_have_of_it_and_the_rest(books: MongoBooks):
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


def test_a_book_nobody_posted_to_is_empty(books: MongoBooks):
    assert books.balance("none", "1020") == 0 == books.balance("none", "3010", "m1")
    assert (books.balances("none"), list(books.entries("none")), verify_book(books, "none")) == ({}, [], [])


def test_the_same_reference_answers_with_the_first_entry_and_changes_nothing(
    books: MongoBooks, database: Database[Any]
):
    once = Unit(share(reference="pay-1"), (Write("payments", InsertOne({"_id": "pay-1"})),))
    first = books.post(once)
    again = Unit(share(9999, reference="pay-1"), (Write("payments", InsertOne({"_id": "pay-2"})),))
    assert books.post(once) == first == books.post(again)
    assert books.balance("g1", "1020") == 5000
    assert database["payments"].count_documents({}) == 1
    assert books.post(Unit(share(reference="pay-1", book="g2"))).seq == 1, "a reference is its book's own"


def test_the_same_reference_from_eight_threads_posts_once(books: MongoBooks):
    entries = together(8, lambda _: books.post(Unit(share(reference="pay-1"))))
    assert len(set(entries)) == 1
    assert books.balance("g1", "1020") == 5000


def test_a_payout_of_everything_repeated_is_answered_not_refused(books: MongoBooks):
    """The money is gone because this very reference took it."""
    books.post(Unit(share(5000)))
    first = books.post(Unit(payout(5000, reference="out-1")))
    assert books.post(Unit(payout(5000, reference="out-1"))) == first


def test_cash_is_never_paid_twice_however_many_ask_at_once(books: MongoBooks):
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


def test_a_refused_unit_changes_nothing_and_leaves_the_next_alone(books: MongoBooks, database: Database[Any]):
    books.post(Unit(share(5000)))
    before = everything(database)
    with pytest.raises(InsufficientFunds):
        books.post(Unit(payout(5001), (Write("payments", InsertOne({"_id": "out-1"})),)))
    with pytest.raises(CurrencyMismatch):
        books.post(Unit(Draft("g1", "KES", "kes-1", "", AT, share().postings)))
    assert everything(database) == before
    assert books.post(Unit(payout(5000))).seq == 2


def test_money_that_came_in_through_another_process_can_be_paid_out(database: Database[Any], books: MongoBooks):
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
def test_a_unit_with_a_bad_write_fails_alone(books: MongoBooks, database: Database[Any], bad: Write):
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


def test_writes_of_a_unit_are_there_with_its_entry(books: MongoBooks, database: Database[Any]):
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


def test_two_processes_post_to_one_hot_book_in_one_chain(database: Database[Any]):
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
):
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


def test_a_members_entries_are_the_newest_first_and_only_theirs(books: MongoBooks):
    for number in range(12):
        books.post(Unit(share(100 + number, f"m{number % 2}")))
    assert [entry.postings[0].amount for entry in books.of_member("g1", "m1", 3)] == [111, 109, 107]
    assert books.of_member("g1", "m", 3) == []


def test_entries_are_read_from_a_place_on_in_order(books: MongoBooks):
    for _ in range(11):
        books.post(Unit(share()))
    assert [entry.seq for entry in books.entries("g1", after=8)] == [9, 10, 11]
    assert [entry.seq for entry in books.entries("g1", after=1, limit=2)] == [2, 3]


def test_books_whose_names_begin_alike_are_kept_apart(books: MongoBooks):
    for book in ("g", "g:1", "g:000000000001"):
        books.post(Unit(share(book=book)))
    assert [entry.book for entry in books.entries("g")] == ["g"]
    assert list(books.names()) == ["g", "g:000000000001", "g:1"]
    assert verify_book(books, "g") == []


def test_a_reversal_leaves_both_entries_and_no_money(books: MongoBooks):
    wrong = books.post(Unit(share(5000)))
    back = books.post(Unit(reversal(wrong, "undo-1", AT)))
    assert [entry.reverses for entry in books.entries("g1")] == [0, wrong.seq]
    assert back.seq == 2
    assert set(books.balances("g1").values()) == {0}


def test_closing_posts_what_waits_and_then_refuses(books: MongoBooks):
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


class Unreadable(Mapping[str, Any]):
    """A document that takes the last memory of whoever reads it."""

    def __getitem__(self, key: str) -> Any:
        raise MemoryError

    def __iter__(self) -> Iterator[str]:
        raise MemoryError

    def __len__(self) -> int:
        return 1


@pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning")
def test_nobody_waits_for_a_writer_that_died(books: MongoBooks):
    def post(number: int) -> bool:
        writes = (Write("payments", InsertOne({"_id": "new", "a": Unreadable()})),) if number == 3 else ()
        try:
            books.post(Unit(share(), writes))
        except BooksUnavailable:
            return False
        return True

    posted = sum(together(8, post))
    assert posted < 8
    assert books.balance("g1", "1020") == posted * 5000
    with pytest.raises(BooksUnavailable):
        books.post(Unit(share()))


def test_a_tampered_entry_stops_nobody_elses_posting(books: MongoBooks, database: Database[Any]):
    books.post(Unit(share(reference="pay-1")))
    database["entries"].update_one({"reference": "pay-1"}, {"$unset": {"postings": 1}})
    with pytest.raises(UnitRefused):
        books.post(Unit(share(reference="pay-1")))
    assert books.post(Unit(share(book="g2"))).seq == 1


def test_a_forked_child_is_told_that_it_has_no_writer(books: MongoBooks):
    books.post(Unit(share()))
    child = os.fork()
    if child == 0:
        try:
            books.post(Unit(share()))
        except BooksUnavailable:
            os._exit(7)
        os._exit(1)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 7


def fail(database: Database[Any], times: int, **data: Any) -> None:
    """A failpoint of mongod: the next `times` commands that `data` names fail as it says."""
    mode = {"times": times} if times else "off"
    database.client.admin.command({"configureFailPoint": "failCommand", "mode": mode, "data": data})


FAULTS: dict[str, dict[str, Any]] = {
    "a write conflict": {
        "failCommands": ["update"],
        "errorCode": 112,
        "errorLabels": ["TransientTransactionError"],
    },
    "a connection lost before the commit": {"failCommands": ["commitTransaction"], "closeConnection": True},
    "an answer lost after the commit": {
        "failCommands": ["commitTransaction"],
        "writeConcernError": {"code": 64, "errmsg": "not yet on a majority"},
    },
    "a primary that steps down": {
        "failCommands": ["insert"],
        "errorCode": 189,
        "errorLabels": ["TransientTransactionError"],
    },
}


@pytest.mark.parametrize("fault", FAULTS.values(), ids=FAULTS)
@pytest.mark.parametrize("times", [1, 3])
def test_a_fault_of_the_store_costs_time_and_nothing_else(
    books: MongoBooks, database: Database[Any], fault: dict[str, Any], times: int
):
    books.post(Unit(share()))
    fail(database, times, **fault)
    try:
        entry = books.post(Unit(share(700), (Write("payments", InsertOne({"_id": "p1"})),)))
    finally:
        fail(database, 0)
    assert entry.seq == 2
    assert books.balance("g1", "1020") == 5700
    assert database["payments"].count_documents({}) == 1
    assert verify_book(books, "g1") == []


def test_a_store_that_stays_away_is_said_and_not_waited_for(books: MongoBooks, database: Database[Any]):
    fail(database, 1000, failCommands=["insert"], closeConnection=True)
    try:
        with pytest.raises(BooksUnavailable):
            books.post(Unit(share(reference="pay-1")))
    finally:
        fail(database, 0)
    assert books.post(Unit(share(reference="pay-1"))).seq == 1


@contextmanager
def transactions_of(database: Database[Any], seconds: int) -> Iterator[None]:
    """mongod leaves a transaction open for so long, and not for the few seconds that it does for tests."""
    admin, name = database.client.admin, "transactionLifetimeLimitSeconds"
    before = admin.command("getParameter", 1, **{name: 1})[name]
    admin.command("setParameter", 1, **{name: seconds})
    try:
        yield
    finally:
        admin.command("setParameter", 1, **{name: before})


def test_a_book_that_somebody_holds_does_not_hold_up_the_others(books: MongoBooks, database: Database[Any]):
    books.post(Unit(share(book="held")))
    with ThreadPoolExecutor(2) as callers, transactions_of(database, seconds=600):
        with database.client.start_session() as session, session.start_transaction():
            database["accounts"].update_one({"_id": "held"}, {"$set": {"x": 1}}, session=session)
            held = callers.submit(books.post, Unit(share(book="held")))
            assert callers.submit(books.post, Unit(share(book="free"))).result().seq == 1
            assert not held.done()
            session.abort_transaction()
        assert held.result().seq == 2


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
):
    for amount, provider in ((5000, ""), (700, ""), (30, "momo"), (1, "momo")):
        books.post(Unit(share(amount, provider=provider)))
    assert verify_book(books, "g1") == []
    tamper(database)
    found = verify_book(books, "g1")
    assert [problem for problem in found if problem.seq == seq and words in problem.text], found


def together(callers: int, work: Callable[[int], T]) -> list[T]:
    """Run `work` in that many threads at once."""
    start = threading.Barrier(callers)

    def one(number: int) -> T:
        start.wait()
        return work(number)

    with ThreadPoolExecutor(callers) as pool:
        return list(pool.map(one, range(callers)))


def everything(database: Database[Any]) -> dict[str, list[Any]]:
    return {name: list(database[name].find().sort("_id", 1)) for name in sorted(database.list_collection_names())}
