"""What a start does to the indexes that there are."""

from typing import Any

import pymongo

from bot.config import Settings
from domain.mongo.indexes import prepare
from domain.mongo.timing import CommandTimes


def test_a_start_drops_an_index_of_before_and_asks_for_nothing_that_waits_for_others_when_there_is_none(
    settings: Settings,
) -> None:
    told: list[str] = []
    listeners = [CommandTimes(lambda name, _seconds, _failed: told.append(name))]
    with pymongo.MongoClient[dict[str, Any]](settings.mongo_uri, event_listeners=listeners) as client:
        database = client[settings.mongo_database]
        database["broadcasts"].create_index([("group", 1), ("created_at", 1)])
        prepare(database)
        assert told.count("dropIndexes") == 1
        assert "group_1_created_at_1" not in database["broadcasts"].index_information()

        told.clear()
        prepare(database)  # as each start from then on
        assert "dropIndexes" not in told, "it waits for every open transaction, and everybody else for it"
