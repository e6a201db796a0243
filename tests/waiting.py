"""How tests wait for what surely comes: so long that how busy the machine is decides nothing."""

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from simulator.world import WORKERS, World

WAIT_SECONDS = 60


def until(is_so: Callable[[], bool]) -> None:
    """Wait for something that another thread or process brings about."""
    deadline, pause = time.monotonic() + WAIT_SECONDS, threading.Event()
    while not is_so():
        assert time.monotonic() < deadline, "it never came about"
        pause.wait(0.01)


@contextmanager
def nothing_later(world: World) -> Iterator[None]:
    """Nothing that a stand-in does later happens before this is left, whatever falls due meanwhile."""
    busy, left = threading.Barrier(WORKERS + 1), threading.Event()

    def hold() -> None:
        busy.wait()
        left.wait()

    for _ in range(WORKERS):
        world.later(0, hold)
    busy.wait()
    try:
        yield
    finally:
        left.set()
