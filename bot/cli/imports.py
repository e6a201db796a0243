"""Groups that exist already move in: their sheets are made, checked, agreed on and opened."""

import json
import sys
from collections.abc import Iterable, Sequence
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Final

import click

from bot.terminal import OneLine, Refused, json_option
from domain.records.person import LANGUAGES, Language

if TYPE_CHECKING:
    from domain.moving_in.check import CheckedGroup, Finding
    from domain.moving_in.files import SheetFiles

# So many lines are enough to see what is wrong in a terminal; a file can have them all.
SHOWN_MAX: Final = 200

_files = click.argument(
    "paths",
    metavar="FILES...",
    nargs=-1,
    required=True,
    type=click.Path(path_type=Path, exists=True, dir_okay=False),
)
_day_first = click.option(
    "--day-first/--month-first", default=None, help="What 03/04/2026 is: in April, or March. Refused without."
)


@click.group("import")
def imports() -> None:
    """
    Let groups move in that exist already, in mid-cycle.

    First make the empty sheets (template), then have them checked until nothing is wrong.
    """


@imports.command(cls=OneLine)
@click.option(
    "-o",
    "--output",
    type=click.Path(path_type=Path, file_okay=False, writable=True),
    default=Path(),
    help="The folder to write to; here without.",
)
@click.option("--csv", "as_csv", is_flag=True, help="Five files of commas instead of one workbook.")
def template(output: Path, as_csv: bool) -> None:
    """Write the empty sheets, with what each column holds. Prints the names of the files."""
    from bot.imports.template import csv_templates, workbook_template

    output.mkdir(parents=True, exist_ok=True)
    for file in csv_templates() if as_csv else [workbook_template()]:
        path = output / file.name
        path.write_bytes(file.content)
        click.echo(path)


@imports.command(cls=OneLine)
@_files
@_day_first
@click.option("--language", type=click.Choice(LANGUAGES), default="en", help="What to say in; English without.")
@json_option
def check(paths: Sequence[Path], day_first: bool | None, language: Language, as_json: bool) -> None:
    """
    Check sheets, and write nothing.

    Everything that is wrong is said at once, a line each: file and row, column, what was read, what has to be
    there instead. What is only odd begins with a question mark. Exits 1 while a group cannot move in.
    """
    files, groups = checked(paths, day_first)
    if as_json:
        click.echo(json.dumps(_as_json(files, groups), indent=2, ensure_ascii=False))
    else:
        _say(files, groups, language)
    if any(each.book is None for each in groups) or files.findings:
        sys.exit(1)


def checked(paths: Sequence[Path], day_first: bool | None) -> "tuple[SheetFiles, list[CheckedGroup]]":
    """The groups of these files, with a bar on a terminal."""
    from bot.imports.files import read_files, read_path
    from domain.moving_in.check import check_group
    from domain.moving_in.files import BadImportFile
    from flows.groups.countries import time_zone_in
    from flows.words.refusals import refusal
    from flows.words.texts import words

    try:
        files = read_files([read_path(path) for path in paths])
    except BadImportFile as bad:
        raise Refused(words("en").say(refusal(bad))) from bad
    today = datetime.now(UTC).date()
    with click.progressbar(files.rows.items(), label="Checking", file=sys.stderr) as walked:
        return files, [check_group(code, rows, today, time_zone_in, day_first=day_first) for code, rows in walked]


def _say(files: "SheetFiles", groups: "Sequence[CheckedGroup]", language: Language) -> None:
    from flows.words.findings import words_of_finding
    from flows.words.texts import words

    says = words(language)
    found = _all(files, groups)
    for finding in found[:SHOWN_MAX]:
        sign = "?" if finding.severity == "warning" else "✗"
        place = f"{finding.file}:{finding.row}" if finding.row else finding.sheet
        read = f" {finding.read!r}" if finding.read else ""
        click.echo(f"{sign} {place} {finding.column}{read}: {says.say(words_of_finding(finding))}")
    if len(found) > SHOWN_MAX:
        click.echo(f"… and {len(found) - SHOWN_MAX:,} more: --json has them all.")
    ready = [each.book for each in groups if each.book]
    members, loans = sum(len(book.members) for book in ready), sum(len(book.loans) for book in ready)
    click.echo(
        f"{_count(len(ready), 'group')} can move in, with {_count(members, 'member')} and {_count(loans, 'loan')}."
        f" {_count(len(groups) - len(ready), 'group')} cannot."
        f" {_count(files.empty, 'empty row')} skipped. Nothing was written."
    )


def _count(number: int, of: str) -> str:
    return f"{number:,} {of}" + ("" if number == 1 else "s")


def _all(files: "SheetFiles", groups: "Iterable[CheckedGroup]") -> "list[Finding]":
    return [*files.findings, *(finding for group in groups for finding in group.findings)]


def _as_json(files: "SheetFiles", groups: "Sequence[CheckedGroup]") -> dict[str, object]:
    return {
        "rows": dict(files.counts),
        "empty": files.empty,
        "ready": [each.code for each in groups if each.book],
        "refused": [each.code for each in groups if each.book is None],
        "findings": [asdict(each) | {"severity": each.severity} for each in _all(files, groups)],
    }
