"""
Where a service should be, and from where on somebody is called: one table for the pages, the API and whoever else
watches us.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import Final, Literal

Metric = Literal[
    "error_rate",
    "p95",
    "cpu",
    "memory",
    "disk",
    "database_pool",
    "cache_hits",
    "default_rate",
    "collection_rate",
    "approval_rate",
]
MetricUnit = Literal["percent", "milliseconds"]
# good: at the target, or better. off: past the target, and nobody has to do anything. unknown: nothing to measure.
# untargeted: whatever it is, it is all right.
MetricState = Literal["good", "off", "warning", "critical", "unknown", "untargeted"]


@dataclass(frozen=True, slots=True)
class Target:
    """
    `target` is where a metric should be; from `warning` and from `critical` on somebody has to look. Where
    `target` is above `critical`, less is worse. All None: it is shown, and nothing is wrong with any value of it.
    """

    unit: MetricUnit
    target: Fraction | None = None
    warning: Fraction | None = None
    critical: Fraction | None = None

    @property
    def less_is_worse(self) -> bool:
        """Whether it is a rate that should be high."""
        return self.target is not None and self.critical is not None and self.critical < self.target


def _percent(target: str, warning: str, critical: str) -> Target:
    return Target("percent", Fraction(target), Fraction(warning), Fraction(critical))


TARGETS: Final[Mapping[Metric, Target]] = {
    "error_rate": _percent("0.1", "0.5", "1"),
    "p95": Target("milliseconds", Fraction(200), Fraction(500), Fraction(1000)),
    "cpu": _percent("60", "75", "85"),
    "memory": _percent("70", "80", "90"),
    "disk": _percent("60", "75", "85"),
    "database_pool": _percent("70", "80", "90"),
    "cache_hits": _percent("70", "60", "50"),
    "default_rate": _percent("2", "3", "5"),
    "collection_rate": _percent("95", "90", "80"),
    # A group that refuses much is as careful as it wants to be.
    "approval_rate": Target("percent"),
}


@dataclass(frozen=True, slots=True)
class Measured:
    """A metric as it is now, in its unit; None where there is nothing to measure."""

    metric: Metric
    value: Fraction | None

    @property
    def target(self) -> Target:
        """Where it should be."""
        return TARGETS[self.metric]

    @property
    def state(self) -> MetricState:
        """What that means."""
        wants = self.target
        if wants.target is None or wants.warning is None or wants.critical is None:
            return "untargeted"
        if self.value is None:
            return "unknown"
        worse = -1 if wants.less_is_worse else 1
        bad = self.value * worse
        if bad >= wants.critical * worse:
            return "critical"
        if bad >= wants.warning * worse:
            return "warning"
        return "off" if bad > wants.target * worse else "good"


def percent(rate: Fraction | None) -> Fraction | None:
    """A part of one in percent."""
    return None if rate is None else rate * 100


def worst(metric: Metric, values: Iterable[Fraction | None]) -> Measured:
    """The same in several places, as it is where it is worst."""
    known = [value for value in values if value is not None]
    least = TARGETS[metric].less_is_worse
    return Measured(metric, (min if least else max)(known) if known else None)
