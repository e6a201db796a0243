"""Tokens of machines: made, listed and revoked by whoever runs the service."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

import click

from bot.cli.opening import OpenApp
from bot.cli.operators import at_terminal, group_ids
from bot.terminal import Refused, say_table
from domain.records.api_token import API_SCOPES, API_TOKEN_VALID_MAX


@click.group()
def tokens() -> None:
    """Make, list and revoke the tokens by which machines use the API."""


@tokens.command()
@click.argument("name")
@click.option(
    "--scope",
    "scopes",
    multiple=True,
    required=True,
    type=click.Choice(API_SCOPES),
    help="What it is good for; may be repeated.",
)
@click.option("--group", "codes", multiple=True, metavar="CODE", help="A group it is for; may be repeated.")
@click.option("--all-groups", "everywhere", is_flag=True, help="It is for all groups, and those to come.")
@click.option(
    "--days",
    type=click.IntRange(1, API_TOKEN_VALID_MAX.days),
    default=90,
    show_default=True,
    help="How long it is good.",
)
@click.option(
    "--from",
    "addresses",
    multiple=True,
    metavar="ADDRESS",
    help="Only from here, like 203.0.113.0/24; may be repeated.",
)
@click.pass_obj
def make(
    open_app: OpenApp,
    name: str,
    scopes: Sequence[str],
    codes: Sequence[str],
    everywhere: bool,
    days: int,
    addresses: Sequence[str],
) -> None:
    """
    Print a new token, called NAME, for some scopes and some groups.

    It is shown this once, and nowhere kept.
    """
    from domain.access.audit import note
    from domain.access.tokens import BadApiToken, make_api_token

    with open_app("tokens") as app:
        wanted = [each for each in API_SCOPES if each in scopes]
        groups = group_ids(app, codes)
        try:
            token, kept = make_api_token(
                app.store,
                name,
                wanted,
                timedelta(days=days),
                everywhere=everywhere,
                groups=groups,
                addresses=addresses,
            )
        except BadApiToken as error:
            raise Refused(str(error)) from error
        note(app.store, None, "token.made", why=f"{kept.shown} {name}", where=at_terminal())
        click.echo(token)


@tokens.command(name="list")
@click.pass_obj
def list_(open_app: OpenApp) -> None:
    """List the tokens: how each begins, its name, state, last use, scopes, groups, and from where it is good."""
    from domain.access.tokens import api_tokens

    with open_app("tokens") as app:
        found = api_tokens(app.store)
        named = {each.id: each.code for each in app.store.groups.among([id for one in found for id in one.groups])}
        rows = [("token", "name", "state", "used", "scopes", "groups", "from")]
        for each in found:
            over = "revoked" if each.revoked_at else "over" if each.until <= app.store.now() else ""
            rows.append(
                (
                    each.shown,
                    each.name,
                    over or f"until {_day(each.until)}",
                    _day(each.used_at),
                    ",".join(each.scopes),
                    "all" if each.everywhere else ",".join(sorted(named[id] for id in each.groups if id in named)),
                    ",".join(each.addresses) or "anywhere",
                )
            )
        say_table(rows, names=7)


@tokens.command()
@click.argument("token")
@click.pass_obj
def revoke(open_app: OpenApp, token: str) -> None:
    """Let TOKEN be good for nothing from now on: how it begins in the list, or all of it."""
    from domain.access.audit import note
    from domain.access.tokens import revoke_api_token

    with open_app("tokens") as app:
        revoked = revoke_api_token(app.store, token)
        if revoked is None:
            raise Refused("no token begins like this")
        note(app.store, None, "token.revoked", why=f"{revoked.shown} {revoked.name}", where=at_terminal())
        click.echo(f"{revoked.shown} ({revoked.name}) is good for nothing any more.")


def _day(at: datetime | None) -> str:
    return f"{at.astimezone(UTC):%Y-%m-%d}" if at else "never"
