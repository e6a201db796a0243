"""
`python -m bot demo-cycle`: a whole cycle of a group, played on stores that are thrown away, and its books.
"""

import sys
import tempfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from typing import IO, TYPE_CHECKING, Final, Protocol

import click

from bot.terminal import say_table

if TYPE_CHECKING:
    from bot.demo.stage import Stage

_WIDTH: Final = 40


class Story(Protocol):
    """A story that is played on a stage; `groups` are those in it, by id, once it is over."""

    groups: list[str]

    def run(self) -> None: ...
    def outcome(self) -> list[tuple[str, ...]]:
        """What it was for each member: a heading, then a row each."""


Progress = Callable[[int, int], None]


def stories() -> Mapping[str, tuple[date, Callable[["Stage", Progress], Story]]]:
    """By the kind of group: the day it begins, and how to make it."""
    from bot.demo import rosca as cycle_rosca
    from bot.demo import sacco as cycle_sacco
    from bot.demo import vsla as cycle_vsla

    return {
        "vsla": (cycle_vsla.BEGINS, lambda stage, done: cycle_vsla.Year(stage, done=done)),
        "rosca": (cycle_rosca.BEGINS, lambda stage, done: cycle_rosca.Rotations(stage, done=done)),
        "sacco": (cycle_sacco.BEGINS, lambda stage, done: cycle_sacco.SaccoYears(stage, done=done)),
    }


@click.command("demo-cycle")
@click.option(
    "--kind",
    type=click.Choice(["vsla", "rosca", "sacco"]),
    default="vsla",
    show_default=True,
    help="Of the group.",
)
@click.option("--journal", type=click.File("w"), help="A file for its books, as hledger reads them.")
def demo_cycle(kind: str, journal: IO[str] | None) -> None:
    """
    Play a whole cycle, and show its books.

    VSLA: a year of twenty members, from the founding to the share-out. ROSCA: a round for each hand, in all four
    orders. SACCO: two years with their dividends. The program's own conversations, commands and books, on stores
    of their own that are thrown away.
    """
    from bot.demo.stage import opened
    from bot.local.stores import embedded

    begins, make = stories()[kind]
    with (
        tempfile.TemporaryDirectory() as scratch,
        embedded(Path(scratch)) as stores,
        _bar() as bar,
        opened(stores.mongo_uri, stores.redis_url, "cycle", begins=begins, say=bar.line) as stage,
    ):
        story = make(stage, bar.step)
        story.run()
        bar.clear()
        say_books(stage, story)
        if journal is not None:
            _write(stage, story, journal)
        else:
            click.echo("\nFor a second opinion: demo-cycle --journal FILE, then hledger -f FILE check --strict")


def say_books(stage: "Stage", story: Story) -> None:
    """Each book's trial balance, whether it is whole, and what it was for each member."""
    from domain.books.accounts import ACCOUNTS
    from domain.money import Money
    from domain.mongo.verify import verify_book

    books = stage.store.books
    problems: list[str] = []
    for id in story.groups:
        group, totals = stage.store.groups.get(id), books.totals(id)
        held = {code: totals[code] for code in sorted(totals) if totals[code]}
        rows = [("account", "", "debit", "credit")]
        for code, minor in held.items():
            amount = Money(abs(minor), group.currency).grouped(",")
            rows.append((code, ACCOUNTS[code].label, *((amount, "") if minor > 0 else ("", amount))))
        debits = Money(sum(minor for minor in held.values() if minor > 0), group.currency).grouped(",")
        credits = Money(-sum(minor for minor in held.values() if minor < 0), group.currency).grouped(",")
        click.echo(f"\n{group.name}, {books.length(id):,} entries, in {group.currency}")
        say_table([*rows, ("", "", debits, credits)], names=2)
        problems += [f"{group.name}: {problem.text}" for problem in verify_book(books, id)]
    click.echo()
    say_table(story.outcome(), names=1)
    for problem in problems:
        click.echo(problem, err=True)
    if problems:
        raise click.ClickException(f"problems found in the books: {len(problems)}")
    click.echo("\nThe books are whole: every entry and every balance adds up, and the trial balances are zero.")


def _write(stage: "Stage", story: Story, journal: IO[str]) -> None:
    from domain.books.hledger import journal as lines

    for id in story.groups:
        journal.writelines(lines(stage.store.books.entries(id)))
    click.echo(f"\nTo check it with a second program: hledger -f {journal.name} check --strict")


class _Bar:
    """How far the story is, on a line of a terminal that is drawn over; its lines go above it."""

    def __init__(self) -> None:
        self._shown = sys.stderr.isatty()
        self._done, self._of = 0, 1

    def step(self, done: int, of: int) -> None:
        self._done, self._of = done, of
        self._draw()

    def line(self, text: str) -> None:
        self.clear()
        click.echo(text)
        self._draw()

    def clear(self) -> None:
        if self._shown:
            click.echo("\r\x1b[K", nl=False, err=True)

    def _draw(self) -> None:
        if self._shown:
            filled = _WIDTH * self._done // self._of
            click.echo(f"\r[{'#' * filled}{'.' * (_WIDTH - filled)}] {self._done}/{self._of} ", nl=False, err=True)


@contextmanager
def _bar() -> Iterator[_Bar]:
    bar = _Bar()
    try:
        yield bar
    finally:
        bar.clear()
