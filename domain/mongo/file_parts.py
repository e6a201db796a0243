"""
Files for some days, in parts: sheets that were sent to us, and figures that somebody asked for.

They are here, and not on a disk, so that any web process or worker on any machine can go on with them. Each part
says when it is over, and an index of the store takes it away then: GridFS has no such time.
"""

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Final

from pymongo.collection import Collection

from domain.errors import StoreError
from domain.mongo.layout import Document

PART_BYTES: Final = 1 << 20


class PartMissing(StoreError):
    """A part of a file is gone: its time is over, or it was taken away."""


class MongoFileParts:
    """Files by their names; a part is written again at its number, so what was interrupted is there once."""

    def __init__(self, collection: Collection[Document]) -> None:
        self._collection = collection

    def put(self, file: str, number: int, data: bytes, until: datetime) -> str:
        """Write a part, the first of which has number 0; its id."""
        id = f"{file}:{number:06d}"
        self._collection.replace_one({"_id": id}, {"file": file, "data": data, "until": until}, upsert=True)
        return id

    def put_all(self, file: str, contents: bytes, until: datetime) -> None:
        """Write a file that is in memory anyhow; of a longer one that was there under its name nothing stays."""
        starts = range(0, max(1, len(contents)), PART_BYTES)
        for number, start in enumerate(starts):
            self.put(file, number, contents[start : start + PART_BYTES], until)
        self._collection.delete_many({"file": file, "_id": {"$gte": f"{file}:{len(starts):06d}"}})

    def get(self, parts: Sequence[str]) -> Iterator[bytes]:
        """What is in the parts with these ids, one after the other. Raises PartMissing."""
        for id in parts:
            found = self._collection.find_one({"_id": id}, {"data": 1})
            if found is None:
                raise PartMissing(id)
            yield bytes(found["data"])

    def whole(self, file: str) -> bytes:
        """A file that is in memory anyhow. Raises PartMissing when there is none of it."""
        found = self._collection.find({"file": file}, {"data": 1}).sort("_id", 1)
        parts = [bytes(each["data"]) for each in found]
        if not parts:
            raise PartMissing(file)
        return b"".join(parts)

    def are_there(self, parts: Sequence[str]) -> bool:
        """Whether none of these is gone."""
        return self._collection.count_documents({"_id": {"$in": list(parts)}}) == len(parts)

    def remove(self, file: str) -> None:
        """Away with a file, if it is there."""
        self._collection.delete_many({"file": file})
