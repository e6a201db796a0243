"""
What an operator types: `python -m bot COMMAND`.

Commands import what they need when they run, so that `--help` is there at once.
"""

import socket
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Final

import click

from bot.cli import books as books_tools
from bot.cli import channels as channel_tools
from bot.cli import flows as flow_tools
from bot.cli import quotes
from bot.demo import cycle as demo_cycle
from domain.records.person import LANGUAGES, Language

if TYPE_CHECKING:
    from bot.app import App
    from bot.config import Settings


CONNECT_SECONDS: Final = 5


class _Group(click.Group):
    """Errors that a person can mend are one line each, without a traceback."""

    def invoke(self, context: click.Context) -> object:
        from bot.config import BadSettings
        from bot.local.stores import StoreUnavailable

        try:
            return super().invoke(context)
        except BadSettings as wrong:
            click.echo("These settings are missing or wrong (python -m bot settings lists them all):", err=True)
            for line in str(wrong).splitlines():
                click.echo(f"  {line}", err=True)
            sys.exit(2)
        except StoreUnavailable as away:
            raise click.ClickException(str(away)) from away


@click.group(cls=_Group, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
def main() -> None:
    """Community Savings Bot: savings groups by USSD, WhatsApp and Telegram, with mobile money underneath."""


def _settings(role: str) -> "Settings":
    from bot import logs
    from bot.config import load

    settings = load()
    logs.set_up(settings, role=role)
    return settings


@contextmanager
def _with_stores(settings: "Settings") -> Iterator["Settings"]:
    """The settings with stores: those configured, those of a program running here, or our own while it lasts."""
    from bot.config import with_stores
    from bot.local.stores import embedded, running

    mongo, redis = settings.mongo_uri, settings.redis_url
    _check_addresses(settings)
    if not (mongo and redis) and (found := running(settings.data_dir)):
        mongo, redis = mongo or found.mongo_uri, redis or found.redis_url
    with embedded(settings.data_dir, mongo_uri=mongo, redis_url=redis, progress=_say_aside) as stores:
        with_stores(stores.mongo_uri, stores.redis_url)
        yield replace(settings, mongo_uri=stores.mongo_uri, redis_url=stores.redis_url)


def _check_addresses(settings: "Settings") -> None:
    """
    MongoDB answers where it is said to be; Redis may be away for a while. Raises StoreUnavailable.

    The driver's own words are left out: they may hold a part of the address, and so of its password.
    """
    from redis import Redis

    from bot.local.stores import StoreUnavailable
    from domain.mongo.store import open_store
    from domain.records.pin import PinHasher

    name = ""
    try:
        if settings.mongo_uri:
            name = "MONGO_URI"
            open_store(
                settings.mongo_uri,
                settings.mongo_database,
                pins=PinHasher(settings.pin_pepper),
                replica_set=settings.mongo_replica_set,
                timeout_seconds=CONNECT_SECONDS,
            ).close()
        if settings.redis_url:
            name = "REDIS_URL"
            Redis.from_url(settings.redis_url).close()
    except Exception as error:  # whatever a driver raises
        raise StoreUnavailable(f"{name}: no store can be opened there ({type(error).__name__})") from error


def _say_aside(line: str) -> None:
    """Progress goes to standard error, so that what a command prints can be piped."""
    click.echo(line, err=True)


@contextmanager
def _app(role: str) -> Iterator["App"]:
    from bot.app import build

    with _with_stores(_settings(role)) as settings:
        app = build(settings)
        try:
            yield app
        finally:
            app.close()


@main.command()
def web() -> None:
    """Serve the webhooks, the JSON API and /health."""
    from granian import Granian
    from granian.constants import Interfaces
    from granian.log import LogLevels

    with _with_stores(_settings("web")) as settings:
        _check_port(settings.host, settings.port)
        _say_aside(f"Serving on http://{settings.host}:{settings.port}")
        Granian(
            "bot.wsgi:application",
            address=settings.host,
            port=settings.port,
            interface=Interfaces.WSGI,
            workers=settings.web_processes,
            blocking_threads=4,
            respawn_failed_workers=True,
            workers_kill_timeout=10,
            log_level=LogLevels.warning,
        ).serve()


def _check_port(host: str, port: int) -> None:
    """Before the server tries, which says it with a page of its own insides."""
    try:
        with socket.create_server((host, port)):
            pass
    except OSError as refusal:
        reason = (refusal.strerror or "").partition(" (")[0]
        raise click.ClickException(f"HOST, PORT: cannot listen on {host}:{port}: {reason}") from refusal


@main.command()
def worker() -> None:
    """Call the providers and send messages, as jobs come."""
    from redis.exceptions import RedisError

    from bot.app import current
    from bot.local.stores import StoreUnavailable

    with _with_stores(_settings("worker")):
        app = current()
        try:
            app.queue.work()
        except RedisError as away:
            raise StoreUnavailable(f"REDIS_URL: Redis does not answer ({type(away).__name__})") from away
        finally:
            app.close()


@main.command()
def scheduler() -> None:
    """Have a worker look at what is due, every second."""
    import signal
    import threading

    from bot.jobs import Scheduler

    stop = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: stop.set())
    with _app("scheduler") as app:
        Scheduler(app.store, app.queue).run(stop)


@main.command()
@click.option(
    "--data-dir",
    type=click.Path(path_type=Path, file_okay=False),
    envvar="DATA_DIR",
    default=".data",
    show_default=True,
    help="Where its stores, logs and secrets are kept.",
)
@click.option("--seconds", type=float, help="Stop by itself after this long.")
def demo(data_dir: Path, seconds: float | None) -> None:
    """
    Run everything here, with a village to play with.

    Starts private stores, web, worker, scheduler and stand-ins for the providers, whatever other settings say.
    Ctrl-C stops it all. Two of them need a data directory each.
    """
    from bot.demo.run import Demo, DemoFailed

    try:
        Demo(data_dir, click.echo).run(seconds)
    except DemoFailed as failure:
        raise click.ClickException(str(failure)) from failure


@main.command()
@click.argument("phone")
@click.option("--code", help="What to dial; answers may follow in it: '*384*7*1#'.")
@click.option("--url", help="The bot's address, when it is not the demo running here.")
@click.option("--hook-secret", help="The secret in its webhooks' addresses.")
def dial(phone: str, code: str | None, url: str | None, hook_secret: str | None) -> None:
    """
    Be a phone in this terminal.

    PHONE is the caller's number, like +256772000101. Type "drop", or press Ctrl-D, to drop the call; dial again
    to go on with it. Without --url it calls the demo that runs on DATA_DIR.
    """
    from bot.cli.dial import Handset, NoAnswer
    from bot.config import load
    from bot.demo.run import read_running
    from domain.people.phones import normal_phone

    number = normal_phone(phone)
    if number is None:
        raise click.BadParameter(f"{phone} is no phone number: write it like +256772000101", param_hint="PHONE")
    settings = load()
    found = None if url else read_running(settings.data_dir)
    if found:
        handset = Handset(found.bot, hook_secret or found.hook_secret, number, found.service_code)
    else:
        handset = Handset(
            url or settings.public_url, hook_secret or settings.hook_secret, number, settings.service_code
        )
    try:
        handset.call(code)
    except NoAnswer as silence:
        raise click.ClickException(str(silence)) from silence


@main.command()
def settings() -> None:
    """List every setting: value, default and meaning."""
    from dataclasses import fields

    from bot.config import BadSettings, Settings, load

    problems = None
    try:
        values = load()
    except BadSettings as wrong:
        values, problems = Settings(), wrong
        click.echo("Some settings are wrong: these are the defaults.\n")
    for each in fields(Settings):
        value, about = getattr(values, each.name), each.metadata["about"]
        shown = ("(set)" if value else "(not set)") if each.metadata["secret"] else _plain(value)
        default = "" if each.metadata["secret"] or each.default == "" else f" Default: {_plain(each.default)}."
        needed = " Needed in production." if each.metadata["production"] else ""
        click.echo(f"{each.name.upper()}={shown}\n    {about[0].upper()}{about[1:]}.{default}{needed}")
    if problems:
        click.echo()
        raise problems


def _plain(value: object) -> str:
    """A value as the environment has it."""
    return str(value).lower() if isinstance(value, bool) else str(value)


@main.command()
@click.option("--days", type=click.IntRange(1, 3650), default=30, show_default=True, help="How long it is valid.")
def token(days: int) -> None:
    """Print a token that reads the JSON API: every group's books."""
    from bot.api import make_token
    from bot.config import load

    click.echo(make_token(load().jwt_secret, timedelta(days=days)))


@main.command()
def seed() -> None:
    """Found the demo's village in the configured database."""
    from bot.demo.past import found, is_there
    from domain.errors import DomainError
    from domain.mongo.store import utc_now

    with _app("seed") as app:
        if app.settings.app_env == "production":
            raise click.ClickException("APP_ENV: the village's PINs are public, so production has no village")
        if is_there(app.store):
            click.echo("The village is there.")
            return
        try:
            with click.progressbar(length=100, label="Founding the village") as bar:
                found(app.store, utc_now(), lambda done, total: bar.update(100 * done // total - bar.pos))
        except DomainError as refused:
            raise click.ClickException(
                f"the village's numbers or codes belong to others: {refused.code}"
            ) from refused


@main.group()
def flows() -> None:
    """Check the conversations."""


@flows.command("check")
@click.option("--language", "languages", multiple=True, type=click.Choice(LANGUAGES), help="Not in all of them.")
def flows_check(languages: tuple[Language, ...]) -> None:
    """Walk every conversation in every language: screens that do not fit, missing texts, dead ends."""
    from bot.app import CHANNELS
    from flows.check.explore import explore

    report = explore(CHANNELS, languages or LANGUAGES)
    for line in report.lines():
        click.echo(line)
    if report.problems:
        sys.exit(1)


@main.group()
def momo() -> None:
    """Get an account in MTN's sandbox."""


@momo.command("provision")
@click.option("--host", required=True, help="The host of our callbacks, like pay.example.org.")
def momo_provision(host: str) -> None:
    """Make an API user in MTN's sandbox, and print its settings."""
    from bot.config import load
    from payments.momo import provision_sandbox
    from payments.port import ProviderError

    settings = load()
    if not settings.momo_subscription_key:
        raise click.ClickException("MOMO_SUBSCRIPTION_KEY: set it to the Collections product's key first")
    try:
        user = provision_sandbox(settings.momo_api_url, settings.momo_subscription_key, host)
    except ProviderError as refused:
        raise click.ClickException(f"MTN did not make the user: {refused}") from refused
    click.echo(f"MOMO_API_USER={user.api_user}\nMOMO_API_KEY={user.api_key}")


main.add_command(demo_cycle.demo_cycle)
main.add_command(quotes.quote)
main.add_command(quotes.share)
books_tools.add_to(main, _app)
channel_tools.add_to(main, _app)
flow_tools.add_to(flows, _app)
