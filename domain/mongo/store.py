"""Everything durable, in one MongoDB database: the one place that opens it."""

import uuid
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager, suppress
from datetime import UTC, datetime
from typing import Any, TypeVar

import pymongo
from pymongo import InsertOne, MongoClient, UpdateOne
from pymongo.client_session import ClientSession
from pymongo.database import Database
from pymongo.errors import CollectionInvalid
from pymongo.monitoring import CommandListener as CommandListener
from pymongo.read_concern import ReadConcern
from pymongo.write_concern import WriteConcern

from domain.addresses import Address, SentCode
from domain.groups import Group, Paid
from domain.ledger import Draft, Entry
from domain.members import Membership, Person
from domain.mongo.books import Books, Unit, Write
from domain.mongo.layout import Document
from domain.mongo.tables import MongoNotices, MongoPayments, MongoTable, to_document, to_fields
from domain.outbox import Notice
from domain.payments import Payment
from domain.pins import PinHasher
from domain.store import Done, Effects, ProviderId, Store

R = TypeVar("R")

COLLECTIONS = (
    "accounts", "addresses", "codes", "commands", "entries", "groups", "memberships", "notices", "paid",
    "payments", "people", "provider_ids",
)  # fmt: skip


def utc_now() -> datetime:
    """This moment, to the millisecond that the store keeps."""
    now = datetime.now(UTC)
    return now.replace(microsecond=now.microsecond // 1000 * 1000)


class MongoStore:
    """See `domain.store.Store`. One for all threads; inside a transaction, one that is bound to its session."""

    def __init__(
        self,
        database: Database[Document],
        books: Books,
        pins: PinHasher,
        payable: frozenset[str],
        channel_titles: Mapping[str, str],
        clock: Callable[[], datetime],
        session: ClientSession | None = None,
    ) -> None:
        self.database, self.books, self.pins, self.now = database, books, pins, clock
        self.payable, self.channel_titles = payable, channel_titles
        self._session = session
        self.people = MongoTable(database["people"], Person, session)
        self.groups = MongoTable(database["groups"], Group, session)
        self.memberships = MongoTable(database["memberships"], Membership, session)
        self.payments = MongoPayments(database["payments"], Payment, session)
        self.notices = MongoNotices(database["notices"], Notice, session)
        self.commands = MongoTable(database["commands"], Done, session)
        self.addresses = MongoTable(database["addresses"], Address, session)
        self.codes = MongoTable(database["codes"], SentCode, session)
        self.provider_ids = MongoTable(database["provider_ids"], ProviderId, session)

    def new_id(self) -> str:
        return str(uuid.uuid4())

    def paid(self, person: str, meetings: Mapping[str, str]) -> Mapping[str, Paid]:
        ids = {_paid_id(group, person, meeting): group for group, meeting in meetings.items()}
        found = self.database["paid"].find({"_id": {"$in": list(ids)}}, session=self._session)
        sums = {ids[each["_id"]]: Paid(each["shares"], each["social"]) for each in found}
        return {group: sums.get(group, Paid()) for group in meetings}

    def post(self, draft: Draft, effects: Effects) -> Entry:
        return self.books.post(Unit(draft, tuple(_writes(draft.book, effects))))

    def within(self, seconds: float) -> AbstractContextManager[object]:
        return pymongo.timeout(max(seconds, 0.001))

    def transaction(self, work: Callable[[Store], R]) -> R:
        def inside(session: ClientSession) -> R:
            return work(self._bound(self.now, session))

        with self.database.client.start_session() as session:
            return session.with_transaction(
                inside, read_concern=ReadConcern("snapshot"), write_concern=WriteConcern("majority", j=True)
            )

    def forget_provider_ids(self) -> None:
        """What was made at a provider is no longer there."""
        self.database["provider_ids"].delete_many({})

    def ping(self) -> None:
        """Raises what the driver raises when the store is away."""
        self.database.command("ping")

    def at(self, clock: Callable[[], datetime]) -> "MongoStore":
        """The same store by another clock: what is written is of that time."""
        return self._bound(clock, None)

    def _bound(self, clock: Callable[[], datetime], session: ClientSession | None) -> "MongoStore":
        return MongoStore(self.database, self.books, self.pins, self.payable, self.channel_titles, clock, session)

    def close(self) -> None:
        """Post what waits, then let the connections go."""
        self.books.close()
        self.database.client.close()


def open_store(
    uri: str,
    database: str,
    *,
    pins: PinHasher,
    replica_set: str = "",
    payable: frozenset[str] = frozenset(),
    channel_titles: Mapping[str, str] | None = None,
    clock: Callable[[], datetime] = utc_now,
    pool_size: int = 20,
    timeout_seconds: float = 15,
    listeners: Sequence[CommandListener] = (),
) -> MongoStore:
    """Connect, and make sure that collections and indexes are there."""
    client: MongoClient[Document] = MongoClient(
        uri,
        tz_aware=True,
        maxPoolSize=pool_size,
        timeoutMS=int(timeout_seconds * 1000),
        connectTimeoutMS=2000,
        heartbeatFrequencyMS=2000,
        w="majority",
        journal=True,
        readConcernLevel="majority",
        event_listeners=listeners,
        replicaSet=replica_set or None,
    )
    opened = client[database]
    prepare(opened)
    return MongoStore(opened, Books(client, opened), pins, payable, channel_titles or {}, clock)


def prepare(database: Database[Document]) -> None:
    """Create what is missing: collections, so that no transaction has to, and an index for every query."""
    for name in set(COLLECTIONS) - set(database.list_collection_names()):
        with suppress(CollectionInvalid):  # another process starts at the same time
            database.create_collection(name)
    Books.create_indexes(database)
    database["people"].create_index("phone", unique=True)
    database["groups"].create_index("code", unique=True)
    database["memberships"].create_index([("person", 1), ("asked_at", 1)])
    database["memberships"].create_index([("group", 1), ("status", 1), ("asked_at", 1)])
    database["payments"].create_index([("person", 1), ("created_at", 1)])
    database["payments"].create_index([("person", 1), ("state", 1)])
    # Only what somebody has to look at is in these: they stay small whatever the history.
    for name in ("payments", "notices"):
        waiting = {"next_at": {"$type": "date"}}
        database[name].create_index("next_at", partialFilterExpression=waiting)
    database["notices"].create_index("provider_id", partialFilterExpression={"provider_id": {"$gt": ""}})
    database["addresses"].create_index([("person", 1), ("linked_at", 1)])
    database["addresses"].create_index("alias", partialFilterExpression={"alias": {"$gt": ""}})
    for name in ("address", "phone"):
        database["codes"].create_index(name)
    database["codes"].create_index("at", expireAfterSeconds=3600)
    # A repeated command comes within a session; thirty days is a wide margin.
    database["commands"].create_index("at", expireAfterSeconds=30 * 24 * 3600)


def _paid_id(group: str, person: str, meeting: str) -> str:
    return f"{group}:{person}:{meeting}"


def _writes(group: str, effects: Effects) -> list[Write]:
    writes: list[Write] = []
    if effects.paid:
        person, meeting, paid = effects.paid
        change: Any = {
            "$inc": {"shares": paid.shares, "social": paid.social},
            "$setOnInsert": {"group": group, "person": person, "meeting": meeting},
        }
        writes.append(Write("paid", UpdateOne({"_id": _paid_id(group, person, meeting)}, change, upsert=True)))
    if effects.payment:
        id, fields = effects.payment
        writes.append(Write("payments", UpdateOne({"_id": id}, {"$set": to_fields(fields)})))
    writes.extend(Write("notices", InsertOne(to_document(notice))) for notice in effects.notices)
    return writes
