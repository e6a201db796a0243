"""What is set here, and a token for the JSON API."""

from dataclasses import fields

import click

from bot.config import Settings, load
from bot.setting import BadSettings


@click.command()
def settings() -> None:
    """List every setting: value, default and meaning."""
    problems = None
    try:
        values = load()
    except BadSettings as wrong:
        values, problems = Settings(), wrong
        click.echo("Some settings are wrong: these are the defaults.\n")
    for each in fields(Settings):
        value, about = getattr(values, each.name), each.metadata["about"]
        shown = ("(set)" if value else "(not set)") if each.metadata["secret"] else _plain(value)
        default = "" if each.metadata["secret"] or each.default == "" else f" Default: {_plain(each.default)}."
        needed = " Needed in production." if each.metadata["production"] else ""
        click.echo(f"{each.name.upper()}={shown}\n    {about[0].upper()}{about[1:]}.{default}{needed}")
    if problems:
        click.echo()
        raise problems


def _plain(value: object) -> str:
    """A value as the environment has it."""
    return str(value).lower() if isinstance(value, bool) else str(value)
