"""A village on real stores with its providers, that can be set back to its first day in milliseconds."""

from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass, fields, replace
from urllib.parse import urlsplit

import redis
import rq
from rq.serializers import JSONSerializer
from structlog.testing import capture_logs
from werkzeug.test import Client

from bot.app import App, build
from bot.config import Settings
from bot.jobs import Scheduler
from channels.deliver import deliver
from domain.mongo.store import COLLECTIONS
from payments.settle import settle
from simulator.server import Simulator
from tests.conftest import Clock
from tests.faults.child import Ended, Job
from tests.faults.forks import Forks
from tests.people import Village, Villager, found_village
from tests.web import wsgi

WALLET = {"minor": 500_000, "currency": "UGX"}
# Nobody is there: callbacks are made by hand, when and as often as a test wants.
NOWHERE = "http://127.0.0.1:9"


@contextmanager
def simulated(phones: Sequence[str]) -> Iterator[Simulator]:
    """The providers, for whoever has these phones."""
    people = [{"name": phone[-4:], "phone": phone, "wallet": WALLET} for phone in phones]
    simulator = Simulator({"port": 0, "people": people})
    simulator.momo.faults.set({"no_callback": -1})
    simulator.start()
    try:
        yield simulator
    finally:
        simulator.stop()


def with_providers(settings: Settings, simulator: Simulator) -> Settings:
    return replace(settings, public_url=NOWHERE, at_api_url=simulator.url, momo_api_url=f"{simulator.url}/momo")


def environment_of(settings: Settings) -> dict[str, str]:
    """The settings as a worker of its own gets them."""
    return {each.name.upper(): str(getattr(settings, each.name)) for each in fields(settings)}


def keep_old_documents(app: App) -> None:
    """mongod drops old commands by its own clock, to which ours may be long ago."""
    app.store.database.client.admin.command("setParameter", 1, ttlMonitorEnabled=False)


def recover(app: App, clock: Clock) -> None:
    """
    Time passes, first by the minute and then by the hour, while a worker does all that is due.

    Raises what goes wrong: with the faults over, nothing may.
    """
    momo, store = app.collectors["momo"], app.store
    for forward in ({"seconds": 61},) * 4 + ({"hours": 1},) * 4:
        clock.forward(**forward)
        for id in store.payments.due(store.now(), 1_000):
            settle(store, momo, id)
        for id in store.notices.due(store.now(), 1_000):
            deliver(store, app.senders, id)


@dataclass
class Day:
    """One run: the program on the village's first day, and its providers without a fault."""

    app: App
    clock: Clock
    simulator: Simulator
    village: Village
    forks: Forks
    settings: Settings

    def __post_init__(self) -> None:
        self._web = Client(wsgi(self.app))
        self._redis = redis.Redis.from_url(self.settings.redis_url)
        self._queue = rq.Queue("default", connection=self._redis, serializer=JSONSerializer)

    @property
    def environment(self) -> dict[str, str]:
        return environment_of(self.settings)

    @property
    def members(self) -> tuple[Villager, ...]:
        village = self.village
        return (village.akello, village.okot, village.wanjiru)

    def poke(self) -> None:
        """A round of a scheduler that has just started."""
        Scheduler(self.app.store, self.app.queue).round()

    def take_jobs(self) -> list[tuple[str, list[str]]]:
        """What waits in Redis for a worker: a task and its ids."""
        jobs = self._queue.jobs
        for job in jobs:
            job.delete()
        return [(job.args[0], job.args[1]) for job in jobs]

    def empty_redis(self) -> None:
        self._redis.flushdb()

    def call_back(self, reference: str) -> None:
        """MTN's callback on the real webhook, which may not reach the store."""
        url = self.settings.addresses("momo").of("payment", reference)
        assert self._web.post(urlsplit(url).path, json={"status": "SUCCESSFUL"}).status_code in (200, 500)

    def break_store(self, mode: object, **how: object) -> None:
        """mongod's own failpoint: `how` the next commands fail, and `mode` how many of them."""
        admin = self.app.store.database.client.admin
        admin.command("configureFailPoint", "failCommand", mode=mode, data=how)

    def fork(self, job: Job) -> Ended:
        """
        A worker of its own does the job, as far as it gets.

        mongod ends what a killed one left open after transactionLifetimeLimitSeconds; here it does so at once.
        """
        ended = self.forks.run(job)
        if ended.killed:
            self.app.store.database.client.admin.command("killAllSessions", [])
        return ended


class Town:
    """Founded once; each run then has a day of its own."""

    def __init__(self, settings: Settings, forks: Forks) -> None:
        self._settings, self._forks = settings, forks
        with closing(build(settings, clock=Clock())) as app:
            keep_old_documents(app)
            self._village = found_village(app.store)
            for told in app.store.notices.find(state="queued"):
                app.store.notices.change(told.id, state="sent", next_at=None)
            self._founded = {name: list(app.store.database[name].find()) for name in COLLECTIONS}

    @contextmanager
    def day(self) -> Iterator[Day]:
        village, clock = self._village, Clock()
        phones = [village.akello.phone, village.okot.phone, village.wanjiru.phone]
        # Reports of the failures that we cause ourselves would drown the one that matters.
        with simulated(phones) as simulator, capture_logs():
            settings = with_providers(self._settings, simulator)
            with closing(build(settings, clock=clock)) as app:
                for name, documents in self._founded.items():
                    collection = app.store.database[name]
                    collection.delete_many({})
                    if documents:
                        collection.insert_many(documents)
                day = Day(app, clock, simulator, village, self._forks, settings)
                day.empty_redis()
                yield day
