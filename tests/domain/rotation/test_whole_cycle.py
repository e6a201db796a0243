"""A rotation from its first round to the next cycle: it comes out even."""

from collections import Counter
from collections.abc import Sequence
from datetime import date
from typing import get_args

from hypothesis import given
from hypothesis import settings as runs
from hypothesis import strategies as st

from domain.groups.rules import our_rules
from domain.mongo.store import MongoStore
from domain.records.group import Order
from domain.rotation.rounds import Bid
from domain.rotation.set_up import SetHands
from domain.rotation.turns import my_turn, rotation_now
from tests.conftest import Clock, on_one_store
from tests.domain.rotation.rotating import PEOPLE, Njangi
from tests.money import ugx
from tests.people import do


def test_the_next_cycle_begins_when_every_round_is_paid(njangi: Njangi) -> None:
    njangi.set_up()
    for person in PEOPLE:
        assert "share_price" not in our_rules(njangi.store, njangi.id, "ada").changeable
        njangi.all_put_in()
        njangi.pay(person)
        njangi.next_meeting()
    assert "share_price" in our_rules(njangi.store, njangi.id, "ada").changeable
    assert {person: njangi.due(person) for person in ("ada", "dan")} == {"ada": 0, "dan": 0}
    assert my_turn(njangi.store, njangi.id, "cy").next_name == ""
    do(njangi.store, SetHands("ada", njangi.id, "dan", 2))
    assert njangi.set_up("negotiated", numbers=(4, 4, 3, 2, 1)) == 5
    group = njangi.store.groups.get(njangi.id)
    assert (group.cycle, group.cycle_from) == (2, date(2026, 11, 2))
    assert (njangi.due("dan"), njangi.due("ada")) == (2_000, 1_000)
    njangi.check()


Cycle = tuple[tuple[int, ...], Order, Sequence[int], Sequence[str]]


@st.composite
def cycles(draw: st.DrawFn) -> Cycle:
    """Hands of each, an order, a bid of each round and who is late in it."""
    hands = tuple(draw(st.integers(1, 2)) for _ in range(4))
    order: Order = draw(st.sampled_from(get_args(Order)))
    count = sum(hands)
    bids = draw(st.lists(st.integers(0, 20), min_size=count, max_size=count))
    late = draw(st.lists(st.sampled_from(["", "ada", "ben", "cy", "dan"]), min_size=count, max_size=count))
    return hands, order, bids, late


@runs(on_one_store, max_examples=5)
@given(cycle=cycles())
def test_over_a_cycle_everybody_receives_what_they_put_in(store: MongoStore, clock: Clock, cycle: Cycle) -> None:
    """In each order, whoever is late; of an auction less what they gave for it, with what others gave."""
    hands, order, bids, late = cycle
    njangi = Njangi(store, clock, cash_unit=100)
    for person, count in zip(PEOPLE, hands, strict=True):
        do(store, SetHands("ada", njangi.id, person, count))
    numbers = tuple(number for number, count in enumerate(hands, start=1) for _ in range(count))
    njangi.set_up(order, "dice" if order == "drawn" else "", numbers if order == "negotiated" else ())
    for bid, missing in zip(bids, late, strict=True):
        njangi.all_put_in(missing)
        waiting = njangi.rota.waiting()
        if bid and order == "auction" and njangi.rota.is_contested:
            do(store, Bid(waiting[bid % len(waiting)], njangi.id, ugx(100 * bid)))
        njangi.pay(njangi.rota.turn[0])
        njangi.check()
        njangi.next_meeting()
    njangi.all_put_in()
    for each in rotation_now(store, njangi.id).to_pay:
        njangi.pay(each.person, number=each.number)
    njangi.check()
    assert njangi.rota.is_over and set(njangi.held.values()) == {0}
    expected: Counter[str] = Counter()
    for payment in store.payments.find(group=njangi.id, direction="in"):
        expected[payment.person] += payment.amount.minor
    for entry in store.books.entries(njangi.id):
        if entry.reference.startswith("bid:"):
            assert order == "auction"
            for leg in entry.postings:
                expected[leg.member] -= leg.amount
    assert njangi.received() == dict(expected), "what is netted is neither put in nor received"
