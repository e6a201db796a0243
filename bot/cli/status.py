"""What an operator says on the public status page."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import click

from bot.cli.opening import OpenApp
from bot.cli.operators import at_terminal
from bot.terminal import Refused
from domain.records.incident import PUBLIC_WORDS_MAX

if TYPE_CHECKING:
    from bot.app import App
    from domain.records.incident import Incident

_about = click.option(
    "--about",
    "components",
    multiple=True,
    type=click.Choice(["ussd", "whatsapp", "telegram", "sms", "mobile_money", "web"]),
    help="What it is about; may be repeated. Left out: all of it.",
)
_MOMENT = click.DateTime(["%Y-%m-%d %H:%M"])


@click.group()
def status() -> None:
    """
    Say on the public status page what does not work.

    And what will be worked on. The page is /status. Anybody reads it: no phone number and no machine's address may
    stand in it. Times are UTC.
    """


@status.command()
@click.argument("words")
@_about
@click.option("--away", is_flag=True, help="It does not work at all; left out: it has trouble.")
@click.option("--id", "id", default="", help="More words on this one; left out: a new one.")
@click.pass_obj
def say(open_app: OpenApp, words: str, components: Sequence[Any], away: bool, id: str) -> None:
    """Say in WORDS that something does not work, or more about it; prints its id."""
    from domain.board.status import say

    with _writing(open_app, "status.said") as app:
        _show(say(app.store, words, components, "away" if away else "trouble", id))


@status.command()
@click.argument("words")
@click.option("--from", "begins", type=_MOMENT, required=True, help='When it begins, like "2026-12-01 22:00".')
@click.option("--until", "ends", type=_MOMENT, required=True, help="When it is over, at the latest.")
@_about
@click.option("--trouble", is_flag=True, help="Things go on, slowly; left out: they do not work meanwhile.")
@click.pass_obj
def plan(
    open_app: OpenApp, words: str, begins: datetime, ends: datetime, components: Sequence[Any], trouble: bool
) -> None:
    """Say in WORDS what will be worked on; prints its id."""
    from domain.board.status import plan_work

    first, last = (each.replace(tzinfo=UTC) for each in (begins, ends))
    with _writing(open_app, "status.planned") as app:
        _show(plan_work(app.store, words, first, last, components, "trouble" if trouble else "away"))


@status.command()
@click.argument("id")
@click.argument("words", default="")
@click.pass_obj
def resolve(open_app: OpenApp, id: str, words: str) -> None:
    """Say that ID is over, and in WORDS what was done."""
    from domain.board.status import resolve

    with _writing(open_app, "status.resolved") as app:
        _show(resolve(app.store, id, words))


@status.command(name="list")
@click.pass_obj
def list_(open_app: OpenApp) -> None:
    """List what is shown: open, planned, and resolved in the last seven days."""
    from domain.board.status import public

    with open_app("status") as app:
        shown = public(app.store)
    for what, incidents in (("open", shown.open), ("planned", shown.planned), ("resolved", shown.resolved)):
        for each in incidents:
            click.echo(f"{each.id}  {what}  {each.began_at:%Y-%m-%d %H:%M}  {each.said[-1].words}")
    if not (shown.open or shown.planned or shown.resolved):
        click.echo("Nothing is shown.")


def _show(incident: "Incident") -> None:
    click.echo(incident.id)


@contextmanager
def _writing(open_app: OpenApp, did: str) -> Iterator["App"]:
    """What is said is in the log of acts. Raises Refused."""
    from domain.access.audit import note
    from domain.board.status import NoSuchIncident, NotForAnybody, NoTimeForWork

    with open_app("status") as app:
        try:
            yield app
        except NotForAnybody as refused:
            raise Refused(
                f"the words may have {PUBLIC_WORDS_MAX} characters, and no phone number and no machine's address"
            ) from refused
        except NoSuchIncident as refused:
            raise Refused("nothing that is open is called that: python -m bot status list") from refused
        except NoTimeForWork as refused:
            raise Refused("planned work ends after it begins, and not in the past") from refused
        note(app.store, None, did, where=at_terminal())
