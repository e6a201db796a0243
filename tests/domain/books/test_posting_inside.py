"""Commands post in their own transactions, beside whoever pays into the same book at the same time."""

import uuid
from concurrent.futures import ThreadPoolExecutor

import pytest

from bot.config import Settings
from domain.books.ledger import Draft, InsufficientFunds, Posting
from domain.mongo.store import MongoStore, open_store
from domain.mongo.verify import verify_book
from domain.records.pin import PinHasher
from domain.store import Change, Changed, Effects, Store
from tests.conftest import PEPPER
from tests.people import Village, found_village


def draft(store: Store, minor: int = 10, reference: str = "", account: str = "1020") -> Draft:
    legs = (Posting(account, minor), Posting("3010", -minor, "m1"))
    return Draft("book", "UGX", reference or uuid.uuid4().hex, "test", store.now(), legs)


def test_commands_and_payments_of_several_processes_share_a_book(store: MongoStore, settings: Settings) -> None:
    def post(at: MongoStore) -> None:
        at.post(draft(at))

    def post_inside(at: MongoStore) -> None:
        at.transaction(lambda tx: tx.post(draft(tx)))

    other = open_store(settings.mongo_uri, settings.mongo_database, pins=PinHasher(PEPPER))
    with ThreadPoolExecutor(12) as threads:
        jobs = [
            threads.submit(post_inside if inside else post, at)
            for _ in range(15)
            for at in (store, other)
            for inside in (True, False)
        ]
        for job in jobs:
            job.result()
    other.close()
    assert store.books.length("book") == 60
    assert store.books.totals("book") == {"1020": 600, "3010": -600}
    assert verify_book(store.books, "book") == []


def test_a_transaction_sees_what_it_posted_and_nobody_does_when_it_fails(store: MongoStore) -> None:
    def work(tx: Store) -> None:
        tx.post(draft(tx, 10))
        tx.post(draft(tx, 20))
        assert tx.books.totals("book") == {"1020": 30, "3010": -30}
        assert store.books.totals("book") == {}
        raise LookupError

    with pytest.raises(LookupError):
        store.transaction(work)
    assert (store.books.totals("book"), store.books.length("book")) == ({}, 0)


def test_a_reference_posts_once_inside_and_outside(store: MongoStore) -> None:
    first = store.post(draft(store, 10, "once"))
    again = store.transaction(lambda tx: tx.post(draft(tx, 99, "once")))
    assert (again.hash, store.books.length("book")) == (first.hash, 1)


def test_two_commands_at_once_cannot_both_spend_the_same_money(store: MongoStore) -> None:
    store.post(draft(store, 100))

    def spend(_: int) -> bool:
        try:
            store.transaction(lambda tx: tx.post(draft(tx, -60)))
        except InsufficientFunds:
            return False
        return True

    with ThreadPoolExecutor(4) as threads:
        assert sorted(threads.map(spend, range(4))) == [False, False, False, True]
    assert store.books.totals("book")["1020"] == 40


@pytest.mark.parametrize("inside", [True, False])
def test_an_entry_whose_document_has_changed_is_not_written(store: MongoStore, inside: bool) -> None:
    village: Village = found_village(store)
    wrong = Change("people", village.akello.id, {"payments": 5}, when={"payments": 3})
    right = Change("people", village.akello.id, {"payments": 5}, when={"payments": 0})

    def post(at: Store, change: Change) -> None:
        at.post(draft(at), Effects(changes=(change,)))

    def write(change: Change) -> None:
        if inside:
            store.transaction(lambda tx: post(tx, change))
        else:
            post(store, change)

    with pytest.raises(Changed):
        write(wrong)
    assert (store.books.length("book"), store.people.get(village.akello.id).payments) == (0, 0)
    write(right)
    assert (store.books.length("book"), store.people.get(village.akello.id).payments) == (1, 5)
