"""The table of targets: what a value means, on both sides of each of its bounds."""

from fractions import Fraction
from typing import get_args

import pytest

from domain.board.targets import TARGETS, Measured, Metric, MetricState, worst

BOUNDS: list[tuple[Metric, str, MetricState]] = [
    ("error_rate", "0.1", "good"),
    ("error_rate", "0.11", "off"),
    ("error_rate", "0.5", "warning"),
    ("error_rate", "1", "critical"),
    ("p95", "200", "good"),
    ("p95", "499", "off"),
    ("p95", "999", "warning"),
    ("p95", "1000", "critical"),
    ("cpu", "74.9", "off"),
    ("memory", "80", "warning"),
    ("disk", "85", "critical"),
    ("database_pool", "70", "good"),
    ("default_rate", "2.5", "off"),
    ("default_rate", "3", "warning"),
    ("default_rate", "5", "critical"),
    # Of these less is worse.
    ("collection_rate", "95", "good"),
    ("collection_rate", "94.9", "off"),
    ("collection_rate", "90", "warning"),
    ("collection_rate", "80", "critical"),
    ("collection_rate", "0", "critical"),
    ("cache_hits", "71", "good"),
    ("cache_hits", "59", "warning"),
]


@pytest.mark.parametrize(("metric", "value", "state"), BOUNDS)
def test_a_value_is_as_good_as_the_table_says(metric: Metric, value: str, state: MetricState) -> None:
    assert Measured(metric, Fraction(value)).state == state


def test_every_metric_has_its_place_and_bounds_that_get_worse() -> None:
    assert set(TARGETS) == set(get_args(Metric))
    for target in TARGETS.values():
        bounds = [each for each in (target.target, target.warning, target.critical) if each is not None]
        assert len(bounds) in (0, 3) and sorted(bounds, reverse=target.less_is_worse) == bounds


def test_what_was_not_measured_is_neither_good_nor_bad_and_what_has_no_target_is_all_right() -> None:
    assert Measured("error_rate", None).state == "unknown"
    assert Measured("approval_rate", Fraction(3)).state == "untargeted"


def test_of_several_places_the_worst_counts() -> None:
    rates = [Fraction(97), None, Fraction(85)]
    assert worst("collection_rate", rates).value == 85
    assert worst("default_rate", rates).value == 97
    assert worst("default_rate", [None]).value is None
