"""Rotations of every order from the first round to the last: who put in received, and nothing is left over."""

import pytest

from bot.demo.cycle import say_books
from bot.demo.rosca import BEGINS, HAND, NAMES, ORDERS, TWO_HANDS, Rotations
from domain.money import Money
from tests.cycles.conftest import Open
from tests.cycles.invariants import Audit, check_book


def test_each_order_pays_every_hand_once_and_leaves_nothing(
    open_stage: Open, capsys: pytest.CaptureFixture[str]
) -> None:
    stage = open_stage(BEGINS)
    story = Rotations(stage)
    story.run()
    pot = HAND.minor * (len(NAMES) + 1)
    for group, order in zip(story.groups, ORDERS, strict=True):
        Audit(stage.store, group).look()
        check_book(stage.store, group)
        assert not any(stage.store.books.totals(group).values())
        rota = stage.store.rotas.get(f"{group}:1")
        assert stage.store.groups.get(group).cycle == 2
        received = {each.id: 0 for each in story.people}
        for each in rota.rounds:
            assert (each.paid + each.netted + each.bid).minor == pot
            received[each.person] += each.paid.minor
        for who in story.people:
            hands = 2 if who.name == TWO_HANDS else 1
            put_in = story.put_in(group, who).minor
            if order == "auction":
                assert put_in < pot * hands, "what others bid is put in for them"
            else:
                assert put_in == received[who.id] == pot * hands
        assert sum(received.values()) == sum(story.put_in(group, each).minor for each in story.people)
    say_books(stage, story)
    assert "The books are whole" in capsys.readouterr().out


def test_nobody_bids_in_an_order_that_is_fixed(open_stage: Open) -> None:
    stage = open_stage(BEGINS)
    story = Rotations(stage, orders=("fixed",))
    story.run()
    rota = stage.store.rotas.get(f"{story.groups[0]}:1")
    assert [each.person for each in rota.rounds] == [place.person for place in rota.places]
    assert {each.bid for each in rota.rounds} == {Money(0, "UGX")}
