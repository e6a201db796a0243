"""The processes of a deployment: web, worker, scheduler."""

import multiprocessing
import signal
import socket
import threading
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Final

import click

from bot.cli.opening import OpenApp, say_aside, set_up, stores_of
from bot.local.errors import StoreUnavailable

if TYPE_CHECKING:
    from granian.server.common import AbstractServer

    from bot.life import Life

# So many connections wait in the kernel, and so many requests are on their way at once: far more than a busy
# service has, so that hundreds that are never finished keep nobody out.
BACKLOG: Final = 4_096
HEADERS_MS: Final = 5_000
STOP_SECONDS: Final = 10
# What the web server says itself goes the way of all our lines.
_LOG: Final[dict[str, Any]] = {"formatters": {}, "handlers": {}, "loggers": {"_granian": {"propagate": True}}}


@click.command()
@click.option(
    "--serve",
    "what",
    type=click.Choice(["everything", "messages", "pages"]),
    default="everything",
    show_default=True,
    help="Messages of members, pages (callbacks, the JSON API), or both. /health is always there.",
)
def web(what: str) -> None:
    """Serve the webhooks, the JSON API and /health."""
    from granian.constants import HTTPModes, Interfaces, Loops, SSLProtocols
    from granian.http import HTTP1Settings
    from granian.log import LogLevels

    from bot.cli.handover import Server
    from bot.cli.renewal import on_new_secrets, replace_web_processes, secrets_do
    from bot.logs import take_over
    from bot.shield.tls import certificate_of
    from bot.watch.role import watched_web

    given = set_up("web")
    take_over()
    certificate = certificate_of(given)
    with (
        stores_of(given) as settings,
        watched_web(settings) as life,
        on_new_secrets(replace_web_processes),
    ):
        _check_port(settings.host, settings.port)
        say_aside(f"Serving on {'https' if certificate else 'http'}://{settings.host}:{settings.port}")
        # A forked one would keep this process's handlers until it has its own, and lose what it is told meanwhile.
        multiprocessing.set_start_method("spawn", force=True)
        server = Server(
            f"bot.rsgi:{what}",
            may=secrets_do,
            address=settings.host,
            port=settings.port,
            interface=Interfaces.RSGI,
            loop=Loops.auto,
            workers=settings.web_processes,
            http=HTTPModes.http1,
            http1_settings=HTTP1Settings(header_read_timeout=HEADERS_MS),
            websockets=False,
            backlog=BACKLOG,
            backpressure=BACKLOG,
            respawn_failed_workers=True,
            workers_kill_timeout=STOP_SECONDS,
            log_level=LogLevels.warning,
            log_dictconfig=_LOG,
            ssl_cert=certificate.cert if certificate else None,
            ssl_key=certificate.key if certificate else None,
            ssl_protocol_min=SSLProtocols.tls12,  # of phones that are still in use
        )
        server.on_startup(lambda: _drain_first(server, life, settings.drain_seconds))
        server.serve()


def _drain_first(server: "AbstractServer[Any]", life: "Life", seconds: int) -> None:
    """
    Told to stop, say so first, and go on for a while: whoever sends requests here looks now and then, and sends
    none any more. Then the server ends what is under way, within STOP_SECONDS. Told twice, it does that at once.
    """

    stop: Callable[[], None] = server.signal_handler_interrupt

    def told(*_: object) -> None:
        if life.stopping or not seconds:
            life.stop()
            stop()
            return
        life.stop()
        waits = threading.Timer(seconds, stop)
        waits.daemon = True
        waits.start()

    _when_told(told)


def _when_told(to_stop: Callable[..., None]) -> None:
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, to_stop)


def _check_port(host: str, port: int) -> None:
    """Before the server tries, which says it with a page of its own insides."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        with socket.create_server((host, port), family=family):
            pass
    except OSError as refusal:
        reason = (refusal.strerror or "").partition(" (")[0]
        raise click.ClickException(f"HOST, PORT: cannot listen on {host}:{port}: {reason}") from refusal


@click.command()
def worker() -> None:
    """Call the providers and send messages, as jobs come."""
    from redis.exceptions import RedisError

    from bot.app import current
    from bot.cli.renewal import begun_again_on_new_secrets
    from bot.logs import take_over
    from bot.secret_ages import note_secrets_of
    from bot.watch.role import watched

    settings = set_up("worker")
    take_over()
    with begun_again_on_new_secrets(), stores_of(settings):
        app = current()  # that of the jobs too
        try:
            try:
                app.queue.ping()  # a wrong address is said; from here on it is waited for
            except RedisError as away:
                raise StoreUnavailable(f"REDIS_URL: Redis does not answer ({type(away).__name__})") from away
            note_secrets_of(app)
            with watched(app, "worker"):
                app.queue.work(app.life)
        finally:
            app.close()


@click.command()
@click.pass_obj
def scheduler(open_app: OpenApp) -> None:
    """Have a worker look at what is due, every second."""
    from bot.cli.renewal import begun_again_on_new_secrets
    from bot.jobs import Scheduler
    from bot.logs import take_over
    from bot.secret_ages import note_secrets_of
    from bot.upkeep import upkeep
    from bot.watch.deployment import Deployment
    from bot.watch.role import watched

    stop = threading.Event()
    _when_told(lambda *_: stop.set())
    with begun_again_on_new_secrets(), open_app("scheduler") as app:
        take_over()

        def told(*_: object) -> None:
            app.life.stop()
            stop.set()

        _when_told(told)
        note_secrets_of(app)
        scheduler = Scheduler(app.store, app.queue, app.life)
        with (
            watched(app, "scheduler", Deployment(app, lambda: scheduler.looked_at).values),
            upkeep(app.settings, stop),
        ):
            scheduler.run(stop)
