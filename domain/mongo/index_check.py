"""The indexes a database has, against those that our queries need."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, Literal

from pymongo.database import Database

from domain.mongo.indexes import INDEXES
from domain.mongo.layout import Document

_OF_EACH: Final = "_id_"
# What the server adds to each: they say nothing of which queries it answers.
_ADDED: Final = frozenset({"v", "ns", "background"})


@dataclass(frozen=True, slots=True)
class IndexFault:
    """
    One index that is not as it is declared. `declared` and `found` say of what it is, empty where there is none;
    one that is `extra` slows each write, and a unique one may refuse what is right.
    """

    kind: Literal["missing", "different", "extra"]
    collection: str
    name: str
    declared: str = ""
    found: str = ""


def index_faults(database: Database[Document]) -> Iterator[IndexFault]:
    """What differs, collection by collection. Raises what the driver raises."""
    for collection, models in INDEXES.items():
        declared = {_OF_EACH: _said({"key": {"_id": 1}})}
        declared |= {each.document["name"]: _said(each.document) for each in models}
        found = {each["name"]: _said(each) for each in database[collection].list_indexes()}
        for name, said in declared.items():
            if name not in found:
                yield IndexFault("missing", collection, name, declared=said)
            elif found[name] != said:
                yield IndexFault("different", collection, name, said, found[name])
        for name in sorted(found.keys() - declared.keys()):
            yield IndexFault("extra", collection, name, found=found[name])


@dataclass(frozen=True, slots=True)
class IndexUse:
    """
    How often the server that was asked has used an index since it started, and how large it is. One that `keeps`
    a rule has its use without any query: no two documents are alike in it, or what is old goes by it.
    """

    collection: str
    name: str
    size_bytes: int
    uses: int
    since: datetime
    keeps: bool


def index_uses(database: Database[Document]) -> list[IndexUse]:
    """Those of our collections, the least used of each first. Raises what the driver raises."""
    there = {*database.list_collection_names()}
    return [use for collection in INDEXES if collection in there for use in _uses_in(database, collection)]


def _uses_in(database: Database[Document], collection: str) -> list[IndexUse]:
    (storage,) = database[collection].aggregate([{"$collStats": {"storageStats": {}}}])
    sizes = storage["storageStats"]["indexSizes"]
    told = database[collection].aggregate([{"$indexStats": {}}])
    uses = [
        IndexUse(
            collection,
            each["name"],
            sizes.get(each["name"], 0),
            each["accesses"]["ops"],
            each["accesses"]["since"],
            each["name"] == _OF_EACH or not {"unique", "expireAfterSeconds"}.isdisjoint(each["spec"]),
        )
        for each in told
    ]
    return sorted(uses, key=lambda each: (each.uses, each.name))


def _said(index: Mapping[str, Any]) -> str:
    """Its fields in their order, then its options."""
    fields = " ".join(f"{field}:{order:g}" for field, order in index["key"].items())
    options = {name: index[name] for name in sorted(index.keys() - {"key", "name", *_ADDED})}
    return " ".join([fields, *(f"{name}={_plain(value)}" for name, value in options.items())])


def _plain(value: Any) -> Any:
    """Numbers as such: a database has an int where a shell has written a float."""
    if isinstance(value, Mapping):
        return {name: _plain(each) for name, each in value.items()}
    return f"{value:g}" if isinstance(value, int | float) and not isinstance(value, bool) else value
