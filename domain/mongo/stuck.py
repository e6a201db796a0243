"""What could not be done, in MongoDB. What it is about is not read: that may be what is wrong."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from pymongo import ReturnDocument

from domain.mongo.tables import MongoTable
from domain.records.stuck import STUCK_CLAIM, Stuck, stuck_id, try_at

PROBLEM_MAX = 300


class MongoStuck(MongoTable[Stuck]):
    """Work that could not be done, by task and what it is about."""

    def of(self, task: str, subjects: Sequence[str]) -> set[str]:
        """Those of them that are stuck."""
        ids = [stuck_id(task, subject) for subject in subjects]
        return {each["subject"] for each in self._collection.find({"_id": {"$in": ids}}, {"subject": 1})}

    def claim(self, task: str, subject: str, now: datetime) -> bool:
        """Take one whose time has come for a while, so that nobody else does; False when it has not."""
        due = {"_id": stuck_id(task, subject), "next_at": {"$lte": now}}
        return self._collection.update_one(due, {"$set": {"next_at": now + STUCK_CLAIM}}).matched_count > 0

    def failed(self, task: str, subject: str, problem: str, now: datetime, *, ends: bool) -> Stuck:
        """Count a try that failed, and say when the next one is; `ends` when it is given up some day."""
        id = stuck_id(task, subject)
        counted = self._collection.find_one_and_update(
            {"_id": id},
            {
                "$inc": {"tries": 1},
                # Until the pause is worked out; whoever is killed before that leaves one that is tried again.
                "$set": {"problem": problem[:PROBLEM_MAX], "last_at": now, "next_at": now + STUCK_CLAIM},
                "$setOnInsert": {"task": task, "subject": subject, "since": now},
            },
            upsert=True,
            return_document=ReturnDocument.AFTER,
        )
        assert counted is not None, "it was written if it was not there"
        stuck = self._value(counted)
        stuck = replace(stuck, next_at=try_at(stuck.tries, now, ends=ends))
        self._collection.update_one({"_id": id}, {"$set": {"next_at": stuck.next_at}})
        return stuck

    def again(self, id: str, now: datetime) -> None:
        """Somebody wants it tried now: its pauses begin anew."""
        self._collection.update_one({"_id": id}, {"$set": {"next_at": now, "tries": 0}})

    def forget(self, id: str) -> None:
        """It is done after all, or there is nothing left to do."""
        self._collection.delete_one({"_id": id})
