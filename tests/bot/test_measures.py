"""What processes count of themselves: summed over all of them, and nothing of it on the way of a request."""

import socket
import subprocess
import sys
from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path

import pytest
import redis

from bot.config import Settings
from bot.measured import Seen, Tally, seen
from bot.measures import BOUNDS_MS, Measures, minute_key
from bot.metrics import metrics
from domain.board.dashboard import dashboard
from domain.mongo.store import MongoStore

ROOT = Path(__file__).parents[2]
AT = 1_800_000_030.0  # in the middle of a minute


@pytest.fixture
def link(settings: Settings) -> Iterator[redis.Redis]:
    with redis.Redis.from_url(settings.redis_url) as link:
        link.flushdb()
        yield link


def measures_of(settings: Settings, at: float = AT, pool: float = 10) -> Measures:
    return Measures(settings.redis_url, pool=lambda: pool, disk="/", clock=lambda: at)


def seen_at(link: redis.Redis, at: float = AT) -> Seen:
    return seen(link, clock=lambda: at)


def test_what_two_processes_did_is_added_up(settings: Settings, link: redis.Redis, store: MongoStore) -> None:
    """One that is a process of its own, and this one."""
    other = (
        "import sys; from bot.measures import Measures\n"
        f"m = Measures(sys.argv[1], pool=lambda: 75.0, disk='/', clock=lambda: {AT})\n"
        "for _ in range(990): m.done('turn:ussd', 0.004)\n"
        "m.done('page:board.home', 0.7, failed=True)\n"
        "m.flush()"
    )
    subprocess.run([sys.executable, "-c", other, settings.redis_url], check=True, cwd=ROOT)
    ours = measures_of(settings)
    for _ in range(9):
        ours.done("turn:ussd", 0.004)
    ours.done("task:settle", 3, failed=True)  # nobody waits for it: it is no request
    ours.flush()
    ours.flush()  # what was written is not written again
    found = seen_at(link)
    assert (found.requests.count, found.requests.failed) == (1000, 1)
    assert found.tallies["turn:ussd"].count == 999 and found.tallies["task:settle"].failed == 1
    assert len(found.processes) == 2 and found.most("pool") == 75
    values = {each.metric: each for each in metrics(found, dashboard(store))}
    assert (values["error_rate"].value, values["error_rate"].state) == (Fraction(1, 10), "good")
    assert (values["database_pool"].state, values["cache_hits"].state) == ("off", "unknown")
    assert values["p95"].value is not None and 2 < values["p95"].value <= 5


def test_minutes_pass_and_processes_go(settings: Settings, link: redis.Redis) -> None:
    ours = measures_of(settings)
    ours.done("turn:ussd", 0.1)
    ours.done("message:sms", 0.1)
    ours.flush()
    assert link.ttl(minute_key(int(AT // 60))) > 3600
    later = seen_at(link, AT + 5 * 60)
    assert (later.requests.count, len(later.processes), later.workers, later.most("cpu")) == (0, 0, 0, None)
    assert later.messages_today == {"sms": 1}, "those of today stay"
    assert seen_at(link, AT + 86_400).messages_today == {}


def test_while_redis_is_away_nothing_is_lost(settings: Settings, link: redis.Redis) -> None:
    away = Measures("redis://127.0.0.1:1/0", pool=lambda: 0, disk="/", clock=lambda: AT)
    away.done("turn:ussd", 0.1)
    away.done("turn:sms", 0.1)
    for _ in range(2):
        with pytest.raises(redis.RedisError):
            away.flush()
    away._redis = link  # it is back
    away.flush()
    assert seen_at(link).requests.count == 2


@pytest.mark.parametrize(
    ("took_ms", "least", "most"),
    [
        ([4] * 95 + [900] * 5, 2, 5),
        ([4] * 94 + [900] * 6, 750, 1000),
        ([200] * 100, 150, 200),  # at the target, and not above it
        ([201] * 100, 200, 300),
        ([60_000], 15_000, 15_000),
    ],
)
def test_p95_is_within_the_bounds_of_what_took_so_long(took_ms: list[int], least: int, most: int) -> None:
    buckets: dict[int, int] = {}
    for each in took_ms:
        bucket = next((n for n, bound in enumerate(BOUNDS_MS) if each <= bound), len(BOUNDS_MS))
        buckets[bucket] = buckets.get(bucket, 0) + 1
    found = Tally(buckets=buckets).p95_ms
    assert found is not None and least <= found <= most
    assert Tally().p95_ms is None


def test_a_command_which_nobody_asks_what_it_did_keeps_little_of_it(settings: Settings, link: redis.Redis) -> None:
    ours = measures_of(settings)
    for _ in range(10_001):  # as many as moving in some hundred groups takes
        ours.done("mongo:insert", 0.001)
    ours.flush()
    assert seen_at(link).tallies["mongo:insert"].count == 10_000


def test_on_the_way_of_a_request_redis_is_told_nothing() -> None:
    with socket.create_server(("127.0.0.1", 0)) as instead:
        instead.setblocking(False)
        ours = Measures(f"redis://127.0.0.1:{instead.getsockname()[1]}/0", pool=lambda: 0, disk="/")
        for _ in range(1_000):
            ours.done("turn:ussd", 0.001)
        with pytest.raises(BlockingIOError):  # nobody is there
            instead.accept()
