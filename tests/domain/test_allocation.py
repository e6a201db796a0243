"""Payments over a schedule: worked by hand, in any order, taken back, and never a coin more or less."""

import random
from datetime import date, timedelta
from fractions import Fraction
from itertools import pairwise, permutations
from typing import Any, get_args

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from domain.allocation import (
    PARTS,
    Allocation,
    BadRepayment,
    BadRules,
    Line,
    Part,
    Piece,
    Repayment,
    Rules,
    Standing,
    Surplus,
    replay,
)
from domain.money import Money
from domain.periods import PERIODS_A_YEAR
from domain.rates import Rate
from domain.schedules import Method, Schedule, Terms, schedule

START = date(2026, 1, 5)
NO_PENALTY = Fraction(0)

# Due on 2 February, 2 March and 30 March: three times 400, with interest of 120, 80 and 40.
AGREED = schedule(
    Terms(Money(1_200, "UGX"), Rate(Fraction(10), "period"), 3, "4weeks", "declining-principal", START)
)
DUES = [line.due for line in AGREED.instalments]

# Timings never decide.
runs = settings(deadline=None)


def ugx(minor: int) -> Money:
    return Money(minor, "UGX")


def paid(reference: str, days: int, minor: int, *, reversed: bool = False) -> Repayment:
    """So many days after the loan began."""
    return Repayment(reference, START + timedelta(days=days), ugx(minor), reversed)


def pieces(allocation: Allocation) -> list[tuple[int, Part, int]]:
    return [(piece.number, piece.part, piece.amount.minor) for piece in allocation.pieces]


def parts(line: Line, which: str) -> list[int]:
    """Penalty, fee, interest and principal, in minor units, of what is owed, paid or unpaid."""
    return [getattr(getattr(line, which), part).minor for part in PARTS]


def unpaid(standing: Standing) -> list[list[int]]:
    return [parts(line, "unpaid") for line in standing.lines]


def amounts(standing: Standing) -> tuple[tuple[Line, ...], Money]:
    """Where the money is, whatever payments it came in."""
    return standing.lines, standing.credit


@st.composite
def loans(draw: st.DrawFn) -> Schedule:
    periods = draw(st.integers(1, 8))
    method = draw(st.sampled_from(get_args(Method)))
    return schedule(
        Terms(
            principal=ugx(draw(st.integers(1, 20) | st.integers(1, 10**6))),
            rate=Rate(draw(st.fractions(0, 30, max_denominator=100)), "period"),
            periods=periods,
            every=draw(st.sampled_from(sorted(PERIODS_A_YEAR))),
            method=method,
            start=START,
            step=draw(st.sampled_from([1, 100])),
            grace=draw(st.integers(0, periods - 1)),
            daily=method != "flat" and draw(st.booleans()),
        )
    )


@st.composite
def products(draw: st.DrawFn) -> Rules:
    return Rules(
        order=draw(st.sampled_from(sorted(permutations(PARTS)))),
        surplus=draw(st.sampled_from(get_args(Surplus))),
        fee_minor=draw(st.sampled_from([0, 50])),
        penalty=draw(st.sampled_from([Fraction(0), Fraction(2, 100), Fraction(1, 3)])),
        penalty_days=draw(st.integers(0, 10)),
        penalty_cap=draw(st.sampled_from([Fraction(0), Fraction(1, 100), Fraction(1, 10)])),
    )


@st.composite
def histories(draw: st.DrawFn) -> tuple[Schedule, list[Repayment], date]:
    """A loan, what was paid on it, some of it taken back, and a day after all of it."""
    agreed = draw(loans())
    days = st.integers(0, (agreed.instalments[-1].due - START).days + 30)
    share = agreed.total_payment.minor // 2 + 1
    repayments = [
        paid(str(number), draw(days), draw(st.integers(1, share)), reversed=draw(st.integers(0, 3)) == 0)
        for number in range(draw(st.integers(0, 7)))
    ]
    last = max((repayment.day for repayment in repayments), default=START)
    return agreed, repayments, last + timedelta(days=draw(st.integers(0, 60)))


def test_a_payment_pays_the_oldest_first_and_the_principal_last() -> None:
    """
    Nothing is paid by 8 February, when the first line of 520 + 10 costs 2 % of it: 10.6, so 11. 600 pays it, and
    begins the second, whose period has begun: 10 and 49 of its interest of 80.
    """
    standing = replay(AGREED, [paid("a", 34, 600)], START + timedelta(days=34), Rules(fee_minor=10))
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
    principal_first = Rules(order=("principal", "interest", "fee", "penalty"))
    standing = replay(AGREED, [paid("a", 34, 450)], START + timedelta(days=34), principal_first)
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
    standing = replay(AGREED, [paid("a", 28, 1_000)], DUES[0], Rules(surplus=surplus))
    assert unpaid(standing) == left
    assert standing.credit == ugx(credit)


@pytest.mark.parametrize("surplus", get_args(Surplus))
def test_an_instalment_paid_some_days_early_is_no_surplus(surplus: Surplus) -> None:
    """But paid before its period begins it is."""
    standing = replay(AGREED, [paid("a", 25, 520)], DUES[0], Rules(surplus=surplus))
    assert unpaid(standing) == [[0, 0, 0, 0], [0, 0, 80, 400], [0, 0, 40, 400]]
    early = replay(AGREED, [paid("a", 0, 520)], DUES[0], Rules(surplus=surplus))
    assert (early.due == ugx(0)) == (surplus == "instalments")


def test_a_period_that_has_begun_keeps_its_interest() -> None:
    """All the principal comes back in the first week: the first 120 stays, the 80 and the 40 fall away."""
    standing = replay(AGREED, [paid("a", 7, 2_000)], DUES[0], Rules(surplus="principal"))
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
    rounded = replay(schedule(terms), [], START, Rules(fee_minor=10))
    assert [parts(line, "owed") for line in rounded.lines] == [[0, 10, 0, 600], [0, 10, 0, 400], [0, 0, 0, 0]]
    paid_back = replay(AGREED, [paid("a", 7, 2_000)], DUES[0], Rules(surplus="principal", fee_minor=10))
    assert [line.owed.fee.minor for line in paid_back.lines] == [10, 0, 0]
    ahead = replay(AGREED, [paid("a", 7, 2_000)], DUES[0], Rules(surplus="instalments", fee_minor=10))
    assert [line.paid.fee.minor for line in ahead.lines] == [10, 10, 10]


def test_flat_interest_was_agreed_on_the_whole_loan() -> None:
    """The same payment on a flat loan saves nothing: 1,200 and three times 120."""
    terms = AGREED.terms
    flat = schedule(Terms(terms.principal, terms.rate, 3, "4weeks", "flat", START))
    standing = replay(flat, [paid("a", 7, 2_000)], DUES[0], Rules(surplus="principal"))
    assert standing.credit == ugx(2_000 - 1_560)


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
    standing = replay(AGREED, [], START + timedelta(days=days))
    assert [line.owed.penalty.minor for line in standing.lines] == penalties


def test_a_penalty_is_on_what_is_still_unpaid_when_the_grace_ends() -> None:
    """Paid on the last day of grace counts; on the day after it is too late."""
    today = START + timedelta(days=34)
    assert replay(AGREED, [paid("a", 33, 420)], today).lines[0].owed.penalty == ugx(2)
    assert replay(AGREED, [paid("a", 33, 520)], today).lines[0].owed.penalty == ugx(0)
    assert replay(AGREED, [paid("a", 34, 520)], today).lines[0].owed.penalty == ugx(10)


def test_all_penalties_stay_within_the_cap() -> None:
    """10 % of 1,200 is 120: of 104, 96 and 88 there is room for the first and 16."""
    standing = replay(AGREED, [], date(2027, 1, 1), Rules(penalty=Fraction(20, 100)))
    assert [line.owed.penalty.minor for line in standing.lines] == [104, 16, 0]


def test_a_payment_found_late_is_taken_as_on_its_day() -> None:
    """The 520 of 2 February are entered in March: the penalty was never owed, and later money moves up."""
    today = START + timedelta(days=60)
    before = replay(AGREED, [paid("b", 40, 530)], today)
    assert pieces(before.allocations[0]) == [(1, "penalty", 10), (1, "interest", 120), (1, "principal", 400)]
    after = replay(AGREED, [paid("b", 40, 530), paid("a", 28, 520)], today)
    assert [pieces(allocation) for allocation in after.allocations] == [
        [(1, "interest", 120), (1, "principal", 400)],
        [(2, "interest", 80), (2, "principal", 400), (3, "interest", 40), (3, "principal", 10)],
    ]


def test_a_reversed_payment_stays_in_sight_and_moves_nothing() -> None:
    standing = replay(AGREED, [paid("a", 28, 520, reversed=True), paid("b", 30, 520)], DUES[0] + timedelta(days=2))
    gone, kept = standing.allocations
    assert gone == Allocation(paid("a", 28, 520, reversed=True), (), ugx(0))
    assert kept.pieces == (Piece(1, "interest", ugx(120)), Piece(1, "principal", ugx(400)))


@runs
@given(histories(), products())
def test_a_payment_is_split_to_the_last_coin(
    history: tuple[Schedule, list[Repayment], date], rules: Rules
) -> None:
    """Each is its pieces and its credit; each part is its pieces, and is never paid more than it is owed."""
    agreed, repayments, today = history
    standing = replay(agreed, repayments, today, rules)
    kept = [repayment for repayment in repayments if not repayment.reversed]
    for allocation in standing.allocations:
        split = sum((piece.amount for piece in allocation.pieces), allocation.credit)
        assert split == (ugx(0) if allocation.repayment.reversed else allocation.repayment.amount)
        assert all(piece.amount.minor > 0 for piece in allocation.pieces)
    for line in standing.lines:
        for part in PARTS:
            to_it = [
                piece.amount.minor
                for allocation in standing.allocations
                for piece in allocation.pieces
                if (piece.number, piece.part) == (line.number, part)
            ]
            assert getattr(line.paid, part).minor == sum(to_it)
            assert 0 <= getattr(line.paid, part).minor <= getattr(line.owed, part).minor
    in_lines = sum(line.paid.total.minor for line in standing.lines)
    assert in_lines + standing.credit.minor == sum(repayment.amount.minor for repayment in kept)
    assert sum(line.owed.principal.minor for line in standing.lines) == agreed.terms.principal.minor
    assert all(
        line.owed.interest <= agreed_line.interest
        for line, agreed_line in zip(standing.lines, agreed.instalments, strict=True)
    )


@runs
@given(histories(), products(), st.randoms(use_true_random=False))
def test_the_order_payments_are_given_in_changes_nothing(
    history: tuple[Schedule, list[Repayment], date], rules: Rules, shuffled: random.Random
) -> None:
    agreed, repayments, today = history
    other = list(repayments)
    shuffled.shuffle(other)
    standing = replay(agreed, other, today, rules)
    assert standing == replay(agreed, repayments, today, rules)
    dated = [(allocation.repayment.day, allocation.repayment.reference) for allocation in standing.allocations]
    assert dated == sorted(dated)


@runs
@given(histories(), products())
def test_a_reversal_leaves_the_loan_as_if_the_payment_had_not_been(
    history: tuple[Schedule, list[Repayment], date], rules: Rules
) -> None:
    agreed, repayments, today = history
    kept = [repayment for repayment in repayments if not repayment.reversed]
    with_it, without = replay(agreed, repayments, today, rules), replay(agreed, kept, today, rules)
    assert amounts(with_it) == amounts(without)
    in_force = tuple(each for each in with_it.allocations if not each.repayment.reversed)
    assert in_force == without.allocations
    assert len(with_it.allocations) == len(repayments)


@runs
@given(histories(), st.integers(0, 50))
def test_without_penalties_only_the_sum_counts(
    history: tuple[Schedule, list[Repayment], date], fee_minor: int
) -> None:
    """Poured over the instalments one after another, it fills each part before the next: worked once more."""
    agreed, repayments, today = history
    rules = Rules(penalty=NO_PENALTY, fee_minor=fee_minor)
    standing = replay(agreed, repayments, today, rules)
    left = sum(repayment.amount.minor for repayment in repayments if not repayment.reversed)
    for line in standing.lines:
        for part in PARTS:
            filled = min(left, getattr(line.owed, part).minor)
            assert getattr(line.paid, part).minor == filled
            left -= filled
    assert standing.credit.minor == left


@runs
@given(histories(), products())
def test_a_later_instalment_waits_for_the_ones_before_it(
    history: tuple[Schedule, list[Repayment], date], rules: Rules
) -> None:
    """But for a surplus that goes to the principal, and then nothing that was due waits behind it."""
    agreed, repayments, today = history
    lines = replay(agreed, repayments, today, rules).lines
    for before, after in pairwise(lines):
        beyond = after.paid.total - after.paid.principal if rules.surplus == "principal" else after.paid.total
        assert not beyond or not before.unpaid.total


@runs
@given(histories(), products())
def test_each_penalty_is_on_what_was_unpaid_when_its_grace_ended(
    history: tuple[Schedule, list[Repayment], date], rules: Rules
) -> None:
    agreed, repayments, today = history
    room = agreed.terms.principal.minor * rules.penalty_cap // 1
    for number, line in enumerate(replay(agreed, repayments, today, rules).lines):
        grace_ends = line.due + timedelta(days=rules.penalty_days)
        if grace_ends >= today:
            assert not line.owed.penalty
            continue
        by_then = [repayment for repayment in repayments if repayment.day <= grace_ends]
        late = replay(agreed, by_then, grace_ends, rules).lines[number].unpaid
        expected = min(round((late.total - late.penalty).minor * rules.penalty), room)
        assert line.owed.penalty.minor == expected
        room -= expected


@runs
@given(loans(), st.sampled_from(get_args(Surplus)), st.data())
def test_a_loan_paid_on_its_days_costs_what_was_agreed(
    agreed: Schedule, surplus: Surplus, data: st.DataObject
) -> None:
    """Or up to the whole grace of a penalty later, and whatever the product does with a surplus: there is none."""
    late = data.draw(st.integers(0, 5))
    repayments = [
        Repayment(str(line.number), line.due + timedelta(days=late), line.payment)
        for line in agreed.instalments
        if line.payment
    ]
    standing = replay(agreed, repayments, date(2030, 1, 1), Rules(surplus=surplus))
    assert [parts(line, "paid") for line in standing.lines] == [
        [0, 0, line.interest.minor, line.principal.minor] for line in agreed.instalments
    ]
    assert (standing.credit, standing.outstanding, standing.oldest_unpaid) == (ugx(0), ugx(0), None)


@runs
@given(histories())
def test_interest_after_an_early_principal_is_on_what_is_owed_then(
    history: tuple[Schedule, list[Repayment], date],
) -> None:
    """By the schedule of what is left: the lines as agreed, the last of them cut short."""
    agreed, repayments, today = history
    rules = Rules(surplus="principal", penalty=NO_PENALTY)
    standing, terms = replay(agreed, repayments, today, rules), agreed.terms
    if terms.method == "flat":
        assert [line.owed.interest for line in standing.lines] == [line.interest for line in agreed.instalments]
        return
    starts = [START, *(line.due for line in agreed.instalments)]
    for start, line in zip(starts, standing.lines, strict=False):
        surplus = [
            piece.amount.minor
            for allocation in standing.allocations
            for piece in allocation.pieces
            if allocation.repayment.day <= start
            and piece.part == "principal"
            and starts[piece.number - 1] >= allocation.repayment.day
        ]
        opening = sum(later.owed.principal.minor for later in standing.lines[line.number - 1 :])
        rate = terms.rate.of_period(terms.every)
        if terms.daily:
            rate = terms.rate.yearly(terms.every) * (line.due - start).days / 365
        assert line.owed.interest.minor == round(max(0, opening - sum(surplus)) * rate)


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
        replay(AGREED, wrong, DUES[0])
    assert len(replay(AGREED, right, DUES[0]).allocations) == len(right)


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
        Rules(**wrong)
    assert Rules(**right)
