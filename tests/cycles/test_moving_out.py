"""What is taken out and brought in again is the same group, whatever life it has had."""

from collections import Counter, defaultdict
from collections.abc import Mapping
from dataclasses import replace
from typing import Any, Final

from bot.imports.files import read_files
from bot.imports.template import csv_files, workbook_of
from domain.books.accounts import ACCOUNTS, Account
from domain.meetings.meeting import CloseMeeting
from domain.mongo.store import COLLECTIONS, MongoStore
from domain.mongo.verify import verify_book
from domain.moving_in.check import check_group
from domain.moving_in.move_out import move_out
from domain.moving_in.rows import rows_of
from domain.records.loan import Loan
from domain.records.opening import OpeningBook
from domain.savings.contribute import RecordCash
from flows.groups.countries import time_zone_in
from tests.conftest import Clock
from tests.cycles.as_carried import into_the_box, with_usual_lending
from tests.cycles.machine import GroupLife, run
from tests.domain.moving_in.books import AS_OF, GROUP, MEMBERS, checked, opens
from tests.people import arrives, do

# What a walk may end with that keeps a group here; all else is carried.
IN_ORDER_FIRST: Final = {"meeting_open", "closing", "payment", "leaving", "account", "rotation"}
MOVED: Final = "moved out and in again"


class MovingLife(GroupLife):
    """A life at whose end the group moves to another installation."""

    def teardown(self) -> None:
        if not hasattr(self, "savers") or not self._at_rest:
            return
        store = self.store
        for payment in self._open_payments():
            arrives(store, payment)
        if self._group.meeting:
            self._give(CloseMeeting(self._lead(0), self._id, self._counted(0), fine=False))
        with_usual_lending(store, self._group)
        into_the_box(store, self._id)
        out = move_out(store, self._id, time_zone_in)
        if out.book is None:
            assert out.kept or out.checked.errors, "it is said why"
            assert {each.why for each in out.kept} <= IN_ORDER_FIRST, out.kept
            assert Account.SOCIAL_FUND.label not in {each.what for each in out.kept}, "its purses are said"
            odd = {(each.column, each.problem) for each in out.checked.findings if each.severity == "error"}
            assert odd <= WITHOUT_OFFICERS, odd
            for each in out.kept:
                self.steps[f"kept by {each.why} {each.what}"] += 1
            return
        self.steps[MOVED] += 1
        moves(store, self._id, out.book)


# Whoever leads a group that moves needs a number of their own.
WITHOUT_OFFICERS: Final = {
    ("role", "officer_without_phone"), ("role", "two_officers"), ("role", "office_taken"), ("rota_place", "needs"),
}  # fmt: skip


def moves(store: MongoStore, group: str, book: OpeningBook) -> str:
    """From files and through all checks into an empty store; and out again."""
    here, rows = as_it_is(store, group, book.as_of), rows_of(book)
    for name in COLLECTIONS:
        store.database[name].delete_many({})
    for files in ([workbook_of("moving", rows)], csv_files(rows)):
        found = read_files([(file.name, file.content) for file in files if file.name != "notes.csv"])
        read = check_group(book.code, found.rows[book.code], book.as_of, time_zone_in)
        assert (found.findings, read.errors) == ([], 0)
        assert read.book is not None and rows_of(read.book) == rows
    there = opens(store, read.book)
    assert verify_book(store.books, there) == []
    now = as_it_is(store, there, book.as_of)
    other = {what: (here[what], now[what]) for what in here if here[what] != now[what]}
    assert not other, other
    again = move_out(store, there, time_zone_in)
    assert again.book is not None, again
    assert rows_of(again.book) == rows, "taken out again it is the same, cell for cell"
    return there


def as_it_is(store: MongoStore, id: str, day: Any) -> Mapping[str, Any]:
    """All that is the same wherever a group lives: people by their numbers, no ids."""
    group = store.groups.get(id)
    members = store.memberships.find(group=id, status=["active", "suspended"])
    numbers = {each.person: each.number for each in members}
    people = {each.id: each for each in store.people.among(list(numbers))}
    balances: dict[tuple[str, int], int] = defaultdict(int)
    for (code, person), minor in store.books.balances(id).items():
        account = ACCOUNTS[code]
        if account.by_member == bool(person):
            balances[Account.SURPLUS if account.is_result else account, numbers.get(person, 0)] += minor
    # Of those who share a phone the first keeps it.
    by_phone = {people[each.person].phone: each.number for each in sorted(members, key=lambda each: -each.number)}
    phones = {number: phone for phone, number in by_phone.items()}
    rules = group.constitution
    meeting = rules.meeting_after(day)
    every = next(each.every for each in reversed(rules.rhythms) if each.first <= meeting)
    return {
        "group": (group.name, group.kind, group.currency, group.cycle, group.cycle_from),
        "rules": replace(rules, first_meeting=meeting, every=every, moved=()),
        "members": {
            each.number: (each.role, people[each.person].name, phones.get(each.number, "")) for each in members
        },
        "balances": {key: minor for key, minor in balances.items() if minor},
        "loans": sorted(loan_as_it_is(each, numbers, day) for each in store.loans.find(group=id, state="active")),
        "fines": sorted(
            (numbers[each.person], each.reason, each.amount.minor, rules.day(each.at))
            for each in store.fines.find(group=id, state="due")
        ),
    }


def loan_as_it_is(loan: Loan, numbers: Mapping[str, int], day: Any) -> tuple[Any, ...]:
    """What is owed of it, what of that is late and since when, and what is to come on which day."""
    standing = loan.standing(day)
    late, to_come = Counter[str](), defaultdict[Any, int](int)
    for line in standing.lines:
        unpaid = line.unpaid
        if line.due > day:
            to_come[line.due] += unpaid.principal.minor + unpaid.interest.minor
        else:
            late.update(principal=unpaid.principal.minor, interest=unpaid.interest.minor + unpaid.fee.minor)
            late.update(penalty=unpaid.penalty.minor)
    return (
        numbers[loan.person],
        loan.outstanding,
        standing.outstanding.minor,
        standing.due.minor,
        standing.unpaid.minor,
        loan.oldest_unpaid,
        sorted((+late).items()),
        sorted((due, minor) for due, minor in to_come.items() if minor),
        sorted(
            (numbers[each.guarantor], locked.minor)
            for each in loan.accepted
            if (locked := loan.locked(each.guarantor))
        ),
        loan.rules.keeps_interest,
    )


def test_what_is_taken_out_and_brought_in_again_is_the_same_group(store: MongoStore) -> None:
    done = Counter[str]()
    run(store, Clock, 3, runs=6, steps=12, done=done, of=MovingLife)
    assert done[MOVED] >= 3, done


def test_a_rotation_moves_on_between_two_rounds(store: MongoStore, clock: Clock) -> None:
    """Two of four have had the pot. With a round half paid in it stays where it is."""
    clock.forward(days=(AS_OF - clock().date()).days)
    places = [
        {key: cell for key, cell in each.items() if key != "shares"} | {"rota_place": str(place)}
        for place, each in enumerate(MEMBERS, start=1)
    ]
    places[0]["received_on"], places[1]["received_on"] = "2026-11-06", "2026-11-13"
    rosca = GROUP | {"kind": "rosca", "box_cash": "0", "surplus_by_their_book": ""}
    book = checked(rosca, places, [], []).book
    assert book is not None
    there = opens(store, book)
    out = move_out(store, there, time_zone_in)
    assert out.book is not None, out.kept
    there = moves(store, there, out.book)
    member = store.memberships.find(group=there, number=3)[0].person
    do(store, RecordCash(there, member, book.share_price, store.memberships.find(group=there, number=1)[0].person))
    assert {(each.why, each.what) for each in move_out(store, there, time_zone_in).kept} == {
        ("account", Account.POT.label),
    }  # fmt: skip
