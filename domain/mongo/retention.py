"""
How long each collection keeps what is in it, what goes then, and why: one table.

Money is never among what goes. Most of what does is forgotten by an index of the store's own; the rest by a task
of the scheduler, some hundred documents at a time.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final, Literal

from pymongo.database import Database

from domain.mongo.layout import Document
from domain.mongo.store import MongoStore
from domain.records.inbound import NO_PAYER

# By what it goes: an index of the store, a task of ours, or never.
GoesBy = Literal["index", "task", ""]


@dataclass(frozen=True, slots=True)
class Retention:
    """How `long` it is kept, in words, `what` goes then, "" for nothing, and `why` it is kept so long."""

    by: GoesBy
    long: str
    what: str
    why: str


def _books(why: str) -> Retention:
    return Retention("", "for good", "", why)


_GROUPS: Final = "what the group agreed to, and its members act on; it names people by their ids"
_BOOKS: Final = "books are evidence for ten years and more, and name people by their ids"
_PERSON: Final = "as long as the person; all of it goes when they are forgotten"
_WORK: Final = "work that goes on, or its last state; it names nobody"

RETENTION: Final[Mapping[str, Retention]] = {
    "accounts": _books(_BOOKS),
    "addresses": Retention("", "as long as the person", "", _PERSON),
    "answered": Retention("index", "30 days", "all", "the same request again has the same answer"),
    "api_tokens": Retention("index", "a year after its end", "all", "a list says which there were"),
    "arrivals": Retention(
        "task",
        "KEEP_BOOKS_DAYS after it is a group",
        "names, phones, sex and year of birth",
        "to answer objections",
    ),
    "attendance": _books(_GROUPS),
    "audit": Retention("", "ten years at least", "", "who saw what has to be known as long as it may matter"),
    "audit_heads": Retention("", "as long as the log", "", "it says that no line is missing"),
    "broadcasts": _books("what was said to all, and by whom"),
    "cases": _books("what operators did about money"),
    "differences": _books("what providers' lists said otherwise, and what was decided"),
    "codes": Retention("index", "an hour", "all", "a code is good for less"),
    "commands": Retention("index", "30 days", "all", "a repeated command is done once"),
    "consents": Retention("", "as long as the person", "", _PERSON),
    "constitutions": _books(_GROUPS),
    "contests": _books(_BOOKS),
    "declarations": _books(_BOOKS),
    "deployment": _books(_WORK),
    "digests": _books(_WORK),
    "early_reports": Retention("index", "an hour", "all", "its message is known by then, or never"),
    "entries": _books(_BOOKS),
    "exports": Retention("index", "KEEP_FILES_DAYS", "all", "to fetch the file; it can be asked for again"),
    "figures": _books("figures of groups; they name nobody"),
    "file_parts": Retention(
        "index", "KEEP_FILES_DAYS", "all", "sheets until their groups are brought, files until they are fetched"
    ),
    "fines": _books(_BOOKS),
    "forgotten": _books("a backup that is brought back has to forget them too; it is ids alone"),
    "grants": _books(_BOOKS),
    "group_days": _books("figures of groups; they name nobody"),
    "groups": _books(_GROUPS),
    "inbound": Retention(
        "task",
        "KEEP_WORDS_DAYS after it is known whose it is",
        "what was typed, the payer's first name and number",
        "to find out whose money it is",
    ),
    "incidents": _books("what did not work, and when"),
    "invitations": Retention("", "as long as the person", "", _PERSON),
    "leases": _books(_WORK),
    "letters": Retention("index", "LETTERS_KEPT_DAYS", "all", "members read what they missed"),
    "limits": Retention("index", "a day at most", "all", "it counts until its time is over"),
    "loans": _books(_BOOKS),
    "meetings": _books(_BOOKS),
    "memberships": _books(_GROUPS),
    "notices": Retention(
        "task", "KEEP_WORDS_DAYS", "words, addresses, the provider's id", "to say what somebody was told"
    ),
    "paid": _books(_BOOKS),
    "papers": Retention("index", "30 days", "all", "it is made anew when it is asked for again"),
    "payments": _books(_BOOKS),
    "people": Retention("", "as long as the person", "", _PERSON),
    "prepared_loans": Retention("index", "30 days after its end", "all", "what was confirmed is a loan"),
    "programmes": _books("projects that groups belong to; it names nobody"),
    "proposals": _books("what the group decided; a name or number in it goes when that person is forgotten"),
    "provider_ids": _books("what we made at a provider; it names nobody"),
    "receipts": _books(_BOOKS),
    "referral_codes": Retention("", "as long as the person", "", _PERSON),
    "referrals": _books(_BOOKS),
    "reminder_rounds": Retention("index", "30 days", "all", "a round is over in hours"),
    "rotas": _books(_BOOKS),
    "runs": Retention(
        "index",
        "for good, what providers were asked each hour 90 days",
        "what they listed and what our accounts held",
        "what operations did; it names nobody",
    ),
    "schema": _books(_WORK),
    "share_outs": _books(_BOOKS),
    "staff": Retention("", "as long as the account", "", "who works for the operator"),
    "stamps": _books(_WORK),
    "stuck": _books(_WORK),
    "tombstones": Retention("index", "30 days", "all", "a late call makes nobody a member again"),
    "upload_findings": Retention("index", "KEEP_FILES_DAYS", "all", "to put the sheets right"),
    "upload_groups": Retention("index", "KEEP_FILES_DAYS", "all", "to see what became of each"),
    "uploads": Retention("index", "KEEP_FILES_DAYS", "all", "to go on with sheets that were sent"),
    "web_sessions": Retention("index", "a week after its end", "all", "a list says where somebody was signed in"),
}

# What a notice is without what it said.
NO_WORDS: Final[Mapping[str, object]] = {
    "values": {},
    "to": "",
    "first": "",
    "tried": [],
    "sent_to": "",
    "email": "",
    "provider_id": "",
}
_OVER: Final = ("open", "discarded")


def words_to_take(store: MongoStore, most: int) -> Sequence[str]:
    """The ids of messages that are done with and old, the oldest first."""
    old = {"values": {"$gt": {}}, "created_at": {"$lt": store.now() - store.offered.words_kept}}
    found = store.database["notices"].find({**old, "next_at": None}, {"_id": 1})
    return [each["_id"] for each in found.sort("created_at", 1).limit(most)]


def take_words(store: MongoStore, id: str) -> None:
    """Of a message its kind and its times stay, and what became of it."""
    store.database["notices"].update_one({"_id": id, "next_at": None}, {"$set": dict(NO_WORDS)})


def payers_to_take(store: MongoStore, most: int) -> Sequence[str]:
    """The ids of money that nobody asked for, whose owner is known and which is old, the oldest first."""
    old = {"words_until": {"$lt": store.now(), "$type": "date"}, "state": {"$ne": "unidentified"}}
    found = store.database["inbound"].find(old, {"_id": 1})
    return [each["_id"] for each in found.sort("words_until", 1).limit(most)]


def take_payer(store: MongoStore, id: str) -> None:
    """The money stays, and whose it is; what was typed and who paid goes."""
    store.database["inbound"].update_one({"_id": id, "state": {"$ne": "unidentified"}}, {"$set": dict(NO_PAYER)})


def books_to_take(store: MongoStore, most: int) -> Sequence[str]:
    """The codes of groups that moved in, or did not, and whose papers are old, the oldest first."""
    before = store.now() - store.offered.books_kept
    found: list[str] = []
    for state in _OVER:
        old = {"state": state, "at": {"$lt": before}, "book.members.name": {"$gt": ""}}
        arrivals = store.database["arrivals"].find(old, {"group": 1}).sort("at", 1).limit(most)
        found += [each["_id"] for each in arrivals if _was_over(store.database, each.get("group", ""), before)]
    return found[:most]


def _was_over(database: Database[Document], group: str, before: object) -> bool:
    """Whether its group began before a moment, or it never became one."""
    return not group or database["groups"].count_documents({"_id": group, "created_at": {"$lt": before}}) > 0


def take_book(store: MongoStore, id: str) -> None:
    """The figures stay, and that each member consented; who they are is in the group."""
    store.database["arrivals"].update_one(
        {"_id": id, "state": {"$in": list(_OVER)}},
        {
            "$set": {
                "book.members.$[].name": "",
                "book.members.$[].phone": "",
                "book.members.$[].sex": None,
                "book.members.$[].birth_year": None,
            }
        },
    )
