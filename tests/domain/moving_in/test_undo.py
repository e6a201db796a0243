"""An opening is undone while nothing else has happened: its entry is mirrored, and the group waits again."""

from collections.abc import Callable
from dataclasses import replace
from datetime import date

import pytest

from domain.board.daily import figure_group
from domain.exports.keys import groups_to_export
from domain.groups.rules import adopt
from domain.money import Money
from domain.mongo.retention import take_book
from domain.mongo.store import MongoStore
from domain.mongo.verify import verify_book
from domain.moving_in.arrive import AgreeToOpening, BringGroup, SendBack
from domain.moving_in.open import move_on
from domain.moving_in.undo import undo_opening
from domain.people.profile import member
from domain.rotation.rounds import Bid
from domain.savings.contribute import RecordCash
from domain.savings.fines import RecordFine
from tests.conftest import Clock
from tests.domain.moving_in.books import AS_OF, IN_TURN, ROSCA, checked, example, opens
from tests.people import do

CODE = "G-0417"


@pytest.fixture
def group(store: MongoStore, clock: Clock) -> str:
    """The group by hand, open."""
    clock.forward(days=(AS_OF - date(2026, 10, 5)).days + 1)
    return opens(store, example())


def person(store: MongoStore, group: str, number: int) -> str:
    return store.memberships.find(group=group, number=number)[0].person


def test_nobody_is_in_it_and_its_book_holds_nothing(store: MongoStore, group: str) -> None:
    chair = person(store, group, 1)
    figure_group(store, group)
    assert [each.groups for each in store.figures.added_up(None)] == [1]
    assert undo_opening(store, CODE, "the wrong box") is None
    store.figures.change(group, next_at=store.now())
    figure_group(store, group)
    assert store.figures.added_up(None) == [] == store.figures.due(store.now(), 1)
    assert store.books.length(group) == 2 and not any(store.books.totals(group).values())
    assert not any(store.books.balances(group).values())
    assert verify_book(store.books, group) == []
    assert member(store, chair).groups == () and member(store, chair).moving_in
    assert store.loans.find(group=group, state="active") == []
    assert store.fines.find(group=group, state="due") == []
    assert list(groups_to_export(store)) == []
    assert undo_opening(store, CODE, "again") == "not_open"


def test_it_opens_again_when_two_officers_agree_again_with_the_same_people(store: MongoStore, group: str) -> None:
    people = {number: person(store, group, number) for number in (1, 2, 3, 4)}
    undo_opening(store, CODE, "the wrong box")
    arrival = store.arrivals.get(CODE)
    assert (arrival.state, arrival.agreed, arrival.reason) == ("checked", (), "the wrong box")
    move_on(store, CODE)
    assert store.arrivals.get(CODE).state == "checked"
    for officer in sorted(arrival.officers)[:2]:
        do(store, AgreeToOpening(officer, CODE, arrival.digest, yes=True))
    store.arrivals.change(CODE, next_at=store.now())
    move_on(store, CODE)
    anew = store.arrivals.get(CODE).group
    assert anew != group and {number: person(store, anew, number) for number in people} == people
    assert store.books.totals(anew)["1010"] == 163_500
    assert verify_book(store.books, anew) == []
    assert [each.group.id for each in groups_to_export(store)] == [anew]


def test_what_was_wrong_is_brought_anew(store: MongoStore, group: str) -> None:
    undo_opening(store, CODE, "the wrong box")
    do(store, SendBack(CODE, "the box has 160,000"))
    anew = opens(store, replace(example(), box=Money(160_000, "UGX")))
    assert store.books.totals(anew)["1010"] == 160_000
    assert verify_book(store.books, group) == verify_book(store.books, anew) == []


def _saves(store: MongoStore, group: str) -> None:
    do(store, RecordCash(group, person(store, group, 2), Money(5_000, "UGX"), person(store, group, 1)))


def _pays_a_fine(store: MongoStore, group: str) -> None:
    do(store, RecordFine(person(store, group, 1), store.fines.find(group=group)[0].id))


def _changes_a_rule(store: MongoStore, group: str) -> None:
    there = store.groups.get(group)
    adopt(store, there, there.constitution, version=2)


@pytest.mark.parametrize("something", [_saves, _pays_a_fine, _changes_a_rule])
def test_where_something_has_happened_it_stays(
    store: MongoStore, group: str, something: Callable[[MongoStore, str], None]
) -> None:
    something(store, group)
    before = store.books.totals(group)
    assert undo_opening(store, CODE, "the wrong box") == "in_use"
    assert store.books.totals(group) == before and store.arrivals.get(CODE).state == "open"


def test_a_rotation_is_undone_until_somebody_has_bid(store: MongoStore, clock: Clock) -> None:
    clock.forward(days=(AS_OF - date(2026, 10, 5)).days + 1)
    members = [IN_TURN[0] | {"put_in": "5000"}, *IN_TURN[1:]]
    book = checked(ROSCA | {"rota_order": "auction", "box_cash": "5000"}, members, [], []).book
    assert book is not None
    group = opens(store, book)
    assert undo_opening(store, CODE, "the wrong order") is None
    assert not any(store.books.balances(group).values())
    do(store, SendBack(CODE, "the wrong order"))
    group = opens(store, book)
    do(store, Bid(person(store, group, 2), group, Money(500, "UGX")))
    assert undo_opening(store, CODE, "the wrong order") == "in_use"


def test_when_names_have_gone_it_stays(store: MongoStore, group: str) -> None:
    take_book(store, CODE)
    assert undo_opening(store, CODE, "the wrong box") == "too_late"


def test_what_was_never_brought_or_is_under_way_is_not_open(store: MongoStore) -> None:
    assert undo_opening(store, "G-1", "no") == "not_open"
    do(store, BringGroup("account:1", example()))
    assert undo_opening(store, CODE, "no") == "not_open"
