"""The way to the workers: rq carries pokes, never anything that would be missed (`bot/jobs.py`)."""

from collections.abc import Sequence
from typing import Final

import rq
from redis import Redis
from redis.exceptions import RedisError
from rq.serializers import JSONSerializer

from bot.logs import log

CHUNK: Final = 25
JOB: Final = "bot.jobs.run"  # by name, since a worker has its own


class Queue:
    """One queue for all tasks."""

    def __init__(self, url: str) -> None:
        self._redis = Redis.from_url(url)
        self._queue = rq.Queue("default", connection=self._redis, serializer=JSONSerializer)

    def poke(self, task: str, ids: Sequence[str]) -> None:
        """Have a worker look at these; when Redis is away, the scheduler will have them looked at later."""
        try:
            for start in range(0, len(ids), CHUNK):
                chunk = list(ids[start : start + CHUNK])
                self._queue.enqueue(JOB, task, chunk, result_ttl=0, failure_ttl=3600, job_timeout=120)
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
