"""The way to the workers: rq carries pokes, never anything that would be missed (`bot/jobs.py`)."""

import threading
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from types import FrameType
from typing import Any, Final

import rq
from redis.exceptions import RedisError
from rq.exceptions import StopRequested
from rq.serializers import JSONSerializer

from bot.life import Life
from bot.logs import log
from flows.engine.redis_place import open_redis

CHUNK: Final = 25
# Of what goes to many a job has more, and few jobs wait: there are new ones as fast as they are done.
BULK_CHUNK: Final = 250
BULK_JOBS_MAX: Final = 4
JOB: Final = "bot.jobs.run"  # by name, since a worker has its own
PAUSE_SECONDS_MAX: Final = 60.0
BEAT_SECONDS: Final = 10.0  # so often a worker that waits for Redis says that it is there


class Pauses:
    """How long to wait for something that is away: a second, then twice as long each time, a minute at most."""

    def __init__(self) -> None:
        self._next = 1.0

    def longer(self) -> float:
        pause, self._next = self._next, min(2 * self._next, PAUSE_SECONDS_MAX)
        return pause

    def over(self) -> None:
        """It is there."""
        self._next = 1.0


class Queue:
    """A queue for what is somebody's own, and one for what goes to many: it is taken while the other is empty."""

    def __init__(self, url: str, job: str = JOB) -> None:
        """`job` is the name of the function that a worker calls, with a task and ids."""
        self._job = job
        # rq's worker, which waits for jobs, makes the second one longer for itself.
        self._redis = open_redis(url, 5)
        self._queue, self._bulk = (
            rq.Queue(name, connection=self._redis, serializer=JSONSerializer) for name in ("default", "bulk")
        )

    def poke(self, task: str, ids: Sequence[str], *, bulk: bool = False) -> bool:
        """
        Have a worker look at these. False when Redis is away: the scheduler will have them looked at later.
        """
        queue, size = (self._bulk, BULK_CHUNK) if bulk else (self._queue, CHUNK)
        try:
            for start in range(0, len(ids), size):
                chunk = list(ids[start : start + size])
                queue.enqueue(self._job, task, chunk, result_ttl=0, failure_ttl=3600, job_timeout=300)
        except RedisError as error:
            log().warning("redis is away: jobs wait", task=task, error=type(error).__name__)
            return False
        return True

    def bulk_wanted(self) -> int:
        """How many ids of what goes to many would not wait long for a worker. 0 when Redis is away."""
        try:
            return max(0, BULK_JOBS_MAX - self._bulk.count) * BULK_CHUNK
        except RedisError as error:
            log().warning("redis is away: jobs wait", error=type(error).__name__)
            return 0

    def waiting(self) -> Mapping[str, int]:
        """How many jobs wait for a worker, by the queue. Raises RedisError."""
        return {queue.name: queue.count for queue in (self._queue, self._bulk)}

    def ping(self) -> None:
        """Raises RedisError when Redis is away."""
        self._redis.ping()

    def close(self) -> None:
        """Let the connections go."""
        self._redis.close()

    def work(self, life: Life) -> None:
        """
        Take jobs until told to stop, by a signal. One process, no fork: connections stay open between jobs.

        Redis may be away, at any moment and for any time: it is waited for. Whenever the worker looks for jobs,
        its `life` beats.
        """
        stop, pauses = threading.Event(), Pauses()
        while not stop.is_set():
            began = time.monotonic()
            try:
                worker = _Worker(
                    [self._queue, self._bulk],  # the second while the first is empty
                    stop,
                    life,
                    connection=self._redis,
                    serializer=JSONSerializer,
                    worker_ttl=20,  # it hears of a Redis that hangs within fifteen seconds
                    maintenance_interval=10,
                    job_monitoring_interval=5,
                )
                worker.work(logging_level="WARNING")
                if stop.is_set():
                    return
                log().warning("the worker begins again")  # rq has said why it stopped
            except RedisError as error:
                log().warning("redis is away: the worker waits", error=type(error).__name__)
            if time.monotonic() - began > PAUSE_SECONDS_MAX:
                pauses.over()
            with suppress(StopRequested, RedisError):  # what the handler of a signal may raise
                wait_and_beat(stop, pauses.longer(), life)


def wait_and_beat(stop: threading.Event, seconds: float, life: Life) -> bool:
    """Wait so long, or until told to stop, and beat meanwhile; whether it was told."""
    until = time.monotonic() + seconds
    while (left := until - time.monotonic()) > 0:
        life.beat()
        if stop.wait(min(left, BEAT_SECONDS)):
            return True
    return stop.is_set()


class _Worker(rq.SimpleWorker):
    """rq's worker ends by itself when Redis goes away at the wrong moment: this one knows if it was told to."""

    # It says in its rounds that it is there, so none of them may take long.
    max_connection_wait_time = BEAT_SECONDS

    def __init__(self, queues: list[rq.Queue], stop: threading.Event, life: Life, **options: Any) -> None:
        super().__init__(queues, **options)
        self._stop, self._life = stop, life

    def heartbeat(self, timeout: int | None = None, pipeline: Any = None) -> None:
        """In each of its rounds, also while Redis is away."""
        self._life.beat()
        super().heartbeat(timeout, pipeline)

    def request_stop(self, signum: int, frame: FrameType | None) -> None:
        self._stop.set()
        self._life.stop()
        super().request_stop(signum, frame)  # type: ignore[no-untyped-call]
