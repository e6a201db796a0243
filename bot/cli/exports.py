"""Figures of groups as files: for a programme's donors, or another program."""

import sys
from datetime import date
from pathlib import Path

import click

from bot.cli.books import Day
from bot.cli.opening import OpenApp
from bot.terminal import Refused, count

# As in domain/exports/columns.py, which a test compares: `--help` loads nothing.
_NAMES = ("programme", "members", "transactions", "loans")
_WHOM = ("programme", "lender")  # as in domain/exports/people.py
# A large group's book is read for longer than somebody would wait for a page.
_PATIENCE_SECONDS = 6 * 3600


@click.command()
@click.argument("name", metavar="|".join(_NAMES), type=click.Choice(_NAMES))
@click.option(
    "-o",
    "--output",
    type=click.Path(path_type=Path, file_okay=False),
    required=True,
    help="The folder to write to; it is made if it is not there.",
)
@click.option("--programme", "code", metavar="CODE", help="The groups of this programme; all groups without.")
@click.option("--from", "first", type=Day(), help="The first day; without, that of each group's open cycle.")
@click.option("--to", "last", type=Day(), help="The last day; without, today where each group is.")
@click.option(
    "--for",
    "whom",
    type=click.Choice(_WHOM),
    default="programme",
    show_default=True,
    help="Whom the file is for: it names members who agree to that.",
)
@click.option("--format", "file_format", type=click.Choice(["csv", "xlsx"]), default="csv", show_default=True)
@click.pass_obj
def export(
    open_app: OpenApp,
    name: str,
    output: Path,
    code: str | None,
    first: date | None,
    last: date | None,
    whom: str,
    file_format: str,
) -> None:
    """
    Write figures of groups to a file, for a programme's donors.

    What each column means is in definitions.csv beside it. programme has a row for each group; members,
    transactions and loans have a row for each of those; balances are as of the end of the last day. Members have a
    key, the same in all files of this deployment. Their names, phones, sex and years of birth are there of those
    alone who agree, today, that whoever the file is for has them.
    """
    from bot.backup.errors import PlaceUnavailable
    from bot.backup.places import Folder
    from bot.cli.operators import at_terminal
    from bot.cli.programmes import programme_typed
    from bot.exports.write import EXPORT_NAMES, write_export
    from domain.access.audit import note
    from domain.exports.keys import count_to_export, groups_to_export
    from domain.exports.rows import ExportOfNothing, ExportSpan

    try:
        span = ExportSpan(first, last)
    except ExportOfNothing as error:
        raise Refused(f"nothing to export: {error}") from error
    wanted = next(each for each in EXPORT_NAMES if each == name)
    with open_app("export") as app, app.store.within(_PATIENCE_SECONDS):
        programme = programme_typed(app, code) if code else None
        why = f"{name} {code or 'all'} {first or ''}..{last or ''} for {whom}"
        note(app.store, None, "exported", why=why, where=at_terminal())
        with click.progressbar(
            groups_to_export(app.store, programme, "lender" if whom == "lender" else "programme"),
            length=count_to_export(app.store, programme),
            label="Exporting",
            file=sys.stderr,
        ) as groups:
            try:
                file, rows = write_export(
                    app.store,
                    Folder(output),
                    "",
                    wanted,
                    groups,
                    span,
                    "xlsx" if file_format == "xlsx" else "csv",
                )
            except PlaceUnavailable as error:
                raise Refused(str(error)) from error
    click.echo(f"{output / file}: {count(rows, 'row')}.")
