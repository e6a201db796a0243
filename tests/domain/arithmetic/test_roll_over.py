"""A loan that is not paid back on its day rolls over, and costs a charge for each period more."""

from dataclasses import replace
from datetime import date, timedelta
from fractions import Fraction
from itertools import pairwise

import pytest
from hypothesis import given

from domain.arithmetic.instalments import Repayment, RepaymentRules, Standing
from domain.arithmetic.loan_history import replay
from domain.arithmetic.periods import due_dates
from domain.arithmetic.rates import Rate
from domain.arithmetic.schedule import ChargeOn
from tests.domain.arithmetic.agreements import AGREED, ROLLING, figures
from tests.domain.loans.lending import START, Life, lives, paid
from tests.money import ugx


def rolled(days: int, *payments: Repayment, charge_on: ChargeOn = "balance") -> Standing:
    return replay([replace(ROLLING, charge_on=charge_on)], payments, START + timedelta(days=days))


def test_a_roll_over_owes_nothing_before_its_day() -> None:
    assert rolled(27).due == ugx(0)
    assert rolled(28).due == ugx(110_000)
    assert figures(rolled(28)) == [(1, "02 Feb", 10_000, 100_000, 0, 0)]


@pytest.mark.parametrize(("charge_on", "charge"), [("balance", 8_000), ("loan", 10_000)])
def test_what_is_not_paid_rolls_over_and_costs_a_charge(charge_on: ChargeOn, charge: int) -> None:
    """30,000 on the day: the charge of 10,000, and 20,000 of the loan."""
    standing = rolled(29, paid("a", 28, 30_000), charge_on=charge_on)
    assert figures(standing) == [
        (1, "02 Feb", 10_000, 20_000, 10_000, 20_000),
        (2, "02 Mar", charge, 80_000, 0, 0),
    ]
    assert standing.lines[0].moved == ugx(80_000)
    assert standing.due == ugx(0)


@pytest.mark.parametrize(("charge_on", "charge"), [("balance", 8_000), ("loan", 10_000)])
def test_each_further_period_costs_a_charge_and_none_is_on_a_charge(charge_on: ChargeOn, charge: int) -> None:
    """Nothing is paid on 2 March, nor on 30 March: the charges stay owed, and the next is on the loan alone."""
    standing = rolled(90, paid("a", 28, 30_000), charge_on=charge_on)
    assert figures(standing)[1:] == [
        (2, "02 Mar", charge, 0, 0, 0),
        (3, "30 Mar", charge, 0, 0, 0),
        (4, "27 Apr", charge, 80_000, 0, 0),
    ]
    assert standing.due == ugx(2 * charge)
    assert standing.unpaid == ugx(80_000 + 3 * charge)


def test_a_period_for_which_nothing_is_left_of_the_loan_has_no_fee() -> None:
    """570 are the first period with its fee of 50; 500 more pay the last one's 400, and 100 of the second."""
    rules = RepaymentRules(fee_minor=50, surplus="principal")
    standing = replay([AGREED], [paid("a", 1, 1_070)], START + timedelta(days=1), rules)
    assert [line.owed.fee.minor for line in standing.lines] == [50, 50, 0]
    assert [line.owed.interest.minor for line in standing.lines] == [120, 30, 0]


def test_the_charges_are_paid_before_the_loan() -> None:
    """On 10 March 8,000 of the second line and 8,000 of the third, which has begun, and 72,000 of the loan."""
    standing = rolled(85, paid("a", 28, 30_000), paid("b", 64, 88_000))
    assert figures(standing)[1:] == [
        (2, "02 Mar", 8_000, 0, 8_000, 0),
        (3, "30 Mar", 8_000, 72_000, 8_000, 72_000),
        (4, "27 Apr", 800, 8_000, 0, 0),
    ]


def test_a_roll_over_that_is_paid_back_costs_no_more() -> None:
    """With a part missing it does; with only a charge unpaid it does not: there is no loan to charge on."""
    assert len(rolled(300, paid("a", 28, 110_000)).lines) == 1
    assert len(rolled(300, paid("a", 28, 109_000)).lines) == 11
    principal_first = RepaymentRules(order=("principal", "interest", "fee", "penalty"))
    unpaid_charge = replay([ROLLING], [paid("a", 28, 100_000)], START + timedelta(days=300), principal_first)
    assert figures(unpaid_charge) == [(1, "02 Feb", 10_000, 100_000, 0, 100_000)]


def test_a_loan_that_rolled_over_is_late_since_it_was_to_be_paid_back() -> None:
    """Though its rest has a new day; when only the last charge is unpaid, from that charge's day."""
    standing = rolled(90, paid("a", 28, 10_000), paid("b", 57, 20_000))
    assert standing.lines[-1].due == date(2026, 4, 27)
    assert standing.oldest_unpaid == date(2026, 2, 2)
    principal_first = RepaymentRules(order=("principal", "interest", "fee", "penalty"))
    history = [paid("a", 28, 10_000), paid("b", 30, 100_000)]
    charge_left = replay([ROLLING], history, START + timedelta(days=40), principal_first)
    assert charge_left.oldest_unpaid == date(2026, 3, 2)


def test_a_roll_over_has_no_penalties() -> None:
    late = replay(
        [ROLLING], [], START + timedelta(days=200), RepaymentRules(penalty=Fraction(1), penalty_cap=Fraction(1))
    )
    assert not any(line.owed.penalty for line in late.lines)


def test_a_charge_by_the_day_goes_by_the_days_of_its_period() -> None:
    """36.5 % a year of 100,000 on 31, 28 and 31 days."""
    daily = replace(ROLLING, rate=Rate(Fraction(73, 2), "year"), every="month", daily=True)
    standing = replay([daily], [], date(2026, 3, 6))
    assert [line.owed.interest for line in standing.lines] == [ugx(3_100), ugx(2_800), ugx(3_100)]


@given(lives(methods=["roll-over"], new_terms=(0, 0), ends_badly=[False]))
def test_there_is_no_charge_on_charges(life: Life) -> None:
    """Each is on the loan as it was owed when its period began, whatever was not paid of other charges."""
    (terms,) = life.agreements
    ends = [terms.start, *due_dates(terms.start, terms.every, 600)]
    lines = life.standing().lines
    for before, line in pairwise(lines[terms.periods - 1 :]):
        by_then = [repayment for repayment in life.repayments if repayment.day <= before.due]
        balance = replay([terms], by_then, before.due, life.rules).outstanding.minor
        base = terms.principal.minor if terms.charge_on == "loan" else balance
        rate = terms.period_rate(ends[line.number - 1], ends[line.number])
        charge = round(base * rate)
        # A charge by the day is for the days that had passed when a payment ended the loan.
        ended_in_it = terms.daily and line == lines[-1] and not line.unpaid.total
        assert balance and (
            line.owed.interest.minor <= charge if ended_in_it else line.owed.interest.minor == charge
        )
        assert not line.owed.penalty and not line.owed.fee


def test_a_roll_over_that_is_written_off_rolls_no_further() -> None:
    """On 16 February the second period has begun, and its charge is owed."""
    day = date(2026, 2, 16)
    standing = replay([ROLLING], [], date(2027, 2, 16), written_off=day)
    assert figures(standing) == [(1, "02 Feb", 10_000, 0, 0, 0), (2, "02 Mar", 10_000, 100_000, 0, 0)]

    by_day = replace(ROLLING, rate=Rate(Fraction(3_650, 28), "year"), daily=True)
    broken_off = replay([by_day], [], date(2027, 2, 16), written_off=day)
    assert figures(broken_off)[1] == (2, "02 Mar", 5_000, 100_000, 0, 0)
