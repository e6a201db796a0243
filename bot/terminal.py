"""How a command answers at a terminal: a mistake in one line, a table in columns."""

from collections.abc import Iterable, Sequence
from pathlib import Path

import click


class Refused(click.ClickException):
    """What was typed makes no sense: one line that says why."""

    exit_code = 2


def in_a_line(wrong: click.UsageError) -> Refused:
    """A mistake in what was typed, without the page of usage that click puts before it."""
    return Refused(" ".join(wrong.format_message().split()))


def count(number: int, of: str, many: str = "") -> str:
    """So many of something: "1 group", "3 groups", "2 people"."""
    return f"{number:,} {of if number == 1 else many or f'{of}s'}"


json_option = click.option(
    "--json", "as_json", is_flag=True, help="One JSON object, with amounts as decimal strings."
)

output_folder = click.option(
    "-o",
    "--output",
    type=click.Path(path_type=Path, file_okay=False, writable=True),
    default=Path(),
    help="The folder to write to; here without.",
)


def say_table(rows: Iterable[tuple[str, ...]], *, names: int = 0) -> None:
    """Columns as wide as they need to be: the first `names` begin on the left, the others end on the right."""
    rows = list(rows)
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    for row in rows:
        cells = [
            cell.ljust(width) if place < names else cell.rjust(width)
            for place, (cell, width) in enumerate(zip(row, widths, strict=True))
        ]
        click.echo("  ".join(cells).rstrip())


def which(question: str, names: Sequence[str]) -> int:
    """The place of the one that is meant; asked on standard error where there are several. Raises click.Abort."""
    if len(names) == 1:
        return 0
    for number, name in enumerate(names, start=1):
        click.echo(f"{number}. {name}", err=True)
    chosen: int = click.prompt(question, type=click.IntRange(1, len(names)), err=True)
    return chosen - 1
