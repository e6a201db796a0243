"""What is known of a borrower, and the answer they get: from real postings, meetings, fines and loans."""

from dataclasses import replace
from datetime import date
from fractions import Fraction
from typing import Any

import pytest

from domain.arithmetic.eligibility import BorrowingRules, Facts
from domain.loans.borrow import BadRequest, FailedRule, NoLoans, NotEligible, RequestLoan, borrowing, quote
from domain.loans.track_record import facts
from domain.money import TooLittle
from domain.mongo.store import MongoStore
from domain.records.meeting import Attendance, Fine, Presence
from domain.records.person import membership_id
from domain.savings.contribute import Contribute
from tests.conftest import Clock
from tests.domain.savers import Savers, changed, found
from tests.money import ugx

THREE_LOANS = changed(borrowing=BorrowingRules(months_min=0, score_min=None, open_loans_max=3))


def known(savers: Savers, person: str) -> Facts:
    return facts(savers.store, savers.store.groups.get(savers.group), person)


def there(savers: Savers, day: str, presence: Presence, cycle: int = 1) -> None:
    id = f"{savers.group}:{day}:dan"
    savers.store.attendance.insert(Attendance(id, savers.group, day, "dan", cycle, presence))


def fined(savers: Savers, minor: int) -> None:
    now = savers.store.now()
    savers.store.fines.insert(Fine("f", savers.group, "dan", "late", ugx(minor), now, "ada"))


def put_in(savers: Savers, minor: int) -> None:
    savers.confirm(savers.do(Contribute(savers.group, "dan", ugx(minor)))["payment"])


# Facts


def test_savings_and_the_fund_are_what_the_book_says(savers: Savers) -> None:
    assert (known(savers, "dan").savings, known(savers, "dan").fund) == (ugx(100_000), ugx(600_000))
    savers.lend("eve", 50_000)
    assert (known(savers, "eve").outstanding, known(savers, "dan").fund) == (ugx(50_000), ugx(550_000))


def test_the_social_fund_is_not_lent_wherever_its_money_is(store: MongoStore) -> None:
    savers = found(store, social_fund=ugx(500), saved=0)
    put_in(savers, 10_500)
    assert (savers.totals["1020"], savers.totals["1025"], known(savers, "dan").fund) == (10_000, 500, ugx(10_000))
    savers.do(Contribute(savers.group, "eve", ugx(500)))
    assert known(savers, "eve").fund == ugx(10_000), "and what is on its way is not there"


def test_what_is_asked_for_counts_as_outstanding(savers: Savers) -> None:
    savers.ask("dan", 120_000)
    assert (known(savers, "dan").outstanding, known(savers, "dan").open_loans) == (ugx(120_000), 1)


@pytest.mark.parametrize(("days", "months"), [(30, 0), (31, 1), (91, 2), (92, 3)])
def test_months_are_whole_ones_since_joining(savers: Savers, clock: Clock, days: int, months: int) -> None:
    """From 5 October: 5 November is a month, 5 January three."""
    clock.forward(days=days)
    assert known(savers, "dan").months == months


def test_a_month_counts_as_paid_when_something_was_put_in(savers: Savers, clock: Clock) -> None:
    clock.forward(days=40)
    put_in(savers, 1_000)
    put_in(savers, 1_000)
    clock.forward(days=60)
    assert (known(savers, "dan").months, known(savers, "dan").months_paid) == (3, 2)


def test_a_meeting_that_was_excused_does_not_count(savers: Savers, clock: Clock) -> None:
    """Of the cycle that is open: those of the one before are gone."""
    presence: Presence
    for day, presence in (("2026-10-05", "present"), ("2026-10-12", "late"), ("2026-10-19", "absent")):
        there(savers, day, presence)
    there(savers, "2026-10-26", "excused")
    there(savers, "2026-09-28", "absent", cycle=0)
    assert [known(savers, "dan").meetings, known(savers, "dan").attended] == [3, 2]
    # For the first of them, 5 October, something was put in.
    assert known(savers, "dan").contributed == 1


def test_the_social_fund_of_the_last_meeting_is_due_until_it_is_paid(store: MongoStore, clock: Clock) -> None:
    savers = found(store, social_fund=ugx(500))
    assert known(savers, "dan").social_fund == ugx(0), "it was paid with the savings, today"
    clock.forward(days=6)
    assert known(savers, "dan").social_fund == ugx(0), "the meeting of tomorrow is not due"
    clock.forward(days=1)
    assert known(savers, "dan").social_fund == ugx(500)
    put_in(savers, 200)
    assert known(savers, "dan").social_fund == ugx(300)


def test_fines_count_until_they_are_paid(savers: Savers) -> None:
    fined(savers, 700)
    assert known(savers, "dan").fines == ugx(700)
    savers.store.fines.change("f", state="paid")
    assert known(savers, "dan").fines == ugx(0)


def test_instalments_are_on_time_when_all_of_them_was_paid_by_their_day(savers: Savers, clock: Clock) -> None:
    loan = savers.lend("dan", 60_000, 3)
    clock.forward(weeks=4)
    savers.repay(loan, 26_000)
    assert known(savers, "dan").instalments == 0, "its day is not over"
    clock.forward(weeks=4)
    savers.repay(loan, 23_999)
    clock.forward(days=1)
    late = known(savers, "dan")
    assert (late.instalments, late.on_time, late.overdue) == (2, 1, 1)
    savers.repay(loan, 1)
    mended = known(savers, "dan")
    assert (mended.instalments, mended.on_time, mended.overdue) == (2, 1, 0)


def test_a_default_is_remembered_for_a_year(savers: Savers, clock: Clock) -> None:
    loan = savers.lend("dan", 50_000)
    clock.forward(days=28 + 90)
    assert not known(savers, "dan").defaulted
    clock.forward(days=1)
    assert known(savers, "dan").defaulted
    savers.repay(loan, 56_100)
    clock.forward(days=365)
    assert (known(savers, "dan").defaulted, known(savers, "dan").open_loans) == (True, 0)
    clock.forward(days=1)
    assert not known(savers, "dan").defaulted


# The answer


def test_every_rule_that_failed_is_named_with_its_numbers(store: MongoStore, clock: Clock) -> None:
    product = changed(borrowing=BorrowingRules(attendance_min=Fraction(3, 4), score_min=50))
    savers = found(store, product, social_fund=ugx(500))
    presence: Presence
    for day, presence in (("2026-10-05", "present"), ("2026-10-12", "absent"), ("2026-10-19", "absent")):
        there(savers, day, presence)
    fined(savers, 700)
    clock.forward(weeks=3)
    answer = borrowing(store, savers.group, "dan")
    assert not answer.eligible
    assert answer.failures == [
        FailedRule("months", "0", "2", None),
        FailedRule("fines", "", "", ugx(700)),
        FailedRule("social_fund", "", "", ugx(1_500)),
        FailedRule("attendance", "33", "75", None),
        FailedRule("score", "30", "50", None),
    ]
    assert (answer.score, answer.score_parts) == (30, [0, 10, 10, 10])
    assert (answer.group, answer.limit) == ("Umoja", ugx(297_000))
    assert (answer.periods, answer.periods_max, answer.every, answer.guarantors_min) == (1, 6, "4weeks", 0)


def test_who_may_borrow_hears_how_much(savers: Savers) -> None:
    answer = borrowing(savers.store, savers.group, "dan")
    assert (answer.eligible, answer.failures, answer.limit) == (True, [], ugx(300_000))
    assert (answer.score, answer.score_parts) == (None, [])


def test_guarantors_are_asked_for_with_the_request_and_no_reason_before_it(store: MongoStore) -> None:
    savers = found(store, changed(borrowing=BorrowingRules(months_min=0, score_min=None, guarantors_min=2)))
    answer = borrowing(store, savers.group, "dan")
    assert (answer.eligible, answer.guarantors_min) == (True, 2)


@pytest.mark.parametrize("minor", [300_000, 300_001])
def test_nothing_is_lent_above_the_limit(savers: Savers, minor: int) -> None:
    if minor > 300_000:
        with pytest.raises(NotEligible) as refused:
            savers.ask("dan", minor)
        assert refused.value.details == {"most": 300_000, "currency": "UGX"}
    else:
        savers.ask("dan", minor)


def test_two_requests_together_stay_within_the_limit(store: MongoStore) -> None:
    savers = found(store, THREE_LOANS)
    savers.ask("dan", 200_000)
    with pytest.raises(NotEligible):
        savers.ask("dan", 100_001)
    savers.ask("dan", 99_950)
    with pytest.raises(TooLittle):
        savers.ask("dan", 49)
    savers.ask("dan", 50)
    with pytest.raises(NotEligible):
        savers.ask("dan", 1)


@pytest.mark.parametrize("periods", [0, 7])
def test_a_loan_is_for_as_long_as_the_group_lends(savers: Savers, periods: int) -> None:
    with pytest.raises(BadRequest):
        savers.ask("dan", 50_000, periods)
    with pytest.raises(BadRequest):
        quote(savers.store, savers.group, ugx(50_000), periods)


def test_a_group_that_does_not_lend_says_so(savers: Savers) -> None:
    rules = savers.store.groups.get(savers.group).constitution
    savers.store.groups.change(savers.group, constitution=replace(rules, loans=None))
    for refused in (
        lambda: borrowing(savers.store, savers.group, "dan"),
        lambda: savers.do(RequestLoan(savers.group, "dan", ugx(1), 1, "cash")),
    ):
        with pytest.raises(NoLoans):
            refused()


def test_who_is_no_active_member_may_not_borrow(savers: Savers) -> None:
    savers.store.memberships.change(membership_id(savers.group, "dan"), status="suspended")
    assert [each.rule for each in borrowing(savers.store, savers.group, "dan").failures] == ["active"]


# The quote


def test_a_quote_says_every_instalment_and_what_it_all_costs(savers: Savers) -> None:
    said = quote(savers.store, savers.group, ugx(60_000), 2)
    assert (said.amount, said.fee, said.method, said.every) == (
        ugx(60_000),
        ugx(0),
        "declining-principal",
        "4weeks",
    )
    lines = [(line.number, line.due, line.principal, line.interest, line.payment) for line in said.lines]
    assert lines == [
        (1, date(2026, 11, 2), ugx(30_000), ugx(6_000), ugx(36_000)),
        (2, date(2026, 11, 30), ugx(30_000), ugx(3_000), ugx(33_000)),
    ]
    assert (said.total_interest, said.total_payment) == (ugx(9_000), ugx(69_000))
    # Ten percent every 28 days: 1.1 to the power of 365/28.
    assert said.yearly_percent == "246.40"


def test_what_is_kept_back_makes_a_loan_dearer(store: MongoStore) -> None:
    savers = found(store, changed(fee=Fraction(5, 100)))
    said = quote(store, savers.group, ugx(60_000), 2)
    assert said.fee == ugx(3_000)
    assert float(said.yearly_percent) > 246.40


def test_instalments_fall_on_meetings_where_the_product_says_so(store: MongoStore, clock: Clock) -> None:
    savers = found(store, changed(on_meetings=True))
    clock.forward(days=2)
    # From a Wednesday; four weeks later the group meets on the Monday after.
    assert [line.due for line in quote(store, savers.group, ugx(60_000), 1).lines] == [date(2026, 11, 9)]


def test_a_short_loan_has_as_much_grace_as_it_has_room_for(store: MongoStore) -> None:
    savers = found(store, changed(grace=3))
    principals: list[Any] = [line.principal.minor for line in quote(store, savers.group, ugx(60_000), 2).lines]
    assert principals == [0, 60_000]
