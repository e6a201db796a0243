"""A store that is away, and back: the real one, behind a wire that a test cuts."""

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress


class Relay:
    """Passes on what comes to `port`. While it is cut, whoever comes is hung up on, as whoever was there was."""

    def __init__(self, to: int, on: int) -> None:
        self._to, self._there = to, True
        self._server = socket.create_server(("127.0.0.1", on))
        self.port: int = self._server.getsockname()[1]
        self._lock = threading.Lock()
        self._open: set[socket.socket] = set()
        self._accepting = threading.Thread(target=self._accept, daemon=True)
        self._accepting.start()

    def cut(self) -> None:
        with self._lock:
            self._there = False
            for each in self._open:
                with suppress(OSError):
                    each.shutdown(socket.SHUT_RDWR)

    def mend(self) -> None:
        with self._lock:
            self._there = True

    def close(self) -> None:
        self.cut()
        self._server.shutdown(socket.SHUT_RDWR)
        self._server.close()
        self._accepting.join()

    def _accept(self) -> None:
        with suppress(OSError):
            while True:
                near, _ = self._server.accept()
                with self._lock:
                    if not self._there:
                        near.close()
                        continue
                    far = socket.create_connection(("127.0.0.1", self._to))
                    self._open |= {near, far}
                for one, other in ((near, far), (far, near)):
                    threading.Thread(target=self._pass_on, args=(one, other), daemon=True).start()

    def _pass_on(self, one: socket.socket, other: socket.socket) -> None:
        with suppress(OSError):
            while read := one.recv(65_536):
                other.sendall(read)
        for each in (one, other):
            with suppress(OSError):
                each.shutdown(socket.SHUT_RDWR)
        with self._lock:
            if one not in self._open and other not in self._open:
                return
            self._open -= {one, other}
            one.close()
            other.close()


@contextmanager
def relayed(to: int, *, on: int = 0) -> Iterator[Relay]:
    relay = Relay(to, on)
    try:
        yield relay
    finally:
        relay.close()
