"""Groups that exist already move in: their sheets are made, checked, agreed on and opened."""

import json
import sys
import uuid
from collections.abc import Iterable, Sequence
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Final

import click

from bot.cli.moving_out import sheets
from bot.cli.opening import OpenApp
from bot.terminal import OneLine, Refused, json_option
from domain.records.person import LANGUAGES, Language

if TYPE_CHECKING:
    from bot.app import App
    from domain.moving_in.check import CheckedGroup, Finding
    from domain.moving_in.files import SheetFiles
    from domain.records.arrival import Arrival

# So many lines are enough to see what is wrong in a terminal; a file can have them all.
SHOWN_MAX: Final = 200
_PATIENCE_SECONDS: Final = 3600
_AT_ONCE: Final = 10_000

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

    First make the empty sheets (template), then have them checked until nothing is wrong. With agree the groups'
    officers are called to agree on their phones; then every member hears their own figures and may object, and
    the group opens by itself. The list says how far each is.
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
    from bot.imports.template import csv_files, workbook_of

    output.mkdir(parents=True, exist_ok=True)
    for file in csv_files() if as_csv else [workbook_of("groups to move in")]:
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
    from domain.moving_in.check import check_group, today_in_the_east
    from domain.moving_in.files import BadImportFile
    from flows.groups.countries import time_zone_in
    from flows.words.refusals import refusal
    from flows.words.texts import words

    try:
        files = read_files([read_path(path) for path in paths])
    except BadImportFile as bad:
        raise Refused(words("en").say(refusal(bad))) from bad
    today = today_in_the_east(datetime.now(UTC))
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


@imports.command(cls=OneLine)
@_files
@_day_first
@click.option("--odd-is-right", is_flag=True, help="What is odd was looked at, and is right.")
@click.pass_obj
def agree(open_app: OpenApp, paths: Sequence[Path], day_first: bool | None, odd_is_right: bool) -> None:
    """
    Bring groups whose sheets are right, and call their officers to agree.

    Each group is brought whole or not at all; with others in the same files nothing is wrong with it. What was
    brought before is passed over, so after an interruption the same command does the rest. Exits 1 when some were
    left out.
    """
    files, groups = checked(paths, day_first)
    ready = [each for each in groups if each.book and (odd_is_right or not each.findings)]
    left_out = [each for each in groups if each not in ready]
    with open_app("import") as app:
        brought, before, refused = _bring(app, ready)
    for line in refused:
        click.echo(f"✗ {line}")
    for each in left_out:
        why = f"{_count(each.errors, 'mistake')}" if each.errors else "odd: look at it, then say --odd-is-right"
        click.echo(f"✗ {each.code}: {why}")
    click.echo(
        f"{_count(brought, 'group')} brought: their officers are called. {before:,} were brought before,"
        f" {len(left_out) + len(refused):,} were left out."
    )
    if left_out or refused or files.findings:
        sys.exit(1)


def _bring(app: "App", groups: "Sequence[CheckedGroup]") -> tuple[int, int, list[str]]:
    """How many were brought now and before, and who was refused, with why."""
    from domain.commands import execute
    from domain.errors import DomainError
    from domain.moving_in.arrive import BringGroup, digest_of_opening
    from domain.records.arrival import ARRIVING
    from flows.words.refusals import refusal
    from flows.words.texts import words

    says = words("en")
    brought, before, refused = 0, 0, []
    with (
        app.store.within(_PATIENCE_SECONDS),
        click.progressbar(groups, label="Bringing", file=sys.stderr) as walked,
    ):
        for each in walked:
            assert each.book is not None, "only what is right is brought"
            known = app.store.arrivals.one(id=each.code)
            if known and known.state in (*ARRIVING, "open") and known.digest == digest_of_opening(each.book):
                before += 1
                continue
            try:
                execute(app.store, f"bring:{uuid.uuid4()}", BringGroup("command line", each.book))
            except DomainError as error:
                refused.append(f"{each.code}: {says.say(refusal(error))}")
            else:
                brought += 1
    return brought, before, refused


@imports.command("open", cls=OneLine)
@click.argument("codes", metavar="[GROUP_CODE...]", nargs=-1)
@click.pass_obj
def open_groups(open_app: OpenApp, codes: Sequence[str]) -> None:
    """
    Open the groups whose time has come: those named, or all.

    A worker does the same by itself. A group is left as it is while its officers have not agreed, its members
    still may object, or an objection has no answer.
    """
    from domain.moving_in.open import move_on

    with open_app("import") as app, app.store.within(_PATIENCE_SECONDS):
        wanted = list(codes) or app.store.arrivals.due(app.store.now(), _AT_ONCE)
        unknown = [code for code in codes if app.store.arrivals.one(id=code) is None]
        if unknown:
            raise Refused(f"no group was brought with this code: {', '.join(unknown)}")
        with click.progressbar(wanted, label="Opening", file=sys.stderr) as walked:
            for code in walked:
                move_on(app.store, code)
        opened = sum(app.store.arrivals.get(code).state == "open" for code in wanted)
    click.echo(f"{_count(opened, 'group')} open. {_count(len(wanted) - opened, 'group')} wait or went back.")


@imports.command("list", cls=OneLine)
@click.option("--all", "everything", is_flag=True, help="Those that are open, or went back, too.")
@click.pass_obj
def list_groups(open_app: OpenApp, everything: bool) -> None:
    """Say of each group that moves in how far it is."""
    from domain.records.arrival import ARRIVING

    with open_app("import") as app:
        states = [*ARRIVING, "open", "discarded"] if everything else list(ARRIVING)
        found = app.store.arrivals.find(sort="at", state=states)
    for each in found:
        members = _count(len(each.book.members), "member")
        click.echo(f"{each.id}  {each.book.name}  {members}  {_how_far(each)}")
    click.echo(f"{_count(len(found), 'group')}.")


def _how_far(arrival: "Arrival") -> str:
    from domain.records.arrival import OFFICERS_NEEDED

    match arrival.state:
        case "checked":
            return f"{len(arrival.agreed)} of {OFFICERS_NEEDED} officers agreed, until {_day(arrival.next_at)}"
        case "told":
            said = f"{len(arrival.right)} of {len(arrival.persons)} say it is right"
            waiting = sum(not each.answer for each in arrival.objections.values())
            if waiting:
                said += f", {_count(waiting, 'objection')} without an answer"
            return f"{said}, opens {_day(arrival.next_at)}"
        case "open":
            return "open"
        case "discarded":
            return f"went back: {arrival.reason}"


def _day(at: datetime | None) -> str:
    return f"{at:%Y-%m-%d}" if at else "never"


@imports.command("send-back", cls=OneLine)
@click.argument("code", metavar="GROUP_CODE")
@click.option("--reason", required=True, help="Why; it stands in the list.")
@click.pass_obj
def send_back(open_app: OpenApp, code: str, reason: str) -> None:
    """Take a group back before it is open, to bring it again when its sheets are right."""
    from domain.commands import execute
    from domain.moving_in.arrive import NotArriving, SendBack

    with open_app("import") as app:
        try:
            execute(app.store, f"send-back:{uuid.uuid4()}", SendBack(code, reason))
        except NotArriving as error:
            raise Refused(f"{code} is not on its way") from error
    click.echo(f"{code} went back. Those who knew of it are told.")


imports.add_command(sheets)
