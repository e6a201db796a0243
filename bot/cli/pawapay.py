"""What an operator types about our account with pawaPay: what it reaches now, and a deposit that goes back."""

from collections.abc import Iterator
from typing import TYPE_CHECKING, Final
from uuid import UUID

import click

from bot.cli.opening import OpenApp, set_up
from bot.terminal import OneLine, Refused, say_table
from domain.money import Money

if TYPE_CHECKING:
    from bot.app import App
    from bot.config import Settings
    from domain.records.payment import Payment
    from payments.pawapay import Pawapay
    from payments.pawapay.networks import Network, Networks, Operation

_REASON_MIN: Final = 4


@click.group()
def pawapay() -> None:
    """See which networks pawaPay reaches, and send a deposit back."""


@pawapay.command(cls=OneLine)
def networks() -> None:
    """
    Ask pawaPay which networks it reaches, within which amounts, and which of them work now.

    It shows too whether the token is good. Exits 1 when pawaPay does not say.
    """
    from payments.port import OutcomeUnknown

    account = _account(set_up("pawapay"))
    try:
        account.networks.load()
    except OutcomeUnknown as unknown:
        raise click.ClickException(f"pawaPay did not say: {unknown}") from unknown
    heads = ("country", "network", "currency", "deposits", "payouts")
    say_table([heads, *_rows(account.networks)], names=5)


@pawapay.command(cls=OneLine)
@click.argument("deposit", metavar="ID")
@click.option("--reason", metavar="TEXT", required=True, help="Why: it stays in the log of acts.")
@click.option("--attempt", default=1, show_default=True, help="One more than the refund that failed.")
@click.option("--yes", is_flag=True, help="Do not ask again.")
@click.pass_obj
def refund(open_app: OpenApp, deposit: str, reason: str, attempt: int, yes: bool) -> None:
    """
    Send the whole of a deposit back to its payer.

    ID is the payment's, a UUID. Only money that stands in no group's book goes back: a deposit that is no payment
    of ours, or one whose amount is not what was asked for. The same attempt is one refund, however often it is
    typed: typed again, it says what became of it.
    """
    if len(reason.strip()) < _REASON_MIN:
        raise Refused("--reason: say who decided it, and why")
    id = _uuid(deposit)
    with open_app("pawapay") as app:
        account = _account(app.settings)
        payment = app.store.payments.one(id=id)
        if payment and (kept := _kept_here(payment)):
            raise click.ClickException(f"it does not go back: {kept}")
        amount = _paid(account, id)
        if not yes:
            click.confirm(f"Send {amount} back to the payer of {id}?", abort=True)
        _refund(app, account, id, payment, attempt, reason.strip())


def _account(settings: "Settings") -> "Pawapay":
    from bot.rails import pawapay_of

    if not settings.pawapay_ready:
        raise click.ClickException("PAWAPAY_TOKEN: set it first")
    return pawapay_of(settings)


def _uuid(text: str) -> str:
    try:
        return str(UUID(text))
    except ValueError:
        raise Refused("ID: it is a UUID, as pawaPay's dashboard shows it") from None


def _kept_here(payment: "Payment") -> str:
    """Why a payment's money is not sent back; "" for one that stands in no book and will not."""
    if payment.provider != "pawapay" or payment.direction != "in":
        return "it is no deposit by pawaPay"
    if payment.state == "succeeded":
        # Also when its entry was taken back: it is its member's credit then, who may take it out.
        return "it is in the group's book"
    if payment.needs_person and payment.provider_reason == "MISMATCH":
        return ""
    return "it has no end here: money that came is booked by itself, as soon as pawaPay says so"


def _paid(account: "Pawapay", id: str) -> Money:
    """What was paid. Raises ClickException where nothing was, as far as pawaPay says."""
    from payments.port import Asked, OutcomeUnknown

    try:
        status = account.deposits.status(Asked(id))
    except OutcomeUnknown as unknown:
        raise click.ClickException(f"pawaPay did not say: {unknown}") from unknown
    if status.state != "succeeded" or status.amount is None:
        word = status.provider_reason or status.state
        raise click.ClickException(f"there is nothing to send back: pawaPay says {word}")
    return status.amount


def _refund(app: "App", account: "Pawapay", id: str, payment: "Payment | None", attempt: int, reason: str) -> None:
    from bot.cli.operators import at_terminal
    from domain.access.audit import note
    from payments import port

    # Before anything is sent: what cannot be written down is not done.
    about, group = (payment.person, payment.group) if payment else ("", "")
    note(app.store, None, "deposit.refunded", about=about, group=group, why=f"{id}: {reason}", where=at_terminal())
    try:
        refund = account.refunds.refund(id, attempt)
        status = account.refunds.status(refund)
    except port.Refused as refused:
        raise click.ClickException(f"pawaPay does not send it back: {refused.provider_reason}") from refused
    except port.OutcomeUnknown as unknown:
        raise click.ClickException(f"pawaPay did not say: {unknown}. Type the same again.") from unknown
    click.echo(f"{refund}  {status.state}  {status.provider_reason}".rstrip())


def _rows(networks: "Networks") -> Iterator[tuple[str, ...]]:
    for each in sorted(networks.reached, key=lambda network: (network.country, network.name, network.currency)):
        yield (
            each.country,
            each.name,
            each.currency,
            _said(networks, each, "DEPOSIT"),
            _said(networks, each, "PAYOUT"),
        )


def _said(networks: "Networks", network: "Network", operation: "Operation") -> str:
    terms = network.terms.get(operation)
    if terms is None:
        return "-"
    if (network.name, operation) in networks.stopped:
        return "not now"
    least = Money(terms.least, network.currency).written()
    return f"{least} to {Money(terms.most, network.currency).written()}" if terms.most else f"from {least}"
