"""A group's loans together: who is late, what is at risk, what is set aside for it, how lending goes."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from fractions import Fraction
from typing import Final

from domain.arithmetic.arrears import (
    BUCKETS,
    Bucket,
    Owing,
    Provision,
    approval_rate,
    by_instalment,
    collection_rate,
    default_rate,
    owing,
    portfolio_at_risk,
    provisions,
)
from domain.arithmetic.instalments import Standing
from domain.loans.owed import payoff
from domain.money import Money
from domain.people.find import names_of
from domain.records.payment import Ref
from domain.store import Between, Store
from domain.tables import Some

PAR_DAYS: Final = (1, 30, 60, 90)
# What is set aside of what is so late. Each lender chooses its own table; this one is a common, careful one.
RATES: Final[Mapping[Bucket, Fraction]] = {
    "0": Fraction(1, 100),
    "1-30": Fraction(10, 100),
    "31-60": Fraction(25, 100),
    "61-90": Fraction(50, 100),
    "91-180": Fraction(1),
    "181-365": Fraction(1),
    "> 365": Fraction(1),
}
_LONG_AGO: Final = "0001-01-01"


@dataclass(frozen=True, slots=True)
class Late:
    """
    A loan with an unpaid instalment whose day has passed; `name` is the borrower's, `due` all that is late, and
    `payoff` what ends it today, None in a talk of before.
    """

    id: str
    name: str
    ref: Ref
    outstanding: Money
    due: Money
    days_late: int
    payoff: Money | None = None


@dataclass(frozen=True, slots=True)
class Portfolio:
    """
    A group's loans on a day, and how lending went in the days from `first` to it.

    `at_risk` is PAR by days, of PAR_DAYS. `provisions` has each loan where its oldest instalment is, and `late`
    the outstanding principal by how late its own instalment is. Rates are parts of one, None where there is
    nothing to measure: `approval` of the requests decided in the period, `collection` of what fell due in it,
    `default` of what was lent in it.
    """

    first: date
    today: date
    loans: int
    outstanding: Money
    at_risk: Mapping[int, Fraction | None]
    provisions: tuple[Provision, ...]
    late: Mapping[Bucket, Money]
    approval: Fraction | None
    collection: Fraction | None
    default: Fraction | None


def arrears(store: Store, group_id: str, past: str = "") -> Some[Late]:
    """
    The loans that are late, the latest first.

    Since when a loan is late is kept with it, so this is one query of an index however many loans there are.
    """
    today = store.groups.get(group_id).constitution.day(store.now())
    late = store.loans.some(
        past=past,
        group=group_id,
        state="active",
        oldest_unpaid=Between(_LONG_AGO, str(today - timedelta(days=1))),
        sort="oldest_unpaid",
    )
    names = names_of(store, [loan.person for loan in late])
    standings = [(loan, loan.standing(today)) for loan in late]
    seen = [
        Late(
            id=loan.id,
            name=names[loan.person],
            ref=loan.ref,
            outstanding=loan.owed,
            due=standing.due,
            days_late=owing(standing).days_past_due(today),
            payoff=payoff(loan, today),
        )
        for loan, standing in standings
    ]
    return Some(seen, late.more)


def portfolio(store: Store, group_id: str, first: date) -> Portfolio:
    """
    All loans of a group today.

    Each is replayed: a report, and not something to wait for in a conversation.
    """
    group = store.groups.get(group_id)
    today = group.constitution.day(store.now())
    lent: list[Owing] = []
    cohort: list[Owing] = []
    due: list[Standing] = []
    late = {name: Money(0, group.currency) for name in BUCKETS}
    decided: Counter[bool] = Counter()
    for loan in store.loans.each(group=group_id):
        if loan.decided_on and loan.decided_on >= first:
            decided[loan.state != "rejected"] += 1
        if loan.disbursed_on is None:
            continue
        standing = loan.standing(today)
        lent.append(owing(standing))
        for name, principal in by_instalment([standing], today, group.currency).items():
            late[name] += principal
        if loan.disbursed_on >= first:
            cohort.append(lent[-1])
        if any(first <= line.due <= today for line in standing.lines):
            due.append(standing)
    held = [loan for loan in lent if loan.outstanding and not loan.written_off]
    return Portfolio(
        first=first,
        today=today,
        loans=len(held),
        outstanding=sum((loan.outstanding for loan in held), Money(0, group.currency)),
        at_risk={days: portfolio_at_risk(held, days, today) for days in PAR_DAYS},
        provisions=provisions(held, RATES, today, group.currency),
        late=late,
        approval=approval_rate(decided[True], decided[False]),
        collection=collection_rate(due, first, today),
        default=default_rate(cohort, today),
    )
