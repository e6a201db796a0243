"""Alertmanager: who hears of an alert, how soon, how often again, and what is not said beside its cause."""

import json
import re
from collections.abc import Mapping, Sequence
from pathlib import Path

import pytest
import yaml

from tests.deploy.alert_rules import ALERTMANAGER, ALERTS, ROOT, Alert, needs, said

CONFIG = ALERTMANAGER / "alertmanager.yml"
PARSED = yaml.safe_load(CONFIG.read_text())
TEMPLATES = ALERTMANAGER / "templates" / "messages.tmpl"
# Severity: answered within, over within, as the escalation matrix has it, and how soon an alert is said again.
MATRIX = {
    "P1": ("15 minutes", "4 hours", "15m"),
    "P2": ("1 hour", "8 hours", "1h"),
    "P3": ("4 hours", "2 days", "4h"),
    "P4": ("the next working day", "2 weeks", "1d"),
}


def check_route(labels: Sequence[str], receiver: str) -> None:
    said(
        "amtool", "config", "routes", "test", f"--config.file={CONFIG}", f"--verify.receivers={receiver}", *labels
    )


@needs("amtool")
def test_alertmanager_takes_the_configuration() -> None:
    assert "SUCCESS" in said("amtool", "check-config", CONFIG)


@needs("amtool")
@pytest.mark.parametrize(
    ("labels", "receiver"),
    [
        ("severity=P1 area=service", "p1"),
        ("severity=P2 area=money", "p2"),
        ("severity=P3 area=money", "p3"),
        ("severity=P3 area=groups", "groups"),
        ("severity=P4 area=operations", "p4"),
        ("severity=P5 area=money", "p1"),
        ("area=money", "p1"),
    ],
)
def test_a_severity_leads_to_those_who_answer_for_it(labels: str, receiver: str) -> None:
    """One that is not known leads to whoever is woken: better once too often."""
    check_route(labels.split(), receiver)


@needs("amtool")
@pytest.mark.parametrize("alert", ALERTS, ids=lambda alert: alert.name)
def test_each_alert_reaches_the_receiver_of_its_severity(alert: Alert) -> None:
    labels = [f"{name}={value}" for name, value in {**alert.labels, "alertname": alert.name}.items()]
    check_route(labels, "groups" if alert.labels["area"] == "groups" else alert.labels["severity"].lower())


@needs("amtool")
def test_a_wrong_receiver_is_noticed() -> None:
    with pytest.raises(AssertionError):
        check_route(["severity=P1"], "p4")


def test_whoever_is_woken_hears_it_on_the_pager_by_mail_and_in_the_chat() -> None:
    ways = {each["name"]: {key for key in each if key != "name"} for each in PARSED["receivers"]}
    everything = {"pagerduty_configs", "email_configs", "webhook_configs"}
    assert ways["p1"] == ways["p2"] == everything
    assert ways["p3"] == {"email_configs", "webhook_configs"}
    assert ways["p4"] == ways["groups"] == {"email_configs"}


def test_an_alert_is_said_again_when_it_should_have_been_answered() -> None:
    again = {
        re.findall("P.", each["matchers"][0])[0]: each["repeat_interval"] for each in PARSED["route"]["routes"]
    }
    assert again == {severity: repeat for severity, (_, _, repeat) in MATRIX.items()}


@pytest.mark.parametrize("severity", MATRIX)
def test_the_page_and_the_messages_say_the_same_times(severity: str) -> None:
    answered, over, _ = MATRIX[severity]
    incidents = (ROOT / "docs" / "incidents.md").read_text()
    (row,) = re.findall(rf"^\| \*\*{severity}\*\* \|.*$", incidents, flags=re.MULTILINE)
    cells = [cell.strip() for cell in row.strip("|").split("|")]
    assert cells[-2:] == [answered, over]


@needs("amtool")
@pytest.mark.parametrize("severity", MATRIX)
def test_a_message_says_when_it_is_to_be_answered_and_over(severity: str) -> None:
    answered, over, _ = MATRIX[severity]
    text = f'{{{{ template "csb.times" "{severity}" }}}}'
    told = said("amtool", "template", "render", f"--template.glob={TEMPLATES}", f"--template.text={text}")
    when = f"on {answered}" if severity == "P4" else f"within {answered}"
    assert told.strip() == f"answer {when}, over within {over}"


def alert(name: str, **more: str) -> dict[str, object]:
    """An alert as Alertmanager gives it to the templates."""
    annotations = {
        "summary": f"{name} is so.",
        "description": "It means this.",
        "runbook_url": f"docs/runbook.md#{name}",
    }
    labels = {"alertname": name, "severity": "P2"}
    return {
        "status": "firing",
        "labels": labels,
        "annotations": annotations,
        "startsAt": "2026-11-29T04:05:06Z",
        **more,
    }


def rendered(scratch: Path, template: str, status: str, *alerts: Mapping[str, object], **common: str) -> str:
    """What a template makes of a message."""
    data = scratch / "message.json"
    data.write_text(json.dumps({"status": status, "alerts": alerts, "commonLabels": {"severity": "P2", **common}}))
    return said(
        "amtool", "template", "render", f"--template.glob={TEMPLATES}", f"--template.data={data}",
        f'--template.text={{{{ template "{template}" . }}}}',
    ).strip()  # fmt: skip


@needs("amtool")
def test_a_message_names_the_alert_what_it_means_and_where_to_read_on(tmp_path: Path) -> None:
    stuck = alert("PaymentsStuck")
    assert rendered(tmp_path, "csb.subject", "firing", stuck, alertname="PaymentsStuck") == "P2 PaymentsStuck"
    assert rendered(tmp_path, "csb.text", "firing", stuck).splitlines() == [
        "PaymentsStuck is so.",
        "It means this.",
        "Severity P2: answer within 1 hour, over within 8 hours",
        "What to do: docs/runbook.md#PaymentsStuck",
        "Since 2026-11-29 04:05 UTC",
    ]


@needs("amtool")
def test_a_message_says_when_it_is_over_and_of_how_many_it_is(tmp_path: Path) -> None:
    two = alert("DiskAlmostFull", status="resolved"), alert("DiskAlmostFull", status="resolved")
    subject = rendered(tmp_path, "csb.subject", "resolved", *two, alertname="DiskAlmostFull")
    assert subject == "Over: P2 DiskAlmostFull (2)"
    assert rendered(tmp_path, "csb.text", "resolved", *two).count("Over: DiskAlmostFull is so.") == 2
    assert rendered(tmp_path, "csb.subject", "firing", *two) == "P2 several alerts (2)"


def test_no_secret_stands_in_the_configuration() -> None:
    """They are read from files, each under /run/secrets."""
    words = re.findall(r"(\w*(?:password|key|token|credentials)\w*): (\S+)", CONFIG.read_text())
    assert len(words) >= 4
    assert [pair for pair in words if not (pair[0].endswith("_file") and "/run/secrets/" in pair[1])] == []


def test_only_alerts_that_there_are_silence_others_or_are_silenced() -> None:
    named = {
        name
        for rule in PARSED["inhibit_rules"]
        for matcher in rule["source_matchers"] + rule["target_matchers"]
        for name in re.findall(r'"(.*)"', matcher)[0].split("|")
    }
    assert named <= {alert.name for alert in ALERTS}


def test_nothing_that_wakes_nobody_silences_what_does() -> None:
    """A cause is as urgent as what it hides, or more."""
    urgency = {alert.name: alert.labels["severity"] for alert in ALERTS}
    for rule in PARSED["inhibit_rules"]:
        sources, targets = (
            re.findall(r'"(.*)"', rule[side][0])[0].split("|") for side in ("source_matchers", "target_matchers")
        )
        assert max(urgency[each] for each in sources) <= min(urgency[each] for each in targets)
