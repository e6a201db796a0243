"""Work that could not be done: what an operator looks at, and has tried again."""

import sys
from datetime import UTC
from typing import Final

import click

from bot.cli.opening import OpenApp

EVERYTHING: Final = "all"


@click.command()
@click.option("--retry", metavar="ID", help="Have it tried now: its id in the list, or all.")
@click.pass_obj
def stuck(open_app: OpenApp, retry: str | None) -> None:
    """
    List the work that could not be done, and have it tried again.

    A line each: its id, how often it was tried, since when, when it is tried next, and what went wrong. What was
    given up is tried when you say so. Exits 1 while there is any.
    """
    from bot.jobs import try_again

    with open_app("stuck") as app:
        found = app.store.stuck.find(sort="since")
        if retry:
            wanted = [each for each in found if retry in (each.id, EVERYTHING)]
            if not wanted and retry != EVERYTHING:
                raise click.BadParameter(f"nothing that is stuck is called {retry}", param_hint="--retry")
            tried = sum(try_again(app, each) for each in wanted)
            click.echo(f"{tried} will be tried now, {len(wanted) - tried} had nothing left to do.")
            return
        for each in found:
            again = f"{each.next_at.astimezone(UTC):%Y-%m-%d %H:%M}" if each.next_at else "given up"
            since = f"{each.since.astimezone(UTC):%Y-%m-%d %H:%M}"
            click.echo(f"{each.id}  tries {each.tries}  since {since}  next {again}  {each.problem}")
        click.echo(f"{len(found)} stuck, {sum(each.next_at is None for each in found)} of them given up.")
        if found:
            sys.exit(1)
