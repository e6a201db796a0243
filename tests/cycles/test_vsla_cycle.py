"""A whole year of a VSLA: twenty members, fifty-two meetings, its share-out and the next cycle; its books hold."""

from collections import Counter

import pytest

from bot.demo.cycle import say_books
from bot.demo.vsla import BEGINS, GRANT, KEPT, MEETINGS, NAMES, SOCIAL, Year
from domain.records.meeting import Meeting
from domain.records.person import membership_id
from tests.cycles.conftest import Open
from tests.cycles.invariants import Audit, check_book


def test_a_year_ends_with_every_part_paid_and_books_that_are_whole(open_stage: Open) -> None:
    stage = open_stage(BEGINS)
    year = Year(stage, done=lambda done, of: Audit(stage.store, year.group).look() if done % 26 == 0 else None)
    year.run()

    store, group = stage.store, stage.store.groups.get(year.group)
    check_book(store, group.id)
    assert (group.cycle, group.closing, group.meeting) == (2, False, "")
    meetings: list[Meeting] = store.meetings.find(group=group.id, sort="day")
    assert len(meetings) == MEETINGS and {each.state for each in meetings} == {"closed"}

    # Every part was paid to whom it is, one or another from both the wallet and the box.
    made = store.share_outs.get(f"{group.id}:1")
    payments = store.payments.find(group=group.id, purpose="share_out", state="succeeded")
    paid: Counter[str] = Counter()
    for each in payments:
        paid[each.person] += each.amount.minor
    assert paid == {line.person: line.pay.minor for line in made.lines}
    assert len(payments) >= len(made.lines) == len(NAMES) - 1
    assert {each.way for each in payments} == {"mobile_money", "cash"}

    # What is left is what was kept, what could not be shared or paid in whole units, and the social fund.
    totals = {code: minor for code, minor in store.books.totals(group.id).items() if minor}
    social = SOCIAL.minor * _times_paid(year) - GRANT.minor
    rounded = sum((line.gross - line.netted - line.pay for line in made.lines), made.left_over)
    assert -totals["2020"] == social
    assert totals["1040"] + totals["1025"] == social
    assert totals.get("1010", 0) + totals.get("1020", 0) == (KEPT + rounded).minor
    assert totals.keys() <= {"1010", "1020", "1025", "1040", "2020", "3020"}

    # Loans of every fate were there.
    loans = store.loans.find(group=group.id)
    assert Counter(loan.state for loan in loans).keys() == {"closed", "recovered"}
    assert sum(bool(loan.rescheduled) for loan in loans) == 1
    assert any(each.reversed for loan in loans for each in loan.repayments)
    assert any(line.owed.penalty for loan in loans for line in loan.standing(made.day).lines)
    assert store.memberships.get(membership_id(group.id, year.people[-1].id)).status == "exited"


def _times_paid(year: Year) -> int:
    """How often the social fund's part was put in."""
    store = year.stage.store
    paid = [each for each in store.database["paid"].find({"group": year.group}) if each["social"]]
    assert {each["social"] for each in paid} == {SOCIAL.minor}
    return len(paid)


def test_the_books_of_a_short_year_are_shown(open_stage: Open, capsys: pytest.CaptureFixture[str]) -> None:
    stage = open_stage(BEGINS)
    year = Year(stage, meetings=4)
    year.run()
    say_books(stage, year)
    said = capsys.readouterr().out
    assert "meeting 4: " in said and "cycle 2 begins" in said
    assert "The books are whole" in said
    made = stage.store.share_outs.get(f"{year.group}:1")
    assert all(line.pay.grouped(",") in said for line in made.lines)
