"""The store of the version before, opened by this one."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pymongo
import pytest
import redis

from bot.config import Settings
from tests.conftest import Clock
from tests.upgrade.before import Before, Reopened, before
from tests.wired import joined


@pytest.fixture
def left() -> Before:
    """What the version before left."""
    return before()


@pytest.fixture
def its_settings(settings: Settings, left: Before) -> Settings:
    """The settings that the store was filled with, on empty stores."""
    redis.Redis.from_url(settings.redis_url).flushdb()
    return replace(settings, **left.settings)


@pytest.fixture
def its_clock(clock: Clock, left: Before) -> Clock:
    """It stands at the moment of the dump."""
    clock.forward(seconds=(left.made_at - clock()).total_seconds())
    return clock


@pytest.fixture
def reopened(
    its_settings: Settings, its_clock: Clock, left: Before, mongo: pymongo.MongoClient[dict[str, Any]]
) -> Iterator[Reopened]:
    """Everybody, some moments after the dump: the bot has been started anew, and so have the stand-ins."""
    left.restore(mongo[its_settings.mongo_database], redis.Redis.from_url(its_settings.redis_url))
    phones = {name: person.phone for name, person in left.people.items()}
    with joined(its_settings, its_clock, phones) as (app, simulator):
        yield Reopened(app, simulator, its_clock, left)
        app.close()  # what it has still to say beside its answers goes to the stand-ins
