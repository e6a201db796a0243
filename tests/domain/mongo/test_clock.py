"""Time is MongoDB's: how far this machine's clock is off is heard from it, and believed with care."""

from datetime import timedelta

import pytest

from bot.config import Settings
from domain.mongo.clock import TOLERANCE, StoreClock, utc_now
from domain.mongo.store import open_store
from domain.records.pin import PinHasher
from tests.conftest import Clock

HOUR = timedelta(hours=1)


def heard(clock: StoreClock, ours: Clock, *ahead: timedelta) -> list[timedelta]:
    """How far off it is taken to be after each answer of the store, which says so."""
    taken = []
    for each in ahead:
        clock.heard(ours() - each)
        taken.append(clock.ahead)
        assert clock() == ours() - clock.ahead
    return taken


@pytest.mark.parametrize("off", [HOUR, -HOUR, timedelta(0)])
def test_from_the_first_answer_on_it_is_the_stores_time(settings: Settings, off: timedelta) -> None:
    """The first thing that is read comes after it: the driver has asked for the primary by then."""
    told: list[timedelta] = []
    store = open_store(
        settings.mongo_uri,
        settings.mongo_database,
        pins=PinHasher("pepper"),
        clock=StoreClock(lambda: utc_now() + off, told.append),
    )
    (answer,) = store.database.aggregate([{"$documents": [{}]}, {"$project": {"now": "$$NOW"}}])
    assert abs(store.now() - answer["now"]) < HOUR / 2
    inside = store.transaction(lambda tx: tx.now())
    assert abs(inside - answer["now"]) < HOUR / 2
    assert [each > timedelta(0) for each in told] == ([off > timedelta(0)] if off else [])
    store.close()


def test_an_answer_that_was_heard_late_changes_nothing() -> None:
    """This process stood still for an hour: what waited for it is old, and the next answer is not."""
    ours = Clock()
    assert heard(StoreClock(ours), ours, timedelta(0), HOUR, timedelta(0), timedelta(0)) == [timedelta(0)] * 4


def test_a_clock_that_was_set_is_believed_at_the_second_answer() -> None:
    ours, told = Clock(), list[timedelta]()
    clock = StoreClock(ours, told.append)
    assert heard(clock, ours, HOUR, timedelta(0), timedelta(0), timedelta(0)) == [HOUR, HOUR, *[timedelta(0)] * 2]
    assert told == [HOUR, timedelta(0)], "told when it changes"


def test_a_small_difference_is_left_as_it_is() -> None:
    ours = Clock()
    assert heard(StoreClock(ours), ours, TOLERANCE, -TOLERANCE) == [timedelta(0)] * 2


def test_a_clock_that_is_given_is_taken_as_it_is(settings: Settings, clock: Clock) -> None:
    store = open_store(settings.mongo_uri, settings.mongo_database, pins=PinHasher("pepper"), clock=clock)
    assert store.now() == clock()
    store.close()
