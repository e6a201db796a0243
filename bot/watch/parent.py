"""
How the processes of one web server tell the one that started them what they do: they are one to those who watch.

The parent listens on this machine alone, and takes only what its own children say: both have the key that Python
gives to the processes which it starts. What is told is what was done since it was told last, so a process that is
started anew goes on where the one before stopped.
"""

import json
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from multiprocessing import AuthenticationError, current_process
from multiprocessing.connection import Client, Connection, Listener, answer_challenge, deliver_challenge
from typing import Any, Final

from bot.watch.process import Full
from bot.watch.totals import Totals

HERE: Final = "127.0.0.1"
# A child says something each five seconds; one that has said nothing for so long hangs.
SILENT_SECONDS: Final = 20.0


@dataclass(slots=True)
class _Child:
    heard_at: float
    silent_seconds: float  # its own loop, when it was heard
    full: Full


class Children:
    """What the parent has heard. `began` are those that it starts."""

    def __init__(self, totals: Totals, began: int, clock: Callable[[], float] = time.monotonic) -> None:
        self._totals, self._began, self._clock = totals, began, clock
        self._known: dict[int, _Child] = {}
        self._listener = Listener((HERE, 0))
        self._closed = self._all_came = False
        threading.Thread(target=self._accept, name="children", daemon=True).start()

    @property
    def port(self) -> int:
        """Where they tell it."""
        port: int = self._listener.address[1]
        return port

    @property
    def are_there(self) -> bool:
        """
        Whether each has told something, and so takes requests. Later on one is enough: in place of another that
        has died the next is started, and meanwhile the others do its work.
        """
        return bool(self._known) and self._all_came

    @property
    def hangs(self) -> bool:
        """Whether one is there, and its loop has not gone on. One that has died is started anew by itself."""
        now = self._clock()
        return any(
            max(now - each.heard_at, each.silent_seconds) > SILENT_SECONDS for each in [*self._known.values()]
        )

    @property
    def full(self) -> Full:
        """How full they are, each value where it is highest."""
        known = [each.full for each in [*self._known.values()] if each.full]
        return {name: max(each[name] for each in known) for name in known[0]} if known else {}

    def close(self) -> None:
        self._closed = True
        with suppress(OSError):
            Client((HERE, self.port)).close()  # it waits for one
        self._listener.close()

    def _accept(self) -> None:
        while not self._closed:
            with suppress(OSError):
                connection = self._listener.accept()
                threading.Thread(target=self._hear, args=(connection,), name="child", daemon=True).start()

    def _hear(self, connection: "Connection[bytes, bytes]") -> None:
        with connection:
            try:
                # Here, and not where the next one is waited for: who says nothing keeps nobody out.
                deliver_challenge(connection, _key())
                answer_challenge(connection, _key())
            except (AuthenticationError, EOFError, OSError):
                return  # none of ours
            try:
                for told in _each(connection):
                    self._totals.add(told["sums"])
                    self._known[id(connection)] = _Child(self._clock(), told["silent"], told["full"])
                    self._all_came |= len(self._known) >= self._began
            finally:
                self._known.pop(id(connection), None)


def _each(connection: "Connection[bytes, bytes]") -> Iterator[dict[str, Any]]:
    while True:
        try:
            yield json.loads(connection.recv_bytes())
        except (EOFError, OSError):
            return


def _key() -> bytes:
    return bytes(current_process().authkey)


class Parent:
    """
    The way of a child to it, which first tells the sums that it begins with. `silent` says for how long the
    child's own loop has not gone on.
    """

    def __init__(self, port: int, silent: Callable[[], float], sums: Mapping[str, int]) -> None:
        self._silent = silent
        self._connection = Client((HERE, port), authkey=_key())
        self.tell(sums, {})

    def tell(self, sums: Mapping[str, int], full: Full) -> None:
        """What was done since it was told last. A parent that is gone has nobody to show it to."""
        told = {"sums": sums, "silent": self._silent(), "full": full}
        with suppress(OSError):
            self._connection.send_bytes(json.dumps(told).encode())

    def close(self) -> None:
        """There is nothing more to tell."""
        self._connection.close()
