"""What is stored, brought from one version to the next."""

import socket
from contextlib import closing

import click

from bot.cli.opening import open_database, refused_in_a_line
from bot.cli.progress import Bars
from bot.terminal import count


@click.command()
@click.option("--dry-run", is_flag=True, help="Say what would be done, and change nothing.")
def migrate(dry_run: bool) -> None:
    """
    Bring the database to what this version keeps.

    Processes of this version and of the one before may run meanwhile. One process does it at a time; one that was
    stopped goes on where it was.
    """
    from bot.cli.opening import set_up
    from domain.mongo.lease import leased
    from domain.mongo.migrations import SCHEMA, STEPS
    from domain.mongo.migrations.run import do_step, rehearse_step
    from domain.mongo.migrations.schema import check_schema, pending, schema_of
    from domain.records.run import Run

    settings = set_up("migrate")
    with refused_in_a_line(), open_database(settings) as store, closing(store):
        database, now = store.database, store.now
        check_schema(database, STEPS, migrating=True)
        click.echo(f"{database.name} has schema {schema_of(database)}, and this version {SCHEMA}.")
        for step in pending(database, STEPS):
            title = f"Step {step.number}: {step.about}"
            if dry_run:
                changed = rehearse_step(database, step, Bars())
                click.echo(f"{title}: {count(changed, 'document')} would be changed.")
                continue
            with leased(database, "migrate", by=socket.gethostname(), now=now):
                began = now()
                changed = do_step(database, step, now, Bars())
                run = Run(f"migrate:{step.number}:{began:%Y%m%dT%H%M%SZ}", "migrate", began, now(), True)
                store.runs.insert(run)
            click.echo(f"{title}: {count(changed, 'document')} changed.")
        click.echo("Nothing was changed." if dry_run else f"{database.name} has schema {schema_of(database)}.")
