"""Lateness: the day a loan becomes late, what is at risk for it, what is set aside, and how a group is doing."""

import random
from dataclasses import replace
from datetime import date, timedelta
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from domain.arithmetic.arrears import (
    BUCKETS,
    BadBook,
    Bucket,
    Owing,
    approval_rate,
    bucket,
    by_instalment,
    collection_rate,
    default_rate,
    owing,
    portfolio_at_risk,
    provisions,
)
from domain.arithmetic.instalments import Repayment, RepaymentRules, Standing
from domain.arithmetic.loan_history import replay
from domain.arithmetic.rates import Rate
from domain.arithmetic.schedule import Terms
from domain.money import CurrencyMismatch, Money
from tests.domain.loans.lending import START, Life, lives
from tests.money import ugx

TODAY = date(2026, 6, 1)
RATES: dict[Bucket, Fraction] = {
    "0": Fraction(1, 100),
    "1-30": Fraction(10, 100),
    "31-60": Fraction(25, 100),
    "61-90": Fraction(50, 100),
    "91-180": Fraction(1),
    "181-365": Fraction(1),
    "> 365": Fraction(1),
}

# Due on 2 February, 2 March and 30 March: three times 400, with interest of 120, 80 and 40.
AGREED = Terms(Money(1_200, "UGX"), Rate(Fraction(10), "period"), 3, "4weeks", "declining-principal", START)

# Timings never decide.
runs = settings(max_examples=50)


def late(days: int | None, outstanding: int, *, lent: int = 10_000, written_off: bool = False) -> Owing:
    """A loan that is so many days late today; fewer than none is still to come, None is never."""
    oldest = None if days is None else TODAY - timedelta(days=days)
    return Owing(ugx(lent), ugx(outstanding), oldest, written_off)


def standing(*paid: tuple[date, int], today: date = date(2026, 4, 30)) -> Standing:
    payments = [Repayment(str(number), day, ugx(minor)) for number, (day, minor) in enumerate(paid)]
    return replay([AGREED], payments, today)


@st.composite
def books(draw: st.DrawFn) -> list[Owing]:
    def one() -> Owing:
        lent = draw(st.integers(1, 10**6))
        outstanding = draw(st.integers(0, lent))
        days = draw(st.integers(-30, 200)) if outstanding else None
        return late(days, outstanding, lent=lent, written_off=draw(st.integers(0, 4)) == 0)

    return [one() for _ in range(draw(st.integers(0, 12)))]


@pytest.mark.parametrize(
    ("days", "past_due", "name", "default"),
    [
        (None, 0, "0", False),
        (-10, 0, "0", False),
        (0, 0, "0", False),
        (1, 1, "1-30", False),
        (30, 30, "1-30", False),
        (31, 31, "31-60", False),
        (60, 60, "31-60", False),
        (61, 61, "61-90", False),
        (90, 90, "61-90", False),
        (91, 91, "91-180", True),
        (180, 180, "91-180", True),
        (181, 181, "181-365", True),
        (365, 365, "181-365", True),
        (366, 366, "> 365", True),
        (1_000, 1_000, "> 365", True),
    ],
)
def test_a_loan_is_as_late_as_its_oldest_unpaid_instalment(
    days: int | None, past_due: int, name: str, default: bool
) -> None:
    loan = late(days, 100)
    assert loan.days_past_due(TODAY) == past_due
    assert bucket(past_due) == name
    assert loan.in_default(TODAY) == default


def test_a_loan_written_off_is_in_default_whenever_that_was() -> None:
    assert late(0, 100, written_off=True).in_default(TODAY)
    assert not late(0, 100).in_default(TODAY)


def test_a_loan_that_was_written_off_is_owed_as_it_was_then() -> None:
    """What comes in afterwards pays nothing of it."""
    payments = [Repayment("a", date(2026, 2, 2), ugx(520)), Repayment("b", date(2026, 4, 2), ugx(300))]
    loan = owing(replay([AGREED], payments, date(2026, 4, 30), written_off=date(2026, 4, 1)))
    assert loan == Owing(ugx(1_200), ugx(800), date(2026, 3, 2), written_off=True)


def test_a_loan_that_rolled_over_is_late_since_its_last_agreed_day() -> None:
    """Its charges are paid, and its rest has a new day: it was still to be paid back on 2 February."""
    rolling = replace(AGREED, periods=1, method="roll-over")
    payments = [Repayment("a", date(2026, 2, 2), ugx(120)), Repayment("b", date(2026, 3, 2), ugx(120))]
    loan = owing(replay([rolling], payments, date(2026, 3, 4)))
    assert loan == Owing(ugx(1_200), ugx(1_200), date(2026, 2, 2))
    assert portfolio_at_risk([loan], 29, date(2026, 3, 4)) == 1


def test_a_loan_is_late_from_the_first_line_that_payments_left_open() -> None:
    """520 pay the first line, due on 2 February; of the second, due on 2 March, a coin is missing."""
    loan = owing(standing((date(2026, 2, 2), 520), (date(2026, 3, 2), 479), today=date(2026, 3, 5)))
    assert loan == Owing(ugx(1_200), ugx(401), date(2026, 3, 2))
    assert loan.days_past_due(date(2026, 3, 5)) == 3
    whole = owing(standing((date(2026, 2, 2), 520), (date(2026, 3, 2), 480), today=date(2026, 3, 5)))
    assert whole == Owing(ugx(1_200), ugx(400), date(2026, 3, 30))
    assert whole.days_past_due(date(2026, 3, 5)) == 0


@pytest.mark.parametrize(
    ("days", "part"),
    [
        (0, Fraction(600, 1_000)),
        (1, Fraction(500, 1_000)),
        (30, Fraction(500, 1_000)),
        (31, Fraction(300, 1_000)),
        (90, Fraction(300, 1_000)),
        (120, Fraction(0)),
    ],
)
def test_all_of_a_late_loan_is_at_risk(days: int, part: Fraction) -> None:
    """Loans of 400, 100, 200 and 300 that are 0, 1, 31 and 91 days late; the one written off counts nowhere."""
    book = [late(0, 400), late(1, 100), late(31, 200), late(91, 300), late(400, 5_000, written_off=True)]
    assert portfolio_at_risk(book, days, TODAY) == part


def test_of_nothing_lent_nothing_can_be_said() -> None:
    assert portfolio_at_risk([], 30, TODAY) is None
    assert portfolio_at_risk([late(None, 0)], 30, TODAY) is None
    assert default_rate([], TODAY) is None
    assert collection_rate([], START, TODAY) is None
    assert approval_rate(0, 0) is None
    assert portfolio_at_risk([late(0, 1)], 30, TODAY) == 0


@runs
@given(books(), st.integers(0, 120), st.integers(0, 120), st.randoms(use_true_random=False))
def test_the_longer_the_wait_the_less_is_at_risk(
    book: list[Owing], days: int, more: int, shuffled: random.Random
) -> None:
    """And neither the order of the loans nor where they come from changes it."""
    at_risk, later = portfolio_at_risk(book, days, TODAY), portfolio_at_risk(book, days + more, TODAY)
    assert (at_risk is None) == (later is None)
    if at_risk is not None and later is not None:
        assert 0 <= later <= at_risk <= 1
    other = list(book)
    shuffled.shuffle(other)
    assert portfolio_at_risk(other, days, TODAY) == at_risk


def test_provisions_are_by_how_late_a_loan_is() -> None:
    """Rounded once for a bucket, half to even: 1 % of 150 + 100 is 2.5, so 2."""
    book = [late(0, 150), late(-5, 100), late(10, 333), late(91, 70), late(200, 30), late(95, 9, written_off=True)]
    table = provisions(book, RATES, TODAY, "UGX")
    assert [(line.bucket, line.loans, line.outstanding.minor, line.set_aside.minor) for line in table] == [
        ("0", 2, 250, 2),
        ("1-30", 1, 333, 33),
        ("31-60", 0, 0, 0),
        ("61-90", 0, 0, 0),
        ("91-180", 1, 70, 70),
        ("181-365", 1, 30, 30),
        ("> 365", 0, 0, 0),
    ]


def test_each_instalment_is_as_late_as_it_is_itself() -> None:
    """Of three times 400 the first is 34 days late on 8 March, the second 6, and the third is still to come."""
    today = date(2026, 3, 8)
    standing = replay([AGREED], [], today)
    held = by_instalment([standing, replay([AGREED], [], today, written_off=today)], today, "UGX")
    assert {name: amount.minor for name, amount in held.items() if amount} == {"0": 400, "1-30": 400, "31-60": 400}
    assert list(held) == list(BUCKETS)
    year_later = date(2027, 3, 8)
    assert by_instalment([replay([AGREED], [], year_later)], year_later, "UGX")["> 365"] == ugx(800)


@given(lives(ends_badly=[False]))
def test_all_that_is_outstanding_is_in_one_class_of_lateness(life: Life) -> None:
    standing = life.standing()
    assert sum(each.minor for each in by_instalment([standing], life.today, "UGX").values()) == (
        standing.outstanding.minor
    )


@runs
@given(books())
def test_the_table_holds_every_loan_once(book: list[Owing]) -> None:
    table = provisions(book, RATES, TODAY, "UGX")
    held = [loan for loan in book if loan.outstanding and not loan.written_off]
    assert [line.bucket for line in table] == list(BUCKETS)
    assert sum(line.loans for line in table) == len(held)
    assert sum(line.outstanding.minor for line in table) == sum(loan.outstanding.minor for loan in held)
    assert all(0 <= line.set_aside.minor <= line.outstanding.minor for line in table)
    late_ones = sum(line.outstanding.minor for line in table[1:])
    assert (portfolio_at_risk(book, 0, TODAY) or 0) * sum(line.outstanding.minor for line in table) == late_ones


@pytest.mark.parametrize(
    "wrong", [{"0": Fraction(-1, 100)}, {"> 365": Fraction(2)}, {"31-60": None}, {"91-120": Fraction(1)}]
)
def test_every_bucket_has_a_rate_and_there_is_no_other(wrong: dict[str, Any]) -> None:
    rates: dict[Any, Any] = {**RATES, **wrong}
    rates = {name: rate for name, rate in rates.items() if rate is not None}
    with pytest.raises(BadBook):
        provisions([], rates, TODAY, "UGX")
    assert len(provisions([], RATES, TODAY, "UGX")) == len(BUCKETS)


def test_approval_is_of_the_requests_that_were_decided() -> None:
    assert approval_rate(3, 1) == Fraction(3, 4)
    assert approval_rate(0, 2) == 0
    with pytest.raises(BadBook):
        approval_rate(-1, 2)
    with pytest.raises(BadBook):
        approval_rate(1, -2)


@pytest.mark.parametrize(
    ("paid", "part"),
    [
        ([], Fraction(0)),
        ([(date(2026, 3, 2), 480)], Fraction(480, 480)),
        ([(date(2026, 3, 7), 240)], Fraction(240, 480)),
        # What came before the period is out of both sides; all of it leaves nothing to collect.
        ([(date(2026, 2, 20), 100), (date(2026, 3, 2), 95)], Fraction(95, 380)),
        ([(date(2026, 2, 20), 480)], None),
        # What came in for the third line is no part of it, and what came after the period is too late.
        ([(date(2026, 3, 2), 900)], Fraction(480, 480)),
        ([(date(2026, 3, 30), 480)], Fraction(0)),
    ],
)
def test_collection_is_of_what_fell_due_in_the_period(paid: list[tuple[date, int]], part: Fraction | None) -> None:
    """1 to 29 March, when 480 fall due; the first line was paid on its day."""
    loan = standing((date(2026, 2, 2), 520), *paid)
    assert collection_rate([loan], date(2026, 3, 1), date(2026, 3, 29)) == part


def test_principal_that_went_on_fell_due_and_was_not_collected() -> None:
    """
    400 + 120 on 2 February, of which 130 came in; the rest of the principal goes on under new terms, or rolls over
    and falls due again on 2 March.
    """
    february = date(2026, 2, 1), date(2026, 2, 28)
    payments = [Repayment("a", date(2026, 2, 2), ugx(130))]
    later = replace(AGREED, start=date(2026, 2, 9))
    rescheduled = replay([AGREED, later], payments, date(2026, 4, 30))
    assert collection_rate([rescheduled], *february) == Fraction(130, 520)
    rolling = replace(AGREED, principal=ugx(400), periods=1, method="roll-over", rate=Rate(Fraction(30), "period"))
    rolled = replay([rolling], payments, date(2026, 3, 15))
    assert collection_rate([rolled], *february) == Fraction(130, 520)
    assert collection_rate([rolled], date(2026, 3, 1), date(2026, 3, 29)) == Fraction(0)
    assert [line.moved.minor for line in rolled.lines] == [390, 390, 0]


def test_a_period_has_both_its_first_and_its_last_day() -> None:
    """The second line falls due on 2 March, and 100 of it are paid on each of three days."""
    days = [date(2026, 3, 1), date(2026, 3, 2), date(2026, 3, 3)]
    loan = standing((date(2026, 2, 2), 520), *((day, 100) for day in days))
    assert collection_rate([loan], days[1], days[1]) == Fraction(100, 380)
    assert collection_rate([loan], days[0], days[1]) == Fraction(200, 480)
    assert collection_rate([loan], days[1], days[2]) == Fraction(200, 380)
    assert collection_rate([loan], days[2], days[2]) is None


def test_a_penalty_is_nothing_that_fell_due() -> None:
    """On 8 March the second line costs 10 more: 245 pay them and 235 of the 480."""
    loan = standing((date(2026, 2, 2), 520), (date(2026, 3, 10), 245))
    assert collection_rate([loan], date(2026, 3, 1), date(2026, 3, 29)) == Fraction(235, 480)


def test_collection_is_over_all_loans_of_the_period() -> None:
    paid, unpaid = standing((date(2026, 2, 2), 520)), standing()
    assert collection_rate([paid, unpaid], date(2026, 2, 1), date(2026, 2, 28)) == Fraction(520, 1_040)


@runs
@given(
    st.lists(st.tuples(st.integers(0, 100), st.integers(1, 600)), max_size=6),
    st.integers(0, 100),
    st.integers(0, 60),
)
def test_no_more_is_collected_than_fell_due(payments: list[tuple[int, int]], after: int, length: int) -> None:
    loan = replay(
        [AGREED],
        [
            Repayment(str(number), START + timedelta(days=days), ugx(minor))
            for number, (days, minor) in enumerate(payments)
        ],
        START + timedelta(days=200),
        RepaymentRules(surplus="principal"),
    )
    first = START + timedelta(days=after)
    rate = collection_rate([loan], first, first + timedelta(days=length))
    assert rate is None or 0 <= rate <= 1


@runs
@given(lives(), st.integers(0, 400), st.integers(0, 60))
def test_no_more_is_collected_whatever_became_of_the_loan(life: Life, after: int, length: int) -> None:
    first = START + timedelta(days=after)
    rate = collection_rate([life.standing()], first, first + timedelta(days=length))
    assert rate is None or 0 <= rate <= 1


def test_default_is_of_all_that_was_lent_to_the_cohort() -> None:
    """Lent four times 10,000; 2,000 are 91 days late and 500 were written off, 4,000 are only 90 days late."""
    cohort = [late(91, 2_000), late(3, 500, written_off=True), late(90, 4_000), late(None, 0)]
    assert default_rate(cohort, TODAY) == Fraction(2_500, 40_000)
    assert default_rate(cohort, TODAY + timedelta(days=1)) == Fraction(6_500, 40_000)


@runs
@given(books())
def test_no_more_is_lost_than_was_lent(book: list[Owing]) -> None:
    rate = default_rate(book, TODAY)
    assert rate is None or 0 <= rate <= 1


@pytest.mark.parametrize(("wrong", "right"), [(-1, 0), (101, 100)])
def test_from_nothing_to_all_of_a_loan_is_outstanding(wrong: int, right: int) -> None:
    with pytest.raises(BadBook):
        late(0, wrong, lent=100)
    assert late(0, right, lent=100).outstanding == ugx(right)


def test_two_currencies_have_no_rate_in_common() -> None:
    kes = Owing(Money(100, "KES"), Money(100, "KES"), TODAY)
    with pytest.raises(CurrencyMismatch):
        portfolio_at_risk([late(0, 100), kes], 30, TODAY)
    with pytest.raises(CurrencyMismatch):
        default_rate([late(0, 100), kes], TODAY)
    with pytest.raises(CurrencyMismatch):
        provisions([kes], RATES, TODAY, "UGX")
    with pytest.raises(CurrencyMismatch):
        Owing(Money(100, "KES"), ugx(100), TODAY)
