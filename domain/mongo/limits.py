"""
The counters of limits: {_id: "name:whose", count, until}, forgotten by the store when their time is over.

A counter is found by its id only while there is room in it, or its time is over; a use of one that is full would
insert a second one of that id, which the store refuses. So counting and refusing are one write.
"""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Final

from pymongo import UpdateOne
from pymongo.collection import Collection
from pymongo.errors import BulkWriteError

from domain.mongo.layout import Document
from domain.records.limit import Limit, Reached, Use

_DUPLICATE_KEY: Final = 11000


class MongoLimits:
    """See `domain.store.Limits`. `most` is how many uses a limit has instead of its own, by its name."""

    def __init__(
        self, collection: Collection[Document], clock: Callable[[], datetime], most: Mapping[str, int]
    ) -> None:
        self._collection, self._now, self._most = collection, clock, most

    def take(self, *uses: Use) -> Reached | None:
        now, taken = self._now(), 0
        while taken < len(uses):
            try:
                self._collection.bulk_write([self._count(use, now) for use in uses[taken:]])
                break
            except BulkWriteError as error:
                (failure,) = error.details["writeErrors"]  # in order, so it stopped at the first
                if failure["code"] != _DUPLICATE_KEY:
                    raise
                taken += failure["index"]
            counter = self._collection.find_one({"_id": uses[taken].id, "until": {"$gt": now}})
            if counter and counter["count"] >= self._most_of(uses[taken].limit):
                self.give_back(*uses[:taken])
                return Reached(uses[taken].limit, counter["until"])
            # Two first uses at once, of which the other one made the counter: it is there now.
        return None

    def give_back(self, *uses: Use) -> None:
        running = {"_id": {"$in": [use.id for use in uses]}, "until": {"$gt": self._now()}}
        self._collection.update_many(running, {"$inc": {"count": -1}})

    def _count(self, use: Use, now: datetime) -> UpdateOne:
        is_running = {"$gt": ["$until", now]}
        change = {
            "count": {"$cond": [is_running, {"$add": ["$count", 1]}, 1]},
            "until": {"$cond": [is_running, "$until", now + use.limit.per]},
        }
        room = [{"count": {"$lt": self._most_of(use.limit)}}, {"until": {"$lte": now}}]
        return UpdateOne({"_id": use.id, "$or": room}, [{"$set": change}], upsert=True)

    def _most_of(self, limit: Limit) -> int:
        return self._most.get(limit.name, limit.most)
