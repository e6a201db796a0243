"""What a member tells the operator about their data, who cannot say it on a phone of their own."""

import uuid
from typing import Final

import click

from bot.cli.opening import OpenApp
from bot.terminal import Refused

# As in domain/records/consent.py, which a test compares: `--help` loads nothing.
_PURPOSES: Final = ("figures", "programme", "lender")
_REASON_MIN: Final = 4


@click.command()
@click.argument("code", metavar="GROUP")
@click.argument("number", metavar="NUMBER", type=click.IntRange(min=1))
@click.argument("purpose", metavar="|".join(_PURPOSES), type=click.Choice(_PURPOSES))
@click.argument("said", metavar="yes|no", type=click.Choice(["yes", "no"]))
@click.option("--reason", metavar="TEXT", required=True, help="How they said it: it stays in the log of acts.")
@click.pass_obj
def consent(open_app: OpenApp, code: str, number: int, purpose: str, said: str, reason: str) -> None:
    """
    Write down what a member agrees to, or agrees to no more, as they told you.

    GROUP is the group's code, and NUMBER is theirs in its list. Whoever has a phone says it there, under
    "My data". Read the words out first: they stand in docs/privacy.md.
    """
    if len(reason.strip()) < _REASON_MIN:
        raise Refused("--reason: say when they told you, and whom")
    from bot.cli.operators import at_terminal
    from domain.access.audit import note
    from domain.commands import execute
    from domain.people.consents import SayConsent
    from domain.people.find import names_of
    from domain.records.consent import FREE_PURPOSES

    wanted = next(each for each in FREE_PURPOSES if each == purpose)
    with open_app("person") as app:
        group = app.store.groups.one(code=code)
        found = app.store.memberships.one(group=group.id, number=number) if group else None
        if group is None:
            raise Refused(f"no group has the code {code}")
        if found is None:
            raise Refused(f"{group.name} has no member {number}")
        why = f"{purpose} {said}: {reason.strip()}"
        note(app.store, None, "person.consent", about=found.person, group=group.id, why=why, where=at_terminal())
        execute(app.store, uuid.uuid4().hex, SayConsent(found.person, wanted, said == "yes", told=True))
        name = names_of(app.store, [found.person])[found.person]
    click.echo(f"{name}, number {number} of {group.name}: {purpose} {said}.")
