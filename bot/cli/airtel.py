"""What an operator types about our account with Airtel Money: what it holds, and a payment that goes back."""

from typing import TYPE_CHECKING, Final
from uuid import UUID

import click

from bot.cli.opening import OpenApp, set_up
from bot.terminal import OneLine, Refused

if TYPE_CHECKING:
    from bot.app import App
    from bot.config import Settings
    from domain.records.payment import Payment
    from payments.airtel import AirtelCollections

_REASON_MIN: Final = 4


@click.group()
def airtel() -> None:
    """See what our accounts with Airtel Money hold, and send a payment back."""


@airtel.command(cls=OneLine)
def balance() -> None:
    """
    Ask Airtel Money what our accounts hold.

    It shows too whether the application's id and secret are good. Exits 1 when Airtel Money does not say.
    """
    from bot.rails import airtel_parts
    from payments.port import OutcomeUnknown

    settings = set_up("airtel")
    _check_ready(settings)
    held = {}
    try:
        for part in airtel_parts(settings):
            held |= part.balances()
    except OutcomeUnknown as unknown:
        raise click.ClickException(f"Airtel Money did not say: {unknown}") from unknown
    for name, amount in held.items():
        click.echo(f"{name}  {amount}")


@airtel.command(cls=OneLine)
@click.argument("payment", metavar="ID")
@click.option("--reason", metavar="TEXT", required=True, help="Why: it stays in the log of acts.")
@click.option("--yes", is_flag=True, help="Do not ask again.")
@click.pass_obj
def refund(open_app: OpenApp, payment: str, reason: str, yes: bool) -> None:
    """
    Send the whole of a payment back to its payer.

    ID is the payment's, a UUID. Only money that stands in no group's book goes back: one that is no payment of
    ours, or one whose amount is not what was asked for. What is in a book, its officers can put on the member's
    credit. Nothing of ours goes with the request, so it is made once: what became of it when its answer was lost,
    Airtel's portal says.
    """
    if len(reason.strip()) < _REASON_MIN:
        raise Refused("--reason: say who decided it, and why")
    id = _uuid(payment)
    with open_app("airtel") as app:
        _check_ready(app.settings)
        ours = app.store.payments.one(id=id)
        if ours and (kept := _kept_here(ours)):
            raise click.ClickException(f"it does not go back: {kept}")
        collections = _collections(app)
        receipt = _receipt(collections, id)
        if app.store.payments.one(provider="airtel", provider_id=receipt):
            raise click.ClickException("it does not go back: another payment is in a book with its receipt")
        if not yes:
            click.confirm(f"Send all of {receipt} back to the payer of {id}?", abort=True)
        _refund(app, collections, id, receipt, ours, reason.strip())


def _check_ready(settings: "Settings") -> None:
    if not settings.airtel_ready:
        raise click.ClickException("AIRTEL_CLIENT_ID and AIRTEL_CLIENT_SECRET: set them first")


def _uuid(text: str) -> str:
    try:
        return str(UUID(text))
    except ValueError:
        raise Refused("ID: it is a UUID, with its hyphens or without, as Airtel's portal shows it") from None


def _kept_here(payment: "Payment") -> str:
    """Why a payment's money is not sent back; "" for one that stands in no book and will not."""
    if payment.provider != "airtel" or payment.direction != "in":
        return "it is nothing that was paid to us by Airtel Money"
    if payment.needs_person and payment.provider_reason == "MISMATCH":
        return ""
    if payment.state == "succeeded":
        return "it is in the group's book, where its officers can put it on the member's credit"
    return "it has no end here: money that came is booked by itself, as soon as Airtel Money says so"


def _collections(app: "App") -> "AirtelCollections":
    from bot.rails import airtel_parts
    from payments.airtel import AirtelCollections

    return next(part for part in airtel_parts(app.settings) if isinstance(part, AirtelCollections))


def _receipt(collections: "AirtelCollections", id: str) -> str:
    """What the money is known by. Raises ClickException where none came, as far as Airtel Money says."""
    from payments.port import Asked, OutcomeUnknown

    try:
        status = collections.status(Asked(id))
    except OutcomeUnknown as unknown:
        raise click.ClickException(f"Airtel Money did not say: {unknown}") from unknown
    if status.state != "succeeded" or not status.provider_id:
        word = status.provider_reason or status.state
        raise click.ClickException(f"there is nothing to send back: Airtel Money says {word}")
    return status.provider_id


def _refund(
    app: "App", collections: "AirtelCollections", id: str, receipt: str, payment: "Payment | None", reason: str
) -> None:
    from bot.cli.operators import at_terminal
    from domain.access.audit import note
    from domain.store import Duplicate, ProviderId
    from payments import port

    # Written down before anything is sent, and once: nothing else would keep a second one from being made.
    once = f"airtel refund {receipt}"
    try:
        app.store.provider_ids.insert(ProviderId(once, ""))
    except Duplicate:
        raise click.ClickException("it was sent back before: Airtel's portal says what became of it") from None
    about, group = (payment.person, payment.group) if payment else ("", "")
    note(app.store, None, "payment.refunded", about=about, group=group, why=f"{id}: {reason}", where=at_terminal())
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
    click.echo(f"{receipt} went back as {refunded}")
