"""
What an operator, or an agent for their groups, sees first: everything in figures.

It adds up what `domain/board/daily.py` keeps for each group, a row a group however long its history, and counts
only what is open now.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import datetime, timedelta
from fractions import Fraction
from typing import Final

from domain.arithmetic.arrears import SomeOf
from domain.board.targets import Measured, percent, worst
from domain.books.statements import BEGINNING, END
from domain.money import Money
from domain.records.figures import Figures, Total
from domain.records.payment import OPEN
from domain.store import Between, Store

WAITS_LONG: Final = timedelta(hours=1)

_RATES: Final = tuple(each.name for each in fields(Figures) if isinstance(getattr(Figures(), each.name), SomeOf))


@dataclass(frozen=True, slots=True)
class InCurrency:
    """
    The groups that have one currency. Amounts are those of `Figures`; rates are parts of one, None where there is
    nothing to measure.
    """

    currency: str
    groups: int
    members: int
    savings: Money
    lent: Money
    loans: int
    money_in: Money
    money_out: Money
    par1: Fraction | None
    par30: Fraction | None
    par90: Fraction | None
    default: Fraction | None
    collection: Fraction | None


@dataclass(frozen=True, slots=True)
class Dashboard:
    """
    All groups that somebody may see. A person in two groups is two `members`. `approval` and `attendance` are
    parts of one; `missed` are meetings, of so many `planned`. `stuck` payments wait for a person, and those
    `waiting` have waited for their provider for more than an hour. `as_of` is when the oldest of the figures were
    worked out, None before there is any.

    `measured` are the rates that have a place in the table of targets, as they are where they are worst: there is
    no rate over two currencies.
    """

    as_of: datetime | None
    groups: int
    members: int
    currencies: tuple[InCurrency, ...]
    approval: Fraction | None
    attendance: Fraction | None
    missed: int
    planned: int
    stuck: int
    waiting: int
    measured: tuple[Measured, ...]


def dashboard(
    store: Store, groups: Sequence[str] | None = None, totals: Sequence[Total] | None = None
) -> Dashboard:
    """
    The figures of these groups, None for all; see `Dashboard`. What they add up to can be given. Four queries,
    each bounded by an index.
    """
    totals = store.figures.added_up(groups) if totals is None else totals
    rates = {name: sum((getattr(each.figures, name) for each in totals), SomeOf()) for name in _RATES}
    among: Mapping[str, list[str]] = {} if groups is None else {"group": list(groups)}
    currencies = tuple(_in_currency(each) for each in totals)
    return Dashboard(
        as_of=min((each.oldest for each in totals), default=None),
        groups=sum(each.groups for each in totals),
        members=sum(each.figures.members for each in totals),
        currencies=currencies,
        approval=rates["approval"].rate,
        attendance=rates["attendance"].rate,
        missed=rates["missed"].some,
        planned=rates["missed"].whole,
        stuck=store.payments.count(needs_person=True, **among),
        waiting=waiting_payments(store, among),
        measured=(
            worst("default_rate", (percent(each.default) for each in currencies)),
            worst("collection_rate", (percent(each.collection) for each in currencies)),
            Measured("approval_rate", percent(rates["approval"].rate)),
        ),
    )


def waiting_payments(store: Store, among: Mapping[str, list[str]]) -> int:
    """How many payments the provider has not told the end of for WAITS_LONG, and nobody has to look at yet."""
    old = Between(BEGINNING.at, store.now() - WAITS_LONG)
    some_day = Between(BEGINNING.at, END.at)
    return store.payments.count(next_at=some_day, state=list(OPEN), needs_person=False, created_at=old, **among)


def _in_currency(total: Total) -> InCurrency:
    figures, currency = total.figures, total.currency
    return InCurrency(
        currency=currency,
        groups=total.groups,
        members=figures.members,
        savings=Money(figures.savings, currency),
        lent=Money(figures.lent, currency),
        loans=figures.loans,
        money_in=Money(figures.money_in, currency),
        money_out=Money(figures.money_out, currency),
        par1=figures.par1.rate,
        par30=figures.par30.rate,
        par90=figures.par90.rate,
        default=figures.default.rate,
        collection=figures.collection.rate,
    )
