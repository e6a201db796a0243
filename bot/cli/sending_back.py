"""Which money an operator may send back to its payer: what stands in no group's book, and will not."""

from typing import TYPE_CHECKING, Final
from uuid import UUID

import click

from bot.terminal import Refused
from domain.records.inbound import inbound_id

if TYPE_CHECKING:
    from domain.records.payment import Payment
    from domain.store import Store

_REASON_MIN: Final = 4


def read_reason(text: str) -> str:
    """Why it is done. Raises Refused for nothing that says it."""
    if len(text.strip()) < _REASON_MIN:
        raise Refused("--reason: say who decided it, and why")
    return text.strip()


def read_payment_id(text: str) -> str:
    """Raises Refused for what is no UUID."""
    try:
        return str(UUID(text))
    except ValueError:
        raise Refused("ID: it is a UUID, with its hyphens or without, as the provider shows it") from None


def payment_to_send_back(store: "Store", id: str, rail: str, title: str) -> "Payment | None":
    """
    The payment with this id, None where none of ours has it. Raises ClickException for one whose money stays.

    Money in a book stays also when its entry was taken back: it is its member's credit then, who may take it out.
    """
    payment = store.payments.one(id=id)
    if payment is None or not (kept := _kept(payment, rail, title)):
        return payment
    raise click.ClickException(f"it does not go back: {kept}")


def see_in_no_book(store: "Store", rail: str, receipt: str) -> None:
    """Raises ClickException where money with this receipt of the provider's is in a book as something else."""
    if receipt and (
        store.payments.one(provider=rail, provider_id=receipt) or store.inbound.one(id=inbound_id(rail, receipt))
    ):
        raise click.ClickException("it does not go back: its receipt is in a book, as other money")


def note_sent_back(store: "Store", payment: "Payment | None", id: str, reason: str) -> None:
    """Write it down before anything is sent: what cannot be written down is not done."""
    from bot.cli.operators import at_terminal
    from domain.access.audit import note

    about, group = (payment.person, payment.group) if payment else ("", "")
    note(store, None, "payment.refunded", about=about, group=group, why=f"{id}: {reason}", where=at_terminal())


def _kept(payment: "Payment", rail: str, title: str) -> str:
    """Why a payment's money is not sent back; "" for one that stands in no book and will not."""
    if payment.provider != rail or payment.direction != "in":
        return f"it is nothing that was paid to us by {title}"
    if payment.needs_person and payment.provider_reason == "MISMATCH":
        return ""
    if payment.state == "succeeded":
        return "it is in the group's book, where its officers can put it on the member's credit"
    return f"it has no end here: money that came is booked by itself, as soon as {title} says so"
