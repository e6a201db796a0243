"""What an operator types about our account with pawaPay: what it reaches now, and a deposit that goes back."""

from collections.abc import Iterator
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
from bot.terminal import say_table
from domain.money import Money

if TYPE_CHECKING:
    from bot.config import Settings
    from payments.pawapay import Pawapay
    from payments.pawapay.networks import Network, Networks, Operation
    from payments.pawapay.signatures import Now


@click.group()
def pawapay() -> None:
    """See which networks pawaPay reaches, and send a deposit back."""


@pawapay.command()
def networks() -> None:
    """
    Ask pawaPay which networks it reaches.

    Within which amounts, and which of them work now, stands beside each. It shows too whether the token is good.
    Exits 1 when pawaPay does not say.
    """
    account = _account(beside_demo(set_up("pawapay")))
    with said_by("pawapay"):
        account.networks.load()
    heads = ("country", "network", "currency", "deposits", "payouts")
    say_table([heads, *_rows(account.networks)], names=5)


@pawapay.command()
@click.argument("deposit", metavar="ID")
@click.option(
    "--attempt",
    type=click.IntRange(min=1),
    default=1,
    show_default=True,
    help="One more than the refund that failed.",
)
@with_reason("Why: it stays in the log of acts.")
@click.pass_obj
def refund(open_app: OpenApp, deposit: str, reason: str, attempt: int, yes: bool) -> None:
    """
    Send the whole of a deposit back to its payer.

    ID is the payment's, a UUID. Only money that stands in no group's book goes back: a deposit that is no payment
    of ours, or one whose amount is not what was asked for. The same attempt is one refund, however often it is
    typed: typed again, it says what became of it.
    """
    from domain.treasury.unidentified import sent_back

    why, id = read_reason(reason), read_payment_id(deposit)
    with open_app("pawapay") as app:
        account = _account(app.settings, app.store.now)
        payment = payment_to_send_back(app.store, id, "pawapay")
        paid = paid_to(account.deposits, id, "amount")
        see_in_no_book(app.store, "pawapay", paid.provider_id)
        if not yes:
            click.confirm(f"Send {paid.amount} back to the payer of {id}?", abort=True)
        note_sent_back(app.store, payment, id, why)
        if _refund(account, id, attempt):
            sent_back(app.store, "pawapay", paid.provider_id)


def _account(settings: "Settings", now: "Now | None" = None) -> "Pawapay":
    from bot.rails import pawapay_of
    from payments.pawapay import utc_now

    if not settings.pawapay_ready:
        raise click.ClickException("PAWAPAY_TOKEN: set it first")
    return pawapay_of(settings, now or utc_now)


def _refund(account: "Pawapay", id: str, attempt: int) -> bool:
    """Whether the money is back."""
    from payments import port

    try:
        refund = account.refunds.refund(id, attempt)
        status = account.refunds.status(refund)
    except port.Refused as refused:
        raise click.ClickException(f"pawaPay does not send it back: {refused.provider_reason}") from refused
    except port.OutcomeUnknown as unknown:
        raise click.ClickException(f"pawaPay did not say: {unknown}. Type the same again.") from unknown
    click.echo(f"{refund}  {status.state}  {status.provider_reason}".rstrip())
    return status.state == "succeeded"


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
