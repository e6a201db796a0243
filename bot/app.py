"""
The composition root: the one place that builds store, sessions, engine, channels and providers, and joins them.
"""

from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import datetime
from functools import cache

from bot.config import Settings, load
from bot.logs import report
from bot.queue import Queue
from channels.deliver import deliver
from channels.sms import AfricasTalkingSms
from domain.mongo.store import CommandListener, MongoStore, open_store, utc_now
from domain.pins import PinHasher
from flows.engine import Engine
from flows.sessions import Sessions
from payments.momo import MomoCollections
from payments.port import Collector
from payments.settle import settle

# A provider takes a second to answer, our part of it a millisecond: several at once, which then share one commit.
AT_ONCE = 8


@dataclass(frozen=True)
class App:
    """Everything a process needs. Built after a fork, never before."""

    settings: Settings
    store: MongoStore
    sessions: Sessions
    engine: Engine
    sms: AfricasTalkingSms
    collectors: Mapping[str, Collector]  # by Payment.provider
    queue: Queue
    _hands: ThreadPoolExecutor = field(default_factory=lambda: ThreadPoolExecutor(AT_ONCE, "hands"))

    def settle(self, ids: Sequence[str]) -> None:
        """Bring payments a step further."""
        self._each("settle", ids, self._settle)

    def deliver(self, ids: Sequence[str]) -> None:
        """Send notices."""
        self._each("deliver", ids, lambda id: deliver(self.store, self.sms, id))

    def close(self) -> None:
        """Finish what was begun."""
        self._hands.shutdown()
        self.store.close()

    def _settle(self, id: str) -> None:
        collector = self.collectors.get(self.store.payments.get(id).provider)
        if collector is not None:
            settle(self.store, collector, id)

    def _each(self, what: str, ids: Sequence[str], work: Callable[[str], None]) -> None:
        def one(id: str) -> None:
            try:
                work(id)
            except Exception as error:  # one must not stop the others: it is due again when its claim runs out
                report(f"{what} failed", error, id=id)

        list(self._hands.map(one, ids))


def build(
    settings: Settings,
    *,
    timeout_seconds: float = 15,
    clock: Callable[[], datetime] = utc_now,
    listeners: Sequence[CommandListener] = (),
) -> App:
    """
    Join everything. `timeout_seconds` bounds each operation of the store: 4 where a member waits for it.

    `listeners` see every command that is sent to MongoDB.
    """
    collectors = _collectors(settings)
    store = open_store(
        settings.mongo_uri,
        settings.mongo_database,
        replica_set=settings.mongo_replica_set,
        pins=PinHasher(settings.pin_pepper),
        payable=frozenset().union(*(collector.currencies for collector in collectors.values())),
        pool_size=settings.db_pool_size,
        timeout_seconds=timeout_seconds,
        clock=clock,
        listeners=listeners,
    )
    sessions = Sessions(settings.redis_url)
    return App(
        settings=settings,
        store=store,
        sessions=sessions,
        engine=Engine(sessions, store, secret=settings.session_secret),
        sms=AfricasTalkingSms(
            settings.at_username, settings.at_api_key, sender_id=settings.at_sender_id, url=settings.at_api_url
        ),
        collectors=collectors,
        queue=Queue(settings.redis_url),
    )


@cache
def current() -> App:
    """This process's app, built from its environment when it is first asked for."""
    return build(load())


def _collectors(settings: Settings) -> dict[str, Collector]:
    if not settings.momo_ready:
        return {}
    momo = MomoCollections(
        base_url=settings.momo_api_url,
        subscription_key=settings.momo_subscription_key,
        api_user=settings.momo_api_user,
        api_key=settings.momo_api_key,
        environment=settings.momo_environment,
        callback_url=lambda reference: f"{settings.public_url}/hooks/momo/{settings.hook_secret}/{reference}",
    )
    return {"momo": momo}
