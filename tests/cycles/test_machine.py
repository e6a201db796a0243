"""Any order of events: after each, what must be true is true, and what was refused changed nothing."""

from collections import Counter

import pytest

from domain.mongo.store import MongoStore
from tests.conftest import Clock
from tests.cycles.invariants import Audit
from tests.cycles.machine import run
from tests.domain.savers import found


def test_groups_live_through_events_in_any_order(store: MongoStore) -> None:
    done = Counter[str]()
    run(store, Clock, 1, runs=4, steps=30, done=done)
    assert sum(times for what, times in done.items() if "refused" in what) > 10
    assert sum(times for what, times in done.items() if "done" in what) > 10


def test_what_is_wrong_is_seen(store: MongoStore) -> None:
    """A balance that was changed, and money that counts for a meeting and was never paid."""
    savers = found(store)
    Audit(store, savers.group).look()
    accounts = store.database["accounts"]
    (account,) = accounts.find({"_id": f"{savers.group}|3010|dan"})
    accounts.update_one({"_id": account["_id"]}, {"$inc": {"balance": -1}})
    with pytest.raises(AssertionError, match="a stored balance is the sum of its postings"):
        Audit(store, savers.group).look()
    accounts.replace_one({"_id": account["_id"]}, account)
    Audit(store, savers.group).look()
    store.database["paid"].update_one({"person": "dan"}, {"$inc": {"shares": 1_000}})
    with pytest.raises(AssertionError):
        Audit(store, savers.group).look()
