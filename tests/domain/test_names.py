"""A public name of domain/ means one thing, wherever it is read."""

import ast
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

DOMAIN = Path(__file__).parents[2] / "domain"


def defined(tree: ast.Module) -> Iterator[str]:
    """What a module defines: classes, functions, types and constants. A type variable stands for nothing."""
    for node in tree.body:
        match node:
            case ast.ClassDef(name=name) | ast.FunctionDef(name=name):
                yield name
            case ast.AnnAssign(target=ast.Name(id=name)):
                yield name
            case ast.Assign(value=ast.Call(func=ast.Name(id="TypeVar"))):
                pass
            case ast.Assign(targets=targets):
                yield from (
                    each.id for target in targets for each in ast.walk(target) if isinstance(each, ast.Name)
                )


def test_a_public_name_is_defined_once() -> None:
    places: defaultdict[str, set[str]] = defaultdict(set)
    for path in DOMAIN.rglob("*.py"):
        for name in defined(ast.parse(path.read_text())):
            if not name.startswith("_"):
                places[name].add(str(path.relative_to(DOMAIN)))
    assert len(places) > 500
    assert {name: sorted(found) for name, found in places.items() if len(found) > 1} == {}
