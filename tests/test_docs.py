"""What the docs say of the code is true: the ways through it, and the collections."""

import ast
import re
from dataclasses import fields
from datetime import timedelta
from pathlib import Path

import pytest

from bot.config import Settings
from domain.mongo.indexes import COLLECTIONS
from domain.people.limits import LIMITS

ROOT = Path(__file__).parent.parent
ARCHITECTURE = (ROOT / "docs" / "architecture.md").read_text()
OPERATIONS = (ROOT / "docs" / "operations.md").read_text()
FILES_MAX = 9


def section(title: str) -> str:
    """A section of the architecture page, from its heading to the next."""
    return re.split(r"^## ", ARCHITECTURE.split(f"## {title}\n")[1], flags=re.MULTILINE)[0]


def ways() -> list[tuple[str, list[tuple[str, str]]]]:
    """The ways through the house: a title, and file and function of each step."""
    tables = re.split(r"^(From .*):$", section("The way in"), flags=re.MULTILINE)[1:]
    return [
        (title, re.findall(r"^\| `([^`]+\.py)` \| `([^`]+)` \|", table, flags=re.MULTILINE))
        for title, table in zip(tables[::2], tables[1::2], strict=True)
    ]


def defined_in(file: str) -> set[str]:
    """Functions and classes of a file, and methods as "Class.method"."""
    tree = ast.parse((ROOT / file).read_text())
    found: set[str] = set()
    for node in tree.body:
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            found.add(node.name)
        if isinstance(node, ast.ClassDef):
            found |= {f"{node.name}.{each.name}" for each in node.body if isinstance(each, ast.FunctionDef)}
    return found


@pytest.mark.parametrize(("title", "steps"), ways(), ids=lambda value: value if isinstance(value, str) else "")
def test_a_way_through_the_house_is_short_and_every_stop_is_there(
    title: str, steps: list[tuple[str, str]]
) -> None:
    assert len(ways()) == 3
    assert 2 < len({file for file, _ in steps}) <= FILES_MAX, title
    missing = [f"{file}: {name}" for file, name in steps if name not in defined_in(file)]
    assert missing == []


def test_a_stop_that_is_gone_is_noticed() -> None:
    assert "Engine.handle" in defined_in("flows/engine/conversations.py")
    assert "Engine.was_here" not in defined_in("flows/engine/conversations.py")


def test_the_architecture_page_lists_every_collection() -> None:
    rows = re.findall(r"^\| (`.*?`) \|", section("In MongoDB"), flags=re.MULTILINE)
    assert sorted(name for row in rows for name in re.findall(r"`(\w+)`", row)) == sorted(COLLECTIONS)


def test_the_operations_page_lists_every_limit_and_what_sets_it() -> None:
    rows = re.findall(
        r"^\| (?:.*? )?\| ([\d,]+) in an? (hour|day) \| `(\w+)` \| (.*?) \|$", OPERATIONS, flags=re.MULTILINE
    )
    hours = {"hour": timedelta(hours=1), "day": timedelta(days=1)}
    listed = [(name, int(most.replace(",", "")), hours[per]) for most, per, name, _ in rows]
    assert listed == [(limit.name, limit.most, limit.per) for limit in LIMITS]
    settings = {each.name.upper() for each in fields(Settings)}
    set_by = {name: f"`{name.upper()}_MAX`" if f"{name.upper()}_MAX" in settings else "" for _, _, name, _ in rows}
    assert {name: setting for _, _, name, setting in rows} == set_by


@pytest.mark.parametrize(
    "page", [*sorted((ROOT / "docs").glob("*.md")), ROOT / "README.md", ROOT / "CONTRIBUTING.md"]
)
def test_every_file_that_a_page_names_is_there(page: Path) -> None:
    """A path from the top, in code: `flows/menu.py`. In capitals stands what a reader fills in."""
    named = re.findall(
        r"`((?:bot|channels|flows|domain|payments|simulator|tests|benchmarks|docs)/[\w./-]+)`", page.read_text()
    )
    gone = [path for path in named if not re.search(r"[A-Z]{3}", path) and not (ROOT / path).exists()]
    assert gone == []


def test_every_secret_has_its_row() -> None:
    """Where it stands, how it is changed and what is good at once: of the settings, and of nothing else."""
    rows = re.findall(r"(?m)^\| `([A-Z_]+)` \|(.*)\|(.*)\|.*\|$", (ROOT / "docs" / "secrets.md").read_text())
    listed = [name for name, *_ in rows]
    secrets = [each.name.upper() for each in fields(Settings) if each.metadata["secret"]]
    assert sorted(listed) == sorted(secrets)
    assert all(cell.strip() for _, *cells in rows for cell in cells)
