"""Every act that is written down is said in words."""

import ast
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import get_args

from bot.cli.operators import at_terminal
from bot.pages.activity import ACTS, say_who
from domain.records.audit import AuditEntry
from domain.records.difference import Ruling
from flows.words.texts import words

ROOT = Path(__file__).parents[3]


def noted() -> Iterator[str]:
    """The codes that the source writes down, as far as they stand there as they are."""
    for room in ("bot", "domain", "flows"):
        for path in (ROOT / room).rglob("*.py"):
            for call in ast.walk(ast.parse(path.read_text())):
                if not isinstance(call, ast.Call):
                    continue
                name = getattr(call.func, "attr", getattr(call.func, "id", ""))
                if name not in ("note", "_noted", "_writing"):
                    continue
                for given in call.args:
                    choice = [given.body, given.orelse] if isinstance(given, ast.IfExp) else [given]
                    yield from (
                        each.value
                        for each in choice
                        if isinstance(each, ast.Constant) and isinstance(each.value, str)
                    )


def test_each_act_has_words() -> None:
    written = set(noted())
    assert {"exported", "import.checked", "person.forgotten"} <= written
    assert written - set(ACTS) == set()
    assert {f"difference.{each}_{how}" for each in get_args(Ruling) for how in ("proposed", "agreed")} <= set(ACTS)


def test_an_act_of_whom_no_name_is_known_says_what_they_were() -> None:
    act = AuditEntry("1", datetime(2026, 10, 5, tzinfo=UTC), "", "", "", "exported", "", "", "", "done", "", "")
    said = [
        say_who(replace(act, by_name="Amina")),
        say_who(replace(act, where=at_terminal())),
        say_who(replace(act, did="secret.new", where="web-1")),
        say_who(replace(act, did="sign_in.refused", where="203.0.113.9")),
    ]
    told = [each if isinstance(each, str) else words("en").say(each) for each in said]
    assert told == ["Amina", "somebody who runs the service", "the service itself", "somebody unknown"]
