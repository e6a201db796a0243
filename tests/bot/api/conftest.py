"""One world for all tests of a file: what they ask is asked of the same stores."""

from collections.abc import Iterator
from dataclasses import replace

import pymongo
import pytest
import redis

from bot.app import build
from bot.local.stores import Stores
from bot.logs import set_up
from tests.bot.api.world import World, make_world
from tests.conftest import DATABASE, PINS, Clock, settings_for
from tests.emptied import empty


@pytest.fixture(scope="module")
def world(
    stores: Stores, mongo: pymongo.MongoClient[dict[str, object]], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[World]:
    empty(mongo[DATABASE])
    settings = replace(settings_for(stores, tmp_path_factory.mktemp("data")), feature_referral_enabled=True)
    redis.Redis.from_url(settings.redis_url).flushdb()
    set_up(settings, role="test")
    clock = Clock()
    app = build(settings, clock=clock, pins=PINS, prepared=True)
    yield make_world(app, clock)
    app.close()


@pytest.fixture
def hour(world: World) -> None:
    """Money commands count for an hour, and access tokens are good for some minutes."""
    world.clock.forward(hours=2)
    world.renew()
