"""What is taken out and brought in again is the same group, whatever life it has had."""

from collections import Counter, defaultdict
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import replace
from datetime import date
from typing import Any, Final

from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from bot.imports.files import read_files
from bot.imports.template import csv_files, workbook_of
from domain.books.accounts import ACCOUNTS, Account
from domain.decisions.voting import Vote
from domain.errors import DomainError
from domain.groups.rules import adopt
from domain.meetings.meeting import CloseMeeting
from domain.mongo.store import COLLECTIONS, MongoStore
from domain.mongo.verify import verify_book
from domain.moving_in.check import check_group
from domain.moving_in.move_out import KeptHere, move_out
from domain.moving_in.rows import rows_of
from domain.records.group import Group
from domain.records.loan import Loan
from domain.records.opening import OpeningBook
from domain.records.rota import Rota
from domain.rotation.rounds import Bid, PayRound
from domain.rotation.set_up import ORDERS, SetHands, SetUpRotation, held_in_pot, rota_of
from domain.savings.contribute import RecordCash, contributions_due
from domain.savings.social_due import social_due
from flows.groups.countries import time_zone_in
from tests.conftest import Clock
from tests.cycles.as_carried import into_the_box, with_usual_lending
from tests.cycles.machine import GroupLife, run
from tests.domain.moving_in.books import AS_OF, IN_TURN, ROSCA, checked, opens
from tests.domain.savers import found
from tests.money import ugx
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
    ("role", "officer_without_phone"), ("role", "two_officers"), ("role", "office_taken"),
}  # fmt: skip


def moves(store: MongoStore, group: str, book: OpeningBook) -> str:
    """From files and through all checks into an empty store; and out again."""
    here, rows, brought = as_it_is(store, group, book.as_of), rows_of(book), book
    for name in COLLECTIONS:
        store.database[name].delete_many({})
    for files in ([workbook_of("moving", rows)], csv_files(rows)):
        found = read_files([(file.name, file.content) for file in files if file.name != "notes.csv"])
        read = check_group(book.code, found.rows[book.code], book.as_of, time_zone_in)
        assert (found.findings, read.errors) == ([], 0)
        assert read.book is not None and rows_of(read.book) == rows
        brought = read.book
    there = opens(store, brought)
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
    social = social_due(store, [(group, each) for each in members])
    meets_today = rules.meeting(store.now()) == day
    every = next(each.every for each in reversed(rules.rhythms) if each.first <= meeting)
    return {
        "group": (group.name, group.kind, group.currency, group.cycle, group.cycle_from),
        "rules": replace(rules, first_meeting=meeting, every=every, moved=()),
        "members": {
            each.number: (each.role, who.name, phones.get(each.number, ""), who.sex, who.birth_year)
            for each in members
            for who in [people[each.person]]
        },
        "hands": {each.number: each.hands for each in members},
        "rotation": rotation_as_it_is(store, group, numbers, meeting),
        "balances": {key: minor for key, minor in balances.items() if minor},
        "social fund": {
            numbers[who]: owed
            for (_, who), due in social.items()
            if (owed := (due.total if meets_today else due.missed).minor)
        },
        "loans": sorted(loan_as_it_is(each, numbers, day) for each in store.loans.find(group=id, state="active")),
        "fines": sorted(
            (numbers[each.person], each.reason, each.amount.minor, rules.day(each.at))
            for each in store.fines.find(group=id, state="due")
        ),
    }


def rotation_as_it_is(store: MongoStore, group: Group, numbers: Mapping[str, int], meeting: date) -> Any:
    """Whose hands have received and whose wait, what became of each round, and what everybody owes and when."""
    rota = rota_of(store, group)
    if rota is None:
        return None
    rules, held = group.constitution, held_in_pot(store, group)
    return {
        "order": (rota.kind, rota.seed, rota.contribution, [numbers[who] for who in rota.waiting()]),
        "rounds": [replace(each, person=str(numbers[each.person])) for each in rota.rounds],
        "bids": {numbers[who]: bid for who, bid in rota.bids.items()},
        "dues": list(rota.dues(rules, meeting)),
        "put in": {numbers[who]: rota.put_in(who, held.get(who, 0)) for who in rota.people.values()},
        "owed": {
            numbers[who]: rota.owed(who, held.get(who, 0), rota.due_by(rules, meeting))
            for who in rota.people.values()
        },
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


# Of what is due, which a member puts in.
HALVES: Final = st.sampled_from([2, 2, 2, 2, 1, 0])


@settings(max_examples=4, deadline=None, suppress_health_check=list(HealthCheck), phases=[Phase.generate])
@given(data=st.data())
def test_a_rotation_moves_in_the_middle_of_any_round(store: MongoStore, clock: Clock, data: st.DataObject) -> None:
    """With several hands or none, pots that are half full, half paid, late, netted, or auctioned."""
    for name in COLLECTIONS:
        store.database[name].delete_many({})
    savers = rotation_lives(store, clock, data.draw)
    out = move_out(store, savers, time_zone_in)
    assert out.book is not None, (out.kept, out.checked.findings)
    moves(store, savers, out.book)


def rotation_lives(store: MongoStore, clock: Clock, draw: Callable[[st.SearchStrategy[Any]], Any]) -> str:
    """The id of a group with the usual rules that has lived for some rounds; some of what it tries is refused."""
    savers = found(store, kind="rosca", saved=0)
    group, everybody = savers.group, (*savers.officers, *savers.members)
    with_usual_lending(store, store.groups.get(group))
    store.people.change("dan", sex="f", birth_year=1988)
    hands = draw(st.lists(st.integers(0, 2), min_size=6, max_size=6))
    order = draw(st.permutations([who for who, held in zip(everybody, hands, strict=True) for _ in range(held)]))

    def tried(command: object) -> None:
        with suppress(DomainError):
            do(store, command)

    def other(who: str) -> str:
        return "ada" if who != "ada" else "ben"

    def pays(number: int, rota: Rota) -> None:
        person = of.person if (of := rota.round(number)) else rota.turn[0]
        tried(PayRound(other(person), group, number, person, "cash"))

    for who, held in zip(everybody, hands, strict=True):
        tried(SetHands("ada", group, who, held))
    kind, numbers = draw(st.sampled_from(ORDERS)), tuple(everybody.index(who) + 1 for who in order)
    tried(SetUpRotation("ada", group, kind, "3 5 1", numbers))
    for proposal in store.proposals.find(group=group, state="open"):
        tried(Vote("ben", proposal.id, proposal.digest, yes=True))
    clock.forward(days=draw(st.integers(0, 7)))
    for halves in draw(st.lists(st.lists(HALVES, min_size=6, max_size=6), max_size=5)):
        for who, half in zip(everybody, halves, strict=True):
            due = contributions_due(store, group, who).amount
            tried(RecordCash(group, who, ugx(due.minor * half // 2), other(who)))
        rota = rota_of(store, store.groups.get(group))
        if rota is None:
            break
        if kind == "auction":
            tried(Bid(draw(st.sampled_from(everybody)), group, ugx(700)))
            rota = rota_of(store, store.groups.get(group)) or rota
        pays(draw(st.integers(1, rota.next)), rota)
        if draw(st.sampled_from([True, True, False])):
            pays(rota.next, rota_of(store, store.groups.get(group)) or rota)
        clock.forward(days=draw(st.sampled_from([0, 7, 7, 7, 14])))
    return group


def test_a_rotation_that_is_over_stays_once_its_price_is_another(store: MongoStore, clock: Clock) -> None:
    """The sheets have one price, and what was put into its rounds was by another."""
    clock.forward(days=(AS_OF - clock().date()).days)
    had = [each | {"received_on": f"2026-11-0{place}"} for place, each in enumerate(IN_TURN, start=1)]
    book = checked(ROSCA, had, [], []).book
    assert book is not None
    group = store.groups.get(opens(store, book))
    assert move_out(store, group.id, time_zone_in).book is not None
    adopt(store, group, replace(group.constitution, share_price=ugx(2_000)), version=group.version + 1)
    out = move_out(store, group.id, time_zone_in)
    assert out.book is None and KeptHere("rotation") in out.kept
