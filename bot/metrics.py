"""
Every metric that has a place in the table of targets (`domain/board/targets.py`), as it is now: for the operator's
page, the API and whoever watches us.
"""

from dataclasses import dataclass
from fractions import Fraction

from bot.app import App
from bot.due import oldest_work_seconds
from bot.measured import Seen
from domain.board.dashboard import Dashboard
from domain.board.targets import Measured, percent
from domain.books.statements import BEGINNING
from domain.store import Between


@dataclass(frozen=True, slots=True)
class Works:
    """
    Whether the work is done: how many workers are there, how many seconds the oldest has waited since it was due,
    0 for none, how much could not be done, and how many of a hundred questions to providers were answered.
    """

    workers: int
    oldest_seconds: int
    stuck: int
    answered: Fraction | None


def metrics(seen: Seen, dashboard: Dashboard) -> tuple[Measured, ...]:
    """In the order in which they are shown."""
    requests = seen.requests
    return (
        Measured("error_rate", percent(requests.error_rate)),
        Measured("p95", requests.p95_ms),
        Measured("cpu", seen.most("cpu")),
        Measured("memory", seen.most("memory")),
        Measured("disk", seen.most("disk")),
        Measured("database_pool", seen.most("pool")),
        Measured("cache_hits", percent(_hits(seen))),
        *dashboard.measured,
    )


def works(app: App, seen: Seen) -> Works:
    """Some look-ups in indexes, each of one document."""
    rate = seen.of("provider:").error_rate
    return Works(
        workers=seen.workers,
        oldest_seconds=oldest_work_seconds(app.store),
        stuck=app.store.stuck.count(since=Between(BEGINNING.at, app.store.now())),
        answered=None if rate is None else percent(1 - rate),
    )


def _hits(seen: Seen) -> Fraction | None:
    """What was looked for in a cache and was there; whoever asks counts it as done, and failed when it was not."""
    rate = seen.of("cache:").error_rate
    return None if rate is None else 1 - rate
