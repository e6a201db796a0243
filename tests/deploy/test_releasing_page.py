"""What the page on releases says can be typed: each command, each option, each step is there."""

import re
from typing import Final

import click
import pytest

from bot.cli.main import COMMANDS, load
from tests.deploy.releasing import RELEASE, ROOT, STEPS

PAGE: Final = (ROOT / "docs" / "releasing.md").read_text()
WORDS: Final = PAGE.replace("\n", " ")
SCRIPT: Final = (RELEASE / "release.sh").read_text()


@pytest.mark.parametrize("name", sorted(set(re.findall(r"python -m bot ([a-z-]+)", WORDS))))
def test_a_command_that_it_names_is_there(name: str) -> None:
    assert name in COMMANDS


def test_a_target_that_it_names_is_there() -> None:
    targets = set(re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text(), flags=re.MULTILINE))
    named = set(re.findall(r"\bmake ([a-z]+)", WORDS))
    assert named >= {"release", "smoke", "security", "bluegreen", "audit"}
    assert named <= targets


@pytest.mark.parametrize("name", ["smoke", "security", "watch"])
def test_an_option_of_a_command_is_one_that_it_has(name: str) -> None:
    told = re.findall(rf'(?:make {name} ARGS="|python -m bot {name} )([^"`\n]*)', PAGE)
    options = {option for each in told for option in re.findall(r"--[a-z-]+", each)}
    known = {option for each in load(name).params if isinstance(each, click.Option) for option in each.opts}
    assert options
    assert options <= known


def test_an_option_of_the_release_is_one_that_it_has() -> None:
    told = {option for each in re.findall(r'make release ARGS="([^"]*)"', PAGE) for option in each.split()}
    rows = re.findall(r"^\| `([A-Z_]+)` \| `(--[a-z-]+)` \|", PAGE, flags=re.MULTILINE)
    options = {each for each in told if each.startswith("--")} | {option for _, option in rows}
    usage = SCRIPT.split("<<USAGE")[1].split("\nUSAGE\n")[0]
    assert len(rows) == 8
    assert {each for each in options if f"  {each}" not in usage} == set()
    assert {variable for variable, _ in rows if f"${{{variable}:-" not in SCRIPT} == set()


def test_the_steps_are_those_that_there_are_in_their_order() -> None:
    rows = re.findall(
        r"^\| `(\w+)` \| .* \| .* \|$", PAGE.split("## The steps")[1].split("##")[0], flags=re.MULTILINE
    )
    assert rows == STEPS


def test_where_it_sends_you_when_nothing_helps_is_there() -> None:
    """The script's last words name the page and the section."""
    assert 'docs/releasing.md, \\"When going back fails\\"' in SCRIPT
    assert "## When going back fails\n" in PAGE
    assert (ROOT / "docs" / "performance.md").read_text().count("## Blue to green\n") == 1
