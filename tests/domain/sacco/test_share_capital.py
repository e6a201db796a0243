"""Share capital of a SACCO: whole shares at their price, by mobile money or in cash, and only there."""

from typing import Any

import pytest

from domain.decisions.rights import Frozen
from domain.meetings.cash_book import ReverseCash
from domain.money import Money
from domain.mongo.store import MongoStore
from domain.people.freeze import Freeze
from domain.records.person import NotAllowed
from domain.sacco.share_capital import BuyShares, RecordShares, ShareCapital, share_capital
from domain.savings.contribute import TooMuch, savings
from domain.treasury.settle import payment_failed
from tests.domain.savers import Savers, found
from tests.people import arrives, do


@pytest.fixture
def sacco(store: MongoStore) -> Savers:
    return found(store, kind="sacco", saved=0)


def owns(sacco: Savers, person: str) -> int:
    return share_capital(sacco.store, sacco.group, person).shares


def test_shares_are_bought_by_mobile_money_once_it_arrives(sacco: Savers) -> None:
    asked: Any = do(sacco.store, BuyShares("dan", sacco.group, 3))
    payment = sacco.store.payments.get(asked["payment"])
    assert (payment.amount, owns(sacco, "dan")) == (Money(3_000, "UGX"), 0)
    arrives(sacco.store, payment)
    arrives(sacco.store, payment)
    assert sacco.held("dan") == {"3010": -3_000} and sacco.totals == {"1020": 3_000, "3010": -3_000}
    assert share_capital(sacco.store, sacco.group, "dan") == ShareCapital(
        3, Money(3_000, "UGX"), Money(1_000, "UGX"), 10**9, payable=True
    )
    (line,) = savings(sacco.store, "dan")
    assert (line.shares, line.total) == (3, Money(0, "UGX")), "deposits are another thing"


def test_what_the_provider_refuses_buys_nothing(sacco: Savers) -> None:
    asked: Any = do(sacco.store, BuyShares("dan", sacco.group, 3))
    payment_failed(sacco.store, sacco.store.payments.get(asked["payment"]), "not_approved_in_time")
    assert (owns(sacco, "dan"), sacco.totals) == (0, {})


def test_an_officer_writes_cash_down_for_another_and_it_can_be_taken_back(sacco: Savers) -> None:
    for officer, person in (("ada", "ada"), ("eve", "dan")):
        with pytest.raises(NotAllowed):
            do(sacco.store, RecordShares(officer, sacco.group, person, 2))
    asked: Any = do(sacco.store, RecordShares("ada", sacco.group, "dan", 2))
    assert sacco.totals == {"1010": 2_000, "3010": -2_000}
    assert sacco.told("dan", "receipt")[0]["amount"] == Money(2_000, "UGX")
    do(sacco.store, ReverseCash("ben", asked["payment"], "it was for savings"))
    assert (owns(sacco, "dan"), sacco.totals) == (0, {})


@pytest.mark.parametrize("shares", [0, -1, 10**9 + 1])
def test_shares_are_whole_and_no_more_than_an_amount_can_be(sacco: Savers, shares: int) -> None:
    with pytest.raises(TooMuch):
        do(sacco.store, BuyShares("dan", sacco.group, shares))
    do(sacco.store, BuyShares("dan", sacco.group, 1))


def test_nobody_buys_who_is_frozen_or_no_member_or_in_a_group_of_another_kind(sacco: Savers) -> None:
    with pytest.raises(NotAllowed):
        do(sacco.store, BuyShares("nobody", sacco.group, 1))
    do(sacco.store, Freeze("dan"))
    with pytest.raises(Frozen):
        do(sacco.store, BuyShares("dan", sacco.group, 1))
    sacco.store.groups.change(sacco.group, kind="vsla")
    with pytest.raises(NotAllowed):
        do(sacco.store, BuyShares("eve", sacco.group, 1))
