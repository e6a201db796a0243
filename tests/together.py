"""Several at one moment: each in a thread of its own, and all begun together."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import TypeVar

from domain.errors import DomainError

T = TypeVar("T")


def together(callers: int, work: Callable[[int], T]) -> list[T]:
    """What each has from `work`, which is told their number."""
    ready = Barrier(callers)

    def one(number: int) -> T:
        ready.wait()
        return work(number)

    with ThreadPoolExecutor(callers) as threads:
        return list(threads.map(one, range(callers)))


def outcome(work: Callable[[], object]) -> str:
    """What it came to: "done", or the code of its refusal."""
    try:
        work()
    except DomainError as refused:
        return refused.code
    return "done"


def at_once(*works: Callable[[], object]) -> list[str]:
    """What each of them came to, sorted."""
    return sorted(together(len(works), lambda number: outcome(works[number])))
