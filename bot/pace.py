"""How fast we may send on each channel, counted in Redis for all workers together."""

import time
from collections.abc import Callable, Mapping
from typing import Any, Final

from redis.exceptions import RedisError

from flows.engine.redis_place import open_redis

WAIT_SECONDS_MAX: Final = 2.0  # in hand; who has to wait longer lets others go first

# When the next message may go, in microseconds of Redis's clock; it moves on by itself, and a burst of a second is
# let through. Answers with how long to wait; longer than is waited for, it takes no place.
_TAKE: Final = """
local now = redis.call('TIME')
now = now[1] * 1000000 + now[2]
local step, most = tonumber(ARGV[1]), tonumber(ARGV[2])
local place = math.max(tonumber(redis.call('GET', KEYS[1]) or 0), now - 1000000)
local wait = math.max(0, place - now)
if wait <= most then
  redis.call('SET', KEYS[1], string.format('%.0f', place + step), 'PX', 60000)
end
return wait
"""


class Pace:
    """
    Messages a second for each channel, 0 for as many as there are.

    Redis may forget it, or be away: then a provider slows us down itself, by refusing for a moment.
    """

    def __init__(self, url: str, rates: Mapping[str, int], sleep: Callable[[float], None] = time.sleep) -> None:
        self._redis = open_redis(url, 1)
        self._take: Any = self._redis.register_script(_TAKE)
        self._rates, self._sleep = rates, sleep

    def __call__(self, channel: str) -> float:
        """Wait for the turn of one message; the seconds that are left to wait when that is too long, else 0."""
        rate = self._rates.get(channel, 0)
        if not rate:
            return 0
        most = WAIT_SECONDS_MAX * 1_000_000
        try:
            wait = self._take(keys=[f"pace:{channel}"], args=[1_000_000 / rate, most]) / 1_000_000
        except RedisError:
            return 0
        if wait > WAIT_SECONDS_MAX:
            return wait
        self._sleep(wait)
        return 0

    def close(self) -> None:
        """Let the connections go."""
        self._redis.close()
