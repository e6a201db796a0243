"""
What an operator types: `python -m bot COMMAND`.

A command's module is imported when the command is typed, and the whole program (`bot.app`, two seconds) when it is
run: so `--help` is there at once.
"""

import importlib
import sys
from collections.abc import Mapping
from typing import Any, Final

import click

from bot.cli.opening import open_app
from bot.local.errors import StoreUnavailable
from bot.terminal import in_a_line

# Every command: where it is, and what it is for.
COMMANDS: Final[Mapping[str, tuple[str, str]]] = {
    "airtel": ("bot.cli.airtel:airtel", "See what our accounts with Airtel Money hold, and send a payment back."),
    "audit": ("bot.cli.audit:audit", "Show and check the log of who did and saw what."),
    "backup": ("bot.cli.backup:backup", "Make a backup now, list and check those there are."),
    "balances": ("bot.cli.balances:balances", "Ask what our accounts with providers hold."),
    "books": ("bot.cli.books:ledger", "Read and check the books, or write them for hledger."),  # some say so
    "broadcast": ("bot.cli.broadcast:broadcast", "Write to the members of a group, or of all groups."),
    "daraja": ("bot.cli.daraja:daraja", "Register at Safaricom, and send money back."),
    "database": ("bot.cli.database:database", "Make the roles with the least rights, and users that have them."),
    "demo": ("bot.cli.demo:demo", "Run everything here, with a village to play with."),
    "demo-cycle": ("bot.demo.cycle:demo_cycle", "Play a whole cycle, and show its books."),
    "dial": ("bot.cli.dial:dial", "Be a phone in this terminal."),
    "export": ("bot.cli.exports:export", "Write figures of groups to a file, for a programme's donors."),
    "flows": ("bot.cli.flows:flows", "Check the conversations."),
    "health": ("bot.cli.health:health", "Ask this machine's own process whether it does its work."),
    "import": ("bot.cli.imports:imports", "Let groups move in that exist already, in mid-cycle."),
    "inbound": ("bot.cli.inbound:inbound", "List unasked money that is nobody's, and say which group's it is."),
    "indexes": ("bot.cli.indexes:indexes", "Check the database's indexes, and show what they are used for."),
    "ledger": ("bot.cli.books:ledger", "Read and check the books, or write them for hledger."),
    "migrate": ("bot.cli.migrate:migrate", "Bring the database to what this version keeps."),
    "momo": ("bot.cli.momo:momo", "Get an account in MTN's sandbox."),
    "operators": (
        "bot.cli.operators:operators",
        "Make and change the accounts of operators and agents.",
    ),
    "pawapay": ("bot.cli.pawapay:pawapay", "See which networks pawaPay reaches, and send a deposit back."),
    "person": (
        "bot.cli.people:person",
        "Help one person who has no officer to ask, and forget one who asks for it.",
    ),
    "programmes": (
        "bot.cli.programmes:programmes",
        "Put groups in programmes, and say which agent looks after them.",
    ),
    "quote": ("bot.cli.quotes:quote", "Show a loan's instalments, cost and effective yearly rate."),
    "read-only": ("bot.cli.read_only:read_only", "Let members look at everything, and pay or change nothing."),
    "reconcile": (
        "bot.cli.reconcile:reconcile",
        "Compare a provider's list with the books, both ways.",
    ),
    "referrals": (
        "bot.cli.referrals:referrals",
        "List who brought new members, and what looks odd.",
    ),
    "reminders": (
        "bot.cli.reminders:reminders",
        "Show what members are reminded of today, and what reminders do.",
    ),
    "restore": ("bot.cli.restore:restore", "Bring back a backup, or any moment behind it."),
    "scheduler": ("bot.cli.serve:scheduler", "Have a worker look at what is due, every second."),
    "secrets": ("bot.cli.secrets:secrets", "Look at the age of secrets, and change them."),
    "security": (
        "bot.cli.security:security",
        "Check from outside that a deployment is closed where it has to be.",
    ),
    "seed": ("bot.cli.demo:seed", "Found the demo's village in the configured database."),
    "settings": ("bot.cli.settings:settings", "List every setting: value, default and meaning."),
    "share-out": ("bot.cli.quotes:share", "Share a pot out among members, in proportion to their shares."),
    "smoke": ("bot.cli.smoke:smoke", "Check a deployment from outside."),
    "statement": ("bot.cli.papers:statement", "Write a statement to a file, with a receipt that can be checked."),
    "status": ("bot.cli.status:status", "Say on the public status page what does not work."),
    "stuck": ("bot.cli.stuck:stuck", "List the work that could not be done, and have it tried again."),
    "telegram": ("bot.cli.channels:telegram", "Introduce the bot to Telegram."),
    "tokens": ("bot.cli.tokens:tokens", "Make, list and revoke the tokens by which machines use the API."),
    "watch": ("bot.cli.watch:watch", "Watch a deployment, and end with 1 as soon as it is no good."),
    "web": ("bot.cli.serve:web", "Serve the webhooks, the JSON API and /health."),
    "whatsapp": ("bot.cli.channels:whatsapp", "Make what WhatsApp needs at Twilio."),
    "worker": ("bot.cli.serve:worker", "Call the providers and send messages, as jobs come."),
}


class _Commands(click.Group):
    """
    Lists COMMANDS by what the table says of them; errors that a person can mend are one line each: what was typed,
    what is set, a store that is away, a file that cannot be read or written.
    """

    def __init__(self, **settings: Any) -> None:
        listed = {name: click.Command(name, short_help=about) for name, (_, about) in COMMANDS.items()}
        super().__init__(commands=listed, **settings)

    def resolve_command(
        self, context: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        name, listed, rest = super().resolve_command(context, args)
        return name, load(name) if name and listed else None, rest

    def invoke(self, context: click.Context) -> object:
        from bot.setting import BadSettings

        try:
            return super().invoke(context)
        except BadSettings as wrong:
            click.echo("These settings are missing or wrong (python -m bot settings lists them all):", err=True)
            for line in str(wrong).splitlines():
                click.echo(f"  {line}", err=True)
            sys.exit(2)
        except StoreUnavailable as away:
            raise click.ClickException(str(away)) from away
        except click.exceptions.NoArgsIsHelpError:
            raise  # the list of commands is what helps
        except click.UsageError as wrong:
            raise in_a_line(wrong) from wrong
        except OSError as refused:
            if refused.filename is None:
                raise  # of no file
            raise click.ClickException(f"{refused.filename}: {refused.strerror}") from refused
        except (click.ClickException, click.exceptions.Exit, click.Abort):
            raise
        except Exception as error:
            from domain.mongo.store import lacks_right

            if not lacks_right(error):
                raise
            raise click.ClickException(
                "MONGO_URI: MongoDB does not let this user do that; docs/secrets.md says which role it takes"
            ) from error


def load(name: str) -> click.Command:
    """The command of this name."""
    module, _, attribute = COMMANDS[name][0].partition(":")
    command: click.Command = getattr(importlib.import_module(module), attribute)
    return command


@click.group(cls=_Commands, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.pass_context
def main(context: click.Context) -> None:
    """Community Savings Bot: savings groups by USSD, WhatsApp and Telegram, with mobile money underneath."""
    context.obj = open_app
