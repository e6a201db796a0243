"""Whose group it is, is asked in one place: no page and no endpoint reads a group past it."""

import ast
from collections.abc import Iterator
from pathlib import Path
from typing import Final

BOT: Final = Path(__file__).parents[2] / "bot"
# What reads a group by what somebody typed. `among` takes ids of what was found already, and names them.
READS: Final = frozenset({"get", "one", "find", "each", "change"})


def read_past(source: str) -> Iterator[str]:
    """The lines that read `….groups` themselves."""
    for node in ast.walk(ast.parse(source)):
        match node:
            case ast.Call(func=ast.Attribute(value=ast.Attribute(attr="groups"), attr=name)) if name in READS:
                yield ast.unparse(node)


def of_the_web() -> list[Path]:
    """Every file of pages and API but those that only operators open, who see all groups."""
    files = [*(BOT / "pages").rglob("*.py"), *(BOT / "api").rglob("*.py")]
    return [each for each in files if "operator" not in str(each.relative_to(BOT))]


def test_a_group_is_read_by_who_asks() -> None:
    files = of_the_web()
    assert len(files) > 15
    assert {each.name: found for each in files if (found := [*read_past(each.read_text())])} == {}


def test_a_query_past_it_is_noticed() -> None:
    assert [*read_past("def view(call, code): return served().store.groups.one(code=code)")]
    assert not [*read_past("group_for(store, caller, code); store.groups.among(ids)")]
