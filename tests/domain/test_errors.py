"""Everything that we raise has its place in one tree."""

import ast
import builtins
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Final

import domain.errors

ROOT: Final = Path(__file__).parents[2]
ROOTS: Final = {"DomainError", "StoreError", "ProviderError", "ChannelError", "Mistake"}
# Always caught: an answer that cannot be read, where it was asked for; a signature that is not its own, where
# it is checked; Ctrl-C, where the demo ends.
SIGNALS: Final = {"Invalid", "Amiss", "BadSignature", "NotReady", "Unread", "_Stopped", "_TakenBack"}
PYTHONS: Final = {
    name for name, value in vars(builtins).items() if isinstance(value, type) and issubclass(value, BaseException)
}


@cache
def classes() -> list[tuple[str, set[str]]]:
    """Every class of ours with its bases, by their names. A process that only collects this needs none."""
    return list(_read())


def _read() -> Iterator[tuple[str, set[str]]]:
    for room in ("bot", "channels", "flows", "domain", "payments"):
        for path in sorted((ROOT / room).rglob("*.py")):
            for node in ast.walk(ast.parse(path.read_text())):
                if isinstance(node, ast.ClassDef):
                    yield node.name, {ast.unparse(base) for base in node.bases}


def under(root: str) -> set[str]:
    """Every class below this one."""
    below = {name for name, bases in classes() if root in bases}
    return below.union(*map(under, below))


def test_every_exception_of_ours_descends_from_one_of_five_roots() -> None:
    """Each that is built upon Python's own alone is a root, or a signal."""
    assert {name for name, bases in classes() if bases and bases <= PYTHONS} == ROOTS | SIGNALS


def test_the_tree_is_drawn_as_it_is() -> None:
    drawn = domain.errors.__doc__ or ""
    for root in sorted(ROOTS - {"DomainError"}):
        branch = re.search(rf"^    {root} .*?(?=^    \w|\n\n)", drawn, re.DOTALL | re.MULTILINE)
        assert branch is not None, root
        named = set(re.findall(r"\b[A-Z][a-z]+(?:[A-Z][a-z]+)*\b", branch[0])) - {root}
        assert named == {name for name in under(root) if not name.startswith("_")}, root
