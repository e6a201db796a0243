"""The whole database as it was at one moment, read while others write."""

import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import Any, Final

from bson import json_util
from pymongo.client_session import ClientSession
from pymongo.database import Database
from pymongo.errors import OperationFailure

from domain.errors import StoreError
from domain.mongo.layout import Document
from domain.mongo.tally import BATCH, Tally, batches_of, documents_in
from domain.mongo.tick import Tick, tick_of

# Collections that are being filled by a restore begin so: they are nobody's yet.
STAGING: Final = "restoring."
# What a slow disk is read at: a set that takes longer than the server remembers wants it to remember for longer.
_SLOW_BYTES: Final = 8 << 20
_WINDOW: Final = "minSnapshotHistoryWindowInSeconds"
_TRIES: Final = 20
_PAUSE_SECONDS: Final = 0.25
_SNAPSHOT_TOO_OLD: Final = 239
_SNAPSHOT_UNAVAILABLE: Final = 246


class SnapshotGone(StoreError):
    """The server has forgotten the moment that was being read; the message says what to set."""


@dataclass(frozen=True, slots=True)
class Described:
    """A collection: about how many documents it has, and its options and indexes as extended JSON."""

    name: str
    about: int
    options: str
    indexes: str


class Snapshot:
    """What was there at one moment: `at`."""

    def __init__(self, database: Database[Document], session: ClientSession, at: Tick) -> None:
        self._database, self._session, self.at = database, session, at

    def collections(self) -> list[Described]:
        """Those there are, by name."""
        return sorted(
            (
                Described(
                    each["name"],
                    self._database[each["name"]].estimated_document_count(),
                    json_util.dumps(each["options"]),
                    json_util.dumps([dict(index) for index in self._database[each["name"]].list_indexes()]),
                )
                for each in _collections(self._database)
            ),
            key=lambda each: each.name,
        )

    def read(self, name: str, tally: Tally) -> Iterator[bytes]:
        """A collection's documents as they are stored, a batch at a time, counted. Raises SnapshotGone."""
        # In no order: in that of their ids, a disk is read three times as long.
        try:
            for batch in batches_of(
                self._database[name].find_raw_batches({}, session=self._session, batch_size=BATCH)
            ):
                for document in documents_in([batch]):
                    tally.add(document)
                yield batch
        except OperationFailure as error:
            if error.code == _SNAPSHOT_TOO_OLD:
                window = _window(self._database)
                raise SnapshotGone(
                    f"MongoDB forgot the moment that was being read, after {window} s: set its parameter "
                    f"{_WINDOW} to {2 * window} on every member, and begin again"
                ) from error
            raise


@contextmanager
def snapshot(database: Database[Document]) -> Iterator[Snapshot]:
    """
    The database at a moment. While it is read, the server remembers that moment for as long as it may take, if we
    may tell it to. Raises SnapshotGone, and what the driver raises.
    """
    before = _remember_longer(database)
    try:
        session, at = _begin(database)
        with session:
            yield Snapshot(database, session, at)
    finally:
        if before is not None:
            with suppress(OperationFailure):
                database.client.admin.command({"setParameter": 1, _WINDOW: before})


def _begin(database: Database[Document]) -> tuple[ClientSession, Tick]:
    """A session at a moment. One at which a collection is just being made cannot be read: then a later one."""
    names = [each["name"] for each in _collections(database)]
    for tried in range(1, _TRIES + 1):
        session = database.client.start_session(snapshot=True)
        try:
            at: Any = None
            for name in names or ["commands"]:
                look = {"find": name, "limit": 1, "projection": {"_id": 1}}
                at = database.command(look, session=session)["cursor"]["atClusterTime"]
            return session, tick_of(at)
        except OperationFailure as error:
            session.end_session()
            if error.code != _SNAPSHOT_UNAVAILABLE or tried == _TRIES:
                raise
            time.sleep(_PAUSE_SECONDS)
    raise AssertionError("it was read, or raised")


def _collections(database: Database[Document]) -> list[dict[str, Any]]:
    """
    Ours and whatever else is kept there, but nothing of the server's and nothing half restored. Of one that is
    capped, which ours are not, the server remembers no moment.
    """
    return [
        dict(each)
        for each in database.list_collections()
        if each["type"] == "collection"
        and not each["options"].get("capped")
        and not each["name"].startswith(("system.", STAGING))
    ]


def _remember_longer(database: Database[Document]) -> int | None:
    """
    Have the server remember moments for as long as all of the database takes to read, where that is longer than
    it does; what it was set to then. Where we may not, it stays as it is, and SnapshotGone says what to set.
    """
    try:
        window = _window(database)
        takes = int(database.command("dbStats")["dataSize"] / _SLOW_BYTES) + 60
        if takes <= window:
            return None
        database.client.admin.command({"setParameter": 1, _WINDOW: takes})
    except OperationFailure:
        return None
    return window


def _window(database: Database[Document]) -> int:
    try:
        return int(database.client.admin.command({"getParameter": 1, _WINDOW: 1})[_WINDOW])
    except OperationFailure:
        return 300  # what it is where nobody has set it
