"""An index that is missing, different or extra is named, with what to do about it."""

import json
from collections.abc import Iterator
from typing import Any

import pymongo
import pytest
from click.testing import CliRunner, Result

from bot.cli.main import main
from bot.config import Settings
from domain.mongo.indexes import COLLECTIONS, prepare

DATABASE = "tests_indexes"


@pytest.fixture
def own(mongo: pymongo.MongoClient[dict[str, Any]]) -> Iterator[pymongo.database.Database[dict[str, Any]]]:
    """A database of its own, for its indexes are changed."""
    yield mongo[DATABASE]
    mongo.drop_database(DATABASE)


def test_indexes_are_compared_with_those_declared(
    own: pymongo.database.Database[dict[str, Any]], settings: Settings
) -> None:
    def verify() -> Result:
        given = {
            "MONGO_URI": settings.mongo_uri,
            "MONGO_DATABASE": DATABASE,
            "REDIS_URL": settings.redis_url,
            "DATA_DIR": str(settings.data_dir),
        }
        return CliRunner().invoke(main, ["indexes", "verify"], env=given)

    empty = verify()
    assert empty.exit_code == 1
    assert [line for line in empty.output.splitlines() if line.endswith(", _id_")] == [
        f"missing: {name}, _id_" for name in COLLECTIONS
    ]
    assert own.list_collection_names() == [], "it looks, and makes nothing"

    prepare(own)
    assert (verify().output.endswith("collections are as they should be.\n"), verify().exit_code) == (True, 0)

    own["groups"].drop_index("code_1")
    own["paid"].create_index([("meeting", 1)], unique=True)
    own["codes"].drop_index("at_1")
    own["codes"].create_index([("at", 1)], expireAfterSeconds=60)
    own["meetings"].drop_index("group_1_day_1")
    own["meetings"].create_index([("day", 1), ("group", 1)], name="group_1_day_1")  # the fields' order counts
    own["fines"].drop_index("group_1_state_1_at_1")
    own["fines"].create_index([("group", 1), ("state", 1), ("at", 1)], background=True)  # the same
    own["private"].create_index([("theirs", 1)])  # no collection of ours
    wrong = verify()
    assert wrong.exit_code == 1
    assert wrong.output.splitlines() == [
        "different: codes, at_1",
        "  it should be  at:1 expireAfterSeconds=3600",
        "  the database has  at:1 expireAfterSeconds=60",
        '  db.codes.dropIndex("at_1"), then start any process of this version: it makes the index',
        "missing: groups, code_1",
        "  it should be  code:1 unique=True",
        "  start any process of this version: it makes the index",
        "different: meetings, group_1_day_1",
        "  it should be  group:1 day:1",
        "  the database has  day:1 group:1",
        '  db.meetings.dropIndex("group_1_day_1"), then start any process of this version: it makes the index',
        "extra: paid, meeting_1",
        "  the database has  meeting:1 unique=True",
        '  db.paid.dropIndex("meeting_1"), unless you made it for queries of your own',
    ]


def test_what_indexes_are_used_for_is_shown(
    own: pymongo.database.Database[dict[str, Any]], settings: Settings
) -> None:
    def stats(*options: str) -> Result:
        given = {
            "MONGO_URI": settings.mongo_uri,
            "MONGO_DATABASE": DATABASE,
            "REDIS_URL": settings.redis_url,
            "DATA_DIR": str(settings.data_dir),
        }
        return CliRunner().invoke(main, ["indexes", "stats", *options], env=given)

    own["groups"].create_index([("code", 1)], unique=True)
    own["paid"].create_index([("group", 1), ("meeting", 1)])
    own["meetings"].create_index([("group", 1), ("day", 1)])
    own["meetings"].insert_one({"_id": "m", "group": "g", "day": "2026-10-05"})
    for _ in range(3):
        own["meetings"].find_one({"group": "g", "day": "2026-10-05"})
    shown = stats()
    assert shown.exit_code == 0, shown.output
    lines = [line.split() for line in shown.stdout.splitlines()]
    assert lines[0] == ["collection", "index", "kB", "uses", "since"]
    uses = {(line[0], line[1]): line[3] for line in lines[1:] if line[0] in ("groups", "meetings", "paid")}
    assert (uses["meetings", "group_1_day_1"], uses["paid", "group_1_meeting_1"]) == ("3", "0")
    named = [line for line in shown.stdout.splitlines() if line.startswith("unused: ")]
    assert named == ["unused: paid, group_1_meeting_1"], "what is unique has its use, though nobody asks it"
    told = json.loads(stats("--json").stdout)
    assert told["unused"] == ["paid.group_1_meeting_1"]
    assert {each["collection"] for each in told["indexes"]} == {"groups", "meetings", "paid"}
