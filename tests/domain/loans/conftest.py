"""What holds of every loan in every test here."""

from collections.abc import Iterator
from typing import Any

import pymongo
import pytest

from tests.conftest import DATABASE


@pytest.fixture(autouse=True)
def versions_rise(request: pytest.FixtureRequest) -> Iterator[None]:
    """Every change of a loan raises its version: what was worked out from the loan as it was is refused by it."""
    if "store" not in request.fixturenames:
        yield
        return
    mongo: pymongo.MongoClient[dict[str, Any]] = request.getfixturevalue("mongo")
    database = mongo[DATABASE]
    seen = [{"$match": {"ns.coll": {"$in": ["loans", "watched"]}}}]
    with database.watch(seen) as changes:
        yield
        database["watched"].insert_one({})  # what was changed before it has been seen when it is
        versions: dict[str, int] = {}
        for change in changes:
            if change["ns"]["coll"] == "watched":
                break
            id, kind = change["documentKey"]["_id"], change["operationType"]
            if kind == "insert":
                versions[id] = change["fullDocument"]["version"]
            elif kind == "update":
                fields = change["updateDescription"]["updatedFields"]
                assert fields.get("version", 0) > versions[id], f"no new version: {sorted(fields)}"
                versions[id] = fields["version"]
