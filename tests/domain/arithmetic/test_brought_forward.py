"""A loan that the group brought with it: what was late then is owed besides its terms."""

from dataclasses import replace
from datetime import date, timedelta
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.arithmetic.arrears import owing
from domain.arithmetic.instalments import BadBroughtForward, BroughtForward, Repayment, RepaymentRules, Standing
from domain.arithmetic.loan_history import BadHistory, replay
from domain.arithmetic.schedule import Terms
from domain.money import Money
from tests.domain.arithmetic.agreements import AGREED, EASIER, LATE, ROLLING, figures
from tests.domain.loans.lending import START, Life, lives, paid
from tests.money import ugx


def brought(
    *payments: Repayment, late: BroughtForward | None = LATE, terms: Terms = AGREED, days: int = 10
) -> Standing:
    return replay([terms], payments, START + timedelta(days=days), brought=late)


def test_what_is_brought_forward_is_owed_besides_the_terms_and_late_since_its_day() -> None:
    """The 900 that were not late are three times 300, with interest of 90, 60 and 30."""
    standing = brought()
    assert figures(standing) == [
        (0, "10 Oct", 30, 300, 0, 0),
        (1, "02 Feb", 90, 300, 0, 0),
        (2, "02 Mar", 60, 300, 0, 0),
        (3, "30 Mar", 30, 300, 0, 0),
    ]
    assert (standing.due, standing.outstanding, standing.lent) == (ugx(335), ugx(1_200), ugx(1_200))
    assert standing.oldest_unpaid == date(2025, 10, 10)
    assert (owing(standing).days_past_due(standing.today), owing(standing).in_default(standing.today)) == (
        97,
        True,
    )


def test_what_is_brought_forward_is_paid_first_penalty_then_interest_then_principal() -> None:
    standing = brought(paid("a", 1, 335), paid("b", 2, 100))
    assert [(each.number, each.part, each.amount.minor) for each in standing.allocations[0].pieces] == [
        (0, "penalty", 5),
        (0, "interest", 30),
        (0, "principal", 300),
    ]
    assert [(each.number, each.part, each.amount.minor) for each in standing.allocations[1].pieces] == [
        (1, "interest", 90),
        (1, "principal", 10),
    ]
    assert (standing.oldest_unpaid, standing.due) == (date(2026, 2, 2), ugx(0))


def test_all_of_a_loan_may_be_late_when_it_is_brought() -> None:
    """Nothing is left for its terms, and no period costs anything more; new terms are for all of it."""
    whole = replace(LATE, principal=ugx(1_200))
    assert figures(brought(late=whole, days=400)) == [(0, "10 Oct", 30, 1_200, 0, 0)]
    assert brought(paid("a", 1, 1_235), late=whole).unpaid == ugx(0)
    again = replay([AGREED, EASIER], [], date(2026, 2, 16), brought=whole)
    assert [line.owed.principal.minor for line in again.lines] == [0, 600, 600]


def test_what_is_brought_forward_costs_no_more_penalties_and_counts_in_their_cap() -> None:
    """The cap is 120: with 110 before, the first line costs what is left of it, 10, not 2 % of 520."""
    rules = RepaymentRules(penalty=Fraction(2, 100), penalty_cap=Fraction(10, 100))
    late = BroughtForward(START, ugx(0), ugx(110), ugx(0))
    standing = replay([AGREED], [], date(2026, 5, 1), rules, brought=late)
    assert [line.owed.penalty.minor for line in standing.lines] == [110, 10, 0, 0]


def test_what_is_brought_forward_is_written_off_and_recovered_with_the_loan() -> None:
    day = START + timedelta(days=5)
    unpaid = 335 + 90 + 900
    standing = replay([AGREED], [paid("a", 9, 2_000)], START + timedelta(days=9), written_off=day, brought=LATE)
    assert (standing.recovered, standing.credit) == (ugx(unpaid), ugx(2_000 - unpaid))


@given(lives(ends_badly=[False], new_terms=(0, 0)), st.integers(1, 10_000), st.integers(0, 10_000))
def test_without_principal_what_is_brought_forward_changes_nothing_of_the_lines(
    life: Life, interest: int, penalty: int
) -> None:
    """But that it is paid first: with just as much paid on the first day the rest is as if it had not been."""
    late = BroughtForward(START, ugx(interest), ugx(penalty), ugx(0))
    first = Repayment("", START, late.total)
    rules = replace(life.rules, penalty=Fraction(0))
    without = replace(life, rules=rules).standing()
    with_it = replace(life, rules=rules, repayments=[first, *life.repayments], brought=late).standing()
    assert (with_it.lines[1:], with_it.credit) == (without.lines, without.credit)
    assert with_it.allocations[1:] == without.allocations


@pytest.mark.parametrize("wrong", [(-1, 5, 0), (5, -1, 0), (5, 5, -1), (0, 0, 0)])
def test_no_part_that_is_brought_forward_is_below_zero_and_one_is_above(wrong: tuple[int, int, int]) -> None:
    with pytest.raises(BadBroughtForward):
        BroughtForward(START, *map(ugx, wrong))
    assert BroughtForward(START, ugx(0), ugx(0), ugx(1)).total == ugx(1)


@pytest.mark.parametrize(
    ("terms", "wrong", "right"),
    [
        (AGREED, replace(LATE, late_since=date(2026, 2, 3)), replace(LATE, late_since=date(2026, 2, 2))),
        (AGREED, replace(LATE, principal=ugx(1_201)), replace(LATE, principal=ugx(1_200))),
        (AGREED, BroughtForward(START, *[Money(5, "KES")] * 3), LATE),
        (ROLLING, LATE, replace(LATE, principal=ugx(0))),
    ],
)
def test_what_is_brought_forward_fits_the_terms(
    terms: Terms, wrong: BroughtForward, right: BroughtForward
) -> None:
    with pytest.raises(BadHistory):
        brought(terms=terms, late=wrong)
    assert brought(terms=terms, late=right).lines[0].number == 0
