"""The demo, and its village in another database."""

from contextlib import closing
from pathlib import Path

import click

from bot.cli.opening import OpenApp, stores_of


@click.command()
@click.option(
    "--data-dir",
    type=click.Path(path_type=Path, file_okay=False),
    envvar="DATA_DIR",
    default=".data",
    show_default=True,
    help="Where its stores, logs and secrets are kept.",
)
@click.option("--seconds", type=float, help="Stop by itself after this long.")
@click.option(
    "--codes", is_flag=True, help="Print the codes that the apps of a running demo's operators show now, and end."
)
def demo(data_dir: Path, seconds: float | None, codes: bool) -> None:
    """
    Run everything here, with a village to play with.

    Starts private stores, web, worker, scheduler and stand-ins for the providers, whatever other settings say.
    Ctrl-C stops it all. Two of them need a data directory each.
    """
    if codes:
        _print_codes(data_dir)
        return
    from bot.demo.run import Demo

    Demo(data_dir, click.echo).run(seconds)


def _print_codes(data_dir: Path) -> None:
    """Of the demo on this directory, whatever other settings say."""
    from bot import logs
    from bot.app import build
    from bot.config import environment_of, load
    from bot.demo import operators
    from bot.demo.running import read_running

    if read_running(data_dir) is None:
        raise click.ClickException(f"no demo runs on {data_dir}: start it, or name its directory with --data-dir")
    settings = load(environment_of(data_dir=data_dir))
    logs.set_up(settings, role="demo")
    with stores_of(settings) as its_own, closing(build(its_own)) as app:
        for email, code in operators.codes(app.store):
            click.echo(f"{email}  {code}")


@click.command()
@click.pass_obj
def seed(open_app: OpenApp) -> None:
    """Found the demo's village in the configured database."""
    from bot.demo.past import found, is_there
    from domain.errors import DomainError
    from domain.mongo.store import utc_now

    with open_app("seed") as app:
        if app.settings.app_env == "production":
            raise click.ClickException("APP_ENV: the village's PINs are public, so production has no village")
        if is_there(app.store):
            click.echo("The village is there.")
            return
        try:
            with click.progressbar(length=100, label="Founding the village") as bar:
                found(app.store, utc_now(), lambda done, total: bar.update(100 * done // total - bar.pos))
        except DomainError as refused:
            raise click.ClickException(
                f"the village's numbers or codes belong to others: {refused.code}"
            ) from refused
