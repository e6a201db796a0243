"""Statements as files, as members and officers get them: for an operator, or an auditor."""

from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import Final

import click

from bot.cli.books import Day, group_with, member_with
from bot.cli.opening import OpenApp
from bot.terminal import Refused
from domain.records.paper import PaperForm
from domain.records.person import LANGUAGES, Language

_PATIENCE_SECONDS: Final = 3600
_FORMS: Final[Mapping[str, PaperForm]] = {".pdf": "pdf", ".xlsx": "xlsx", ".csv": "csv"}


@click.command()
@click.argument("code", metavar="GROUP_CODE")
@click.option("--member", "phone", metavar="PHONE", help="This member's own statement, as a PDF.")
@click.option("--from", "first", type=Day(), metavar="YYYY-MM-DD", help="The open cycle's first day without.")
@click.option("--to", "last", type=Day(), metavar="YYYY-MM-DD", help="Today without.")
@click.option("--language", type=click.Choice(LANGUAGES), help="The member's own without; for a group, English.")
@click.option(
    "-o",
    "--output",
    type=click.Path(path_type=Path, dir_okay=True, writable=True),
    default=Path(),
    help="A file that ends in .pdf, .xlsx or .csv, or the folder for a PDF; here without.",
)
@click.pass_obj
def statement(
    open_app: OpenApp,
    code: str,
    phone: str | None,
    first: date | None,
    last: date | None,
    language: Language | None,
    output: Path,
) -> None:
    """
    Write a statement to a file, with a receipt that can be checked.

    It is what officers have sent to them, or with --member what a member has. Both days count whole, where the
    group is. Prints the file's name.
    """
    form = "pdf" if output.is_dir() else _FORMS.get(output.suffix)
    if form is None or (phone and form != "pdf"):
        raise Refused("-o: the file ends in .pdf" + ("" if phone else ", .xlsx or .csv"))
    from domain.books.statements import NoSuchPeriod
    from domain.papers.of_group import accounts_of
    from domain.savings.receipts import sealed_statement
    from flows.papers.group_report import group_file
    from flows.savings.statement_file import statement_file
    from flows.words.texts import words

    with open_app("statement") as app, app.store.within(_PATIENCE_SECONDS):
        group = group_with(app.store, code)
        last = last or group.constitution.day(app.store.now())
        first = first or min(group.cycle_from, last)
        try:
            if phone:
                person = member_with(app.store, group, phone)
                says = words(language or person.language)
                file = statement_file(sealed_statement(app.store, group.id, person.id, first, last), says)
            else:
                file = group_file(accounts_of(app.store, group.id, first, last), words(language or "en"), form)
        except NoSuchPeriod as wrong:
            raise Refused("--from, --to: the last day is before the first, or none of it has come yet") from wrong
    path = output / file.name if output.is_dir() else output
    path.write_bytes(file.content)
    click.echo(path)
