"""Any loan at all, with any rules, payments, new terms and end."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from fractions import Fraction
from itertools import permutations
from typing import get_args

from hypothesis import strategies as st

from domain.arithmetic.instalments import PARTS, BroughtForward, Repayment, RepaymentRules, Standing, Surplus
from domain.arithmetic.loan_history import replay
from domain.arithmetic.periods import PERIODS_A_YEAR, Calendar
from domain.arithmetic.rates import Rate
from domain.arithmetic.schedule import ChargeOn, Method, Terms, schedule
from tests.money import ugx

START = date(2026, 1, 5)
EVERY_DAY = Calendar()
METHODS: Sequence[Method] = get_args(Method)


def paid(reference: str, days: int, minor: int, *, reversed: bool = False) -> Repayment:
    """So many days after the loan began."""
    return Repayment(reference, START + timedelta(days=days), ugx(minor), reversed)


@dataclass(frozen=True, slots=True)
class Life:
    """All that ever happened to a loan."""

    agreements: list[Terms]
    repayments: list[Repayment]
    today: date
    written_off: date | None
    rules: RepaymentRules
    brought: BroughtForward | None = None

    def standing(self) -> Standing:
        return replay(self.agreements, self.repayments, self.today, self.rules, self.written_off, self.brought)


@st.composite
def loans(
    draw: st.DrawFn, start: date = START, calendar: Calendar = EVERY_DAY, methods: Sequence[Method] = METHODS
) -> Terms:
    periods = draw(st.integers(1, 8))
    method = draw(st.sampled_from(methods))
    return Terms(
        principal=ugx(draw(st.integers(1, 20) | st.integers(1, 10**6))),
        rate=Rate(draw(st.fractions(0, 30, max_denominator=100)), "period"),
        periods=periods,
        every=draw(st.sampled_from(sorted(PERIODS_A_YEAR))),
        method=method,
        start=start,
        step=draw(st.sampled_from([1, 100])),
        grace=draw(st.integers(0, periods - 1)),
        daily=method != "flat" and draw(st.booleans()),
        charge_on=draw(st.sampled_from(get_args(ChargeOn))) if method == "roll-over" else "balance",
        calendar=calendar,
    )


@st.composite
def calendars(draw: st.DrawFn, near: date = START) -> Calendar:
    """Holidays and meetings within two years of a day."""
    days = st.dates(near, near + timedelta(days=730))
    return Calendar(
        holidays=tuple(draw(st.lists(days, max_size=30))),
        first_meeting=draw(st.none() | days),
        every=draw(st.sampled_from(sorted(PERIODS_A_YEAR))),
    )


@st.composite
def products(draw: st.DrawFn) -> RepaymentRules:
    surplus: Surplus = draw(st.sampled_from(get_args(Surplus)))
    return RepaymentRules(
        order=draw(st.sampled_from(sorted(permutations(PARTS)))),
        surplus=surplus,
        fee_minor=draw(st.sampled_from([0, 50])),
        penalty=draw(st.sampled_from([Fraction(0), Fraction(2, 100), Fraction(1, 3)])),
        penalty_days=draw(st.integers(0, 10)),
        penalty_cap=draw(st.sampled_from([Fraction(0), Fraction(1, 100), Fraction(1, 10)])),
        keeps_interest=surplus != "principal" and draw(st.booleans()),
    )


@st.composite
def histories(draw: st.DrawFn) -> tuple[Terms, list[Repayment], date]:
    """A loan, what was paid on it, some of it taken back, and a day after all of it."""
    agreed = draw(loans())
    repayments = draw(_payments(agreed))
    last = max((repayment.day for repayment in repayments), default=START)
    return agreed, repayments, last + timedelta(days=draw(st.integers(0, 60)))


@st.composite
def lives(
    draw: st.DrawFn,
    methods: Sequence[Method] = METHODS,
    new_terms: tuple[int, int] = (0, 2),
    ends_badly: Sequence[bool] = (False, True),
) -> Life:
    """The same, with new terms from so many to so many times, and then perhaps written off."""
    calendar = draw(st.just(EVERY_DAY) | calendars())
    agreements = [draw(loans(calendar=calendar, methods=methods))]
    for _ in range(draw(st.integers(*new_terms))):
        later = agreements[-1].start + timedelta(days=draw(st.integers(1, 200)))
        agreements.append(draw(loans(start=later, calendar=calendar)))
    repayments = draw(_payments(agreements[0]))
    last = max([agreements[-1].start, *(repayment.day for repayment in repayments)])
    today = last + timedelta(days=draw(st.integers(0, 60)))
    written_off = draw(st.dates(agreements[-1].start, today)) if draw(st.sampled_from(ends_badly)) else None
    return Life(agreements, repayments, today, written_off, draw(products()))


@st.composite
def brought_lives(draw: st.DrawFn) -> Life:
    """The same of a loan that was late already when its terms began."""
    life = draw(lives())
    terms = life.agreements[0]
    rolls = terms.method == "roll-over"
    interest, penalty = draw(st.tuples(st.integers(0, 10_000), st.integers(0, 10_000)).filter(any))
    principal = 0 if rolls else draw(st.integers(0, terms.principal.minor))
    since = terms.start - timedelta(days=draw(st.integers(0, 400)))
    return replace(life, brought=BroughtForward(since, ugx(interest), ugx(penalty), ugx(principal)))


@st.composite
def _payments(draw: st.DrawFn, agreed: Terms) -> list[Repayment]:
    planned = schedule(agreed)
    days = st.integers(0, (planned.instalments[-1].due - START).days + 30)
    share = planned.total_payment.minor // 2 + 1
    return [
        paid(str(number), draw(days), draw(st.integers(1, share)), reversed=draw(st.integers(0, 3)) == 0)
        for number in range(draw(st.integers(0, 7)))
    ]
