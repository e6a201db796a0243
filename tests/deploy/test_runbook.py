"""The runbook: each alert has its section, and what stands there can be typed."""

import re
import shlex

import click
import pytest

from bot.cli.main import load
from tests.deploy.alert_rules import ALERTS, ROOT, Alert

RUNBOOK = (ROOT / "docs" / "runbook.md").read_text()
INCIDENTS = (ROOT / "docs" / "incidents.md").read_text()
SECTIONS = dict(each.split("\n", 1) for each in re.split(r"^### ", RUNBOOK, flags=re.MULTILINE)[1:])
# What a reader fills in stands in capitals; a value that a type wants, here.
FILLED_IN = {
    "HOST": "example.org",
    "EMAIL": "a@example.org",
    "CODE": "10101",
    "ID": "1",
    "PHONE": "+256772009901",
    "TIME": "2026-11-29T14:05:30",
}
NAMED = sorted(
    {
        " ".join(each.split())
        for text in (RUNBOOK, INCIDENTS)
        for each in re.findall(r"`python -m bot ([^`…]+)`", text)
    }
)


def check(line: str) -> None:
    """Read what is typed after `python -m bot`, as the program does. Raises click's errors and KeyError."""
    for word, value in FILLED_IN.items():
        line = re.sub(rf"\b{word}\b", value, line)
    name, *rest = shlex.split(line)
    command = load(name)
    while isinstance(command, click.Group) and rest and not rest[0].startswith("-"):
        name, *rest = rest
        command = command.commands[name]
    command.make_context(name, rest)


def test_each_alert_has_its_section_and_each_section_its_alert() -> None:
    assert sorted(SECTIONS) == sorted(alert.name for alert in ALERTS)


@pytest.mark.parametrize("alert", ALERTS, ids=lambda alert: alert.name)
def test_a_section_says_how_urgent_it_is_and_answers_five_questions(alert: Alert) -> None:
    text = SECTIONS[alert.name]
    assert text.lstrip().startswith(f"**{alert.labels['severity']}.** ")
    asked = re.findall(r"^- \*\*(\w+)\.?\*\*", text, flags=re.MULTILINE)
    assert asked == ["Members", "Look", "Do", "Over", "Prevent"]


@pytest.mark.parametrize("line", NAMED)
def test_each_command_that_is_named_is_there(line: str) -> None:
    check(line)


@pytest.mark.parametrize(
    "line", ["mend", "ledger repair", "stuck --everything", "smoke https://HOST", "read-only"]
)
def test_a_command_that_is_not_there_is_noticed(line: str) -> None:
    with pytest.raises((KeyError, click.ClickException)):
        check(line)


def test_a_script_that_is_named_is_there_and_knows_the_option() -> None:
    named = set(re.findall(r"`(deploy/[\w/]+\.sh)(?: (--[\w-]+))?`", RUNBOOK + INCIDENTS))
    assert ("deploy/release/release.sh", "--rollback") in named
    assert [each for each in named if each[1] not in (ROOT / each[0]).read_text()] == []


def test_what_the_log_says_is_said_somewhere() -> None:
    """Lines of the log are quoted as they are."""
    sources = "".join(
        path.read_text() for room in ("bot", "payments", "domain") for path in (ROOT / room).rglob("*.py")
    )
    quoted = re.findall(r"`(?:… )?([a-z][a-z :]+ (?:away|waits|provider|looked at)[a-z ]*)`", RUNBOOK)
    assert len(quoted) >= 3
    assert [line for line in quoted if line not in sources] == []
