"""
Group commit: what waits to be posted goes into one transaction, and each caller is answered after the commit.

A transaction for each posting collapses under write conflicts when a whole group pays at once; see
`benchmarks/posting.py`.
"""

import random
import threading
import time
from collections import Counter, defaultdict, deque
from collections.abc import Iterable, Mapping, Sequence
from concurrent.futures import Future
from dataclasses import dataclass, field
from itertools import groupby
from typing import Final

import pymongo
from bson.errors import BSONError
from pymongo import InsertOne, MongoClient, UpdateOne
from pymongo.client_session import ClientSession
from pymongo.collection import Collection
from pymongo.database import Database
from pymongo.errors import BulkWriteError, ConnectionFailure, PyMongoError
from pymongo.read_concern import ReadConcern
from pymongo.write_concern import WriteConcern

from domain.books.ledger import Draft, Entry, Head, InsufficientFunds
from domain.errors import StoreError
from domain.money import CurrencyMismatch
from domain.mongo.layout import Document, account_id, entries_of, entry_document, to_entry, to_head

Answer = Entry | InsufficientFunds | CurrencyMismatch

_TRANSACTION_SECONDS: Final = 10
_ATTEMPTS_MAX: Final = 5
_BACKOFF_SECONDS: Final = 0.004
_PATIENCE_SECONDS: Final = 15  # longer than mongod lets the open transaction of a killed process hold a book
_SHARED_SECONDS: Final = 10
_LINGER_SECONDS: Final = 0.002

# What the driver raises, besides its own errors, for a value that cannot be written, and what reading a book
# raises that somebody tampered with. They are the fault of one unit or book, and must not stop the others.
_UNUSABLE: Final = (ArithmeticError, AttributeError, BSONError, LookupError, TypeError, ValueError)


class BooksUnavailable(StoreError):
    """The store did not say that it posted. Post the unit again: its reference keeps it from posting twice."""


class UnitRefused(StoreError):
    """The store did not take a write of this unit, so nothing of the unit was written."""


class _Stale(StoreError):
    """What was remembered of a book is not what the store has."""


class _Moved(_Stale):
    """Somebody else has posted to the book."""


class NothingMatched(StoreError):
    """An update found no document."""


class ValueTaken(StoreError):
    """Another document has a value that only one may have."""


@dataclass(frozen=True, slots=True)
class Write:
    """A write that belongs to an entry. An update that matches nothing refuses the whole unit."""

    collection: str
    operation: InsertOne[Document] | UpdateOne


@dataclass(frozen=True, slots=True)
class Unit:
    """An entry and what is written with it, all or nothing."""

    draft: Draft
    writes: tuple[Write, ...] = ()


@dataclass(frozen=True, slots=True, eq=False)
class _Waiting:
    unit: Unit
    answer: "Future[Entry]" = field(default_factory=Future)
    patience_ends: float = field(default_factory=lambda: time.monotonic() + _PATIENCE_SECONDS)


@dataclass(slots=True)
class _Plan:
    """What one transaction writes, where that leaves its books, and the answer to each unit, in order."""

    heads: dict[str, Head]
    answers: list[Answer] = field(default_factory=list)
    entries: list[Entry] = field(default_factory=list)
    writes: list[Write] = field(default_factory=list)


class Writer:
    """One thread that posts for all threads of its process."""

    def __init__(
        self, client: MongoClient[Document], database: Database[Document], batch_max: int, heads_max: int
    ) -> None:
        self._client, self.database = client, database
        self._entries, self._accounts = entries_of(database), database["accounts"]
        self._batch_max, self._heads_max = batch_max, heads_max
        self._heads: dict[str, Head] = {}
        self._shared_until = 0.0
        self._ready = threading.Condition()
        self._queue: deque[_Waiting] = deque()
        self._wanted = self._expected = 1
        self._closed = False
        self._thread = threading.Thread(target=self._run, name="books", daemon=True)
        self._thread.start()

    def post(self, unit: Unit) -> Entry:
        """
        Post it with whatever else waits; blocks until it is durable.

        Raises InsufficientFunds, CurrencyMismatch, UnitRefused, BooksUnavailable.
        """
        # Not alive in a forked child either, and there the lock below may be held for ever.
        if not self._thread.is_alive():
            raise BooksUnavailable("this process has no writer: it stopped, or the process forked")
        waiting = _Waiting(unit)
        with self._ready:
            if self._closed:
                raise BooksUnavailable("the books are closed")
            self._queue.append(waiting)
            if len(self._queue) >= self._wanted:
                self._ready.notify()
        return waiting.answer.result()

    def close(self) -> None:
        """Take no more, and return when what waits is answered."""
        with self._ready:
            self._closed = True
            self._ready.notify()
        self._thread.join()

    def _run(self) -> None:
        batch: list[_Waiting] = []
        try:
            while batch := self._take():
                self._settle(batch)
        finally:
            # Whatever ended this thread, nobody may go on waiting for it.
            with self._ready:
                self._closed = True
            _fail((*batch, *self._queue), BooksUnavailable, "the writer stopped")

    def _take(self) -> list[_Waiting]:
        """
        What waits, oldest first; empty when the books are closed and nothing waits.

        Those just answered often come straight back: it lingers for them a moment, or every second commit would
        serve the few who were quick. A caller that is alone never waits for it.
        """
        with self._ready:
            self._wanted = 1
            self._ready.wait_for(self._enough)
            self._wanted = min(self._expected, self._batch_max)
            self._ready.wait_for(self._enough, _LINGER_SECONDS)
            return [self._queue.popleft() for _ in range(min(len(self._queue), self._batch_max))]

    def _enough(self) -> bool:
        return len(self._queue) >= self._wanted or self._closed

    def _settle(self, batch: list[_Waiting]) -> None:
        """Post a batch and answer its callers; when it cannot be posted, find the part that is to blame."""
        try:
            answers = self._post_together([waiting.unit for waiting in batch])
        except ConnectionFailure as failure:
            _fail(batch, BooksUnavailable, "the store does not answer", failure)
        except (PyMongoError, StoreError, *_UNUSABLE) as error:
            if _passes(error):
                self._settle_by_book(batch, error)
            elif len(batch) == 1:
                _fail(batch, UnitRefused, f"{batch[0].unit.draft.reference} was not written", error)
            else:
                middle = len(batch) // 2
                self._settle(batch[:middle])
                self._settle(batch[middle:])
        else:
            self._expected = len(batch) + len(self._queue)
            for waiting, answer in zip(batch, answers, strict=True):
                if isinstance(answer, Entry):
                    waiting.answer.set_result(answer)
                else:
                    waiting.answer.set_exception(answer)

    def _settle_by_book(self, batch: list[_Waiting], error: Exception) -> None:
        """A book that somebody else holds goes to the back of the queue, so that the others need not wait."""
        books = [list(part) for _, part in groupby(sorted(batch, key=_book), key=_book)]
        if len(books) > 1:
            for part in books:
                self._settle(part)
            return
        now = time.monotonic()
        _fail([w for w in batch if w.patience_ends <= now], BooksUnavailable, "the book is held", error)
        with self._ready:
            self._queue.extend(w for w in batch if w.patience_ends > now)

    def _post_together(self, units: Sequence[Unit]) -> list[Answer]:
        """Commit the units in one transaction. Raises what kept it from being committed, _ATTEMPTS_MAX times."""
        attempt = 0
        # One session for all attempts: a new transaction in it ends one whose fate is not known.
        with self._client.start_session() as session:
            while True:
                try:
                    with pymongo.timeout(_TRANSACTION_SECONDS):
                        return self._transact(session, units, careful=attempt > 0)
                except (PyMongoError, _Stale) as error:
                    for unit in units:
                        self._heads.pop(unit.draft.book, None)
                    attempt += 1
                    if attempt == _ATTEMPTS_MAX or not _passes(error):
                        raise
                    time.sleep(random.uniform(0, _BACKOFF_SECONDS * attempt))  # noqa: S311 (jitter)

    def _transact(self, session: ClientSession, units: Sequence[Unit], *, careful: bool) -> list[Answer]:
        """
        One transaction. A careful one asks the store which references it has and where the books stand; the
        others trust what is remembered, and raise _Stale when that was wrong.
        """
        with session.start_transaction(ReadConcern("snapshot"), WriteConcern("majority", j=True)):
            heads = self._read_heads(session, {unit.draft.book for unit in units})
            posted = _read_posted(self._entries, session, units) if careful else {}
            plan = _plan(units, heads, posted, careful=careful)
            if plan.entries:
                try:
                    _write(self.database, session, plan)
                except _Moved:
                    # Another process posts to these books: for a while, ask where they stand rather than remember.
                    self._heads.clear()
                    self._shared_until = time.monotonic() + _SHARED_SECONDS
                    raise
        if time.monotonic() > self._shared_until:
            if len(self._heads) >= self._heads_max:
                self._heads.clear()
            self._heads.update(plan.heads)
        return plan.answers

    def _read_heads(self, session: ClientSession, books: Iterable[str]) -> dict[str, Head]:
        heads = {book: self._heads.get(book) for book in books}
        unknown = [book for book, head in heads.items() if head is None]
        found: dict[str, Document] = {}
        if unknown:
            found = {each["_id"]: each for each in self._accounts.find({"_id": {"$in": unknown}}, session=session)}
        return {book: head or to_head(found.get(book)) for book, head in heads.items()}


def post_in(database: Database[Document], session: ClientSession, unit: Unit) -> Entry:
    """
    Write an entry and what belongs to it as a part of the transaction that `session` is in.

    The same reference again answers with the first entry. Raises InsufficientFunds, CurrencyMismatch,
    NothingMatched, ValueTaken.
    """
    head = to_head(database["accounts"].find_one({"_id": unit.draft.book}, session=session))
    posted = _read_posted(entries_of(database), session, [unit])
    plan = _plan([unit], {unit.draft.book: head}, posted, careful=True)
    if plan.entries:
        _write(database, session, plan)
    (answer,) = plan.answers
    if not isinstance(answer, Entry):
        raise answer
    return answer


def _read_posted(
    entries: Collection[Document], session: ClientSession, units: Iterable[Unit]
) -> dict[tuple[str, str], Entry]:
    references: defaultdict[str, list[str]] = defaultdict(list)
    for unit in units:
        references[unit.draft.book].append(unit.draft.reference)
    clauses = [{"book": book, "reference": {"$in": each}} for book, each in references.items()]
    found = map(to_entry, entries.find({"$or": clauses}, session=session))
    return {(entry.book, entry.reference): entry for entry in found}


def _write(database: Database[Document], session: ClientSession, plan: _Plan) -> None:
    """Entries, balances, and what belongs to them. Raises _Stale, and _Moved where a book has moved on."""
    try:
        # The place in the book is the id, so that a head which is out of date shows as a duplicate.
        entries_of(database).insert_many(map(entry_document, plan.entries), ordered=False, session=session)
    except BulkWriteError as error:
        duplicates = [each["keyPattern"] for each in error.details["writeErrors"] if "keyPattern" in each]
        if not duplicates:
            raise
        raise (_Moved if {"_id": 1} in duplicates else _Stale) from error
    database["accounts"].bulk_write(_balance_changes(plan), ordered=False, session=session)
    operations: defaultdict[str, list[InsertOne[Document] | UpdateOne]] = defaultdict(list)
    for write in plan.writes:
        operations[write.collection].append(write.operation)
    for name, each in operations.items():
        try:
            result = database[name].bulk_write(each, ordered=False, session=session)
        except BulkWriteError as error:
            if any("keyPattern" in each for each in error.details["writeErrors"]):
                raise ValueTaken(f"another document of {name} has this value") from error
            raise
        if result.inserted_count + result.matched_count + result.upserted_count != len(each):
            raise NothingMatched(f"an update of {name} matched nothing")


def _plan(
    units: Iterable[Unit],
    heads: Mapping[str, Head],
    posted: Mapping[tuple[str, str], Entry],
    *,
    careful: bool,
) -> _Plan:
    plan, known = _Plan(dict(heads)), dict(posted)
    for unit in units:
        draft = unit.draft
        entry = known.get((draft.book, draft.reference))
        if entry is None:
            try:
                entry, plan.heads[draft.book] = plan.heads[draft.book].follow(draft)
            except (InsufficientFunds, CurrencyMismatch) as refusal:
                # The money may have come in through another process, or this reference be the one that took it.
                if not careful:
                    raise _Stale from refusal
                plan.answers.append(refusal)
                continue
            known[draft.book, draft.reference] = entry
            plan.entries.append(entry)
            plan.writes.extend(unit.writes)
        plan.answers.append(entry)
    return plan


def _balance_changes(plan: _Plan) -> list[UpdateOne]:
    """The net change of each document, found by its id alone: that is the update mongod is quickest at."""
    totals: defaultdict[str, Counter[str]] = defaultdict(Counter)
    members: Counter[str] = Counter()
    for entry in plan.entries:
        for leg in entry.postings:
            totals[entry.book][f"totals.{leg.account}"] += leg.amount
            if leg.provider:
                totals[entry.book][f"providers.{leg.account}.{leg.provider}"] += leg.amount
            if leg.member:
                members[account_id(entry.book, leg.account, leg.member)] += leg.amount
    changes = []
    for book, amounts in totals.items():
        head = plan.heads[book]
        place = {"seq": head.seq, "hash": head.hash, "currency": head.currency}
        changes.append(UpdateOne({"_id": book}, {"$set": place, "$inc": amounts}, upsert=True))
    for id, amount in members.items():
        changes.append(UpdateOne({"_id": id}, {"$inc": {"balance": amount}}, upsert=True))
    return changes


def _book(waiting: _Waiting) -> str:
    return waiting.unit.draft.book


def _passes(error: Exception) -> bool:
    """Whether another try may go better, or tell what became of this one."""
    if not isinstance(error, PyMongoError):
        return isinstance(error, _Stale)
    labels = ("TransientTransactionError", "UnknownTransactionCommitResult")
    return error.timeout or isinstance(error, ConnectionFailure) or any(map(error.has_error_label, labels))


def _fail(batch: Iterable[_Waiting], kind: type[Exception], text: str, cause: Exception | None = None) -> None:
    for waiting in batch:
        # One that was put back in the queue may be in the batch as well.
        if not waiting.answer.done():
            failure = kind(text)  # one each: a thread that raises it writes its own traceback into it
            failure.__cause__ = cause
            waiting.answer.set_exception(failure)
