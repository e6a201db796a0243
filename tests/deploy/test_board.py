"""Grafana's board: what is in its file, the lines it draws, and that Prometheus can work out what it asks for."""

import ast
import json
import re
from itertools import combinations
from pathlib import Path
from typing import Any

import pytest
import yaml

from deploy.grafana.board import FILE, ROWS, Panel, thresholds, written
from domain.board.targets import TARGETS, Metric
from tests.deploy.alert_rules import ALERTS, RECORDED, ROOT, TOLD, needs, said, selected

BOARD: dict[str, Any] = json.loads(FILE.read_text())
PANELS = [panel for row in ROWS.values() for panel in row]
by_title = pytest.mark.parametrize("panel", PANELS, ids=lambda panel: panel.title)


def test_the_file_is_what_the_table_of_panels_makes() -> None:
    """When it is not: python -m deploy.grafana.board."""
    assert FILE.read_text() == written()


@needs("promtool")
def test_prometheus_can_work_out_every_expression(tmp_path: Path) -> None:
    """Each as a rule of its own. How long a rate looks back is Grafana's to say."""
    exprs = [target["expr"] for panel in BOARD["panels"] for target in panel.get("targets", ())]
    assert len(exprs) >= len(PANELS)
    rules = [
        {"record": f"panel:{at}", "expr": expr.replace("$__rate_interval", "1m")} for at, expr in enumerate(exprs)
    ]
    asked = tmp_path / "board.yml"
    asked.write_text(yaml.safe_dump({"groups": [{"name": "board", "rules": rules}]}))
    assert f"{len(exprs)} rules found" in said("promtool", "check", "rules", "--lint=all", "--lint-fatal", asked)
    asked.write_text(asked.read_text().replace("sum by", "sum over"))
    with pytest.raises(AssertionError):
        said("promtool", "check", "rules", asked)


@by_title
def test_a_panel_asks_only_for_what_a_process_tells(panel: Panel) -> None:
    for expr in panel.queries:
        for asked in selected(expr):
            assert asked.metric in {"up", *RECORDED} or asked.labels <= {*TOLD[asked.metric], "le"}


@by_title
def test_a_curve_is_called_by_labels_that_its_expression_leaves(panel: Panel) -> None:
    for expr, legend in panel.queries.items():
        kept = set(re.findall(r"\w+", " ".join(re.findall(r"by \(([^)]*)\)", expr)))) or None
        for label in re.findall(r"\{\{(\w+)\}\}", legend):
            assert kept is None or label in kept


def test_every_metric_with_a_target_is_drawn_with_its_three_lines() -> None:
    drawn = {panel.lines for panel in PANELS if isinstance(panel.lines, str)}
    assert drawn == set(TARGETS)
    for panel in PANELS:
        if isinstance(panel.lines, str) and (wants := TARGETS[panel.lines]).target is not None:
            scale = {"percentunit": 100, "s": 1000}[panel.unit]
            values = [step["value"] for step in thresholds(panel)][1:]
            lines = (wants.target, wants.warning, wants.critical)
            bounds = [float(each) for each in lines if each is not None]
            assert sorted(value * scale for value in values) == pytest.approx(sorted(bounds))


@pytest.mark.parametrize(
    ("title", "colors"),
    [
        ("Error rate", [(None, "green"), (0.001, "yellow"), (0.005, "orange"), (0.01, "red")]),
        ("Response time", [(None, "green"), (0.2, "yellow"), (0.5, "orange"), (1.0, "red")]),
        ("Collection rate", [(None, "red"), (0.8, "orange"), (0.9, "yellow"), (0.95, "green")]),
        ("Approval rate", [(None, "green")]),
        ("Oldest message", [(None, "green"), (300, "red")]),
    ],
)
def test_a_line_has_the_colour_of_what_it_means(title: str, colors: list[tuple[float | None, str]]) -> None:
    (panel,) = [each for each in BOARD["panels"] if each["title"] == title]
    steps = panel["fieldConfig"]["defaults"]["thresholds"]["steps"]
    assert [(step["value"], step["color"]) for step in steps] == colors
    drawn = panel["fieldConfig"]["defaults"]["custom"]["thresholdsStyle"]["mode"]
    assert drawn == "dashed"


@pytest.mark.parametrize(
    "panel", [each for each in PANELS if isinstance(each.lines, tuple)], ids=lambda each: each.title
)
def test_the_line_of_an_alert_is_where_it_fires(panel: Panel) -> None:
    assert isinstance(panel.lines, tuple)
    name, value = panel.lines
    (alert,) = [each for each in ALERTS if each.name == name]
    bounds = [_product(found) for found in re.findall(r"[<>] ([\d. *]+\d)", alert.expr)]
    assert bounds == [value]


def _product(written: str) -> float:
    """26 * 3600, as a number."""
    result = 1.0
    for factor in written.split("*"):
        result *= float(ast.literal_eval(factor.strip()))
    return result


@pytest.mark.parametrize(
    ("alert", "metric", "line"),
    [
        ("ErrorRateHigh", "error_rate", "critical"),
        ("AnswersSlow", "p95", "critical"),
        ("MemoryHigh", "memory", "warning"),
        ("DefaultRateHigh", "default_rate", "critical"),
        ("CollectionLow", "collection_rate", "critical"),
    ],
)
def test_an_alert_fires_where_the_operators_page_has_its_line(alert: str, metric: Metric, line: str) -> None:
    (expr,) = [each.expr for each in ALERTS if each.name == alert]
    wants = TARGETS[metric]
    scale = 100 if wants.unit == "percent" else 1000
    assert float(expr.split()[-1]) * scale == pytest.approx(float(getattr(wants, line)))


def test_no_panel_lies_on_another_and_each_has_its_number() -> None:
    places = [panel["gridPos"] for panel in BOARD["panels"]]
    assert len({panel["id"] for panel in BOARD["panels"]}) == len(places)
    for one, other in combinations(places, 2):
        beside = one["x"] + one["w"] <= other["x"] or other["x"] + other["w"] <= one["x"]
        assert beside or one["y"] + one["h"] <= other["y"] or other["y"] + other["h"] <= one["y"]
    assert all(place["x"] + place["w"] <= 24 for place in places)


def test_grafana_finds_the_board_and_where_its_figures_are() -> None:
    provisioning = FILE.parent.parent / "provisioning"
    (source,) = yaml.safe_load((provisioning / "datasources" / "prometheus.yml").read_text())["datasources"]
    asked = {target["datasource"]["uid"] for panel in BOARD["panels"] for target in panel.get("targets", ())}
    assert asked == {source["uid"]}
    (files,) = yaml.safe_load((provisioning / "dashboards" / "files.yml").read_text())["providers"]
    assert files["options"]["path"] == "/var/lib/grafana/dashboards"


def test_a_panel_that_the_runbook_names_is_on_the_board() -> None:
    named = re.findall(r"board[^.*`]*\*([^*]+)\*", (ROOT / "docs" / "runbook.md").read_text())
    assert len(named) >= 5
    assert [title for title in named if title not in {panel.title for panel in PANELS} | {BOARD["title"]}] == []
