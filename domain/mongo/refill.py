"""
A database filled from what was backed up: beside what is there, and put in its place when it is right.

Every collection is filled under a name of its own, in the same database, so that putting it in its place is a
change of names: it takes no longer for many documents than for few.
"""

from collections.abc import Iterable
from typing import Any, Final

import pymongo
from bson import json_util
from bson.raw_bson import RawBSONDocument
from pymongo import MongoClient
from pymongo.collection import Collection
from pymongo.database import Database
from pymongo.write_concern import WriteConcern

from domain.mongo.indexes import MAKING_SECONDS
from domain.mongo.layout import Document
from domain.mongo.snapshot import STAGING, Described
from domain.mongo.tally import BATCH, Tally, batches_of, documents_in

_AT_ONCE: Final = 1_000
_AT_ONCE_BYTES: Final = 8 << 20
_OF_A_START: Final = {"leases", "runs", "schema"}
# What is half filled is of no use after a crash: it is begun again. All of it is safe before it is used.
_QUICKLY: Final = WriteConcern(1, j=False)
_SAFELY: Final = WriteConcern("majority", j=True)


class Staged(Database[Document]):
    """The database as it will be: each name leads to the collection that is being filled."""

    def __init__(self, client: MongoClient[Document], name: str) -> None:
        super().__init__(client, name, codec_options=client.codec_options)

    def __getitem__(self, name: str) -> Collection[Document]:
        return super().__getitem__(_staging(name))

    def get_collection(self, name: str, *args: Any, **options: Any) -> Collection[Document]:
        return super().get_collection(_staging(name), *args, **options)

    def with_options(
        self,
        codec_options: Any = None,
        read_preference: Any = None,
        write_concern: Any = None,
        read_concern: Any = None,
    ) -> Any:
        return self  # what is being filled is read by nobody else, whatever they want to be sure of


def _staging(name: str) -> str:
    """Where it is filled; what begins with "$" is no collection but the server."""
    return name if name.startswith("$") else STAGING + name


def staged(database: Database[Document]) -> Staged:
    """Where this database is filled anew."""
    return Staged(database.client, database.name)


def fill(database: Staged, described: Described, pieces: Iterable[bytes], tally: Tally) -> None:
    """Make a collection, and put in a stream of documents, counted. Raises BadBson, and what the driver raises."""
    database.create_collection(STAGING + described.name, **json_util.loads(described.options))
    collection = database.get_collection(described.name, write_concern=_QUICKLY)
    batch: list[RawBSONDocument] = []
    size = 0
    for document in documents_in(pieces):
        tally.add(document)
        batch.append(RawBSONDocument(document))
        size += len(document)
        if len(batch) > _AT_ONCE or size >= _AT_ONCE_BYTES:
            collection.insert_many(batch[:-1], ordered=False)
            batch, size = batch[-1:], len(document)
    # What a majority has of the last of them, it has of all before.
    if batch:
        database.get_collection(described.name, write_concern=_SAFELY).insert_many(batch, ordered=False)


def count_again(database: Staged, name: str) -> Tally:
    """What a collection has now, read from its first document to its last."""
    tally = Tally()
    for batch in batches_of(database[name].find_raw_batches({}, batch_size=BATCH)):
        for document in documents_in([batch]):
            tally.add(document)
    return tally


def make_indexes(database: Staged, described: Described) -> None:
    """Those that the collection had. Raises what the driver raises."""
    indexes = [index for index in json_util.loads(described.indexes) if index["name"] != "_id_"]
    if indexes:
        with pymongo.timeout(MAKING_SECONDS):
            database.command(
                "createIndexes", STAGING + described.name, indexes=indexes, writeConcern=_SAFELY.document
            )


def put_in_place(database: Staged, last: str) -> None:
    """
    What was filled takes the place of what is there, and what is there beside it goes. The collection `last` is
    put in its place when all others are, so that it says whether they are: who stops before begins again.
    """
    named = set(database.list_collection_names())
    fresh = {name.removeprefix(STAGING) for name in named if name.startswith(STAGING)}
    for name in sorted(named - fresh):
        if not name.startswith((STAGING, "system.")):
            database.drop_collection(name)
    for name in (*sorted(fresh - {last}), last):
        database.client.admin.command(
            "renameCollection",
            f"{database.name}.{STAGING}{name}",
            to=f"{database.name}.{name}",
            dropTarget=True,
        )


def clear(database: Staged) -> None:
    """Away with what is half filled."""
    for name in database.list_collection_names():
        if name.startswith(STAGING):
            database.drop_collection(name)


def documents_there(database: Database[Document]) -> int:
    """About how many documents are in a database, without what is half filled and what a start leaves in it."""
    names = {name for name in database.list_collection_names() if not name.startswith((STAGING, "system."))}
    return sum(database[name].estimated_document_count() for name in names - _OF_A_START)
