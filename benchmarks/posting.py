"""
Postings a second: group-committed books against a plain transaction per posting.

Both write the same content (an entry, a payment, a member's balance, the group's balance) to the same mongod
under the same indexes, majority and journalled, in turns of a second or two. Then what it costs to read a balance
from books of ten to a million entries. `python -m benchmarks.posting`.
"""

import argparse
import contextlib
import itertools
import random
import statistics
import tempfile
import threading
import time
import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from pymongo import InsertOne, MongoClient
from pymongo.client_session import ClientSession
from pymongo.database import Database
from pymongo.read_concern import ReadConcern
from pymongo.write_concern import WriteConcern

from bot.local.stores import embedded
from domain.books.accounts import Account
from domain.books.ledger import GENESIS, Draft, Posting, chain
from domain.mongo.books import MongoBooks, Unit, Write
from domain.mongo.indexes import prepare
from domain.mongo.layout import account_id, entry_document

Document = dict[str, Any]
Post = Callable[[Draft, Document], None]

SPREAD_GROUPS = 1000
MEMBERS = 25
CALLERS = (1, 8, 32)
SHAPES = ("spread", "hot")
LENGTHS = (10, 1_000, 100_000, 1_000_000)
READS = 2_000


@dataclass
class Sample:
    """Postings a second of each turn, and the seconds each posting took."""

    rates: list[float] = field(default_factory=list)
    waits: list[float] = field(default_factory=list)

    @property
    def rate(self) -> float:
        return statistics.median(self.rates)

    @property
    def p99_ms(self) -> float:
        return statistics.quantiles(self.waits, n=100)[-1] * 1000


def plain(client: MongoClient[Document], database: Database[Document]) -> Post:
    """One transaction a posting, as the driver's manual writes it. It keeps no chain, so any hash will do."""
    entries, payments, balances = (database[name] for name in ("entries", "payments", "balances"))

    def post(draft: Draft, payment: Document) -> None:
        document = entry_document(chain(draft, 0, GENESIS)) | {"_id": draft.reference}
        member, group = draft.postings[1], draft.postings[0]

        def work(session: ClientSession) -> None:
            entries.insert_one(document, session=session)
            payments.insert_one(payment, session=session)
            for id, amount in (
                (f"{draft.book}|{member.account}|{member.member}", member.amount),
                (draft.book, group.amount),
            ):
                balances.update_one({"_id": id}, {"$inc": {"balance": amount}}, upsert=True, session=session)

        with client.start_session() as session:
            session.with_transaction(work, ReadConcern("snapshot"), WriteConcern("majority", j=True))

    return post


def grouped(books: MongoBooks) -> Post:
    def post(draft: Draft, payment: Document) -> None:
        books.post(Unit(draft, (Write("payments", InsertOne(payment)),)))

    return post


def turn(post: Post, shape: str, callers: int, seconds: float, sample: Sample) -> None:
    """Let `callers` threads post for some seconds."""
    waits: list[list[float]] = [[] for _ in range(callers)]
    start = threading.Barrier(callers + 1)

    def caller(mine: list[float]) -> None:
        start.wait()
        ends = time.perf_counter() + seconds
        while (begun := time.perf_counter()) < ends:
            reference = str(uuid.uuid4())
            book = "hot" if shape == "hot" else f"group-{random.randrange(SPREAD_GROUPS)}"
            member = f"member-{random.randrange(MEMBERS)}"
            draft = Draft(
                book=book,
                currency="UGX",
                reference=reference,
                text="contribution",
                at=datetime.now(UTC),
                postings=(Posting(Account.WALLET, 5000), Posting(Account.SHARES, -5000, member)),
            )
            post(draft, {"_id": reference, "state": "succeeded", "amount": 5000, "person": member})
            mine.append(time.perf_counter() - begun)

    threads = [threading.Thread(target=caller, args=(mine,)) for mine in waits]
    for thread in threads:
        thread.start()
    start.wait()
    begun = time.perf_counter()
    for thread in threads:
        thread.join()
    took = time.perf_counter() - begun
    posted = list(itertools.chain.from_iterable(waits))
    sample.rates.append(len(posted) / took)
    sample.waits.extend(posted)


@contextlib.contextmanager
def store(uri: str | None) -> Iterator[str]:
    """The address of the mongod to measure: the one given, or one of our own."""
    if uri:
        yield uri
        return
    with tempfile.TemporaryDirectory() as directory, embedded(Path(directory)) as stores:
        yield stores.mongo_uri


def measure(uri: str, seconds: float, rounds: int) -> None:
    client: MongoClient[Document] = MongoClient(uri)
    ours, theirs = client["posting_ours"], client["posting_plain"]
    for database in (ours, theirs):
        client.drop_database(database)
        prepare(database)
    books = MongoBooks(client, ours)
    posts = {"plain": plain(client, theirs), "books": grouped(books)}
    print(
        f"{'groups':8}{'callers':>8}{'plain/s':>10}{'books/s':>10}{'ratio':>8}{'p99 plain':>12}{'p99 books':>12}"
    )
    try:
        for shape, callers in itertools.product(SHAPES, CALLERS):
            samples = {name: Sample() for name in posts}
            for _ in range(rounds):
                for name, post in posts.items():
                    turn(post, shape, callers, seconds, samples[name])
            one, other = samples["plain"], samples["books"]
            print(
                f"{shape:8}{callers:8}{one.rate:10,.0f}{other.rate:10,.0f}{other.rate / one.rate:7.1f}x"
                f"{one.p99_ms:9,.0f} ms{other.p99_ms:9,.0f} ms",
                flush=True,
            )
    finally:
        books.close()
        for database in (ours, theirs):
            client.drop_database(database)
        client.close()


def fill(books: MongoBooks, book: str, length: int) -> None:
    """A book of this length and its balances, written past the writer: nobody reads its chain here."""
    at = datetime.now(UTC)
    for start in range(1, length + 1, 10_000):
        batch = []
        for seq in range(start, min(start + 10_000, length + 1)):
            legs = (Posting(Account.WALLET, 5000), Posting(Account.SHARES, -5000, f"member-{seq % MEMBERS}"))
            batch.append(
                entry_document(chain(Draft(book, "UGX", str(seq), "contribution", at, legs), seq, GENESIS))
            )
        books.database["entries"].insert_many(batch, ordered=False)
    totals = {Account.WALLET: 5000 * length, Account.SHARES: -5000 * length}
    head = {"_id": book, "seq": length, "hash": GENESIS, "currency": "UGX", "totals": totals}
    members = [
        {"_id": account_id(book, Account.SHARES, f"member-{number}"), "balance": -5000 * (length // MEMBERS)}
        for number in range(MEMBERS)
    ]
    books.database["accounts"].insert_many([head, *members])


def read(uri: str, rounds: int) -> None:
    """The cost of a member's balance in books of different lengths, as a ratio to the shortest."""
    client: MongoClient[Document] = MongoClient(uri)
    database = client["posting_ours"]
    client.drop_database(database)
    prepare(database)
    books = MongoBooks(client, database)
    print(f"\n{'entries':>10}{'a read':>12}{'ratio':>8}")
    try:
        for length in LENGTHS:
            fill(books, f"book-{length}", length)
        took: dict[int, list[float]] = {length: [] for length in LENGTHS}
        for turn, length in itertools.product(range(rounds + 1), LENGTHS):
            begun = time.perf_counter()
            for number in range(READS):
                books.balance(f"book-{length}", Account.SHARES, f"member-{number % MEMBERS}")
            if turn:  # the first one warms up
                took[length].append((time.perf_counter() - begun) / READS)
        first = statistics.median(took[LENGTHS[0]])
        for length, seconds in took.items():
            each = statistics.median(seconds)
            print(f"{length:>10,}{each * 1000:>9.3f} ms{each / first:>7.2f}x", flush=True)
    finally:
        books.close()
        client.drop_database(database)
        client.close()


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.posting", description=__doc__)
    parser.add_argument("--seconds", type=float, default=2, help="of one turn (default: 2)")
    parser.add_argument("--rounds", type=int, default=3, help="turns of each, interleaved; medians (default: 3)")
    parser.add_argument("--mongo-uri", help="a replica set to measure; without it one is started")
    arguments = parser.parse_args()
    with store(arguments.mongo_uri) as uri:
        measure(uri, arguments.seconds, arguments.rounds)
        read(uri, arguments.rounds)


if __name__ == "__main__":
    main()
