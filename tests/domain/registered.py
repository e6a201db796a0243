"""What registers itself in the domain, read out of its code."""

import ast
from collections import Counter
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).parents[2]
REGISTERS: Final = (
    "handles", "settles", "takes", "fails", "undoes", "means", "concludes", "refuses", "still_owed",
)  # fmt: skip


@cache
def sources(room: str) -> Sequence[tuple[str, ast.Module]]:
    """Every module of a room, with its name."""
    paths = sorted((ROOT / room).rglob("*.py"))
    return [
        (".".join(path.relative_to(ROOT).with_suffix("").parts), ast.parse(path.read_text())) for path in paths
    ]


@cache
def registrations() -> Sequence[tuple[str, str, str]]:
    """What registers itself: its module, by which decorator, and what it is for."""
    return [
        (module, by, ast.unparse(each.args[0]).strip("'"))
        for module, tree in sources("domain")
        for node in ast.walk(tree)
        for each in getattr(node, "decorator_list", ())
        if isinstance(each, ast.Call) and (by := ast.unparse(each.func)) in REGISTERS
    ]


def registered(decorator: str) -> Counter[str]:
    return Counter(what for _, by, what in registrations() if by == decorator)
