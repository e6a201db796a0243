"""Read-only mode: members see everything, and nothing moves."""

from datetime import UTC
from typing import TYPE_CHECKING

import click

from bot.cli.opening import OpenApp

if TYPE_CHECKING:
    from domain.records.deployment import ReadOnly

AT_TERMINAL = "terminal"


@click.group(name="read-only")
def read_only() -> None:
    """
    Let members look at everything, and pay or change nothing.

    Every process knows within two seconds. What providers tell us is kept, and goes on when it is off.
    """


@read_only.command()
@click.option("--why", required=True, help="What the log of acts and the operator's page say.")
@click.pass_obj
def on(open_app: OpenApp, why: str) -> None:
    """Switch it on. Where it is on already, it stays as it was begun."""
    from bot.cli.operators import at_terminal
    from domain.access.audit import note
    from domain.board.read_only import begin_read_only

    with open_app("read-only") as app:
        if begin_read_only(app.store, AT_TERMINAL, why):
            note(app.store, None, "read_only.on", why=why, where=at_terminal())
        _show(app.store.deployment.seen().read_only)


@read_only.command()
@click.pass_obj
def off(open_app: OpenApp) -> None:
    """Switch it off: everything goes on, what waited too."""
    from bot.cli.operators import at_terminal
    from domain.access.audit import note
    from domain.board.read_only import end_read_only

    with open_app("read-only") as app:
        if ended := end_read_only(app.store):
            note(app.store, None, "read_only.off", why=ended.why, where=at_terminal())
        _show(app.store.deployment.seen().read_only)


@read_only.command()
@click.pass_obj
def show(open_app: OpenApp) -> None:
    """Say whether it is on. Exits 1 while it is, for scripts."""
    with open_app("read-only") as app:
        now = app.store.deployment.seen().read_only
        _show(now)
        if now:
            click.get_current_context().exit(1)


def _show(now: "ReadOnly | None") -> None:
    if now is None:
        click.echo("Read-only mode is off.")
    else:
        since = f"{now.since.astimezone(UTC):%Y-%m-%d %H:%M:%S} UTC"
        click.echo(f"Read-only mode is on since {since}, by {now.by}: {now.why}")
