"""Documents of one kind as values of one class: `_id` is `id`, Money is a sub-document, the rest as it is."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from types import NoneType
from typing import Any, Final, Generic, TypeVar, cast

import msgspec
from pymongo import ReturnDocument, UpdateOne
from pymongo.client_session import ClientSession
from pymongo.collection import Collection
from pymongo.errors import BulkWriteError, DuplicateKeyError
from pymongo.read_concern import ReadConcern
from pymongo.write_concern import WriteConcern

from domain.fractions import fraction_as_text, text_as_fraction
from domain.mongo.before import lift
from domain.mongo.layout import Document
from domain.mongo.stamps import CONCERNS, concerned_by, is_quiet, restamp
from domain.records.audit import AuditEntry
from domain.records.notice import NOTICE_CLAIM, Notice, NoticeState, WhyUnsent
from domain.records.paper import PAPER_CLAIM, Paper
from domain.records.payment import OPEN, PAYMENT_CLAIM, Payment
from domain.store import After, Before, Between, Duplicate, NotFound, Unreadable
from domain.tables import SHOWN_MAX, Some

T = TypeVar("T")
R = TypeVar("R")

# What a transaction of ours is: it reads of one moment, and is on a majority's disks when it is over.
DURABLY: Final[Mapping[str, Any]] = {
    "read_concern": ReadConcern("snapshot"),
    "write_concern": WriteConcern("majority", j=True),
}

# The largest there are, groups that move in, hold 120 KB each when they are read.
_AT_ONCE: Final = 100
_DUPLICATE_KEY: Final = 11000

# Values that a query compares with, and that can hold no condition.
_PLAIN: Final = (str, int, float, datetime, NoneType)

# What a document of before raises that is none.
_NOT_LIFTED: Final = (KeyError, TypeError, ValueError, AttributeError)


def to_document(item: Any) -> Document:
    """A value as it is stored."""
    document = _builtins(item)
    document["_id"] = document.pop("id")
    return document


def to_fields(fields: Mapping[str, Any]) -> Document:
    """Some fields of a value as they are stored."""
    return _builtins(dict(fields))


def _builtins(item: Any) -> Document:
    return cast(Document, msgspec.to_builtins(item, builtin_types=(datetime,), enc_hook=fraction_as_text))


class Inside:
    """
    A transaction, from inside: its session, and the documents read in it, by collection and id.

    It reads of one moment, so a document that is asked for again is what it was, until the transaction writes it.
    `notices` are written at its end, in one write.
    """

    def __init__(self, session: ClientSession) -> None:
        self.session = session
        self.notices: list[Notice] = []
        self.concerned: set[str] = set()  # whose stamps are changed at its end
        self._read: dict[str, dict[str, Any]] = {}

    def read_of(self, collection: str) -> dict[str, Any]:
        """What was read of a collection, by id; None where there is no such document."""
        return self._read.setdefault(collection, {})

    def forget(self, collections: Iterable[str]) -> None:
        """Something was written to these past their tables."""
        for name in collections:
            self.read_of(name).clear()


class MongoTable(Generic[T]):
    """See `domain.tables.Table`."""

    def __init__(self, collection: Collection[Document], of: type[T], inside: Inside | None = None) -> None:
        self._collection, self._of, self._inside = collection, of, inside
        self._session = inside.session if inside else None
        self._read: dict[str, T | None] | None = inside.read_of(collection.name) if inside else None

    def get(self, id: str) -> T:
        if (item := self.one(id=id)) is None:
            raise NotFound(f"{self._collection.name} {id}")
        return item

    def one(self, **equal: Any) -> T | None:
        if self._read is None or [*equal] != ["id"] or not isinstance(equal["id"], str):
            return self._first(equal)
        id = equal["id"]
        if id not in self._read:
            self._read[id] = self._first(equal)
        return self._read[id]

    def _first(self, equal: Mapping[str, Any]) -> T | None:
        found = self._collection.find_one(_filter(equal), session=self._session)
        return self._value(found) if found else None

    def find(self, *, sort: str = "id", limit: int = 0, **equal: Any) -> list[T]:
        order = -1 if sort.startswith("-") else 1
        found = self._collection.find(_filter(equal), session=self._session)
        return [self._value(each) for each in found.sort(_stored(sort.removeprefix("-")), order).limit(limit)]

    def some(self, most: int = SHOWN_MAX, *, past: str = "", sort: str = "id", **equal: Any) -> Some[T]:
        if not past:
            found = self.find(sort=sort, limit=most + 1, **equal)
            return Some(found[:most], more=len(found) > most)
        field, order = _stored(sort.removeprefix("-")), -1 if sort.startswith("-") else 1
        shown = self._collection.find_one({"_id": past}, {field: 1}, session=self._session) or {}
        wanted, value = _filter(equal), shown.get(field)
        if value is not None:
            wanted = {"$and": [wanted, {field: {"$lte" if order < 0 else "$gte": value}}]}
        # Of those with the same value an index has them always in the same order: those before it were shown.
        behind: list[Document] = []
        with self._collection.find(wanted, session=self._session).sort(field, order).batch_size(most + 2) as rows:
            for each in rows:
                behind.append(each)
                if each["_id"] == past:
                    behind.clear()
                elif len(behind) > most and each.get(field) != value:
                    break
        return Some([self._value(each) for each in behind[:most]], more=len(behind) > most)

    def keyset(self, sort: str, limit: int, past: tuple[Any, str] | None, **equal: Any) -> list[T]:
        field, order = sort.removeprefix("-"), -1 if sort.startswith("-") else 1
        wanted = _filter(equal)
        if past is not None:
            value, id = past
            beyond = "$lt" if order < 0 else "$gt"
            # The field is bounded once more, for the index.
            wanted[field] = {f"{beyond}e": value}
            wanted["$or"] = [{field: {beyond: value}}, {field: value, "_id": {beyond: id}}]
        found = self._collection.find(wanted, session=self._session)
        return [self._value(each) for each in found.sort([(field, order), ("_id", order)]).limit(limit)]

    def each(self, **equal: Any) -> Iterator[T]:
        found = self._collection.find(_filter(equal), session=self._session).sort("_id", 1)
        with found.batch_size(_AT_ONCE):
            for each in found:
                yield self._value(each)

    def readable(self, told: Callable[[Unreadable], None]) -> list[T]:
        """All of them but those that cannot be read, which are told: for what does without some of them."""
        values = []
        for each in self._collection.find(session=self._session):
            try:
                values.append(self._value(each))
            except Unreadable as error:
                told(error)
        return values

    def due(self, now: datetime, limit: int, *, sort: str = "next_at", **equal: Any) -> list[str]:
        come: Document = {"next_at": {"$not": {"$gt": now}} if equal else _until(now)}
        found = self._collection.find({**_filter(equal), **come}, {"_id": 1}, session=self._session)
        return [each["_id"] for each in found.sort(_stored(sort), 1).limit(limit)]

    def oldest_due(self, now: datetime, **equal: Any) -> datetime | None:
        """Since when the longest waiting of those has waited whose time has come; None when there is none."""
        come: Document = {**_filter(equal), "next_at": _until(now)}
        found = self._collection.find(come, {"next_at": 1}).sort("next_at", 1).limit(1)
        return next((each["next_at"] for each in found), None)

    def put_off(self, id: str, at: datetime) -> bool:
        """
        Have `due` name it from then on and no sooner, whatever else is in it. False when there is nothing to do:
        it is gone, or it is done and has no time of its own any more.
        """
        waits: Document = {"_id": id}
        if "next_at" in self._of.__annotations__:
            waits["next_at"] = {"$type": "date"}
        self._written(id)
        return self._collection.update_one(waits, {"$set": {"next_at": at}}).matched_count > 0

    def ids(self, **equal: Any) -> list[str]:
        found = self._collection.find(_filter(equal), {"_id": 1}, session=self._session)
        return [each["_id"] for each in found]

    def count(self, **equal: Any) -> int:
        return self._collection.count_documents(_filter(equal), session=self._session)

    def among(self, ids: Sequence[str]) -> list[T]:
        if not ids:
            return []
        return [self._value(each) for each in self._collection.find({"_id": {"$in": ids}}, session=self._session)]

    def insert(self, item: T) -> None:
        document = to_document(item)
        if self._is_alone(document):
            self._in_step(lambda table: table.insert(item))
            return
        self._written(document["_id"])
        self._concerns(document)
        try:
            self._collection.insert_one(document, session=self._session)
        except DuplicateKeyError as error:
            raise Duplicate(self._collection.name) from error

    def insert_all(self, items: Sequence[T]) -> None:
        documents = [to_document(item) for item in items]
        if documents and self._is_alone(documents[0]):
            self._in_step(lambda table: table.insert_all(items))
            return
        self._written(*(each["_id"] for each in documents))
        for each in documents:
            self._concerns(each)
        try:
            if documents:
                self._collection.insert_many(documents, session=self._session)
        except BulkWriteError as error:
            if any(each["code"] == _DUPLICATE_KEY for each in error.details["writeErrors"]):
                raise Duplicate(self._collection.name) from error
            raise

    def change(self, id: str, *, when: Mapping[str, Any] | None = None, **fields: Any) -> T | None:
        if self._is_alone(fields):
            return self._in_step(lambda table: table.change(id, when=when, **fields))
        if not is_quiet(self._collection.name, fields):
            self._moves(id, fields)
        self._written(id)
        try:
            found = self._collection.find_one_and_update(
                {"_id": id, **as_filter(when or {})},
                {"$set": to_fields(fields)},
                return_document=ReturnDocument.AFTER,
                session=self._session,
            )
        except DuplicateKeyError as error:
            raise Duplicate(self._collection.name) from error
        if found and not is_quiet(self._collection.name, fields):
            self._concerns(found)
        return self._value(found) if found else None

    def remove(self, id: str, *, when: Mapping[str, Any]) -> None:
        self._written(id)
        self._collection.delete_one({"_id": id, **as_filter(when)}, session=self._session)

    def count_up(self, id: str, field: str) -> int:
        if self._is_alone((field,)):
            return self._in_step(lambda table: table.count_up(id, field))
        self._written(id)
        found = self._collection.find_one_and_update(
            {"_id": id}, {"$inc": {field: 1}}, return_document=ReturnDocument.AFTER, session=self._session
        )
        if found is None:
            raise NotFound(f"{self._collection.name} {id}")
        if not is_quiet(self._collection.name, (field,)):
            self._concerns(found)
        return int(found[field])

    def _is_alone(self, fields: Iterable[str]) -> bool:
        """Whether a write of these changes a stamp, and there is no transaction that would."""
        return self._inside is None and not is_quiet(self._collection.name, fields)

    def _in_step(self, write: Callable[["MongoTable[T]"], R]) -> R:
        """A write outside of any transaction, and the stamps that it changes, in one of their own."""

        def inside(session: ClientSession) -> R:
            bound = Inside(session)
            done = write(MongoTable(self._collection, self._of, bound))
            restamp(self._collection.database, session, bound.concerned)
            return done

        with self._collection.database.client.start_session() as session:
            return session.with_transaction(inside, **DURABLY)

    def _concerns(self, document: Mapping[str, object]) -> None:
        """Whom it concerns, from now on cannot go on from what was kept."""
        if self._inside:
            self._inside.concerned.update(concerned_by(self._collection.name, document))

    def _moves(self, id: str, fields: Mapping[str, Any]) -> None:
        """One that passes from somebody to somebody else concerns both of them."""
        if not CONCERNS[self._collection.name].keys().isdisjoint(fields):
            self._concerns(self._collection.find_one({"_id": id}, session=self._session) or {})

    def _written(self, *ids: str) -> None:
        """What was read of these is not what is there any more."""
        if self._read:
            for id in ids:
                self._read.pop(id, None)

    def _value(self, document: Document) -> T:
        id = document["_id"]
        try:
            lift(self._of, document)
            document["id"] = document.pop("_id")
            value = msgspec.convert(document, self._of, dec_hook=text_as_fraction)
        except (msgspec.ValidationError, *_NOT_LIFTED) as error:
            raise Unreadable(f"{self._collection.name} {id}: {type(error).__name__}: {error}") from error
        if self._read is not None:
            self._read[id] = value
        return value


class MongoPayments(MongoTable[Payment]):
    """See `domain.tables.Payments`."""

    def claim(self, id: str, now: datetime) -> Payment | None:
        found = self._collection.find_one_and_update(
            {"_id": id, "next_at": {"$lte": now}},
            {"$set": {"next_at": now + PAYMENT_CLAIM}},
            return_document=ReturnDocument.AFTER,
        )
        return self._value(found) if found else None

    def asked_since(self, person: str, since: datetime) -> int:
        wanted = {"asked_by": person, "created_at": {"$gte": since}}
        # A few at most, since there may be no more in an hour: to read their ids is cheaper than to count.
        return len(list(self._collection.find(wanted, {"_id": 1}, session=self._session)))

    def open_of(self, person: str) -> list[Payment]:
        return self.find(person=person, state=list(OPEN))

    def open_by_state(self) -> Mapping[str, tuple[int, datetime]]:
        """Of those that are not ended, by state: how many there are, and when the oldest was made."""
        sums: Document = {"_id": "$state", "count": {"$sum": 1}, "oldest": {"$min": "$created_at"}}
        found = self._collection.aggregate([{"$match": {"next_at": _DATE}}, {"$group": sums}])
        return {each["_id"]: (each["count"], each["oldest"]) for each in found}


class MongoNotices(MongoTable[Notice]):
    """See `domain.tables.Notices`."""

    def __init__(self, collection: Collection[Document], inside: Inside | None = None) -> None:
        super().__init__(collection, Notice, inside)
        self._at_end = inside.notices if inside else None

    def insert(self, item: Notice) -> None:
        if self._at_end is None:
            super().insert(item)
        else:
            self._at_end.append(item)

    def due_of(self, *, bulk: bool, now: datetime, limit: int) -> list[str]:
        """The ids of those whose time has come, the longest waiting first; those of before are not `bulk`."""
        which = True if bulk else {"$in": [False, None]}
        found = self._collection.find({"bulk": which, "next_at": _until(now)}, {"_id": 1})
        return [each["_id"] for each in found.sort("next_at", 1).limit(limit)]

    def claim(self, id: str, now: datetime) -> Notice | None:
        found = self._collection.find_one_and_update(
            {"_id": id, "next_at": {"$lte": now}},
            {"$set": {"state": "sending", "next_at": now + NOTICE_CLAIM}, "$inc": {"attempts": 1}},
        )
        if found is None:
            return None
        before = self._value(found)
        return replace(before, attempts=before.attempts + 1)

    def change_waiting(self, broadcast: str, **fields: Any) -> None:
        if self._read:
            self._read.clear()
        waits = {"broadcast": broadcast, "state": "queued"}
        self._collection.update_many(waits, {"$set": to_fields(fields)}, session=self._session)

    def tally(self, broadcast: str) -> Mapping[tuple[NoticeState, WhyUnsent], int]:
        same = {"state": "$state", "why": "$why"}
        steps: list[Document] = [
            {"$match": {"broadcast": broadcast}},
            {"$group": {"_id": same, "count": {"$sum": 1}}},
        ]
        found = self._collection.aggregate(steps, session=self._session)
        return {(each["_id"]["state"], each["_id"]["why"]): each["count"] for each in found}

    def tallies(self, broadcasts: Sequence[str]) -> Mapping[tuple[str, NoticeState], int]:
        each = {"broadcast": "$broadcast", "state": "$state"}
        steps: list[Document] = [
            {"$match": {"broadcast": {"$in": list(broadcasts), "$gt": ""}}},
            {"$group": {"_id": each, "count": {"$sum": 1}}},
        ]
        found = self._collection.aggregate(steps, session=self._session)
        return {(each["_id"]["broadcast"], each["_id"]["state"]): each["count"] for each in found}

    def broadcasts_to(self, people: Sequence[str], since: datetime) -> Mapping[str, int]:
        sent: Document = {
            "person": {"$in": list(people)},
            "broadcast": {"$gt": ""},
            "created_at": {"$gte": since},
            "state": {"$nin": ["skipped", "failed"]},
        }
        steps: list[Document] = [{"$match": sent}, {"$group": {"_id": "$person", "count": {"$sum": 1}}}]
        found = self._collection.aggregate(steps, session=self._session)
        return {each["_id"]: each["count"] for each in found}


class MongoAudit(MongoTable[AuditEntry]):
    """See `domain.tables.Audit`."""

    def put_in_chain(self, entries: Sequence[AuditEntry]) -> None:
        writes = [
            UpdateOne({"_id": each.id}, {"$set": {"seq": each.seq, "previous": each.previous, "seal": each.seal}})
            for each in entries
        ]
        self._written(*(each.id for each in entries))
        self._collection.bulk_write(writes, session=self._session)


class MongoPapers(MongoTable[Paper]):
    """See `domain.tables.Papers`."""

    def claim(self, id: str, now: datetime) -> Paper | None:
        found = self._collection.find_one_and_update(
            {"_id": id, "next_at": {"$lte": now}},
            {"$set": {"next_at": now + PAPER_CLAIM}, "$inc": {"attempts": 1}},
            return_document=ReturnDocument.AFTER,
        )
        return self._value(found) if found else None


# An index of only those with a date is used for a query that says so: that a date is asked for does not do.
_DATE: Final[Document] = {"$type": "date"}


def _until(now: datetime) -> Document:
    return {"$lte": now, **_DATE}


def _stored(field: str) -> str:
    return "_id" if field == "id" else field


def as_filter(when: Mapping[str, Any]) -> Document:
    """How a document must be for a change of it, as a query."""
    return _filter(to_fields(when))


def _filter(equal: Mapping[str, Any]) -> Document:
    return {_stored(name): _condition(value) for name, value in equal.items()}


def _condition(value: Any) -> Any:
    if isinstance(value, Between):
        typed = _DATE if isinstance(value.last, datetime) else {}
        return {"$gte": value.first, "$lte": value.last, **typed}
    if isinstance(value, After):
        return {"$gt": value.value}
    if isinstance(value, Before):
        return {"$lt": value.value}
    if isinstance(value, list | tuple):
        return {"$in": [_literal(each) for each in value]}
    # A document is compared with as it is: what is in it is never a condition of its own.
    return value if isinstance(value, _PLAIN) else {"$eq": value}


def _literal(value: Any) -> Any:
    """One of several values that are asked for. Raises TypeError for what could be a condition."""
    if isinstance(value, _PLAIN):
        return value
    raise TypeError(f"{type(value).__name__} is no value that is asked for")
