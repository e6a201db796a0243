"""Which money an operator may send back to its payer: what stands in no group's book, and will not."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Final, Literal
from uuid import UUID

import click

from bot.terminal import Refused
from domain.records.inbound import inbound_id
from payments.names import TITLES

if TYPE_CHECKING:
    from domain.money import Money
    from domain.records.payment import Payment
    from domain.store import Store
    from payments.port import ProviderStatus, Rail

_REASON_MIN: Final = 4

Typed = Callable[..., Any]


def with_reason(help: str) -> Callable[[Typed], Typed]:
    """The options of a command that sends money back: why, and not to be asked again."""

    def options(command: Typed) -> Typed:
        reason = click.option("--reason", metavar="TEXT", required=True, help=help)
        return reason(click.option("--yes", is_flag=True, help="Do not ask again.")(command))

    return options


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


@contextmanager
def said_by(rail: str) -> Iterator[None]:
    """That a provider did not say ends the command in a line."""
    from payments.port import OutcomeUnknown

    try:
        yield
    except OutcomeUnknown as unknown:
        raise click.ClickException(f"{TITLES[rail]} did not say: {unknown}") from unknown


def paid_to(rail: "Rail", id: str, needed: Literal["provider_id", "amount"]) -> "ProviderStatus":
    """What is said of a payment that was paid. Raises ClickException where none was, for all that is said."""
    from payments.port import Asked

    with said_by(rail.name):
        status = rail.status(Asked(id))
    if status.state != "succeeded" or not getattr(status, needed):
        word = status.provider_reason or status.state
        raise click.ClickException(f"there is nothing to send back: {TITLES[rail.name]} says {word}")
    return status


def payment_to_send_back(store: "Store", id: str, rail: str) -> "Payment | None":
    """
    The payment with this id, None where none of ours has it. Raises ClickException for one whose money stays.

    Money in a book stays also when its entry was taken back: it is its member's credit then, who may take it out.
    """
    payment = store.payments.one(id=id)
    if payment is None or not (kept := _kept(payment, rail)):
        return payment
    raise click.ClickException(f"it does not go back: {kept}")


def see_in_no_book(store: "Store", rail: str, receipt: str) -> None:
    """
    Raises ClickException where money with this receipt of the provider's is in a book as something else. What its
    list has told and no group has is in none.
    """
    if not receipt:
        return
    inbound = store.inbound.one(id=inbound_id(rail, receipt))
    is_nobodys = inbound is None or (not inbound.group and inbound.state in ("unidentified", "returned"))
    if not is_nobodys or store.payments.one(provider=rail, provider_id=receipt):
        raise click.ClickException("it does not go back: its receipt is in a book, as other money")


def see_nobodys(store: "Store", rail: str, receipt: str, amount: "Money") -> None:
    """
    Raises ClickException where this money of a receipt is somebody's in the books, or was given back before. What
    came unasked and is nobody's goes back, all of it.
    """
    payment = store.payments.one(provider=rail, provider_id=receipt)
    inbound = store.inbound.one(id=inbound_id(rail, receipt))
    if payment is not None and payment.state == "succeeded":
        kept = f"payment {payment.ref}, and in the books: taken back, it is its member's credit there"
        raise click.ClickException(f"{receipt} is {kept}")
    if inbound is None or (inbound.state == "unidentified" and inbound.amount == amount):
        return
    if inbound.state == "unidentified":
        raise click.ClickException(f"{receipt} is {inbound.amount}: all of it goes back")
    if inbound.state == "returned":
        raise click.ClickException(f"{receipt} was given back by its group's officers")
    raise click.ClickException(f"{receipt} is a member's, and in the books: pay it out to them")


def note_sent_back(store: "Store", payment: "Payment | None", id: str, reason: str) -> None:
    """Write it down before anything is sent: what cannot be written down is not done."""
    from bot.cli.operators import at_terminal
    from domain.access.audit import note

    about, group = (payment.person, payment.group) if payment else ("", "")
    note(store, None, "payment.refunded", about=about, group=group, why=f"{id}: {reason}", where=at_terminal())


def _kept(payment: "Payment", rail: str) -> str:
    """Why a payment's money is not sent back; "" for one that stands in no book and will not."""
    title = TITLES[rail]
    if payment.provider != rail or payment.direction != "in":
        return f"it is nothing that was paid to us by {title}"
    if payment.needs_person and payment.provider_reason == "MISMATCH":
        return ""
    if payment.state == "succeeded":
        return "it is in the group's book, where its officers can put it on the member's credit"
    return f"it has no end here: money that came is booked by itself, as soon as {title} says so"
