"""The same money asked for again: a screen that got lost makes people begin anew, and nobody pays twice for it."""

import re
from collections.abc import Callable

import pytest
import redis

from bot.app import App
from domain.money import Money
from domain.savings.contribute import Contribute
from domain.treasury.money_in import AskedBefore
from domain.treasury.settle import payment_failed
from tests.conftest import Clock
from tests.people import Village, do
from tests.phone import Phone

AMOUNT = Money(2_000, "UGX")
NOW_APPROVE = "END Now approve UGX 2,000 on your phone with your mobile money PIN. Ref C"
AGAIN = r"CON You asked to pay UGX 2,000 2 minutes ago, ref C\w{6}\. Pay it once more\?\n1\. Yes\n2\. No\n0 .*"


def pay(phone: Phone) -> str:
    """Everything up to the PIN for 2,000, and what follows it."""
    phone.dial("*384*7*1#")
    assert phone.type("2000").startswith("CON Pay UGX 2,000 to Umoja?")
    assert "Your PIN?" in phone.type("1")
    return phone.type("2581")


def test_who_asks_for_the_same_again_is_asked_whether_they_mean_it(
    app: App, village: Village, phone: Callable[[str], Phone], clock: Clock
) -> None:
    akello = phone(village.akello.phone)
    assert pay(akello).startswith(NOW_APPROVE)
    clock.forward(minutes=2)
    assert re.fullmatch(AGAIN, pay(akello))
    assert akello.type("2") == "END Nothing more was paid."
    assert app.store.payments.count() == 1
    assert re.fullmatch(AGAIN, pay(akello))
    assert akello.type("1").startswith(NOW_APPROVE)
    assert app.store.payments.count() == 2


def test_after_a_while_or_a_failure_it_is_no_accident(
    app: App, village: Village, phone: Callable[[str], Phone], clock: Clock
) -> None:
    akello = phone(village.akello.phone)
    assert pay(akello).startswith(NOW_APPROVE)
    clock.forward(minutes=1)
    (payment,) = app.store.payments.find()
    payment_failed(app.store, payment, "declined", "APPROVAL_REJECTED")
    assert pay(akello).startswith(NOW_APPROVE)
    clock.forward(minutes=11)
    assert pay(akello).startswith(NOW_APPROVE)


def test_another_amount_or_another_member_is_not_the_same(app: App, village: Village, clock: Clock) -> None:
    asked = do(app.store, Contribute(village.umoja, village.akello.id, AMOUNT, again=False))
    do(app.store, Contribute(village.umoja, village.akello.id, Money(2_500, "UGX"), again=False))
    do(app.store, Contribute(village.umoja, village.okot.id, AMOUNT, again=False))
    clock.forward(seconds=70)
    with pytest.raises(AskedBefore) as refused:
        do(app.store, Contribute(village.umoja, village.akello.id, AMOUNT, again=False))
    assert refused.value.details == {"minutes": 2, "ref": asked["ref"]}


def test_it_is_found_though_redis_forgot_the_conversation(
    app: App, village: Village, phone: Callable[[str], Phone]
) -> None:
    """The way people pay twice: the answer got lost, and so did where they were."""
    for heard in ("END Now approve UGX 5,500", "CON You asked to pay UGX 5,500 1 minute ago"):
        with redis.Redis.from_url(app.settings.redis_url) as client:
            client.flushdb()
        akello = phone(village.akello.phone)
        akello.dial("*384*7*1#")
        screen = akello.type("5500")
        screen = screen if "PIN" in screen else akello.type("1")
        assert "Your PIN?" in screen
        assert akello.type(village.akello.pin).startswith(heard)
    assert app.store.payments.count() == 1
