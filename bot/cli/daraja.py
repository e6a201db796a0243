"""What an operator does at Safaricom by hand. What answers later is written to the log of the web server."""

from collections.abc import Iterator
from contextlib import contextmanager

import click

from bot.cli.opening import OpenApp
from bot.cli.sending_back import note_sent_back, read_reason, see_nobodys, with_reason
from bot.rails import daraja_console
from bot.terminal import Refused
from domain.money import InvalidAmount, Money, from_major
from domain.people.phones import normal_phone
from domain.store import Store
from payments.daraja import DarajaConsole
from payments.daraja.wire import RAIL, read_receipt
from payments.daraja.words import REGISTERED_BEFORE
from payments.names import typed_receipt
from payments.port import ProviderError

LATER = 'The answer is in the log of the web server, as "a provider answered an operator".'


@click.group()
def daraja() -> None:
    """Register at Safaricom, and send money back."""


@daraja.command()
@click.pass_obj
def register(open_app: OpenApp) -> None:
    """
    Give Safaricom our addresses.

    There it tells us of money that comes to the Paybill. Run it once, and again after PUBLIC_URL or HOOK_SECRET
    changed. In production the addresses of before have to be deleted in the portal first.
    """
    with console(open_app) as (at_daraja, _):
        try:
            at_daraja.register()
        except ProviderError as refused:
            if REGISTERED_BEFORE in str(refused):
                raise click.ClickException(
                    "there are addresses already: delete them in Safaricom's portal, then run this again"
                ) from refused
            raise
    click.echo("Safaricom tells us of money that comes to the Paybill.")


@daraja.command("register-list")
@click.argument("phone")
@click.pass_obj
def register_list(open_app: OpenApp, phone: str) -> None:
    """
    Have Safaricom list what comes to the Paybill.

    PHONE is the number of Safaricom that the Paybill has nominated for Pull Transactions, like +254722000000.
    Run it once; again it does no harm.
    """
    number = normal_phone(phone, "")
    if number is None:
        raise Refused(f"{phone} is no phone number: write it like +254722000000")
    with console(open_app) as (at_daraja, _):
        at_daraja.register_list(number)
    click.echo("Safaricom lists what comes to the Paybill.")


@daraja.command()
@click.argument("receipt")
@click.argument("amount")
@with_reason("Who decided it, and why; it is kept in the audit log.")
@click.pass_obj
def reverse(open_app: OpenApp, receipt: str, amount: str, reason: str, yes: bool) -> None:
    """
    Send money back that is nobody's.

    RECEIPT is as M-Pesa has it, AMOUNT all of it, in shillings. What is a member's in the books is paid out to
    them, and does not go back here: it would be paid twice. Where a group's book has it as nobody's, its
    officers write down after this that it was given back from the wallet. Asked twice, it goes back once.
    """
    receipt, sent_back, why = typed_receipt(RAIL, receipt), shillings(amount), read_reason(reason)
    if not read_receipt(receipt):
        raise Refused(f"{receipt} is no receipt of M-Pesa, which is like TJ17RX4K2M")
    with console(open_app, initiator=True) as (at_daraja, store):
        see_nobodys(store, RAIL, receipt, sent_back)
        if not yes:
            click.confirm(f"{sent_back} of {receipt} go back to whoever paid. Go on", abort=True, err=True)
        note_sent_back(store, None, receipt, why)
        at_daraja.reverse(receipt, sent_back)
    click.echo(f"Asked. {LATER}")


@daraja.command()
@click.argument("phone")
@click.argument("account")
@click.argument("amount")
@click.pass_obj
def simulate(open_app: OpenApp, phone: str, account: str, amount: str) -> None:
    """
    Pay to the Paybill in the sandbox.

    PHONE pays AMOUNT shillings to ACCOUNT, in Safaricom's sandbox alone.
    """
    with console(open_app) as (at_daraja, _):
        at_daraja.simulate(shillings(amount), phone, account)
    click.echo("Safaricom's sandbox pays it.")


def shillings(text: str) -> Money:
    """An amount as it was typed."""
    try:
        amount = from_major(text, "KES")
    except InvalidAmount as wrong:
        raise click.ClickException(f"{text} is no amount in shillings") from wrong
    if amount.minor <= 0 or amount.minor % 100:
        raise click.ClickException(f"{text} is not a whole number of shillings")
    return amount


@contextmanager
def console(open_app: OpenApp, *, initiator: bool = False) -> Iterator[tuple[DarajaConsole, Store]]:
    """Where it is done, and the store; what Safaricom does not take is said in a line."""
    with open_app("daraja") as app:
        if not app.settings.daraja_ready:
            raise click.ClickException("DARAJA_CONSUMER_KEY: set it, and the others of Safaricom Daraja, first")
        if initiator and not app.settings.daraja_paybill_user:
            raise click.ClickException("DARAJA_PAYBILL_INITIATOR: set it, its password and the certificate first")
        try:
            yield daraja_console(app.settings, app.tokens), app.store
        except ProviderError as refused:
            raise click.ClickException(f"Safaricom did not take it: {refused}") from refused
