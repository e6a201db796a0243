"""What an operator types once to introduce us to Twilio and Telegram."""

import click

from bot.cli.opening import OpenApp
from bot.terminal import count
from channels.errors import SendFailed


@click.group()
def whatsapp() -> None:
    """Make what WhatsApp needs at Twilio."""


@whatsapp.group()
def templates() -> None:
    """Buttons, lists and notices, as content at Twilio."""


@templates.command()
@click.pass_obj
def sync(open_app: OpenApp) -> None:
    """
    Make the content that is missing at Twilio, and ask WhatsApp to approve the notices.

    Run it once, and again after an upgrade changed words. The web and worker processes know new content when
    they are started again. Without it, everything is numbered text, and 24 hours after a member's last message
    only SMS reaches them.
    """
    from channels.whatsapp.templates import every_template

    with open_app("whatsapp") as app:
        if app.whatsapp is None:
            raise click.ClickException("TWILIO_ACCOUNT_SID: set it, and the others of WhatsApp, first")
        wanted = list(every_template())
        try:
            with click.progressbar(wanted, label="Content at Twilio") as walked:
                made = sum(app.make_content(template) for template in walked)
        except SendFailed as refused:
            raise click.ClickException(f"Twilio did not make it: {refused}") from refused
        click.echo(f"{count(len(wanted), 'piece')} of content, {made} of them new.")


@click.group()
def telegram() -> None:
    """Introduce the bot to Telegram."""


@telegram.command()
@click.pass_obj
def setup(open_app: OpenApp) -> None:
    """Tell Telegram our address, and the commands of the menu in every language."""
    with open_app("telegram") as app:
        if app.telegram is None:
            raise click.ClickException("TELEGRAM_BOT_TOKEN: set it first; BotFather gives it")
        try:
            name = app.telegram.set_up(f"{app.settings.public_url}{app.telegram.path}")
        except SendFailed as refused:
            raise click.ClickException(f"Telegram did not take it: {refused}") from refused
        click.echo(f"@{name} is set up. Members find it at https://t.me/{name}")
        click.echo(f"A link that asks to join a group: https://t.me/{name}?start=g_CODE")
