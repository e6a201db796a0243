"""The share-out: to the last coin, the same whoever is named first."""

import random
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.arithmetic.split import BadShares, share_out
from domain.money import MINOR_MAX
from tests.money import ugx

pots = st.integers(0, MINOR_MAX)
holdings = st.dictionaries(st.integers(1, 60), st.integers(0, 10**6), min_size=1).filter(lambda h: any(h.values()))
units = st.sampled_from([1, 5, 50, 100, 1_000, 100_000]) | st.integers(1, 10**6)


def parts(pot: int, shares: dict[Any, int], unit: int = 1) -> dict[Any, int]:
    return {member: part.minor for member, part in share_out(ugx(pot), shares, unit).items()}


@pytest.mark.parametrize(
    ("pot", "shares", "unit", "paid"),
    [
        (10_000, {1: 45, 2: 30, 3: 25}, 1, {1: 4_500, 2: 3_000, 3: 2_500}),
        (10_000, {1: 1, 2: 1, 3: 1}, 1, {1: 3_334, 2: 3_333, 3: 3_333}),
        (10_001, {1: 1, 2: 1, 3: 1}, 1, {1: 3_334, 2: 3_334, 3: 3_333}),
        # 100 units of 100: 58.33, 33.33, 8.33: the one left over goes to the lowest number.
        (10_000, {3: 7, 2: 4, 1: 1}, 100, {3: 5_800, 2: 3_300, 1: 900}),
        # 5 coins: 2.5, 1.67, 0.83: the two left over go to 0.83 and 0.67.
        (5, {1: 3, 2: 2, 3: 1}, 1, {1: 2, 2: 2, 3: 1}),
        (2, {1: 1, 2: 1, 3: 1}, 1, {1: 1, 2: 1, 3: 0}),
        (10_000, {1: 5, 2: 0}, 1, {1: 10_000, 2: 0}),
        (0, {1: 5, 2: 3}, 1, {1: 0, 2: 0}),
    ],
)
def test_the_largest_remainders_get_what_flooring_left(
    pot: int, shares: dict[int, int], unit: int, paid: dict[int, int]
) -> None:
    assert parts(pot, shares, unit) == paid


def test_of_equal_remainders_the_earlier_name_is_first() -> None:
    assert parts(10, {"kofi": 1, "ama": 1, "esi": 1}) == {"ama": 4, "esi": 3, "kofi": 3}


@given(pots, holdings, units)
def test_a_share_out_neither_makes_nor_loses_money(pot: int, shares: dict[int, int], unit: int) -> None:
    """What the pot has below one unit stays in it; nobody is more than a unit from the exact part."""
    paid = parts(pot, shares, unit)
    total = sum(shares.values())
    payable = pot - pot % unit
    assert sum(paid.values()) == payable
    assert list(paid) == list(shares)
    for member, held in shares.items():
        assert paid[member] % unit == 0
        assert abs(paid[member] * total - payable * held) < unit * total
        assert held or not paid[member]


@given(pots, holdings, units, st.randoms(use_true_random=False))
def test_the_order_of_members_changes_nothing(
    pot: int, shares: dict[int, int], unit: int, shuffled: random.Random
) -> None:
    other = list(shares.items())
    shuffled.shuffle(other)
    assert parts(pot, shares, unit) == parts(pot, dict(other), unit)


@given(pots, holdings, units)
def test_more_shares_are_never_paid_less(pot: int, shares: dict[int, int], unit: int) -> None:
    paid = parts(pot, shares, unit)
    by_shares = sorted(shares, key=lambda member: (shares[member], paid[member]))
    assert [paid[member] for member in by_shares] == sorted(paid.values())


@pytest.mark.parametrize("shares", [{}, {1: 0}, {1: 0, 2: 0}])
def test_a_pot_without_shares_is_not_shared(shares: dict[int, int]) -> None:
    with pytest.raises(BadShares, match="nobody holds a share"):
        share_out(ugx(100), shares)


@pytest.mark.parametrize("held", [-1, 1.0, 0.5, True, "3", None])
def test_a_holding_is_a_whole_number_from_zero(held: Any) -> None:
    with pytest.raises(BadShares):
        share_out(ugx(100), {1: 10, 2: held})


@pytest.mark.parametrize(("pot", "unit"), [(-1, 1), (100, 0), (100, -5)])
def test_a_pot_and_a_cash_unit_are_not_below_zero(pot: int, unit: int) -> None:
    with pytest.raises(BadShares):
        share_out(ugx(pot), {1: 1}, unit)
