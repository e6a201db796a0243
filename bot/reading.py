"""The requests that are not all here yet: none for too long, and not too many of one address."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Final

from channels.errors import ChannelError

SECONDS: Final = 5.0  # for all of a request: a provider sends it in one piece
AT_ONCE_MAX: Final = 256  # of one address: a provider has a handful on the way, however busy it is
LOOK_SECONDS: Final = 1.0


class TooSlow(ChannelError):
    """The request did not come to its end in time."""


class TooMany(ChannelError):
    """This address has too many requests under way that have not come to their end."""


class Reading:
    """
    Of one event loop. One timer looks after all requests: a timer each costs more than reading them.

    Slow connections cost a task each and hold up nobody.
    """

    def __init__(self, loop: asyncio.AbstractEventLoop, look_seconds: float = LOOK_SECONDS) -> None:
        self._loop, self._look_seconds = loop, look_seconds
        self._until: dict[asyncio.Task[object], float] = {}
        self._late: set[asyncio.Task[object]] = set()
        self._of_address: dict[str, int] = {}
        self._is_watched = False

    async def whole(
        self, address: str, receive: Callable[[], Awaitable[bytes]], seconds: float = SECONDS
    ) -> bytes:
        """The body, once it is here, and within so many seconds. Raises TooSlow, TooMany."""
        task, others = asyncio.current_task(self._loop), self._of_address.get(address, 0)
        assert task is not None
        if others >= AT_ONCE_MAX:
            raise TooMany
        self._of_address[address] = others + 1
        self._until[task] = self._loop.time() + seconds
        if not self._is_watched:
            self._is_watched = True
            self._loop.call_later(self._look_seconds, self._look)
        try:
            return await receive()
        except asyncio.CancelledError:
            if task not in self._late:
                raise
            task.uncancel()
            raise TooSlow from None
        finally:
            self._late.discard(task)
            del self._until[task]
            if left := self._of_address[address] - 1:
                self._of_address[address] = left
            else:
                del self._of_address[address]

    def _look(self) -> None:
        if self._until:
            self._loop.call_later(self._look_seconds, self._look)
        self._is_watched = bool(self._until)
        now = self._loop.time()
        for task in [task for task, until in self._until.items() if until < now]:
            self._late.add(task)
            task.cancel()
