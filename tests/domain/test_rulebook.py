"""What registers itself is in the rule book, and nothing that needs a handler goes without."""

import ast
import json
import subprocess
import sys
from collections import Counter
from collections.abc import Sequence
from dataclasses import is_dataclass
from functools import cache
from importlib import import_module
from typing import Final, get_args

import pytest

import domain.rulebook
from domain.meetings.count import Counted
from domain.money import Money
from domain.records.account_number import PurposeLetter
from domain.records.payment import DIRECTIONS, Purpose
from domain.records.person import Member, SharedPhone, Stranger
from domain.records.pin import Secret
from domain.records.proposal import ProposalKind
from tests.domain.registered import ROOT, registered, registrations, sources

# What conversations make of the domain besides commands.
VALUES: Final = {Counted, Member, Money, Secret, SharedPhone, Stranger}


@cache
def made_of_the_domain(room: str) -> Sequence[tuple[str, type]]:
    """The dataclasses of the domain that a module uses, other than to say a type, with the module's name."""
    made = []
    for module, tree in sources(room):
        typed = {
            id(part)
            for node in ast.walk(tree)
            for said in (getattr(node, "annotation", None), getattr(node, "returns", None))
            for part in (ast.walk(said) if said else ())
        }
        used = {node.id for node in ast.walk(tree) if isinstance(node, ast.Name) and id(node) not in typed}
        for node in ast.walk(tree):
            if isinstance(node, ast.ImportFrom) and node.module and node.module.startswith("domain."):
                for name in used & {each.name for each in node.names}:
                    value = vars(import_module(node.module))[name]
                    if isinstance(value, type) and is_dataclass(value):
                        made.append((module, value))
    return made


def test_every_module_that_registers_is_in_the_rule_book() -> None:
    (book,) = (tree for name, tree in sources("domain") if name == domain.rulebook.__name__)
    lines = [node for node in book.body if isinstance(node, ast.ImportFrom)]
    listed = [f"{line.module}.{each.name}" for line in lines for each in line.names]
    assert sorted(listed) == sorted({module for module, _, _ in registrations()})


@pytest.mark.parametrize(
    ("room", "talks"), [("domain.rulebook", False), ("bot.app", True)], ids=["a job's", "every process"]
)
def test_a_fresh_process_knows_every_rule_and_every_refusal(room: str, talks: bool) -> None:
    """Of the rule book alone it does so without a conversation: what it says is asked of a process of its own."""
    says = f"""
import json, sys, {room}
from domain.errors import DomainError
print(json.dumps([sorted(sys.modules), [kind.__qualname__ for kind in DomainError.codes.values()]]))
"""
    asked = subprocess.run([sys.executable, "-c", says], cwd=ROOT, capture_output=True, text=True, check=True)
    modules, refusals = json.loads(asked.stdout)
    assert {module for module, _, _ in registrations()} <= {*modules}
    assert any(module.startswith("flows.") for module in modules) is talks
    classes = [node for _, tree in sources("domain") for node in ast.walk(tree) if isinstance(node, ast.ClassDef)]
    refused = {
        each.name
        for each in classes
        if {*map(ast.unparse, each.bases)} & {"DomainError", "TryAgain", "InvalidAmount", "NoSuchMember"}
    }
    assert refused == {*refusals}, "each has its own code, and can be read back from a journal"


def test_each_purpose_is_known_to_the_books_and_each_proposal_has_one_concluder() -> None:
    assert {*registered("settles")} | {*registered("takes")} == {*get_args(Purpose)}
    assert {*registered("settles").values(), *registered("takes").values()} == {1}
    assert registered("takes").keys() == {p for p in get_args(Purpose) if DIRECTIONS[p] == "out"} - {"loan"}
    assert registered("concludes") == Counter(get_args(ProposalKind))
    assert registered("fails") <= registered("settles")
    # A repayment is taken back with its loan's history.
    assert registered("undoes") == Counter({*get_args(Purpose)} - {"repayment"})
    assert registered("refuses") <= registered("concludes")
    assert registered("means") == Counter(get_args(PurposeLetter))


def test_each_command_has_one_handler() -> None:
    """What a conversation makes of the domain is a command with a handler, or one of a few values."""
    handled = registered("handles")
    assert {*handled.values()} == {1}
    no_talk = ("flows.check.", "flows.engine.")  # they hold no conversation
    made = {each for module, each in made_of_the_domain("flows") if not module.startswith(no_talk)}
    assert {each.__name__ for each in made - VALUES} - {*handled} == set()


def test_each_command_is_given_by_somebody() -> None:
    """By a conversation, by another command or in the demo; one that only tests give is a rule that nobody has."""
    given = {each.__name__ for room in ("flows", "domain", "bot") for _, each in made_of_the_domain(room)}
    assert {*registered("handles")} - given == set()
