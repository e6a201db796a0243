"""
What a process counts of itself: how many things it did, how many failed, how long each took.

On the way of a request one tuple is put into a queue, a tenth of a microsecond; a thread of its own counts them
once in some seconds and writes the sums to Redis, into a bucket for each minute that all processes share. A
process that is killed loses what it did in its last seconds.
"""

import json
import os
import socket
import threading
import time
from bisect import bisect_left
from collections import Counter, deque
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final, Literal

import psutil
from redis import Redis
from redis.exceptions import RedisError

from bot.logs import log, report

Role = Literal["web", "worker", "scheduler"]

FLUSH_SECONDS: Final = 5.0
# Upper bounds of the histogram; what took longer than the last is in one more.
BOUNDS_MS: Final = (1, 2, 5, 10, 20, 50, 100, 150, 200, 300, 500, 750, 1_000, 2_000, 5_000, 15_000)
KEPT_SECONDS: Final = 2 * 3600
DAY_KEPT_SECONDS: Final = 40 * 24 * 3600
# A process that was not heard of for so long is not there.
GONE_SECONDS: Final = 30.0
PROCESSES: Final = "measures:processes"
# While Redis is away so much is kept; a quarter of an hour of a busy process.
_WAITING_MAX: Final = 1_000_000
# What is counted by the day too.
_BY_DAY: Final = "message:"

Done = tuple[str, float, bool]


def minute_key(minute: int) -> str:
    """Where the sums of a minute are; minutes are counted from 1970."""
    return f"measures:minute:{minute}"


def day_key(day: int) -> str:
    """Where the sums of a day (UTC) are; days are counted from 1970."""
    return f"measures:day:{day}"


@dataclass(frozen=True, slots=True)
class Gauges:
    """How full a process and its machine are, in percent; of the connections to MongoDB, at their most of late."""

    role: Role
    host: str
    pid: int
    at: float
    pool: float
    cpu: float
    memory: float
    disk: float


class Measures:
    """
    One for a process. Until it has begun it only takes; it begins after a fork, never before.

    `pool` gives the most connections in use since it was asked last, in percent of how many there may be.
    """

    def __init__(
        self, url: str, *, pool: Callable[[], float], disk: str, clock: Callable[[], float] = time.time
    ) -> None:
        self._redis = Redis.from_url(url, socket_connect_timeout=5, socket_timeout=5)
        self._pool, self._disk, self._clock = pool, disk, clock
        self._done: deque[Done] = deque(maxlen=_WAITING_MAX)
        self._stop = threading.Event()
        self._thread: threading.Thread | None = None
        self._role: Role = "web"

    def done(self, name: str, seconds: float, *, failed: bool = False) -> None:
        """Something of this name took so long. There are few names: each has its fields in each minute."""
        self._done.append((name, seconds, failed))

    @property
    def redis(self) -> Redis:
        """Where all processes write theirs, to read it back."""
        return self._redis

    def begin(self, role: Role) -> None:
        """Write down once in some seconds what was done since."""
        self._role = role
        psutil.cpu_percent()  # the first answer of it means nothing
        self._thread = threading.Thread(target=self._run, name="measures", daemon=True)
        self._thread.start()

    def close(self) -> None:
        """Write down what is left."""
        if self._thread is not None:
            self._stop.set()
            self._thread.join()
        self._redis.close()

    def _run(self) -> None:
        while not self._stop.wait(FLUSH_SECONDS):
            self._flush_or_wait()
        self._flush_or_wait()

    def _flush_or_wait(self) -> None:
        try:
            self.flush()
        except RedisError as error:
            log().warning("redis is away: measures wait", error=type(error).__name__)
        except Exception as error:  # of the machine, say: what is counted goes on
            report("measures cannot be taken", error)

    def flush(self) -> None:
        """Add up what was done since the last time, in one round trip. Raises RedisError, and keeps it then."""
        taken = [self._done.popleft() for _ in range(len(self._done))]
        now = self._clock()
        try:
            self._write(_sums(taken), now)
        except RedisError:
            self._done.extendleft(reversed(taken))
            raise

    def _write(self, sums: Mapping[str, int], now: float) -> None:
        pipe = self._redis.pipeline(transaction=True)
        pipe.hset(PROCESSES, f"{self._role}:{socket.gethostname()}:{os.getpid()}", json.dumps(self._gauges(now)))
        _add(pipe, minute_key(int(now // 60)), sums, KEPT_SECONDS)
        by_day = {field: count for field, count in sums.items() if field.startswith(_BY_DAY)}
        _add(pipe, day_key(int(now // 86_400)), by_day, DAY_KEPT_SECONDS)
        pipe.execute()

    def _gauges(self, now: float) -> dict[str, Any]:
        return {
            "at": now,
            "pool": round(self._pool(), 1),
            "cpu": psutil.cpu_percent(),
            "memory": psutil.virtual_memory().percent,
            "disk": psutil.disk_usage(self._disk).percent,
        }


def _sums(done: Iterable[Done]) -> Counter[str]:
    """By "name|e" the failures, by "name|us" the microseconds, by "name|3" those that took as long as a bound."""
    sums = Counter[str]()
    for name, seconds, failed in done:
        sums[f"{name}|{bisect_left(BOUNDS_MS, seconds * 1000)}"] += 1
        sums[f"{name}|us"] += round(seconds * 1_000_000)
        if failed:
            sums[f"{name}|e"] += 1
    return sums


def _add(pipe: Any, key: str, sums: Mapping[str, int], kept_seconds: int) -> None:
    for field, count in sums.items():
        pipe.hincrby(key, field, count)
    if sums:
        pipe.expire(key, kept_seconds)
