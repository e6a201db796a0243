"""What all processes together have counted (`bot/measures.py`), for the operator's page and whoever watches us."""

import json
import time
from collections import Counter, defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any, Final

from redis import Redis

from bot.measures import BOUNDS_MS, GONE_SECONDS, PROCESSES, Gauges, day_key, minute_key

MINUTES: Final = 5  # what is shown as now
REQUESTS: Final = ("turn", "page", "api", "callback")  # the kinds of what somebody waits for


@dataclass(frozen=True, slots=True)
class Tally:
    """How many of something `failed`, how long all took together, and how many took how long, by the bound."""

    failed: int = 0
    microseconds: int = 0
    buckets: Mapping[int, int] = field(default_factory=dict)

    @property
    def count(self) -> int:
        return sum(self.buckets.values())

    @property
    def error_rate(self) -> Fraction | None:
        """A part of one; None where there was nothing."""
        return Fraction(self.failed, self.count) if self.count else None

    @property
    def p95_ms(self) -> Fraction | None:
        """
        So long took 95 of 100 at most, between two bounds as if those in between were spread evenly; of what took
        longer than the last bound, that one.
        """
        rank, before = Fraction(95, 100) * self.count, 0
        for bucket in sorted(self.buckets):
            inside = self.buckets[bucket]
            if before + inside >= rank:
                if bucket >= len(BOUNDS_MS):
                    break
                low = BOUNDS_MS[bucket - 1] if bucket else 0
                return low + (BOUNDS_MS[bucket] - low) * (rank - before) / inside
            before += inside
        return Fraction(BOUNDS_MS[-1]) if self.count else None

    def __add__(self, other: "Tally") -> "Tally":
        buckets = Counter(self.buckets)
        buckets.update(other.buckets)
        return Tally(self.failed + other.failed, self.microseconds + other.microseconds, buckets)


@dataclass(frozen=True, slots=True)
class Seen:
    """
    What was done in the last minutes, by name ("turn:ussd", "page:board.home", "task:settle", "provider:momo"),
    the messages sent today (UTC) by channel, and the processes that are there.
    """

    tallies: Mapping[str, Tally]
    messages_today: Mapping[str, int]
    processes: Sequence[Gauges]

    def of(self, *kinds: str) -> Tally:
        """All whose name begins with one of these, together."""
        found = (each for name, each in self.tallies.items() if name.startswith(kinds))
        return sum(found, Tally())

    @property
    def requests(self) -> Tally:
        """What somebody waited for: turns, pages, the API and callbacks."""
        return self.of(*(f"{kind}:" for kind in REQUESTS))

    @property
    def workers(self) -> int:
        """How many workers are there."""
        return sum(each.role == "worker" for each in self.processes)

    def most(self, gauge: str) -> Fraction | None:
        """A gauge where it is highest, in percent; None when no process is there."""
        values = [getattr(each, gauge) for each in self.processes]
        return Fraction(str(max(values))) if values else None


def seen(redis: Redis, minutes: int = MINUTES, clock: Callable[[], float] = time.time) -> Seen:
    """The minute that runs and those before it, in one round trip. Raises RedisError."""
    now = clock()
    this = int(now // 60)
    pipe = redis.pipeline(transaction=False)
    for minute in range(this - minutes + 1, this + 1):
        pipe.hgetall(minute_key(minute))
    pipe.hgetall(day_key(int(now // 86_400)))
    pipe.hgetall(PROCESSES)
    *found, day, processes = pipe.execute()
    sums = Counter[str]()
    for each in found:
        sums.update({name.decode(): int(count) for name, count in each.items()})
    today = _tallies({name.decode(): int(count) for name, count in day.items()})
    return Seen(
        _tallies(sums),
        {name.partition(":")[2]: each.count - each.failed for name, each in today.items()},
        [gauges for name, said in processes.items() if (gauges := _gauges(name.decode(), said, now))],
    )


def _tallies(sums: Mapping[str, int]) -> dict[str, Tally]:
    parts: defaultdict[str, dict[str, int]] = defaultdict(dict)
    for key, count in sums.items():
        name, _, part = key.rpartition("|")
        if not part.startswith("="):  # how it came out is for Prometheus
            parts[name][part] = count
    return {
        name: Tally(each.pop("e", 0), each.pop("us", 0), {int(bound): count for bound, count in each.items()})
        for name, each in parts.items()
    }


def _gauges(name: str, said: bytes, now: float) -> Gauges | None:
    role, host, pid = name.split(":")
    values: dict[str, Any] = json.loads(said)
    return None if now - values["at"] > GONE_SECONDS else Gauges(role, host, int(pid), **values)  # type: ignore[arg-type]
