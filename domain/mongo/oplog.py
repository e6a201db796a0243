"""
The oplog of the replica set: what was written to our database, in order, and how it is written once more.

A piece of it is what lies between two ticks, as the server stores it. What was written in a transaction stands
where it was committed; one that is too large for one place has parts before it, which are kept until its last is
read.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from typing import Any, Final

import bson
from bson import Timestamp
from bson.codec_options import CodecOptions
from bson.raw_bson import RawBSONDocument
from pymongo.database import Database
from pymongo.errors import CollectionInvalid, OperationFailure

from domain.errors import StoreError
from domain.mongo.layout import Document
from domain.mongo.snapshot import STAGING
from domain.mongo.tally import batches_of
from domain.mongo.tick import Tick, tick_of

_AT_ONCE: Final = 500
_AT_ONCE_BYTES: Final = 8 << 20
# Of the fields of a write, those that say what it does.
_SAYS: Final = ("op", "o", "o2", "b")
# What the program makes for itself, or the server does: indexes are made when everything is there.
_OF_INDEXES: Final = frozenset(
    {"createIndexes", "startIndexBuild", "commitIndexBuild", "abortIndexBuild", "dropIndexes", "collMod"}
)
_AWARE: Final = CodecOptions[Document](tz_aware=True)
_CAPPED_POSITION_LOST: Final = 136


class OplogGone(StoreError):
    """The oplog does not reach back to where the last piece ended: what was written since is in no piece."""


class NotReplayed(StoreError):
    """Something in the oplog cannot be written once more; the message says what."""


def oplog_end(database: Database[Document]) -> Tick:
    """The last write that a majority has: nothing before it can come or go any more. Raises OplogGone."""
    last: Mapping[str, Any] | None = database.client.admin.command("hello").get("lastWrite")
    if last is None:
        raise OplogGone("this is a router of shards, which has no oplog: have each shard archived by itself")
    return tick_of(last["majorityOpTime"]["ts"])


def oplog_oldest(database: Database[Document]) -> Tick:
    """The first write that it still has."""
    oldest = database.client.local["oplog.rs"].find_one({}, {"ts": 1}, sort=[("$natural", 1)])
    if oldest is None:
        raise OplogGone("the oplog is empty, or we may not read it: our user needs the role read on local")
    return tick_of(oldest["ts"])


def oplog_between(database: Database[Document], after: Tick, until: Tick) -> Iterator[bytes]:
    """
    What was written to our database behind one tick up to another, a batch at a time, as the server stores it.
    Raises OplogGone.
    """
    oplog = database.client.local["oplog.rs"]
    named = f"^{_quoted(database.name)}\\.(?!{_quoted(STAGING)})"
    ours = {"$or": [{"ns": {"$regex": named}}, {"ns": "admin.$cmd"}]}
    wanted = {"ts": {"$gt": after.timestamp, "$lte": until.timestamp}, **ours}
    try:
        looked = False
        for batch in batches_of(oplog.find_raw_batches(wanted)):
            # Once a first part was read, the server says itself when what comes next was overwritten.
            looked = looked or _reaches_back(database, after)
            yield batch
        if not looked:
            _reaches_back(database, after)
    except OperationFailure as error:
        if error.code == _CAPPED_POSITION_LOST:
            raise OplogGone("the oplog was overwritten while it was read: make it larger") from error
        raise


def _reaches_back(database: Database[Document], after: Tick) -> bool:
    """Raises OplogGone."""
    if oplog_oldest(database) > after:
        raise OplogGone(f"the oplog begins behind {after}: make it larger, or archive it more often")
    return True


def _quoted(name: str) -> str:
    return "".join(letter if letter.isalnum() else f"\\{letter}" for letter in name)


class Replay:
    """Writes what oplogs say into a database, where each collection's name has a prefix."""

    def __init__(self, database: Database[Document], *, of: str, after: Tick, prefix: str = "") -> None:
        """`of` is the name of the database that wrote it; what stands up to `after` is in there already."""
        self._database, self._of, self._after, self._prefix = database, of, after, prefix
        self._parts: defaultdict[bytes, list[Document]] = defaultdict(list)
        self._waiting: list[RawBSONDocument] = []
        self._waiting_bytes = 0
        self._seen: Tick | None = None
        self.written = 0

    def write(self, entries: Iterable[bytes], until: datetime) -> bool:
        """
        Write what was written up to a time. False when something behind it was met: there is no more to write.
        Raises NotReplayed.
        """
        for raw in entries:
            entry = bson.decode(raw, _AWARE)
            if entry["wall"] > until:
                self.finish()
                return False
            self._take(entry)
        return True

    def finish(self) -> None:
        """Write what waits to be written together with more."""
        if not self._waiting:
            return
        operations, self._waiting, self._waiting_bytes = self._waiting, [], 0
        answer = self._database.client.admin.command("applyOps", operations)
        if not all(answer["results"]):
            raise NotReplayed("a write of the oplog matches nothing in the set: they do not belong together")
        self.written += len(operations)

    def _take(self, entry: Document) -> None:
        tick = tick_of(entry["ts"])
        if self._seen and tick <= self._seen:
            return  # two pieces have it
        self._seen, counts = tick, tick > self._after
        if entry["op"] == "c" and "applyOps" in entry["o"]:
            self._take_transaction(entry, counts)
        elif counts:
            self._add(entry)

    def _take_transaction(self, entry: Document, counts: bool) -> None:
        """All of it where it ends. Parts of it that stand before the snapshot are not in the snapshot."""
        if entry["o"].get("prepare") or "commitTransaction" in entry["o"]:
            raise NotReplayed(
                "the oplog has transactions over several shards, which cannot be replayed one by one"
            )
        if not entry.get("prevOpTime") or "lsid" not in entry or entry.get("multiOpType"):
            parts = []  # it is all in here; newer servers write several inserts so that are no transaction
        else:
            parts = self._parts.pop(_transaction(entry), [])
            if not parts and entry["prevOpTime"]["ts"] != Timestamp(0, 0):
                raise NotReplayed("the beginning of a transaction is in no piece of the oplog: take an older set")
        parts.extend(entry["o"]["applyOps"])
        if entry["o"].get("partialTxn"):
            self._parts[_transaction(entry)] = parts
        elif counts:
            for part in parts:
                self._add(part)

    def _add(self, write: Document) -> None:
        """One write, as it is written here. What is another database's, or half restored, is none of ours."""
        name, _, collection = write["ns"].partition(".")
        if name != self._of or collection.startswith(STAGING) or write["op"] == "n":
            return
        if write["op"] == "c":
            self.finish()
            self._command(write["o"])
            return
        if collection.startswith("system."):
            return
        said: Document = {field: write[field] for field in _SAYS if field in write}
        said["ns"] = f"{self._database.name}.{self._prefix}{collection}"
        raw = bson.encode(said)
        if len(self._waiting) >= _AT_ONCE or self._waiting_bytes + len(raw) > _AT_ONCE_BYTES:
            self.finish()
        self._waiting.append(RawBSONDocument(raw))
        self._waiting_bytes += len(raw)

    def _command(self, command: Mapping[str, Any]) -> None:
        what = next(iter(command))
        if what in _OF_INDEXES:
            return
        match what:
            case "create":
                if command[what].startswith(("system.", STAGING)):
                    return
                options = {name: value for name, value in command.items() if name not in (what, "idIndex")}
                try:
                    self._database.create_collection(self._prefix + command[what], **options)
                except CollectionInvalid:
                    return  # it is there
            case "drop":
                self._database.drop_collection(self._prefix + command[what])
            case "renameCollection":
                raise NotReplayed(
                    "a collection was renamed, as a restore does: take a set that was made behind it"
                )
            case _:
                raise NotReplayed(f"the oplog has a command that is not replayed: {what}")


def _transaction(entry: Mapping[str, Any]) -> bytes:
    return bytes(entry["lsid"]["id"]) + int(entry["txnNumber"]).to_bytes(8)
