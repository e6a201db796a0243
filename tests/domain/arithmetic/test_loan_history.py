"""The life of a loan: rolled over, rescheduled, written off; payments taken back and found late."""

import random
from dataclasses import replace
from datetime import date, timedelta
from fractions import Fraction
from itertools import pairwise

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.arithmetic.arrears import owing
from domain.arithmetic.instalments import (
    PARTS,
    BadBroughtForward,
    BadRules,
    BadWaiver,
    BroughtForward,
    Repayment,
    RepaymentRules,
    Standing,
    StandingLine,
    Waivable,
    Waiver,
)
from domain.arithmetic.loan_history import BadHistory, replay
from domain.arithmetic.periods import Calendar, due_dates
from domain.arithmetic.rates import Rate
from domain.arithmetic.schedule import ChargeOn, Terms
from domain.money import Money
from tests.domain.loans.lending import START, Life, brought_lives, lives, loans, paid, products, ugx

# Due on 2 February, 2 March and 30 March: three times 400, with interest of 120, 80 and 40.
AGREED = Terms(ugx(1_200), Rate(Fraction(10), "period"), 3, "4weeks", "declining-principal", START)

# Due on 2 February, with a charge of 10,000.
ROLLING = Terms(ugx(100_000), Rate(Fraction(10), "period"), 1, "4weeks", "roll-over", START)

# Two lines from 16 February, due on 16 March and 13 April, for what is outstanding then.
EASIER = replace(AGREED, principal=ugx(800), periods=2, start=date(2026, 2, 16))

# Timings never decide.


def figures(standing: Standing) -> list[tuple[int, str, int, int, int, int]]:
    """Of each line its number, its day, interest and principal owed, interest and principal paid."""
    return [
        (
            line.number,
            f"{line.due:%d %b}",
            line.owed.interest.minor,
            line.owed.principal.minor,
            line.paid.interest.minor,
            line.paid.principal.minor,
        )
        for line in standing.lines
    ]


def amounts(standing: Standing) -> tuple[tuple[StandingLine, ...], Money, Money]:
    """Where the money is, whatever payments it came in."""
    return standing.lines, standing.credit, standing.recovered


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


def test_a_roll_over_that_is_written_off_rolls_no_further() -> None:
    """On 16 February the second period has begun, and its charge is owed."""
    day = date(2026, 2, 16)
    standing = replay([ROLLING], [], date(2027, 2, 16), written_off=day)
    assert figures(standing) == [(1, "02 Feb", 10_000, 0, 0, 0), (2, "02 Mar", 10_000, 100_000, 0, 0)]

    by_day = replace(ROLLING, rate=Rate(Fraction(3_650, 28), "year"), daily=True)
    broken_off = replay([by_day], [], date(2027, 2, 16), written_off=day)
    assert figures(broken_off)[1] == (2, "02 Mar", 5_000, 100_000, 0, 0)


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


@given(lives() | brought_lives())
def test_a_loan_is_the_same_when_it_was_stored(life: Life) -> None:
    """As JSON, its fractions as text: nothing of it is known to the program only."""
    stored = msgspec.json.encode(life, enc_hook=str)
    assert msgspec.json.decode(stored, type=Life, dec_hook=lambda of, text: of(text)) == life


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


# A loan that the group brought with it

# Late since 10 October: interest of 30, a penalty of 5, and 300 of the 1,200.
LATE = BroughtForward(date(2025, 10, 10), ugx(30), ugx(5), ugx(300))


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


# Interest and penalties that the officers waive


def waived(days: int, minor: int, part: Waivable = "interest", reference: str = "w") -> Waiver:
    """So many days after the loan began."""
    return Waiver(reference, START + timedelta(days=days), part, ugx(minor))


def test_what_is_waived_is_owed_no_more_the_oldest_first() -> None:
    """On 3 March 120 and 80 are due; 150 of them are waived. The 40 of the last line are not due yet, and stay."""
    standing = replay([AGREED], [], date(2026, 3, 3), waivers=[waived(57, 150)])
    assert [line.owed.interest.minor for line in standing.lines] == [0, 50, 40]
    assert (standing.waivable("interest"), standing.outstanding) == (ugx(50), ugx(1_200))
    more = replay([AGREED], [], date(2026, 3, 3), waivers=[waived(57, 150), waived(57, 999, reference="x")])
    assert [line.owed.interest.minor for line in more.lines] == [0, 0, 40]


def test_a_penalty_that_was_waived_does_not_come_back() -> None:
    """The 10 on the first instalment; on the 8th of March the second costs its own."""
    late = replay([AGREED], [], date(2026, 2, 20), waivers=[waived(46, 10, "penalty")])
    assert (late.waivable("penalty"), late.lines[0].owed.penalty) == (ugx(0), ugx(0))
    later = replay([AGREED], [], date(2026, 3, 8), waivers=[waived(46, 10, "penalty")])
    assert [line.owed.penalty.minor for line in later.lines] == [0, 10, 0]


def test_a_payment_of_the_day_goes_to_what_is_left_by_a_waiver() -> None:
    standing = replay([AGREED], [paid("a", 28, 400)], date(2026, 2, 2), waivers=[waived(28, 120)])
    assert figures(standing)[0] == (1, "02 Feb", 0, 400, 0, 400)
    assert standing.due == ugx(0)


def test_a_payment_found_late_paid_its_interest_and_only_the_rest_is_waived() -> None:
    """100 of the 120 were paid before; then it is taken back, and all 120 are waived again."""
    found = replay([AGREED], [paid("a", 20, 100)], date(2026, 2, 6), waivers=[waived(32, 120)])
    assert figures(found)[0] == (1, "02 Feb", 100, 400, 100, 0)
    back = replay([AGREED], [paid("a", 20, 100, reversed=True)], date(2026, 2, 6), waivers=[waived(32, 120)])
    assert figures(back)[0] == (1, "02 Feb", 0, 400, 0, 0)


def test_interest_that_was_brought_forward_can_be_waived() -> None:
    standing = replay([AGREED], [], START, waivers=[waived(0, 30), waived(0, 5, "penalty", "x")], brought=LATE)
    assert standing.due == ugx(300)


@given(lives() | brought_lives(), st.data())
def test_a_waiver_lowers_what_is_unpaid_and_touches_no_payment_of_before(life: Life, data: st.DataObject) -> None:
    """By no more than it is for, nor than was due; principal stays, and nothing that was paid is taken away."""
    last = life.written_off or life.today
    waiver = Waiver(
        "w",
        data.draw(st.dates(START, last)),
        data.draw(st.sampled_from(["interest", "penalty"])),
        ugx(data.draw(st.integers(1, 10**5))),
    )
    until = [each for each in life.repayments if each.day < waiver.day]
    agreements = [terms for terms in life.agreements if terms.start < waiver.day] or life.agreements[:1]
    before = replay(agreements, until, waiver.day, life.rules, brought=life.brought)
    after = replay(agreements, until, waiver.day, life.rules, brought=life.brought, waivers=[waiver])
    less = min(waiver.amount, before.waivable(waiver.part))
    assert (before.unpaid - after.unpaid, after.outstanding) == (less, before.outstanding)
    assert after.allocations == before.allocations
    all_of_it = replay(
        life.agreements, life.repayments, life.today, life.rules, life.written_off, life.brought, [waiver]
    )
    for line in all_of_it.lines:
        assert all(getattr(line.unpaid, part).minor >= 0 for part in PARTS)
    in_lines = sum(line.paid.total.minor for line in all_of_it.lines)
    kept = sum(each.amount.minor for each in life.repayments if not each.reversed)
    assert in_lines + all_of_it.credit.minor + all_of_it.recovered.minor == kept


def test_something_is_waived_while_the_loan_is_owed_in_its_currency() -> None:
    day = START + timedelta(days=30)
    in_shillings = Waiver("w", START, "interest", Money(5, "KES"))
    for wrong in (waived(-1, 5), waived(31, 5), in_shillings):
        with pytest.raises(BadHistory):
            replay([AGREED], [], day, waivers=[wrong])
    with pytest.raises(BadHistory):
        replay([AGREED], [], day, written_off=day - timedelta(days=1), waivers=[waived(30, 5)])
    with pytest.raises(BadWaiver):
        waived(30, 0)
    assert replay([AGREED], [], day, waivers=[waived(30, 5)]).due == ugx(515)
    assert replay([AGREED], [], day, written_off=day).waivable("interest") == ugx(0)
