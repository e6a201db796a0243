"""
What a turn needs from outside, and two ways to give it.

A turn is a generator: it yields what it needs, and is sent the answer. `run` gives it in the thread it is called
in; `Driver.run` gives it on an event loop, where what blocks goes to a few threads and nothing else waits for it.
"""

import asyncio
import time
from collections.abc import Callable, Generator
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager
from contextvars import copy_context
from dataclasses import dataclass
from typing import Any, Final, Protocol, TypeVar

from domain.errors import StoreError
from flows.engine.link import SharedLink
from flows.engine.sessions import Command

T = TypeVar("T")


class TurnLost(StoreError):
    """The turn could not be done, or was not kept: its lock ran out or was never free, or no hand was."""


class Unsure(StoreError):
    """A command was given in this turn, and what came of it cannot be told: it may have been done."""


@dataclass(frozen=True, slots=True)
class Work:
    """Something that blocks: MongoDB, or the check of a PIN."""

    call: Callable[[], Any]


@dataclass(frozen=True, slots=True)
class Pause:
    """Nothing to do for so long."""

    seconds: float


Need = Command[Any] | Work | Pause
Needs = Generator[Need, Any, T]
# For so many seconds at the most, all that is asked of the store inside.
Within = Callable[[float], AbstractContextManager[object]]


def ask(command: Command[T]) -> Needs[T]:
    """What Redis answers. Raises SessionsUnavailable."""
    return (yield command)


def work(call: Callable[[], T]) -> Needs[T]:
    """What a function answers that may block. Raises what it raises."""
    return (yield Work(call))


class Link(Protocol):
    """A way to Redis that waits for the answer."""

    def do(self, command: Command[T]) -> T: ...


def run(turn: Needs[T], link: Link, within: Within, seconds: float) -> T:
    """Give a turn all it needs, in this thread; its work with the store ends `seconds` from now."""
    deadline = time.monotonic() + seconds
    send: Any = None
    error: BaseException | None = None
    while True:
        try:
            need = turn.throw(error) if error is not None else turn.send(send)
        except StopIteration as stop:
            value: T = stop.value
            return value
        send = error = None
        try:
            if isinstance(need, Command):
                send = link.do(need)
            elif isinstance(need, Work):
                with within(deadline - time.monotonic()):
                    send = need.call()
            else:
                time.sleep(need.seconds)
        except Exception as raised:  # noqa: BLE001 - whatever it is, it is the turn's to deal with
            error = raised


class Driver:
    """
    Turns on one event loop: one connection to Redis, and `hands` threads for what blocks.

    A turn waits for a free hand for `wait_seconds` at the most; then it is lost, and its member hears an apology.
    """

    def __init__(
        self,
        link: SharedLink,
        within: Within,
        hands: int,
        *,
        wait_seconds: float,
        loop: asyncio.AbstractEventLoop,
    ) -> None:
        self._link, self._within, self._wait_seconds = link, within, wait_seconds
        self._loop: Final = loop
        self._hands = ThreadPoolExecutor(hands, "hands")
        self._free = asyncio.Semaphore(hands)

    async def run(self, turn: Needs[T], seconds: float) -> T:
        """Give a turn all it needs, while others go on; its work with the store ends `seconds` from now."""
        deadline = time.monotonic() + seconds
        send: Any = None
        error: BaseException | None = None
        while True:
            try:
                need = turn.throw(error) if error is not None else turn.send(send)
            except StopIteration as stop:
                value: T = stop.value
                return value
            send = error = None
            try:
                if isinstance(need, Command):
                    send = await self._link.do(need)
                elif isinstance(need, Work):
                    send = await self._work(need.call, deadline)
                else:
                    await asyncio.sleep(need.seconds)
            except Exception as raised:  # noqa: BLE001 - whatever it is, it is the turn's to deal with
                error = raised

    def close(self) -> None:
        """Finish what was begun."""
        self._hands.shutdown()
        self._link.close()

    async def _work(self, call: Callable[[], T], deadline: float) -> T:
        def within() -> T:
            with self._within(deadline - time.monotonic()):
                return call()

        try:
            async with asyncio.timeout(self._wait_seconds):
                await self._free.acquire()
        except TimeoutError as late:
            raise TurnLost("no hand was free") from late
        try:
            # In the context of this turn, which says whose it is to whoever writes a line or a trace.
            return await self._loop.run_in_executor(self._hands, copy_context().run, within)
        finally:
            self._free.release()
