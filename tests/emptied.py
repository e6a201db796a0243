"""The database of the tests, emptied and filled by few commands: many tests ask for little more themselves."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any, Final

from bson import Timestamp
from pymongo.database import Database
from pymongo.errors import OperationFailure
from pymongo.read_concern import ReadConcern
from pymongo.write_concern import WriteConcern

Document = dict[str, Any]
Documents = Mapping[str, Sequence[Document]]

# What puts documents in, or takes them out, and names none of them.
_OF_ALL: Final = frozenset({"drop", "dropDatabase", "renameCollection"})
# What is read of an entry of the oplog; the writes of a transaction are in one.
_READ: Final = {
    **dict.fromkeys(("ts", "op", "ns", "o._id", "o.applyOps.op", "o.applyOps.ns", "o.applyOps.o._id"), 1),
    **{f"o.{name}": 1 for name in _OF_ALL},
}
_UNAUTHORIZED: Final = 13
_NO_COLLECTION: Final = 26
# To delete more than these, a command for each collection is quicker.
_ONE_BY_ONE_MAX: Final = 2_000

# How far the oplog of a server was read for a database.
_read: dict[tuple[Any, str], Timestamp] = {}


def empty(database: Database[Document]) -> None:
    """
    Delete what is in it. What that is says the oplog since the last time, whoever has written it; where it does
    not, all is looked through.

    The database is not made anew: its indexes take longer than most tests. So no test drops it.
    """
    there = _put_in(database)
    if there == []:
        return
    with _forgetting(database):
        if there is None or len(there) > _ONE_BY_ONE_MAX:
            _look_through(database)
        else:
            _apply(database, [{"op": "d", "ns": each["ns"], "o": {"_id": each["o"]["_id"]}} for each in there])


def fill(database: Database[Document], documents: Documents) -> None:
    """Put these documents into it, by the names of their collections: at once, for whoever may."""
    of = [(f"{database.name}.{name}", document) for name, found in documents.items() for document in found]
    writes = [{"op": "i", "ns": place, "o": document} for place, document in of]
    try:
        _apply(database, writes)
    except OperationFailure as refused:
        if refused.code == _UNAUTHORIZED:
            for name, found in documents.items():
                if found:
                    database[name].insert_many(found)
        elif refused.code == _NO_COLLECTION:
            for name in documents.keys() - database.list_collection_names():
                database.create_collection(name)
            _apply(database, writes)
        else:
            raise


def _put_in(database: Database[Document]) -> list[Mapping[str, Any]] | None:
    """What was put in since the last time and was not deleted; None when the oplog does not say it."""
    client, of = database.client, (database.client.address, database.name)
    oplog = client.get_database("local", read_concern=ReadConcern("local"))["oplog.rs"]
    before = _read.get(of)
    # Read in its order, it has all that is done: a write that is still under way comes behind what is read.
    entries = [*oplog.find({"ts": {"$gte": before}}, _READ)] if before else []
    _read[of] = (entries or [*oplog.find({}, _READ).sort("$natural", -1).limit(1)])[-1]["ts"]
    if not entries or entries[0]["ts"] != before:  # it has room for so much, and what is oldest goes
        return None
    there: dict[tuple[str, str], Mapping[str, Any]] = {}
    for entry in entries[1:]:
        for write in entry["o"].get("applyOps", [entry]):
            if write["op"] == "c" and write["o"].keys() & _OF_ALL:
                return None
            if write["op"] in ("i", "d") and write["ns"].startswith(f"{database.name}."):
                id = write["ns"], repr(write["o"]["_id"])
                there.pop(id, None)
                if write["op"] == "i":
                    there[id] = write
    return [*there.values()]


def _look_through(database: Database[Document]) -> None:
    """One query finds where anything is: in most collections there is nothing."""

    def look(name: str) -> list[Document]:
        return [{"$limit": 1}, {"$project": {"_id": 0, "name": {"$literal": name}}}]

    looks = [{"$unionWith": {"coll": name, "pipeline": look(name)}} for name in database.list_collection_names()]
    for name in [found["name"] for found in database.aggregate([{"$documents": []}, *looks])]:
        database.get_collection(name, write_concern=WriteConcern("majority")).delete_many({})


def _apply(database: Database[Document], writes: Sequence[Document]) -> None:
    """All of these at once; then everybody sees them, and what was written before."""
    if writes:
        database.client.admin.command("applyOps", writes, writeConcern={"w": "majority"})


@contextmanager
def _forgetting(database: Database[Document]) -> Iterator[None]:
    """
    Not to be remembered for those who read the past: what was deleted would be walked over by every query of the
    next minutes.
    """
    admin, name = database.client.admin, "minSnapshotHistoryWindowInSeconds"
    before = admin.command({"setParameter": 1, name: 0})["was"]
    try:
        yield
    finally:
        admin.command({"setParameter": 1, name: before})
