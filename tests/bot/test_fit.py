"""A store that would go wrong later, and quietly, is said at the start: in production it stops it."""

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

import pymongo
import pytest
import redis
import time_machine
from click.testing import CliRunner, Result

from bot.cli.main import main
from bot.config import Settings
from domain.mongo.fit import ClockApart, NoTransactions, differs
from domain.mongo.store import is_away, open_store
from tests.conftest import PINS

NOON = datetime(2026, 10, 5, 12, tzinfo=UTC)
Start = Callable[[str], Result]


@pytest.fixture
def start(settings: Settings) -> Start:
    """Start a command in a place, on the test's stores."""

    def run(place: str) -> Result:
        secrets = ("SESSION_SECRET", "PIN_PEPPER", "JWT_SECRET", "REFRESH_TOKEN_SECRET", "HOOK_SECRET")
        given = {
            "APP_ENV": place,
            "MONGO_URI": settings.mongo_uri,
            "MONGO_DATABASE": settings.mongo_database,
            "REDIS_URL": settings.redis_url,
            "DATA_DIR": str(settings.data_dir),
            "PUBLIC_URL": "https://bot.example.org",
            "FEATURE_MOBILE_MONEY_ENABLED": "false",
            "AT_API_KEY": "key",
            "AT_USERNAME": "savings",
            **{name: f"0123456789abcdef0123456789abcdef{number}" for number, name in enumerate(secrets)},
        }
        return CliRunner().invoke(main, ["ledger", "verify"], env=given)

    return run


def test_stores_that_fit_say_nothing(start: Start) -> None:
    for place in ("production", "development"):
        started = start(place)
        assert started.exit_code == 0, started.output
        assert "fit" not in started.stderr


def test_a_redis_that_forgets_stops_production(start: Start, settings: Settings) -> None:
    with redis.Redis.from_url(settings.redis_url) as server:
        server.config_set("maxmemory-policy", "allkeys-lru")
        try:
            stopped, warned = start("production"), start("development")
        finally:
            server.config_set("maxmemory-policy", "noeviction")
    assert stopped.exit_code == 1
    assert stopped.output.startswith("Error: REDIS_URL: this Redis has maxmemory-policy allkeys-lru, so it drops")
    assert "CONFIG SET maxmemory-policy noeviction" in stopped.output
    assert warned.exit_code == 0
    assert "a store does not fit" in warned.stderr


def test_a_clock_that_is_wrong_stops_production(start: Start) -> None:
    """By how much, less what the answer took, is for `differs`."""
    with time_machine.travel(datetime.now(UTC) + timedelta(minutes=5)):
        stopped, warned = start("production"), start("development")
    assert stopped.exit_code == 1
    assert re.match(r"Error: MONGO_URI: this machine's clock is \d+ s ahead of that of MongoDB", stopped.output)
    assert "NTP" in stopped.output
    assert warned.exit_code == 0
    for store in ("MongoDB", "Redis"):
        assert f" s ahead of that of {store}" in warned.stderr


@pytest.mark.parametrize(
    ("told", "answer_seconds", "said"),
    [
        (0, 0, ""),
        (30, 0, ""),
        (-30, 0, ""),
        (31, 0, "31 s behind that of Redis"),
        (-31, 0, "31 s ahead of that of Redis"),
        (40, 20, ""),  # asked at 0, heard at 20: the server may have looked at the last moment
        (51, 20, "31 s behind"),
        (-31, 20, "31 s ahead"),
    ],
)
def test_how_far_two_clocks_are_apart(told: int, answer_seconds: int, said: str) -> None:
    heard = NOON + timedelta(seconds=answer_seconds)
    if not said:
        differs("Redis", NOON, NOON + timedelta(seconds=told), heard)
        return
    with pytest.raises(ClockApart, match=said):
        differs("Redis", NOON, NOON + timedelta(seconds=told), heard)


def test_a_transaction_is_tried_and_leaves_nothing(
    settings: Settings, mongo: pymongo.MongoClient[dict[str, Any]]
) -> None:
    """A user who may only read is found out at the start, not by the first member who registers."""

    def opened() -> None:
        open_store(settings.mongo_uri, settings.mongo_database, pins=PINS).close()

    opened()
    assert mongo[settings.mongo_database]["commands"].count_documents({}) == 0
    with _fails(mongo, ["insert"], 13), pytest.raises(NoTransactions, match=r"\(Unauthorized\): give our user"):
        opened()
    with _fails(mongo, ["commitTransaction"], 263), pytest.raises(NoTransactions, match="majority"):
        opened()
    # 112 is a write conflict: it says nothing of what the server can do.
    with _fails(mongo, ["insert"], 112, labels=["TransientTransactionError"]), pytest.raises(Exception) as passing:  # noqa: PT011
        opened()
    assert is_away(passing.value)


@contextmanager
def _fails(
    mongo: pymongo.MongoClient[dict[str, Any]], commands: list[str], code: int, labels: list[str] | None = None
) -> Iterator[None]:
    labelled = {"errorLabels": labels} if labels else {}
    data = {"failCommands": commands, "errorCode": code, **labelled}
    mongo.admin.command("configureFailPoint", "failCommand", mode={"times": 1}, data=data)
    try:
        yield
    finally:
        mongo.admin.command("configureFailPoint", "failCommand", mode="off")
