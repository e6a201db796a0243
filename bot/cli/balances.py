"""What our accounts with providers hold, beside what groups have there by their books."""

import sys
from datetime import UTC

import click

from bot.cli.opening import OpenApp
from bot.terminal import say_table


@click.command()
@click.option("--list", "only_list", is_flag=True, help="Ask nobody, show what was said last.")
@click.pass_obj
def balances(open_app: OpenApp, only_list: bool) -> None:
    """
    Ask what our accounts with providers hold.

    A line for each account, with the moment (UTC) that it is of, and one for what all groups together had there by
    their books then. M-Pesa answers by calling us, seconds later: until then what it said last is shown. Exits 1
    when a provider that was asked does not say.
    """
    from bot.balances import ask_all, last_balances

    with open_app("balances") as app:
        later, problems = ([], {}) if only_list else ask_all(app)
        rows = [("provider", "account", "at", "amount")]
        for each in last_balances(app.store):
            at = f"{each.at.astimezone(UTC):%Y-%m-%d %H:%M:%S}"
            rows += [(each.rail, name, at, str(amount)) for name, amount in each.accounts.items()]
            rows += [(each.rail, "in the books", at, str(amount)) for amount in each.books.values()]
    if len(rows) == 1:
        click.echo("No provider has said what our accounts hold.")
    else:
        say_table(rows, names=3)
    if later:
        click.echo(f"Asked, and answered in seconds: {', '.join(later)}. Look again with --list.", err=True)
    for rail, problem in problems.items():
        click.echo(f"{rail} did not say all of it: {problem}", err=True)
    if problems:
        sys.exit(1)
