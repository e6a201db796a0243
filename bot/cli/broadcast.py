"""
The operator writes to the members of a group, or of all groups.

Two people do it: one prepares the message and names another operator's phone; a code goes there, and nothing is
sent before it is typed.
"""

import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final, get_args

import click

from bot.cli.opening import OpenApp
from bot.terminal import Refused, count
from domain.errors import DomainError
from domain.records.broadcast import STILL_GOING, Audience, Broadcast, MessageKind

if TYPE_CHECKING:
    from bot.app import App
    from domain.broadcasts.operator import PrepareBroadcast
    from domain.broadcasts.progress import Progress

LISTED_MAX: Final = 20
_AUDIENCES: Final = tuple(each for each in get_args(Audience) if each not in ("chosen", "again"))


@click.group()
def broadcast() -> None:
    """Write to the members of a group, or of all groups."""


def _by_two(command: Callable[..., Any]) -> Callable[..., Any]:
    """Who writes, and who agrees."""
    command = click.option(
        "--second", required=True, help="Phone of the operator who agrees: the code goes there."
    )(command)
    return click.option("--as", "by", required=True, help="Your phone, of those in OPERATOR_PHONES.")(command)


@broadcast.command()
@click.option("--group", "code", help="The code of a group.")
@click.option("--all", "everybody", is_flag=True, help="The members of all groups.")
@click.option("--kind", type=click.Choice(get_args(MessageKind)), default="words", show_default=True)
@click.option("--audience", type=click.Choice(_AUDIENCES), default="all", show_default=True)
@click.option("--words", default="", help="What it says, for the kind words.")
@click.option(
    "--at", type=click.DateTime(["%Y-%m-%d %H:%M"]), help="When it goes, in UTC; a minute later without."
)
@click.option("--dry-run", is_flag=True, help="Only say whom it would reach, how, and what it would cost.")
@_by_two
@click.pass_obj
def send(
    open_app: OpenApp,
    code: str | None,
    everybody: bool,
    kind: MessageKind,
    audience: Audience,
    words: str,
    at: datetime | None,
    dry_run: bool,
    by: str,
    second: str,
) -> None:
    """Prepare a message: it says whom it reaches and what it costs, and waits until another operator agrees."""
    from domain.broadcasts.operator import PrepareBroadcast

    if bool(code) == everybody:
        raise click.UsageError("say --group CODE, or --all")
    if bool(words) != (kind == "words"):
        raise click.UsageError("--words go with the kind words, and only with it")
    with open_app("broadcast") as app:
        group = _group(app, code) if code else ""
        begins_at = at.replace(tzinfo=UTC) if at else None
        order = PrepareBroadcast(by, second, app.settings.operators, group, kind, audience, words, begins_at)
        _prepare(app, order, dry_run=dry_run)


@broadcast.command()
@click.argument("id")
@click.option("--dry-run", is_flag=True, help="Only say whom it would reach, how, and what it would cost.")
@_by_two
@click.pass_obj
def again(open_app: OpenApp, id: str, dry_run: bool, by: str, second: str) -> None:
    """Prepare a message again, for those whom it did not reach. Of what is unknown some may get it twice."""
    from domain.broadcasts.operator import PrepareBroadcast

    with open_app("broadcast") as app:
        cast = _cast(app, id)
        order = PrepareBroadcast(by, second, app.settings.operators, cast.group, cast.kind, "again", source=id)
        _prepare(app, order, dry_run=dry_run)


@broadcast.command()
@click.argument("id")
@click.option("--code", prompt="The code that came to your phone", help="The code that came to your phone.")
@click.pass_obj
def agree(open_app: OpenApp, id: str, code: str) -> None:
    """Agree to a message that another operator prepared: it goes a minute later."""
    from domain.broadcasts.operator import AgreeToBroadcast, check_second
    from domain.commands import execute
    from domain.records.pin import Secret

    with open_app("broadcast") as app:
        _cast(app, id)
        with _refusals():
            check_second(app.store, id, Secret(code.strip()))
            begins_at = execute(app.store, uuid.uuid4().hex, AgreeToBroadcast(id))
        click.echo(f"It goes at {begins_at}. Until then, and while it goes out: python -m bot broadcast stop {id}")


@broadcast.command("list")
@click.option("--group", "code", help="The code of a group; without, the operator's own to all groups.")
@click.pass_obj
def list_them(open_app: OpenApp, code: str | None) -> None:
    """The last messages to a group, or to all, a line each: id, when, what, to whom, how far."""
    with open_app("broadcast") as app:
        group = _group(app, code) if code else ""
        for each in app.store.broadcasts.find(group=group, sort="-created_at", limit=LISTED_MAX):
            asked = f"{each.created_at.astimezone(UTC):%Y-%m-%d %H:%M}"
            people = count(each.people, "person", "people")
            click.echo(f"{each.id}  {asked}  {each.kind} to {each.audience}  {people}  {each.state}")


@broadcast.command()
@click.argument("id")
@click.option("--follow", is_flag=True, help="Look until it is done, with a bar.")
@click.pass_obj
def show(open_app: OpenApp, id: str, follow: bool) -> None:
    """How far a message is: queued, sent, delivered, read, unknown; who did not get it, and why."""
    with open_app("broadcast") as app:
        if follow:
            _follow(app, id)
        for line in _counts(_progress(app, id)):
            click.echo(line)


@broadcast.command()
@click.argument("id")
@click.pass_obj
def stop(open_app: OpenApp, id: str) -> None:
    """From now on nobody more gets it."""
    from domain.broadcasts import send as rules

    with open_app("broadcast") as app:
        _cast(app, id)
        with _refusals():
            app.store.transaction(lambda tx: rules.stop(tx, tx.broadcasts.get(id)))
        click.echo("Stopped.")


def _prepare(app: "App", order: "PrepareBroadcast", *, dry_run: bool) -> None:
    from domain.broadcasts.audience import zone_of
    from domain.broadcasts.operator import drafted_by_operator
    from domain.broadcasts.preview import preview_for_operator
    from domain.commands import execute
    from flows.broadcasts.preview import reading, says, summary
    from flows.words.texts import words

    with _refusals():
        cast = drafted_by_operator(app.store, order)
        seen = preview_for_operator(app.store, cast, zone_of(app.store, order.group))
        group = app.store.groups.get(order.group).name if order.group else "(the group)"
        said = says(seen, order.kind, group, "", str(cast.values.get("words", "")))
        for text in [*summary(seen, said), *(reading(each, said) for each in seen.languages)]:
            click.echo(words("en").say(text))
        if dry_run:
            click.echo("Nothing was written down.")
            return
        id = execute(app.store, uuid.uuid4().hex, order)
    click.echo(f"A code is on its way to {order.second}. Whoever has that phone types it within ten minutes:")
    click.echo(f"  python -m bot broadcast agree {id}")


def _group(app: "App", code: str) -> str:
    group = app.store.groups.one(code=code)
    if group is None:
        raise Refused(f"no group has the code {code}")
    return group.id


def _cast(app: "App", id: str) -> Broadcast:
    cast = app.store.broadcasts.one(id=id)
    if cast is None:
        raise Refused(f"no message is called {id}: python -m bot broadcast list")
    return cast


@contextmanager
def _refusals() -> Iterator[None]:
    """What the rules refuse is said in the words that members hear."""
    from flows.words.refusals import refusal
    from flows.words.texts import words

    try:
        yield
    except DomainError as refused:
        raise Refused(words("en").say(refusal(refused))) from refused


def _progress(app: "App", id: str) -> "Progress":
    from domain.broadcasts.audience import zone_of
    from domain.broadcasts.progress import progress_of

    cast = _cast(app, id)
    return progress_of(app.store, cast, zone_of(app.store, cast.group))


def _follow(app: "App", id: str) -> None:
    """A bar of those who are no longer queued, until nobody is."""
    seen = _progress(app, id)
    with click.progressbar(length=max(1, seen.people), label=seen.kind) as bar:
        while seen.state in STILL_GOING:
            bar.length = max(1, seen.people)
            bar.update(seen.people - seen.queued - bar.pos)
            time.sleep(1)
            seen = _progress(app, id)
        bar.update(seen.people - seen.queued - bar.pos)


def _counts(seen: "Progress") -> Iterator[str]:
    from flows.words.broadcasts import WHY_NOT
    from flows.words.texts import words

    yield f"{seen.kind} to {seen.audience}: {seen.state}, begins {seen.begins_on} {seen.begins_at}"
    for name in ("people", "queued", "sent", "delivered", "read", "unknown"):
        yield f"  {name:<10} {getattr(seen, name):>7}"
    for each in seen.not_reached:
        yield f"  {'not':<10} {each.people:>7}  {words('en').say(WHY_NOT[each.why])}"
