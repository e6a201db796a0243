"""The rotation: everybody's turn comes once for each hand, and a pot is paid out to the last coin."""

import random
from collections import Counter
from collections.abc import Callable, Sequence
from typing import Any, get_args

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from domain.arithmetic.rotation import (
    BadRotation,
    Hand,
    InArrears,
    Payout,
    Rotation,
    bid_parts,
    drawn,
    in_turn,
    negotiated,
    payout,
    winner,
)
from domain.money import CurrencyMismatch, Money
from tests.money import ugx

holdings = st.dictionaries(st.integers(1, 60), st.integers(1, 3), min_size=1, max_size=5)

# Timings never decide.
runs = settings(max_examples=50)


# Four hands of 1,000: Ama, who is 1, has one, Kofi two, Esi one.
SUSU = Rotation(ugx(1_000), (Hand(1), Hand(2), Hand(3), Hand(2, 2)))


@st.composite
def rotations(draw: st.DrawFn) -> Rotation:
    hands = draw(holdings)
    members = [hand.member for hand in in_turn(hands)]
    order = draw(
        st.sampled_from([in_turn(hands), drawn(hands, draw(st.text(min_size=1)))])
        | st.permutations(members).map(lambda agreed: negotiated(hands, agreed))
    )
    return Rotation(ugx(draw(st.integers(1, 10) | st.integers(1, 10**6))), order)


def received(paid: Payout) -> dict[int, int]:
    """What each member gets of a round, in minor units; what is netted or held is the winner's."""
    of_round = Counter({member: part.minor for member, part in paid.shared.items()})
    of_round[paid.member] += (paid.paid + paid.netted + paid.held).minor
    return of_round


def test_a_fixed_order_goes_round_the_members_and_then_round_again() -> None:
    assert in_turn({3: 1, 2: 2, 1: 1}) == (Hand(1), Hand(2), Hand(3), Hand(2, 2))


def test_lots_are_drawn_as_anyone_can_draw_them_again() -> None:
    """With sha256sum: 1:1 begins with e3dd, 2:1 with d37d, 2:2 with 40e4 and 3:1 with 7126."""
    order = drawn({1: 1, 2: 2, 3: 1}, "six dice: 4 1 6 2 2 5")
    assert order == (Hand(2, 2), Hand(3), Hand(2), Hand(1))


def test_another_seed_draws_another_order() -> None:
    """Each of three members is first in about a third of them."""
    first = Counter(drawn({1: 1, 2: 1, 3: 1}, str(seed))[0].member for seed in range(1_000))
    assert first == {1: 317, 2: 348, 3: 335}


def test_an_agreed_order_gives_a_member_s_hands_one_after_the_other() -> None:
    assert negotiated({1: 1, 2: 2, 3: 1}, [2, 3, 2, 1]) == (Hand(2), Hand(3), Hand(2, 2), Hand(1))


@pytest.mark.parametrize("wrong", [[2, 3, 1], [2, 3, 2, 1, 1], [2, 3, 3, 1], [2, 4, 2, 1], []])
def test_an_agreed_order_names_everybody_once_a_hand(wrong: list[int]) -> None:
    with pytest.raises(BadRotation):
        negotiated({1: 1, 2: 2, 3: 1}, wrong)


@runs
@given(holdings, st.text(min_size=1), st.randoms(use_true_random=False))
def test_every_order_has_each_hand_once_whoever_is_named_first(
    hands: dict[int, int], seed: str, shuffled: random.Random
) -> None:
    every = sorted(Hand(member, number) for member, held in hands.items() for number in range(1, held + 1))
    other = list(hands.items())
    shuffled.shuffle(other)
    orders: list[Callable[[dict[int, int]], tuple[Hand, ...]]] = [in_turn, lambda given: drawn(given, seed)]
    for order in orders:
        assert sorted(order(hands)) == every
        assert order(dict(other)) == order(hands)
    agreed = [hand.member for hand in every]
    shuffled.shuffle(agreed)
    assert sorted(negotiated(hands, agreed)) == every


@runs
@given(rotations())
def test_in_a_fixed_order_everybody_receives_what_they_put_in(rotation: Rotation) -> None:
    got: Counter[int] = Counter()
    for hand in rotation.order:
        paid = payout(rotation, hand)
        assert paid.paid == rotation.pot
        got.update(received(paid))
    for member, held in rotation.hands.items():
        assert got[member] == held * len(rotation.order) * rotation.contribution.minor


@runs
@given(rotations(), st.data())
def test_by_auction_too_all_that_is_put_in_is_paid_out(rotation: Rotation, data: st.DataObject) -> None:
    """Every hand wins once, and over the cycle the members receive together what they paid together."""
    won: list[Hand] = []
    total = 0
    for _ in rotation.order:
        waiting = sorted({hand.member for hand in rotation.order if hand not in won})
        amounts = st.integers(0, rotation.pot.minor - 1).map(ugx)
        bids = data.draw(st.dictionaries(st.sampled_from(waiting), amounts))
        hand, bid = winner(rotation, won, bids)
        assert all(bid >= other for other in bids.values())
        won.append(hand)
        total += sum(received(payout(rotation, hand, bid=bid)).values())
    assert sorted(won) == sorted(rotation.order)
    assert total == rotation.pot.minor * len(rotation.order)


@runs
@given(rotations(), st.data())
def test_a_pot_is_split_to_the_last_coin(rotation: Rotation, data: st.DataObject) -> None:
    pot = data.draw(st.integers(0, rotation.pot.minor))
    bid = data.draw(st.integers(0, pot))
    arrears = data.draw(st.integers(0, rotation.pot.minor))
    hand, rule = data.draw(st.sampled_from(rotation.order)), data.draw(st.sampled_from(get_args(InArrears)))
    paid = payout(rotation, hand, pot=ugx(pot), bid=ugx(bid), arrears=ugx(arrears), in_arrears=rule)
    assert sum(received(paid).values()) == pot
    assert sum(part.minor for part in paid.shared.values()) == bid
    assert all(each.minor >= 0 for each in (paid.paid, paid.netted, paid.held, *paid.shared.values()))
    assert paid.netted.minor <= arrears
    assert not (paid.paid and paid.held)
    for member, held in rotation.hands.items():
        assert abs(paid.shared[member].minor * len(rotation.order) - bid * held) < len(rotation.order)


@pytest.mark.parametrize(
    ("bids", "hand", "bid"),
    [
        ({1: 100, 2: 300, 3: 200}, Hand(2), 300),
        ({1: 300, 3: 300}, Hand(1), 300),  # of equals the earlier in the order
        ({3: 1}, Hand(3), 1),
        ({3: 0}, Hand(1), 0),  # a bid of nothing is no bid
        ({}, Hand(1), 0),
        ({2: 3_999}, Hand(2), 3_999),
    ],
)
def test_the_highest_bid_wins(bids: dict[int, int], hand: Hand, bid: int) -> None:
    assert winner(SUSU, [], {member: ugx(minor) for member, minor in bids.items()}) == (hand, ugx(bid))


def test_a_hand_wins_once_and_a_member_as_often_as_they_have_hands() -> None:
    bids = {2: ugx(500), 3: ugx(400)}
    assert winner(SUSU, [Hand(2)], bids) == (Hand(2, 2), ugx(500))
    with pytest.raises(BadRotation):
        winner(SUSU, [Hand(2), Hand(2, 2)], bids)
    assert winner(SUSU, [Hand(2), Hand(2, 2)], {3: ugx(400)}) == (Hand(3), ugx(400))
    with pytest.raises(BadRotation):
        winner(SUSU, SUSU.order, {})


@pytest.mark.parametrize("bid", [-1, 4_000, 5_000])
def test_a_bid_leaves_something_of_the_pot(bid: int) -> None:
    with pytest.raises(BadRotation):
        winner(SUSU, [], {1: ugx(bid)})


def test_a_bid_is_split_among_all_hands_the_winner_s_too() -> None:
    """403 among four hands: 100 each and 3 left; Kofi's two hands lost 1.5 by rounding, Ama and Esi 0.75 each."""
    paid = payout(SUSU, Hand(3), bid=ugx(403))
    assert paid.paid == ugx(3_597)
    assert paid.shared == {1: ugx(101), 2: ugx(201), 3: ugx(101)}


def parts_of(rotation: Rotation, bids: Sequence[int], unit: int) -> list[dict[int, int]]:
    """What each member gets of each bid, one after the other, in minor units."""
    rounds = []
    for number, bid in enumerate(bids):
        parts = bid_parts(rotation, ugx(bid), unit, ugx(sum(bids[:number])))
        rounds.append({member: part.minor for member, part in parts.items()})
    return rounds


def test_twenty_bids_that_no_coin_splits_come_to_the_same_for_all_twenty() -> None:
    """1,500 in coins of 100 is 15 coins for 20 hands: each goes without in five rounds, not five in each round."""
    twenty = Rotation(ugx(2_000), in_turn(dict.fromkeys(range(1, 21), 1)))
    rounds = parts_of(twenty, [1_500] * 20, 100)
    assert rounds[0] == {member: 100 if member <= 15 else 0 for member in range(1, 21)}
    assert rounds[1] == {member: 100 if member <= 10 or member > 15 else 0 for member in range(1, 21)}
    assert {sum(parts[member] for parts in rounds) for member in range(1, 21)} == {1_500}


@runs
@given(holdings, st.sampled_from([1, 25, 100]), st.lists(st.integers(0, 60), max_size=30))
def test_of_all_bids_nobody_is_ahead_of_another_with_as_many_hands_by_more_than_a_unit(
    hands: dict[int, int], unit: int, bids: list[int]
) -> None:
    """At any round, and nobody is a unit from what an exact split had given them."""
    rotation = Rotation(ugx(10**6), in_turn(hands))
    got: Counter[int] = Counter()
    given = 0
    for bid, parts in zip(bids, parts_of(rotation, [bid * unit for bid in bids], unit), strict=True):
        assert sum(parts.values()) == bid * unit
        assert all(part >= 0 and part % unit == 0 for part in parts.values())
        got.update(parts)
        given += bid * unit
        for member, held in hands.items():
            assert abs(got[member] * len(rotation.order) - given * held) < unit * len(rotation.order)
            same = [got[other] for other in hands if hands[other] == held]
            assert max(same) - min(same) <= unit


def test_what_a_bid_has_below_a_unit_is_not_lost() -> None:
    """A bid of before the group had coins of 100."""
    assert parts_of(SUSU, [450, 50], 100) == [{1: 100, 2: 250, 3: 100}, {1: 0, 2: 50, 3: 0}]


@pytest.mark.parametrize(("bid", "parted", "unit"), [(-1, 0, 1), (1, -1, 1), (1, 0, 0)])
def test_a_bid_below_zero_is_not_parted(bid: int, parted: int, unit: int) -> None:
    with pytest.raises(BadRotation):
        bid_parts(SUSU, ugx(bid), unit, ugx(parted))
    with pytest.raises(CurrencyMismatch):
        bid_parts(SUSU, ugx(1), 1, Money(1, "KES"))


@pytest.mark.parametrize(
    ("arrears", "rule", "paid", "netted", "held"),
    [
        (0, "net", 3_600, 0, 0),
        (1_000, "net", 2_600, 1_000, 0),
        (3_600, "net", 0, 3_600, 0),
        (9_000, "net", 0, 3_600, 0),  # the rest is still owed
        (0, "hold", 3_600, 0, 0),
        (1, "hold", 0, 0, 3_600),
    ],
)
def test_a_winner_in_arrears_is_paid_net_of_them_or_waits(
    arrears: int, rule: Any, paid: int, netted: int, held: int
) -> None:
    made = payout(SUSU, Hand(2), bid=ugx(400), arrears=ugx(arrears), in_arrears=rule)
    assert (made.paid, made.netted, made.held) == (ugx(paid), ugx(netted), ugx(held))
    assert made.shared == {1: ugx(100), 2: ugx(200), 3: ugx(100)}


def test_what_was_not_put_in_is_not_paid_out() -> None:
    assert payout(SUSU, Hand(1), pot=ugx(3_000)).paid == ugx(3_000)
    with pytest.raises(BadRotation):
        payout(SUSU, Hand(1), pot=ugx(4_001))


@pytest.mark.parametrize(
    ("wrong", "right"),
    [
        ({"hand": Hand(4)}, {"hand": Hand(3)}),
        ({"hand": Hand(1, 2)}, {"hand": Hand(2, 2)}),
        ({"pot": ugx(-1)}, {"pot": ugx(0)}),
        ({"bid": ugx(-1)}, {"bid": ugx(1)}),
        ({"bid": ugx(4_001)}, {"bid": ugx(4_000)}),
        ({"pot": ugx(3_000), "bid": ugx(3_001)}, {"pot": ugx(3_000), "bid": ugx(3_000)}),
        ({"arrears": ugx(-1)}, {"arrears": ugx(1)}),
    ],
)
def test_a_payout_that_cannot_be_is_refused(wrong: dict[str, Any], right: dict[str, Any]) -> None:
    with pytest.raises(BadRotation):
        payout(SUSU, **{"hand": Hand(1), **wrong})
    assert payout(SUSU, **{"hand": Hand(1), **right})


@pytest.mark.parametrize("amount", ["pot", "bid", "arrears"])
def test_a_rotation_has_one_currency(amount: str) -> None:
    kes: dict[str, Any] = {"hand": Hand(1), amount: Money(1, "KES")}
    with pytest.raises(CurrencyMismatch):
        payout(SUSU, **kes)
    with pytest.raises(CurrencyMismatch):
        winner(SUSU, [], {1: Money(1, "KES")})


@pytest.mark.parametrize(
    ("contribution", "order"),
    [(0, (Hand(1),)), (-1_000, (Hand(1),)), (1_000, ()), (1_000, (Hand(1), Hand(2), Hand(1)))],
)
def test_a_rotation_has_a_contribution_and_each_hand_once(contribution: int, order: tuple[Hand, ...]) -> None:
    with pytest.raises(BadRotation):
        Rotation(ugx(contribution), order)
    assert Rotation(ugx(1_000), (Hand(1), Hand(2), Hand(1, 2))).pot == ugx(3_000)


@pytest.mark.parametrize("hands", [{}, {1: 0}, {1: 2, 2: -1}])
def test_a_member_has_a_hand_or_more(hands: dict[int, int]) -> None:
    with pytest.raises(BadRotation):
        in_turn(hands)
    with pytest.raises(BadRotation):
        drawn(hands, "seed")
    with pytest.raises(BadRotation):
        negotiated(hands, list(hands))


def test_lots_are_not_drawn_without_a_seed() -> None:
    with pytest.raises(BadRotation):
        drawn({1: 1}, "")
    assert drawn({1: 1}, "0") == (Hand(1),)
