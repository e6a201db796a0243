"""Who may borrow: each rule at its edge, the limit to the coin, and a score that never exceeds its parts."""

from dataclasses import replace
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from domain.arithmetic.eligibility import BadFacts, BorrowingRules, Eligibility, Facts, Failure, Score, eligibility
from domain.money import CurrencyMismatch, Money
from tests.money import ugx

# Timings never decide.
runs = settings(max_examples=50)


# A year of every week's meeting, nothing owed, nothing missed: 3 x 100,000 may be borrowed.
AKELLO = Facts(
    active=True,
    months=12,
    savings=ugx(100_000),
    pledged=ugx(0),
    outstanding=ugx(0),
    fund=ugx(1_000_000),
    fines=ugx(0),
    social_fund=ugx(0),
    guaranteed=ugx(0),
    months_paid=12,
    meetings=52,
    attended=52,
    contributed=52,
    instalments=8,
    on_time=8,
)
NO_SCORE = BorrowingRules(score_min=None)


@st.composite
def members(draw: st.DrawFn) -> Facts:
    months, meetings, instalments = (draw(st.integers(0, 60)) for _ in range(3))
    money = st.just(ugx(0)) | st.integers(0, 10**9).map(ugx)
    return Facts(
        active=draw(st.booleans()),
        months=months,
        savings=(savings := draw(money)),
        pledged=ugx(draw(st.integers(0, savings.minor))),
        outstanding=draw(money),
        fund=draw(money),
        fines=draw(money),
        social_fund=draw(money),
        guaranteed=draw(money),
        guarantors=draw(st.integers(0, 3)),
        open_loans=draw(st.integers(0, 3)),
        overdue=draw(st.integers(0, 3)),
        months_paid=draw(st.integers(0, months)),
        meetings=meetings,
        attended=draw(st.integers(0, meetings)),
        contributed=draw(st.integers(0, meetings)),
        instalments=instalments,
        on_time=draw(st.integers(0, instalments)),
        defaulted=draw(st.booleans()),
    )


@st.composite
def groups(draw: st.DrawFn) -> BorrowingRules:
    part = st.fractions(0, 1, max_denominator=20)
    return BorrowingRules(
        months_min=draw(st.integers(0, 6)),
        multiple=draw(st.fractions(0, 5, max_denominator=4)),
        open_loans_max=draw(st.integers(1, 3)),
        maximum=draw(st.none() | st.integers(0, 10**9).map(ugx)),
        fund_part=draw(part),
        attendance_min=draw(st.none() | part),
        guarantors_min=draw(st.integers(0, 2)),
        covered_min=draw(part),
        score_min=draw(st.none() | st.integers(0, 100)),
    )


def failed(answer: Eligibility) -> list[str]:
    return [failure.rule for failure in answer.failures]


def test_a_member_who_keeps_every_rule_may_borrow() -> None:
    assert eligibility(AKELLO) == Eligibility((), ugx(300_000), Score(40, 30, 20, 10))
    assert eligibility(AKELLO).eligible


@pytest.mark.parametrize(
    ("rules", "wrong", "failure", "right"),
    [
        ({}, {"active": False}, Failure("active", 0, 1), {"active": True}),
        ({}, {"months": 1, "months_paid": 1}, Failure("months", 1, 2), {"months": 2, "months_paid": 2}),
        ({}, {"overdue": 2}, Failure("overdue", 2, 0), {"overdue": 0}),
        ({}, {"open_loans": 1}, Failure("open_loans", 1, 0), {"open_loans": 0}),
        ({"open_loans_max": 3}, {"open_loans": 3}, Failure("open_loans", 3, 2), {"open_loans": 2}),
        ({}, {"fines": ugx(500)}, Failure("fines", ugx(500), ugx(0)), {"fines": ugx(0)}),
        ({}, {"social_fund": ugx(1)}, Failure("social_fund", ugx(1), ugx(0)), {"social_fund": ugx(0)}),
        (
            {"attendance_min": Fraction(3, 4)},
            {"attended": 38},
            Failure("attendance", Fraction(38, 52), Fraction(3, 4)),
            {"attended": 39},
        ),
        (
            {"attendance_min": Fraction(3, 4)},
            {"meetings": 0, "attended": 0, "contributed": 0},
            Failure("attendance", Fraction(0), Fraction(3, 4)),
            {"meetings": 1, "attended": 1, "contributed": 1},
        ),
        ({"guarantors_min": 2}, {"guarantors": 1}, Failure("guarantors", 1, 2), {"guarantors": 2}),
        (
            {"covered_min": Fraction(1, 2)},
            {"guaranteed": ugx(49_999)},
            Failure("covered", Fraction(49_999, 100_000), Fraction(1, 2)),
            {"guaranteed": ugx(50_000)},
        ),
        (  # three times the savings, less what is owed
            {},
            {"outstanding": ugx(200_001)},
            Failure("limit", ugx(99_999), ugx(100_000)),
            {"outstanding": ugx(200_000)},
        ),
        ({}, {"savings": ugx(33_333)}, Failure("limit", ugx(99_999), ugx(100_000)), {"savings": ugx(33_334)}),
        (
            {"fund_part": Fraction(1, 2)},
            {"fund": ugx(199_999)},
            Failure("limit", ugx(99_999), ugx(100_000)),
            {"fund": ugx(200_000)},
        ),
    ],
)
def test_a_rule_fails_with_its_numbers_and_alone(
    rules: dict[str, Any], wrong: dict[str, Any], failure: Failure, right: dict[str, Any]
) -> None:
    group, asked = BorrowingRules(score_min=None, **rules), ugx(100_000)
    assert eligibility(replace(AKELLO, **wrong), group, asked).failures == (failure,)
    assert eligibility(replace(AKELLO, **right), group, asked).eligible


def test_every_rule_that_failed_is_told_at_once() -> None:
    okot = replace(
        AKELLO,
        active=False,
        months=1,
        months_paid=0,
        overdue=1,
        open_loans=1,
        fines=ugx(1),
        social_fund=ugx(1),
        savings=ugx(0),
        attended=0,
        contributed=0,
        on_time=0,
    )
    group = BorrowingRules(attendance_min=Fraction(1, 2), guarantors_min=1, covered_min=Fraction(1, 2))
    assert failed(eligibility(okot, group, ugx(1))) == [
        "active",
        "months",
        "overdue",
        "open_loans",
        "fines",
        "social_fund",
        "attendance",
        "guarantors",
        "covered",
        "score",
        "limit",
    ]


def test_asked_for_no_amount_a_member_hears_of_the_limit() -> None:
    """Something can be borrowed, so it holds; how much is covered is not asked yet."""
    group = BorrowingRules(covered_min=Fraction(1))
    assert eligibility(AKELLO, group).eligible
    assert failed(eligibility(replace(AKELLO, savings=ugx(0)), group)) == ["limit"]


@pytest.mark.parametrize(
    ("rules", "changes", "limit"),
    [
        ({}, {}, 300_000),
        ({"multiple": Fraction(5, 2)}, {}, 250_000),
        ({"multiple": Fraction(5, 2)}, {"savings": ugx(3)}, 7),  # 7.5, rounded down
        ({}, {"outstanding": ugx(120_000)}, 180_000),
        ({}, {"outstanding": ugx(300_001)}, 0),  # never below zero
        ({}, {"pledged": ugx(40_000)}, 180_000),  # three times what is left
        ({}, {"pledged": ugx(40_000), "outstanding": ugx(120_000)}, 60_000),
        ({}, {"pledged": ugx(100_001)}, 0),
        ({"maximum": ugx(150_000)}, {}, 150_000),
        ({"maximum": ugx(350_000)}, {}, 300_000),
        ({"fund_part": Fraction(1, 3)}, {"fund": ugx(500_000)}, 166_666),
    ],
)
def test_the_limit_is_the_least_of_three(rules: dict[str, Any], changes: dict[str, Any], limit: int) -> None:
    assert eligibility(replace(AKELLO, **changes), BorrowingRules(**rules)).limit == ugx(limit)


@pytest.mark.parametrize(
    ("changes", "score"),
    [
        # Six months of twelve, all of them paid; then half of them.
        ({"months": 6, "months_paid": 6}, Score(20, 30, 20, 10)),
        ({"months": 6, "months_paid": 3}, Score(10, 30, 20, 10)),
        ({"months": 60, "months_paid": 60}, Score(40, 30, 20, 10)),
        ({"months": 60, "months_paid": 30}, Score(20, 30, 20, 10)),
        ({"months": 0, "months_paid": 0}, Score(0, 30, 20, 10)),
        # 30 x (60 % of 26/52 + 40 % of 13/52)
        ({"attended": 26, "contributed": 13}, Score(40, 12, 20, 10)),
        ({"attended": 0}, Score(40, 12, 20, 10)),
        ({"contributed": 0}, Score(40, 18, 20, 10)),
        ({"meetings": 0, "attended": 0, "contributed": 0}, Score(40, 0, 20, 10)),
        ({"on_time": 6}, Score(40, 30, 15, 10)),
        ({"instalments": 0, "on_time": 0}, Score(40, 30, 10, 10)),
        ({"defaulted": True}, Score(40, 30, 0, 10)),
        ({"outstanding": ugx(150_000)}, Score(40, 30, 20, 5)),
        ({"outstanding": ugx(300_000)}, Score(40, 30, 20, 0)),
        ({"outstanding": ugx(900_000)}, Score(40, 30, 20, 0)),
        ({"savings": ugx(0)}, Score(40, 30, 20, 10)),
        ({"savings": ugx(0), "outstanding": ugx(1)}, Score(40, 30, 20, 0)),
    ],
)
def test_the_score_is_worked_out_as_by_hand(changes: dict[str, Any], score: Score) -> None:
    assert eligibility(replace(AKELLO, **changes)).score == score


def test_the_pass_mark_is_enough_and_one_below_it_is_not() -> None:
    """A newcomer of two months who missed nothing has 7 + 30 + 10 + 10."""
    newcomer = replace(AKELLO, months=2, months_paid=2, instalments=0, on_time=0)
    assert eligibility(newcomer, BorrowingRules(score_min=57)).eligible
    assert eligibility(newcomer, BorrowingRules(score_min=58)).failures == (Failure("score", 57, 58),)
    assert eligibility(newcomer).eligible


def test_a_group_without_scores_gives_none() -> None:
    answer = eligibility(replace(AKELLO, months_paid=0, attended=0, contributed=0, defaulted=True), NO_SCORE)
    assert answer.score is None
    assert answer.eligible


@runs
@given(members(), groups(), st.none() | st.integers(1, 10**9).map(ugx))
def test_no_part_of_a_score_exceeds_its_maximum(facts: Facts, rules: BorrowingRules, asked: Money | None) -> None:
    score = eligibility(facts, rules, asked).score
    assert (score is None) == (rules.score_min is None)
    if score is not None:
        assert 0 <= score.contribution <= 40
        assert 0 <= score.participation <= 30
        assert 0 <= score.repayment <= 20
        assert 0 <= score.risk <= 10
        assert score.total == score.contribution + score.participation + score.repayment + score.risk <= 100


@runs
@given(members(), groups())
def test_up_to_the_limit_may_be_asked_for_and_not_a_coin_more(facts: Facts, rules: BorrowingRules) -> None:
    limit = eligibility(facts, rules).limit
    assert limit.minor >= 0
    assert limit.minor <= rules.multiple * (facts.savings - facts.pledged).minor
    assert limit.minor <= rules.fund_part * facts.fund.minor
    assert rules.maximum is None or limit <= rules.maximum
    if limit:
        assert "limit" not in failed(eligibility(facts, rules, limit))
    assert "limit" in failed(eligibility(facts, rules, limit + ugx(1)))


@runs
@given(members(), groups(), st.integers(1, 10**9).map(ugx), st.data())
def test_who_does_better_is_never_worse_off(
    facts: Facts, rules: BorrowingRules, asked: Money, data: st.DataObject
) -> None:
    """One thing mended, and no rule fails that held before."""
    better: dict[str, Any] = data.draw(
        st.sampled_from(
            [
                {"active": True},
                {"savings": facts.savings + ugx(1_000)},
                {"outstanding": ugx(facts.outstanding.minor // 2)},
                {"fund": facts.fund + ugx(1_000)},
                {"fines": ugx(0)},
                {"social_fund": ugx(0)},
                {"guaranteed": facts.guaranteed + ugx(1_000)},
                {"guarantors": facts.guarantors + 1},
                {"open_loans": 0},
                {"overdue": 0},
                {"months_paid": facts.months},
                {"months": facts.months + 1, "months_paid": facts.months_paid + 1},
                {"attended": facts.meetings},
                {"contributed": facts.meetings},
                {"on_time": facts.instalments},
                {"defaulted": False},
            ]
        )
    )
    before, after = eligibility(facts, rules, asked), eligibility(replace(facts, **better), rules, asked)
    assert set(failed(after)) <= set(failed(before))
    assert after.limit >= before.limit
    if before.score is not None and after.score is not None:
        assert after.score.total >= before.score.total


@pytest.mark.parametrize(
    ("wrong", "right"),
    [
        ({"months": -1, "months_paid": 0}, {"months": 0, "months_paid": 0}),
        ({"savings": ugx(-1)}, {"savings": ugx(0)}),
        ({"fines": ugx(-500)}, {"fines": ugx(500)}),
        ({"overdue": -1}, {"overdue": 1}),
        ({"months_paid": 13}, {"months_paid": 12}),
        ({"attended": 53}, {"attended": 52}),
        ({"contributed": 53}, {"contributed": 52}),
        ({"on_time": 9}, {"on_time": 8}),
    ],
)
def test_facts_that_cannot_be_are_refused(wrong: dict[str, Any], right: dict[str, Any]) -> None:
    with pytest.raises(BadFacts):
        replace(AKELLO, **wrong)
    assert replace(AKELLO, **right)


@pytest.mark.parametrize(
    ("wrong", "right"),
    [
        ({"months_min": -1}, {"months_min": 0}),
        ({"multiple": Fraction(-1)}, {"multiple": Fraction(0)}),
        ({"open_loans_max": 0}, {"open_loans_max": 1}),
        ({"guarantors_min": -1}, {"guarantors_min": 0}),
        ({"fund_part": Fraction(80)}, {"fund_part": Fraction(80, 100)}),
        ({"attendance_min": Fraction(75)}, {"attendance_min": Fraction(75, 100)}),
        ({"covered_min": Fraction(-1, 2)}, {"covered_min": Fraction(1, 2)}),
        ({"score_min": 101}, {"score_min": 100}),
        ({"score_min": -1}, {"score_min": 0}),
    ],
)
def test_rules_that_no_group_can_have_do_not_exist(wrong: dict[str, Any], right: dict[str, Any]) -> None:
    with pytest.raises(BadFacts):
        BorrowingRules(**wrong)
    assert BorrowingRules(**right)


@pytest.mark.parametrize("minor", [0, -5])
def test_a_loan_that_is_asked_for_is_above_zero(minor: int) -> None:
    with pytest.raises(BadFacts):
        eligibility(AKELLO, asked=ugx(minor))
    assert eligibility(AKELLO, asked=ugx(5)).eligible


def test_all_amounts_are_in_the_group_s_currency() -> None:
    kes = Money(1, "KES")
    with pytest.raises(CurrencyMismatch):
        replace(AKELLO, fund=kes)
    with pytest.raises(CurrencyMismatch):
        eligibility(AKELLO, asked=kes)
    with pytest.raises(CurrencyMismatch):
        eligibility(AKELLO, BorrowingRules(maximum=kes))
