"""
Runs of money under faults, each drawn from a seed; the shortest one that fails, and as lines of code.

    from tests.faults.campaign import played

    with played("momo") as run:
        run.contribute("Akello", 5_500)
        run.fault("momo", drop_after_accept=1)
        run.work(5)
"""

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, replace
from typing import ClassVar, Literal

from bot.config import load
from tests.conftest import folder_in_memory
from tests.faults.country import Country, environment
from tests.faults.draw import draw_gateway, draw_steps
from tests.faults.forks import Forks
from tests.faults.play import Play, Step, do_step, written
from tests.faults.postbox import postbox
from tests.faults.proxy import proxied
from tests.faults.reckoning import problems
from tests.faults.stores import one_mongo, one_redis, three_mongos


class MoneyIsWrong(AssertionError):
    """At the end of a run something does not add up: a line for each."""


@contextmanager
def a_day(country: Country, gateway: str) -> Iterator[Play]:
    """A run: it ends with the reckoning. Raises MoneyIsWrong."""
    with country.day(gateway) as land:
        play = Play(land)
        yield play
        play.recover()
        if found := problems(play):
            raise MoneyIsWrong("\n".join(found))


@contextmanager
def played(gateway: str) -> Iterator[Play]:
    """The same on stores of its own, for a script."""
    with a_country() as country, a_day(country, gateway) as play:
        yield play


@contextmanager
def a_country(nodes: Literal[1, 3] = 1) -> Iterator[Country]:
    """On stores of its own; so many nodes of MongoDB."""
    with (
        folder_in_memory() as scratch,
        (scratch / "workers.log").open("wb") as log,
        (three_mongos if nodes == 3 else one_mongo)(scratch) as mongo,
        one_redis(scratch) as redis,
        Forks(log, processes=1) as forks,
        postbox() as box,
        proxied(("127.0.0.1", 9)) as providers,
    ):
        settings = load(environment(mongo.address, redis.address, scratch))
        yield Country(settings, forks, box, providers, mongo, redis, scratch)


@dataclass(frozen=True)
class Run:
    """So many steps at a gateway."""

    gateway: str
    steps: Sequence[Step]
    played: ClassVar[str] = "tests.faults.campaign"  # where a script finds it
    shrink_seconds: ClassVar[float] = 180
    has_to_fail: ClassVar[int] = 1  # times in a row, for a part of it to count

    @classmethod
    def drawn(cls, seed: int, steps: int, *, processes: bool = False) -> "Run":
        """With `processes` whole ones are killed much more often, which takes longer."""
        return cls(draw_gateway(seed), draw_steps(seed, steps, processes=processes))

    def day(self, country: Country) -> AbstractContextManager[Play]:
        return a_day(country, self.gateway)

    def fails(self, country: Country) -> Exception | None:
        """Make them, and reckon: what went wrong."""
        try:
            with self.day(country) as play:
                for step in self.steps:
                    do_step(play, step)
        except Exception as wrong:  # noqa: BLE001 - any of them is what we look for
            return wrong
        return None

    def shorter(self, country: Country) -> Iterator["Run"]:
        """Parts of it that fail too, ever shorter, for as long as may be tried."""

        def fails(run: Run) -> bool:
            return all(run.fails(country) for _ in range(self.has_to_fail))

        return shorter(self, fails, self.shrink_seconds)

    @property
    def script(self) -> str:
        """To be pasted into a file and run by Python."""
        lines = [f"    {written(step)}" for step in self.steps] or ["    pass"]
        head = f'from {self.played} import played\n\nwith played("{self.gateway}") as run:\n'
        return head + "\n".join(lines) + "\n"


def shorter(run: Run, fails: Callable[[Run], bool], seconds: float) -> Iterator[Run]:
    """
    What is left while half of the steps are left out, then quarters, at last one by one, and it still `fails`.
    Nothing is tried after so many seconds.
    """
    until, size = time.monotonic() + seconds, max(1, len(run.steps) // 2)
    while True:
        at, before = 0, run
        while at < len(run.steps):
            if time.monotonic() > until:
                return
            less = replace(run, steps=[*run.steps[:at], *run.steps[at + size :]])
            if fails(less):
                yield (run := less)
            else:
                at += size
        if size == 1 and run is before:
            return
        size = max(1, size // 2)
