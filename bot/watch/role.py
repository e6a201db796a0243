"""How each process of a deployment is watched: what it exposes, when it lives, and when it is ready."""

from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from typing import TYPE_CHECKING, Final

from redis import Redis

from bot.config import Settings, told_to_parent
from bot.life import Life
from bot.measures import Role
from bot.watch.parent import Children
from bot.watch.port import NotReady, Watched, operations_port
from bot.watch.process import Latest, Values, registry_of
from bot.watch.totals import Totals
from domain.mongo.store import MongoStore, open_store
from domain.records.pin import PinHasher
from flows.engine.redis_place import open_redis

if TYPE_CHECKING:
    from bot.app import App

READY_SECONDS: Final = 2.0
# A worker looks for jobs every fifteen seconds, the scheduler every second; both beat while they wait for a store.
SILENT_SECONDS: Final[dict[Role, float]] = {"worker": 60, "scheduler": 30}


@contextmanager
def watched(app: "App", role: Role, more: Callable[[], Values] = tuple) -> Iterator[None]:
    """A worker or a scheduler: what it does is measured from here on, and shown where METRICS_PORT says."""
    totals, settings = Totals(), app.settings
    latest = Latest(totals)
    app.measures.begin(role, latest.take)

    def lives() -> bool:
        return app.life.silent_seconds < SILENT_SECONDS[role]

    def check_ready() -> None:
        _check(app.life, app.store, app.measures.redis)

    registry = registry_of(settings, role, totals, lambda: latest.full, more)
    with operations_port(settings.metrics_host, settings.metrics_port, Watched(registry, lives, check_ready)):
        yield


@contextmanager
def watched_web(settings: Settings) -> Iterator[Life]:
    """
    The process that starts those of a web server: it shows what they do, as one. Its `Life` says when it is about
    to stop.
    """
    life = Life()
    if not settings.metrics_port:
        with told_to_parent(0):
            yield life
        return
    totals = Totals()
    children = Children(totals, settings.web_processes)
    store = open_store(
        settings.mongo_uri,
        settings.mongo_database,
        pins=PinHasher(settings.pin_pepper),
        replica_set=settings.mongo_replica_set,
        pool_size=2,
        timeout_seconds=READY_SECONDS,
        prepared=True,
    )
    redis = open_redis(settings.shared_redis_url, READY_SECONDS)

    def check_ready() -> None:
        if not children.are_there:
            raise NotReady("it starts")
        _check(life, store, redis)

    registry = registry_of(settings, "web", totals, lambda: children.full)
    shown = Watched(registry, lambda: not children.hangs, check_ready)
    with (
        closing(store),
        closing(redis),
        closing(children),
        operations_port(settings.metrics_host, settings.metrics_port, shown),
        told_to_parent(children.port),
    ):
        yield life


def _check(life: Life, store: MongoStore, redis: Redis) -> None:
    if life.stopping:
        raise NotReady("it is about to stop")
    with store.within(READY_SECONDS):
        store.ping()
    redis.ping()
