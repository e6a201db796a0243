"""Callbacks: early, many times, forged, from elsewhere or about another payment, money moves once."""

from contextlib import closing
from dataclasses import replace

from structlog.testing import capture_logs

from bot.app import build
from bot.jobs import carry_out
from domain.money import Money
from tests.bot.mpesa.nairobi import AMINA, ASKED, Nairobi, addresses, paid, wsgi_post
from tests.conftest import PINS
from tests.together import together


def test_a_callback_before_the_answer_is_taken(kenya: Nairobi) -> None:
    kenya.daraja.faults.set({"callback_before_answer": 1})
    id = kenya.asked()
    kenya.work(5, 10)
    assert (kenya.payment(id).state, kenya.posted(), kenya.taken()) == ("succeeded", [f"payment:{id}"], ASKED)


def test_the_same_callback_twenty_times_at_once_posts_once(kenya: Nairobi) -> None:
    kenya.daraja.faults.set({"no_callback": 1})
    id = kenya.asked()
    kenya.work(5)
    kenya.approve()
    url, body = addresses(kenya).of("payment", id), paid(kenya.payment(id).provider_key, ASKED)

    def call(_: int) -> int:
        status = kenya.call(url, body)
        carry_out(kenya.app, "settle", [id])
        return status

    answers = together(20, call)
    kenya.work(61)
    assert (answers, kenya.posted(), kenya.payment(id).provider_id) == (
        [200] * 20,
        [f"payment:{id}"],
        "TJ17RT61SV",
    )


def test_a_forged_callback_moves_nothing(kenya: Nairobi) -> None:
    """Whoever knows the secret, but no address of a payment, is not heard; whoever knows both is not believed."""
    mine, other = kenya.asked(), kenya.asked()
    kenya.work(5)
    url, body = addresses(kenya).of("payment", mine), paid(kenya.payment(mine).provider_key, ASKED)
    for forged in (url.replace(mine, other), url[:-4] + "0000", url.replace("/daraja/", "/momo/")):
        assert kenya.call(forged, body) in (200, 404)
    kenya.work(10)
    assert [kenya.payment(id).told for id in (mine, other)] == [None, None]
    assert kenya.call(url, body) == 200
    kenya.work(10)
    assert (kenya.payment(mine).state, kenya.posted()) == ("pending", []), "Daraja says that nobody has paid"


def test_a_callback_that_tells_another_amount_is_for_a_person(kenya: Nairobi) -> None:
    kenya.daraja.faults.set({"no_callback": 1})
    id = kenya.asked()
    kenya.work(5)
    kenya.approve()
    one = Money(100, "KES")
    kenya.call(addresses(kenya).of("payment", id), paid(kenya.payment(id).provider_key, one))
    kenya.work(10)
    payment = kenya.payment(id)
    assert (payment.state, payment.provider_reason, payment.needs_person) == ("unknown", "MISMATCH", True)
    assert kenya.posted() == []


def test_a_callback_with_the_key_of_another_payment_does_not_pay_this_one(kenya: Nairobi) -> None:
    """Both answers are lost, and both callbacks name the prompt that was paid: one payment has it."""
    kenya.daraja.faults.set({"drop_after_accept": 2, "no_callback": 2})
    first, second = kenya.asked(), kenya.asked()
    kenya.work(5)
    key = kenya.daraja.express.prompts(AMINA)[0]["reference"]
    kenya.daraja.express.approve(key)
    for id in (first, second):
        kenya.call(addresses(kenya).of("payment", id), paid(key, ASKED))
    kenya.work(10, 60)
    assert [kenya.payment(id).state for id in (first, second)] == ["succeeded", "unknown"]
    assert (kenya.posted(), kenya.taken()) == ([f"payment:{first}"], ASKED)


def test_a_call_from_elsewhere_is_warned_of_and_taken(kenya: Nairobi) -> None:
    elsewhere = replace(kenya.app.settings, daraja_callers="196.201.214.200")
    id = kenya.asked()
    with closing(build(elsewhere, clock=kenya.clock, pins=PINS, prepared=True)) as app, capture_logs() as logged:
        told = paid("ws_CO_1", ASKED)
        assert wsgi_post(app, addresses(kenya).of("payment", id), told) == 200
    assert [each["event"] for each in logged] == ["a callback from an address that is not on the list"]
    assert kenya.payment(id).provider_key == "ws_CO_1"
