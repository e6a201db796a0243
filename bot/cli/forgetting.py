"""Forgetting a person, as the operator does it: what stands in the way, what would go, and that it is done."""

from collections.abc import Collection, Mapping
from typing import TYPE_CHECKING, Final

import click

from bot.cli.holders import one_at
from bot.cli.opening import OpenApp
from bot.terminal import Refused, count
from domain.errors import StoreError
from domain.groups.forget import Kept, WhyKept, begun, left_behind, what_keeps
from domain.records.forgotten import LeftBehind
from domain.records.person import Person

if TYPE_CHECKING:
    from bot.app import App

_PATIENCE_SECONDS: Final = 3600
_REASON_MIN: Final = 4

KEPT: Final[Mapping[WhyKept, str]] = {
    "office": "they hold an office: another one takes it over first",
    "has_money": "they have money here: it is paid to them first",
    "owes": "they owe money",
    "loan": "a loan of theirs is not over",
    "guarantees": "their savings stand for a loan of somebody else",
    "fine": "a fine is not paid",
    "grant": "what they asked of the social fund is not over",
    "rotation": "they are in a rotation that goes on",
    "payment": "a payment is on its way",
    "vote": "a vote is open that they asked for, that is about them, or in which they voted",
    "closing": "the cycle is being closed",
    "moving_in": "the group moves in, and they are among its members",
}
GOES: Final = """\
Goes: name, phone, e-mail, language, sex, year of birth, PIN, chats, sessions, codes, what they agreed to,
messages to them, letters they wrote, requests that wait, what they said in words, what Redis remembers. Their
name in what others were told becomes {called}.
Stays: their id, their number in each group, and every entry, loan, payment and vote under that id, because the
group's books are others' too; and the lines of the log of acts, which name them by their id."""


@click.command()
@click.argument("phone", metavar="[PHONE]", required=False)
@click.option(
    "--reason", metavar="TEXT", help="Who asked for it, and how, without naming them: it stays in the log."
)
@click.option("--yes", is_flag=True, help="Do it. Without, it is only said what would be done.")
@click.option("--dry-run", is_flag=True, help="Only say it, which is so without --yes too.")
@click.option("--replay", is_flag=True, help="Forget again whom a backup brought back, and end what was stopped.")
@click.pass_obj
def forget(
    open_app: OpenApp, phone: str | None, reason: str | None, yes: bool, dry_run: bool, replay: bool
) -> None:
    """
    Forget a person who asks for it.

    Refused while they owe money or have some here, hold an office, or a vote or a payment of theirs is open; then
    each reason is said. Books stay whole: they name people by their ids. It cannot be undone.
    """
    with open_app("person") as app, app.store.within(_PATIENCE_SECONDS):
        if replay:
            _replay(app)
            return
        if phone is None:
            raise Refused("write PHONE, or --replay")
        found = one_at(app.store, phone)
        left = left_behind(app.store, found)
        click.echo(GOES.format(called=left.called))
        if kept := what_keeps(app.store, found.id):
            raise click.ClickException("\n".join(["they cannot be forgotten yet", *map(_said, kept)]))
        if dry_run or not yes:
            click.echo("Nothing was changed. Add --yes and --reason to do it.")
            return
        _forget(app, found, left, _checked(reason, left))
        click.echo(f"Done: they are {left.called} now, under the id {found.id}.")


def _forget(app: "App", found: Person, left: LeftBehind, reason: str) -> None:
    from bot.cli.operators import at_terminal
    from bot.forgetting import forget_person
    from domain.access.audit import note

    # Before anything is changed: what cannot be written down is not done.
    note(app.store, None, "person.forgotten", about=found.id, why=reason, where=at_terminal())
    if not forget_person(app.store, found.id):
        raise click.ClickException("something came in between: look again")
    _in_redis(app, found.id, left)
    _apart(app, [found.id])


def _apart(app: "App", people: Collection[str]) -> Collection[str]:
    """Write down beside the backups, where there are any, who was forgotten; all who are written down there."""
    if not app.settings.backup_to:
        return people
    from bot.backup.apart import ids_apart, keep_apart
    from bot.backup.vault import vault_of

    try:
        vault = vault_of(app.settings)
        there = {*ids_apart(vault)}
        for each in sorted({*people} - there):
            keep_apart(vault, each)
    except StoreError as refused:
        raise click.ClickException(
            f"{refused}: until it answers a backup that is brought back knows them: type --replay then"
        ) from refused
    return there | {*people}


def _in_redis(app: "App", person: str, left: LeftBehind) -> None:
    from redis.exceptions import RedisError

    from bot.forgetting import forget_in_redis

    try:
        forget_in_redis(app.settings.redis_url, [person, *left.marks, *left.groups])
    except RedisError as error:
        raise click.ClickException(
            "Redis is away and may remember them for a day: type --replay when it is back"
        ) from error


def _replay(app: "App") -> None:
    from bot.forgetting import forget_again

    store = app.store
    ids = _apart(app, {each.id for each in store.forgotten.each()})
    left = [(each.id, left_behind(store, each)) for each in store.people.among(sorted(ids))]
    left += [(each.id, each.left) for each in begun(store) if each.left]
    known = forget_again(store, ids)
    for person_id, each in left:
        _in_redis(app, person_id, each)
    click.echo(f"{count(known, 'person', 'people')} forgotten again.")


def _checked(reason: str | None, left: LeftBehind) -> str:
    """It stays in the log, whose lines are never changed. Raises Refused."""
    words = (reason or "").strip()
    if len(words) < _REASON_MIN:
        raise Refused("--reason: say who asked for it, and how")
    digits = "".join(each for each in words if each.isdigit())
    named = any(part.casefold() in words.casefold() for name in left.names for part in name.split())
    if named or any(each.lower() in words.lower() or each.lstrip("+") in digits for each in left.marks):
        raise Refused("--reason: it stays in the log, so it must not name them")
    return words


def _said(kept: Kept) -> str:
    amount = f" ({kept.amount})" if kept.amount is not None else ""
    where = f" in {kept.group}" if kept.group else ""
    return f"- {KEPT[kept.why]}{where}{amount}"
