"""A small TCP proxy: the network between two programs, cut, slow, silent, or broken in the middle of a word."""

import select
import socket
import struct
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import Final, Literal

# up, down: connections are reset once so many bytes have gone to the server, or come back. refused: at once.
# silent: taken and never answered, as by a machine that has lost its power. slow: each piece is kept for a while.
Fault = Literal["up", "down", "refused", "silent", "slow"]
_PIECE: Final = 65_536
_RESET: Final = struct.pack("ii", 1, 0)  # closed without the goodbye of TCP


class Proxy:
    """Between whoever connects to `address` and `upstream`, which may be changed for the connections to come."""

    def __init__(self, upstream: tuple[str, int]) -> None:
        self.upstream = upstream
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.address: tuple[str, int] = self._listener.getsockname()
        self._fault: Fault | None = None
        self._amount, self._times = 0.0, 0
        self._pieces: int = 0
        self._then: Callable[[], object] = _nothing
        self._open: set[socket.socket] = set()
        self._lock = threading.Lock()
        threading.Thread(target=self._accept, name="proxy", daemon=True).start()

    def fail(self, fault: Fault, amount: float = 0, times: int = 1) -> None:
        """From the next piece on: `amount` are bytes, or seconds of what is slow; so many connections."""
        with self._lock:
            self._fault, self._amount, self._times = fault, amount, times

    def heal(self) -> None:
        with self._lock:
            self._fault, self._pieces = None, 0

    def after(self, pieces: int, then: Callable[[], object]) -> None:
        """Do that, once, when so many pieces have come; they wait for it."""
        with self._lock:
            self._pieces, self._then = pieces, then

    def cut(self) -> None:
        """Reset every connection that there is."""
        with self._lock:
            them = [*self._open]
        for each in them:
            _reset(each)

    def close(self) -> None:
        with suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        self.cut()

    def _accept(self) -> None:
        while True:
            try:
                client, _ = self._listener.accept()
            except OSError:
                return
            threading.Thread(target=self._serve, args=(client,), daemon=True).start()

    def _serve(self, client: socket.socket) -> None:
        if self._takes("refused"):
            _reset(client)
            return
        # Whoever breaks the network closes both sides while they are waited for, and then they have no number.
        with suppress(OSError, ValueError), client, socket.create_connection(self.upstream) as server:
            for each in (client, server):
                each.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            with self._lock:
                self._open |= {client, server}
            try:
                self._pump(client, server)
            finally:
                with self._lock:
                    self._open -= {client, server}

    def _pump(self, client: socket.socket, server: socket.socket) -> None:
        """Until one of them has ended, or the network has broken."""
        while True:
            for source in select.select([client, server], [], [])[0]:
                piece = source.recv(_PIECE)
                if not piece:
                    return
                self._count()
                target, way = (server, "up") if source is client else (client, "down")
                if self._takes("silent"):
                    client.recv(_PIECE)  # until who has called gives up
                    return
                if self._fault == "slow":
                    time.sleep(self._amount)
                if self._fault == way and self._takes(way):
                    target.sendall(piece[: int(self._amount)])
                    _reset(client)
                    _reset(server)
                    return
                target.sendall(piece)

    def _count(self) -> None:
        with self._lock:
            self._pieces -= 1
            then = self._then if self._pieces == 0 else _nothing
        then()

    def _takes(self, fault: str) -> bool:
        """Whether this connection is hit, counting it."""
        with self._lock:
            if self._fault != fault:
                return False
            self._times -= 1
            if self._times <= 0:
                self._fault = None
            return True


def _nothing() -> None:
    pass


def _reset(connection: socket.socket) -> None:
    with suppress(OSError):
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET)
        connection.shutdown(socket.SHUT_RDWR)
    with suppress(OSError):
        connection.close()


@contextmanager
def proxied(upstream: tuple[str, int]) -> Iterator[Proxy]:
    proxy = Proxy(upstream)
    try:
        yield proxy
    finally:
        proxy.close()
