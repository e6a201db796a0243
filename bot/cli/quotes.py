"""What a loan would cost and how a pot would be shared, worked out at a terminal: no group, no store."""

import json
import re
from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from typing import Final, get_args

import click

from bot.terminal import Refused, json_option, say_table
from domain.arithmetic.periods import Every
from domain.arithmetic.rates import BadRate, Per, parse_rate
from domain.arithmetic.schedule import PERIODS_MAX, BadTerms, Method, Schedule, Terms, schedule
from domain.arithmetic.split import BadShares, share_out
from domain.money import EXPONENTS, MINOR_MAX, InvalidAmount, Money
from domain.typed_amounts import parse_amount

_HOLDING: Final = re.compile(r"([^=,]*[^=,\s])\s*=\s*(\d{1,12})", re.ASCII)


_currency = click.option(
    "--currency",
    type=click.Choice(sorted(EXPONENTS), case_sensitive=False),
    required=True,
    help="Of all amounts, which are in its major units: shillings, not cents.",
    metavar="CODE",
)


@click.command()
@click.option("--principal", required=True, help="What is lent.", metavar="AMOUNT")
@_currency
@click.option("--rate", "percent", required=True, help="In percent: 2 or 2.5.", metavar="PERCENT")
@click.option("--per", type=click.Choice(get_args(Per)), required=True, help="What the rate is for.")
@click.option(
    "--periods",
    type=click.IntRange(1, PERIODS_MAX),
    required=True,
    help=f"How many instalments, at most {PERIODS_MAX}.",
    metavar="NUMBER",
)
@click.option("--every", type=click.Choice(get_args(Every)), required=True, help="How far apart they are.")
@click.option("--method", type=click.Choice(get_args(Method)), required=True, help="How interest is counted.")
@click.option(
    "--start",
    type=click.DateTime(["%Y-%m-%d"]),
    required=True,
    help="The day it is lent; the first instalment is due one period later.",
    metavar="YYYY-MM-DD",
)
@click.option("--step", help="Instalments in multiples of this; one minor unit without.", metavar="AMOUNT")
@click.option("--unit", help="The smallest amount that can be paid: all are multiples of it.", metavar="AMOUNT")
@click.option(
    "--grace-principal",
    "grace",
    type=click.IntRange(min=0),
    default=0,
    help="So many instalments come first that pay only interest.",
    metavar="NUMBER",
)
@click.option("--daily", is_flag=True, help="Count interest by the day, 365 a year; not for flat interest.")
@json_option
def quote(
    principal: str,
    currency: str,
    percent: str,
    per: Per,
    periods: int,
    every: Every,
    method: Method,
    start: datetime,
    step: str | None,
    unit: str | None,
    grace: int,
    daily: bool,
    as_json: bool,
) -> None:
    """
    Show a loan's instalments, cost and effective yearly rate.

    \b
    flat                  interest on the whole loan in every period
    declining-instalment  interest on what is still owed; every payment the same
    declining-principal   interest on what is still owed; each pays the same back
    roll-over             a charge on the whole loan in every period; the loan is
                          paid back with the last

    A year is 52 weeks or 12 months: 2 a month is 24 a year, and 24/52 a week. Amounts are rounded half to even,
    in multiples of the unit, and the last instalment takes what rounding left. The effective yearly rate is by the
    days, compounded.
    """
    smallest = Money(1, currency)
    try:
        terms = Terms(
            principal=_amount("--principal", principal, currency),
            rate=parse_rate(percent, per),
            periods=periods,
            every=every,
            method=method,
            start=start.date(),
            step=(_amount("--step", step, currency) if step is not None else smallest).minor,
            unit=(_amount("--unit", unit, currency) if unit is not None else smallest).minor,
            grace=grace,
            daily=daily,
        )
    except (BadRate, BadTerms) as wrong:
        raise Refused(str(wrong)) from wrong
    worked_out = schedule(terms)
    if as_json:
        click.echo(json.dumps(quote_json(worked_out), indent=2))
    else:
        _say_quote(worked_out)


def quote_json(quoted: Schedule) -> dict[str, object]:
    """A quote as JSON values: amounts are decimal strings in major units, the rate is a percentage, "26.82"."""
    return {
        "currency": quoted.terms.principal.currency,
        "method": quoted.terms.method,
        "installments": [
            {
                "number": line.number,
                "due": line.due.isoformat(),
                "principal": line.principal.major,
                "interest": line.interest.major,
                "payment": line.payment.major,
                "balance": line.balance.major,
            }
            for line in quoted.instalments
        ],
        "total_interest": quoted.total_interest.major,
        "total_payment": quoted.total_payment.major,
        "effective_annual_rate": str(quoted.effective_yearly_percent),
    }


def _say_quote(quoted: Schedule) -> None:
    lines = (
        (
            str(line.number),
            line.due.isoformat(),
            *(money.grouped(",") for money in (line.payment, line.principal, line.interest, line.balance)),
        )
        for line in quoted.instalments
    )
    terms = quoted.terms
    percent = format(Decimal(terms.rate.percent.numerator) / terms.rate.percent.denominator, "f")
    by_day = ", by the day" if terms.daily else ""
    click.echo(f"{terms.principal} on {terms.start} at {percent} % a {terms.rate.per}, {terms.method}{by_day}\n")
    say_table([("", "due", "payment", "principal", "interest", "balance"), *lines])
    click.echo(f"\nTo pay in all          {quoted.total_payment}")
    click.echo(f"of which interest      {quoted.total_interest}")
    click.echo(f"Effective yearly rate  {quoted.effective_yearly_percent} %")


@click.command("share-out")
@_currency
@click.option("--pot", required=True, help="What there is to share.", metavar="AMOUNT")
@click.option("--shares", required=True, help="Who holds how many: ama=45,kofi=30.", metavar="NAME=NUMBER,...")
@click.option("--unit", help="The smallest payable amount; one minor unit without.", metavar="AMOUNT")
@json_option
def share(currency: str, pot: str, shares: str, unit: str | None, as_json: bool) -> None:
    """
    Share a pot out among members, in proportion to their shares.

    Each gets whole units, rounded down. The units left over go one each to whoever lost most by rounding; of two
    who lost the same, to the earlier name. What the pot has below one unit is not shared: nobody can be paid it.
    """
    whole, held = _amount("--pot", pot, currency), _holdings(shares)
    payable = _amount("--unit", unit, currency) if unit is not None else Money(1, currency)
    try:
        parts = share_out(whole, held, payable.minor)
    except BadShares as wrong:
        raise Refused(str(wrong)) from wrong
    total = sum(parts.values(), Money(0, currency))
    if as_json:
        click.echo(json.dumps(_share_out_json(parts, held, total), indent=2, ensure_ascii=False))
        return
    lines = ((name, str(held[name]), part.grouped(",")) for name, part in parts.items())
    say_table([("member", "shares", "amount"), *lines], names=1)
    click.echo(f"\nShared out  {total}")
    if total != whole:
        click.echo(f"Left over   {whole - total}, below one unit of {payable}")


def _share_out_json(parts: Mapping[str, Money], held: Mapping[str, int], total: Money) -> dict[str, object]:
    lines = [{"member": name, "shares": held[name], "amount": part.major} for name, part in parts.items()]
    return {"lines": lines, "total": total.major}


def _amount(option: str, typed: str, currency: str) -> Money:
    """Read an amount in major units. Raises Refused."""
    try:
        return parse_amount(typed, currency)
    except InvalidAmount as wrong:
        least, most = Money(1, currency).major, Money(MINOR_MAX, currency).major
        raise Refused(f"{option}: {typed!r} is no amount in {currency} from {least} to {most}") from wrong


def _holdings(typed: str) -> dict[str, int]:
    """Read who holds how many shares, in the order given. Raises Refused."""
    held: dict[str, int] = {}
    for each in typed.split(","):
        match = _HOLDING.fullmatch(each.strip())
        if match is None:
            raise Refused(f"--shares: {each.strip()!r} is no holding: write a name and a whole number, ama=45")
        name, number = match.groups()
        if name in held:
            raise Refused(f"--shares: {name} is there twice")
        held[name] = int(number)
    return held
