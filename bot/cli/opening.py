"""How a command opens the program: its settings, its stores, and all of it."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, closing, contextmanager
from dataclasses import replace
from typing import TYPE_CHECKING, Final

import click

from bot.local.errors import StoreUnavailable

if TYPE_CHECKING:
    from bot.app import App
    from bot.config import Settings
    from domain.mongo.store import MongoStore

# Opens the program on its stores, in the role it is given. Commands get it by click.pass_obj.
OpenApp = Callable[[str], AbstractContextManager["App"]]

CONNECT_SECONDS: Final = 5
# Of one command to the store, where nobody waits for the answer but who typed it.
PATIENCE_SECONDS: Final = 300


@contextmanager
def open_app(role: str) -> Iterator["App"]:
    """The whole program. Raises BadSettings, StoreUnavailable."""
    from bot.app import build

    with stores_of(set_up(role)) as settings:
        app = build(settings)
        try:
            yield app
        finally:
            app.close()


def set_up(role: str) -> "Settings":
    """The settings, and logs that go with them. Raises BadSettings."""
    from bot import logs
    from bot.config import load

    settings = load()
    logs.set_up(settings, role=role)
    return settings


@contextmanager
def stores_of(settings: "Settings", *, as_they_are: bool = False) -> Iterator["Settings"]:
    """
    The settings with stores: those configured, those of a program running here, or our own while it lasts.
    Beside a running demo, where none are configured, they are the demo's, which has providers of its own.

    Collections and indexes are made, unless the stores are to be seen `as_they_are`. Raises StoreUnavailable.
    """
    mongo, redis = settings.mongo_uri, settings.redis_url
    check_stores(settings, as_they_are=as_they_are)
    if mongo and redis:
        yield settings
        return
    from bot.config import with_stores
    from bot.local.stores import embedded, running

    if found := running(settings.data_dir):
        mongo, redis = mongo or found.mongo_uri, redis or found.redis_url
        settings = beside_demo(settings)
    with embedded(settings.data_dir, mongo_uri=mongo, redis_url=redis, progress=say_aside) as stores:
        with_stores(stores.mongo_uri, stores.redis_url)
        yield replace(settings, mongo_uri=stores.mongo_uri, redis_url=stores.redis_url)


def beside_demo(settings: "Settings") -> "Settings":
    """
    The settings with the providers of a demo that runs here; as they are where none does, or a store is set: a
    book in another MongoDB is never compared with the lists of the demo's.
    """
    from bot.config import environment_of, load
    from bot.demo.running import read_running
    from bot.local.stores import running

    data_dir, has_store = settings.data_dir, bool(settings.mongo_uri or settings.redis_url)
    demo = read_running(data_dir) if not has_store and running(data_dir) else None
    if demo is None:
        return settings
    return load({**environment_of(data_dir=data_dir), "PUBLIC_URL": demo.bot, **demo.providers})


@contextmanager
def open_database(settings: "Settings", name: str = "") -> Iterator["MongoStore"]:
    """
    MongoDB alone, as it is: nothing is made in it, and it may be half restored or of another schema. It is
    MONGO_DATABASE unless another one is named. Raises StoreUnavailable.
    """
    from domain.mongo.store import open_store

    with stores_of(settings, as_they_are=True) as found:
        yield open_store(
            found.mongo_uri,
            name or found.mongo_database,
            pins=found.pins,
            replica_set=found.mongo_replica_set,
            timeout_seconds=PATIENCE_SECONDS,
            prepared=True,
        )


@contextmanager
def refused_in_a_line() -> Iterator[None]:
    """What a store refuses, in our words, is what ends the command."""
    from domain.errors import StoreError

    try:
        yield
    except StoreUnavailable:
        raise
    except StoreError as refusal:
        raise click.ClickException(str(refusal)) from refusal


def check_stores(settings: "Settings", *, as_they_are: bool) -> None:
    """
    MongoDB answers where it is said to be, and both fit; Redis may be away for a while. Raises StoreUnavailable.

    The driver's own words are left out: they may hold a part of the address, and so of its password.
    """
    from bot.fit import check_mongo, check_redis
    from domain.errors import StoreError
    from domain.mongo.store import open_store

    name = ""
    try:
        if settings.mongo_uri:
            name = "MONGO_URI"
            store = open_store(
                settings.mongo_uri,
                settings.mongo_database,
                pins=settings.pins,
                replica_set=settings.mongo_replica_set,
                timeout_seconds=CONNECT_SECONDS,
                prepared=as_they_are,
            )
            with closing(store):
                check_mongo(settings, store)
        if settings.redis_url:
            name = "REDIS_URL"
            check_redis(settings)
    except StoreError as unfit:  # in our words, which hold no address
        raise StoreUnavailable(f"{name}: {unfit}") from unfit
    except Exception as error:  # whatever a driver raises
        raise StoreUnavailable(f"{name}: no store can be opened there ({type(error).__name__})") from error


def say_aside(line: str) -> None:
    """Progress goes to standard error, so that what a command prints can be piped."""
    click.echo(line, err=True)
