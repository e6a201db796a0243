"""
The operations port: `/metrics`, `/live` and `/ready` of one process, over plain HTTP, for whoever watches us.

It is not the public port, and no proxy leads to it.
"""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from ipaddress import ip_address
from typing import Final

import click
from prometheus_client import CollectorRegistry
from prometheus_client.exposition import choose_encoder

from bot.logs import log, report

ASK_SECONDS: Final = 5
_TEXT: Final = "text/plain; charset=utf-8"


class NotReady(Exception):
    """Why nobody should send anything here now; in our words, for who watches us."""


@dataclass(frozen=True, slots=True)
class Watched:
    """
    `registry` has what is exposed. `lives` says whether the process does its work; one that does not is to be
    started again, so it asks no store. `check_ready` raises NotReady, or what a driver raises.
    """

    registry: CollectorRegistry
    lives: Callable[[], bool]
    check_ready: Callable[[], None]


@contextmanager
def operations_port(host: str, port: int, watched: Watched) -> Iterator[int]:
    """Open it while it is needed; which port it is, 0 for none. Raises ClickException when it cannot listen."""
    if not port:
        yield 0
        return
    try:
        server = _Server((host, port), partial(_Handler, watched))
    except OSError as refusal:
        reason = (refusal.strerror or "").partition(" (")[0]
        raise click.ClickException(
            f"METRICS_HOST, METRICS_PORT: cannot listen on {host}:{port}: {reason}"
        ) from refusal
    with server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.1}, name="operations")
        thread.start()
        try:
            yield port
        finally:
            server.shutdown()
            thread.join()


def own_address(host: str) -> str:
    """Where this machine asks itself what listens on `host`."""
    try:
        address = ip_address(host)
    except ValueError:
        return host
    if address.is_unspecified:
        return "127.0.0.1" if address.version == 4 else "[::1]"
    return f"[{host}]" if address.version == 6 else host


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    allow_reuse_address = True


class _Handler(BaseHTTPRequestHandler):
    """Answers GET, for three addresses."""

    timeout = ASK_SECONDS
    server_version, sys_version = "web", ""

    def __init__(self, watched: Watched, *connection: object) -> None:
        self._watched = watched
        super().__init__(*connection)  # type: ignore[arg-type]

    def do_GET(self) -> None:
        match self.path.partition("?")[0]:
            case "/metrics":
                self._metrics()
            case "/live":
                lives = self._watched.lives()
                self._say(200 if lives else 503, "live\n" if lives else "it hangs\n")
            case "/ready":
                self._ready()
            case _:
                self._say(404, "There is nothing here.\n")

    def _metrics(self) -> None:
        encode, content_type = choose_encoder(self.headers.get("Accept", ""))
        try:
            self._say(200, encode(self._watched.registry), content_type)
        except Exception as error:
            report("metrics cannot be shown", error)
            self._say(500, "Metrics cannot be shown now.\n")

    def _ready(self) -> None:
        try:
            self._watched.check_ready()
        except NotReady as why:
            self._say(503, f"{why}\n")
        except Exception as error:  # whatever a driver raises
            log().warning("not ready", error=type(error).__name__)
            self._say(503, "a store is away\n")
        else:
            self._say(200, "ready\n")

    def _say(self, status: int, text: str | bytes, content_type: str = _TEXT) -> None:
        body = text if isinstance(text, bytes) else text.encode()
        self.send_response(status)
        self.send_header("Content-Type", content_type)
        self.send_header("Content-Length", str(len(body)))
        self.send_header("Cache-Control", "no-store")
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:
        """It is asked every few seconds: no line is worth writing."""
