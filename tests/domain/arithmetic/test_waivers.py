"""Interest and penalties that the officers waive."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.arithmetic.instalments import PARTS, BadWaiver, Waivable, Waiver
from domain.arithmetic.loan_history import BadHistory, replay
from domain.money import Money
from tests.domain.arithmetic.agreements import AGREED, LATE, figures
from tests.domain.loans.lending import START, Life, brought_lives, lives, paid
from tests.money import ugx


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
