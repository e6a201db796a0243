"""Work beside the answers of one channel: a provider that is slow holds up no other channel, and no turn."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import BoundedSemaphore
from typing import Final

from bot.logs import log, report
from channels.errors import Unreachable

AT_ONCE: Final = 4
WAITING_MAX: Final = 1_000  # some minutes of work for a provider that takes seconds; then the newest is let go


class Beside:
    """A few threads of one channel, from the first work on, and a bounded queue before them."""

    def __init__(self, channel: str) -> None:
        self._channel = channel
        self._hands = ThreadPoolExecutor(AT_ONCE, f"beside-{channel}")
        self._room = BoundedSemaphore(WAITING_MAX)

    def do(self, work: Callable[[], None]) -> None:
        """Do something that nobody waits for; when too much waits already it is let go, and the log says so."""
        if self._room.acquire(blocking=False):
            self._hands.submit(self._do, work)
        else:
            log().error("too much waits for a provider", channel=self._channel)

    def close(self) -> None:
        """Finish what was begun."""
        self._hands.shutdown()

    def _do(self, work: Callable[[], None]) -> None:
        try:
            work()
        except (
            Unreachable
        ) as refused:  # they blocked us in the middle of it, or are not there: no error of anybody
            log().info(f"{self._channel} did not take an answer", why=str(refused))
        except Exception as error:  # the answer is given: what is left is to hear of it
            report(f"{self._channel} was not told", error)
        finally:
            self._room.release()
