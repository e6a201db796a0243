"""What an operator types for one person, who has nobody else to ask."""

import uuid

import click

from bot.cli.opening import OpenApp
from bot.terminal import OneLine, Refused, which
from domain.errors import DomainError
from domain.people.phones import holders_of, normal_phone


@click.group()
def person() -> None:
    """Help one person who has no officer to ask."""


@person.command(name="forgot-pin", cls=OneLine)
@click.argument("phone", metavar="PHONE")
@click.pass_obj
def forgot_pin(open_app: OpenApp, phone: str) -> None:
    """
    Have a code for a new PIN sent to a person's own phone.

    For who is in no group, and for the only officer of one; for everybody else an officer does it, who knows
    them. Be sure first who asks. The code is shown to nobody here: it goes to PHONE, which has to be written with
    its country code, and there a new PIN is chosen. For 24 hours after that no money is sent to them.
    """
    from domain.commands import execute
    from domain.people.forgotten_pin import SendPinCodeByOperator

    number = normal_phone(phone, "")
    if number is None:
        raise Refused(f"{phone!r} is no phone number: write it like +256772000101")
    with open_app("person") as app:
        holders = holders_of(app.store, number)
        if not holders:
            raise Refused("nobody has this number")
        found = holders[which("This phone is shared. Who is meant?", [each.name for each in holders])]
        try:
            execute(app.store, uuid.uuid4().hex, SendPinCodeByOperator(found.id))
        except DomainError as refused:
            raise click.ClickException(f"no code was sent: {refused}") from refused
        click.echo(f"A code is on its way to the phone of {found.name}.")
