"""What an operator types once to get an account at MTN."""

import click

from bot.config import load
from payments.momo import provision_sandbox
from payments.port import ProviderError


@click.group()
def momo() -> None:
    """Get an account in MTN's sandbox."""


@momo.command()
@click.option("--host", required=True, help="The host of our callbacks, like pay.example.org.")
def provision(host: str) -> None:
    """Make an API user in MTN's sandbox, and print its settings."""
    settings = load()
    if not settings.momo_subscription_key:
        raise click.ClickException("MOMO_SUBSCRIPTION_KEY: set it to the Collections product's key first")
    try:
        user = provision_sandbox(settings.momo_api_url, settings.momo_subscription_key, host, settings.agent)
    except ProviderError as refused:
        raise click.ClickException(f"MTN did not make the user: {refused}") from refused
    click.echo(f"MOMO_API_USER={user.api_user}\nMOMO_API_KEY={user.api_key}")
