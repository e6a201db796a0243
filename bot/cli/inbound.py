"""Money that nobody asked for and that is nobody's yet: what an operator sees of it, and which group's it is."""

from datetime import UTC

import click

from bot.cli.opening import OpenApp
from bot.cli.operators import at_terminal
from bot.terminal import Refused, say_table


@click.group()
def inbound() -> None:
    """
    List unasked money that is nobody's, and say which group's it is.

    Whose it is in that group its officers say, two of them: see `docs/domain.md`.
    """


@inbound.command(name="list")
@click.option("--group", metavar="CODE", default="", help="What is in this group's book.")
@click.pass_obj
def list_(open_app: OpenApp, group: str) -> None:
    """
    List it, the oldest first.

    "not confirmed" is what only a call told of: it is in no book. Exits 1 while there is any.
    """
    from domain.tables import Some
    from domain.treasury.unidentified import not_confirmed, unidentified

    with open_app("inbound") as app:
        of = app.store.groups.one(code=group) if group else None
        if group and of is None:
            raise Refused(f"no group has the code {group}")
        found = unidentified(app.store, of.id if of else "")
        waits = Some([], more=False) if of else not_confirmed(app.store)
        rows = [("id", "came", "amount", "typed", "why")]
        for each in [*found, *waits]:
            at = f"{each.at.astimezone(UTC):%Y-%m-%d %H:%M}"
            why = "not confirmed" if each.said_by == "awaited" else each.why
            rows.append((each.id, at, str(each.amount), each.account or "-", why))
        say_table(rows, names=1)
        if found.more:
            click.echo(f"These are the oldest {len(found)}; there are more.")
        if waits.more:
            click.echo(f"Of what is not confirmed these are the newest {len(waits)}; there is more.")
        if found or waits:
            raise SystemExit(1)


@inbound.command()
@click.argument("id")
@click.option("--group", "code", metavar="CODE", required=True, help="Whose it is, by the group's code.")
@click.option("--reason", required=True, help="How that is known; it is kept in the log of acts.")
@click.pass_obj
def attribute(open_app: OpenApp, id: str, code: str, reason: str) -> None:
    """Say which group's it is. It is in that book then, and its officers are told. ID is as in the list."""
    from domain.access.audit import note
    from domain.errors import DomainError
    from domain.store import NotFound
    from domain.treasury.unidentified import place

    with open_app("inbound") as app:
        known = app.store.inbound.one(id=id)
        if known and known.said_by == "awaited":
            raise Refused(f"{id} is not confirmed by its provider: it is in no book, and may never have come")
        if known and known.why == "prompts":
            raise Refused(f"{id} can be of several prompts that are open: how they end says of which")
        try:
            placed = place(app.store, id, code)
        except NotFound as error:
            raise Refused(f"nothing that came in is called {id}") from error
        except DomainError as error:
            raise Refused(f"{id} cannot be that of {code}: {error.code}") from error
        note(app.store, None, "inbound.placed", group=placed.group, why=reason, where=at_terminal())
        click.echo(f"{placed.amount} is in the book of {code} now, and its officers are told.")
