"""What one process does at a time: it is taken, renewed, given back, and runs out when its process is killed."""

import pytest

from domain.mongo.lease import LEASE_HELD, Lease, LeaseLost, LeaseTaken, leased
from domain.mongo.store import MongoStore
from tests.conftest import Clock


def test_one_has_it_at_a_time(store: MongoStore, clock: Clock) -> None:
    with leased(store.database, "backup", by="one", now=clock) as lease:
        lease.check()
        with (
            pytest.raises(LeaseTaken, match="backup: one is at it since 2026-10-05 06:00:00 UTC"),
            leased(store.database, "backup", by="two", now=clock),
        ):
            raise AssertionError("it is taken")
        with leased(store.database, "oplog", by="two", now=clock):
            lease.check()
    with leased(store.database, "backup", by="two", now=clock):
        pass
    assert store.database["leases"].count_documents({}) == 0


def test_that_of_a_killed_process_runs_out(store: MongoStore, clock: Clock) -> None:
    killed = Lease(store.database, "backup", clock)
    killed.take("killed")
    clock.forward(seconds=LEASE_HELD.seconds - 1)
    with pytest.raises(LeaseTaken), leased(store.database, "backup", by="two", now=clock):
        raise AssertionError("it is taken")
    clock.forward(seconds=1)
    with leased(store.database, "backup", by="two", now=clock) as taken:
        with pytest.raises(LeaseLost):
            killed.check()
        killed.give_back()
        taken.check()
        assert store.database["leases"].count_documents({"by": "two"}) == 1, "it gives back its own alone"
