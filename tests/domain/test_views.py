"""A view that is kept shows what would be worked out now, whatever was written meanwhile, and by whom."""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import replace
from typing import Any, Final

import hypothesis
import pytest
import redis
from hypothesis import strategies
from pymongo.monitoring import CommandFailedEvent, CommandListener, CommandStartedEvent, CommandSucceededEvent

from bot.cache import RedisCache
from bot.config import Settings
from domain.board.daily import figure_group
from domain.errors import DomainError
from domain.loans.borrow import NoLoans
from domain.mongo.stamps import CONCERNS, IN_BOOKS
from domain.mongo.store import MongoStore, open_store
from domain.people.profile import SetLanguage
from domain.records.group import LoanProduct
from domain.records.person import membership_id
from domain.savings.fines import FineInWords
from domain.store import NotFound, Store
from domain.views import Views
from tests.conftest import PINS, Clock, on_one_store
from tests.domain.officers import cash, village_with_fines
from tests.money import ugx
from tests.people import Village, carries, do, enrolled
from tests.waiting import WAIT_SECONDS

See = Callable[[Views, Village], object]
VIEWS: Final[dict[str, See]] = {
    "eligibility": lambda views, village: views.eligibility(village.umoja, village.akello.id),
    "profile": lambda views, village: views.profile(village.akello.id),
    "overview": lambda views, village: views.overview(village.umoja),
}


class Between(CommandListener):
    """Counts what is asked for, notes of which collections, and does something when its turn has come."""

    def __init__(self) -> None:
        self.count, self.collections = 0, set[str]()
        self.turn, self.acted = 0, True

    def before(self, turn: int, act: Callable[[], None]) -> None:
        self.count, self.turn, self.act, self.acted = 0, turn, act, False

    def started(self, event: CommandStartedEvent) -> None:
        if event.command_name in {"find", "aggregate", "count"}:
            self.collections.add(event.command[event.command_name])
            self.count += 1
            if self.count == self.turn and not self.acted:
                self.acted = True
                self.act()

    def succeeded(self, event: CommandSucceededEvent) -> None:
        """Of no interest."""

    def failed(self, event: CommandFailedEvent) -> None:
        """Of no interest."""


@pytest.fixture
def village(store: MongoStore) -> Village:
    village = village_with_fines(store)
    rules = store.groups.get(village.umoja).constitution
    store.groups.change(village.umoja, constitution=replace(rules, loans=LoanProduct()))
    return village


@pytest.fixture
def between() -> Between:
    return Between()


@pytest.fixture
def other(settings: Settings, clock: Clock, between: Between) -> Iterator[MongoStore]:
    """Another process: its store."""
    opened = open_store(
        settings.mongo_uri,
        settings.mongo_database,
        pins=PINS,
        providers=carries("momo", "UGX", "KES", "XAF"),
        clock=clock,
        listeners=[between],
        prepared=True,
    )
    yield opened
    opened.close()


@pytest.fixture
def found() -> list[tuple[str, bool]]:
    """Every look-up, and whether it was there."""
    return []


@pytest.fixture
def cache(settings: Settings, found: list[tuple[str, bool]]) -> Iterator[RedisCache]:
    with redis.Redis.from_url(settings.redis_url) as server:
        server.flushdb()
    opened = RedisCache(
        settings.redis_url, lambda name, there: found.append((name, there)), answer_seconds=WAIT_SECONDS
    )
    yield opened
    opened.close()


@pytest.fixture
def away() -> RedisCache:
    """Nobody is there: whatever is seen is worked out."""
    return RedisCache("redis://127.0.0.1:1", lambda name, there: None)


def test_a_view_reads_nothing_that_has_no_stamp(
    other: MongoStore, village: Village, between: Between, away: RedisCache
) -> None:
    """Whoever shows more of a group or a person has to say whom it concerns."""
    between.collections.clear()
    for see in VIEWS.values():
        see(Views(other, away), village)
    assert between.collections - CONCERNS.keys() - IN_BOOKS - {"stamps"} == set()


def _writes(store: MongoStore, village: Village) -> dict[str, Callable[[int], object]]:
    akello, group = village.akello.id, village.umoja

    def rules(number: int) -> object:
        before = store.groups.get(group).constitution
        return store.groups.change(group, constitution=replace(before, share_price=ugx(1_000 * (1 + number % 9))))

    def leaves(number: int) -> object:
        status = ("active", "suspended", "pending")[number % 3]
        return store.memberships.change(membership_id(group, akello), status=status)

    return {
        "a posting": lambda number: cash(store, village, village.akello, 5_000, village.wanjiru),
        "a posting of somebody else": lambda number: cash(store, village, village.okot, 5_000, village.wanjiru),
        "a command": lambda number: do(store, SetLanguage(akello, ("en", "fr", "sw")[number % 3])),
        "a fine": lambda number: do(
            store, FineInWords(village.nakato.id, group, akello, f"Late {number}", ugx(100 * (1 + number % 9)))
        ),
        "a newcomer": lambda number: enrolled(store, village, f"Achieng {chr(65 + number % 26)}"),
        "a write by itself": lambda number: store.people.change(akello, messages_stopped=bool(number % 2)),
        "a name": lambda number: store.groups.change(group, name=f"Umoja {number}"),
        "rules": rules,
        "a standing": leaves,
    }


@hypothesis.given(data=strategies.data())
@hypothesis.settings(parent=on_one_store, max_examples=20)
def test_what_is_written_while_a_view_is_made_is_in_the_next(
    store: MongoStore,
    other: MongoStore,
    village: Village,
    between: Between,
    cache: RedisCache,
    away: RedisCache,
    data: Any,
) -> None:
    """Another process commits before any of the queries of a view, or after the last: nothing old stays."""
    writes = _writes(store, village)
    see = VIEWS[data.draw(strategies.sampled_from(sorted(VIEWS)))]
    wanted = writes[data.draw(strategies.sampled_from(sorted(writes)))]
    number = data.draw(strategies.integers(0, 99))

    def write() -> None:
        with suppress(DomainError):  # the rules may refuse it after others
            wanted(number)

    kept, anew = Views(other, cache), Views(store, away)
    between.before(data.draw(strategies.integers(0, 20)), write)
    see(kept, village)
    if not between.acted:
        between.acted = True
        write()
    assert see(kept, village) == see(anew, village)
    assert see(kept, village) == see(anew, village), "and what was kept of that"


def test_what_is_kept_is_found_by_everybody_until_its_time_is_over(
    store: MongoStore,
    other: MongoStore,
    village: Village,
    between: Between,
    cache: RedisCache,
    clock: Clock,
    found: list[tuple[str, bool]],
) -> None:
    here, there = Views(store, cache), Views(other, cache)
    for name, see in VIEWS.items():
        found.clear()
        made = see(here, village)
        between.count = 0
        assert see(there, village) == made
        assert between.count == 1, "the stamps, and nothing else"
        assert found == [(name, False), (name, True)]
    store.people.change(village.akello.id, pin=store.people.get(village.akello.id).pin)
    store.groups.count_up(village.umoja, "turns")
    found.clear()
    for see in VIEWS.values():
        see(here, village)
    assert [there for _, there in found] == [True, True, True], "what nobody sees drops nothing"
    found.clear()
    clock.forward(minutes=5)
    for see in VIEWS.values():
        see(here, village)
    clock.forward(minutes=25)
    for see in VIEWS.values():
        see(here, village)
    assert [there for _, there in found] == [True, True, False, False, True, False]


def test_a_day_ends_where_the_group_is(
    store: MongoStore, village: Village, cache: RedisCache, clock: Clock, found: list[tuple[str, bool]]
) -> None:
    clock.forward(hours=14, minutes=58)  # two minutes to midnight in Kampala
    views = Views(store, cache)
    for minutes in (0, 1, 1):
        clock.forward(minutes=minutes)
        views.eligibility(village.umoja, village.akello.id)
    assert [there for _, there in found] == [False, True, False]


def test_a_cache_that_is_away_keeps_nothing_and_brings_nothing_back(
    store: MongoStore, village: Village, cache: RedisCache, away: RedisCache, settings: Settings
) -> None:
    views = Views(store, cache)
    before = views.overview(village.umoja)
    # Whoever writes does not know of a cache: that it was away meanwhile makes no difference.
    cash(store, village, village.akello, 5_000, village.wanjiru)
    after = Views(store, away).overview(village.umoja)
    assert after.glance.cash_box == before.glance.cash_box + ugx(4_500), "the rest is for the social fund"
    assert views.overview(village.umoja) == after
    with redis.Redis.from_url(settings.redis_url) as server:
        for key in server.keys("view:*"):
            server.set(key, b"{of another version}")
        assert views.overview(village.umoja) == after
        assert all(server.ttl(key) > 0 for key in server.keys("view:*")), "what nobody asks for goes by itself"


def test_an_error_is_not_kept(store: MongoStore, village: Village, cache: RedisCache) -> None:
    views = Views(store, cache)
    rules = store.groups.get(village.umoja).constitution
    store.groups.change(village.umoja, constitution=replace(rules, loans=None))
    for _ in range(2):
        with pytest.raises(NoLoans):
            views.eligibility(village.umoja, village.akello.id)
        with pytest.raises(NotFound):
            views.profile("nobody")
    store.groups.change(village.umoja, constitution=rules)
    assert views.eligibility(village.umoja, village.akello.id).group == "Umoja"


def test_figures_are_added_up_once_in_five_minutes(
    store: MongoStore, village: Village, cache: RedisCache, clock: Clock, found: list[tuple[str, bool]]
) -> None:
    views = Views(store, cache)
    assert (views.totals(), views.totals(["other"])) == ([], [])
    figure_group(store, village.umoja)
    made = store.figures.added_up(None)
    assert [each.figures.members for each in made] == [4]
    found.clear()
    assert views.totals() == views.totals([village.umoja]) == made, "that there were none was not kept"
    clock.forward(minutes=4)
    store.database["figures"].update_many({}, {"$set": {"figures.members": 5}})
    assert views.totals() == made
    clock.forward(minutes=1)
    assert views.totals() == store.figures.added_up(None) != made
    assert [there for _, there in found] == [False, False, True, False]


def test_many_writers_of_one_group_wait_for_each_other(store: MongoStore, village: Village) -> None:
    """All of them change one stamp: who meets another one's is run again, and nothing is lost."""
    ids = [membership_id(village.umoja, each.id) for each in (village.akello, village.okot, village.nakato)] * 4

    def write(id: str) -> None:
        def work(tx: Store) -> None:
            tx.memberships.count_up(id, "turns")
            tx.memberships.count_up(id, "invited")

        store.transaction(work)

    before = store.stamps([f"group:{village.umoja}"])
    with ThreadPoolExecutor(4) as hands:
        list(hands.map(write, ids))
    assert store.stamps([f"group:{village.umoja}"]) != before
    counted = [store.database["memberships"].find_one({"_id": id})["invited"] for id in set(ids)]  # type: ignore[index]
    assert counted == [4, 4, 4]
