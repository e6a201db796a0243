"""The indexes of the database: what an operator looks at after an upgrade, a restore or a change by hand."""

import json
import sys
from contextlib import closing
from dataclasses import asdict
from datetime import UTC
from typing import TYPE_CHECKING

import click

from bot.cli.opening import open_database, set_up, stores_of
from bot.terminal import say_table

if TYPE_CHECKING:
    from domain.mongo.index_check import IndexFault


@click.group()
def indexes() -> None:
    """Check the database's indexes, and show what they are used for."""


@indexes.command()
def verify() -> None:
    """
    Name each index that is missing, different or extra, and say what to do about it.

    Changes nothing, and makes none: every other command does. Exits 1 when there is a difference.
    """
    from domain.mongo.index_check import index_faults
    from domain.mongo.indexes import INDEXES
    from domain.mongo.store import open_store

    with stores_of(set_up("indexes"), as_they_are=True) as settings:
        store = open_store(
            settings.mongo_uri,
            settings.mongo_database,
            pins=settings.pins,
            replica_set=settings.mongo_replica_set,
            prepared=True,
        )
        with closing(store):
            faults = list(index_faults(store.database))
    for fault in faults:
        for line in _said(fault):
            click.echo(line)
    if faults:
        sys.exit(1)
    count = sum(1 + len(each) for each in INDEXES.values())
    click.echo(f"{count} indexes of {len(INDEXES)} collections are as they should be.")


@indexes.command()
@click.option("--json", "as_json", is_flag=True, help="One JSON object.")
def stats(as_json: bool) -> None:
    """
    Show how often each index was used, since when, and how large it is; name those that no query used.

    A server counts what itself was asked since it started: ask each member of a replica set before you drop one.
    """
    from domain.mongo.index_check import index_uses

    with open_database(set_up("indexes")) as store, closing(store):
        uses = index_uses(store.database)
    unused = [each for each in uses if not each.uses and not each.keeps]
    if as_json:
        shown = [{**asdict(each), "since": each.since.isoformat()} for each in uses]
        click.echo(json.dumps({"indexes": shown, "unused": [f"{each.collection}.{each.name}" for each in unused]}))
        return
    rows = [("collection", "index", "kB", "uses", "since")]
    for each in uses:
        since = f"{each.since.astimezone(UTC):%Y-%m-%d %H:%M}"
        rows.append((each.collection, each.name, f"{each.size_bytes / 1e3:,.0f}", f"{each.uses:,}", since))
    say_table(rows, names=2)
    click.echo(f"{len(uses)} indexes, {sum(each.size_bytes for each in uses) / 1e6:,.1f} MB.")
    for each in unused:
        click.echo(f"unused: {each.collection}, {each.name}")
    if unused:
        click.echo("No query used these; each of them costs every write a little.")


def _said(fault: "IndexFault") -> list[str]:
    drop = f'db.{fault.collection}.dropIndex("{fault.name}")'
    lines = [f"{fault.kind}: {fault.collection}, {fault.name}"]
    lines += [f"  it should be  {fault.declared}"] if fault.declared else []
    lines += [f"  the database has  {fault.found}"] if fault.found else []
    match fault.kind:
        case "missing":
            todo = "start any process of this version: it makes the index"
        case "different":
            todo = f"{drop}, then start any process of this version: it makes the index"
        case "extra":
            todo = f"{drop}, unless you made it for queries of your own"
    return [*lines, f"  {todo}"]
