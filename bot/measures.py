"""
What a process counts of itself: how many things it did, how many failed, how long each took.

On the way of a request one tuple is put into a queue, a tenth of a microsecond; a thread of its own counts them
once in some seconds. The sums go two ways: to Redis, into a bucket for each minute that all processes share, and
to whoever shows this process to Prometheus (`bot/watch/`). A process that is killed loses what it did in its last
seconds.
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
from flows.engine.redis_place import open_redis

Role = Literal["web", "worker", "scheduler"]

FLUSH_SECONDS: Final = 5.0
# Upper bounds of the histogram; what took longer than the last is in one more.
BOUNDS_MS: Final = (1, 2, 5, 10, 20, 50, 100, 150, 200, 300, 500, 750, 1_000, 2_000, 5_000, 15_000)
KEPT_SECONDS: Final = 2 * 3600
DAY_KEPT_SECONDS: Final = 40 * 24 * 3600
# A process that was not heard of for so long is not there.
GONE_SECONDS: Final = 30.0
PROCESSES: Final = "measures:processes"
# So much is kept between two looks of the thread: far more than a process does in some seconds.
_WAITING_MAX: Final = 1_000_000
# A command never begins, however long it is at work, and nobody reads what it did.
_BEFORE_BEGUN_MAX: Final = 10_000
# What is counted by the day too.
_BY_DAY: Final = "message:"

Done = tuple[str, float, bool, str]
# What is told of what was done since the last time: the sums by their fields, and how full the process is.
Told = Callable[[Mapping[str, int], Mapping[str, float]], None]


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
        self._redis = open_redis(url, 5)
        self._pool, self._disk, self._clock = pool, disk, clock
        self._done: deque[Done] = deque(maxlen=_BEFORE_BEGUN_MAX)
        self._unwritten = Counter[str]()  # what Redis has not heard of yet
        self._told: Told = lambda _sums, _gauges: None
        self._stop = threading.Event()
        self._thread: threading.Thread | None = None
        self._role: Role = "web"

    def done(self, name: str, seconds: float, *, failed: bool = False, outcome: str = "") -> None:
        """
        Something of this name took so long, and how it came out in a word.

        There are few names, and few outcomes: each has its fields in each minute.
        """
        self._done.append((name, seconds, failed, outcome))

    def mongo(self, command: str, seconds: float, failed: bool) -> None:
        """MongoDB has answered a command."""
        self._done.append((f"mongo:{command}", seconds, failed, ""))

    def redis_answered(self, seconds: float, failed: bool) -> None:
        """Redis has answered a command of conversations, or has not."""
        self._done.append(("redis:", seconds, failed, ""))

    def looked_up(self, view: str, found: bool) -> None:
        """Somebody looked for a view; what was not there counts as failed."""
        self._done.append((f"cache:{view}", 0, not found, "hit" if found else "miss"))

    def sent(self, channel: str, seconds: float, taken: bool) -> None:
        """A message was handed to a channel's provider."""
        self._done.append((f"message:{channel}", seconds, not taken, "sent" if taken else "failed"))

    def provider_heard(self, provider: str, seconds: float, heard: str) -> None:
        """A provider of mobile money was asked; whatever it says is an answer."""
        self._done.append((f"provider:{provider}", seconds, heard != "answered", heard))

    @property
    def redis(self) -> Redis:
        """Where all processes write theirs, to read it back."""
        return self._redis

    def begin(self, role: Role, told: Told | None = None) -> None:
        """Write down once in some seconds what was done since, and tell it to whoever else wants to know."""
        self._role, self._told = role, told or self._told
        self._done = deque(self._done, maxlen=_WAITING_MAX)
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
        sums = _sums(self._done.popleft() for _ in range(len(self._done)))
        now = self._clock()
        gauges = self._gauges(now)
        self._unwritten.update(sums)
        self._told(sums, gauges)
        self._write(self._unwritten, gauges, now)
        self._unwritten.clear()

    def _write(self, sums: Mapping[str, int], gauges: Mapping[str, float], now: float) -> None:
        pipe = self._redis.pipeline(transaction=True)
        pipe.hset(PROCESSES, f"{self._role}:{socket.gethostname()}:{os.getpid()}", json.dumps(gauges))
        _add(pipe, minute_key(int(now // 60)), sums, KEPT_SECONDS)
        by_day = {field: count for field, count in sums.items() if field.startswith(_BY_DAY)}
        _add(pipe, day_key(int(now // 86_400)), by_day, DAY_KEPT_SECONDS)
        pipe.execute()

    def _gauges(self, now: float) -> dict[str, float]:
        return {
            "at": now,
            "pool": round(self._pool(), 1),
            "cpu": psutil.cpu_percent(),
            "memory": psutil.virtual_memory().percent,
            "disk": psutil.disk_usage(self._disk).percent,
        }


def _sums(done: Iterable[Done]) -> Counter[str]:
    """
    By "name|e" the failures, by "name|us" the microseconds, by "name|3" those that took as long as a bound, by
    "name|=ok" those that came out so.
    """
    sums = Counter[str]()
    for name, seconds, failed, outcome in done:
        sums[f"{name}|{bisect_left(BOUNDS_MS, seconds * 1000)}"] += 1
        sums[f"{name}|us"] += round(seconds * 1_000_000)
        if failed:
            sums[f"{name}|e"] += 1
        if outcome:
            sums[f"{name}|={outcome}"] += 1
    return sums


def _add(pipe: Any, key: str, sums: Mapping[str, int], kept_seconds: int) -> None:
    for field, count in sums.items():
        pipe.hincrby(key, field, count)
    if sums:
        pipe.expire(key, kept_seconds)
