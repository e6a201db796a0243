"""A group that lives here, written as the sheets by which it moves in elsewhere; or why it cannot yet."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Final

import click

from bot.cli.opening import OpenApp
from bot.terminal import Refused, output_folder
from domain.moving_in.move_out import KeptHere, LeftHere, WhatStays, WhyHere

if TYPE_CHECKING:
    from domain.moving_in.move_out import MovingOut

_PATIENCE_SECONDS: Final = 600

KEPT_HERE: Final[Mapping[WhyHere, str]] = {
    "meeting_open": "a meeting is open: close it first",
    "closing": "the cycle is being closed: share out first",
    "payment": "{what}, {amount}, is on its way: wait for its end",
    "leaving": "member {what} is leaving: pay what is theirs first",
    "account": "{amount} in {what}, which no sheet has a place for: put it into the box or the bank first",
    "rules": "no sheet can say these rules: {what}",
    "meetings_move": "its meetings move to other days on {what}: from then on it can move",
    "rolled_over": "loan {what} has rolled over past its day: give it new terms first",
    "loan_rules": "no sheet can say the rules of loan {what}",
    "rotation": "its rotation is over, and the price or the members are others by now: set up the next one first",
}
LEFT_HERE: Final[Mapping[WhatStays, str]] = {
    "waiting": "{number} that wait stay behind: votes, requests, what was granted and not paid out",
    "written_off": "{number} written off stay behind: what still comes in of those loans is other income there",
    "suspended": "member {number} is suspended here, and is not there",
    "paid_ahead": "{number} have paid for the next meeting: there that meeting does not know it, and asks again",
    "shared_phone": "member {number} shares a phone: there officers serve them until they share it again",
    "consent": "of {number} members nobody knows when they agreed to be kept: the sheet has the day they joined",
    "programme": "the programme is named anew there",
}


@click.command()
@click.argument("code", metavar="GROUP_CODE")
@output_folder
@click.option("--csv", "as_csv", is_flag=True, help="Files of commas instead of one workbook.")
@click.pass_obj
def sheets(open_app: OpenApp, code: str, output: Path, as_csv: bool) -> None:
    """
    Write a group that lives here as its four sheets, as of today, to move it to another installation.

    There it is brought like any other group, and opens with the same balances, debts and rules. What keeps it
    here is said, and then nothing is written. The files hold names and phones: that they were made is written
    down.
    """
    from bot.cli.operators import at_terminal
    from bot.imports.template import csv_files, workbook_of
    from domain.access.audit import note
    from domain.moving_in.move_out import move_out
    from domain.moving_in.rows import rows_of
    from flows.groups.countries import time_zone_in

    with open_app("import") as app, app.store.within(_PATIENCE_SECONDS):
        group = app.store.groups.one(code=code)
        if group is None:
            raise Refused(f"no group has the code {code}")
        out = move_out(app.store, group.id, time_zone_in)
        if out.book is None:
            raise click.ClickException("\n".join([f"{group.name} cannot move yet", *_reasons(out)]))
        note(app.store, None, "sheets.exported", group=group.id, why="its sheets, to move", where=at_terminal())
    for each in out.left:
        click.echo(f"? {said_left(each)}", err=True)
    rows = rows_of(out.book)
    output.mkdir(parents=True, exist_ok=True)
    for file in csv_files(rows) if as_csv else [workbook_of(group.name, rows)]:
        path = output / file.name
        path.write_bytes(file.content)
        click.echo(path)


def said_kept(kept: KeptHere) -> str:
    """Why a group cannot move yet."""
    return KEPT_HERE[kept.why].format(what=kept.what, amount=kept.amount)


def said_left(left: LeftHere) -> str:
    """What does not come along."""
    return LEFT_HERE[left.what].format(number=left.number)


def _reasons(out: "MovingOut") -> Iterator[str]:
    from flows.words.findings import words_of_finding
    from flows.words.texts import words

    yield from (said_kept(each) for each in out.kept)
    for finding in out.checked.findings:
        if finding.severity == "error":
            said = words("en").say(words_of_finding(finding))
            yield f"{finding.sheet} {finding.column} {finding.read!r}: {said}"
