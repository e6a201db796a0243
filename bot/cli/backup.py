"""Backups, made, listed and read back by hand; the scheduler makes them each day (`bot/upkeep.py`)."""

import json
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import asdict
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import click

from bot.cli.opening import open_database, refused_in_a_line
from bot.cli.progress import Bars
from bot.terminal import count, say_table

if TYPE_CHECKING:
    from bot.backup.vault import Vault
    from bot.config import Settings
    from domain.mongo.store import MongoStore


@click.group(invoke_without_command=True)
@click.pass_context
def backup(context: click.Context) -> None:
    """
    Make a backup now, list and check those there are.

    It goes to BACKUP_TO, encrypted. It is one moment of the whole database, read while members go on. It is read
    back when it is there, and then the oldest of more than BACKUP_KEEP goes.
    """
    if context.invoked_subcommand is None:
        _make()


def _make() -> None:
    from bot.backup.duty import back_up
    from bot.backup.manifest import set_id

    with _vault_and_store() as (vault, store, _):
        made = back_up(store, vault, Bars(), f"backup:by-hand:{set_id(store.now())}")
    seconds = max(made.took_seconds, 0.001)
    click.echo(
        f"Set {made.id}: {count(made.documents, 'document')} of {count(len(made.parts), 'collection')}, "
        f"{_mb(made.size_bytes)} MB, {_mb(made.stored_bytes)} MB stored, "
        f"in {seconds:.1f} s ({made.size_bytes / 1e6 / seconds:.0f} MB/s)."
    )
    click.echo("It was read back, and is whole.")


@backup.command("list")
@click.option("--json", "as_json", is_flag=True, help="One JSON object.")
def list_(as_json: bool) -> None:
    """List the sets there are, the newest last, and how far back and forth a moment can be restored."""
    from bot.backup.archive import pieces_of
    from bot.backup.manifest import read_manifest, set_ids, unfinished_ids

    with _vault() as (vault, settings):
        sets = [read_manifest(vault.place, vault.keys, id) for id in set_ids(vault.place)]
        unfinished, pieces = unfinished_ids(vault.place), pieces_of(vault.place)
    reach = pieces[-1].until.seconds if pieces else None
    if as_json:
        shown = [{**asdict(each), "made_at": each.made_at.isoformat()} for each in sets]
        click.echo(json.dumps({"sets": shown, "unfinished": unfinished, "archive_reaches": reach}))
        return
    zone = ZoneInfo(settings.backup_zone)
    if sets:
        rows = [("set", "made", "version", "schema", "documents", "MB", "MB stored")]
        for each in sets:
            at = f"{each.made_at.astimezone(zone):%Y-%m-%d %H:%M}"
            sizes = (_mb(each.size_bytes), _mb(each.stored_bytes))
            rows.append((each.id, at, each.version, str(each.schema), f"{each.documents:,}", *sizes))
        say_table(rows, names=3)
    click.echo(f"{count(len(sets), 'set')}, {len(unfinished)} begun and not finished.")
    if reach and sets:
        until = datetime.fromtimestamp(reach, UTC).astimezone(zone)
        click.echo(f"Any moment behind the first set, and before {until:%Y-%m-%d %H:%M:%S}, can be restored.")


@backup.command()
@click.argument("set_ids_", metavar="[SET]...", nargs=-1)
@click.option("--all", "every", is_flag=True, help="Every set there is, and the archive of the oplog.")
def verify(set_ids_: tuple[str, ...], every: bool) -> None:
    """
    Read sets back: the newest, or those that are named. Every frame, checksum and document is looked at.

    Exits 1 when one is not as it was written, with a line for each.
    """
    from bot.backup.archive import verify_pieces
    from bot.backup.check import verify_set
    from bot.backup.duty import newest
    from bot.backup.errors import BackupRefused
    from bot.backup.manifest import check_origin, set_ids

    wrong = 0
    with _vault() as (vault, _):
        wanted = list(set_ids_) or (set_ids(vault.place) if every else [newest(vault).id])
        for id in wanted:
            try:
                read = verify_set(vault, id, Bars())
                check_origin(read, vault.deployment)
            except BackupRefused as refusal:
                wrong += 1
                click.echo(f"{id}: {refusal}")
            else:
                collections = count(len(read.parts), "collection")
                click.echo(f"{id}: {count(read.documents, 'document')} of {collections}, all as written.")
        lines = list(verify_pieces(vault)) if every else []
    for line in lines:
        click.echo(line)
    if wrong:
        raise click.ClickException(f"sets that are not as they were written: {wrong} of {len(wanted)}")
    if lines:
        raise click.ClickException(f"what is wrong with the archive of the oplog: {count(len(lines), 'line')}")


@backup.command()
def oplog() -> None:
    """
    Add what was written since the last time to the archive of the oplog, once.

    The scheduler does so every minute. With it a database comes back as it was at any moment: see restore
    --to-time.
    """
    from bot.backup.duty import archive

    with _vault_and_store() as (vault, store, settings):
        piece = archive(store, vault)
    if piece is None:
        raise click.ClickException("there is no set to go on from: make one with python -m bot backup")
    until = datetime.fromtimestamp(piece.until.seconds, UTC).astimezone(ZoneInfo(settings.backup_zone))
    click.echo(f"The archive reaches to {until - timedelta(seconds=1):%Y-%m-%d %H:%M:%S}.")


@contextmanager
def _vault() -> Iterator[tuple["Vault", "Settings"]]:
    """Where sets are, without the database: it may be gone."""
    from bot.backup.vault import vault_of
    from bot.cli.opening import set_up

    settings = set_up("backup")
    with refused_in_a_line():
        yield vault_of(settings), settings


@contextmanager
def _vault_and_store() -> Iterator[tuple["Vault", "MongoStore", "Settings"]]:
    with _vault() as (vault, settings), open_database(settings) as store, closing(store):
        yield vault, store, settings


def _mb(size_bytes: int) -> str:
    return f"{size_bytes / 1e6:,.1f}"
