"""The alerts: promtool takes them, each fires and is silent where it should, and leads to a page on what to do."""

import re
from pathlib import Path

import pytest
import yaml

from tests.deploy.alert_rules import (
    ALERTS,
    CASES,
    PROMETHEUS,
    RECORDED,
    ROOT,
    RULES,
    TOLD,
    Alert,
    needs,
    said,
    selected,
)

# What the operator's guide wants, word by word, and where it stands in the rules.
GUIDE = {
    "ErrorRateHigh": "> 0.01",
    "AnswersSlow": "> 1",
    "PoolExhausted": ">= 1",
    "DiskAlmostFull": "< 0.1",
    "MemoryHigh": "> 0.8",
    "DefaultRateHigh": "> 0.05",
}
by_name = pytest.mark.parametrize("alert", ALERTS, ids=lambda alert: alert.name)


@needs("promtool")
def test_prometheus_takes_the_rules_and_the_configuration() -> None:
    said("promtool", "check", "rules", "--lint=all", "--lint-fatal", *RULES)
    said("promtool", "check", "config", "--lint=all", "--lint-fatal", PROMETHEUS / "prometheus.yml")


@needs("promtool")
@pytest.mark.parametrize("cases", CASES, ids=lambda path: path.stem)
def test_each_alert_fires_above_its_threshold_and_not_at_it(cases: Path) -> None:
    said("promtool", "test", "rules", cases)


def test_every_process_is_asked_on_the_operations_port() -> None:
    config = yaml.safe_load((PROMETHEUS / "prometheus.yml").read_text())
    asked = {
        (job["job_name"], *found["names"], found["port"])
        for job in config["scrape_configs"]
        for found in job["dns_sd_configs"]
    }
    assert asked == {(name, name, 9100) for name in ("web", "pages", "worker", "scheduler")}


def test_a_cluster_is_watched_like_everything_else() -> None:
    """Only how processes are found differs; that they are is in `test_alerts_sent.py`."""
    ours, cluster = (
        yaml.safe_load((PROMETHEUS / name).read_text()) for name in ("prometheus.yml", "kubernetes.yml")
    )
    assert {**ours, "scrape_configs": ()} == {**cluster, "scrape_configs": ()}


@by_name
def test_an_alert_has_a_case_in_which_it_fires_and_one_in_which_it_does_not(alert: Alert) -> None:
    asked = f'alertname="{alert.name}"'
    looks = [
        look for path in CASES for test in yaml.safe_load(path.read_text())["tests"]
        for look in test["promql_expr_test"] if asked in look["expr"]
    ]  # fmt: skip
    fires = [each["labels"] for look in looks for each in look.get("exp_samples", ()) if asked in each["labels"]]
    assert any('alertstate="firing"' in labels and alert.labels["severity"] in labels for labels in fires)
    assert any("exp_samples" not in look for look in looks)


def test_what_an_alert_does_without_data_is_decided() -> None:
    """All that ask `absent` fire in the case in which nothing is heard, and nothing else does."""
    (case, _) = yaml.safe_load((CASES[0].parent / "no_data.yml").read_text())["tests"]
    assert case["input_series"] == []
    (look,) = case["promql_expr_test"]
    firing = {re.findall(r'alertname="(\w+)"', each["labels"])[0] for each in look["exp_samples"]}
    assert firing == {alert.name for alert in ALERTS if "absent(" in alert.expr}


@pytest.mark.parametrize(("name", "bound"), GUIDE.items())
def test_the_thresholds_of_the_guide_are_kept(name: str, bound: str) -> None:
    (alert,) = [each for each in ALERTS if each.name == name]
    assert alert.expr.endswith(bound)


@by_name
def test_an_alert_says_how_urgent_it_is_what_it_means_and_where_to_read_on(alert: Alert) -> None:
    assert alert.labels["severity"] in ("P1", "P2", "P3", "P4")
    assert set(alert.labels) == {"severity", "area"}
    assert set(alert.annotations) == {"summary", "description", "runbook_url"}
    page, _, anchor = alert.annotations["runbook_url"].partition("#")
    sections = re.findall(r"^### (.+)$", (ROOT / page).read_text(), flags=re.MULTILINE)
    assert (alert.name, anchor) == (next(each for each in sections if each == alert.name), alert.name.lower())


@pytest.mark.parametrize(("name", "expr"), [*RECORDED.items(), *((alert.name, alert.expr) for alert in ALERTS)])
def test_an_expression_asks_only_for_what_a_process_tells(name: str, expr: str) -> None:
    for asked in selected(expr):
        if asked.metric == "up":
            assert asked.labels <= {"job", "instance"}
        elif asked.metric in RECORDED:
            assert ":" in asked.metric
        else:
            assert asked.labels <= {*TOLD[asked.metric], "job", "instance", "le"}, name


def test_what_an_expression_asks_for_is_found() -> None:
    expr = 'sum(rate(csb_turn_seconds_bucket{channel="ussd", le!="1"}[5m])) / csb:pool_used:ratio > up'
    assert {(each.metric, each.labels) for each in selected(expr)} == {
        ("csb_turn_seconds", frozenset({"channel", "le"})),
        ("csb:pool_used:ratio", frozenset()),
        ("up", frozenset()),
    }
