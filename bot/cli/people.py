"""What an operator types for one person, who has nobody else to ask."""

import uuid

import click

from bot.cli.consenting import consent
from bot.cli.forgetting import forget
from bot.cli.holders import holders_at, one_at
from bot.cli.my_data import export
from bot.cli.opening import OpenApp
from domain.errors import DomainError


@click.group()
def person() -> None:
    """Help one person who has no officer to ask, and forget one who asks for it."""


@person.command(name="forgot-pin")
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
        found = one_at(app.store, phone)
        try:
            execute(app.store, uuid.uuid4().hex, SendPinCodeByOperator(found.id))
        except DomainError as refused:
            raise click.ClickException(f"no code was sent: {refused}") from refused
        click.echo(f"A code is on its way to the phone of {found.name}.")


@person.command(name="name-in-log")
@click.argument("phone", metavar="PHONE")
@click.pass_obj
def name_in_log(open_app: OpenApp, phone: str) -> None:
    """
    Show what a person is called in our log: each line about them has it as its "member".

    Of a phone that is shared, everybody who has it. The name cannot be turned back into a person.
    """
    from bot import logs

    with open_app("person") as app:
        for each in holders_at(app.store, phone):
            click.echo(f"{logs.name_in_log(each.id)}  {each.name}")


person.add_command(consent)
person.add_command(export)
person.add_command(forget)
