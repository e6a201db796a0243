"""A group's figures as its pages show them: from its book, in pages of a list, and of no other group."""

from dataclasses import replace

import pytest

from domain.arithmetic.schedule import Terms
from domain.books.accounts import SAVINGS, Account
from domain.books.ledger import reversal
from domain.groups.book_pages import ENTRIES_A_PAGE, book_page
from domain.groups.decided import decisions_closed, decisions_open
from domain.groups.glance import glance_at, trial_balance
from domain.groups.overview import LIST_PAGE
from domain.groups.roll import roll_of, roll_page
from domain.groups.rule_versions import rule_versions
from domain.groups.rules import ProposeRule
from domain.loans.lent import LENT_A_PAGE, loan_seen, loans_listed
from domain.meetings.count import Counted
from domain.meetings.held import meeting_held, meetings_held
from domain.meetings.meeting import CloseMeeting, MarkAttendance, OpenMeeting
from domain.records.loan import Loan
from domain.savings.contribute import RecordCash
from domain.store import NotFound
from tests.conftest import Clock
from tests.domain.savers import PRODUCT, Savers
from tests.money import ugx


def test_the_parts_of_members_are_the_group_s(savers: Savers) -> None:
    savers.lend("dan", 60_000, 2)
    savers.give_credit("eve", 700)
    group = savers.store.groups.get(savers.group)
    rows, glance = roll_page(savers.store, group, 1), glance_at(savers.store, group)
    assert [row.number for row in rows] == [1, 2, 3, 4, 5, 6] and rows[3].owes == ugx(60_000)
    assert sum(row.saved.minor for row in rows) == glance.savings.minor == 600_000
    assert sum(row.owes.minor for row in rows) == glance.lent.minor
    assert glance.cash_box == ugx(600_000 - 60_000 + 700) and glance.surplus == ugx(0)
    assert [row.credit for row in roll_of(savers.store, group, ["eve", "dan"])] == [ugx(0), ugx(700)]
    assert roll_page(savers.store, group, LIST_PAGE + 1) == roll_of(savers.store, group, []) == []
    balance = trial_balance(savers.store, group)
    assert balance.debit == balance.credit > 0 and balance.length == savers.store.books.length(group.id)
    assert sum(-balance.totals.get(each, 0) for each in SAVINGS) == 600_000


def test_the_book_is_read_in_pages_that_miss_nothing(savers: Savers, clock: Clock) -> None:
    for _ in range(ENTRIES_A_PAGE):
        savers.do(RecordCash(savers.group, "dan", ugx(1_000), "ada"))
    first = savers.store.books.at_places(savers.group, [1])[0]
    savers.store.post(reversal(first, f"reverse:{first.reference.partition(':')[2]}", clock()))
    group, last = savers.store.groups.get(savers.group), savers.store.books.length(savers.group)
    newest = book_page(savers.store, group, last)
    older = book_page(savers.store, group, last - ENTRIES_A_PAGE)
    assert [entry.seq for entry in newest + older] == [*range(last, 0, -1)]
    assert (newest[0].reverses, newest[0].kind) == (1, "taken_back") and newest[1].what == "savings"
    legs = newest[1].legs
    assert {leg.account for leg in legs} == {Account.CASH_BOX, Account.SHARES}
    assert [leg.member for leg in legs if leg.credit] == ["Dan Name"]
    assert all((leg.debit is None) != (leg.credit is None) for leg in legs)
    assert book_page(savers.store, group, 0) == []


def test_loans_are_listed_in_pages_and_seen_only_in_their_group(savers: Savers, clock: Clock) -> None:
    store, group = savers.store, savers.store.groups.get(savers.group)
    loan = savers.lend("dan", 60_000, 2, "eve")
    savers.repay(loan, 5_000)
    terms = Terms(ugx(1_000), PRODUCT.rate, 1, PRODUCT.every, PRODUCT.method, clock().date())
    for number in range(LENT_A_PAGE):
        clock.forward(minutes=1)
        store.loans.insert(
            Loan(
                f"x{number}",
                f"L{number:06}",
                group.id,
                "eve",
                terms,
                PRODUCT.repayment,
                ugx(0),
                "cash",
                "rejected",
                clock(),
            )
        )
    assert [each.loan.id for each in loans_listed(store, group, "owed", None)] == [loan]
    ended = loans_listed(store, group, "ended", None)
    assert len(ended) == LENT_A_PAGE and ended[0].borrower == "Eve Name"
    assert loans_listed(store, group, "ended", ended[-1].asked_at)[0].loan.id == ended[-1].loan.id
    seen = loan_seen(store, group, loan)
    assert (seen.borrower, seen.guarantors[0].name, seen.repaid[0].amount) == ("Dan Name", "Eve Name", ugx(5_000))
    assert len(seen.lines) == 2
    for where, id in ((group, "none"), (replace(group, id="another"), loan)):
        with pytest.raises(NotFound):
            loan_seen(store, where, id)


def test_a_meeting_is_what_was_counted_against_the_book(savers: Savers, clock: Clock) -> None:
    store, group = savers.store, savers.store.groups.get(savers.group)
    clock.forward(minutes=1)
    savers.do(OpenMeeting("ada", group.id, Counted(ugx(600_000), ugx(0))))
    savers.do(MarkAttendance("ada", group.id, "fay", "absent"))
    savers.do(RecordCash(group.id, "dan", ugx(3_000), "ada"))
    open_now = meeting_held(store, store.groups.get(group.id), store.groups.get(group.id).meeting)
    assert open_now.closed is None and open_now.short is None and open_now.in_book.cash == ugx(603_000)
    clock.forward(hours=1)
    savers.do(CloseMeeting("ben", group.id, Counted(ugx(603_000), ugx(0)), fine=False))
    (listed,) = meetings_held(store, group)
    seen = meeting_held(store, group, listed.id)
    assert (seen.opened_by, seen.closed_by, seen.planned) == ("Ada Name", "Ben Name", True)
    assert seen.short == Counted(ugx(0), ugx(0)) and seen.in_book.cash == listed.counted.cash == ugx(603_000)
    assert seen.named["absent"] == ["Fay Name"] and len(seen.named["present"]) == 5
    moved = {each.account: (each.opening, each.plus, each.minus) for each in seen.moved}
    assert moved[Account.CASH_BOX] == (600_000, 3_000, 0)
    with pytest.raises(NotFound):
        meeting_held(store, replace(group, id="another"), listed.id)


def test_decisions_and_rules_say_who_and_what(savers: Savers) -> None:
    store, group = savers.store, savers.store.groups.get(savers.group)
    savers.do(ProposeRule("ada", group.id, "approvals", "1"))
    (asked,) = decisions_open(store, group)
    assert (asked.kind, asked.maker, asked.yes, asked.missing) == ("constitution", "Ada Name", [], 3)
    savers.decide("constitution", "ada", "ben", "dan")
    (decided,) = decisions_closed(store, group)
    assert (decided.state, decided.yes, decided.missing) == ("approved", ["Ada Name", "Ben Name", "Dan Name"], 0)
    assert not decisions_open(store, group)
    newest, first = rule_versions(store, store.groups.get(group.id))
    assert [(each.rule, each.was, each.to) for each in newest.changes] == [("approvals", "2", "1")]
    assert first.changes == []
