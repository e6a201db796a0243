"""Reminders, for an operator: what members of a group would hear today, and what reminders do."""

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Final

import click

from bot.cli.opening import OpenApp
from bot.terminal import Refused, count
from domain.reminders.effect import (
    Effect,
    InTime,
    Verdict,
    effect_on_contributions,
    effect_on_instalments,
)
from domain.reminders.held_out import is_held_out
from domain.reminders.rounds import reminders_today
from flows.words.notices import words_of

if TYPE_CHECKING:
    from bot.app import App

# All groups are counted: for longer than a member would wait.
_PATIENCE_SECONDS: Final = 3600

_SAYS: Final[Mapping[Verdict, str]] = {
    "too_early": "too early to tell: wait for more members to have something due, in both halves",
    "no_difference": "no difference that chance alone would not explain",
    "more": "more members pay in time with reminders",
    "fewer": "fewer members pay in time with reminders: look at what they say",
}


@click.group(invoke_without_command=True)
@click.option("--group", "code", metavar="CODE", help="The code of the group whose members' reminders are shown.")
@click.pass_context
def reminders(context: click.Context, code: str | None) -> None:
    """
    Show what members are reminded of today, and what reminders do.

    Without a command: what each member of the group with this CODE is to hear today, in their language, with what
    they have heard already. Nothing is sent by it.
    """
    if context.invoked_subcommand:
        return
    if not code:
        raise click.UsageError("which group? Give its --group CODE")
    open_app: OpenApp = context.obj
    with open_app("reminders") as app:
        group = app.store.groups.one(code=code)
        if group is None:
            raise Refused(f"no group has the code {code}")
        lines = list(_lines(app, group.id))
        for line in lines:
            click.echo(line)
        click.echo(f"Reminded today in {group.name}: {count(len(lines), 'member')}.")


def _lines(app: "App", group: str) -> Iterator[str]:
    out = bool(app.settings.reminders_held_out_since)
    for membership, notice in reminders_today(app.store, group):
        language = app.store.people.get(notice.person).language
        mark = " (held out: not sent)" if out and is_held_out(notice.person) else ""
        yield f"{membership.number}.{mark} {words_of(notice, language)}"


@reminders.command()
@click.pass_obj
def effect(open_app: OpenApp) -> None:
    """
    Show how many pay in time, of those who are reminded and of the tenth that is held out.

    That tenth gets no reminders from the day in REMINDERS_HELD_OUT_SINCE on. Each member of a group counts once,
    by its last meeting since then, and each loan by its last instalment. The difference has a range in which it
    lies 95 times in 100: while 0 is in it, chance alone may explain it.
    """
    with open_app("reminders") as app:
        since = app.settings.reminders_held_out_since
        if not since:
            raise Refused(
                "nobody is held out: set REMINDERS_HELD_OUT_SINCE to the day from which a tenth is to be"
            )
        with app.store.within(_PATIENCE_SECONDS):
            found = {
                "Contributions": effect_on_contributions(app.store, since),
                "Instalments": effect_on_instalments(app.store, since),
            }
        for what, counted in found.items():
            for line in _said(what, counted):
                click.echo(line)


def _said(what: str, effect: Effect) -> Iterator[str]:
    yield f"{what} paid in time"
    yield f"  reminded  {_half(effect.reminded)}"
    yield f"  held out  {_half(effect.held_out)}"
    if effect.verdict != "too_early":
        least, most = effect.interval
        yield (
            f"  difference  {effect.difference * 100:+.1f} points, from {least * 100:+.1f} to {most * 100:+.1f} "
            "in 95 of 100"
        )
    yield f"  {_SAYS[effect.verdict]}"


def _half(half: InTime) -> str:
    return f"{half.paid} of {half.members}" + (f", {half.part * 100:.1f} %" if half.members else "")
