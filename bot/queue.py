"""
Jobs: rq carries pokes, never anything that would be missed. What there is to do is in MongoDB.

A worker takes a poke and does what is due. The scheduler looks at what is due every second and pokes, so that
a lost poke, a killed worker or an emptied Redis costs a second or a minute, and nothing else.
"""

import threading
import time
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Literal

import rq
from redis import Redis
from redis.exceptions import RedisError
from rq.serializers import JSONSerializer

from bot.logs import log
from domain.decisions.voting import overdue
from domain.loans.guarantors import requests_to_expire
from domain.mongo.store import MongoStore
from domain.store import Between

Task = Literal["settle", "deliver", "digest", "expire", "expire_request", "dividend"]

CHUNK = 25
DUE_MAX = 500  # looked at in one round
POKED_AGAIN_SECONDS = 5.0


class Queue:
    """The way to the workers."""

    def __init__(self, url: str) -> None:
        self._redis = Redis.from_url(url)
        self._queue = rq.Queue("default", connection=self._redis, serializer=JSONSerializer)

    def poke(self, task: Task, ids: Sequence[str]) -> None:
        """Have a worker look at these; when Redis is away, the scheduler will have them looked at later."""
        try:
            for start in range(0, len(ids), CHUNK):
                chunk = list(ids[start : start + CHUNK])
                self._queue.enqueue(f"bot.jobs.{task}", chunk, result_ttl=0, failure_ttl=3600, job_timeout=120)
        except RedisError as error:
            log().warning("redis is away: jobs wait", task=task, error=type(error).__name__)

    def work(self) -> None:
        """Take jobs until told to stop. One process, no fork: connections stay open between jobs."""
        worker = rq.SimpleWorker(
            [self._queue],
            connection=self._redis,
            serializer=JSONSerializer,
            worker_ttl=30,
            maintenance_interval=10,
            job_monitoring_interval=5,
        )
        worker.work(logging_level="WARNING")


class Scheduler:
    """Finds what is due and pokes: the clock, and the sweeper of what was lost on the way."""

    def __init__(self, store: MongoStore, queue: Queue) -> None:
        self._store, self._queue = store, queue
        self._poked: dict[str, float] = {}

    def run(self, stop: threading.Event, every_seconds: float = 1.0) -> None:
        while not stop.wait(every_seconds):
            self.round()

    def round(self) -> int:
        """Poke once for everything that is due; answers with how many that was."""
        store, now = self._store, self._store.now()
        passed = Between(datetime.fromtimestamp(0, UTC), now)
        due: dict[Task, list[str]] = {
            "settle": store.payments.due(now, DUE_MAX),
            "deliver": store.notices.due(now, DUE_MAX),
            "digest": [each.id for each in store.digests.find(next_at=passed, limit=DUE_MAX)],
            "expire": overdue(store, DUE_MAX),
            "expire_request": requests_to_expire(store, DUE_MAX),
            "dividend": [each.id for each in store.declarations.find(next_at=passed, limit=DUE_MAX)],
        }
        fresh = {task: self._fresh(ids) for task, ids in due.items()}
        for task, ids in fresh.items():
            self._queue.poke(task, ids)
        return sum(map(len, fresh.values()))

    def _fresh(self, ids: Sequence[str]) -> list[str]:
        """Those not poked for a moment ago: a worker takes some time to claim them."""
        now = time.monotonic()
        self._poked = {id: at for id, at in self._poked.items() if now - at < POKED_AGAIN_SECONDS}
        fresh = [id for id in ids if id not in self._poked]
        self._poked.update(dict.fromkeys(fresh, now))
        return fresh
