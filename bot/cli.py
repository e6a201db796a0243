"""
What an operator types: `python -m bot COMMAND`.

Commands import what they need when they run, so that `--help` is there at once.
"""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta
from typing import IO, TYPE_CHECKING

import click

if TYPE_CHECKING:
    from bot.app import App
    from bot.config import Settings


class _Group(click.Group):
    """Errors that a person can mend are one line each, without a traceback."""

    def invoke(self, context: click.Context) -> object:
        from bot.config import BadSettings
        from bot.stores import StoreUnavailable

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
    """Community Savings Bot: savings groups by USSD, with mobile money underneath."""


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
    from bot.stores import embedded, running

    if not settings.mongo_uri and not settings.redis_url and (found := running(settings.data_dir)):
        yield replace(settings, mongo_uri=found.mongo_uri, redis_url=found.redis_url)
        return
    with embedded(settings.data_dir, mongo_uri=settings.mongo_uri, redis_url=settings.redis_url) as stores:
        with_stores(stores.mongo_uri, stores.redis_url)
        yield replace(settings, mongo_uri=stores.mongo_uri, redis_url=stores.redis_url)


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
        Granian(
            "bot.wsgi:application",
            address=settings.host,
            port=settings.port,
            interface=Interfaces.WSGI,
            workers=settings.web_processes,
            blocking_threads=4,
            respawn_failed_workers=True,
            log_level=LogLevels.warning,
        ).serve()


@main.command()
def worker() -> None:
    """Call the providers and send messages, as the jobs come."""
    from bot.app import current

    with _with_stores(_settings("worker")):
        app = current()
        app.queue.work()
        app.close()


@main.command()
def scheduler() -> None:
    """Find what is due every second, and have a worker look at it."""
    import signal
    import threading

    from bot.queue import Scheduler

    stop = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: stop.set())
    with _app("scheduler") as app:
        Scheduler(app.store, app.queue).run(stop)


@main.command()
@click.option("--seconds", type=float, help="Stop by itself after this long.")
def demo(seconds: float | None) -> None:
    """Run everything here, with simulated providers and a village. Ctrl-C stops it."""
    from bot.config import load
    from bot.demo import Demo, DemoFailed

    try:
        Demo(load(), click.echo).run(seconds)
    except DemoFailed as failure:
        raise click.ClickException(str(failure)) from failure


@main.command()
@click.argument("phone")
@click.option("--code", help="What to dial; answers may follow in it: '*384*7*1#'.")
@click.option("--url", help="The bot's address, when it is not the demo running here.")
@click.option("--hook-secret", help="The secret in its webhooks' addresses.")
def dial(phone: str, code: str | None, url: str | None, hook_secret: str | None) -> None:
    """Be a phone in this terminal: PHONE is the caller's number, like +256772000101."""
    from bot.config import load
    from bot.demo import read_running
    from bot.dial import Handset, NoAnswer
    from domain.registration import normal_phone

    settings = load()
    found = read_running(settings.data_dir)
    address = url or (found.bot if found else settings.public_url)
    secret = hook_secret or (found.hook_secret if found and not url else settings.hook_secret)
    number = normal_phone(phone)
    if number is None:
        raise click.BadParameter(f"{phone} is no phone number: write it like +256772000101", param_hint="PHONE")
    try:
        Handset(address, secret, number, settings.service_code).call(code or settings.service_code)
    except NoAnswer as silence:
        raise click.ClickException(str(silence)) from silence


@main.command()
def settings() -> None:
    """List every setting: its value here, its default and its meaning."""
    from dataclasses import fields

    from bot.config import Settings, load

    values = load()
    for each in fields(Settings):
        value = getattr(values, each.name)
        shown = ("(set)" if value else "(not set)") if each.metadata["secret"] else value
        click.echo(f"{each.name.upper()}={shown}")
        default = "" if each.metadata["secret"] or each.default in ("", None) else f" Default: {each.default}."
        needed = " Needed in production." if each.metadata["production"] else ""
        click.echo(f"    {each.metadata['about'].capitalize()}.{default}{needed}")


@main.command()
@click.option("--days", type=click.IntRange(1, 3650), default=30, show_default=True, help="How long it is valid.")
def token(days: int) -> None:
    """Print a token for the JSON API: it may read every group's books."""
    from bot.api import make_token
    from bot.config import load

    click.echo(make_token(load().jwt_secret, timedelta(days=days)))


@main.command()
def seed() -> None:
    """Found the demo's village in the configured database, if it is not there."""
    from bot.village import found, is_there
    from domain.mongo.store import utc_now

    with _app("seed") as app:
        if is_there(app.store):
            click.echo("The village is there.")
            return
        with click.progressbar(length=100, label="Founding the village") as bar:
            found(app.store, utc_now(), lambda done, total: bar.update(100 * done // total - bar.pos))


@main.group()
def flows() -> None:
    """The conversations."""


@flows.command("check")
def flows_check() -> None:
    """Walk every conversation in every language: screens that do not fit, missing texts, dead ends."""
    from channels import ussd
    from flows.explore import explore

    report = explore({"ussd": ussd.LIMITS})
    for line in report.lines():
        click.echo(line)
    if report.problems:
        sys.exit(1)


@main.group()
def ledger() -> None:
    """The books."""


@ledger.command("verify")
@click.option("--group", "code", help="One group's book, by its code; all of them without.")
def ledger_verify(code: str | None) -> None:
    """Walk books from their first entry: chain, sums, balances. Exit status 1 when something is wrong."""
    from domain.mongo.verify import verify_book

    with _app("ledger") as app:
        books = _books(app, code)
        problems = 0
        with click.progressbar(books.items(), label="Verifying", file=sys.stderr) as walked:
            for book, name in walked:
                for problem in verify_book(app.store.books, book):
                    problems += 1
                    click.echo(f"\n{name}, entry {problem.seq}: {problem.text}")
        entries = sum(app.store.books.length(book) for book in books)
        if problems:
            raise click.ClickException(f"{problems} problems in {len(books)} books")
        click.echo(f"{len(books)} books with {entries:,} entries are whole.")


@ledger.command("export")
@click.option("--group", "code", help="One group's book, by its code; all of them without.")
@click.option("-o", "--output", type=click.File("w"), default="-", help="A file instead of standard output.")
def ledger_export(code: str | None, output: IO[str]) -> None:
    """Write books as a journal that hledger reads: hledger -f FILE balance."""
    from domain.hledger import journal

    with _app("ledger") as app:
        for book, name in _books(app, code).items():
            output.write(f"; {name}\n\n")
            output.writelines(journal(app.store.books.entries(book)))


def _books(app: "App", code: str | None) -> dict[str, str]:
    """The names of groups by the ids of their books."""
    if code is None:
        return {group.id: group.name for group in app.store.groups.find(sort="code")}
    group = app.store.groups.one(code=code)
    if group is None:
        raise click.BadParameter(f"no group has the code {code}", param_hint="--group")
    return {group.id: group.name}


@main.group()
def momo() -> None:
    """MTN Mobile Money."""


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
