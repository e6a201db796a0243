"""
Whether the configured stores fit what is kept in them: looked at when a command starts.

What no group could be kept with (no replica set, no transactions) has stopped the start before, wherever that is:
`domain/mongo/fit.py`. What goes wrong later, and quietly, stops it in production and is a warning elsewhere.
"""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any, Final

from redis import Redis
from redis.exceptions import ConnectionError as NoConnection
from redis.exceptions import RedisError, TimeoutError

from bot.config import Settings
from bot.logs import log, report
from domain.errors import StoreError
from domain.mongo.fit import check_clock, differs
from domain.mongo.store import MongoStore
from flows.engine.redis_place import primaries

ANSWER_SECONDS: Final = 2
KEEPS_ALL: Final = "noeviction"


class Evicts(StoreError):
    """Redis drops what it holds when its memory is full: jobs, locks, and conversations under way."""


def check_mongo(settings: Settings, store: MongoStore) -> None:
    """Raises ClockApart in production."""
    _say_or_stop(settings, lambda: check_clock(store.database.client))


def check_redis(settings: Settings) -> None:
    """Raises ClockApart or Evicts in production. One that is away is waited for by those who need it."""
    urls = dict.fromkeys(url for url in (settings.redis_url, settings.shared_redis_url) if url)
    for url in urls:
        try:
            for redis in primaries(url, ANSWER_SECONDS):
                _check_server(settings, redis)
        except (NoConnection, TimeoutError):
            continue  # whoever knows which servers there are is away


def _check_server(settings: Settings, redis: Redis) -> None:
    try:
        _say_or_stop(settings, lambda: _check_clock(redis))
        _say_or_stop(settings, lambda: _check_policy(redis))
    except (NoConnection, TimeoutError):
        return
    except RedisError as error:  # a server that lets us ask neither: nothing is known against it
        report("Redis does not say whether it fits", error)
    finally:
        redis.close()


def _say_or_stop(settings: Settings, check: Callable[[], None]) -> None:
    try:
        check()
    except StoreError as unfit:
        if settings.app_env == "production":
            raise
        log().warning("a store does not fit", why=str(unfit))


def _check_clock(redis: Redis) -> None:
    asked = datetime.now(UTC)
    told: Any = redis.time()
    differs("Redis", asked, datetime.fromtimestamp(told[0] + told[1] / 1e6, UTC), datetime.now(UTC))


def _check_policy(redis: Redis) -> None:
    told: Any = redis.info("memory")
    if (policy := told.get("maxmemory_policy", KEEPS_ALL)) != KEEPS_ALL:
        raise Evicts(
            f"this Redis has maxmemory-policy {policy}, so it drops jobs and locks when it is full: "
            f"CONFIG SET maxmemory-policy {KEEPS_ALL}, and the same in its configuration"
        )
