"""Turns that are bid for: the highest bid wins the round, and all hands share it."""

import pytest

from domain.mongo.store import MongoStore
from domain.records.person import NotAllowed
from domain.rotation.rounds import BadBid, Bid, PaidRound, TurnChanged
from domain.rotation.turns import my_turn, rotation_now
from tests.conftest import Clock
from tests.domain.rotation.rotating import PEOPLE, Njangi, told
from tests.money import ugx
from tests.people import do


def test_the_highest_bid_wins_and_is_parted_among_all_hands(njangi: Njangi) -> None:
    njangi.set_up("auction")
    assert told(njangi.store, "cy", "auction_set") == [{"group": "Njangi", "count": 4}]
    njangi.all_put_in()
    do(njangi.store, Bid("cy", njangi.id, ugx(400)))
    do(njangi.store, Bid("dan", njangi.id, ugx(600)))
    do(njangi.store, Bid("cy", njangi.id, ugx(800)))
    turn = my_turn(njangi.store, njangi.id, "dan")
    assert (turn.next_name, turn.highest_bid, turn.own_bid, turn.may_bid) == ("Cy Name", ugx(800), ugx(600), True)
    with pytest.raises(TurnChanged):
        njangi.pay("dan")
    assert njangi.pay("cy") == PaidRound("Cy Name", ugx(3_200), ugx(0), ugx(0))
    assert njangi.held == {"ada": 1_200, "ben": 1_200, "cy": 1_000 - 4_000 + 200, "dan": 1_200}
    assert {person: njangi.due(person) for person in ("ada", "cy")} == {"ada": 0, "cy": 0}
    assert told(njangi.store, "ada", "bid_parted") == [{"group": "Njangi", "amount": ugx(200)}]
    assert not my_turn(njangi.store, njangi.id, "cy").may_bid and njangi.rota.bids == {}
    won = {person: my_turn(njangi.store, njangi.id, person).turns for person in PEOPLE}
    assert won == {"ada": [], "ben": [], "cy": [1], "dan": []}, "in an auction nobody's turn is known before"
    with pytest.raises(NotAllowed):
        do(njangi.store, Bid("cy", njangi.id, ugx(100)))
    njangi.next_meeting()
    assert {person: njangi.due(person) for person in ("ada", "cy")} == {"ada": 800, "cy": 800}
    njangi.check()


def test_a_bid_is_taken_from_its_round_once_however_late_the_rest_comes(njangi: Njangi) -> None:
    njangi.set_up("auction")
    njangi.all_put_in("dan")
    do(njangi.store, Bid("cy", njangi.id, ugx(400)))
    assert njangi.pay("cy").paid == ugx(4_000 - 400 - 900), "100 of the bid are Dan's, and 900 are missing"
    njangi.put_in("dan", 900)
    (late,) = rotation_now(njangi.store, njangi.id).to_pay
    assert (late.number, late.person, late.in_pot) == (1, "cy", ugx(900))
    assert njangi.pay("cy", number=1).paid == ugx(900)
    njangi.check()


def test_what_no_coin_splits_of_a_bid_goes_round_over_the_rounds(store: MongoStore, clock: Clock) -> None:
    """Three bids of 300 in coins of 100, four hands: nine coins, and nobody is ahead by more than one."""
    njangi = Njangi(store, clock, cash_unit=100)
    njangi.set_up("auction")
    for person in ("dan", "cy", "ben", "ada"):
        njangi.all_put_in()
        if person != "ada":
            do(store, Bid(person, njangi.id, ugx(300)))
        njangi.pay(person)
        njangi.check()
        njangi.next_meeting()
    parts = {person: [each["amount"].minor for each in told(store, person, "bid_parted")] for person in PEOPLE}
    assert parts == {"ada": [100] * 3, "ben": [100] * 2, "cy": [100] * 2, "dan": [100] * 2}
    assert njangi.rota.is_over and set(njangi.held.values()) == {0}


def test_without_a_bid_or_between_equal_ones_the_order_decides(njangi: Njangi) -> None:
    njangi.set_up("auction")
    njangi.all_put_in()
    for person in ("dan", "cy"):
        do(njangi.store, Bid(person, njangi.id, ugx(100)))
    assert my_turn(njangi.store, njangi.id, "ada").next_name == "Cy Name"
    for person in ("dan", "cy"):
        do(njangi.store, Bid(person, njangi.id, ugx(0)))
    assert my_turn(njangi.store, njangi.id, "ada").next_name == "Ada Name"


@pytest.mark.parametrize("minor", [-100, 4_000, 150])
def test_a_bid_is_below_the_pot_and_in_whole_units_of_cash(store: MongoStore, clock: Clock, minor: int) -> None:
    njangi = Njangi(store, clock, cash_unit=100)
    njangi.set_up("auction")
    with pytest.raises(BadBid) as refused:
        do(store, Bid("cy", njangi.id, ugx(minor)))
    assert refused.value.details == {"pot": 4_000, "unit": 100, "currency": "UGX"}
    do(store, Bid("cy", njangi.id, ugx(3_900)))


def test_the_last_has_nobody_to_bid_against(njangi: Njangi) -> None:
    njangi.set_up("auction")
    for person in ("dan", "cy", "ben"):
        njangi.all_put_in()
        do(njangi.store, Bid(person, njangi.id, ugx(300)))
        njangi.pay(person)
        njangi.next_meeting()
    with pytest.raises(NotAllowed):
        do(njangi.store, Bid("ada", njangi.id, ugx(300)))
    njangi.all_put_in()
    assert njangi.pay("ada").paid == ugx(4_000)
    assert set(njangi.held.values()) == {0} and njangi.rota.is_over


def test_who_has_not_bid_in_a_fixed_order_cannot(njangi: Njangi) -> None:
    njangi.set_up()
    with pytest.raises(NotAllowed):
        do(njangi.store, Bid("cy", njangi.id, ugx(100)))
