"""The collections there are, and an index for every query that is made of them."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

import pymongo
from pymongo import IndexModel
from pymongo.database import Database
from pymongo.errors import CollectionInvalid, OperationFailure

from domain.errors import StoreError
from domain.mongo.layout import Document

_DAY_SECONDS: Final = 24 * 3600


def _by(*fields: str, **options: Any) -> IndexModel:
    return IndexModel([(field, 1) for field in fields], **options)


def _only(where: Document, *fields: str, **options: Any) -> IndexModel:
    """Of the documents that something looks for: it stays small whatever the history."""
    return _by(*fields, partialFilterExpression=where, **options)


_DUE: Final = _only({"next_at": {"$type": "date"}}, "next_at")

# Payments that no list of a provider was seen to have.
_ON_NO_LIST: Final[Document] = {"reconciled": False, "way": "mobile_money", "state": "succeeded"}
_OVER: Final = _by("until", expireAfterSeconds=0)

# Figures of a group that were worked out once.
_WORKED_OUT: Final[Document] = {"currency": {"$gt": ""}}

INDEXES: Final[Mapping[str, Sequence[IndexModel]]] = {
    # The heads of the books: what all groups have with a provider is summed over them.
    "accounts": (_only({"currency": {"$gt": ""}}, "currency"),),
    "addresses": (
        _by("person", "linked_at"),
        _only({"alias": {"$gt": ""}}, "alias"),
        _only({"before": {"$gt": ""}}, "before"),
    ),
    "answered": (_by("at", expireAfterSeconds=30 * _DAY_SECONDS),),
    # One that is over is kept for a year, so that a list says which there were.
    "api_tokens": (_by("shown", unique=True), _by("made_at"), _by("until", expireAfterSeconds=365 * _DAY_SECONDS)),
    # Of one that is under way, whoever is in it finds it.
    "arrivals": (
        _by("persons", "state", "at"),
        _by("state", "at"),
        _only({"book.agent": {"$gt": ""}}, "book.agent", "state", "at"),
        _DUE,
    ),
    "attendance": (_by("group", "person", "cycle", "presence"), _by("group", "day")),
    # A place in the chain is one line's.
    "audit": (
        _only({"seq": {"$gt": 0}}, "seq", unique=True),
        _only({"seq": 0}, "seq", "_id"),
        _only({"about": {"$gt": ""}}, "about", "_id"),
        _only({"group": {"$gt": ""}}, "group", "_id"),
        _by("by", "_id"),
    ),
    "audit_heads": (),
    "broadcasts": (
        _by("group", "created_at", "_id"),
        _by("created_at"),
        _only({"state": "repeating"}, "group"),
        _DUE,
    ),
    # What operators did about a payment, by its id.
    "cases": (),
    # Those that wait for somebody, a page at a time.
    "differences": (_by("state", "at", "_id"),),
    "codes": (_by("address"), _by("phone"), _by("at", expireAfterSeconds=3600)),
    # A repeated command comes within a session; thirty days is a wide margin.
    "commands": (_by("at", expireAfterSeconds=30 * _DAY_SECONDS),),
    "consents": (_by("person", "purpose"),),
    "constitutions": (_by("group", "version"),),
    "contests": (_by("group", "state", "at"),),
    "declarations": (_by("group", "year"), _DUE),
    # One document: how the service is run.
    "deployment": (),
    "digests": (_DUE,),
    "early_reports": (_by("at", expireAfterSeconds=3600),),
    # One entry for a reference; a book's and a member's by date. Entries in order are found by their ids.
    "entries": (
        _by("book", "reference", unique=True),
        _by("book", "at", "seq"),
        _by("book", "postings.member", "at", "seq"),
    ),
    # Of each group one, and one for each of its days; the orders are those of the operator's list.
    "figures": (
        _DUE,
        _only(_WORKED_OUT, "currency"),
        _only(_WORKED_OUT, "sought", "_id"),
        _only(_WORKED_OUT, "code"),
        IndexModel([("late", -1), ("_id", 1)], partialFilterExpression=_WORKED_OUT),
        _only(_WORKED_OUT, "last_met", "_id"),
        _only(_WORKED_OUT, "worst", "_id"),
        IndexModel([("figures.members", -1), ("_id", 1)], partialFilterExpression=_WORKED_OUT),
    ),
    # What was sent to us and what was asked for, for some days: it says itself when it is over.
    "exports": (_by("by", "at"), _DUE, _OVER),
    "file_parts": (_by("file"), _OVER),
    "fines": (_by("group", "person", "state"), _by("group", "state", "at")),
    # Those who were forgotten, by their ids.
    "forgotten": (),
    "grants": (_by("group", "state", "at"),),
    # Reminders: one that has no `next_at` yet is due too, so this index has them all.
    "group_days": (_by("group", "day"),),
    # What an agent sees is read from the index alone, at each of their requests.
    "groups": (
        _by("code", unique=True),
        _by("books", "_id"),
        _by("kind", "next_at"),
        _only({"agent": {"$gt": ""}}, "agent", "_id"),
        _only({"programme": {"$gt": ""}}, "programme", "_id"),
    ),
    # A receipt is found by its id.
    "inbound": (
        _by("rail", "at"),
        _by("said_by", "rail", "came_at"),
        _only({"state": "unidentified"}, "group", "at"),
        _only({"person": {"$gt": ""}}, "person"),
        _only({"words_until": {"$type": "date"}}, "words_until"),
        _DUE,
    ),
    "incidents": (_by("ended_at", "began_at"),),
    "invitations": (_by("by", "at"), _only({"phone": {"$gt": ""}}, "phone")),
    "leases": (),
    # Those of a group in their order are found by their ids.
    "letters": (_by("group", "words", "place"), _by("until", expireAfterSeconds=0), _DUE),
    "limits": (_by("until", expireAfterSeconds=0),),
    "loans": (
        _by("person", "group", "state"),
        _by("group", "state", "asked_at"),
        _by("group", "state", "oldest_unpaid"),
        _by("group", "_id"),
        _by("guarantees.person", "state"),
        _only({"state": "submitted"}, "asked_at"),
    ),
    "meetings": (_by("group", "day"),),
    "memberships": (
        _by("person", "asked_at"),
        _by("group", "status", "asked_at"),
        _by("group", "number"),
        _by("group", "role", "status"),
        _only({"no_phone": True}, "group", "status"),
        _only({"muted_until": {"$type": "date"}}, "group", "muted_until"),
    ),
    "notices": (
        _only({"next_at": {"$type": "date"}}, "bulk", "next_at"),
        _only({"provider_id": {"$gt": ""}}, "provider_id"),
        _only({"broadcast": {"$gt": ""}}, "broadcast", "state", "why"),
        _only({"broadcast": {"$gt": ""}}, "person", "created_at"),
        _only({"person": {"$gt": ""}}, "person", "created_at", name="of_person"),
        _only({"to": {"$gt": ""}}, "to"),
        # Those whose words are still kept.
        _only({"values": {"$gt": {}}}, "created_at", name="words_kept"),
    ),
    "paid": (_by("group", "meeting"),),
    # A file that was sent is of no use here: it is made anew when it is asked for again.
    "papers": (_DUE, _by("created_at", expireAfterSeconds=30 * _DAY_SECONDS)),
    "payments": (
        # What a provider did once is posted once, whatever it says.
        _only({"provider_id": {"$gt": ""}}, "provider", "provider_id", unique=True),
        _only({"provider_key": {"$gt": ""}}, "provider", "provider_key", unique=True),
        _only(_ON_NO_LIST, "provider", "created_at", name="to_reconcile"),
        _by("asked_by", "created_at"),
        _by("person", "state"),
        _by("person", "created_at", "_id"),
        _by("group", "direction", "meeting"),
        _by("group", "state"),
        _only({"way": "mobile_money"}, "ref"),
        _only({"needs_person": True}, "needs_person", "created_at"),
        _DUE,
    ),
    # A seat at a number is one person's; of those who have none there are many.
    "people": (
        _only({"phone": {"$gt": ""}}, "phone", "seat", name="seat_held", unique=True),
        _only({"phone_before": {"$gt": ""}}, "phone_before"),
        _only({"email": {"$gt": ""}}, "email"),
    ),
    # What was confirmed is a loan; what was not is of no use after its time.
    "prepared_loans": (_by("person", "state", "until"), _by("until", expireAfterSeconds=30 * _DAY_SECONDS)),
    "programmes": (_by("code", unique=True),),
    "proposals": (
        _by("group", "state", "created_at"),
        _only({"state": "open"}, "expires_at"),
        _only({"lapses_at": {"$type": "date"}}, "lapses_at"),
    ),
    "provider_ids": (),
    "receipts": (),
    "reminder_rounds": (_DUE, _by("at", expireAfterSeconds=30 * _DAY_SECONDS)),
    "referral_codes": (_by("group", "by", "at"),),
    "referrals": (_by("by", "state"), _by("by", "at", "_id"), _by("at"), _DUE),
    "rotas": (),
    # What operations did; some a day, and kept. What providers are asked each hour is not.
    "runs": (
        _by("kind", "began_at"),
        _by("kind", "ok", "ended_at"),
        _only(
            {"kind": {"$in": ["balance", "reconcile"]}},
            "began_at",
            name="asked_of_providers",
            expireAfterSeconds=90 * _DAY_SECONDS,
        ),
    ),
    # How far the database has come: a document for each step.
    "schema": (),
    "share_outs": (),
    "staff": (_by("email", unique=True), _only({"code": {"$gt": ""}}, "code", unique=True)),
    "stamps": (),
    "stuck": (_by("since"),),
    # A key that is gone makes its digest say nothing: nobody keeps either for longer.
    "tombstones": (_by("until", expireAfterSeconds=0),),
    # Those of an upload are a range of ids.
    "upload_findings": (_OVER,),
    "upload_groups": (_OVER,),
    "uploads": (_by("by", "at"), _DUE, _OVER),
    "web_sessions": (_by("owner", "of", "began_at"), _by("until", expireAfterSeconds=7 * _DAY_SECONDS)),
}

COLLECTIONS: Final = tuple(INDEXES)

# Indexes of versions before that would refuse what may be written now, or that others do the work of.
_GONE: Final[Mapping[str, Sequence[str]]] = {
    "broadcasts": ("group_1_created_at_1",),
    "payments": ("person_1_created_at_1",),
    "notices": ("next_at_1",),
    "people": ("phone_1", "phone_held"),
}
_NO_SUCH_INDEX: Final = 27
_NAMESPACE_EXISTS: Final = 48


# Longer than an index takes; no longer than somebody waits for a start that hangs.
MAKING_SECONDS: Final = 1800


class IndexNotMade(StoreError):
    """What is stored does not allow an index, or the server does not; the message names it."""


def prepare(database: Database[Document]) -> None:
    """
    Create what is missing: collections, so that no transaction has to, and indexes. Drop those of before.

    An index of a collection with years in it takes minutes, whatever a query may take: the limit is its own.
    Raises IndexNotMade, and what the driver raises.
    """
    with pymongo.timeout(MAKING_SECONDS):
        _prepare(database)


def _prepare(database: Database[Document]) -> None:
    for name in set(COLLECTIONS) - set(database.list_collection_names()):
        try:
            database.create_collection(name)
        except CollectionInvalid:
            continue  # another process starts at the same time
        except OperationFailure as error:
            if error.code != _NAMESPACE_EXISTS:  # the same, a moment later
                raise
    for name, indexes in INDEXES.items():
        try:
            if indexes:
                database[name].create_indexes(list(indexes))
        except OperationFailure as error:
            if error.timeout:
                raise
            why = (error.details or {}).get("codeName", f"code {error.code}")
            raise IndexNotMade(f"an index of the collection {name} cannot be made: {why}") from error
    # After those that take their place: at no moment is a seat not one person's. Only what is there is dropped:
    # the command waits for every open transaction, a killed process's too, and all others wait behind it.
    for name, gone in _GONE.items():
        for index in {*gone} & {each["name"] for each in database[name].list_indexes()}:
            _drop(database, name, index)


def _drop(database: Database[Document], collection: str, index: str) -> None:
    try:
        database[collection].drop_index(index)
    except OperationFailure as error:
        if error.code != _NO_SUCH_INDEX:
            raise
