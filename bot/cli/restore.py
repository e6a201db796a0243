"""The way back from a backup."""

from contextlib import closing
from datetime import datetime
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import click

from bot.cli.opening import open_database, refused_in_a_line
from bot.cli.progress import Bars
from bot.terminal import Refused, count

if TYPE_CHECKING:
    from bot.backup.manifest import Manifest
    from bot.backup.vault import Vault


@click.command()
@click.argument("set_id", metavar="[SET]", required=False)
@click.option("--to-time", metavar="TIME", help="As it was at this moment, like 2026-11-29T14:05:30.")
@click.option("--from", "where", metavar="PLACE", help="A folder or bucket other than BACKUP_TO.")
@click.option("--into", metavar="DATABASE", help="A database other than MONGO_DATABASE.")
@click.option("--replace", is_flag=True, help="In place of what is in the database, which is lost.")
@click.option("--yes", is_flag=True, help="Do not ask for the database's name.")
@click.option("--old", is_flag=True, help="Though it is older than BACKUP_TOO_OLD days.")
@click.option("--test", "trial", is_flag=True, help="Only try: in a database of its own, dropped afterwards.")
def restore(
    set_id: str | None,
    to_time: str | None,
    where: str | None,
    into: str | None,
    replace: bool,
    yes: bool,
    old: bool,
    trial: bool,
) -> None:
    """
    Bring back a backup, or any moment behind it.

    It is the newest set, the one that is named, or what there was at the moment of --to-time, which is in
    BACKUP_ZONE unless it says another zone. Everything is filled in beside what is there, compared with what was
    backed up, and its books are verified; only then it takes its place. Stop all processes before.
    """
    from bot.backup.duty import try_restore
    from bot.backup.manifest import set_id as name_of
    from bot.backup.restore import restore_set
    from bot.backup.vault import place_at, vault_of
    from bot.cli.opening import set_up
    from domain.mongo.refill import documents_there

    settings = set_up("restore")
    with refused_in_a_line():
        vault = vault_of(settings, place_at(settings, where) if where else None)
        until = _moment(to_time, settings.backup_zone) if to_time else None
        with open_database(settings, into or settings.mongo_database) as store, closing(store):
            if trial:
                tried = try_restore(store, vault, Bars(), f"restore_test:by-hand:{name_of(store.now())}")
                entries = count(tried.entries, "entry", "entries")
                click.echo(f"{count(tried.books, 'book')} with {entries} would come back whole.")
                return
            manifest = _chosen(vault, set_id, until, store.now(), old=old)
            name, there = store.database.name, documents_there(store.database)
            if there and not replace:
                raise click.ClickException(
                    f"the database {name} holds {count(there, 'document')}: add --replace if they may be lost, or "
                    "restore --into another database"
                )
            if there and not yes:
                click.confirm(f"{count(there, 'document')} of {name} will be lost. Go on", abort=True, err=True)
                if click.prompt("Type the name of the database", err=True) != name:
                    raise click.ClickException("that is another name: nothing was changed")
            restored = restore_set(store, vault, manifest, Bars(), until=until)
    click.echo(
        f"{name} is as it was {f'at {until:%Y-%m-%d %H:%M:%S.%f%z}' if until else f'in set {manifest.id}'}: "
        f"{count(restored.documents, 'document')}, {count(restored.replayed, 'write')} of the oplog behind them."
    )
    if restored.forgotten:
        click.echo(f"{count(restored.forgotten, 'person', 'people')} forgotten again.")
    click.echo(f"{count(restored.books, 'book')} with {count(restored.entries, 'entry', 'entries')}, all whole.")
    if name == settings.mongo_database:
        click.echo("Now empty Redis (FLUSHDB): it remembers what came later. Then start the processes.")
    else:
        click.echo(f"{settings.mongo_database} is as it was, and Redis is its own: {name} is for a look.")


def _chosen(vault: "Vault", set_id: str | None, until: datetime | None, now: datetime, *, old: bool) -> "Manifest":
    """The set that is meant. Raises BackupRefused."""
    from datetime import timedelta

    from bot.backup.archive import set_for
    from bot.backup.duty import newest
    from bot.backup.manifest import check_age, check_origin, read_manifest
    from domain.mongo.migrations import SCHEMA

    if set_id:
        manifest = read_manifest(vault.place, vault.keys, set_id)
    else:
        manifest = set_for(vault, until) if until else newest(vault)
    check_origin(manifest, vault.deployment)
    check_age(manifest, now, timedelta.max if old else vault.old, SCHEMA)
    return manifest


def _moment(text: str, zone: str) -> datetime:
    try:
        at = datetime.fromisoformat(text)
    except ValueError as wrong:
        raise Refused(f"--to-time: {text!r} is no time: write it like 2026-11-29T14:05:30") from wrong
    return at if at.tzinfo else at.replace(tzinfo=ZoneInfo(zone))
