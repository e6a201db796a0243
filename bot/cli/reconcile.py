"""Providers' lists beside the books: compared now, and what people have to decide."""

from __future__ import annotations

import sys
from datetime import UTC, datetime, timedelta, tzinfo
from pathlib import Path
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import click

from bot.cli.opening import OpenApp
from bot.terminal import say_table

if TYPE_CHECKING:
    from bot.app import App
    from domain.raw_cells import RawSheet
    from payments.port import Lister


@click.command()
@click.option("--rail", metavar="NAME", help="Compare the list of this provider alone; else of all.")
@click.option(
    "--day",
    metavar="DAY",
    help="The day to compare, like 2026-11-28; yesterday, if not said. A day by UTC, like each night's: in Nairobi"
    " from 3 o'clock to 3. With --statement a day in its --time-zone.",
)
@click.option(
    "--statement",
    metavar="FILE",
    type=click.Path(dir_okay=False, path_type=Path),
    help="Compare with this file of the provider's portal, CSV or xlsx, in place of its list. With --rail.",
)
@click.option(
    "--time-zone",
    metavar="ZONE",
    default="UTC",
    show_default=True,
    help="In which the statement's times are, where they do not say, and its --day is, like Africa/Nairobi.",
)
@click.option("--list", "only_list", is_flag=True, help="Compare nothing, list what waits to be decided.")
@click.pass_obj
def reconcile(
    open_app: OpenApp, rail: str | None, day: str | None, statement: Path | None, time_zone: str, only_list: bool
) -> None:
    """
    Compare a provider's list with the books, both ways.

    What waits to be decided is listed. What came in and nobody asked for is taken in, what we wait for ends.
    Whatever else differs is a line each: what it is, the amounts in the book and at the provider, and whose book
    it concerns. Two operators decide about it on the page "Providers' lists". Exits 1 while there is any.
    """
    if statement and not rail:
        raise click.UsageError("--statement is of one provider: say which with --rail")
    zone = _zone(time_zone)
    # A portal's statement is of days there; a list is of those that the fees of each night are kept by.
    days_in = zone if statement else UTC
    since = _day(day, days_in) if day else None
    with open_app("reconcile") as app:
        if not only_list:
            today = app.store.now().astimezone(days_in).replace(hour=0, minute=0, second=0, microsecond=0)
            if since and since > today:
                raise click.BadParameter("that day is still to come", param_hint="--day")
            rails = _rails(app, rail)
            if not rails:
                click.echo("No provider is switched on: nothing is compared.", err=True)
            for name in rails:
                _compare(app, name, since or today - timedelta(days=1), statement, zone)
        found = _list(app)
    if found:
        sys.exit(1)


def _rails(app: App, rail: str | None) -> list[str]:
    there = {*app.collectors, *app.payers}
    if rail and rail not in there:
        known = ", ".join(sorted(there)) or "none"
        raise click.BadParameter(f"no such provider is switched on; there are: {known}", param_hint="--rail")
    return [rail] if rail else sorted(there)


def _compare(app: App, rail: str, day: datetime, statement: Path | None, zone: ZoneInfo) -> None:
    from bot.reconciling import ask_about_ours, list_day
    from payments.port import ProviderError
    from payments.reconcile import Compared, compare_with_whole, end_what_was_never_paid
    from payments.statement import BadStatement, StatementFile

    done, lister = Compared(), app.listers.get(rail)
    try:
        if statement:
            whole = StatementFile(rail, statement, _currency(app, rail), zone, _sheets(statement))
            _check_whose(app, whole)
            list_day(app.store, whole, day, done)
            compare_with_whole(app.store, whole, day, day + timedelta(days=1), done)
            done.ended += end_what_was_never_paid(app.store, whole, day)
        else:
            if lister is not None:
                list_day(app.store, lister, day, done)
            ask_about_ours(app, rail, lister, done, seconds=float("inf"))
    except (ProviderError, BadStatement) as error:
        raise click.ClickException(f"{rail}: {error}") from error
    said = ", ".join(f"{what.replace('_', ' ')} {count}" for what, count in done.said.items())
    click.echo(f"{rail} {day:%Y-%m-%d}: {said}")


def _sheets(statement: Path) -> list[RawSheet] | None:
    """Those of a workbook; None for a CSV. Raises BadStatement for a workbook that cannot be used."""
    from bot.workbooks.read import sheets_of_workbook
    from domain.moving_in.files import BadImportFile
    from flows.words.refusals import refusal
    from flows.words.texts import words
    from payments.statement import BadStatement

    try:
        with statement.open("rb") as file:
            sheets = sheets_of_workbook(statement.name, file)
        return None if sheets is None else list(sheets)
    except BadImportFile as bad:
        raise BadStatement(f"{words('en').say(refusal(bad))} Or take the portal's CSV.") from bad


def _check_whose(app: App, statement: Lister) -> None:
    """Raises ClickException for one of another provider: all of it would be money that nobody asked for."""
    from payments.names import TITLES
    from payments.reconcile import whose_receipts

    known = whose_receipts(app.store, statement, TITLES)
    of = max(known, key=lambda each: known[each])
    if known[of] > known[statement.name]:
        raise click.ClickException(
            f"{known[of]} of its receipts are of {of}: it is no statement of {statement.name}"
        )


def _list(app: App) -> int:
    """What waits to be decided, a line each, the oldest first; how many that are."""
    from domain.board.differences import each_difference

    found = list(each_difference(app.store))
    codes = {each.id: each.code for each in app.store.groups.among(sorted({each.group for each in found} - {""}))}
    rows = [
        (
            each.id,
            each.kind,
            each.direction,
            codes.get(each.group, "-"),
            f"{each.at.astimezone(UTC):%Y-%m-%d %H:%M}",
            each.state,
            f"only told: {each.ours}" if each.in_no_book else str(each.ours or "-"),
            str(each.theirs or "-"),
        )
        for each in found
    ]
    if rows:
        heads = ("id", "what", "direction", "group", "when", "state", "in the book", "at the provider")
        say_table([heads, *rows], names=6)
    click.echo(f"{len(found)} to decide.")
    return len(found)


def _currency(app: App, rail: str) -> str:
    """What its amounts are in, where the statement does not say: the only currency that it carries."""
    carried = {currency for each in app.store.providers if each.name == rail for currency in each.currencies}
    return carried.pop() if len(carried) == 1 else ""


def _day(text: str, zone: tzinfo) -> datetime:
    try:
        return datetime.strptime(text, "%Y-%m-%d").replace(tzinfo=zone)
    except ValueError as wrong:
        raise click.BadParameter("must be a day like 2026-11-28", param_hint="--day") from wrong


def _zone(name: str) -> ZoneInfo:
    try:
        return ZoneInfo(name)
    except (KeyError, ValueError, OSError) as wrong:
        raise click.BadParameter(
            "there is no such zone; it is like Africa/Nairobi", param_hint="--time-zone"
        ) from wrong
