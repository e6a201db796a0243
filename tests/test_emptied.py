"""Whatever a test has put into the store, the next one finds none of it."""

from collections.abc import Callable, Iterator
from typing import Any

import pymongo
import pytest
from pymongo.database import Database

from tests.emptied import empty, fill
from tests.kept import everything

Base = Database[dict[str, Any]]


def _in_a_transaction(database: Base) -> None:
    with database.client.start_session() as session, session.start_transaction():
        database["groups"].insert_one({"_id": "a", "code": "1"}, session=session)
        database["people"].insert_one({"_id": "b"}, session=session)


def _again(database: Base) -> None:
    for _ in range(2):
        database["groups"].insert_one({"_id": "a", "code": "1"})
        database["groups"].delete_one({"_id": "a"})
    database["groups"].insert_one({"_id": "a", "code": "1"})


def _under_another_name(database: Base) -> None:
    database["put_aside"].insert_one({"_id": "a"})
    database["put_aside"].rename("watched", dropTarget=True)


PUT: dict[str, Callable[[Base], object]] = {
    "one by one": lambda database: database["groups"].insert_one({"_id": "a", "code": "1"}),
    "upserted": lambda database: database["leases"].update_one({"_id": 7}, {"$set": {"by": "b"}}, upsert=True),
    "in a transaction": _in_a_transaction,
    "put, deleted and put again": _again,
    "under another name": _under_another_name,
    "all at once": lambda database: fill(database, {"groups": [{"_id": "a", "code": "1"}], "new": [{"_id": 1}]}),
    "very many": lambda database: database["leases"].insert_many([{"_id": number} for number in range(2_100)]),
}


@pytest.fixture
def database(mongo: pymongo.MongoClient[dict[str, Any]]) -> Iterator[Base]:
    yield mongo["tests_emptied"]
    mongo.drop_database("tests_emptied")


@pytest.mark.parametrize("put", PUT.values(), ids=PUT)
def test_nothing_is_left(put: Callable[[Base], object], database: Base) -> None:
    empty(database)
    put(database)
    assert any(everything(database).values())
    empty(database)
    assert not any(everything(database).values())
