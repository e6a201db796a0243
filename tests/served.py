"""Servers of a test's own: what they answer is a function."""

import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from werkzeug.serving import make_server

from simulator.server import POLL_SECONDS, QuietHandler

Answers = Callable[[BaseHTTPRequestHandler], tuple[int, list[tuple[str, str]], str]]


@contextmanager
def standing_in(answers: Answers, tls: ssl.SSLContext | None = None) -> Iterator[int]:
    """A server that answers each request so; gives its port."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def answer(self) -> None:
            self.rfile.read(int(self.headers.get("Content-Length", 0)))
            status, headers, body = answers(self)
            self.send_response_only(status)
            for name, value in (*headers, ("Content-Length", str(len(body.encode())))):
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(body.encode())

        def do_GET(self) -> None:
            self.answer()

        def do_POST(self) -> None:
            self.answer()

        def log_message(self, format: str, *args: object) -> None:
            """Nobody reads it."""

    class Server(ThreadingHTTPServer):
        daemon_threads = True

        def finish_request(self, request: Any, client_address: Any) -> None:
            """The handshake is in the thread of the request, and one that fails is no error of ours."""
            if tls is None:
                super().finish_request(request, client_address)
                return
            try:
                safe = tls.wrap_socket(request, server_side=True)
            except OSError:
                return
            with safe:
                super().finish_request(safe, client_address)

        def handle_error(self, request: Any, client_address: Any) -> None:
            """Whoever asked is gone."""

    server = Server(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield server.server_port
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


class Served:
    """A WSGI application at `url`, each request in a thread of its own, until it is closed; it may come later."""

    def __init__(self, app: Any = None) -> None:
        self._server = make_server("127.0.0.1", 0, app, threaded=True, request_handler=QuietHandler)
        self._thread = threading.Thread(target=self._server.serve_forever, args=(POLL_SECONDS,), daemon=True)
        self._thread.start()
        self.url = f"http://127.0.0.1:{self._server.server_port}"

    def serve(self, app: Any) -> None:
        self._server.app = app

    def close(self) -> None:
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()
