"""What an entry says in words is in the hash of the book for ever: it names references, and nobody."""

import ast
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import domain

ROOM: Final = Path(domain.__file__).parent
# What may stand in a text beside words that are always the same: references, years, numbers, accounts, and what
# `own_money` has taken the names out of.
REFERENCES: Final = frozenset(
    {
        *("after.ref", "loan.ref", "payment.ref", "payment.purpose", "book.code"),
        *(
            "event",
            "words",
            "made.year",
            "year",
            "number",
            "entry.reference",
            "source.label",
            "to.label",
        ),
    }
)


def texts() -> Iterator[tuple[str, ast.expr]]:
    """The text of each entry that is drafted, where: as it is written there, or as its variable is."""
    for path in sorted(ROOM.rglob("*.py")):
        tree = ast.parse(path.read_text())
        for function in (each for each in ast.walk(tree) if isinstance(each, ast.FunctionDef)):
            for call in calls_of("Draft", function):
                where = f"{path.relative_to(ROOM)}:{call.lineno}"
                text = {each.arg: each.value for each in call.keywords}.get("text") or call.args[3]
                yield from ((where, each) for each in _said(tree, function, text))


def calls_of(name: str, inside: ast.AST) -> Iterator[ast.Call]:
    for each in ast.walk(inside):
        if isinstance(each, ast.Call) and isinstance(each.func, ast.Name) and each.func.id == name:
            yield each


def _said(tree: ast.Module, function: ast.FunctionDef, text: ast.expr) -> Iterator[ast.expr]:
    """A variable is what it is set to; a parameter is what its callers, all in the file, give for it."""
    if not isinstance(text, ast.Name):
        yield text
        return
    parameters = [each.arg for each in function.args.args]
    if text.id in parameters:
        place = parameters.index(text.id)
        for caller in (each for each in ast.walk(tree) if isinstance(each, ast.FunctionDef)):
            for call in calls_of(function.name, caller):
                yield from _said(tree, caller, call.args[place])
        return
    for each in ast.walk(function):
        if isinstance(each, ast.Assign) and any(ast.unparse(target) == text.id for target in each.targets):
            yield each.value


def names_in(text: ast.expr) -> set[str]:
    """What is put into a text when it is made."""
    if isinstance(text, ast.Constant):
        return set()
    if isinstance(text, ast.IfExp):
        return names_in(text.body) | names_in(text.orelse)
    if isinstance(text, ast.JoinedStr):
        return {ast.unparse(each.value) for each in text.values if isinstance(each, ast.FormattedValue)}
    return {ast.unparse(text)}


def test_the_text_of_an_entry_has_references_and_no_names() -> None:
    found = list(texts())
    assert len(found) > 15
    wrong = {where: names for where, text in found if (names := names_in(text) - REFERENCES)}
    assert wrong == {}


def test_a_text_that_names_somebody_is_noticed() -> None:
    assert names_in(ast.parse("f'paid by {person.name}'", mode="eval").body) == {"person.name"}
