"""What is kept about a person, written to a file for them by the operator."""

from pathlib import Path
from typing import Final

import click

from bot.cli.holders import one_at
from bot.cli.opening import OpenApp
from bot.terminal import Refused

_PATIENCE_SECONDS: Final = 3600
_REASON_MIN: Final = 4
_OURS_ALONE: Final = 0o600


@click.command()
@click.argument("phone", metavar="PHONE")
@click.option(
    "-o",
    "--output",
    type=click.Path(path_type=Path, dir_okay=False, writable=True),
    required=True,
    help="A file that ends in .pdf, to be read, or in .json, with all of it.",
)
@click.option("--reason", metavar="TEXT", required=True, help="Why: it stays in the log of acts.")
@click.pass_obj
def export(open_app: OpenApp, phone: str, output: Path, reason: str) -> None:
    """
    Write what is kept about a person to a file, for that person.

    Who they are, their groups, each with a whole statement and loans, the messages sent to them, where they are
    signed in, and who looked at their data. It names nobody else. It is written down that it was done.
    """
    if output.suffix not in (".pdf", ".json"):
        raise Refused("-o: the file ends in .pdf or .json")
    if len(reason.strip()) < _REASON_MIN:
        raise Refused("--reason: say who asked for it, and how")
    from bot.cli.operators import at_terminal
    from domain.access.audit import note
    from domain.papers.my_data import data_kept
    from flows.papers.my_data_file import my_data_file, my_data_json
    from flows.words.texts import words

    with open_app("person") as app, app.store.within(_PATIENCE_SECONDS):
        found = one_at(app.store, phone)
        note(app.store, None, "person.exported", about=found.id, why=reason.strip(), where=at_terminal())
        data = data_kept(app.store, found.id)
    file = my_data_json(data) if output.suffix == ".json" else my_data_file(data, words(found.language))
    output.touch(_OURS_ALONE)
    output.chmod(_OURS_ALONE)  # also of a file that was there
    output.write_bytes(file.content)
    click.echo(output)
