"""
Three groups in three countries, and every rail that their members pay by; set back to the first day in
milliseconds.
"""

import threading
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, Final, Literal
from urllib.parse import urlsplit

import redis
import rq
from rq.serializers import JSONSerializer
from structlog.testing import capture_logs

from bot.app import App, build
from bot.config import Settings
from bot.jobs import Scheduler
from bot.rails import daraja_console
from bot.web import pages_app
from domain.money import Money
from domain.mongo.store import COLLECTIONS
from domain.records.account_number import account_number
from domain.records.person import membership_id
from simulator.server import Simulator
from simulator.world import Config, Switches
from tests.conftest import Clock
from tests.emptied import empty
from tests.faults.child import Ended, Job
from tests.faults.forks import Forks
from tests.faults.hasty import HastyClock
from tests.faults.postbox import Postbox
from tests.faults.proxy import Proxy
from tests.faults.stores import Mongo, Store
from tests.faults.town import environment_of, keep_old_documents
from tests.people import Villager, found_group, let_in, register
from tests.web import wsgi

CHAIR, TREASURER = "+256772000100", "+256772000103"
# Who pays by which rail, what a wallet holds, and the group's share.
PEOPLE: Final = {
    "Akello": ("+256772000101", "momo", "Umoja"),
    "Okot": ("+256752000102", "airtel", "Umoja"),
    "Amina": ("+254711000101", "daraja", "Jirani"),
    "Baraka": ("+254722000102", "daraja", "Jirani"),
    "Keza": ("+250788000101", "pawapay", "Ejo"),
}
GROUPS: Final = {
    "Umoja": ("10101", Money(5_000, "UGX")),
    "Jirani": ("10102", Money(500_00, "KES")),
    "Ejo": ("10103", Money(500, "RWF")),
}
SHARES_IN_A_WALLET: Final = 100
# Where a network leads that can fail.
StorePlace = Literal["mongo", "redis"]
Place = Literal["providers"] | StorePlace
GATEWAYS: Final = ("momo", "momo_africa")


@dataclass(frozen=True)
class Member:
    """`rail` is who carries their money, MTN's by either gateway."""

    id: str
    name: str
    phone: str
    rail: str
    group: str
    account: str
    share: Money


@dataclass
class Skewed:
    """The time by our clock, which may be wrong by so much."""

    true: Clock | HastyClock
    skew: timedelta = timedelta()

    def __call__(self) -> datetime:
        return self.true() + self.skew


@dataclass
class Land:
    """One run: the program on the first day, and every provider without a fault. `clock` is ours."""

    app: App
    clock: Skewed
    sim: Simulator
    members: Mapping[str, Member]
    groups: Mapping[str, str]
    settings: Settings
    box: Postbox
    providers: Proxy
    forks: Forks
    mongo: Mongo
    redis: Store

    def __post_init__(self) -> None:
        self._redis = redis.Redis(*self.redis.serving.network.upstream)  # past the network
        self._killing = threading.Lock()  # what is killed comes back before anybody kills it again
        self._queue = rq.Queue("default", connection=self._redis, serializer=JSONSerializer)

    def faults(self, provider: str) -> Switches:
        return self.sim.world.faults[provider]

    def poke(self) -> None:
        """A round of a scheduler that has just started."""
        Scheduler(self.app.store, self.app.queue).round(["settle", "confirm", "deliver"])

    def take_jobs(self) -> list[tuple[str, list[str]]]:
        """What waits in Redis for a worker: a task and its ids."""
        jobs = self._queue.jobs
        for job in jobs:
            job.delete()
        return [(job.args[0], job.args[1]) for job in jobs]

    def empty_redis(self) -> None:
        self._redis.flushdb()

    def quiet(self) -> None:
        """Wait until the providers have done what they do now."""
        self.sim.world.later.wait_until_done(within_seconds=0.2)

    def network(self, to: Place) -> Proxy:
        """The way to those who are asked now."""
        match to:
            case "providers":
                return self.providers
            case "mongo":
                return self.mongo.serving.network
            case "redis":
                return self.redis.serving.network

    def kill_store(self, which: StorePlace) -> None:
        """MongoDB's primary, or Redis; it comes back."""
        with self._killing:
            (self.mongo if which == "mongo" else self.redis).kill()
        self._redis.connection_pool.disconnect()

    def make_whole(self) -> None:
        """Networks and stores work as they should; one that is being killed has come back."""
        self.providers.heal()
        with self._killing:
            self.redis.heal()
            self.mongo.heal()

    def step_down(self, seconds: int) -> None:
        """MongoDB's primary is none any more for so long: alone, nothing is written; of three, another one is."""
        self.mongo.tell("replSetStepDown", seconds, force=True, secondaryCatchUpPeriodSecs=0)

    def fork(self, job: Job) -> Ended:
        """A worker of its own does the job, as far as it gets; mongod ends what a killed one left open."""
        ended = self.forks.run(job)
        if ended.killed:
            self.mongo.tell("killAllSessions", [])
        return ended

    @property
    def environment(self) -> dict[str, str]:
        return environment_of(self.settings)


class Country:
    """Founded once; each run then has a day of its own."""

    def __init__(
        self,
        settings: Settings,
        forks: Forks,
        box: Postbox,
        providers: Proxy,
        mongo: Mongo,
        redis: Store,
        scratch: Path,
    ) -> None:
        self._settings, self._forks, self._box, self._providers = settings, forks, box, providers
        self._mongo, self._redis = mongo, redis
        self._certificate = scratch / "safaricom.pem"
        with _simulated(self._box, Clock()) as sim:
            self._certificate.write_bytes(sim.daraja.payouts.credentials.certificate)
            wired = self._wired(sim, GATEWAYS[0])
        with closing(build(wired, clock=Clock())) as app:
            keep_old_documents(app)
            self._members, self._groups = _found(app)
            for told in app.store.notices.find(state="queued"):
                app.store.notices.change(told.id, state="sent", next_at=None)
            every = {name: list(app.store.database[name].find()) for name in COLLECTIONS}
            self._founded = {name: documents for name, documents in every.items() if documents}
            self._pages = pages_app(app)

    @contextmanager
    def day(self, gateway: str, clock: Clock | HastyClock | None = None) -> Iterator[Land]:
        """A run in which MTN's members pay by this gateway, by a clock that stands still, or this one."""
        clock = clock or Clock()
        with _simulated(self._box, clock) as sim, capture_logs():
            settings, ours = self._wired(sim, gateway), Skewed(clock)
            with closing(build(settings, clock=ours, prepared=True)) as app:
                empty(app.store.database)
                for name, documents in self._founded.items():
                    app.store.database[name].insert_many(documents)
                self._box.clear(wsgi(app, self._pages))
                land = Land(
                    app,
                    ours,
                    sim,
                    self._members,
                    self._groups,
                    settings,
                    self._box,
                    self._providers,
                    self._forks,
                    self._mongo,
                    self._redis,
                )
                land.empty_redis()
                daraja_console(settings, app.tokens).register()
                try:
                    yield land
                finally:
                    land.make_whole()

    def _wired(self, sim: Simulator, gateway: str) -> Settings:
        """Every rail at its stand-in, through the network that can fail."""
        there = urlsplit(sim.url)
        self._providers.upstream = (str(there.hostname), int(there.port or 0))
        host, port = self._providers.address
        url, config = f"http://{host}:{port}", sim.config
        other = next(each for each in GATEWAYS if each != gateway)
        return replace(
            self._settings,
            public_url=self._box.url,
            at_api_url=sim.url,
            payment_rails=f"airtel,{gateway},{other},daraja,pawapay",
            momo_api_url=f"{url}/momo",
            momo_africa_api_url=f"{url}/momo_africa",
            airtel_api_url=f"{url}/airtel",
            daraja_api_url=f"{url}/daraja",
            daraja_initiator=config.daraja_initiator,
            daraja_initiator_password=config.daraja_initiator_password,
            daraja_certificate=str(self._certificate),
            pawapay_api_url=f"{url}/pawapay",
        )


@contextmanager
def _simulated(box: Postbox, clock: Clock | HastyClock) -> Iterator[Simulator]:
    """The providers, for whoever has these phones; what they call is kept in the box."""
    people = [
        {
            "name": name,
            "phone": phone,
            "wallet": {"minor": share.minor * SHARES_IN_A_WALLET, "currency": share.currency},
        }
        for name, (phone, _, group) in PEOPLE.items()
        for share in [GROUPS[group][1]]
    ]
    config = {
        "port": 0,
        "people": people,
        "bot_url": box.url,
        "hook_secret": "hook",
        "pawapay_countries": ["RWA"],  # each more has a statement each hour
    }
    sim = Simulator(config, clock)
    sim.start()
    try:
        yield sim
    finally:
        sim.stop()


def _found(app: App) -> tuple[Mapping[str, Member], Mapping[str, str]]:
    store = app.store
    chair, treasurer = register(store, "Nakato", CHAIR, "2580"), register(store, "Wanjiru", TREASURER, "1470")
    groups: dict[str, str] = {}
    for name, (code, share) in GROUPS.items():
        groups[name] = found_group(store, code, name, share, {chair: "chairperson", treasurer: "treasurer"})
    members: dict[str, Member] = {}
    for name, (phone, rail, group) in PEOPLE.items():
        code, share = GROUPS[group]
        person: Villager = register(store, name, phone, "2581")
        let_in(store, groups[group], code, chair, person)
        number = store.memberships.get(membership_id(groups[group], person.id)).number
        members[name] = Member(person.id, name, phone, rail, groups[group], account_number(code, number), share)
    return members, groups


def environment(mongo_uri: str, redis_url: str, scratch: Path) -> dict[str, Any]:
    """The settings of every rail but for the addresses, which are of a run."""
    return {
        "APP_ENV": "test",
        "MONGO_URI": mongo_uri,
        "REDIS_URL": redis_url,
        "DATA_DIR": str(scratch),
        "HOOK_SECRET": "hook",
        "AT_API_KEY": "at-key",
        "MOMO_ENVIRONMENT": "mtnuganda",
        "MOMO_SUBSCRIPTION_KEY": "subscription",
        "MOMO_API_USER": "5b0c1c34-6f0e-4b0d-9a55-0a3d0f6f1a11",
        "MOMO_API_KEY": "momo-key",
        "MOMO_DISBURSEMENT_SUBSCRIPTION_KEY": "sub-disb",
        "MOMO_DISBURSEMENT_API_USER": "7c0c1c34-6f0e-4b0d-9a55-0a3d0f6f1a11",
        "MOMO_DISBURSEMENT_API_KEY": "momo-key-out",
        "MOMO_AFRICA_SUBSCRIPTION_KEY": "sub-key",
        "MOMO_AFRICA_USER": "6b0c1c34-6f0e-4b0d-9a55-0a3d0f6f1a11",
        "MOMO_AFRICA_TOKEN": "credential-token",
        "MOMO_AFRICA_DISBURSEMENT_SUBSCRIPTION_KEY": "sub-key-out",
        "MOMO_AFRICA_DISBURSEMENT_USER": "8d0c1c34-6f0e-4b0d-9a55-0a3d0f6f1a11",
        "MOMO_AFRICA_DISBURSEMENT_TOKEN": "credential-token-out",
        "AIRTEL_CLIENT_ID": "app",
        "AIRTEL_CLIENT_SECRET": "secret",
        "AIRTEL_PIN": "1234",
        "DARAJA_CONSUMER_KEY": "key",
        "DARAJA_CONSUMER_SECRET": "daraja-secret",
        "DARAJA_SHORTCODE": Config().daraja_shortcode,
        "DARAJA_PASSKEY": Config().daraja_passkey,
        "PAWAPAY_TOKEN": "key",
    }
