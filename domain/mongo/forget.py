"""
Taking out what a person left behind, in each collection that may have it.

What is theirs alone goes. In documents that are others' too, their name becomes their number in the group, and
numbers, chats and addresses become nothing. Books and the log of acts are not touched: they name people by their
ids. Each step may be done again.
"""

import re
from collections.abc import Callable, Container, Iterator, Mapping
from datetime import UTC, datetime
from typing import Any, Final

from pymongo import UpdateOne
from pymongo.database import Database

from domain.mongo.layout import Document
from domain.mongo.retention import NO_WORDS
from domain.records.forgotten import LeftBehind
from domain.records.inbound import NO_PAYER
from domain.records.letter import words_in
from domain.records.phone import calling_code

_AT_ONCE: Final = 500
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
# Documents of a group that may name its members. `notices` of its members are looked at by person.
_OF_GROUP: Final = ("broadcasts", "contests", "fines", "grants", "proposals")
# What stays for some weeks, or is little: read whole, by id.
_READ_WHOLE: Final = ("answered", "cases", "differences", "commands", "papers", "stuck")
_EMPTY_NOTICE: Final[Mapping[str, Any]] = {
    **NO_WORDS,
    "reason": "",
    "letter": "",
    "next_at": None,
}
# A provider's own name for a request can have the payer's number in it, and so has what is known by that name.
_NO_NUMBER: Final[Document] = {
    "phone": "",
    "provider_key": "",
    "told": None,
    "provider_id": {
        "$cond": [
            {"$and": [{"$gt": ["$provider_key", ""]}, {"$eq": ["$provider_id", "$provider_key"]}]},
            {"$concat": ["payment:", "$_id"]},
            "$provider_id",
        ]
    },
}


def take_out(database: Database[Document], person: str, left: LeftBehind) -> None:
    """All that this person left behind, of whom `become_nobody` has made nobody."""
    _files_anew(database)
    for collection, which in _alone(person, left):
        database[collection].delete_many(which)
    database["notices"].update_many(
        {"person": person, "next_at": {"$type": "date"}}, {"$set": {"state": "skipped", "why": "NO_WAY"}}
    )
    database["notices"].update_many({"person": person}, {"$set": dict(_EMPTY_NOTICE)})
    database["payments"].update_many({"person": person}, [{"$set": _NO_NUMBER}])
    theirs = {"words_until": {"$type": "date"}, "payer_hint": {"$in": [each.strip("+") for each in left.marks]}}
    for paid_by in ({"person": person}, theirs):
        database["inbound"].update_many(paid_by, {"$set": dict(NO_PAYER)})
    for group, called in left.groups.items():
        database["grants"].update_many({"group": group, "person": person}, {"$set": {"reason": ""}})
        _words_about(database, group, person)
        scrub = _scrubber(left, called)
        for collection in _OF_GROUP:
            _rewrite(database, collection, {"group": group}, scrub)
        _rewrite(database, "letters", {"group": group}, _of_letter(scrub))
        members = [each["person"] for each in database["memberships"].find({"group": group}, {"person": 1})]
        _payers(database, group, members, left, scrub)
        for start in range(0, len(members), _AT_ONCE):
            _rewrite(database, "notices", {"person": {"$in": members[start : start + _AT_ONCE]}}, scrub)
        _arrivals(database, group, person, left, scrub)
    scrub = _scrubber(left, left.called)
    _rewrite(database, "notices", _to_others(left), scrub)
    as_operator = [{field: {"$in": list(left.marks)}} for field in ("name", "second")]
    _rewrite(database, "broadcasts", {"group": {"$gte": ""}, "$or": as_operator}, scrub)
    _never_came(database, person, left, scrub)
    _rewrite(database, "inbound", {"state": "unidentified", "group": ""}, scrub)
    _rewrite(database, "payments", {"person": person}, scrub)
    for collection in _READ_WHOLE:
        _rewrite(database, collection, {}, scrub)


def _to_others(left: LeftBehind) -> Document:
    """Messages with their name in them to people who are, or may be, in none of their groups."""
    return {
        "created_at": {"$gt": _EPOCH},
        "values": {"$gt": {}},
        "kind": {"$in": ["invitation", "phone_joined", "opening_contested"]},
        "values.name": {"$in": list(left.names)},
    }


def _files_anew(database: Database[Document]) -> None:
    """Whoever is just at a file holds the person's data in memory: what they have is not written any more."""
    under_way = {"next_at": {"$type": "date"}}
    database["uploads"].update_many(under_way, {"$inc": {"turn": 1}})
    anew = {"parts": [], "size": 0, "rows": 0, "done": 0, "after": ""}
    database["exports"].update_many(under_way, {"$inc": {"turn": 1}, "$set": anew})


def _alone(person: str, left: LeftBehind) -> Iterator[tuple[str, Document]]:
    """What is theirs and nobody else's."""
    marks = list(left.marks)
    yield "addresses", {"person": person}
    yield "addresses", {"before": person}
    yield "consents", {"person": person}
    yield "codes", {"address": {"$in": marks}}
    yield "codes", {"phone": {"$in": marks}}
    yield "limits", {"_id": {"$in": list(left.counters)}}
    yield "web_sessions", {"owner": person, "of": "person"}
    yield "prepared_loans", {"person": person}
    yield "invitations", {"phone": {"$gt": "", "$in": marks}}
    # Files that were sent or made before: nobody can say what is in them, and each can be sent or made again.
    ever = {"until": {"$gt": _EPOCH}}
    yield "file_parts", ever
    yield "upload_findings", ever
    yield "upload_groups", {**ever, "why": {"$gt": ""}}
    yield "notices", {"to": {"$gt": "", "$in": marks}}
    yield "notices", {"to": {"$gt": ""}, "values.phone": {"$in": marks}}  # to a number that they had before
    yield "notices", {"person": person, "broadcast": {"$in": ["", None]}}
    for group in left.groups:
        yield "referral_codes", {"group": group, "by": person}
        yield "letters", {"group": group, "by": person}


def _words_about(database: Database[Document], group: str, person: str) -> None:
    """Why somebody asked for something, and what others said of them, in words."""
    for state in ("approved", "rejected", "withdrawn", "expired"):
        of_group = {"group": group, "state": state}
        database["proposals"].update_many(
            {**of_group, "about": person, "values.reason": {"$exists": True}}, {"$set": {"values.reason": ""}}
        )


def _payers(
    database: Database[Document], group: str, members: list[str], left: LeftBehind, scrub: Callable[[Any], Any]
) -> None:
    """
    Money of the group that nobody asked for, and what officers were told of it: a provider gives a first name
    alone, and some type a name as the account.
    """
    said = "|".join(re.escape(each) for name in left.names for each in name.split() if len(each) > 1)
    part = re.compile(rf"(?<!\w)(?:{said})(?!\w)", re.IGNORECASE)

    def scrub_parts(value: Any) -> Any:
        if isinstance(value, dict):
            return {key: scrub_parts(each) for key, each in value.items()}
        return part.sub("", scrub(value)) if isinstance(value, str) else value

    _rewrite(database, "inbound", {"group": group, "state": "unidentified"}, scrub_parts)
    _rewrite(database, "inbound", {"group": group, "words_until": {"$type": "date"}}, scrub_parts)
    _rewrite(database, "notices", {"person": {"$in": members}, "kind": "unasked_unknown"}, scrub_parts)


def _arrivals(
    database: Database[Document], group: str, person: str, left: LeftBehind, scrub: Callable[[Any], Any]
) -> None:
    """What the group brought with it: whoever has this number in its list."""
    found = database["groups"].find_one({"_id": group}, {"before": 1})
    code = ((found or {}).get("before") or {}).get("code")
    arrival = database["arrivals"].find_one({"_id": code}) if code else None
    if arrival is not None and arrival.get("group") == group:
        _out_of_list(database, arrival, {left.numbers[group]}, left.groups[group], person, scrub)


def _never_came(database: Database[Document], person: str, left: LeftBehind, scrub: Callable[[Any], Any]) -> None:
    """What groups would have brought with them that did not come."""
    for arrival in database["arrivals"].find({"persons": person, "state": "discarded"}):
        numbers = {int(number) for number, who in arrival["people"].items() if who == person}
        _out_of_list(database, arrival, numbers, left.called, person, scrub)


def _out_of_list(
    database: Database[Document],
    arrival: Document,
    numbers: Container[int],
    called: str,
    person: str,
    scrub: Callable[[Any], Any],
) -> None:
    for each in arrival["book"]["members"]:
        if each["number"] in numbers:
            each |= {"name": called, "phone": "", "sex": None, "birth_year": None}
    if said := arrival["objections"].get(person):
        said["words"] = ""
    kept = {name: scrub(arrival[name]) for name in ("book", "objections", "reason") if name in arrival}
    database["arrivals"].update_one({"_id": arrival["_id"]}, {"$set": kept})


def _rewrite(database: Database[Document], collection: str, which: Document, scrub: Callable[[Any], Any]) -> None:
    changes: list[UpdateOne] = []
    found = database[collection].find(which)
    for document in found if which else found.sort("_id", 1):
        fresh = scrub({name: value for name, value in document.items() if name != "_id"})
        changed = {name: value for name, value in fresh.items() if value != document[name]}
        if changed:
            changes.append(UpdateOne({"_id": document["_id"]}, {"$set": changed}))
        if len(changes) == _AT_ONCE:
            database[collection].bulk_write(changes, ordered=False)
            changes = []
    if changes:
        database[collection].bulk_write(changes, ordered=False)


def _scrubber(left: LeftBehind, called: str) -> Callable[[Any], Any]:
    """What makes a value of a document one that says nothing of them; at any depth."""
    marks = sorted(left.marks, key=len, reverse=True)
    numbers = "|".join(_as_written(each) for each in marks if each[0] == "+" and each[1:].isdigit())
    number = re.compile(rf"(?<!\d)(?:{numbers})(?!\d)") if numbers else None
    names = [_name(each) for each in sorted(left.names, key=len, reverse=True)]

    def scrub(value: Any) -> Any:
        if isinstance(value, str):
            for mark in marks:
                value = value.replace(mark, "")
            if number:
                value = number.sub("", value)
            for name in names:
                value = name.sub(called, value)
            return value
        if isinstance(value, list):
            return [scrub(each) for each in value]
        if isinstance(value, dict):
            return {key: scrub(each) for key, each in value.items()}
        return value

    return scrub


def _as_written(phone: str) -> str:
    """
    A pattern of a number (E.164) as people write it: without a plus, as it is dialled at home, with spaces, points
    or hyphens.
    """
    code = calling_code(phone)
    abroad, at_home = (r"[ .-]?".join(digits) for digits in (code[1:], phone[len(code) :]))
    return rf"(?:(?:\+|00)?{abroad}[ .-]?|0)?{at_home}"


def _of_letter(scrub: Callable[[Any], Any]) -> Callable[[Any], Any]:
    """The same of a letter, which is found by single words of its text; one that was removed by none."""

    def scrub_letter(letter: Document) -> Document:
        fresh: Document = scrub(letter)
        return fresh | {"words": list(words_in(fresh["text"])) if fresh["words"] else []}

    return scrub_letter


def _name(name: str) -> re.Pattern[str]:
    """A name where it stands by itself: "Grace" is no part of "Grace Akinyi", who is somebody else."""
    if " " in name:
        written = r"\s+".join(map(re.escape, name.split()))  # on a phone often without capitals
        return re.compile(rf"(?<!\w){written}(?!\w)", re.IGNORECASE)
    return re.compile(rf"(?<!\w)(?<!\w[ '-]){re.escape(name)}(?!\w)(?![ '-]\w)")
