"""What a refusal says: why, where and how much, as far as its exception knows."""

import ast
from pathlib import Path

import pytest

from domain.errors import DomainError
from domain.money import Money
from domain.records.person import LANGUAGES, NotAllowed
from flows.words.refusals import every_refusal, refusal
from flows.words.texts import words

DOMAIN = Path(__file__).parents[3] / "domain"
_AMOUNTS = ("amount", "most", "left", "there", "free", "pot", "gross", "fines", "cash", "social", "above")


def _raised(name: str) -> list[tuple[Path, ast.expr]]:
    found = []
    for file in sorted(DOMAIN.rglob("*.py")):
        for node in ast.walk(ast.parse(file.read_text())):
            if isinstance(node, ast.Raise) and node.exc is not None:
                raised = node.exc.func if isinstance(node.exc, ast.Call) else node.exc
                if isinstance(raised, ast.Name) and raised.id == name:
                    found.append((file, node.exc))
    return found


@pytest.mark.parametrize("name", ["NotAllowed", "InsufficientFunds", "Frozen", "GroupIsClosing"])
def test_whoever_refuses_says_why_and_where(name):
    """A refusal that is raised without its facts is a vague sentence: "You cannot do this"."""
    raised = _raised(name)
    assert raised
    bare = [f"{file.name}:{each.lineno}" for file, each in raised if not isinstance(each, ast.Call)]
    assert bare == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_what_is_not_allowed_names_the_group(language):
    """Who is in several groups has to know where."""
    kinds = [each for each in every_refusal() if isinstance(each, NotAllowed) and each.details["group"]]
    said = [words(language).say(refusal(each)) for each in kinds]
    assert len(set(said)) == len(said) > 5, "each reason has its own sentence"
    assert all(str(each.details["group"]) in text for each, text in zip(kinds, said, strict=True))


def _amounts(error: DomainError) -> list[Money]:
    currency = error.details.get("currency")
    if not currency or error.details.get("rule") in ("active", "overdue"):
        return []  # of a loan whose borrower is the reason, not an amount
    pairs = [(name, error.details.get(name)) for name in _AMOUNTS]
    return [Money(abs(minor), str(currency)) for _, minor in pairs if isinstance(minor, int) and minor]


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_refusal_over_an_amount_says_how_much(language):
    """Of the amounts that an exception knows at least one is said: what there is, or what can be."""
    says = words(language)
    for error in every_refusal():
        said, amounts = says.say(refusal(error)), [says.value(each) for each in _amounts(error)]
        assert not amounts or any(amount in said for amount in amounts), said
