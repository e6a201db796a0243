"""Pokes, through rq's own worker on a real Valkey: what one does, and what none of them is needed for."""

import os
import signal
import threading
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta
from fractions import Fraction
from typing import Any

import pytest
import redis
import rq
from rq.serializers import JSONSerializer

from bot.app import App, current
from bot.config import Settings, environment_of
from bot.jobs import Scheduler
from bot.life import Life
from bot.queue import BULK_CHUNK, BULK_JOBS_MAX, CHUNK, Queue, wait_and_beat
from domain.arithmetic.dividend import Declared
from domain.money import Money
from domain.mongo.store import utc_now
from domain.mongo.tables import to_document
from domain.records.dividend import Declaration
from domain.records.notice import Digest, Notice
from domain.records.payment import ASK_AFTER_SECONDS, PROMPT_AFTER
from domain.savings.contribute import Contribute
from tests.people import Village, do
from tests.waiting import WAIT_SECONDS

Work = Callable[[], rq.registry.FailedJobRegistry]


@pytest.fixture
def work(app: App, settings: Settings, monkeypatch: pytest.MonkeyPatch) -> Iterator[Work]:
    """Has a worker of this environment take every job that waits; answers with those that failed."""
    for name, value in environment_of(**vars(settings)).items():
        monkeypatch.setenv(name, value)
    handlers = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)}
    connection = redis.Redis.from_url(settings.redis_url)
    queue = rq.Queue("default", connection=connection, serializer=JSONSerializer)

    def work() -> rq.registry.FailedJobRegistry:
        worker = rq.SimpleWorker([queue], connection=connection, serializer=JSONSerializer)
        worker.work(burst=True, logging_level="WARNING")
        return queue.failed_job_registry

    current.cache_clear()
    yield work
    current().close()
    current.cache_clear()
    connection.close()
    for number, handler in handlers.items():
        signal.signal(number, handler)


def asked(app: App, village: Village) -> str:
    """A contribution of Akello's that is due by the worker's clock, which is the real one."""
    earlier = app.store.at(lambda: utc_now() - PROMPT_AFTER)
    payment: Any = do(earlier, Contribute(village.umoja, village.akello.id, Money(1_000, "UGX")))
    # As if the provider had been asked so often: then a minute goes by, and not five seconds, before it is again.
    app.store.payments.change(payment["payment"], asked=len(ASK_AFTER_SECONDS))
    return str(payment["payment"])


def test_a_worker_does_what_it_was_poked_for_and_one_lost_id_stops_no_other(
    app: App, village: Village, work: Work
) -> None:
    id = asked(app, village)
    app.queue.poke("settle", ["of-nobody", id])
    assert len(work()) == 0
    payment = app.store.payments.get(id)
    assert payment.state == "unknown", "the provider is away, and may have heard it"
    assert app.store.payments.due(utc_now(), 10) == []


def test_a_poke_given_twice_is_done_once(app: App, village: Village, work: Work) -> None:
    id = asked(app, village)
    app.queue.poke("settle", [id])
    app.queue.poke("settle", [id])
    work()
    once = app.store.payments.get(id)
    assert once.state == "unknown"
    app.queue.poke("settle", [id])
    work()
    assert app.store.payments.get(id) == once, "it is not due"


def test_a_worker_sends_notices(app: App, village: Village, work: Work) -> None:
    (first, *_) = app.store.notices.due(app.store.now(), 10)
    assert app.store.notices.get(first).attempts == 0
    app.queue.poke("deliver", [first])
    assert len(work()) == 0
    assert app.store.notices.get(first).attempts == 1


@pytest.mark.parametrize("name", ["bot.jobs.settle", "bot.jobs.of_tomorrow", "no.such.module"])
def test_a_job_of_another_version_fails_alone(app: App, village: Village, work: Work, name: str) -> None:
    """While versions change: the worker goes on, and what the job was for is still due."""
    id = asked(app, village)
    app.queue._queue.enqueue(name, [id])
    assert len(work()) == 1
    assert app.store.payments.due(utc_now(), 10) == [id]
    app.queue.poke("settle", [id])
    assert len(work()) == 1
    assert app.store.payments.due(utc_now(), 10) == []


def test_many_ids_are_poked_in_parts(app: App, settings: Settings) -> None:
    ids = [str(number) for number in range(2 * CHUNK + 1)]
    app.queue.poke("settle", ids)
    with redis.Redis.from_url(settings.redis_url) as connection:
        jobs = rq.Queue("default", connection=connection, serializer=JSONSerializer).jobs
        assert [len(job.args[1]) for job in jobs] == [CHUNK, CHUNK, 1]
        assert [id for job in jobs for id in job.args[1]] == ids
        app.queue.poke("deliver", [])
        assert rq.Queue("default", connection=connection, serializer=JSONSerializer).count == 3


def test_what_goes_to_many_has_larger_jobs_of_which_few_wait_and_comes_last(
    app: App, settings: Settings, village: Village
) -> None:
    app.store.database["notices"].delete_many({})
    now = app.store.now()
    many = [
        Notice(f"n{number:05}", village.akello.id, "digest", {}, now, now, bulk=True)
        for number in range(BULK_JOBS_MAX * BULK_CHUNK + 300)
    ]
    app.store.database["notices"].insert_many([to_document(each) for each in many])
    app.store.notices.insert(Notice("own", village.akello.id, "pin_changed", {}, now, now))
    scheduler = Scheduler(app.store, app.queue, timer=lambda: 0.0)
    with redis.Redis.from_url(settings.redis_url) as connection:
        own, bulk = (
            rq.Queue(name, connection=connection, serializer=JSONSerializer) for name in ("default", "bulk")
        )
        assert scheduler.round(["deliver", "spread"]) == 1 + BULK_JOBS_MAX * BULK_CHUNK
        assert [job.args for job in own.jobs] == [["deliver", ["own"]]]
        assert [(job.args[0], len(job.args[1])) for job in bulk.jobs] == [("spread", BULK_CHUNK)] * BULK_JOBS_MAX
        assert scheduler.round(["deliver", "spread"]) == 0, "enough waits"
        bulk.pop_job_id()
        assert scheduler.round(["spread"]) == BULK_CHUNK, "the next ones, not those that wait"
        assert bulk.jobs[-1].args[1] == [each.id for each in many[-300 : BULK_CHUNK - 300]]
        # A worker takes what is somebody's own first, however much else waits.
        first = rq.Queue.dequeue_any([own, bulk], None, connection=connection, serializer=JSONSerializer)
        assert first and first[0].args == ["deliver", ["own"]]


def test_while_redis_is_away_nothing_is_looked_for_that_goes_to_many() -> None:
    assert Queue("redis://127.0.0.1:9").bulk_wanted() == 0


def test_a_poke_is_given_up_while_redis_is_away_and_what_is_due_stays_due(app: App, village: Village) -> None:
    id = asked(app, village)
    away = Queue("redis://127.0.0.1:9")
    away.poke("settle", [id])
    assert Scheduler(app.store.at(utc_now), away).round() > 0
    assert app.store.payments.due(utc_now(), 10) == [id]


def test_an_evening_s_digest_is_found_and_sent(app: App, village: Village, work: Work) -> None:
    earlier = utc_now() - timedelta(minutes=1)
    app.store.digests.insert(Digest(f"{village.umoja}:2026-10-05", village.umoja, earlier, next_at=earlier))
    assert Scheduler(app.store.at(utc_now), app.queue).round() > 0
    assert len(work()) == 0
    assert app.store.digests.find(next_at=earlier) == []


def test_a_dividend_that_was_left_off_is_found_and_gone_on_with(app: App, village: Village, work: Work) -> None:
    store, nothing = app.store.at(utc_now), Money(0, "UGX")
    earlier = utc_now() - timedelta(minutes=1)
    made = Declaration(
        id=f"{village.umoja}:2025",
        group=village.umoja,
        year=2025,
        rates=Declared(Fraction(5, 100), Fraction(0)),
        made_by=village.nakato.id,
        gross=nothing,
        tax=nothing,
        last=4,
        state="paying",
        next_at=earlier,
    )
    store.declarations.insert(made)
    assert Scheduler(store, app.queue).round() > 0
    assert len(work()) == 0
    paid = store.declarations.get(made.id)
    assert (paid.state, paid.next_at) == ("paid", None)


# Whether a worker lives


class Beats(Life):
    """A life that says when it beat."""

    def __init__(self) -> None:
        super().__init__()
        self.beaten = threading.Event()

    def beat(self) -> None:
        super().beat()
        self.beaten.set()


def test_a_worker_that_looks_for_jobs_lives_and_told_to_stop_says_so(settings: Settings) -> None:
    life = Beats()
    handlers = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)}

    def stop_it() -> None:
        assert life.beaten.wait(WAIT_SECONDS)
        assert not life.stopping
        os.kill(os.getpid(), signal.SIGTERM)

    stops = threading.Thread(target=stop_it)
    stops.start()
    Queue(settings.redis_url).work(life)
    stops.join()
    for number, handler in handlers.items():
        signal.signal(number, handler)
    assert life.stopping


def test_who_waits_for_a_store_lives_and_is_told_to_stop_at_once() -> None:
    life, stop = Beats(), threading.Event()
    assert not wait_and_beat(stop, 0.01, life)
    assert life.beaten.is_set()

    def stop_after_a_beat() -> None:
        if life.beaten.wait(WAIT_SECONDS):
            stop.set()

    stopping = threading.Thread(target=stop_after_a_beat)
    life.beaten.clear()
    stopping.start()
    assert wait_and_beat(stop, 3_600, life), "nobody waits an hour for this"
    stopping.join()


def test_after_each_piece_of_a_job_a_worker_has_beaten(app: App) -> None:
    """A job of many takes minutes, and none of its pieces does."""
    life = Beats()
    beaten: list[bool] = []
    for piece in ("a", "b", "c"):
        life.beaten.clear()
        replace(app, life=life).each("settle", [piece], lambda _: None)
        beaten.append(life.beaten.is_set())
    assert beaten == [True, True, True]


def test_how_many_jobs_wait_is_told_by_the_queue(app: App) -> None:
    app.queue.poke("settle", ["a"])
    app.queue.poke("spread", ["b"], bulk=True)
    app.queue.poke("spread", ["c"], bulk=True)
    assert app.queue.waiting() == {"default": 1, "bulk": 2}
