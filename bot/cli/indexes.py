"""The indexes of the database: what an operator looks at after an upgrade, a restore or a change by hand."""

import sys
from contextlib import closing
from typing import TYPE_CHECKING

import click

from bot.cli.opening import set_up, stores_of

if TYPE_CHECKING:
    from domain.mongo.index_check import IndexFault


@click.group()
def indexes() -> None:
    """Compare the database's indexes with those that our queries need."""


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
