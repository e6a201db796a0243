"""What the driver tells of MongoDB: how long commands take, which fail, and how its members are."""

from datetime import UTC, datetime
from typing import Any

import pymongo
import pytest
from pymongo.errors import OperationFailure
from pymongo.hello import Hello
from pymongo.server_description import ServerDescription

from domain.mongo.members import has_primary, members_of, replica_lag_seconds
from domain.mongo.store import open_store
from domain.mongo.timing import CommandTimes
from tests.conftest import PINS

AT = datetime(2026, 10, 5, 6, 0, tzinfo=UTC).replace(tzinfo=None)  # as the driver reads it


def member(port: int, *, primary: bool, wrote_at: int) -> ServerDescription:
    """What a server answers when the driver asks it how it is."""
    role = {"isWritablePrimary": True} if primary else {"secondary": True}
    said: dict[str, Any] = {
        "ok": 1,
        "setName": "rs0",
        "hosts": ["a:1", "a:2", "a:3"],
        "maxWireVersion": 21,
        "minWireVersion": 0,
        "lastWrite": {"lastWriteDate": AT.replace(second=wrote_at)},
        **role,
    }
    return ServerDescription(("a", port), Hello(said))


def test_commands_are_told_with_their_time_and_those_that_failed(settings: Any) -> None:
    told: list[tuple[str, float, bool]] = []
    store = open_store(
        settings.mongo_uri,
        settings.mongo_database,
        pins=PINS,
        listeners=[CommandTimes(lambda *heard: told.append(heard))],
        prepared=True,
    )
    store.people.find(phone="+256772000101", limit=1)
    with pytest.raises(OperationFailure):
        store.database.command("noSuchThing")
    with pytest.raises(OperationFailure):
        store.database["people"].drop_index("none_of_ours")  # as two starts at once, which want it gone
    store.close()
    assert [(name, failed) for name, seconds, failed in told if seconds > 0][:3] == [
        ("find", False),
        ("noSuchThing", True),
        ("dropIndexes", False),
    ]


def test_a_transaction_that_has_to_be_repeated_is_no_error(settings: Any) -> None:
    told: list[tuple[str, bool]] = []
    store = open_store(
        settings.mongo_uri,
        settings.mongo_database,
        pins=PINS,
        listeners=[CommandTimes(lambda name, _, failed: told.append((name, failed)))],
        prepared=True,
    )
    limits, client = store.database["limits"], store.database.client
    with client.start_session() as one, client.start_session() as other, one.start_transaction():
        limits.update_one({"_id": "x"}, {"$set": {"n": 1}}, upsert=True, session=one)
        other.start_transaction()
        with pytest.raises(OperationFailure, match=r"WriteConflict|Write conflict"):
            limits.update_one({"_id": "x"}, {"$set": {"n": 2}}, upsert=True, session=other)
    store.close()
    assert ("update", False) in told and not any(failed for _, failed in told)


def test_a_set_of_one_has_a_primary_and_nobody_behind_it(mongo: pymongo.MongoClient[dict[str, Any]]) -> None:
    mongo.admin.command("ping")
    assert has_primary(mongo)
    assert replica_lag_seconds(members_of(mongo)) == {}


def test_each_secondary_is_so_far_behind_as_its_last_write() -> None:
    primary = member(1, primary=True, wrote_at=30)
    here, late = member(2, primary=False, wrote_at=31), member(3, primary=False, wrote_at=10)
    assert replica_lag_seconds([primary, here, late]) == {"a:2": 0, "a:3": 20}
    assert replica_lag_seconds([primary, ServerDescription(("a", 2))]) == {}, "nothing is known of who is away"
    assert replica_lag_seconds([here, late]) == {}, "nothing is known without a primary"


def test_where_nobody_answers_there_is_no_primary() -> None:
    with pymongo.MongoClient[dict[str, Any]]("127.0.0.1", 1, serverSelectionTimeoutMS=1) as client:
        assert not has_primary(client)
