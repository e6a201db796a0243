"""The accounts of those who work for the operator: made, listed and changed by whoever runs the service."""

import getpass
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Final

import click

from bot.cli.opening import OpenApp
from bot.terminal import Refused, count, say_table

if TYPE_CHECKING:
    from bot.app import App
    from domain.records.account import StaffAccount
    from domain.records.pin import Secret

_CODES_TRIED: Final = 3


@click.group()
def operators() -> None:
    """
    Make and change the accounts of operators and agents.

    They sign in on the web with an e-mail address, a password and the code of an app. An operator sees all groups,
    an agent those that are named; neither moves money.
    """


@operators.command()
@click.argument("email")
@click.option("--name", required=True, help="What they are called in the log and on pages.")
@click.option("--role", type=click.Choice(["operator", "agent"]), default="operator", show_default=True)
@click.option("--language", type=click.Choice(["en", "fr", "sw"]), default="en", show_default=True)
@click.option(
    "--group", "codes", multiple=True, metavar="CODE", help="A group that an agent sees; may be repeated."
)
@click.option(
    "--code", default="", help="What sheets call an agent (agent_code): their groups are theirs when they open."
)
@click.pass_obj
def add(
    open_app: OpenApp, email: str, name: str, role: str, language: str, codes: Sequence[str], code: str
) -> None:
    """
    Make an account for EMAIL.

    Asks for a password, which is not shown, and prints what an app for codes scans. It is shown once: who loses it
    gets a new one by `reset`.
    """
    from domain.access.accounts import account_with, make_account

    if (codes or code) and role != "agent":
        raise Refused("an operator sees all groups: --group and --code are for agents")
    with open_app("operators") as app:
        groups = group_ids(app, codes)
        if "@" not in email:
            raise Refused(f"{email} is no e-mail address")
        if account_with(app.store, email) is not None:
            raise Refused(f"{email} has an account already")
        password = _new_password()
        with _refusals(f"{email} is no address, or {code or 'the code'} is another's code"):
            made = make_account(
                app.store,
                email,
                name,
                "agent" if role == "agent" else "operator",
                password,
                language="fr" if language == "fr" else "sw" if language == "sw" else "en",
                groups=groups,
                code=code,
            )
        _noted(app, "account.made", made)
        _show_app(app, made)
        click.echo(f"{made.email} can sign in as {made.role}.")


@operators.command(name="list")
@click.pass_obj
def list_(open_app: OpenApp) -> None:
    """List the accounts: address, role, name, state, and the codes of an agent's groups."""
    from domain.access.accounts import accounts_of_staff
    from domain.access.agents import groups_of_agent
    from domain.records.pin import minutes_locked

    with open_app("operators") as app:
        found = accounts_of_staff(app.store)
        of = {each.id: groups_of_agent(app.store, each) for each in found if each.role == "agent"}
        ids = sorted({id for groups in of.values() for id in groups})
        named = {each.id: each.code for each in app.store.groups.among(ids)}
        rows = [("email", "role", "name", "state", "groups")]
        for each in found:
            minutes = minutes_locked(each.password.locked_until, app.store.now())
            state = "disabled" if each.disabled else f"locked for {minutes} min" if minutes else "good"
            seen = (
                "all"
                if each.role == "operator"
                else ",".join(sorted(named[id] for id in of[each.id] if id in named))
            )
            rows.append((each.email, each.role, each.name, state, seen))
        say_table(rows, names=5)


@operators.command()
@click.argument("email")
@click.option("--undo", is_flag=True, help="Let them in again.")
@click.pass_obj
def disable(open_app: OpenApp, email: str, undo: bool) -> None:
    """Let EMAIL in no more; where they are signed in, they are out at once."""
    from domain.access.accounts import disable_account

    with open_app("operators") as app:
        account = account_typed(app, email)
        disable_account(app.store, account, not undo)
        _noted(app, "account.enabled" if undo else "account.disabled", account)
        click.echo(f"{account.email} {'can sign in again' if undo else 'is disabled'}.")


@operators.command()
@click.argument("email")
@click.pass_obj
def reset(open_app: OpenApp, email: str) -> None:
    """Give EMAIL a new password and a new app, and end a lock; where they are signed in, they are out at once."""
    from domain.access.accounts import reset_account

    with open_app("operators") as app:
        account = account_typed(app, email)
        password = _new_password()
        with _refusals(""):
            changed = reset_account(app.store, account, password)
        _noted(app, "account.reset", account)
        _show_app(app, changed)
        click.echo(f"{account.email} has a new password and a new app.")


@operators.command()
@click.argument("email")
@click.argument("codes", nargs=-1, metavar="[CODE]...")
@click.pass_obj
def scope(open_app: OpenApp, email: str, codes: Sequence[str]) -> None:
    """Have the agent EMAIL look after the groups with these codes, and no others; without one, none."""
    from domain.access.accounts import set_account_scope

    with open_app("operators") as app:
        account = account_typed(app, email)
        with _refusals(f"{account.email} is an operator, who sees all groups"):
            set_account_scope(app.store, account, group_ids(app, codes))
        _noted(app, "account.scoped", account, why=",".join(codes))
        click.echo(f"{account.email} sees {count(len(set(codes)), 'group')}.")


@contextmanager
def _refusals(said: str) -> Iterator[None]:
    """What the rules refuse is one line."""
    from domain.access.accounts import BadAccount
    from domain.access.passwords import PASSWORD_LENGTH_MIN, WeakPassword

    try:
        yield
    except WeakPassword as error:
        weak = (
            f"the password is too easy to guess: {PASSWORD_LENGTH_MIN} signs or more, none that many people have"
        )
        raise Refused(weak) from error
    except BadAccount as error:
        raise Refused(said) from error


def group_ids(app: "App", codes: Sequence[str]) -> list[str]:
    """The ids of the groups with these codes. Raises Refused for a code that no group has."""
    found = {each.code: each.id for each in app.store.groups.find(code=list(codes))} if codes else {}
    if missing := [code for code in codes if code not in found]:
        raise Refused(f"no group has the code {missing[0]}")
    return sorted(found.values())


def at_terminal() -> str:
    """Who types, for the log."""
    from domain.access.audit import AT_TERMINAL

    return f"{AT_TERMINAL}{getpass.getuser()}"


def account_typed(app: "App", email: str) -> "StaffAccount":
    """The account with this address. Raises Refused where there is none."""
    from domain.access.accounts import account_with

    if (found := account_with(app.store, email)) is None:
        raise Refused(f"{email} has no account")
    return found


def _new_password() -> "Secret":
    """Typed twice, and not shown. Raises click.Abort."""
    from domain.access.passwords import check_password
    from domain.records.pin import Secret

    password = Secret(click.prompt("Password", hide_input=True, confirmation_prompt="The same again", err=True))
    with _refusals(""):
        check_password(password)
    return password


def _show_app(app: "App", account: "StaffAccount") -> None:
    """What the app scans, and whether it shows the right codes then."""
    import segno

    from domain.access.accounts import otp_of

    codes = otp_of(app.store, account, app.settings.app_name)
    address = codes.provisioning_uri()
    segno.make(address, error="l").terminal(compact=True)
    click.echo(address)
    for _ in range(_CODES_TRIED):
        typed = click.prompt(
            "The code that the app shows now (empty: not now)", default="", show_default=False, err=True
        )
        if not typed:
            return
        if codes.verify(typed.strip(), for_time=app.store.now(), valid_window=1):
            return
        click.echo("That is another code: is the clock of the phone right?", err=True)
    click.echo(f"The app does not fit. python -m bot operators reset {account.email} makes a new one.", err=True)


def _noted(app: "App", did: str, account: "StaffAccount", why: str = "") -> None:
    from domain.access.audit import note

    note(app.store, None, did, about=account.id, why=why, where=at_terminal())
