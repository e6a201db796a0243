"""What each puts into a round, and when it is due."""

from dataclasses import replace
from datetime import date

import pytest

from domain.meetings.who_paid import Missing, not_paid
from domain.rotation.rounds import NoRotation, RoundPaid
from domain.rotation.set_up import SetHands
from domain.rotation.turns import NotIn, my_turn, not_in_pot
from domain.savings.contribute import Contribute, TooMuch, savings
from tests.domain.rotation.rotating import HAND, PEOPLE, Njangi
from tests.money import ugx
from tests.people import do


def test_what_is_due_is_every_hand_of_every_round_so_far(njangi: Njangi) -> None:
    do(njangi.store, SetHands("ada", njangi.id, "cy", 2))
    assert njangi.due("cy") == 2_000, "before the order is set, the first round"
    njangi.set_up()
    njangi.put_in("cy", 1_500)
    assert njangi.due("cy") == 500
    with pytest.raises(TooMuch):
        njangi.put_in("cy", 501)
    njangi.all_put_in("cy")
    njangi.pay("ada")
    assert (njangi.due("cy"), njangi.due("ada")) == (500, 0), "the round after is due at its own meeting"
    njangi.next_meeting()
    assert (njangi.due("cy"), njangi.due("ada")) == (2_500, 1_000), "arrears and this meeting's round"
    njangi.put_in("cy", 2_500)
    assert njangi.due("cy") == 0
    assert Missing(1, "Ada Name", ugx(1_000)) in not_paid(njangi.store, njangi.id, 1)
    assert {each.name for each in not_paid(njangi.store, njangi.id, 1)} == {"Ada Name", "Ben Name", "Dan Name"}
    (line,) = savings(njangi.store, "ada")
    assert (line.total, line.due) == (ugx(1_000), ugx(1_000)), "what was received is not owed"


def test_nobody_owes_twice_on_one_day(njangi: Njangi) -> None:
    """The pot of the round is paid at its meeting: the next round is due at the next one, from the day after."""
    njangi.set_up()
    njangi.all_put_in()
    njangi.pay("ada")
    assert {person: njangi.due(person) for person in PEOPLE} == dict.fromkeys(PEOPLE, 0)
    with pytest.raises(TooMuch) as refused:
        njangi.put_in("cy", 1)
    assert refused.value.details["most"] == 0
    assert not_paid(njangi.store, njangi.id, 1) == []
    turn = my_turn(njangi.store, njangi.id, "cy")
    assert (turn.number, turn.day, turn.due) == (2, date(2026, 10, 12), ugx(0))
    njangi.clock.forward(days=1)
    assert {person: njangi.due(person) for person in PEOPLE} == dict.fromkeys(PEOPLE, HAND)


@pytest.mark.parametrize("late", [2, 7, 9])
def test_a_round_is_due_at_its_meeting_whenever_the_pot_before_it_was_paid(njangi: Njangi, late: int) -> None:
    njangi.set_up()
    njangi.all_put_in()
    njangi.clock.forward(days=late)
    njangi.pay("ada")
    meetings = 3 if late > 7 else 2
    assert njangi.due("cy") == HAND * (meetings - 1)
    assert njangi.rota.rounds[0].meeting == "2026-10-05"
    njangi.clock.forward(days=7 * (meetings - 1) - late)
    assert njangi.due("cy") == HAND * (meetings - 1)
    njangi.all_put_in()
    njangi.pay("ben")
    assert [each.meeting for each in njangi.rota.rounds] == ["2026-10-05", "2026-10-12"]
    njangi.check()


def test_rounds_that_were_not_paid_at_their_meetings_are_paid_together(njangi: Njangi) -> None:
    """Each in its turn; the round whose meeting has not come waits."""
    njangi.set_up()
    njangi.next_meeting()
    assert njangi.due("cy") == 2 * HAND
    njangi.all_put_in()
    njangi.pay("ada")
    njangi.pay("ben")
    with pytest.raises(RoundPaid):
        njangi.pay("cy")
    njangi.next_meeting()
    njangi.next_meeting()
    njangi.next_meeting()
    assert njangi.due("cy") == 2 * HAND, "there are four rounds, however late"


def test_the_first_round_of_the_next_cycle_is_due_after_the_last_of_this_one(njangi: Njangi) -> None:
    njangi.set_up()
    for person in PEOPLE:
        njangi.next_meeting()
        njangi.all_put_in()
        njangi.pay(person)
    njangi.set_up()
    assert (njangi.due("cy"), njangi.rota.first) == (0, "2026-11-09")
    njangi.clock.forward(days=1)
    assert njangi.due("cy") == HAND


def test_a_rota_of_before_goes_on_with_the_meeting_after_its_last_pot(njangi: Njangi) -> None:
    """It knows no meetings: they follow from the days its pots became somebody's."""
    njangi.set_up()
    njangi.store.rotas.change(njangi.rota.id, first="")
    assert njangi.due("cy") == HAND, "the first round is the coming meeting's"
    njangi.next_meeting()
    assert njangi.due("cy") == HAND
    njangi.all_put_in()
    njangi.pay("ada")
    (paid,) = njangi.rota.rounds
    njangi.store.rotas.change(njangi.rota.id, rounds=(replace(paid, meeting=""),))
    assert njangi.due("cy") == 0
    njangi.clock.forward(days=1)
    assert njangi.due("cy") == HAND


def test_before_a_pot_is_paid_who_has_not_put_in_is_known_by_name_and_amount(njangi: Njangi) -> None:
    with pytest.raises(NoRotation):
        not_in_pot(njangi.store, njangi.id, 1)
    njangi.set_up()
    njangi.all_put_in("cy", "dan")
    njangi.put_in("dan", 400)
    assert not_in_pot(njangi.store, njangi.id, 1) == [NotIn("Cy Name", ugx(1_000)), NotIn("Dan Name", ugx(600))]
    njangi.next_meeting()
    njangi.put_in("cy", 1_500)
    assert not_in_pot(njangi.store, njangi.id, 1) == [NotIn("Dan Name", ugx(600))]
    assert NotIn("Cy Name", ugx(500)) in not_in_pot(njangi.store, njangi.id, 2)


def test_what_is_on_its_way_is_not_asked_for_again_at_the_next_meeting(njangi: Njangi) -> None:
    njangi.set_up()
    do(njangi.store, Contribute(njangi.id, "cy", ugx(1_000)))
    assert njangi.due("cy") == 0
    njangi.next_meeting()
    assert njangi.due("cy") == 1_000, "this meeting's round"
    with pytest.raises(TooMuch):
        njangi.put_in("cy", 1_001)
