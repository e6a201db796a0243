"""Payments over one schedule: which instalment and which part they pay, and what it costs to be late."""

from dataclasses import replace
from datetime import date, timedelta
from fractions import Fraction
from itertools import pairwise
from typing import Any, get_args

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from domain.arithmetic.instalments import (
    PARTS,
    Allocation,
    BadRepayment,
    BadRules,
    InstalmentPart,
    Piece,
    Repayment,
    RepaymentRules,
    Standing,
    StandingLine,
    Surplus,
)
from domain.arithmetic.loan_history import replay
from domain.arithmetic.rates import Rate
from domain.arithmetic.schedule import Terms, schedule
from domain.money import Money
from tests.domain.loans.lending import START, histories, loans, paid, products
from tests.money import ugx

NO_PENALTY = Fraction(0)

# Due on 2 February, 2 March and 30 March: three times 400, with interest of 120, 80 and 40.
AGREED = Terms(Money(1_200, "UGX"), Rate(Fraction(10), "period"), 3, "4weeks", "declining-principal", START)
DUES = [line.due for line in schedule(AGREED).instalments]

# Timings never decide.


def pieces(allocation: Allocation) -> list[tuple[int, InstalmentPart, int]]:
    return [(piece.number, piece.part, piece.amount.minor) for piece in allocation.pieces]


def parts(line: StandingLine, which: str) -> list[int]:
    """Penalty, fee, interest and principal, in minor units, of what is owed, paid or unpaid."""
    return [getattr(getattr(line, which), part).minor for part in PARTS]


def unpaid(standing: Standing) -> list[list[int]]:
    return [parts(line, "unpaid") for line in standing.lines]


def test_a_payment_pays_the_oldest_first_and_the_principal_last() -> None:
    """
    Nothing is paid by 8 February, when the first line of 520 + 10 costs 2 % of it: 10.6, so 11. 600 pays it, and
    begins the second, whose period has begun: 10 and 49 of its interest of 80.
    """
    standing = replay([AGREED], [paid("a", 34, 600)], START + timedelta(days=34), RepaymentRules(fee_minor=10))
    assert pieces(standing.allocations[0]) == [
        (1, "penalty", 11),
        (1, "fee", 10),
        (1, "interest", 120),
        (1, "principal", 400),
        (2, "fee", 10),
        (2, "interest", 49),
    ]
    assert unpaid(standing) == [[0, 0, 0, 0], [0, 0, 31, 400], [0, 10, 40, 400]]
    assert standing.outstanding == ugx(800)
    assert standing.due == ugx(0)
    assert standing.oldest_unpaid == DUES[1]


def test_another_order_is_a_product_s_to_choose() -> None:
    principal_first = RepaymentRules(order=("principal", "interest", "fee", "penalty"))
    standing = replay([AGREED], [paid("a", 34, 450)], START + timedelta(days=34), principal_first)
    assert pieces(standing.allocations[0]) == [(1, "principal", 400), (1, "interest", 50)]
    assert unpaid(standing)[0] == [10, 0, 70, 0]
    assert standing.due == ugx(80)


@pytest.mark.parametrize(
    ("surplus", "left", "credit"),
    [
        # 1,000 on the first due date: 520 is due, 480 is left.
        ("instalments", [[0, 0, 0, 0], [0, 0, 0, 0], [0, 0, 40, 400]], 0),
        # 480 off the last lines: 320 is left, which costs 32 in the second period and nothing in the third.
        ("principal", [[0, 0, 0, 0], [0, 0, 32, 320], [0, 0, 0, 0]], 0),
        ("credit", [[0, 0, 0, 0], [0, 0, 80, 400], [0, 0, 40, 400]], 480),
    ],
)
def test_what_is_left_goes_where_the_product_says(surplus: Surplus, left: list[list[int]], credit: int) -> None:
    standing = replay([AGREED], [paid("a", 28, 1_000)], DUES[0], RepaymentRules(surplus=surplus))
    assert unpaid(standing) == left
    assert standing.credit == ugx(credit)


@pytest.mark.parametrize("surplus", get_args(Surplus))
def test_an_instalment_paid_some_days_early_is_no_surplus(surplus: Surplus) -> None:
    """On the day of the loan even; but paid before its period begins it is."""
    for days in (25, 0):
        standing = replay([AGREED], [paid("a", days, 520)], DUES[0], RepaymentRules(surplus=surplus))
        assert unpaid(standing) == [[0, 0, 0, 0], [0, 0, 80, 400], [0, 0, 40, 400]]
    early = replay([AGREED], [paid("a", 0, 520), paid("b", 28, 480)], DUES[1], RepaymentRules(surplus=surplus))
    assert (early.due == ugx(0)) == (surplus == "instalments")


def test_a_period_that_has_begun_keeps_its_interest() -> None:
    """All the principal comes back in the first week: the first 120 stays, the 80 and the 40 fall away."""
    standing = replay([AGREED], [paid("a", 7, 2_000)], DUES[0], RepaymentRules(surplus="principal"))
    assert [parts(line, "owed") for line in standing.lines] == [
        [0, 0, 120, 400],
        [0, 0, 0, 400],
        [0, 0, 0, 400],
    ]
    assert standing.credit == ugx(2_000 - 1_320)
    assert standing.oldest_unpaid is None


def test_a_fee_comes_with_each_instalment_of_a_loan_that_is_still_owed() -> None:
    """Rounded to 600 the third line has nothing to pay, and a loan paid back early has nothing after that."""
    terms = Terms(ugx(1_000), Rate(Fraction(0), "period"), 3, "4weeks", "flat", START, step=600)
    rounded = replay([terms], [], START, RepaymentRules(fee_minor=10))
    assert [parts(line, "owed") for line in rounded.lines] == [[0, 10, 0, 600], [0, 10, 0, 400], [0, 0, 0, 0]]
    paid_back = replay([AGREED], [paid("a", 7, 2_000)], DUES[0], RepaymentRules(surplus="principal", fee_minor=10))
    assert [line.owed.fee.minor for line in paid_back.lines] == [10, 0, 0]
    ahead = replay([AGREED], [paid("a", 7, 2_000)], DUES[0], RepaymentRules(keeps_interest=True, fee_minor=10))
    assert [line.paid.fee.minor for line in ahead.lines] == [10, 10, 10]


def test_flat_interest_was_agreed_on_the_whole_loan() -> None:
    """A part of the principal that is paid early saves nothing of it: three times 120."""
    flat = replace(AGREED, method="flat")
    standing = replay([flat], [paid("a", 7, 1_300)], DUES[0], RepaymentRules(surplus="principal"))
    assert [line.owed.interest.minor for line in standing.lines] == [120, 120, 120]


# 1,200 over three periods; by the day it is 10 % for 28 days.
BY_DAY = replace(AGREED, rate=Rate(Fraction(3_650, 28), "year"), daily=True)
ROLLING = replace(AGREED, method="roll-over")


@pytest.mark.parametrize(
    ("terms", "days", "interest"),
    [
        (AGREED, 0, 120),
        (AGREED, 1, 120),
        (AGREED, 28, 120),  # the day it is due, and the second period begins with the next
        (AGREED, 29, 200),
        (AGREED, 57, 240),
        (replace(AGREED, method="flat"), 1, 120),
        (replace(AGREED, method="flat"), 29, 240),
        (replace(AGREED, method="declining-instalment"), 1, 120),
        (replace(AGREED, grace=1), 1, 120),
        (ROLLING, 1, 120),
        (ROLLING, 29, 240),
        (BY_DAY, 0, 0),
        (BY_DAY, 7, 30),
        (BY_DAY, 28, 120),
        (BY_DAY, 35, 140),  # and 7 of 28 days of the 80
    ],
)
@pytest.mark.parametrize("surplus", get_args(Surplus))
def test_a_loan_that_ends_early_owes_the_interest_of_what_has_begun(
    terms: Terms, days: int, interest: int, surplus: Surplus
) -> None:
    """The earlier lines are paid on their days, of flat loans and roll-overs all that is due."""
    rules = RepaymentRules(surplus=surplus, fee_minor=10)
    today = START + timedelta(days=days)
    history: list[Repayment] = []
    for number, due in enumerate(DUES, start=1):
        if due < today and (ask := replay([terms], history, due, rules).due):
            history.append(Repayment(str(number), due, ask))
    last = Repayment("last", today, ugx(5_000))
    standing = replay([terms], [*history, last], today, rules)
    assert standing.unpaid == ugx(0)
    assert sum(line.paid.interest.minor for line in standing.lines) == interest
    begun = [line.number == 1 or START + timedelta(days=28 * (line.number - 1)) < today for line in standing.lines]
    assert [line.paid.fee.minor for line in standing.lines] == [10 * each for each in begun]
    whole = replay([terms], [*history, last], START + timedelta(days=500), rules)
    assert whole.lines == standing.lines
    less = replace(last, amount=last.amount - standing.credit - ugx(1))
    assert replay([terms], [*history, less], today, rules).unpaid


def test_a_product_may_keep_the_whole_interest() -> None:
    standing = replay([AGREED], [paid("a", 1, 2_000)], DUES[0], RepaymentRules(keeps_interest=True))
    assert standing.credit == ugx(2_000 - 1_440)


def test_what_was_paid_ahead_is_not_lost_when_the_loan_ends() -> None:
    """600 go to the first line and to 80 of the second; 720 and not 800 end the loan on the same day."""
    standing = replay([AGREED], [paid("a", 1, 600), paid("b", 1, 720)], DUES[0])
    assert pieces(standing.allocations[0]) == [(1, "interest", 120), (1, "principal", 400), (2, "interest", 80)]
    assert pieces(standing.allocations[1]) == [
        (2, "interest", -80),
        (2, "principal", 400),
        (3, "principal", 400),
    ]
    assert (standing.unpaid, standing.credit) == (ugx(0), ugx(0))


@given(loans(), products(), st.integers(0, 300), st.data())
def test_what_ends_a_loan_does_not_depend_on_how_many_payments_it_comes_in(
    agreed: Terms, rules: RepaymentRules, days: int, data: st.DataObject
) -> None:
    """And each unit less leaves it open: what is owed of the periods that have begun, and the principal."""
    today, rules = START + timedelta(days=days), replace(rules, keeps_interest=False)
    before = replay([agreed], [], today, rules)
    ended = replay([agreed], [Repayment("z", today, before.unpaid)], today, rules)
    cost = before.unpaid - ended.credit
    assert not ended.unpaid
    assert cost.minor >= before.due.minor if not agreed.daily else True
    assert cost.minor >= agreed.principal.minor
    if cost.minor > 1 and rules.surplus == "instalments":
        first = data.draw(st.integers(1, cost.minor - 1))
        two = [Repayment("1", today, ugx(first)), Repayment("2", today, ugx(cost.minor - first))]
        split = replay([agreed], two, today, rules)
        assert (split.unpaid, split.credit) == (ugx(0), ugx(0))
        assert replay([agreed], two[:1], today, rules).unpaid


@pytest.mark.parametrize(
    ("days", "penalties"),
    [
        (28, [0, 0, 0]),
        (33, [0, 0, 0]),  # five days of grace after the 28th
        (34, [10, 0, 0]),  # 2 % of 520: 10.4
        (61, [10, 0, 0]),  # once, and nothing on the 10
        (62, [10, 10, 0]),  # 2 % of 480: 9.6
        (90, [10, 10, 9]),  # 2 % of 440: 8.8
        (400, [10, 10, 9]),
    ],
)
def test_an_instalment_costs_a_penalty_once_when_its_days_of_grace_are_over(
    days: int, penalties: list[int]
) -> None:
    standing = replay([AGREED], [], START + timedelta(days=days))
    assert [line.owed.penalty.minor for line in standing.lines] == penalties


def test_a_penalty_is_on_what_is_still_unpaid_when_the_grace_ends() -> None:
    """Paid on the last day of grace counts; on the day after it is too late."""
    today = START + timedelta(days=34)
    assert replay([AGREED], [paid("a", 33, 420)], today).lines[0].owed.penalty == ugx(2)
    assert replay([AGREED], [paid("a", 33, 520)], today).lines[0].owed.penalty == ugx(0)
    assert replay([AGREED], [paid("a", 34, 520)], today).lines[0].owed.penalty == ugx(10)


def test_all_penalties_stay_within_the_cap() -> None:
    """10 % of 1,200 is 120: of 104, 96 and 88 there is room for the first and 16."""
    standing = replay([AGREED], [], date(2027, 1, 1), RepaymentRules(penalty=Fraction(20, 100)))
    assert [line.owed.penalty.minor for line in standing.lines] == [104, 16, 0]


def test_a_payment_found_late_is_taken_as_on_its_day() -> None:
    """The 520 of 2 February are entered in March: the penalty was never owed, and later money moves up."""
    today = START + timedelta(days=60)
    before = replay([AGREED], [paid("b", 40, 530)], today)
    assert pieces(before.allocations[0]) == [(1, "penalty", 10), (1, "interest", 120), (1, "principal", 400)]
    after = replay([AGREED], [paid("b", 40, 530), paid("a", 28, 520)], today)
    assert [pieces(allocation) for allocation in after.allocations] == [
        [(1, "interest", 120), (1, "principal", 400)],
        [(2, "interest", 80), (2, "principal", 400), (3, "interest", 40), (3, "principal", 10)],
    ]


def test_a_reversed_payment_stays_in_sight_and_moves_nothing() -> None:
    standing = replay(
        [AGREED], [paid("a", 28, 520, reversed=True), paid("b", 30, 520)], DUES[0] + timedelta(days=2)
    )
    gone, kept = standing.allocations
    assert gone == Allocation(paid("a", 28, 520, reversed=True), (), credit=ugx(0), recovery=ugx(0))
    assert kept.pieces == (Piece(1, "interest", ugx(120)), Piece(1, "principal", ugx(400)))


@given(histories(), st.integers(0, 50))
def test_without_penalties_only_the_sum_counts(
    history: tuple[Terms, list[Repayment], date], fee_minor: int
) -> None:
    """Poured over the instalments one after another, it fills each part before the next: worked once more."""
    agreed, repayments, today = history
    rules = RepaymentRules(penalty=NO_PENALTY, fee_minor=fee_minor, keeps_interest=True)
    standing = replay([agreed], repayments, today, rules)
    left = sum(repayment.amount.minor for repayment in repayments if not repayment.reversed)
    for line in standing.lines:
        for part in PARTS:
            filled = min(left, getattr(line.owed, part).minor)
            assert getattr(line.paid, part).minor == filled
            left -= filled
    assert standing.credit.minor == left


@given(histories(), products())
def test_a_later_instalment_waits_for_the_ones_before_it(
    history: tuple[Terms, list[Repayment], date], rules: RepaymentRules
) -> None:
    """But for a surplus that goes to the principal, and then nothing that was due waits behind it."""
    agreed, repayments, today = history
    lines = replay([agreed], repayments, today, rules).lines
    for before, after in pairwise(lines):
        beyond = after.paid.total - after.paid.principal if rules.surplus == "principal" else after.paid.total
        assert not beyond or not before.unpaid.total


@given(histories(), products())
def test_each_penalty_is_on_what_was_unpaid_when_its_grace_ended(
    history: tuple[Terms, list[Repayment], date], rules: RepaymentRules
) -> None:
    agreed, repayments, today = history
    room = agreed.principal.minor * rules.penalty_cap // 1
    for number, line in enumerate(replay([agreed], repayments, today, rules).lines):
        grace_ends = line.due + timedelta(days=rules.penalty_days)
        if grace_ends >= today or agreed.method == "roll-over":
            assert not line.owed.penalty
            continue
        by_then = [repayment for repayment in repayments if repayment.day <= grace_ends]
        late = replay([agreed], by_then, grace_ends, rules).lines[number].unpaid
        expected = min(round((late.total - late.penalty).minor * rules.penalty), room)
        assert line.owed.penalty.minor == expected
        room -= expected


@given(loans(), st.sampled_from(get_args(Surplus)), st.data())
def test_a_loan_paid_on_its_days_costs_what_was_agreed(
    agreed: Terms, surplus: Surplus, data: st.DataObject
) -> None:
    """
    Or up to the whole grace of a penalty later, unless it rolls over; and whatever the product does with a
    surplus, since there is none. So little may be lent, in such coins, that nothing of the principal is left for
    the last instalment: such a loan has ended before.
    """
    assume(schedule(agreed).instalments[-1].principal)
    late = data.draw(st.integers(0, 0 if agreed.method == "roll-over" else 5))
    repayments = [
        Repayment(str(line.number), line.due + timedelta(days=late), line.payment)
        for line in schedule(agreed).instalments
        if line.payment
    ]
    standing = replay([agreed], repayments, date(2030, 1, 1), RepaymentRules(surplus=surplus))
    assert [parts(line, "paid") for line in standing.lines] == [
        [0, 0, line.interest.minor, line.principal.minor] for line in schedule(agreed).instalments
    ]
    assert (standing.credit, standing.outstanding, standing.oldest_unpaid) == (ugx(0), ugx(0), None)


@given(histories())
def test_interest_after_an_early_principal_is_on_what_is_owed_then(
    history: tuple[Terms, list[Repayment], date],
) -> None:
    """By the schedule of what is left: the lines as agreed, the last of them cut short."""
    agreed, repayments, today = history
    rules = RepaymentRules(surplus="principal", penalty=NO_PENALTY)
    standing = replay([agreed], repayments, today, rules)
    planned = schedule(agreed).instalments
    if agreed.method == "flat":
        # The first payment that ends it early leaves what the periods cost that had begun.
        as_agreed = [line.interest for line in planned]
        owed = [line.owed.interest for line in standing.lines]
        assert owed == as_agreed or not standing.unpaid
        return
    if agreed.daily and not standing.unpaid:
        return
    starts = [START, *(line.due for line in standing.lines)]
    for start, line in zip(starts, standing.lines, strict=False):
        surplus = [
            piece.amount.minor
            for allocation in standing.allocations
            for piece in allocation.pieces
            if line.number > 1
            and allocation.repayment.day <= start
            and piece.part == "principal"
            and piece.number >= line.number
            and starts[piece.number - 1] >= allocation.repayment.day
        ]
        opening = sum(later.owed.principal.minor for later in standing.lines[line.number - 1 :])
        balance = opening - sum(surplus)
        if agreed.charge_on == "loan" and balance:
            balance = agreed.principal.minor
        rate = agreed.period_rate(start, line.due)
        assert line.owed.interest.minor == round(balance * rate)


@pytest.mark.parametrize(
    ("wrong", "right"),
    [
        ([paid("a", -1, 100)], [paid("a", 0, 100)]),
        ([paid("a", 29, 100)], [paid("a", 28, 100)]),
        ([paid("a", 1, 100), paid("a", 2, 100)], [paid("a", 1, 100), paid("b", 2, 100)]),
        ([paid("a", 1, 100), paid("a", 1, 100, reversed=True)], [paid("a", 1, 100, reversed=True)]),
        ([Repayment("a", START, Money(100, "KES"))], [Repayment("a", START, Money(100, "UGX"))]),
    ],
)
def test_a_payment_that_the_loan_cannot_have_had_is_refused(
    wrong: list[Repayment], right: list[Repayment]
) -> None:
    """Before the loan, after today, twice, or in another currency."""
    with pytest.raises(BadRepayment):
        replay([AGREED], wrong, DUES[0])
    assert len(replay([AGREED], right, DUES[0]).allocations) == len(right)


@pytest.mark.parametrize("minor", [0, -100])
def test_a_payment_is_above_zero(minor: int) -> None:
    with pytest.raises(BadRepayment):
        paid("a", 1, minor)
    assert paid("a", 1, 1).amount == ugx(1)


@pytest.mark.parametrize(
    ("wrong", "right"),
    [
        ({"order": ("interest", "principal")}, {"order": ("interest", "principal", "fee", "penalty")}),
        ({"order": (*PARTS, "fee")}, {"order": PARTS}),
        ({"fee_minor": -1}, {"fee_minor": 0}),
        ({"penalty_days": -1}, {"penalty_days": 0}),
        ({"penalty": Fraction(-1, 100)}, {"penalty": Fraction(0)}),
        ({"penalty": Fraction(2)}, {"penalty": Fraction(1)}),  # 2 for 2 %
        ({"penalty_cap": Fraction(10)}, {"penalty_cap": Fraction(1)}),
    ],
)
def test_rules_that_no_product_can_have_do_not_exist(wrong: dict[str, Any], right: dict[str, Any]) -> None:
    with pytest.raises(BadRules):
        RepaymentRules(**wrong)
    assert RepaymentRules(**right)
