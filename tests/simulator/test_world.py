"""People, wallets, events and delayed jobs: what every provider stands on."""

import threading
from collections.abc import Iterator
from functools import partial

import pytest

from domain.money import CurrencyMismatch, Money
from simulator.world import EVENTS_MAX, WORKERS, Config, NotEnoughFunds, Switches, UnknownPhone, World
from tests.simulator.conftest import GRACE, STRANGER
from tests.waiting import WAIT_SECONDS


@pytest.fixture
def world() -> Iterator[World]:
    wallet = {"minor": 1_000, "currency": "UGX"}
    world = World(Config.from_json({"people": [{"name": "Grace", "phone": GRACE, "wallet": wallet}]}))
    yield world
    world.close()


def test_a_wallet_never_goes_below_nothing(world: World) -> None:
    world.debit(GRACE, Money(1_000, "UGX"))
    with pytest.raises(NotEnoughFunds):
        world.debit(GRACE, Money(1, "UGX"))
    assert world.wallet(GRACE) == Money(0, "UGX")
    world.credit(GRACE, Money(5, "UGX"))
    with pytest.raises(CurrencyMismatch):
        world.debit(GRACE, Money(5, "KES"))
    assert world.wallet(GRACE) == Money(5, "UGX")
    assert [event.data["wallet"] for event in world.events(0)] == ["UGX 0", "UGX 5"]


def test_a_stranger_has_no_wallet(world: World) -> None:
    assert world.person(STRANGER).role == "newcomer"
    for change in (world.credit, world.debit):
        with pytest.raises(UnknownPhone):
            change(STRANGER, Money(1, "UGX"))


def test_debits_at_once_take_no_more_than_there_is(world: World) -> None:
    refused = []

    def spend() -> None:
        for _ in range(50):
            try:
                world.debit(GRACE, Money(10, "UGX"))
            except NotEnoughFunds:
                refused.append(1)

    threads = [threading.Thread(target=spend) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert (world.wallet(GRACE).minor, len(refused)) == (0, 100)


def test_the_newest_events_are_kept_and_seen_by_whom_they_concern(world: World) -> None:
    for number in range(EVENTS_MAX + 1):
        world.publish("sms", GRACE if number % 2 else "", {"number": number})
    kept = world.events(0)
    assert (len(kept), kept[0].id, kept[-1].id) == (EVENTS_MAX, 2, EVENTS_MAX + 1)
    assert [event.data["number"] for event in world.events(EVENTS_MAX - 1, STRANGER)] == [EVENTS_MAX]
    assert world.events(EVENTS_MAX + 1) == []


def test_waiting_for_an_event_ends_with_it_or_with_the_world(world: World) -> None:
    world.later(0.01, lambda: world.publish("sms", GRACE, {}))
    assert [event.kind for event in world.events(0, wait_seconds=WAIT_SECONDS)] == ["sms"]
    world.later(0.01, world.close)
    assert world.events(1, wait_seconds=WAIT_SECONDS) == []
    assert world.closed


def test_jobs_run_in_the_order_they_fall_due(world: World) -> None:
    done: list[str] = []
    ready, ended, busy = threading.Event(), threading.Event(), threading.Barrier(WORKERS + 1)

    def hold(until: threading.Event) -> None:
        busy.wait()
        until.wait()

    for until in (ready, *[ended] * (WORKERS - 1)):  # one hand will be free, which takes one job after the other
        world.later(0, partial(hold, until))
    busy.wait()
    # They fell due an age apart: how long it takes to say so decides nothing.
    world.later(-1_000, ended.set)
    world.later(-2_000, lambda: done.append("second"))
    world.later(-3_000, lambda: done.append("first"))
    ready.set()
    assert ended.wait(WAIT_SECONDS)
    assert done == ["first", "second"]


def test_what_is_soon_done_can_be_waited_for_and_what_comes_of_it(world: World) -> None:
    done: list[str] = []

    def first() -> None:
        done.append("first")
        world.later(0.02, lambda: done.append("second"))

    world.later(3600, lambda: done.append("much later"))
    world.later(0.02, first)
    world.later.wait_until_done(within_seconds=0.5)
    assert done == ["first", "second"]


@pytest.mark.parametrize(("set_to", "hits"), [(0, 0), (2, 2), (-1, 4)])
def test_a_counted_switch_hits_as_many_as_it_says(set_to: int, hits: int) -> None:
    switches = Switches(["drop"])
    switches.set({"drop": set_to})
    assert sum(switches.take("drop") for _ in range(4)) == hits
