"""
A stamp for each group and each person, which every write that concerns them changes, in the same transaction.

Whoever keeps something they worked out of the store notes the stamps before they read. While the stamps are the
same, so is what would be worked out anew. Of a book the last entry's hash is the stamp: its postings, and what is
written with them, cost nothing more.
"""

import secrets
from collections.abc import Iterable, Mapping, Sequence
from typing import Final

from pymongo import UpdateOne
from pymongo.client_session import ClientSession
from pymongo.database import Database

from domain.mongo.layout import Document

# Of the collections that are looked at: which fields of a document say whom it concerns, one or many.
CONCERNS: Final[Mapping[str, Mapping[str, str]]] = {
    "addresses": {"person": "person"},
    "arrivals": {"persons": "person"},
    "attendance": {"group": "group"},
    "consents": {"person": "person"},
    "constitutions": {"group": "group"},
    "contests": {"group": "group"},
    "fines": {"group": "group"},
    "grants": {"group": "group"},
    "groups": {"_id": "group"},
    "inbound": {"group": "group"},
    "loans": {"group": "group"},
    "memberships": {"group": "group", "person": "person"},
    "people": {"_id": "person"},
    "prepared_loans": {"group": "group", "person": "person"},
    "proposals": {"group": "group"},
}
# Written along with what they record, in a book, whose stamp is its own.
IN_BOOKS: Final = frozenset({"accounts", "entries", "paid"})
# What is kept for the program's own sake, often, and shown by nobody who keeps what they worked out.
QUIET: Final = frozenset(
    {
        *("next_at", "turns", "pin"),
        *("heard_at", "blocked", "warned", "alias"),
        *("letters", "letters_to_all", "letters_read", "letters_read_to_all"),
    }
)


def concerned_by(collection: str, document: Mapping[str, object]) -> Iterable[str]:
    """Whom a document concerns."""
    for field, kind in CONCERNS.get(collection, {}).items():
        whom = document.get(field, ())
        for each in whom if isinstance(whom, list | tuple) else (whom,):
            yield f"{kind}:{each}"


def is_quiet(collection: str, fields: Iterable[str]) -> bool:
    """Whether a write of these fields of a document changes no stamp."""
    return collection not in CONCERNS or QUIET.issuperset(fields)


def restamp(database: Database[Document], session: ClientSession, scopes: Iterable[str]) -> None:
    """Change the stamps of these, when the transaction that `session` is in is committed."""
    # No counter: a database that was restored would come to the same number again, with other things behind it.
    changes = [
        UpdateOne({"_id": scope}, {"$set": {"stamp": secrets.token_hex(8)}}, upsert=True)
        for scope in sorted(scopes)
    ]
    if changes:
        database["stamps"].bulk_write(changes, ordered=False, session=session)


def read_stamps(
    database: Database[Document], session: ClientSession | None, scopes: Sequence[str]
) -> dict[str, str]:
    """The stamps of these now, in one query."""
    books = [scope.removeprefix("group:") for scope in scopes if scope.startswith("group:")]
    heads: list[Document] = [
        {"$match": {"_id": {"$in": books}}},
        {"$project": {"_id": {"$concat": ["group:", "$_id"]}, "hash": 1}},
    ]
    steps: list[Document] = [
        {"$match": {"_id": {"$in": [*scopes]}}},
        {"$unionWith": {"coll": "accounts", "pipeline": heads}},
    ]
    found: dict[str, list[str]] = {scope: ["", ""] for scope in scopes}
    for each in database["stamps"].aggregate(steps, session=session):
        found[each["_id"]]["hash" in each] = each.get("stamp") or each["hash"]
    return {scope: ".".join(parts) for scope, parts in found.items()}
