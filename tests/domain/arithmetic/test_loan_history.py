"""The life of a loan: written off and recovered, payments taken back and found late, and no money made or lost."""

import random
from dataclasses import replace
from datetime import date, timedelta

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.arithmetic.instalments import PARTS, BadRules, RepaymentRules
from domain.arithmetic.loan_history import BadHistory, replay
from domain.arithmetic.periods import Calendar
from tests.domain.arithmetic.agreements import AGREED, EASIER, ROLLING, amounts
from tests.domain.loans.lending import Life, brought_lives, lives, paid
from tests.money import ugx


def test_a_day_that_is_moved_is_the_day_to_pay() -> None:
    """2 February is a holiday: paid on the 3rd there is nothing that rolls over."""
    moved = replace(ROLLING, calendar=Calendar(holidays=(date(2026, 2, 2), date(2026, 3, 2))))
    assert len(replay([moved], [paid("a", 29, 110_000)], date(2026, 5, 1)).lines) == 1
    late = replay([moved], [paid("a", 30, 110_000)], date(2026, 2, 28))
    assert [f"{line.due}" for line in late.lines] == ["2026-02-03", "2026-03-03"]


def test_two_instalments_that_were_moved_to_one_day_are_both_due_on_it() -> None:
    """The group meets first on 2 March: what fell due on 2 February is paid then, and none of it is a surplus."""
    moved = replace(AGREED, calendar=Calendar(first_meeting=date(2026, 3, 2)))
    day = date(2026, 3, 2)
    for rules in (RepaymentRules(surplus="credit"), RepaymentRules(surplus="principal")):
        assert replay([moved], [], day, rules).due == ugx(1_000)
        standing = replay([moved], [paid("a", 56, 1_000)], day, rules)
        assert (standing.due, standing.credit, standing.unpaid) == (ugx(0), ugx(0), ugx(440))
    ended = replay([moved], [], date(2026, 6, 1), written_off=day)
    assert ended.unpaid == ugx(1_200 + 120 + 80)


def test_a_loan_that_is_written_off_stays_as_it_was() -> None:
    """On 16 February: 120 + 10 of the first line, the 80 that have begun, and the 1,200. The 40 are never owed."""
    day = date(2026, 2, 16)
    on_the_day = replay([AGREED], [], day, written_off=day)
    assert on_the_day.unpaid == ugx(120 + 10 + 80 + 1_200)
    assert on_the_day.outstanding == ugx(1_200)
    later = replay([AGREED], [], date(2027, 2, 16), written_off=day)
    assert later.lines == on_the_day.lines
    assert replay([AGREED], [], date(2027, 2, 16)).unpaid > later.unpaid


def test_what_comes_in_after_a_write_off_is_a_recovery() -> None:
    """On the day itself it is a payment. No more is recovered than was unpaid; the rest is the member's."""
    day = date(2026, 2, 16)
    history = [paid("a", 42, 130), paid("b", 43, 1_000), paid("c", 60, 500)]
    standing = replay([AGREED], history, date(2026, 6, 1), written_off=day)
    on_the_day, first, second = standing.allocations
    assert [piece.part for piece in on_the_day.pieces] == ["penalty", "interest"]
    assert (first.pieces, first.recovery, first.credit) == ((), ugx(1_000), ugx(0))
    assert (second.pieces, second.recovery, second.credit) == ((), ugx(280), ugx(220))
    assert (standing.unpaid, standing.recovered, standing.credit) == (ugx(0), ugx(1_280), ugx(220))
    assert standing.outstanding == ugx(1_200)


def test_a_product_that_keeps_the_interest_keeps_it_in_a_write_off() -> None:
    """But new terms have an interest of their own, and take the place of what had not begun."""
    rules, day = RepaymentRules(keeps_interest=True), date(2026, 2, 16)
    assert replay([AGREED], [], day, rules, day).unpaid == ugx(120 + 10 + 80 + 40 + 1_200)
    rescheduled = replay([AGREED, EASIER], [paid("a", 28, 520)], date(2026, 3, 1), rules)
    assert rescheduled == replay([AGREED, EASIER], [paid("a", 28, 520)], date(2026, 3, 1))


@given(lives(ends_badly=[True]), st.integers(0, 500))
def test_a_loan_that_is_written_off_never_grows(life: Life, more: int) -> None:
    day = life.written_off
    assert day is not None
    by_then = [repayment for repayment in life.repayments if repayment.day <= day]
    frozen = replay(life.agreements, by_then, day, life.rules, day)
    later = replace(life, today=life.today + timedelta(days=more)).standing()
    assert later.lines == frozen.lines
    assert later.unpaid == frozen.unpaid - later.recovered
    assert later.unpaid.minor >= 0
    since = [each for each in later.allocations if each.repayment.day > day]
    assert not any(allocation.pieces for allocation in since)


@given(lives() | brought_lives())
def test_money_is_never_made_or_lost(life: Life) -> None:
    """Each payment is its pieces, its credit and what is recovered; each part is its pieces, and at most owed."""
    standing = life.standing()
    for allocation in standing.allocations:
        split = sum((piece.amount for piece in allocation.pieces), allocation.credit + allocation.recovery)
        assert split == (ugx(0) if allocation.repayment.reversed else allocation.repayment.amount)
        # Below zero only what was paid ahead, by an earlier payment, and is taken back with the one that ends it.
        assert all(piece.amount.minor > 0 or piece.part in ("interest", "fee") for piece in allocation.pieces)
    pieces = [piece for allocation in standing.allocations for piece in allocation.pieces]
    for line in standing.lines:
        for part in PARTS:
            to_it = sum(
                piece.amount.minor for piece in pieces if (piece.number, piece.part) == (line.number, part)
            )
            assert getattr(line.paid, part).minor == to_it
            assert to_it <= getattr(line.owed, part).minor
    kept = sum(repayment.amount.minor for repayment in life.repayments if not repayment.reversed)
    in_lines = sum(line.paid.total.minor for line in standing.lines)
    assert in_lines + standing.credit.minor + standing.recovered.minor == kept
    assert standing.lent == life.agreements[0].principal


@given(lives() | brought_lives())
def test_lines_are_numbered_upwards_and_each_has_its_own_number(life: Life) -> None:
    numbers = [line.number for line in life.standing().lines]
    assert numbers == sorted(set(numbers))


@given(lives() | brought_lives(), st.randoms(use_true_random=False))
def test_the_order_payments_are_given_in_changes_nothing(life: Life, shuffled: random.Random) -> None:
    other = list(life.repayments)
    shuffled.shuffle(other)
    standing = replace(life, repayments=other).standing()
    assert standing == life.standing()
    dated = [(allocation.repayment.day, allocation.repayment.reference) for allocation in standing.allocations]
    assert dated == sorted(dated)


@given(lives() | brought_lives())
def test_a_reversal_leaves_the_loan_as_if_the_payment_had_not_been(life: Life) -> None:
    kept = [repayment for repayment in life.repayments if not repayment.reversed]
    with_it, without = life.standing(), replace(life, repayments=kept).standing()
    assert amounts(with_it) == amounts(without)
    assert tuple(each for each in with_it.allocations if not each.repayment.reversed) == without.allocations
    assert len(with_it.allocations) == len(life.repayments)


@given(lives() | brought_lives())
def test_a_loan_is_the_same_when_it_was_stored(life: Life) -> None:
    """As JSON, its fractions as text: nothing of it is known to the program only."""
    stored = msgspec.json.encode(life, enc_hook=str)
    assert msgspec.json.decode(stored, type=Life, dec_hook=lambda of, text: of(text)) == life


@pytest.mark.parametrize(("wrong", "right"), [("2026-02-15", "2026-02-16"), ("2026-06-02", "2026-06-01")])
def test_a_loan_is_written_off_after_its_last_terms_and_until_today(wrong: str, right: str) -> None:
    with pytest.raises(BadHistory):
        replay([AGREED, EASIER], [], date(2026, 6, 1), written_off=date.fromisoformat(wrong))
    assert replay([AGREED, EASIER], [], date(2026, 6, 1), written_off=date.fromisoformat(right)).written_off


@given(lives(), st.sampled_from([5, 100]), st.data())
def test_all_that_is_payable_is_a_multiple_of_the_smallest_coin(
    life: Life, unit: int, data: st.DataObject
) -> None:
    """When the loan, its fee and what is paid are: each part of each line, what is due, and what ends the loan."""
    agreements = [
        replace(terms, principal=ugx(terms.principal.minor * unit), unit=unit) for terms in life.agreements
    ]
    repayments = [replace(each, amount=ugx(each.amount.minor * unit)) for each in life.repayments]
    rules = replace(life.rules, fee_minor=life.rules.fee_minor * unit)
    standing = replay(agreements, repayments, life.today, rules, life.written_off)
    for line in standing.lines:
        amounts_of = [getattr(parts, part).minor for parts in (line.owed, line.paid) for part in PARTS]
        assert not any(minor % unit for minor in (*amounts_of, line.moved.minor))
    assert not any(each.minor % unit for each in (standing.due, standing.unpaid, standing.credit))


def test_a_rule_that_keeps_the_interest_lets_nothing_fall_with_the_principal() -> None:
    with pytest.raises(BadRules):
        RepaymentRules(surplus="principal", keeps_interest=True)
    assert RepaymentRules(surplus="principal").surplus == "principal"
