"""Groups that exist already move in: their sheets are made, checked, agreed on and opened."""

import json
import sys
import uuid
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Final, TypeVar

import click

from bot.cli.moving_out import sheets
from bot.cli.opening import OpenApp
from bot.terminal import Refused, count, json_option, output_folder
from domain.moving_in.undo import WhyOpened
from domain.records.person import LANGUAGES, Language

if TYPE_CHECKING:
    from bot.app import App
    from bot.imports.files import ReadFiles
    from domain.moving_in.check import CheckedGroup
    from domain.moving_in.findings import Finding
    from domain.records.arrival import Arrival

# So many lines are enough to see what is wrong in a terminal; a file can have them all.
SHOWN_MAX: Final = 200
_PATIENCE_SECONDS: Final = 3600
STAYS_OPEN: Final[Mapping[WhyOpened, str]] = {
    "not_open": "it is not open",
    "in_use": "something has happened in it since; what is wrong is put right there",
    "too_late": "who its members are is no longer in what was brought",
}
T = TypeVar("T")
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


@imports.command()
@output_folder
@click.option("--csv", "as_csv", is_flag=True, help="Five files of commas instead of one workbook.")
def template(output: Path, as_csv: bool) -> None:
    """Write the empty sheets, with what each column holds. Prints the names of the files."""
    from bot.imports.template import csv_files, workbook_of

    output.mkdir(parents=True, exist_ok=True)
    for file in csv_files() if as_csv else [workbook_of("groups to move in")]:
        path = output / file.name
        path.write_bytes(file.content)
        click.echo(path)


@imports.command()
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
    files = opened(paths)
    with _bar("Checking", checked(files, day_first), len(files.rows)) as groups:
        right = _write_json(files, groups) if as_json else _say(files, groups, language)
    if not right:
        sys.exit(1)


def opened(paths: Sequence[Path]) -> "ReadFiles":
    """What is in these files, with a bar on a terminal."""
    from bot.imports.files import open_path, read_files
    from domain.moving_in.files import BadImportFile
    from flows.words.refusals import refusal
    from flows.words.texts import words

    try:
        with _bar("Reading", paths, len(paths)) as walked:
            return read_files(open_path(path) for path in walked)
    except BadImportFile as bad:
        raise Refused(words("en").say(refusal(bad))) from bad


def checked(files: "ReadFiles", day_first: bool | None) -> "Iterator[CheckedGroup]":
    """The groups of these files, one after the other."""
    from domain.moving_in.check import today_in_the_east

    today = today_in_the_east(datetime.now(UTC))
    for code in files.rows:
        yield files.check(code, today, day_first=day_first)


def _bar(label: str, what: "Iterable[T]", length: int) -> "AbstractContextManager[Iterable[T]]":
    """On a terminal how far it is."""
    return click.progressbar(what, length=length, label=label, file=sys.stderr)


def _say(files: "ReadFiles", groups: "Iterable[CheckedGroup]", language: Language) -> bool:
    """The first findings, and how many more there are; False while something is wrong. No group is kept."""
    from flows.words.findings import words_of_finding
    from flows.words.texts import words

    says, totals = words(language), Counter[str]()
    found, more = list(files.findings[:SHOWN_MAX]), max(0, len(files.findings) - SHOWN_MAX)
    for group in groups:
        room = SHOWN_MAX - len(found)
        found += group.findings[:room]
        more += len(group.findings[room:])
        totals["ready" if group.book else "refused"] += 1
        if group.book:
            totals["members"] += len(group.book.members)
            totals["loans"] += len(group.book.loans)
    for finding in found:
        sign = "?" if finding.severity == "warning" else "✗"
        place = f"{finding.file}:{finding.row}" if finding.row else finding.sheet
        read = f" {finding.read!r}" if finding.read else ""
        click.echo(f"{sign} {place} {finding.column}{read}: {says.say(words_of_finding(finding))}")
    if more:
        click.echo(f"… and {more:,} more: --json has them all.")
    click.echo(
        f"{count(totals['ready'], 'group')} can move in, with {count(totals['members'], 'member')}"
        f" and {count(totals['loans'], 'loan')}. {count(totals['refused'], 'group')} cannot."
        f" {count(files.empty, 'empty row')} skipped. Nothing was written."
    )
    return not totals["refused"] and not files.findings


def _write_json(files: "ReadFiles", groups: "Iterable[CheckedGroup]") -> bool:
    """All findings as they come, a line each, and then the rest; False while something is wrong."""
    ready: list[str] = []
    refused: list[str] = []
    between = ""

    def found() -> "Iterator[Finding]":
        yield from files.findings
        for group in groups:
            (ready if group.book else refused).append(group.code)
            yield from group.findings

    click.echo('{"findings": [', nl=False)
    for each in found():
        line = json.dumps(asdict(each) | {"severity": each.severity}, ensure_ascii=False)
        click.echo(f"{between}\n  {line}", nl=False)
        between = ","
    rest = {"rows": dict(files.counts), "empty": files.empty, "ready": ready, "refused": refused}
    click.echo(f"\n ],\n {json.dumps(rest, ensure_ascii=False)[1:]}")
    return not refused and not files.findings


@imports.command()
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
    from bot.cli.operators import at_terminal
    from domain.access.audit import note

    files = opened(paths)
    with (
        open_app("import") as app,
        app.store.within(_PATIENCE_SECONDS),
        _bar("Bringing", checked(files, day_first), len(files.rows)) as groups,
    ):
        named = ", ".join(each.name for each in paths)
        note(app.store, None, "import.brought", why=named, where=at_terminal())
        brought, before, left_out = _bring(app, groups, odd_is_right=odd_is_right)
    for line in left_out:
        click.echo(f"✗ {line}")
    click.echo(
        f"{count(brought, 'group')} brought{': their officers are called' if brought else ''}."
        f" Brought before: {before:,}. Left out: {len(left_out):,}."
    )
    if left_out or files.findings:
        sys.exit(1)


def _bring(app: "App", groups: "Iterable[CheckedGroup]", *, odd_is_right: bool) -> tuple[int, int, list[str]]:
    """How many were brought now and before, and who was left out, with why."""
    from bot.imports.bring import bring_checked
    from domain.commands import NowReadOnly
    from flows.words.refusals import refusal
    from flows.words.texts import words

    says = words("en")
    counts, left_out = Counter[str](), []
    for each in groups:
        try:
            odd = bool(each.findings) and not odd_is_right
            outcome, error = bring_checked(app.store, f"bring:{uuid.uuid4()}", "command line", each, odd=odd)
        except NowReadOnly as wait:
            raise Refused(says.say(refusal(wait))) from wait
        counts[outcome] += 1
        if outcome == "wrong":
            left_out.append(f"{each.code}: {count(each.errors, 'mistake')}")
        elif outcome == "odd":
            left_out.append(f"{each.code}: odd: look at it, then say --odd-is-right")
        elif error:
            left_out.append(f"{each.code}: {says.say(refusal(error))}")
    return counts["brought"], counts["before"], left_out


@imports.command("open")
@click.argument("codes", metavar="[GROUP_CODE...]", nargs=-1)
@click.pass_obj
def open_groups(open_app: OpenApp, codes: Sequence[str]) -> None:
    """
    Open the groups whose time has come: those named, or all.

    A worker does the same by itself. A group is left as it is while its officers have not agreed, its members
    still may object, or an objection has no answer.
    """
    from bot.imports.opening import open_in_time

    with open_app("import") as app, app.store.within(_PATIENCE_SECONDS):
        wanted = list(codes) or app.store.arrivals.due(app.store.now(), _AT_ONCE)
        unknown = [code for code in codes if app.store.arrivals.one(id=code) is None]
        if unknown:
            raise Refused(f"no group was brought with this code: {', '.join(unknown)}")
        with click.progressbar(wanted, label="Opening", file=sys.stderr) as walked:
            for code in walked:
                open_in_time(app.store, app.link, code)
        opened = app.store.arrivals.count(id=wanted, state="open")
    click.echo(f"{count(opened, 'group')} open. Others, which wait or went back: {len(wanted) - opened}.")


@imports.command("list")
@click.option("--all", "everything", is_flag=True, help="Those that are open, or went back, too.")
@click.pass_obj
def list_groups(open_app: OpenApp, everything: bool) -> None:
    """Say of each group that moves in how far it is, by their codes."""
    from domain.records.arrival import ARRIVING

    with open_app("import") as app:
        states = [*ARRIVING, "open", "discarded"] if everything else list(ARRIVING)
        number = 0
        for each in app.store.arrivals.each(state=states):
            number += 1
            members = count(len(each.book.members), "member")
            click.echo(f"{each.id}  {each.book.name}  {members}  {_how_far(each)}")
    click.echo(f"{count(number, 'group')}.")


def _how_far(arrival: "Arrival") -> str:
    from domain.records.arrival import OFFICERS_NEEDED

    match arrival.state:
        case "checked":
            return f"{len(arrival.agreed)} of {OFFICERS_NEEDED} officers agreed, until {_day(arrival.next_at)}"
        case "told":
            said = f"{len(arrival.right)} of {len(arrival.persons)} say it is right"
            waiting = sum(not each.answer for each in arrival.objections.values())
            if waiting:
                said += f", {count(waiting, 'objection')} without an answer"
            return f"{said}, opens {_day(arrival.next_at)}"
        case "open":
            return "open"
        case "discarded":
            return f"went back: {arrival.reason}"


def _day(at: datetime | None) -> str:
    return f"{at:%Y-%m-%d}" if at else "never"


@imports.command("send-back")
@click.argument("code", metavar="GROUP_CODE")
@click.option("--reason", required=True, help="Why; it stands in the list.")
@click.pass_obj
def send_back(open_app: OpenApp, code: str, reason: str) -> None:
    """Take a group back before it is open, to bring it again when its sheets are right."""
    from bot.cli.operators import at_terminal
    from domain.access.audit import note
    from domain.commands import execute
    from domain.moving_in.arrive import NotArriving, SendBack

    with open_app("import") as app:
        note(app.store, None, "import.sent_back", why=f"{code}: {reason}", where=at_terminal())
        try:
            execute(app.store, f"send-back:{uuid.uuid4()}", SendBack(code, reason))
        except NotArriving as error:
            raise Refused(f"{code} is not on its way") from error
    click.echo(f"{code} went back. Those who knew of it are told.")


@imports.command()
@click.argument("code", metavar="GROUP_CODE")
@click.option("--reason", required=True, help="Why; it stands in the list, and in the log of acts.")
@click.pass_obj
def undo(open_app: OpenApp, code: str, reason: str) -> None:
    """
    Undo an opening while nothing else has happened in the group.

    Its one entry is mirrored, and the group waits again for its officers to agree, as it was brought. What has to
    be another is sent back next, and brought anew.
    """
    from bot.cli.operators import at_terminal
    from domain.access.audit import note
    from domain.moving_in.undo import undo_opening

    with open_app("import") as app:
        known = app.store.arrivals.one(id=code)
        group = known.group if known else ""
        if why := undo_opening(app.store, code, reason):
            raise Refused(f"{code} stays as it is: {STAYS_OPEN[why]}")
        note(app.store, None, "opening.undone", group=group, why=reason, where=at_terminal())
    click.echo(f"{code} waits again: its officers are called to agree.")


imports.add_command(sheets)
