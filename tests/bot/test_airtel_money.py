"""A payment by Airtel Money through the whole program, and what a callback does that somebody made up."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
from werkzeug.test import Client

from bot.app import App, build
from bot.jobs import carry_out
from bot.logs import set_up
from domain.money import Money
from domain.records.payment import Payment
from domain.savings.contribute import Contribute
from payments.airtel.client import id_of
from tests.airtel_server import AirtelServer
from tests.conftest import Clock
from tests.people import Village, do
from tests.web import wsgi

AMOUNT = Money(5_500, "UGX")


@pytest.fixture
def airtel(village: Village) -> Iterator[AirtelServer]:
    person = {"name": village.akello.name, "phone": village.akello.phone}
    server = AirtelServer(people=[person], airtel_callback_key="private")
    server.airtel.faults.set({"no_callback": -1})  # the tests bring them
    yield server
    server.stop()


@pytest.fixture
def wired(app: App, airtel: AirtelServer, village: Village, clock: Clock) -> Iterator[App]:
    """The program where the village's numbers are Airtel's."""
    settings = replace(
        app.settings,
        public_url="https://bot.example.org",
        airtel_api_url=airtel.url,
        airtel_client_id="app",
        airtel_client_secret="key",
        airtel_numbers=village.akello.phone[:6],
        airtel_callback_key="private",
        airtel_pin="1234",
    )
    set_up(settings, role="test")
    wired = build(settings, clock=clock)
    yield wired
    wired.close()


def asked_for(wired: App, village: Village, clock: Clock) -> Payment:
    """A contribution whose prompt is on the phone."""
    asked: Any = do(wired.store, Contribute(village.umoja, village.akello.id, AMOUNT))
    clock.forward(seconds=10)
    carry_out(wired, "settle", [asked["payment"]])
    payment = wired.store.payments.get(asked["payment"])
    assert (payment.provider, payment.state) == ("airtel", "pending")
    return payment


def tell(wired: App, airtel: AirtelServer, payment: Payment, hashed: str) -> None:
    """What Airtel's stand-in would call with, to the web server."""
    airtel.airtel.faults.set({"callback_hash": hashed})
    transaction = airtel.airtel.find("collection", id_of(payment.id))
    assert transaction is not None
    body = airtel.airtel.callback_body(transaction)
    path = f"/hooks/airtel/{wired.settings.hook_secret}/payment"
    assert Client(wsgi(wired)).post(path, data=body, content_type="application/json").status_code == 200


@pytest.mark.parametrize("hashed", ["transaction", "body"])
def test_a_member_of_airtels_pays_and_the_callback_hurries_it(
    wired: App, airtel: AirtelServer, village: Village, clock: Clock, hashed: str
) -> None:
    payment = asked_for(wired, village, clock)
    airtel.airtel.approve(id_of(payment.id), "12345")
    tell(wired, airtel, payment, hashed)
    assert wired.store.payments.due(clock(), 10) == [payment.id]
    carry_out(wired, "settle", [payment.id])
    paid = wired.store.payments.get(payment.id)
    assert (paid.state, paid.provider_id[:2]) == ("succeeded", "CI")
    assert airtel.airtel.settled() == {id_of(payment.id): AMOUNT}


def test_a_callback_that_says_paid_moves_nothing_before_airtel_does(
    wired: App, airtel: AirtelServer, village: Village, clock: Clock
) -> None:
    payment = asked_for(wired, village, clock)
    transaction = airtel.airtel.find("collection", id_of(payment.id))
    assert transaction is not None
    transaction.status = "TS"
    forged = airtel.airtel.callback_body(transaction)
    transaction.status = "TIP"
    path = f"/hooks/airtel/{wired.settings.hook_secret}/payment"
    web = Client(wsgi(wired))
    assert [web.post(path, data=forged).status_code, web.post(f"{path}x", data=forged).status_code] == [200, 404]
    assert wired.store.payments.due(clock(), 10) == [], "it has no hash"
    tell(wired, airtel, payment, "forged")
    assert wired.store.payments.due(clock(), 10) == [], "its hash is another's"
    clock.forward(seconds=60)
    carry_out(wired, "settle", [payment.id])
    assert wired.store.payments.get(payment.id).state == "pending"
