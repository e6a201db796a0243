"""What an operator types for one person, who has nobody else to ask."""

import uuid
from collections.abc import Sequence

import click

from bot.cli.opening import OpenApp
from bot.terminal import OneLine, Refused, which
from domain.errors import DomainError
from domain.people.phones import holders_of, normal_phone
from domain.records.person import Person
from domain.store import Store


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

    with open_app("person") as app:
        holders = _holders(app.store, phone)
        found = holders[which("This phone is shared. Who is meant?", [each.name for each in holders])]
        try:
            execute(app.store, uuid.uuid4().hex, SendPinCodeByOperator(found.id))
        except DomainError as refused:
            raise click.ClickException(f"no code was sent: {refused}") from refused
        click.echo(f"A code is on its way to the phone of {found.name}.")


@person.command(name="name-in-log", cls=OneLine)
@click.argument("phone", metavar="PHONE")
@click.pass_obj
def name_in_log(open_app: OpenApp, phone: str) -> None:
    """
    Show what a person is called in our log: each line about them has it as its "member".

    Of a phone that is shared, everybody who has it. The name cannot be turned back into a person.
    """
    from bot import logs

    with open_app("person") as app:
        for each in _holders(app.store, phone):
            click.echo(f"{logs.name_in_log(each.id)}  {each.name}")


def _holders(store: Store, phone: str) -> Sequence[Person]:
    """Who has this number. Raises Refused for what is none, and where nobody has it."""
    number = normal_phone(phone, "")
    if number is None:
        raise Refused(f"{phone!r} is no phone number: write it like +256772000101")
    holders = holders_of(store, number)
    if not holders:
        raise Refused("nobody has this number")
    return holders
