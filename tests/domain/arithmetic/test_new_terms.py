"""A loan goes on under other terms from their day: what was owed before stays owed, and is paid first."""

from dataclasses import replace
from datetime import date, timedelta
from fractions import Fraction

import pytest
from hypothesis import given

from domain.arithmetic.instalments import RepaymentRules
from domain.arithmetic.loan_history import BadHistory, replay
from domain.arithmetic.schedule import Terms
from domain.money import Money
from tests.domain.arithmetic.agreements import AGREED, EASIER, figures
from tests.domain.loans.lending import START, Life, lives, loans, paid, products
from tests.money import ugx


def test_a_loan_goes_on_under_other_terms_from_their_day() -> None:
    """
    The 520 of 2 February are paid. On the 16th the second period has begun, and its 80 are owed; the last line is
    gone, and the 800 are two lines of 400 with interest of 80 and 40.
    """
    history = [paid("a", 28, 520), paid("b", 55, 100)]
    standing = replay([AGREED, EASIER], history, date(2026, 3, 1))
    assert figures(standing) == [
        (1, "02 Feb", 120, 400, 120, 400),
        (2, "02 Mar", 80, 0, 80, 0),
        (3, "16 Mar", 80, 400, 20, 0),
        (4, "13 Apr", 40, 400, 0, 0),
    ]
    assert (standing.lent, standing.outstanding) == (ugx(1_200), ugx(800))


def test_what_was_owed_before_stays_owed_and_is_paid_first() -> None:
    """Of the first line its interest of 120 and the penalty of 10; its principal goes into the new terms."""
    standing = replay([AGREED, EASIER], [paid("a", 45, 150)], date(2026, 4, 1))
    first, broken_off, *_ = standing.lines
    assert first.moved == ugx(400)
    assert broken_off.moved == ugx(0)
    assert [(piece.number, piece.part, piece.amount.minor) for piece in standing.allocations[0].pieces] == [
        (1, "penalty", 10),
        (1, "interest", 120),
        (2, "interest", 20),
    ]
    assert [line.owed.principal.minor for line in standing.lines] == [0, 0, 600, 600]
    assert standing.oldest_unpaid == date(2026, 3, 2)


def test_new_terms_are_for_what_is_outstanding_on_their_day() -> None:
    """Found late, 820 on 2 February leave 580 for them; all of it leaves nothing, and no lines."""
    found = replay([AGREED, EASIER], [paid("a", 28, 820)], date(2026, 3, 1))
    assert [line.owed.principal.minor for line in found.lines] == [400, 220, 290, 290]
    assert replay([AGREED, EASIER], [], date(2026, 2, 16)).lines[-1].owed.principal == ugx(600)
    whole = replay([AGREED, EASIER], [paid("a", 28, 1_320)], date(2026, 3, 1))
    assert len(whole.lines) == 3
    assert (whole.unpaid, whole.credit) == (ugx(0), ugx(0))


def test_a_payment_on_the_day_of_the_new_terms_is_before_them() -> None:
    """520 + 480 of it pay what the old terms ask for; a day later the new ones have begun."""
    on_the_day = replay([AGREED, EASIER], [paid("a", 28, 520), paid("b", 42, 480)], date(2026, 3, 1))
    assert figures(on_the_day)[1:] == [
        (2, "02 Mar", 80, 400, 80, 400),
        (3, "16 Mar", 40, 200, 0, 0),
        (4, "13 Apr", 20, 200, 0, 0),
    ]
    after = replay([AGREED, EASIER], [paid("a", 28, 520), paid("b", 43, 480)], date(2026, 3, 1))
    assert figures(after)[1:] == [
        (2, "02 Mar", 80, 0, 80, 0),
        (3, "16 Mar", 80, 400, 80, 320),
        (4, "13 Apr", 40, 400, 0, 0),
    ]


def test_penalties_under_all_terms_stay_within_one_cap() -> None:
    """10 % of 1,200 is 120: 104 for the first line, and 16 are left for the lines of the new terms."""
    rules = RepaymentRules(penalty=Fraction(20, 100))
    standing = replay([AGREED, EASIER], [], date(2027, 1, 1), rules)
    assert [line.owed.penalty.minor for line in standing.lines] == [104, 0, 16, 0]


@given(lives(new_terms=(1, 2), ends_badly=[False]))
def test_new_terms_change_nothing_on_the_days_before_them(life: Life) -> None:
    """Nor what is lent, nor what is outstanding at the end of their day."""
    *before, latest = life.agreements
    until = [repayment for repayment in life.repayments if repayment.day <= latest.start]
    earlier = replay(before, until, latest.start, life.rules)
    now = replay(life.agreements, until, latest.start, life.rules)
    assert (now.allocations, now.outstanding, now.lent) == (earlier.allocations, earlier.outstanding, earlier.lent)
    assert now.unpaid.minor >= earlier.due.minor


@given(loans(), products())
def test_new_terms_on_a_due_day_leave_all_due_but_the_principal(terms: Terms, rules: RepaymentRules) -> None:
    """Which goes on under them; no period is broken off."""
    first_due = replay([terms], [], START, rules).lines[0].due
    later = replace(terms, start=first_due)
    before, after = (replay(agreements, [], first_due, rules) for agreements in ([terms], [terms, later]))
    assert after.due == before.due - before.lines[0].owed.principal
    assert after.lines[0].moved == before.lines[0].owed.principal


@pytest.mark.parametrize(
    ("wrong", "right"),
    [
        ([AGREED, replace(EASIER, start=START)], [AGREED, replace(EASIER, start=START + timedelta(days=1))]),
        ([AGREED, EASIER, EASIER], [AGREED, EASIER, replace(EASIER, start=date(2026, 2, 17))]),
        ([AGREED, replace(EASIER, start=date(2026, 6, 2))], [AGREED, replace(EASIER, start=date(2026, 6, 1))]),
        ([AGREED, replace(EASIER, principal=Money(800, "KES"))], [AGREED, EASIER]),
        ([], [AGREED]),
    ],
)
def test_agreements_follow_one_another(wrong: list[Terms], right: list[Terms]) -> None:
    """Until today, the first of June, and in the loan's currency."""
    with pytest.raises(BadHistory):
        replay(wrong, [], date(2026, 6, 1))
    assert replay(right, [], date(2026, 6, 1)).outstanding == ugx(1_200)
