"""Who brings whom: what an operator looks at, so that nobody plays with rewards."""

from collections.abc import Mapping
from datetime import timedelta
from typing import TYPE_CHECKING, Final

import click

from bot.cli.opening import OpenApp
from bot.terminal import count

if TYPE_CHECKING:
    from domain.referrals.signals import Signal

_SIGNALS: Final[Mapping["Signal", str]] = {
    "many": "more than 10 within a week",
    "one_device": "several on one phone or chat",
    "circle": "each brought the next within a week",
    "leave_at_once": "they leave soon after the reward",
    "own_cash": "wrote down the newcomer's cash",
}


@click.command()
@click.option("--days", default=90, show_default=True, type=click.IntRange(1, 3650), help="How far to look back.")
@click.pass_obj
def referrals(open_app: OpenApp, days: int) -> None:
    """
    List who brought new members, and what looks odd.

    A line each: the person's id and name, how many wait for their first contribution, were rewarded, or refused
    and why; and behind an exclamation mark what to look at. Those with most of it come first. Nothing is stopped
    by it: `python -m bot ledger` shows what a group gave.
    """
    from domain.referrals.signals import referrers_seen

    with open_app("referrals") as app:
        seen = referrers_seen(app.store, app.store.now() - timedelta(days=days))
        for each in seen:
            refused = ", ".join(f"{why} {count}" for why, count in sorted(each.refused.items()))
            counts = f"waiting {each.waiting}  rewarded {each.rewarded}  refused {sum(each.refused.values())}"
            why = f" ({refused})" if refused else ""
            odd = "".join(f"  ! {_SIGNALS[signal]}" for signal in each.signals)
            click.echo(f"{each.person}  {each.name}  {counts}{why}{odd}")
        odd_ones = sum(bool(each.signals) for each in seen)
        click.echo(f"{count(len(seen), 'person', 'people')} brought others, {odd_ones} of them to look at.")
