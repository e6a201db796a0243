"""What the page on security says is there: each item of the standard once, each file, each test."""

import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Final

ROOT = Path(__file__).parent.parent
PAGE = (ROOT / "docs" / "security.md").read_text()
STATES: Final = {"met", "partly", "not met", "none here"}
# OWASP's ASVS 5.0.0: how many items of levels 1 and 2 each section begins with; those of level 3 come after them.
ITEMS: Final = {
    "1.1": 2, "1.2": 9, "1.3": 11, "1.4": 3, "1.5": 2,
    "2.1": 3, "2.2": 3, "2.3": 4, "2.4": 1,
    "3.2": 2, "3.3": 4, "3.4": 6, "3.5": 5, "3.7": 2,
    "4.1": 3, "4.2": 1, "4.3": 2, "4.4": 4,
    "5.1": 1, "5.2": 3, "5.3": 2, "5.4": 3,
    "6.1": 3, "6.2": 12, "6.3": 4, "6.4": 4, "6.5": 5, "6.6": 3, "6.8": 4,
    "7.1": 3, "7.2": 4, "7.3": 2, "7.4": 5, "7.5": 2, "7.6": 2,
    "8.1": 2, "8.2": 3, "8.3": 1, "8.4": 1,
    "9.1": 3, "9.2": 4,
    "10.1": 2, "10.2": 2, "10.3": 4, "10.4": 11, "10.5": 5, "10.6": 2, "10.7": 3,
    "11.1": 2, "11.2": 3, "11.3": 3, "11.4": 4, "11.5": 1, "11.6": 1,
    "12.1": 3, "12.2": 2, "12.3": 4,
    "13.1": 1, "13.2": 5, "13.3": 2, "13.4": 5,
    "14.1": 2, "14.2": 4, "14.3": 3,
    "15.1": 3, "15.2": 3, "15.3": 7,
    "16.1": 1, "16.2": 5, "16.3": 4, "16.4": 3, "16.5": 3,
    "17.1": 1, "17.2": 4, "17.3": 2,
}  # fmt: skip


def rows() -> Iterator[tuple[list[str], str, str, str]]:
    """Each row of the map: its items, the state, how, and what shows it."""
    for line in PAGE.splitlines():
        if re.match(r"\| \d", line):
            items, state, how, shown = (cell.strip() for cell in line.strip("|").split("|"))
            yield [item for part in items.split(", ") for item in spelled(part)], state, how, shown


def spelled(part: str) -> list[str]:
    """ "1.2.6–1.2.8" is three items."""
    first, _, last = part.partition("–")
    section, _, number = first.rpartition(".")
    to = int((last or first).rpartition(".")[2])
    assert (last or first).rpartition(".")[0] == section, part
    return [f"{section}.{each}" for each in range(int(number), to + 1)]


def test_each_item_of_level_two_has_one_row_and_a_state() -> None:
    wanted = Counter(f"{section}.{number}" for section, most in ITEMS.items() for number in range(1, most + 1))
    assert wanted.total() == 253, "70 items of level 1 and 183 of level 2"
    assert Counter(item for items, *_ in rows() for item in items) == wanted
    for items, state, how, shown in rows():
        assert state in STATES, items
        assert how, items
        assert shown or state != "met" or "`" in how or "docs/" in how or len(how) > 20, items


def test_every_test_and_file_that_it_names_is_there() -> None:
    named = set(re.findall(r"`(tests/[\w/]+\.py)(?:::(\w+))?`", PAGE))
    assert len(named) > 80
    gone = []
    for file, test in named:
        path = ROOT / file
        if not path.exists() or (test and not re.search(rf"^def {test}\(", path.read_text(), flags=re.MULTILINE)):
            gone.append(f"{file}::{test}")
    assert gone == []
    assert not [
        path
        for path in re.findall(r"`((?:bot|domain|flows|channels)/[\w/.]+)`", PAGE)
        if not (ROOT / path).exists()
    ]
