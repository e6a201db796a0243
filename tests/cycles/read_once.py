"""A store from which everything is read once: to look at what stands still asks the same many times."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any, Self

import bson
from pymongo.collection import Collection
from pymongo.cursor import Cursor
from pymongo.database import Database

from domain.mongo.store import MongoStore

Document = dict[str, Any]
Kept = dict[str, list[bytes]]


@contextmanager
def reading_once(store: MongoStore) -> Iterator[MongoStore]:
    """The same store, while nothing is written to it: what was asked before is answered from memory."""
    once = store.over(_Database(store.database, {}))
    try:
        yield once
    finally:
        once.books.close()


class _Database(Database[Document]):
    def __init__(self, of: Database[Document], kept: Kept) -> None:
        super().__init__(
            of.client, of.name, of.codec_options, of.read_preference, of.write_concern, of.read_concern
        )
        self._kept = kept

    def __getitem__(self, name: str) -> "_Collection":
        return self.get_collection(name)

    def get_collection(self, name: str, *args: Any, **options: Any) -> "_Collection":
        return _Collection(super().get_collection(name, *args, **options), self._kept)

    def with_options(self, *args: Any, **options: Any) -> Any:
        return _Database(super().with_options(*args, **options), self._kept)


class _Collection(Collection[Document]):
    def __init__(self, of: Collection[Document], kept: Kept) -> None:
        super().__init__(
            of.database, of.name, False, of.codec_options, of.read_preference, of.write_concern, of.read_concern
        )
        self._kept = kept

    def find(self, *args: Any, session: Any = None, **options: Any) -> Any:
        if session is not None:
            return super().find(*args, session=session, **options)
        return _Found(self, self._kept, f"find {self.name} {args} {options}", super().find(*args, **options))

    def aggregate(self, pipeline: Sequence[Any], session: Any = None, *args: Any, **options: Any) -> Any:
        if session is not None:
            return super().aggregate(pipeline, session, *args, **options)
        asked = f"aggregate {self.name} {pipeline} {options}"
        if asked not in self._kept:
            self._kept[asked] = [bson.encode(each) for each in super().aggregate(pipeline, **options)]
        return iter([bson.decode(each, self.codec_options) for each in self._kept[asked]])


class _Found:
    """What a query finds, each time anew: whoever reads a document may change it."""

    def __init__(self, collection: _Collection, kept: Kept, asked: str, cursor: Cursor[Document]) -> None:
        self._options, self._kept, self._asked, self._cursor = collection.codec_options, kept, asked, cursor

    def sort(self, *by: Any) -> Self:
        self._cursor.sort(*by)
        self._asked += f" sort {by}"
        return self

    def limit(self, most: int) -> Self:
        self._cursor.limit(most)
        self._asked += f" limit {most}"
        return self

    def batch_size(self, at_once: int) -> Self:
        self._cursor.batch_size(at_once)
        return self

    def __iter__(self) -> Iterator[Document]:
        if self._asked not in self._kept:
            self._kept[self._asked] = [bson.encode(each) for each in self._cursor]
        return iter([bson.decode(each, self._options) for each in self._kept[self._asked]])

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._cursor.close()
