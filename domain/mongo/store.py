"""Everything durable, in one MongoDB database: the one place that opens it."""

import uuid
from collections import Counter
from collections.abc import Callable, Collection, Mapping, Sequence
from contextlib import AbstractContextManager, ExitStack
from datetime import datetime
from functools import cached_property
from typing import Any, Final, Generic, TypeVar

import pymongo
from pymongo import InsertOne, MongoClient, UpdateOne
from pymongo.client_session import ClientSession
from pymongo.collection import Collection as MongoCollection
from pymongo.database import Database
from pymongo.errors import ConnectionFailure, OperationFailure, PyMongoError
from pymongo.monitoring import CommandListener as CommandListener
from pymongo.monitoring import ConnectionPoolListener

from domain.books.ledger import Draft, Entry
from domain.money import COUNTRIES
from domain.mongo.books import BooksUnavailable, MongoBooks, NothingMatched, Unit, UnitRefused, ValueTaken, Write
from domain.mongo.clock import StoreClock as StoreClock
from domain.mongo.clock import utc_now as utc_now
from domain.mongo.deployment import LastSeen, MongoDeployment
from domain.mongo.figures import MongoFigures
from domain.mongo.file_parts import MongoFileParts
from domain.mongo.fit import check_fit, try_transaction
from domain.mongo.indexes import COLLECTIONS as COLLECTIONS
from domain.mongo.indexes import prepare
from domain.mongo.layout import Document
from domain.mongo.limits import MongoLimits
from domain.mongo.migrations import STEPS
from domain.mongo.migrations.schema import check_schema, mark_new
from domain.mongo.stamps import read_stamps, restamp
from domain.mongo.stuck import MongoStuck
from domain.mongo.tables import (
    DURABLY,
    Inside,
    MongoAudit,
    MongoNotices,
    MongoPapers,
    MongoPayments,
    MongoTable,
    as_filter,
    to_document,
    to_fields,
)
from domain.records.account import StaffAccount
from domain.records.api_token import ApiToken
from domain.records.arrival import Arrival
from domain.records.asked_export import AskedExport
from domain.records.audit import AuditEntry, AuditHead
from domain.records.broadcast import Broadcast
from domain.records.case import Case
from domain.records.chat import Address, SentCode
from domain.records.consent import Consent
from domain.records.contest import Contest
from domain.records.difference import Difference
from domain.records.dividend import Declaration
from domain.records.figures import GroupDay, GroupNow
from domain.records.forgotten import Forgotten, Tombstone
from domain.records.grant import Grant
from domain.records.group import Adopted, Group, Paid
from domain.records.inbound import Inbound
from domain.records.incident import Incident
from domain.records.invitation import Invitation
from domain.records.letter import Letter
from domain.records.loan import Loan
from domain.records.meeting import Attendance, Fine, Meeting
from domain.records.notice import Digest, EarlyReport
from domain.records.paper import Paper
from domain.records.payment import Payment
from domain.records.person import Membership, Person
from domain.records.pin import PinHasher, mark_of
from domain.records.prepared import PreparedLoan
from domain.records.programme import Programme
from domain.records.proposal import Proposal
from domain.records.receipt import Receipt
from domain.records.referral import Referral, ReferralCode
from domain.records.reminder import ReminderRound
from domain.records.rota import Rota
from domain.records.run import Run
from domain.records.session import TokenKeys, WebSession
from domain.records.share_out import ShareOut
from domain.records.stuck import Stuck
from domain.records.upload import SheetUpload, UploadFinding, UploadGroup
from domain.store import NO_EFFECTS, Changed, Duplicate, Effects, MoneyProvider, Offered, PaidSpan, PaidUp, Store
from domain.tables import Answered, Done, ProviderId

T = TypeVar("T")
R = TypeVar("R")
S = TypeVar("S")

_NO_OTHER: Final[Mapping[str, int]] = {}
_NOTHING_MORE: Final = Offered()
_NO_KEYS: Final = TokenKeys()
_UNAUTHORIZED: Final = 13


def is_away(error: BaseException) -> bool:
    """Whether MongoDB was not reached or not in time: nothing says that what was asked of it cannot be done."""
    if not isinstance(error, PyMongoError):
        return isinstance(error, BooksUnavailable)
    labels = ("TransientTransactionError", "UnknownTransactionCommitResult")
    return error.timeout or isinstance(error, ConnectionFailure) or any(map(error.has_error_label, labels))


def lacks_right(error: BaseException) -> bool:
    """Whether MongoDB let us in, and this user may not do what was asked."""
    return isinstance(error, OperationFailure) and error.code == _UNAUTHORIZED


class _Part(Generic[S]):
    """A table of a store, made when it is first asked for: a transaction needs few of them."""

    def __init__(
        self, make: Callable[[MongoCollection[Document], Inside | None], S], collection: str = ""
    ) -> None:
        self._make, self._collection = make, collection

    def __set_name__(self, _owner: type, name: str) -> None:
        self._name = name
        self._collection = self._collection or name

    def __get__(self, store: "MongoStore", _owner: type) -> S:
        # From now on it stands in the store itself, where Python looks first.
        made = store.__dict__[self._name] = self._make(store.database[self._collection], store._inside)
        return made


def _table(of: type[T], collection: str = "") -> _Part[MongoTable[T]]:
    """Of one that is named as its collection, unless that has another name."""
    return _Part(lambda documents, inside: MongoTable(documents, of, inside), collection)


class MongoStore:
    """See `domain.store.Store`. One for all threads; inside a transaction, one that is bound to its session."""

    people = _table(Person)
    groups = _table(Group)
    memberships = _table(Membership)
    payments = _Part(lambda documents, inside: MongoPayments(documents, Payment, inside))
    notices = _Part(MongoNotices)
    broadcasts = _table(Broadcast)
    papers = _Part(lambda documents, inside: MongoPapers(documents, Paper, inside))
    early_reports = _table(EarlyReport)
    commands = _table(Done)
    answered = _table(Answered)
    addresses = _table(Address)
    codes = _table(SentCode)
    provider_ids = _table(ProviderId)
    consents = _table(Consent)
    constitutions = _table(Adopted)
    invitations = _table(Invitation)
    digests = _table(Digest)
    reminder_rounds = _table(ReminderRound)
    programmes = _table(Programme)
    proposals = _table(Proposal)
    meetings = _table(Meeting)
    arrivals = _table(Arrival)
    attendance = _table(Attendance)
    fines = _table(Fine)
    grants = _table(Grant)
    contests = _table(Contest)
    loans = _table(Loan)
    prepared_loans = _table(PreparedLoan)
    referral_codes = _table(ReferralCode)
    referrals = _table(Referral)
    letters = _table(Letter)
    share_outs = _table(ShareOut)
    receipts = _table(Receipt)
    rotas = _table(Rota)
    runs = _table(Run)
    declarations = _table(Declaration)
    accounts = _table(StaffAccount, "staff")
    web_sessions = _table(WebSession)
    api_tokens = _table(ApiToken)
    audit = _Part(lambda documents, inside: MongoAudit(documents, AuditEntry, inside))
    audit_heads = _table(AuditHead)
    figures = _Part(lambda documents, inside: MongoFigures(documents, GroupNow, inside))
    group_days = _table(GroupDay)
    forgotten = _table(Forgotten)
    tombstones = _table(Tombstone)
    stuck = _Part(lambda documents, inside: MongoStuck(documents, Stuck, inside))
    inbound = _table(Inbound)
    incidents = _table(Incident)
    cases = _table(Case)
    differences = _table(Difference)
    uploads = _table(SheetUpload)
    upload_findings = _table(UploadFinding)
    upload_groups = _table(UploadGroup)
    exports = _table(AskedExport)

    def __init__(
        self,
        database: Database[Document],
        books: MongoBooks,
        pins: PinHasher,
        providers: Sequence[MoneyProvider],
        channel_titles: Mapping[str, str],
        service_code: str,
        clock: Callable[[], datetime],
        inside: Inside | None = None,
        *,
        countries: Collection[str] = COUNTRIES,
        most: Mapping[str, int] = _NO_OTHER,
        offered: Offered = _NOTHING_MORE,
        token_keys: TokenKeys = _NO_KEYS,
        last_seen: LastSeen | None = None,
    ) -> None:
        self.database, self.pins, self.now = database, pins, clock
        self.offered, self.token_keys, self._last_seen = offered, token_keys, last_seen or LastSeen()
        self.countries, self._most = frozenset(countries), most
        self.books = books.within(inside.session) if inside else books
        self.providers, self.channel_titles, self.service_code = providers, channel_titles, service_code
        self._inside, self._session = inside, inside.session if inside else None

    @cached_property
    def limits(self) -> MongoLimits:
        return MongoLimits(self.database["limits"], self.now, self._most)

    @cached_property
    def deployment(self) -> MongoDeployment:
        return MongoDeployment(self.database["deployment"], self._last_seen, self._inside)

    @cached_property
    def file_parts(self) -> MongoFileParts:
        return MongoFileParts(self.database["file_parts"])

    def new_id(self) -> str:
        return str(uuid.uuid4())

    def paid(self, person: str, meetings: Mapping[str, str]) -> Mapping[str, Paid]:
        ids = {_paid_id(group, person, meeting): group for group, meeting in meetings.items()}
        found = self.database["paid"].find({"_id": {"$in": list(ids)}}, session=self._session)
        sums = {ids[each["_id"]]: _paid(each) for each in found}
        return {group: sums.get(group, Paid()) for group in meetings}

    def paid_at(self, *spans: PaidSpan) -> Mapping[tuple[str, str], Mapping[str, Paid]]:
        paid: dict[tuple[str, str], dict[str, Paid]] = {(each.group, each.person): {} for each in spans}
        if ids := [{"_id": _paid_ids(each)} for each in spans]:
            for each in self.database["paid"].find({"$or": ids}, session=self._session):
                paid[each["group"], each["person"]][each["meeting"]] = _paid(each)
        return paid

    def paid_by(self, group: str, meeting: str, people: Sequence[str]) -> Mapping[str, Paid]:
        ids = {_paid_id(group, person, meeting): person for person in people}
        found = self.database["paid"].find({"_id": {"$in": list(ids)}}, session=self._session)
        sums = {ids[each["_id"]]: _paid(each) for each in found}
        return {person: sums.get(person, Paid()) for person in people}

    def paid_up(self, group: str, meeting: str, least: Paid) -> PaidUp:
        enough = {"$and": [{"$gte": ["$shares", least.shares]}, {"$gte": ["$social", least.social]}]}
        sums = {
            "_id": None,
            "members": {"$sum": {"$cond": [enough, 1, 0]}},
            "total": {"$sum": {"$add": ["$shares", "$social", {"$ifNull": ["$credit", 0]}]}},
        }
        steps: list[Document] = [{"$match": {"group": group, "meeting": meeting}}, {"$group": sums}]
        found = list(self.database["paid"].aggregate(steps, session=self._session))
        return PaidUp(found[0]["members"], found[0]["total"]) if found else PaidUp(0, 0)

    def post(self, draft: Draft, effects: Effects = NO_EFFECTS) -> Entry:
        writes = tuple(_writes(draft.book, effects))
        if self._inside:
            self._inside.forget({each.collection for each in writes})
        try:
            return self.books.post(Unit(draft, writes))
        except (NothingMatched, ValueTaken, UnitRefused) as error:
            match error.__cause__ if isinstance(error, UnitRefused) else error:
                case NothingMatched():
                    raise Changed(draft.reference) from error
                case ValueTaken():
                    raise Duplicate(draft.reference) from error
            raise

    def within(self, seconds: float) -> AbstractContextManager[object]:
        return pymongo.timeout(max(seconds, 0.001))

    def transaction(self, work: Callable[[Store], R]) -> R:
        def inside(session: ClientSession) -> R:
            bound = Inside(session)
            tx = self._bound(self.now, bound)
            done = work(tx)
            tx.notices.insert_all(bound.notices)
            restamp(self.database, session, bound.concerned)
            return done

        with self.database.client.start_session() as session:
            return session.with_transaction(inside, **DURABLY)

    def stamps(self, scopes: Sequence[str]) -> Mapping[str, str]:
        return read_stamps(self.database, self._session, scopes)

    def forget_provider_ids(self) -> None:
        """What was made at a provider is no longer there."""
        self.database["provider_ids"].delete_many({})

    def remember_commands(self, prefix: str, at: datetime) -> None:
        """What was done by a clock of the past counts as done `at` this time: what is old is forgotten."""
        keys = {"$gte": prefix, "$lt": f"{prefix}\uffff"}
        self.database["commands"].update_many({"_id": keys, "at": {"$lt": at}}, {"$set": {"at": at}})

    def ping(self) -> None:
        """Raises what the driver raises when the store is away."""
        self.database.command("ping")

    def at(self, clock: Callable[[], datetime]) -> "MongoStore":
        """The same store by another clock: what is written is of that time."""
        return self._bound(clock, None)

    def over(self, database: Database[Document]) -> "MongoStore":
        """The same of another database of the server. Its books are closed by whoever asked for it."""
        return self._bound(self.now, None, database, MongoBooks(database.client, database))

    def _bound(
        self,
        clock: Callable[[], datetime],
        inside: Inside | None,
        database: Database[Document] | None = None,
        books: MongoBooks | None = None,
    ) -> "MongoStore":
        return MongoStore(
            self.database if database is None else database,
            books or self.books,
            self.pins,
            self.providers,
            self.channel_titles,
            self.service_code,
            clock,
            inside,
            countries=self.countries,
            most=self._most,
            offered=self.offered,
            token_keys=self.token_keys,
            last_seen=self._last_seen,
        )

    def pins_by_mark(self) -> Counter[str]:
        # In the order of an index, so that it is a walk and not a search.
        found = self.database["people"].find({}, {"_id": 0, "pin.hash": 1}, session=self._session).sort("_id", 1)
        hashes = (each["pin"]["hash"] for each in found)
        return Counter(mark_of(each) for each in hashes if each)

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
    providers: Sequence[MoneyProvider] = (),
    channel_titles: Mapping[str, str] | None = None,
    service_code: str = "",
    countries: Collection[str] = COUNTRIES,
    most: Mapping[str, int] = _NO_OTHER,
    offered: Offered = _NOTHING_MORE,
    token_keys: TokenKeys = _NO_KEYS,
    clock: Callable[[], datetime] | None = None,
    pool_size: int = 20,
    timeout_seconds: float = 15,
    listeners: Sequence[CommandListener | ConnectionPoolListener] = (),
    prepared: bool = False,
) -> MongoStore:
    """
    Connect, and make sure that collections and indexes are there, unless the store was `prepared`.

    Where no `clock` is given, it is a StoreClock. `most` is, by the name of a limit, how many uses it has here
    instead of its own.

    Raises Unfit, IndexNotMade, and what the driver raises.
    """
    clock = clock or StoreClock()
    # Not where it is not set: that would undo what the address says.
    named: dict[str, Any] = {"replicaSet": replica_set} if replica_set else {}
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
        event_listeners=[*listeners, *([clock] if isinstance(clock, StoreClock) else [])],
        **named,
    )
    opened = client[database]
    if not prepared:
        with ExitStack() as refused:
            refused.callback(client.close)
            check_fit(client)
            check_schema(opened, STEPS)
            prepare(opened)
            try_transaction(opened)
            mark_new(opened, STEPS, clock())
            refused.pop_all()  # it is fit: its connections stay
    books = MongoBooks(client, opened)
    titles = channel_titles or {}
    return MongoStore(
        opened,
        books,
        pins,
        providers,
        titles,
        service_code,
        clock,
        countries=countries,
        most=most,
        offered=offered,
        token_keys=token_keys,
    )


def _paid(document: Document) -> Paid:
    return Paid(document["shares"], document["social"], document.get("credit", 0))


def _paid_id(group: str, person: str, meeting: str) -> str:
    return f"{group}:{person}:{meeting}"


def _paid_ids(span: PaidSpan) -> Document:
    # "0" is what follows "/": the meetings of every cycle on the last day are in it.
    first, beyond = str(span.first), f"{span.last}0"
    return {"$gte": _paid_id(span.group, span.person, first), "$lt": _paid_id(span.group, span.person, beyond)}


def _writes(group: str, effects: Effects) -> list[Write]:
    writes: list[Write] = []
    if effects.paid:
        person, meeting, paid = effects.paid
        change: Any = {
            "$inc": {"shares": paid.shares, "social": paid.social, "credit": paid.credit},
            "$setOnInsert": {"group": group, "person": person, "meeting": meeting},
        }
        writes.append(Write("paid", UpdateOne({"_id": _paid_id(group, person, meeting)}, change, upsert=True)))
    for change in effects.changes:
        was = {"_id": change.id, **as_filter(change.when)}
        writes.append(Write(change.table, UpdateOne(was, {"$set": to_fields(change.fields)})))
    writes.extend(Write("notices", InsertOne(to_document(notice))) for notice in effects.notices)
    return writes
