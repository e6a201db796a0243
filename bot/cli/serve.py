"""The processes of a deployment: web, worker, scheduler."""

import signal
import socket
import threading

import click

from bot.cli.opening import OpenApp, say_aside, set_up, stores_of
from bot.local.errors import StoreUnavailable


@click.command()
def web() -> None:
    """Serve the webhooks, the JSON API and /health."""
    from granian import Granian
    from granian.constants import Interfaces
    from granian.log import LogLevels

    with stores_of(set_up("web")) as settings:
        _check_port(settings.host, settings.port)
        say_aside(f"Serving on http://{settings.host}:{settings.port}")
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


@click.command()
def worker() -> None:
    """Call the providers and send messages, as jobs come."""
    from redis.exceptions import RedisError

    from bot.app import current

    with stores_of(set_up("worker")):
        app = current()  # that of the jobs too
        try:
            app.queue.work()
        except RedisError as away:
            raise StoreUnavailable(f"REDIS_URL: Redis does not answer ({type(away).__name__})") from away
        finally:
            app.close()


@click.command()
@click.pass_obj
def scheduler(open_app: OpenApp) -> None:
    """Have a worker look at what is due, every second."""
    from bot.jobs import Scheduler

    stop = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: stop.set())
    with open_app("scheduler") as app:
        Scheduler(app.store, app.queue).run(stop)
