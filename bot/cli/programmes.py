"""Programmes and their groups, and which agent looks after which: said by whoever runs the service."""

from collections import Counter
from collections.abc import Sequence
from typing import TYPE_CHECKING

import click

from bot.cli.opening import OpenApp
from bot.cli.operators import account_typed, at_terminal, group_ids
from bot.terminal import Refused, say_table

if TYPE_CHECKING:
    from bot.app import App
    from domain.records.group import Group
    from domain.records.programme import Programme


@click.group()
def programmes() -> None:
    """
    Put groups in programmes, and say which agent looks after them.

    A programme is a project whose figures are exported together. A group has one agent at most: who gets it sees
    it from their next request on, and who had it before does not.
    """


@programmes.command()
@click.argument("code")
@click.option("--name", required=True, help="What the programme is called.")
@click.pass_obj
def add(open_app: OpenApp, code: str, name: str) -> None:
    """Add a programme. CODE names it in commands and files: small letters, digits, - and _."""
    from domain.access.agents import BadProgramme, add_programme
    from domain.access.audit import note

    with open_app("programmes") as app:
        try:
            made = add_programme(app.store, code, name)
        except BadProgramme as error:
            raise Refused(f"{code} is no code, or is a programme's already") from error
        note(app.store, None, "programme.made", why=made.code, where=at_terminal())
        click.echo(f"{made.code} is a programme.")


@programmes.command(name="list")
@click.pass_obj
def list_(open_app: OpenApp) -> None:
    """List the programmes with how many groups they have, and the agents with how many they look after."""
    from domain.access.accounts import accounts_of_staff
    from domain.access.agents import groups_of_agent

    with open_app("programmes") as app:
        rows = [("programme", "name", "groups")]
        for each in app.store.programmes.find(sort="code"):
            rows.append((each.code, each.name, str(app.store.groups.count(programme=each.id))))
        say_table(rows, names=2)
        click.echo("")
        rows = [("agent", "code", "groups")]
        for account in accounts_of_staff(app.store):
            if account.role == "agent":
                seen = len(groups_of_agent(app.store, account))
                rows.append((account.email, account.code or "-", str(seen)))
        say_table(rows, names=2)


@programmes.command()
@click.argument("codes", metavar="GROUP_CODE...", nargs=-1, required=True)
@click.option("--programme", metavar="CODE", help="The programme that they belong to from now on.")
@click.option("--agent", metavar="EMAIL", help="Who looks after them from now on.")
@click.option("--no-agent", is_flag=True, help="Nobody looks after them any more.")
@click.pass_obj
def assign(
    open_app: OpenApp, codes: Sequence[str], programme: str | None, agent: str | None, no_agent: bool
) -> None:
    """Give groups their programme, their agent, or both. What is so already is left as it is."""
    from domain.access.agents import NoAgent, look_after, put_in_programme

    if not programme and not agent and not no_agent:
        raise Refused("say --programme, --agent or --no-agent")
    if agent and no_agent:
        raise Refused("say --agent or --no-agent, not both")
    with open_app("programmes") as app:
        wanted = programme_typed(app, programme) if programme else None
        account = account_typed(app, agent) if agent else None
        groups = _groups(app, codes)
        if agent or no_agent:
            try:
                moved = look_after(app.store, groups, account, where=at_terminal())
            except NoAgent as error:
                raise Refused(f"{agent} is no agent, or is disabled") from error
            click.echo(f"{_count(moved, 'group')} given to {account.email if account else 'nobody'}.")
        if wanted:
            moved = put_in_programme(app.store, groups, wanted, where=at_terminal())
            click.echo(f"{_count(moved, 'group')} put in {wanted.code}.")


@programmes.command(name="hand-over")
@click.argument("giver", metavar="FROM_EMAIL")
@click.argument("taker", metavar="TO_EMAIL")
@click.argument("codes", metavar="[GROUP_CODE...]", nargs=-1)
@click.pass_obj
def hand_over_(open_app: OpenApp, giver: str, taker: str, codes: Sequence[str]) -> None:
    """
    Hand groups of one agent to another: those that are named, or all.

    Each group is written down in the log of acts. After an interruption the same command does the rest.
    """
    from domain.access.agents import NoAgent, groups_of_agent, hand_groups_over

    with open_app("programmes") as app:
        old, new = account_typed(app, giver), account_typed(app, taker)
        theirs = groups_of_agent(app.store, old)
        others = Counter(each.code for each in _groups(app, codes) if each.id not in theirs)
        if others:
            raise Refused(f"not looked after by {old.email}: {', '.join(sorted(others))}")
        try:
            moved = hand_groups_over(app.store, old, new, codes, where=at_terminal())
        except NoAgent as error:
            raise Refused(f"{new.email} is no agent, or is disabled") from error
        click.echo(f"{_count(moved, 'group')} handed from {old.email} to {new.email}.")


def programme_typed(app: "App", code: str) -> "Programme":
    """The programme with this code. Raises Refused where there is none."""
    from domain.access.agents import programme_with

    if (found := programme_with(app.store, code)) is None:
        raise Refused(f"no programme has the code {code}")
    return found


def _groups(app: "App", codes: Sequence[str]) -> "list[Group]":
    return sorted(app.store.groups.among(group_ids(app, codes)), key=lambda each: each.code)


def _count(number: int, of: str) -> str:
    return f"{number:,} {of}" + ("" if number == 1 else "s")
