"""A prompt on the payer's phone: paid once, found when an answer was lost, over when it is not paid."""

from contextlib import closing
from datetime import timedelta

import pytest

from bot.app import build
from bot.jobs import carry_out
from domain.money import Money
from domain.treasury.providers import can_collect, can_pay_out
from payments.reconcile import Compared, compare_list, end_what_never_was
from tests.bot.mpesa.nairobi import ACCOUNT, AMINA, ASKED, Nairobi, register_addresses
from tests.conftest import PINS


def test_a_prompt_that_is_approved_is_in_the_books_with_its_receipt(kenya: Nairobi) -> None:
    id = kenya.asked()
    kenya.work(5)
    (prompt,) = kenya.daraja.express.prompts(AMINA)
    assert prompt["message"].split()[0] == ACCOUNT, "as she would type it herself"
    kenya.approve()
    kenya.work(10)
    (row,) = kenya.daraja.till.rows()
    payment = kenya.payment(id)
    assert (payment.state, payment.provider_id, kenya.posted()) == ("succeeded", row.receipt, [f"payment:{id}"])
    assert kenya.taken() == ASKED


@pytest.mark.parametrize(
    ("code", "reason"), [("1032", "declined"), ("1", "not_enough_money"), ("1037", "not_approved_in_time")]
)
def test_a_prompt_that_is_not_paid_is_over(kenya: Nairobi, code: str, reason: str) -> None:
    kenya.daraja.faults.set({"outcomes": {AMINA[1:]: code}})
    id = kenya.asked()
    kenya.work(5, 10)
    assert (kenya.payment(id).reason, kenya.payment(id).provider_reason, kenya.posted()) == (reason, code, [])


@pytest.mark.parametrize("fault", ["drop_after_accept", "status_500_after_accept"])
def test_a_lost_answer_never_leads_to_a_second_prompt_and_the_money_is_found(kenya: Nairobi, fault: str) -> None:
    kenya.daraja.faults.set({fault: 1})
    id = kenya.asked()
    kenya.work(5, 10, 20, 60, 120)
    assert kenya.payment(id).state == "unknown"
    kenya.approve()
    kenya.work(10)
    assert (kenya.payment(id).state, kenya.posted(), kenya.taken()) == ("succeeded", [f"payment:{id}"], ASKED)


def test_a_lost_answer_and_a_lost_callback_are_found_in_the_list(kenya: Nairobi) -> None:
    """Nobody is asked twice, however long it takes: one was paid, and of the other nothing is on the list."""
    kenya.daraja.faults.set({"drop_after_accept": 2, "no_callback": 2})
    paid_one = kenya.asked()
    kenya.work(5)
    kenya.approve()
    never_paid = kenya.asked()
    kenya.work(10, 60, 600, 3_600)
    both = [kenya.payment(id).state for id in (paid_one, never_paid)]
    assert (both, len(kenya.daraja.express.prompts(AMINA)), kenya.posted()) == (["unknown"] * 2, 1, [])
    lister, store, now = kenya.app.listers["daraja"], kenya.app.store, kenya.app.store.now()
    compare_list(store, lister, now - timedelta(hours=3), now, Compared())
    assert end_what_never_was(store, kenya.app.collectors["daraja"], now - timedelta(hours=3), now) == 1
    assert sorted(kenya.payment(id).state for id in (paid_one, never_paid)) == ["expired", "succeeded"]
    assert (len(kenya.posted()), kenya.taken()) == (1, ASKED)


def test_a_lost_prompt_that_is_confirmed_as_money_to_the_paybill_is_that_payment(kenya: Nairobi) -> None:
    """Both the answer and the callback are lost; the confirmation comes, with the account that we sent."""
    register_addresses(kenya)
    kenya.daraja.faults.set({"drop_after_accept": 1, "no_callback": 1, "prompts_confirmed": True})
    id = kenya.asked()
    kenya.work(5)
    kenya.approve()
    kenya.work(10)
    (row,) = kenya.daraja.till.rows()
    assert (kenya.payment(id).state, kenya.payment(id).provider_id) == ("succeeded", row.receipt)
    assert (kenya.posted(), kenya.taken()) == ([f"payment:{id}"], ASKED)


def test_a_paid_prompt_that_is_confirmed_too_is_posted_once(kenya: Nairobi) -> None:
    register_addresses(kenya)
    kenya.daraja.faults.set({"prompts_confirmed": True})
    id = kenya.asked()
    kenya.work(5)
    kenya.approve()
    kenya.work(10, 10)
    assert (kenya.posted(), kenya.taken()) == ([f"payment:{id}"], ASKED)
    (row,) = kenya.daraja.till.rows()
    kenya.daraja.paybill.confirm(row)
    kenya.work(1)
    assert [each.state for each in kenya.app.store.inbound.find()] == ["matched"]


def test_what_the_gate_turned_back_is_sent_later_and_once(kenya: Nairobi) -> None:
    kenya.daraja.faults.set({"spike_arrest": 1})
    id = kenya.asked()
    kenya.work(5)
    assert (kenya.payment(id).state, kenya.daraja.express.prompts(AMINA)) == ("created", [])
    kenya.work(60)
    assert (kenya.payment(id).state, len(kenya.daraja.express.prompts(AMINA))) == ("pending", 1)


def test_what_never_gets_through_the_gate_is_given_up_while_somebody_remembers_it(kenya: Nairobi) -> None:
    kenya.daraja.faults.set({"spike_arrest": -1})
    id = kenya.asked()
    kenya.work(5, *[60] * 12)
    assert (kenya.payment(id).state, kenya.payment(id).reason) == ("expired", "not_sent")
    assert kenya.taken() == Money(0, "KES")


def test_processes_share_one_token(kenya: Nairobi) -> None:
    """A new one would end the one before, and each would renew it all the time."""
    kenya.asked()
    kenya.work(5)
    with closing(build(kenya.app.settings, clock=kenya.clock, pins=PINS, prepared=True)) as other:
        assert (can_collect(other.store, "KES"), can_pay_out(other.store, "KES")) == (True, True)
        kenya.asked()
        kenya.clock.forward(seconds=5)
        carry_out(other, "settle", other.store.payments.due(other.store.now(), 100))
    assert (len(kenya.daraja.express.prompts(AMINA)), kenya.daraja.access.granted) == (2, 1)
