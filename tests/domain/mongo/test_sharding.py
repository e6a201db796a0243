"""Every collection says by what it would be divided, and none loses a unique index by it."""

import re
from pathlib import Path

import pytest

from domain.mongo.indexes import INDEXES
from domain.mongo.sharding import SHARDING, KeptWhole, ShardKey

STORES = Path(__file__).parents[3] / "docs" / "stores.md"


def unique_indexes(collection: str) -> list[list[str]]:
    return [list(each.document["key"]) for each in INDEXES[collection] if each.document.get("unique")]


def test_every_collection_says_how_it_is_divided() -> None:
    assert {*SHARDING} == {*INDEXES}


@pytest.mark.parametrize("name", sorted(SHARDING))
def test_a_unique_index_begins_with_the_shard_key_or_the_collection_is_kept_whole(name: str) -> None:
    """As MongoDB asks for it. The reason names the index."""
    how, unique = SHARDING[name], unique_indexes(name)
    if isinstance(how, KeptWhole):
        for fields in unique:
            assert f"`{', '.join(fields)}`" in how.why
        return
    for fields in unique:
        assert not how.hashed and tuple(fields[: len(how.fields)]) == how.fields, fields


def test_what_is_changed_by_its_id_is_divided_by_it() -> None:
    """A change that does not name the shard key is refused; entries are never changed."""
    others = {name for name, how in SHARDING.items() if isinstance(how, ShardKey) and how.fields != ("_id",)}
    assert others == {"entries"}


def test_the_page_on_stores_says_the_same() -> None:
    table = re.findall(r"^\| ((?:`\w+`(?:, )?)+) \| (.*?) \|$", STORES.read_text(), flags=re.MULTILINE)
    said = {name: how for names, how in table for name in re.findall(r"`(\w+)`", names)}
    for name, how in SHARDING.items():
        if isinstance(how, ShardKey):
            assert said[name] == f"`{', '.join(how.fields)}`{', hashed' if how.hashed else ''}", name
        else:
            assert said[name] == f"whole: {how.why}", name
