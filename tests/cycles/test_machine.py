"""Any order of events: after each, what must be true is true, and what was refused changed nothing."""

from collections import Counter
from datetime import timedelta

import pytest

from domain.books.ledger import Draft, Posting
from domain.mongo.store import COLLECTIONS, MongoStore
from domain.share_out.plan import ProposeShareOut, planned
from tests.conftest import Clock
from tests.cycles.invariants import Audit
from tests.cycles.machine import run
from tests.cycles.wind_up import COMMANDS_MAX, NoWayOut, WindUp
from tests.domain.savers import found, ugx


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


def test_a_group_that_cannot_end_its_cycle_is_seen(store: MongoStore, clock: Clock) -> None:
    """Of two like groups one ends it; of the other cash is lost after the members agreed, and is missing."""

    def forward(time: timedelta) -> None:
        clock.forward(seconds=time.total_seconds())

    savers = found(store)
    ending = WindUp(store, savers.group, forward)
    ending.end_cycle()
    assert store.groups.get(savers.group).cycle == 2 and 0 < ending.tried < COMMANDS_MAX
    for name in COLLECTIONS:
        store.database[name].delete_many({})
    savers = found(store)
    plan = planned(store, savers.group, ugx(0))
    savers.do(ProposeShareOut("ada", savers.group, ugx(0), plan.digest))
    savers.decide("share_out", "ben", "dan", "eve")
    legs = (Posting("1010", -50_000), Posting("5060", 50_000))
    store.post(Draft(savers.group, "UGX", "lost", "lost", store.now(), legs))
    with pytest.raises(NoWayOut, match="parts_left"):
        WindUp(store, savers.group, forward).end_cycle()
