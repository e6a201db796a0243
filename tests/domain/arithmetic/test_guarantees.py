"""Guarantees: locked with a loan, freed as it is paid back, and called for what is not."""

from dataclasses import replace
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.arithmetic.guarantees import BadGuarantee, Pledge, call
from domain.money import CurrencyMismatch, Money
from tests.money import ugx

LENT = ugx(1_000)
AKELLO = Pledge("akello", ugx(500), called=ugx(0))
OKOT = Pledge("okot", ugx(250), called=ugx(0))


@st.composite
def guaranteed_loans(draw: st.DrawFn) -> tuple[Money, Money, list[Pledge]]:
    """What was lent, what is outstanding of it, and who guarantees it."""
    lent = draw(st.integers(1, 10**12))
    left, guarantees = lent, []
    for name in "abcdef"[: draw(st.integers(0, 6))]:
        if not left:
            break
        amount = draw(st.integers(1, left))
        left -= amount
        called = draw(st.just(0) | st.integers(0, amount))
        guarantees.append(Pledge(name, ugx(amount), ugx(called)))
    return ugx(lent), ugx(draw(st.integers(0, lent))), guarantees


@pytest.mark.parametrize(
    ("outstanding", "akello", "okot"),
    [(1_000, 500, 250), (999, 499, 249), (600, 300, 150), (3, 1, 0), (1, 0, 0), (0, 0, 0)],
)
def test_a_guarantee_is_released_as_the_principal_is_repaid(outstanding: int, akello: int, okot: int) -> None:
    for guarantee, locked in ((AKELLO, akello), (OKOT, okot)):
        assert guarantee.locked(LENT, ugx(outstanding)) == ugx(locked)


def test_what_was_called_is_not_locked_again() -> None:
    """Half is outstanding: 250 would be locked, and 100 are all that is left of the guarantee of 500."""
    called = replace(AKELLO, called=ugx(400))
    assert called.locked(LENT, ugx(500)) == ugx(100)


def test_a_shortfall_is_shared_by_what_is_locked() -> None:
    """100 by 2 to 1 is 66.67 and 33.33; more than is locked takes what there is."""
    assert call([AKELLO, OKOT], LENT, ugx(600), ugx(100)) == {"akello": ugx(67), "okot": ugx(33)}
    assert call([OKOT, AKELLO], LENT, ugx(600), ugx(9_000)) == {"akello": ugx(300), "okot": ugx(150)}
    assert call([AKELLO, OKOT], LENT, ugx(0), ugx(100)) == {}
    assert call([], LENT, ugx(600), ugx(100)) == {}


@given(guaranteed_loans(), st.fractions(0, 1))
def test_no_more_is_locked_than_is_outstanding(loan: tuple[Money, Money, list[Pledge]], repaid: Fraction) -> None:
    """And nobody's lock rises as it is paid back, until nothing is locked. Each coin is in one place."""
    lent, outstanding, guarantees = loan
    later = ugx(int(outstanding.minor * (1 - repaid)))
    assert sum(each.locked(lent, outstanding).minor for each in guarantees) <= outstanding.minor
    for each in guarantees:
        locked = each.locked(lent, outstanding)
        assert ugx(0) <= each.locked(lent, later) <= locked <= each.amount - each.called
        assert each.locked(lent, ugx(0)) == ugx(0)
        assert replace(each, called=ugx(0)).locked(lent, lent) == each.amount


@given(guaranteed_loans(), st.integers(0, 10**12))
def test_a_shortfall_is_paid_to_the_coin_and_by_nobody_beyond_their_lock(
    loan: tuple[Money, Money, list[Pledge]], short: int
) -> None:
    """And once it is paid nobody has more locked than before."""
    lent, outstanding, guarantees = loan
    paid = call(guarantees, lent, outstanding, ugx(short))
    in_all = sum(amount.minor for amount in paid.values())
    assert in_all == min(short, sum(each.locked(lent, outstanding).minor for each in guarantees))
    for each in guarantees:
        from_them = paid.get(each.guarantor, ugx(0))
        assert ugx(0) <= from_them <= each.locked(lent, outstanding)
        since = replace(each, called=each.called + from_them)
        assert since.locked(lent, outstanding - ugx(in_all)) <= each.locked(lent, outstanding)


@pytest.mark.parametrize(
    ("wrong", "right"),
    [
        ({"amount": ugx(0)}, {"amount": ugx(1)}),
        ({"called": ugx(501)}, {"called": ugx(500)}),
        ({"called": ugx(-1)}, {"called": ugx(0)}),
    ],
)
def test_a_guarantee_is_above_zero_and_called_at_most_whole(wrong: dict[str, Any], right: dict[str, Any]) -> None:
    with pytest.raises(BadGuarantee):
        replace(AKELLO, **wrong)
    assert replace(AKELLO, **right)


@pytest.mark.parametrize(
    ("wrong", "right"),
    [
        ({"guarantees": [AKELLO, AKELLO]}, {"guarantees": [AKELLO, OKOT]}),
        ({"lent": ugx(749)}, {"lent": ugx(750)}),
        ({"outstanding": ugx(1_001)}, {"outstanding": ugx(1_000)}),
        ({"outstanding": ugx(-1)}, {"outstanding": ugx(0)}),
        ({"shortfall": ugx(-1)}, {"shortfall": ugx(0)}),
    ],
)
def test_what_no_loan_can_have_is_not_called(wrong: dict[str, Any], right: dict[str, Any]) -> None:
    base: dict[str, Any] = {
        "guarantees": [AKELLO, OKOT],
        "lent": LENT,
        "outstanding": ugx(500),
        "shortfall": ugx(10),
    }
    with pytest.raises(BadGuarantee):
        call(**{**base, **wrong})
    assert call(**{**base, **right}) is not None


def test_a_guarantee_is_of_one_loan_in_one_currency() -> None:
    with pytest.raises(BadGuarantee):
        AKELLO.locked(ugx(499), ugx(100))
    assert AKELLO.locked(ugx(500), ugx(100)) == ugx(100)
    with pytest.raises(CurrencyMismatch):
        AKELLO.locked(LENT, Money(1, "KES"))
    with pytest.raises(CurrencyMismatch):
        call([AKELLO], LENT, LENT, Money(1, "KES"))
