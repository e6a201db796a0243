"""What is the same of every process: what it has done, how full it and its machine are, and what it runs."""

from collections.abc import Callable, Iterable, Iterator, Mapping

from prometheus_client import CollectorRegistry
from prometheus_client.core import Metric
from prometheus_client.registry import Collector

from bot.config import Settings
from bot.measures import Role
from bot.watch.totals import Labels, Totals, gauges

# Values as they are now, each with the name of its metric and its labels.
Values = Iterable[tuple[str, Labels, float]]
# How full a process and its machine are, in percent: see `bot.measures.Gauges`. Empty before it was looked at.
Full = Mapping[str, float]


class Latest:
    """What this process tells of itself. `take` is called by the thread of its measures."""

    def __init__(self, totals: Totals) -> None:
        self._totals = totals
        self.full: Full = {}

    def take(self, sums: Mapping[str, int], full: Full) -> None:
        self._totals.add(sums)
        self.full = full


class _Exposition(Collector):
    def __init__(self, totals: Totals, values: Callable[[], Values]) -> None:
        self._totals, self._values = totals, values

    def collect(self) -> Iterator[Metric]:
        yield from self._totals.families()
        yield from gauges(self._values())


def registry_of(
    settings: Settings, role: Role, totals: Totals, full: Callable[[], Full], more: Callable[[], Values] = tuple
) -> CollectorRegistry:
    """What one process exposes, and `more` where it has that."""

    def values() -> Values:
        yield "csb_info", (settings.app_version, role), 1
        yield "csb_mongo_pool_size", (), settings.db_pool_size
        if now := full():
            yield "csb_mongo_pool_in_use", (), round(now["pool"] * settings.db_pool_size / 100)
            yield "csb_machine_cpu_used_ratio", (), now["cpu"] / 100
            yield "csb_machine_memory_used_ratio", (), now["memory"] / 100
            yield "csb_machine_disk_free_ratio", (), 1 - now["disk"] / 100
        yield from more()

    registry = CollectorRegistry(auto_describe=False)
    registry.register(_Exposition(totals, values))
    return registry
