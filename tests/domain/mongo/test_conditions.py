"""Whatever a value asked for is, it is compared with, and is never a condition itself."""

import re
from typing import Any

import pytest

from domain.mongo.store import MongoStore
from tests.people import found_village

# What a client would send to be let past an equality.
OPERATORS: tuple[Any, ...] = (
    {"$ne": ""},
    {"$gt": ""},
    {"$exists": True},
    {"$in": ["10101"]},
    {"$regex": "."},
    {"$where": "1"},
    {"$expr": True},
    {"$not": {"$eq": ""}},
    {},
)


def test_a_document_in_place_of_a_value_finds_and_changes_nothing(store: MongoStore) -> None:
    group = found_village(store).umoja
    assert store.groups.one(code="10101") == store.groups.get(group)
    for given in OPERATORS:
        assert store.groups.one(code=given) is None, given
        assert store.groups.one(id=given) is None, given
        assert store.groups.find(id=given, limit=1) == [], given
        assert store.groups.count(id=given) == 0, given
        assert store.groups.change(group, when={"name": given}, name="Taken") is None, given
        with pytest.raises(TypeError, match="no value"):
            store.groups.find(id=["10101", given])
    assert store.groups.change(group, when={"name": "Umoja"}, name="Umoja Women") is not None


def test_a_pattern_in_place_of_a_value_finds_nothing(store: MongoStore) -> None:
    found_village(store)
    assert store.groups.one(id=re.compile(".")) is None
    with pytest.raises(TypeError, match="no value"):
        store.groups.find(id=[re.compile(".")])
