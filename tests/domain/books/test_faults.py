"""A fault of the store costs the books time and nothing else."""

import os
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any

import pytest
from pymongo import InsertOne
from pymongo.database import Database

from domain.mongo.books import BooksUnavailable, MongoBooks, Unit, UnitRefused, Write
from domain.mongo.verify import verify_book
from tests.domain.books.posted import share
from tests.together import together


class Unreadable(Mapping[str, Any]):
    """A document that takes the last memory of whoever reads it."""

    def __getitem__(self, key: str) -> Any:
        raise MemoryError

    def __iter__(self) -> Iterator[str]:
        raise MemoryError

    def __len__(self) -> int:
        return 1


@pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning")
def test_nobody_waits_for_a_writer_that_died(books: MongoBooks) -> None:
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


def test_a_tampered_entry_stops_nobody_elses_posting(books: MongoBooks, database: Database[Any]) -> None:
    books.post(Unit(share(reference="pay-1")))
    database["entries"].update_one({"reference": "pay-1"}, {"$unset": {"postings": 1}})
    with pytest.raises(UnitRefused):
        books.post(Unit(share(reference="pay-1")))
    assert books.post(Unit(share(book="g2"))).seq == 1


def test_a_forked_child_is_told_that_it_has_no_writer(books: MongoBooks) -> None:
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
) -> None:
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


def test_a_store_that_stays_away_is_said_and_not_waited_for(books: MongoBooks, database: Database[Any]) -> None:
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
    before = admin.command({"getParameter": 1, name: 1})[name]
    admin.command({"setParameter": 1, name: seconds})
    try:
        yield
    finally:
        admin.command("setParameter", 1, **{name: before})


def test_a_book_that_somebody_holds_does_not_hold_up_the_others(
    books: MongoBooks, database: Database[Any]
) -> None:
    books.post(Unit(share(book="held")))
    with ThreadPoolExecutor(2) as callers, transactions_of(database, seconds=600):
        with database.client.start_session() as session, session.start_transaction():
            database["accounts"].update_one({"_id": "held"}, {"$set": {"x": 1}}, session=session)
            held = callers.submit(books.post, Unit(share(book="held")))
            assert callers.submit(books.post, Unit(share(book="free"))).result().seq == 1
            assert not held.done()
            session.abort_transaction()
        assert held.result().seq == 2
