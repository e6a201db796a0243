"""What an operator types about our account with Airtel Money: what it holds, and a payment that goes back."""

from typing import TYPE_CHECKING

import click

from bot.cli.opening import OpenApp, beside_demo, set_up
from bot.cli.sending_back import (
    note_sent_back,
    paid_to,
    payment_to_send_back,
    read_payment_id,
    read_reason,
    said_by,
    see_in_no_book,
    with_reason,
)

if TYPE_CHECKING:
    from bot.app import App
    from bot.config import Settings
    from domain.money import Money
    from domain.records.payment import Payment
    from payments.airtel import AirtelCollections


@click.group()
def airtel() -> None:
    """See what our accounts with Airtel Money hold, and send a payment back."""


@airtel.command()
def balance() -> None:
    """
    Ask Airtel Money what our accounts hold.

    It shows too whether the application's id and secret are good. Exits 1 when Airtel Money does not say.
    """
    from bot.rails import airtel_parts

    settings = beside_demo(set_up("airtel"))
    _check_ready(settings)
    held: dict[str, Money] = {}
    with said_by("airtel"):
        for part in airtel_parts(settings):
            held |= part.balances()
    for name, amount in held.items():
        click.echo(f"{name}  {amount}")


@airtel.command()
@click.argument("payment", metavar="ID")
@with_reason("Why: it stays in the log of acts.")
@click.pass_obj
def refund(open_app: OpenApp, payment: str, reason: str, yes: bool) -> None:
    """
    Send the whole of a payment back to its payer.

    ID is the payment's, a UUID. Only money that stands in no group's book goes back: one that is no payment of
    ours, or one whose amount is not what was asked for. What is in a book, its officers can put on the member's
    credit. Nothing of ours goes with the request, so it is made once: what became of it when its answer was lost,
    Airtel's portal says.
    """
    why, id = read_reason(reason), read_payment_id(payment)
    with open_app("airtel") as app:
        _check_ready(app.settings)
        ours = payment_to_send_back(app.store, id, "airtel")
        collections = _collections(app)
        receipt = paid_to(collections, id, "provider_id").provider_id
        see_in_no_book(app.store, "airtel", receipt)
        if not yes:
            click.confirm(f"Send all of {receipt} back to the payer of {id}?", abort=True)
        _refund(app, collections, id, receipt, ours, why)


def _check_ready(settings: "Settings") -> None:
    if not settings.airtel_ready:
        raise click.ClickException("AIRTEL_CLIENT_ID and AIRTEL_CLIENT_SECRET: set them first")


def _collections(app: "App") -> "AirtelCollections":
    from bot.rails import airtel_parts
    from payments.airtel import AirtelCollections

    return next(part for part in airtel_parts(app.settings) if isinstance(part, AirtelCollections))


def _refund(
    app: "App", collections: "AirtelCollections", id: str, receipt: str, payment: "Payment | None", reason: str
) -> None:
    from domain.store import Duplicate
    from domain.tables import ProviderId
    from domain.treasury.unidentified import sent_back
    from payments import port

    # Written down before anything is sent, and once: nothing else would keep a second one from being made.
    once = f"airtel refund {receipt}"
    try:
        app.store.provider_ids.insert(ProviderId(once, ""))
    except Duplicate:
        raise click.ClickException("it was sent back before: Airtel's portal says what became of it") from None
    note_sent_back(app.store, payment, id, reason)
    try:
        refunded = collections.refund(receipt)
    except (port.Refused, port.NotSent) as refused:
        app.store.provider_ids.remove(once, when={})
        raise click.ClickException(f"Airtel Money does not send it back: {refused}") from refused
    except port.OutcomeUnknown as unknown:
        raise click.ClickException(
            f"Airtel Money did not say: {unknown}. Its portal says what became of {receipt}."
        ) from unknown
    app.store.provider_ids.change(once, value=refunded)
    sent_back(app.store, "airtel", receipt)
    click.echo(f"{receipt} went back as {refunded}")
