"""A share-out with debts: nothing is made or lost, and the cash can pay it, whatever is owed."""

import random
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.arithmetic.share_out import Debt, Holding, MemberPart, Taken, net_share_out
from domain.arithmetic.split import BadShares
from tests.money import ugx

MEMBERS_MAX = 12


def holding(shares: int, loans: int = 0, *fines: int) -> Holding:
    return Holding(ugx(shares), (Debt(ugx(loans)),) if loans else (), tuple(map(ugx, fines)))


def part(gross: int, loans: int, fines: int, pay: int) -> MemberPart:
    return MemberPart(ugx(gross), ugx(loans), ugx(fines), ugx(0), ugx(pay))


def without_sources(parts: dict[int, MemberPart]) -> dict[int, MemberPart]:
    """The parts, without where what was taken comes from."""
    return {number: replace(part, taken=()) for number, part in parts.items()}


@st.composite
def holdings(draw: st.DrawFn) -> dict[int, Holding]:
    amounts = st.just(0) | st.integers(0, 1_000) | st.integers(0, 10**6)
    number = draw(st.integers(1, MEMBERS_MAX))
    fines = st.lists(st.integers(1, 5_000), max_size=3)
    return {
        member: holding(draw(st.integers(1, 10**6)), draw(amounts), *draw(fines))
        for member in range(1, number + 1)
    }


cash = st.integers(0, 10**4) | st.integers(0, 10**9)
units = st.sampled_from([1, 50, 100, 1_000])


@pytest.mark.parametrize(
    ("cash", "held", "unit", "parts"),
    [
        (900, {1: holding(1), 2: holding(2)}, 1, {1: part(300, 0, 0, 300), 2: part(600, 0, 0, 600)}),
        # The 300 that are owed are in the pot: each part is 400 of 1,200.
        (
            900,
            {1: holding(1, 300), 2: holding(1), 3: holding(1)},
            1,
            {1: part(400, 300, 0, 100), 2: part(400, 0, 0, 400), 3: part(400, 0, 0, 400)},
        ),
        # Of 1,000 that are owed only 300 are covered: what the others get is all the cash.
        (
            600,
            {3: holding(1, 1_000), 2: holding(1), 1: holding(1)},
            100,
            {3: part(300, 300, 0, 0), 2: part(300, 0, 0, 300), 1: part(300, 0, 0, 300)},
        ),
        # The loan first, then the fines that can be taken whole.
        (
            1_000,
            {1: holding(1, 300, 800, 100), 2: holding(1)},
            1,
            {1: part(700, 300, 100, 300), 2: part(700, 0, 0, 700)},
        ),
        (
            1_300,
            {1: holding(1, 0, 500, 100), 2: holding(3)},
            1,
            {1: part(350, 0, 100, 250), 2: part(1_050, 0, 0, 1_050)},
        ),
        # A fine of exactly what is left is taken.
        (100, {1: holding(1, 0, 100), 2: holding(1)}, 1, {1: part(100, 0, 100, 0), 2: part(100, 0, 0, 100)}),
        # Parts and what is paid are in whole units; what is below stays.
        (950, {1: holding(1, 25), 2: holding(1)}, 100, {1: part(500, 25, 0, 400), 2: part(400, 0, 0, 400)}),
        # A part of 50 of which 2 is taken leaves 48, which nobody can be paid: but it has to be there.
        (0, {1: holding(1, 0, 1, 1), 2: holding(1, 48)}, 50, {1: part(0, 0, 0, 0), 2: part(0, 0, 0, 0)}),
        (0, {1: holding(1, 50), 2: holding(1, 50)}, 1, {1: part(50, 50, 0, 0), 2: part(50, 50, 0, 0)}),
        (0, {1: holding(1, 50), 2: holding(1)}, 1, {1: part(1, 1, 0, 0), 2: part(0, 0, 0, 0)}),
    ],
)
def test_debts_are_taken_from_the_part_and_are_in_the_pot(
    cash: int, held: dict[int, Holding], unit: int, parts: dict[int, MemberPart]
) -> None:
    assert without_sources(net_share_out(ugx(cash), held, unit)) == parts


@given(cash, holdings(), units)
def test_the_cash_pays_all_parts_and_almost_nothing_is_left(
    cash: int, held: dict[int, Holding], unit: int
) -> None:
    parts = net_share_out(ugx(cash), held, unit)
    pot = sum(each.gross.minor for each in parts.values())
    taken = sum((each.loans + each.fines).minor for each in parts.values())
    paid = sum(each.pay.minor for each in parts.values())
    assert pot % unit == 0 and paid <= cash
    assert 0 <= cash + taken - pot < (len(held) + 1) * unit, "what is not shared is what rounding leaves"
    for number, each in parts.items():
        left = (each.gross - each.loans - each.fines - each.pay).minor
        assert 0 <= left < unit and each.pay.minor % unit == 0
        assert each.loans == min(each.gross, sum((debt.owed for debt in held[number].debts), ugx(0)))


@given(cash, holdings(), units)
def test_where_every_part_covers_its_debts_the_pot_is_all_there_is(
    cash: int, held: dict[int, Holding], unit: int
) -> None:
    """To the unit: as if everybody had paid before, in whatever order they are given."""
    owed = sum(each.owed.minor for each in held.values())
    parts = net_share_out(ugx(cash), held, unit)
    if all(parts[number].gross >= each.owed for number, each in held.items()):
        assert sum(part.gross.minor for part in parts.values()) == (cash + owed) // unit * unit
    order = list(held)
    random.Random(cash).shuffle(order)
    assert net_share_out(ugx(cash), {number: held[number] for number in order}, unit) == parts


def test_nobody_holds_anything() -> None:
    with pytest.raises(BadShares, match="nobody holds a share"):
        net_share_out(ugx(100), {1: holding(0)})
    with pytest.raises(BadShares, match="nobody holds a share"):
        net_share_out(ugx(100), {})


def test_a_tiny_holder_beside_one_who_owes_all_is_found_at_once() -> None:
    """The way to the pot is halved, and not by what is missing."""
    parts = net_share_out(ugx(10**6), {1: holding(1), 2: holding(10**6, 10**12)})
    assert parts[1].pay == ugx(10**6) and parts[2].pay == ugx(0)


# Those who stand for others


def test_guarantors_are_called_before_the_others_lose_anything() -> None:
    """Of 630,000 the borrower has 105,000; what is missing of 330,000 is taken from those who stand for it."""
    pledged = dict.fromkeys((2, 5, 6), ugx(100_000))
    held = {number: holding(100_000) for number in (1, 2, 3, 5, 6)}
    held[4] = Holding(ugx(100_000), (Debt(ugx(330_000), pledged),))
    parts = net_share_out(ugx(300_000), held)
    assert {number: parts[number].pay.minor for number in (1, 3)} == {1: 105_000, 3: 105_000}
    assert {parts[number].pay.minor for number in pledged} == {30_000}
    assert parts[4].taken == (Taken(ugx(105_000), ugx(0), dict.fromkeys((2, 5, 6), ugx(75_000))),)
    assert sum(each.pay.minor for each in parts.values()) == 300_000


def test_their_own_credit_is_taken_before_anybody_is_called() -> None:
    held = {
        1: Holding(ugx(100), (Debt(ugx(500), {2: ugx(300)}),), credit=ugx(150)),
        2: holding(300),
        3: holding(100),
    }
    (taken,) = net_share_out(ugx(0), held)[1].taken
    assert taken.credit == ugx(150) and taken.called[2] <= ugx(300)


@st.composite
def guaranteed(draw: st.DrawFn) -> dict[int, Holding]:
    """Holdings of some members, who stand for each other's debts."""
    plain = draw(holdings())
    numbers = sorted(plain)
    held = {}
    for number, each in plain.items():
        others = [other for other in numbers if other != number]
        pledged = {}
        if others and each.debts:
            chosen = draw(st.lists(st.sampled_from(others), max_size=3, unique=True))
            pledged = {other: ugx(draw(st.integers(0, 10**6))) for other in chosen}
        debts = tuple(Debt(debt.owed, pledged) for debt in each.debts)
        held[number] = replace(each, debts=debts, credit=ugx(draw(st.integers(0, 10**5))))
    return held


@given(cash, guaranteed(), units)
def test_nobody_is_called_above_the_pledge_and_the_sum_is_what_there_is(
    cash: int, held: dict[int, Holding], unit: int
) -> None:
    parts = net_share_out(ugx(cash), held, unit)
    called = dict.fromkeys(held, 0)
    for number, each in parts.items():
        credit = held[number].credit or ugx(0)
        assert sum((taken.credit for taken in each.taken), ugx(0)) <= credit
        for debt, taken in zip(held[number].debts, each.taken, strict=True):
            assert taken.total <= debt.owed
            for guarantor, part in taken.called.items():
                assert ugx(0) < part <= debt.pledged[guarantor]
                called[guarantor] += part.minor
    assert called == {number: each.called.minor for number, each in parts.items()}
    pot = sum(each.gross.minor for each in parts.values())
    kept_back = sum((each.loans + each.fines + each.called).minor for each in parts.values())
    credits = sum(taken.credit.minor for each in parts.values() for taken in each.taken)
    paid = sum(each.pay.minor for each in parts.values())
    assert pot % unit == 0 and min(each.pay.minor for each in parts.values()) >= 0
    assert cash + credits - paid >= 0
    assert 0 <= cash + credits + kept_back - pot < (len(held) + 1) * unit, (
        "what is not shared is what rounding leaves"
    )
    order = list(held)
    random.Random(cash).shuffle(order)
    assert net_share_out(ugx(cash), {number: held[number] for number in order}, unit) == parts
