"""A group's loans together: arrears, what is at risk, provisions, and the rates of a period."""

from datetime import date
from fractions import Fraction

from domain.loans.portfolio import arrears, portfolio
from domain.loans.recover import ProposeWriteOff
from domain.money import Money
from tests.conftest import Clock
from tests.domain.savers import Savers
from tests.money import ugx

FIRST = date(2026, 10, 1)


def test_a_group_without_loans_has_nothing_to_measure(savers: Savers) -> None:
    nothing = portfolio(savers.store, savers.group, FIRST)
    assert (nothing.loans, nothing.outstanding) == (0, ugx(0))
    assert {*nothing.at_risk.values(), nothing.approval, nothing.collection, nothing.default} == {None}
    assert not arrears(savers.store, savers.group)


def test_late_loans_are_listed_the_latest_first(savers: Savers, clock: Clock) -> None:
    dan = savers.lend("dan", 50_000)
    clock.forward(days=7)
    eve = savers.lend("eve", 40_000)
    clock.forward(days=21)
    assert not arrears(savers.store, savers.group), "its day is not over"
    clock.forward(days=9)
    late = arrears(savers.store, savers.group)
    assert [(each.id, each.name, each.days_late) for each in late] == [(dan, "Dan Name", 9), (eve, "Eve Name", 2)]
    assert [(each.due, each.outstanding) for each in late] == [
        (ugx(56_100), ugx(50_000)),
        (ugx(44_000), ugx(40_000)),
    ]
    savers.repay(dan, 56_100)
    assert [each.id for each in arrears(savers.store, savers.group)] == [eve]


def test_all_of_a_late_loan_is_at_risk_and_set_aside_for_by_how_late_it_is(savers: Savers, clock: Clock) -> None:
    savers.lend("dan", 50_000)
    savers.lend("eve", 150_000, 6)
    savers.repay(savers.lend("fay", 30_000), 33_000)
    clock.forward(days=28 + 31)
    # Eve is a day late too, with the second line, and 31 with the first.
    report = portfolio(savers.store, savers.group, FIRST)
    assert (report.loans, report.outstanding) == (2, ugx(200_000))
    assert report.at_risk == {1: Fraction(1), 30: Fraction(1), 60: Fraction(0), 90: Fraction(0)}
    set_aside: dict[str, tuple[int, Money]] = {
        line.bucket: (line.loans, line.set_aside) for line in report.provisions if line.loans
    }
    assert set_aside == {"31-60": (2, ugx(50_000))}
    assert {name: amount for name, amount in report.late.items() if amount} == {
        "0": ugx(100_000),
        "1-30": ugx(25_000),
        "31-60": ugx(75_000),
    }


def test_rates_of_a_period_are_of_what_was_decided_due_and_lent_in_it(savers: Savers, clock: Clock) -> None:
    savers.vote(savers.ask("fay", 10_000), "ada", "ben", yes=False, reason="later")
    dan = savers.lend("dan", 50_000)
    savers.lend("eve", 50_000)
    clock.forward(days=28)
    savers.repay(dan, 55_000)
    clock.forward(days=1)
    report = portfolio(savers.store, savers.group, FIRST)
    assert (report.approval, report.collection, report.default) == (Fraction(2, 3), Fraction(1, 2), Fraction(0))
    clock.forward(days=91)
    assert portfolio(savers.store, savers.group, FIRST).default == Fraction(1, 2)
    later = portfolio(savers.store, savers.group, date(2026, 12, 1))
    assert (later.approval, later.collection, later.default) == (None, None, None)


def test_what_is_written_off_is_lost_of_its_cohort_and_no_longer_in_the_book(savers: Savers) -> None:
    loan = savers.lend("dan", 50_000)
    savers.lend("eve", 50_000)
    savers.do(ProposeWriteOff("ada", loan))
    savers.decide("write_off", "ada", "ben", "eve")
    report = portfolio(savers.store, savers.group, FIRST)
    assert (report.loans, report.outstanding, report.default) == (1, ugx(50_000), Fraction(1, 2))


def test_all_loans_are_counted_whatever_the_page(savers: Savers) -> None:
    for person in ("dan", "eve", "fay", "cy"):
        savers.lend(person, 10_000)
    assert portfolio(savers.store, savers.group, FIRST).loans == 4
