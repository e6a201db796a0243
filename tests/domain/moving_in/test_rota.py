"""A rotation in the sheets: several hands, rounds that are half paid, and what is wrong with one."""

import csv
import io
import re
from collections.abc import Mapping
from datetime import date
from itertools import zip_longest
from pathlib import Path

import pytest

from domain.money import Money
from domain.mongo.before import lift
from domain.mongo.store import MongoStore
from domain.mongo.verify import verify_book
from domain.moving_in.arrive import BringGroup, brought_to
from domain.moving_in.check import CheckedGroup, check_group
from domain.moving_in.entry import all_saved, earned
from domain.records.arrival import Arrival
from domain.records.opening import OpeningBook
from domain.records.person import membership_id
from domain.rotation.rounds import PayRound
from domain.rotation.set_up import held_in_pot, rota_of
from domain.rotation.turns import my_turn, rotation_now
from domain.savings.contribute import RecordCash
from tests.conftest import Clock
from tests.domain.moving_in.books import (
    AS_OF,
    GROUP,
    IN_TURN,
    MEMBERS,
    ROSCA,
    TODAY,
    ZONE,
    Cells,
    checked,
    opens,
    sheet_rows,
)
from tests.people import do

DOCS = Path(__file__).parents[3] / "docs" / "moving-in.md"


def ugx(minor: int) -> Money:
    return Money(minor, "UGX")


def rotating(*cells: Mapping[str, str], **group: str) -> CheckedGroup:
    """The group by hand as a rotation; `cells` are of its members, one after the other."""
    members = [{**member, **each} for member, each in zip_longest(IN_TURN, cells, fillvalue=dict[str, str]())]
    return checked(ROSCA | group, members, [], [])


def worked_out() -> OpeningBook:
    """The group of the documentation."""
    block = DOCS.read_text().split("## A rotation in the middle of a round")[1]
    sheets: list[list[Cells]] = [
        list(csv.DictReader(io.StringIO(text))) for text in re.findall(r"```csv\n(.*?)```", block, re.DOTALL)
    ]
    rows = sheet_rows({"group": sheets[0], "members": sheets[1]})
    book = check_group("T-12", rows, TODAY, lambda _: ZONE).book
    assert book is not None
    return book


def test_the_rotation_of_the_documentation_goes_on_where_it_stood(store: MongoStore, clock: Clock) -> None:
    clock.forward(days=(AS_OF - clock().date()).days)
    book = worked_out()
    assert (earned(book), all_saved(book)) == (ugx(0), ugx(5_000))
    group = store.groups.get(opens(store, book))
    members = {each.number: each.person for each in store.memberships.find(group=group.id)}
    assert [held_in_pot(store, group).get(members[n], 0) for n in range(1, 5)] == [-5_000, 5_000, -5_000, 10_000]
    assert [store.memberships.get(membership_id(group.id, members[n])).hands for n in range(1, 5)] == [1, 2, 1, 1]
    assert verify_book(store.books, group.id) == []
    third = my_turn(store, group.id, members[3])
    assert (third.received, third.put_in, third.number) == (ugx(20_000), ugx(15_000), 4)
    assert [my_turn(store, group.id, members[n]).due.minor for n in range(1, 5)] == [0, 10_000, 5_000, 10_000]
    assert my_turn(store, group.id, members[2]).turns == [2, 5]
    # The last of the third round comes in and is paid, and of the fourth there is what member 1 put in ahead.
    do(store, RecordCash(group.id, members[4], ugx(5_000), members[1]))
    assert [(each.number, each.in_pot.minor) for each in rotation_now(store, group.id).to_pay] == [
        (3, 5_000), (4, 5_000),
    ]  # fmt: skip
    do(store, PayRound(members[1], group.id, 3, members[3], "cash"))
    rota = rota_of(store, group)
    assert rota is not None and not rota.rest(rota.rounds[2])


def test_each_member_hears_what_they_put_in_and_officers_what_is_in_the_pots(
    store: MongoStore, clock: Clock
) -> None:
    do(store, BringGroup("account:1", worked_out()))
    arrival = store.arrivals.get("T-12")
    (seen,) = brought_to(store, arrival.people["2"])
    assert (seen.my_saved, seen.saved, seen.surplus) == (ugx(30_000), ugx(5_000), ugx(0))


def test_a_sheet_that_says_only_a_day_means_a_round_that_was_put_in_and_paid_whole() -> None:
    """As sheets did before they could say more; who sits out says so."""
    had = {"received_on": "2026-11-13"}
    book = rotating(had, had, {"rota_place": "none"}).book
    assert book is not None and (earned(book), all_saved(book)) == (ugx(0), ugx(0))
    assert [each.places for each in book.members] == [(1,), (2,), (), (4,)]


def test_a_group_whose_order_is_not_set_yet_brings_what_was_put_in(store: MongoStore, clock: Clock) -> None:
    clock.forward(days=(AS_OF - clock().date()).days)
    nobody = {"rota_place": "none"}
    book = rotating(nobody | {"put_in": "5000"}, nobody, nobody, nobody, box_cash="5000").book
    assert book is not None
    group = store.groups.get(opens(store, book))
    assert rota_of(store, group) is None
    assert list(held_in_pot(store, group).values()) == [5_000]


@pytest.mark.parametrize(
    ("cells", "column", "problem", "hint"),
    [
        ({"rota_place": ""}, "rota_place", "needs", "rota_place"),
        ({"received_on": "2026-11-06; 2026-11-13"}, "received_on", "more_than", "rota_place"),
        ({"received_on": "2026-11-21"}, "received_on", "not_before", "as_of"),
        ({"received_on": "2026-11-13", "turn_due": "2026-12-04"}, "turn_due", "not_before", "next_meeting"),
        ({"received_on": "2026-11-13", "received": "10000;5000"}, "received", "not_as_many", "received_on"),
        ({"received": "10000"}, "received", "not_as_many", "received_on"),
        ({"received_on": "2026-11-13", "received": "20500"}, "received", "more_than", "UGX 20,000"),
        (
            {"received_on": "2026-11-13", "received": "15000", "kept_back": "6000"},
            "received", "more_than", "UGX 20,000",
        ),
        ({"bid": "500"}, "bid", "needs", "rota_order: auction"),
        ({"hands": "10"}, "hands", "too_large", "9"),
        ({"put_in": "-1"}, "put_in", "negative", ""),
    ],
)  # fmt: skip
def test_a_turn_that_cannot_be_is_said(cells: Cells, column: str, problem: str, hint: str) -> None:
    group = rotating(cells)
    assert (column, problem, hint) in {(each.column, each.problem, each.hint) for each in group.findings}
    assert group.book is None


@pytest.mark.parametrize(
    ("cells", "problem", "hint"),
    [
        ({"bid": "20000"}, "more_than", "UGX 20,000"),
        ({"bid": "500", "received_on": "2026-11-13"}, "needs", "rota_place"),
    ],
)
def test_a_bid_is_below_the_pot_and_of_who_still_waits(cells: Cells, problem: str, hint: str) -> None:
    group = rotating(cells, rota_order="auction")
    assert [(each.column, each.problem, each.hint) for each in group.findings] == [("bid", problem, hint)]
    assert rotating({"bid": "500"}, rota_order="auction").book is not None


def test_no_more_rounds_are_due_than_hands_wait() -> None:
    due = "2026-11-06;2026-11-13;2026-11-20;2026-11-27"
    assert rotating(rounds_due=due).book is not None
    (found,) = rotating({"received_on": "2026-10-30"}, rounds_due=due).findings
    assert (found.column, found.problem) == ("rounds_due", "more_than")


def test_a_group_of_another_kind_has_nothing_of_it() -> None:
    given = {"received_on": "2026-11-13", "put_in": "5000", "hands": "2"}
    group = checked(GROUP | {"rota_order": "drawn"}, [MEMBERS[0] | given, *MEMBERS[1:]], [], [])
    assert [(each.column, each.problem) for each in group.findings] == [
        (column, "not_of_kind") for column in ("rota_order", "hands", "put_in", "received_on")
    ]


def test_what_was_brought_before_members_had_several_hands_is_read() -> None:
    waits, had = {"rota_place": 2, "received_on": None}, {"rota_place": 1, "received_on": "2026-11-13"}
    document = {"book": {"members": [had, waits, {"rota_place": None, "received_on": None}]}}
    lift(Arrival, document)
    lift(Arrival, document)
    assert document["book"]["members"] == [
        {"places": [1], "received_on": ["2026-11-13"]},
        {"places": [2], "received_on": []},
        {"places": [], "received_on": []},
    ]


def test_a_round_that_nobody_had_at_its_meeting_stays_due_then(store: MongoStore, clock: Clock) -> None:
    """The group has no meetings of before: what was due then, and now, is known all the same."""
    clock.forward(days=(AS_OF - clock().date()).days)
    book = rotating({"received_on": "2026-11-06"}, rounds_due="2026-11-13; 2026-11-20", box_cash="0").book
    assert book is not None
    group = store.groups.get(opens(store, book))
    rota = rota_of(store, group)
    assert rota is not None
    upcoming = book.next_meeting
    assert list(rota.dues(group.constitution, upcoming)) == [date(2026, 11, 13), date(2026, 11, 20), upcoming]
    assert rota.due_by(group.constitution, upcoming) == 4
