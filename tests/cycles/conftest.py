"""A stage for the stories of `demo-cycle`, on the stores that are there and empty."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from datetime import date

import pytest
import redis

from bot.config import Settings
from bot.demo.stage import Stage, opened

Open = Callable[[date], Stage]


@pytest.fixture
def open_stage(settings: Settings) -> Iterator[Open]:
    """A stage that begins on a day; what is said on it can be seen by capsys."""
    redis.Redis.from_url(settings.redis_url).flushdb()
    with ExitStack() as stack:
        yield lambda begins: stack.enter_context(
            opened(settings.mongo_uri, settings.redis_url, settings.mongo_database, begins=begins, say=print)
        )
