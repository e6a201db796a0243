"""What is kept of views (`domain/views.py`) in Redis, for all processes together."""

import time
from collections.abc import Callable
from datetime import timedelta
from typing import Final

from redis.exceptions import RedisError

from domain.views import ViewName
from flows.engine.redis_place import open_redis

# To work a view out takes some tens of milliseconds: no cache is worth a longer wait.
ANSWER_SECONDS: Final = 0.25
# After Redis did not answer, it is left alone for so long.
PAUSE_SECONDS: Final = 1.0


class RedisCache:
    """See `domain.views.Cache`. `told` counts the look-ups: the view's name, and whether it was there."""

    def __init__(
        self, url: str, told: Callable[[str, bool], None], *, answer_seconds: float = ANSWER_SECONDS
    ) -> None:
        self._redis = open_redis(url, answer_seconds)
        self._told, self._away_until = told, 0.0

    def get(self, key: str) -> bytes | None:
        found = self._ask(lambda: self._redis.get(key))
        return found if isinstance(found, bytes) else None

    def put(self, key: str, value: bytes, kept: timedelta) -> None:
        self._ask(lambda: self._redis.set(key, value, ex=kept))

    def looked_up(self, name: ViewName, *, found: bool) -> None:
        self._told(name, found)

    def close(self) -> None:
        """Let the connections go."""
        self._redis.close()

    def _ask(self, what: Callable[[], object]) -> object:
        """Its answer; None while Redis is away, or has no room."""
        if time.monotonic() < self._away_until:
            return None
        try:
            return what()
        except RedisError:
            self._away_until = time.monotonic() + PAUSE_SECONDS
            return None
