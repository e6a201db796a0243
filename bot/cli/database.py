"""Roles and users of the database, made by whoever administers it: the program itself may not."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import click

from bot.terminal import Refused

if TYPE_CHECKING:
    from domain.mongo.roles import AdminDatabase

admin_option = click.option(
    "--admin",
    "admin_file",
    metavar="FILE",
    help="A file with the address of the database, with the name and the password of an administrator in it.",
)


@click.group()
def database() -> None:
    """
    Make the roles with the least rights, and users that have them.

    With the address of an administrator in a file, which is read and nowhere kept. The database is that of
    MONGO_DATABASE.
    """


@database.command()
@admin_option
def roles(admin_file: str | None) -> None:
    """
    Print the roles as a script for mongosh, or make them with --admin.

    To be done before each new version starts: its collections may be others.
    """
    from bot.config import load
    from domain.mongo.roles import make_roles, script

    name = load().mongo_database
    if admin_file is None:
        click.echo(script(name), nl=False)
        return
    with _administering(admin_file) as admin:
        for role in make_roles(admin, name):
            click.echo(role)


@database.command()
@click.argument("name")
@click.option(
    "--role",
    "chosen",
    multiple=True,
    required=True,
    type=click.Choice(["program", "backup", "restore", "export", "metrics"]),
    help="What they may; may be repeated.",
)
@click.option("--admin", "admin_file", metavar="FILE", required=True, help="As for roles.")
def user(name: str, chosen: Sequence[Any], admin_file: str) -> None:
    """
    Make the user NAME, or give them a new password, and print it.

    It is shown this once. To change a password while all runs, make a second user, put them into MONGO_URI, and
    take the first away.
    """
    from bot.config import load
    from domain.mongo.roles import make_user, role_name

    of = load().mongo_database
    with _administering(admin_file) as admin:
        click.echo(make_user(admin, name, [role_name(of, each) for each in chosen]))


@database.command(name="remove-user")
@click.argument("name")
@click.option("--admin", "admin_file", metavar="FILE", required=True, help="As for roles.")
def remove_user_(name: str, admin_file: str) -> None:
    """Take the user NAME away; who is connected as them does nothing more."""
    from domain.mongo.roles import remove_user

    with _administering(admin_file) as admin:
        if not remove_user(admin, name):
            raise Refused(f"there is no user {name}")


@contextmanager
def _administering(path: str) -> Iterator["AdminDatabase"]:
    """Raises Refused: the driver's own words may hold a part of the address."""
    from bot.secret_files import NoSecret, read_secret
    from domain.mongo.roles import administering

    try:
        address = read_secret(path)
    except NoSecret as why:
        raise Refused(f"--admin {why}") from why
    try:
        with administering(address) as admin:
            yield admin
    except click.ClickException:
        raise
    except Exception as error:  # whatever the driver raises
        raise Refused(f"the database did not do it ({type(error).__name__}): {_plain(error)}") from None


def _plain(error: Exception) -> str:
    """What the server itself says, which holds no address; nothing of what the driver says."""
    details = getattr(error, "details", None) or {}
    return str(details.get("codeName", "no server answers there as it should"))
