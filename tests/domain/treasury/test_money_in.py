"""Money that was asked for: awaited until it has arrived or failed, and nobody asks twice unawares."""

from dataclasses import replace
from typing import Any, get_args

import pytest

from domain.records.payment import OPEN, PaymentState
from domain.savings.contribute import Contribute
from domain.treasury.money_in import SAME_WITHIN, AskedBefore, awaited, new_payment
from domain.treasury.settle import payment_failed
from tests.conftest import Clock
from tests.domain.savers import Savers
from tests.money import ugx
from tests.people import arrives


@pytest.mark.parametrize("meeting", ["", "2026-10-05", "2026-09-07", "2026-10-12"])
@pytest.mark.parametrize("purpose", ["contribution", "repayment", "fine", "share_capital"])
def test_money_is_awaited_whatever_meeting_it_names_and_whatever_it_is_for(
    savers: Savers, purpose: Any, meeting: str
) -> None:
    store, group = savers.store, savers.store.groups.get(savers.group)
    made = new_payment(store, group, store.people.get("eve"), ugx(1_000), purpose, "mobile_money")
    store.payments.insert(replace(made, meeting=meeting))
    assert awaited(store, group)


@pytest.mark.parametrize("state", get_args(PaymentState))
def test_money_is_awaited_until_it_has_arrived_or_failed(savers: Savers, state: PaymentState) -> None:
    store, group = savers.store, savers.store.groups.get(savers.group)
    made = new_payment(store, group, store.people.get("eve"), ugx(1_000), "contribution", "mobile_money")
    store.payments.insert(replace(made, state=state))
    assert awaited(store, group) == (state in OPEN)
    store.payments.change(made.id, group="another")
    assert not awaited(store, group)


def test_money_on_its_way_out_is_not_awaited(savers: Savers) -> None:
    store, group = savers.store, savers.store.groups.get(savers.group)
    store.payments.insert(new_payment(store, group, store.people.get("eve"), ugx(1_000), "exit", "mobile_money"))
    assert not awaited(store, group)


def test_the_same_is_not_asked_for_again_before_it_failed_unless_it_is_meant(savers: Savers, clock: Clock) -> None:
    def ask(minor: int, again: bool = False) -> str:
        return str(savers.do(Contribute(savers.group, "eve", ugx(minor), again=again))["payment"])

    payment = savers.store.payments.get(ask(1_000))
    clock.forward(seconds=61)
    with pytest.raises(AskedBefore) as refused:
        ask(1_000)
    assert refused.value.details == {"minutes": 2, "ref": payment.ref}
    ask(2_000)
    arrives(savers.store, payment)
    with pytest.raises(AskedBefore):
        ask(1_000)
    ask(1_000, again=True)
    for each in savers.store.payments.find(person="eve", state=list(OPEN)):
        payment_failed(savers.store, each, "declined")
    clock.forward(seconds=SAME_WITHIN.total_seconds() - 61)
    with pytest.raises(AskedBefore):
        ask(1_000)
    clock.forward(seconds=1)
    ask(1_000)
