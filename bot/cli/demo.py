"""The demo, and its village in another database."""

from pathlib import Path

import click

from bot.cli.opening import OpenApp


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
@click.option("--codes", is_flag=True, help="Print the codes that the apps of its operators show now, and end.")
@click.pass_obj
def demo(open_app: OpenApp, data_dir: Path, seconds: float | None, codes: bool) -> None:
    """
    Run everything here, with a village to play with.

    Starts private stores, web, worker, scheduler and stand-ins for the providers, whatever other settings say.
    Ctrl-C stops it all. Two of them need a data directory each.
    """
    if codes:
        from bot.demo import operators

        with open_app("demo") as app:
            for email, code in operators.codes(app.store):
                click.echo(f"{email}  {code}")
        return
    from bot.demo.run import Demo

    Demo(data_dir, click.echo).run(seconds)


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
