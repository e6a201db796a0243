"""What an operator types about secrets: how old they are, what still stands on an old pepper, a new one."""

import sys
from typing import Final

import click

from bot.cli.opening import OpenApp
from bot.cli.operators import at_terminal
from bot.terminal import Refused, say_table

MADE_BYTES: Final = 32


@click.group()
def secrets() -> None:
    """Look at the age of secrets, and change them. No command shows one that is in use."""


@secrets.command()
@click.pass_obj
def age(open_app: OpenApp) -> None:
    """
    List the secrets that are set, with their age in days, the oldest first.

    It counts from the moment at which a process first had it. Exits 1 where one is older than 90 days.
    """
    from bot.secret_ages import note_secrets_of, secrets_in_use
    from domain.access.secret_ages import SECRET_AGE_MAX, secret_ages

    with open_app("secrets") as app:
        note_secrets_of(app)
        found = secret_ages(app.store, secrets_in_use(app.settings))
    rows = [("secret", "days", "")]
    for name, since in sorted(found.items(), key=lambda each: (-each[1], each[0])):
        rows.append((name, str(since.days), "change it: docs/secrets.md" if since > SECRET_AGE_MAX else ""))
    say_table(rows, names=1)
    old = sum(since > SECRET_AGE_MAX for since in found.values())
    click.echo(f"{len(found)} set, {old} older than {SECRET_AGE_MAX.days} days.")
    if old:
        sys.exit(1)


@secrets.command()
@click.pass_obj
def peppers(open_app: OpenApp) -> None:
    """
    Count the PINs, passwords and apps that stand on PIN_PEPPER and on those before it.

    A PIN goes over to PIN_PEPPER when its owner types it the next time, and so does a password; an app when its
    account is reset. Exits 1 while anything stands on one that is not given here.
    """
    from domain.access.peppers import on_each_pepper

    with open_app("secrets") as app:
        found = on_each_pepper(app.store)
        before = len(app.store.pins.marks) - 1
    rows = [("pepper", "PINs", "passwords", "apps")]
    for name, on in zip(_names(before), found, strict=True):
        rows.append((name, f"{on.pins:,}", f"{on.passwords:,}", f"{on.apps:,}"))
    say_table(rows, names=1)
    *_, unmarked, unknown = found
    if any(unmarked):
        click.echo("Not marked is what was made by a version that did not say it: keep each pepper until it is 0.")
    if any(unknown):
        click.echo("Some stand on a pepper that is not given here: their owners do not get in.")
        sys.exit(1)


def _names(before: int) -> list[str]:
    numbered = [f"PIN_PEPPER_PREVIOUS {number}" for number in range(1, before + 1)]
    return ["PIN_PEPPER", *numbered, "not marked", "not given here"]


@secrets.command()
@click.argument("name")
@click.pass_obj
def new(open_app: OpenApp, name: str) -> None:
    """
    Print a value for the secret NAME that nobody can guess; it is not in use before you set it.

    For the secrets that are ours to choose. That it was made, and not what, is written to the log of acts.
    """
    import secrets as random_secrets

    from bot.config import CHOSEN_HERE
    from domain.access.audit import note

    setting = name.upper()
    if setting.lower() not in CHOSEN_HERE:
        ours = ", ".join(each.upper() for each in CHOSEN_HERE)
        raise Refused(f"{setting} is not ours to choose: whoever gave it makes a new one. Ours are {ours}")
    with open_app("secrets") as app:
        note(app.store, None, "secret.made", why=setting, where=at_terminal())
    click.echo(random_secrets.token_hex(MADE_BYTES))
