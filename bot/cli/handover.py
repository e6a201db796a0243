"""
The web server, whose processes can be replaced without a moment in which nobody listens, and which hears what it
is told.
"""

import threading
import time
from collections.abc import Callable
from contextlib import suppress
from typing import Any, Final

import psutil
from granian import Granian

_LOOK_SECONDS: Final = 0.05
_HEAR_SECONDS: Final = 0.5
_LISTENS_SECONDS: Final = 60.0


class Server(Granian):  # type: ignore[misc, valid-type]  # it is one of two, by how Python was built
    """
    granian's. Told to replace its processes (SIGHUP), it stops each one some seconds after the new one was begun,
    which on a busy machine is too early: this one stops it when the new one listens. It replaces none where `may`
    says so, since new ones would not come up.
    """

    _replacing = False

    def __init__(self, *arguments: Any, may: Callable[[], bool], **named: Any) -> None:
        super().__init__(*arguments, **named)
        self.main_loop_interrupt = _Heard()
        self._may = may

    def _reload(self, target: Any, loader: Any) -> None:
        if self._may():
            super()._reload(target, loader)
        else:
            self.reload_signal = False
            self.main_loop_interrupt.clear()

    def _respawn_workers(self, workers: Any, target: Any, loader: Any, delay: float = 0) -> None:
        self._replacing = True
        try:
            super()._respawn_workers(workers, target, loader)
        finally:
            self._replacing = False

    def _spawn_worker(self, *arguments: Any, **named: Any) -> Any:
        worker = super()._spawn_worker(*arguments, **named)
        if self._replacing:
            begin = worker.start

            def start() -> None:
                begin()
                _wait_until_it_listens(worker.inner.pid, self.bind_port)

            worker.start = start
        return worker


class _Heard(threading.Event):
    """
    What granian's main thread waits for. Python handles a signal in that thread alone, when it runs; but the
    kernel may give it to any thread, which does not wake one that waits without an end: SIGTERM would never be
    heard.
    """

    def wait(self, timeout: float | None = None) -> bool:
        if timeout is not None:
            return super().wait(timeout)
        while not super().wait(_HEAR_SECONDS):
            pass
        return True


def _wait_until_it_listens(pid: int, port: int) -> None:
    """Not for ever: what ends, or does not come about, is the server's to deal with."""
    deadline = time.monotonic() + _LISTENS_SECONDS
    with suppress(psutil.NoSuchProcess):
        process = psutil.Process(pid)
        while process.is_running() and time.monotonic() < deadline:
            listening = [each for each in process.net_connections("tcp") if each.status == psutil.CONN_LISTEN]
            if any(each.laddr.port == port for each in listening):
                return
            time.sleep(_LOOK_SECONDS)
