"""Work beside the requests goes on past a store that is away, is found by an index, and goes by one clock."""

import subprocess
import sys
import threading
from contextlib import closing
from dataclasses import replace
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from structlog.testing import capture_logs

from bot.app import App, build
from bot.config import environment_of
from bot.jobs import TASKS, Scheduler, carry_out
from bot.queue import Queue
from domain.money import Money
from domain.mongo.store import StoreClock, open_store, utc_now
from domain.records.payment import PROMPT_AFTER
from domain.savings.contribute import Contribute
from tests.bot.jobs.beside import jobs, notice_of, payment_of, quiet
from tests.conftest import Clock
from tests.listening import Finds
from tests.people import Village, do
from tests.relay import relayed
from tests.served import Served
from tests.waiting import until

# A store that is away


def test_a_scheduler_survives_each_store_being_away(app: App, village: Village) -> None:
    """It neither ends nor forgets: what fell due meanwhile is poked for when the store is back."""
    quiet(app)
    mongo, valkey = (urlsplit(url).port for url in (app.settings.mongo_uri, app.settings.redis_url))
    assert mongo and valkey
    with relayed(mongo) as to_mongo, relayed(valkey) as to_redis, capture_logs() as logged:
        # So short that a busy machine exceeds it too: the scheduler survives that, and nobody else asks here.
        away = open_store(
            f"mongodb://127.0.0.1:{to_mongo.port}/?directConnection=true",
            app.settings.mongo_database,
            pins=app.store.pins,
            timeout_seconds=0.3,
            prepared=True,
        )
        with closing(away), closing(Queue(f"redis://127.0.0.1:{to_redis.port}")) as queue:
            stop = threading.Event()

            def heard(said: str) -> bool:
                return not thread.is_alive() or any(said in each["event"] for each in logged)

            thread = threading.Thread(target=Scheduler(away, queue).run, args=(stop,))
            thread.start()
            for relay, said in ((to_mongo, "the scheduler waits: a store is away"), (to_redis, "redis is away")):
                relay.cut()
                app.store.payments.insert(payment_of(village, utc_now, next_at=utc_now()))
                until(partial(heard, said))
                relay.mend()
                until(lambda: not thread.is_alive() or jobs(app) != [])
                assert thread.is_alive()
            stop.set()
            thread.join()


def test_a_worker_survives_redis_going_away_in_the_middle_of_a_job(
    app: App, village: Village, clock: Clock, tmp_path: Path
) -> None:
    """At the worst moment: while it talks with a provider, so that it cannot write down that the job is done."""
    quiet(app)
    valkey = urlsplit(app.settings.redis_url).port
    assert valkey
    with relayed(valkey) as to_redis:

        def provider(environ: Any, start: Any) -> list[bytes]:
            to_redis.cut()
            start("500 Internal Server Error", [])
            return [b""]

        web = Served(provider)
        settings = replace(
            app.settings,
            redis_url=f"redis://127.0.0.1:{to_redis.port}",
            at_api_url=web.url,
        )
        with (tmp_path / "log").open("wb") as log:
            worker = subprocess.Popen(
                [sys.executable, "-m", "bot", "worker"], env=environment_of(**vars(settings)), stderr=log
            )

        def tried(id: str) -> bool:
            return worker.poll() is not None or app.store.notices.get(id).reason != ""

        try:
            for _ in range(2):
                notice = replace(notice_of(village.akello.id, clock), next_at=utc_now() - timedelta(seconds=1))
                app.store.notices.insert(notice)
                app.queue.poke("deliver", [notice.id])
                until(partial(tried, notice.id))
                assert worker.poll() is None, (tmp_path / "log").read_text()
                to_redis.mend()
            worker.terminate()
            assert worker.wait(60) == 0
        finally:
            worker.kill()
            worker.wait()
            web.close()


# How it is found


@pytest.mark.parametrize("name", TASKS)
def test_what_is_due_is_found_by_an_index_and_sorted_by_it(
    app: App, village: Village, clock: Clock, name: str
) -> None:
    """Whatever the history: it is looked for every second."""
    heard = Finds()
    store = open_store(
        app.settings.mongo_uri,
        app.settings.mongo_database,
        pins=app.store.pins,
        clock=clock,
        listeners=[heard],
        providers=app.store.providers,
        prepared=True,
    )
    TASKS[name].due_in(store, 10)
    store.close()
    heard.check_indexed(app.store.database)


# Whose clock counts


def test_a_worker_whose_clock_is_an_hour_ahead_expires_nothing(app: App, village: Village) -> None:
    """Deadlines are by the store's clock; by its own it would have closed the payment as too late to be sent."""
    quiet(app)

    def fast() -> Any:
        return utc_now() + timedelta(hours=1)

    for clock, state in ((StoreClock(fast), "unknown"), (fast, "expired")):
        id = do_contribute_at(app, village)
        with closing(build(app.settings, clock=clock)) as worker:
            carry_out(worker, "settle", [id])
        assert app.store.payments.get(id).state == state


def do_contribute_at(app: App, village: Village) -> str:
    """A contribution that has just fallen due, by the store's clock."""
    asked: Any = do(
        app.store.at(lambda: utc_now() - PROMPT_AFTER),
        Contribute(village.umoja, village.akello.id, Money(5_500, "UGX")),
    )
    return str(asked["payment"])
