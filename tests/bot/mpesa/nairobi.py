"""
A group in Kenya, the whole program, and the stand-in of Daraja between them.

A prompt has no key of ours on the wire. What is lost on the way, comes twice, too early, or was made up moves no
money a second time, and what the payer paid is found.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit
from uuid import uuid4

import click
import requests
from click.testing import CliRunner, Result
from werkzeug.test import Client

from bot.app import App
from bot.cli.daraja import daraja
from bot.config import Settings
from bot.jobs import carry_out
from bot.rails import daraja_console
from domain.books.ledger import Draft, Posting
from domain.money import Money
from domain.mongo.verify import verify_book
from domain.records.payment import Payment
from domain.savings.contribute import Contribute
from domain.store import Store
from domain.treasury.money_out import pay_out
from payments.addresses import Addresses
from payments.daraja.wire import EAT
from simulator.daraja.api import Daraja
from simulator.server import Simulator
from tests.conftest import Clock
from tests.people import Villager, do, found_group, let_in, register
from tests.web import wsgi

CHAIR, TREASURER, AMINA = "+254711000100", "+254711000103", "+254711000101"
SHILLINGS = 550
ASKED = Money(SHILLINGS * 100, "KES")
WALLET = Money(20_000_00, "KES")
# Amina is the third in group 10101; with the check digit.
ACCOUNT = "10101-0035"


@dataclass
class Nairobi:
    """Jirani saves KES 500 a share and 50 for the social fund; Amina owes both. `url` is where we are called."""

    app: App
    sim: Simulator
    clock: Clock
    url: str
    group: str
    amina: Villager

    @property
    def daraja(self) -> Daraja:
        return self.sim.daraja

    def asked(self, amount: Money = ASKED) -> str:
        """A payment that Amina has asked for."""
        begun: Any = do(self.app.store, Contribute(self.group, self.amina.id, amount))
        return str(begun["payment"])

    def work(self, *steps: float) -> None:
        """What a worker does after so many seconds each, and what the stand-in does then."""
        for seconds in steps:
            self.clock.forward(seconds=seconds)
            for _ in range(2):
                carry_out(self.app, "settle", self.app.store.payments.due(self.app.store.now(), 100))
                carry_out(self.app, "confirm", self.app.store.inbound.due(self.app.store.now(), 100))
                self.sim.world.later.wait_until_done(within_seconds=1)

    def payment(self, id: str) -> Payment:
        return self.app.store.payments.get(id)

    def approve(self) -> None:
        (prompt,) = self.daraja.express.prompts(AMINA)
        self.daraja.express.approve(prompt["reference"])
        self.sim.world.later.wait_until_done(within_seconds=1)

    def posted(self) -> list[str]:
        assert verify_book(self.app.store.books, self.group) == []
        return [entry.reference for entry in self.app.store.books.entries(self.group)]

    def taken(self) -> Money:
        """What has left Amina's wallet."""
        return WALLET - self.sim.world.wallet(AMINA)

    def call(self, url: str, body: object) -> int:
        """Somebody calls us."""
        return requests.post(url, json=body, timeout=60).status_code


def with_mpesa(settings: Settings, sim: Simulator, url: str, certificate: Path) -> Settings:
    config = sim.config
    return replace(
        settings,
        public_url=url,
        payment_rails="daraja",
        daraja_consumer_key="key",
        daraja_consumer_secret="daraja-secret",
        daraja_shortcode=config.daraja_shortcode,
        daraja_passkey=config.daraja_passkey,
        daraja_initiator=config.daraja_initiator,
        daraja_initiator_password=config.daraja_initiator_password,
        daraja_certificate=str(certificate),
        daraja_callers="127.0.0.1",
    )


def nairobi(app: App, sim: Simulator, clock: Clock, url: str) -> Nairobi:
    store = app.store
    chair = register(store, "Kamau Peter", CHAIR, "2580")
    treasurer = register(store, "Otieno Mary", TREASURER, "1470")
    amina = register(store, "Wanjiku Amina", AMINA, "2581")
    officers: Any = {chair: "chairperson", treasurer: "treasurer"}
    group = found_group(store, "10101", "Jirani", Money(500_00, "KES"), officers)
    let_in(store, group, "10101", chair, amina)
    return Nairobi(app, sim, clock, url, group, amina)


def register_addresses(kenya: Nairobi) -> None:
    daraja_console(kenya.app.settings, kenya.app.tokens).register()


def type_(kenya: Nairobi, *words: str, command: click.Command = daraja) -> Result:
    """A command at a terminal, on the app that is there."""

    @contextmanager
    def open_app(_: str) -> Iterator[App]:
        yield kenya.app

    return CliRunner().invoke(command, list(words), obj=open_app)


def addresses(kenya: Nairobi) -> Addresses:
    return kenya.app.settings.addresses("daraja")


def paid(key: str, amount: Money) -> object:
    """What Daraja calls when a prompt was paid."""
    items = [
        {"Name": "MpesaReceiptNumber", "Value": "TJ17RT61SV"},
        {"Name": "Amount", "Value": amount.minor / 100},
    ]
    told = {"CheckoutRequestID": key, "ResultCode": 0, "CallbackMetadata": {"Item": items}}
    return {"Body": {"stkCallback": told}}


def owed(kenya: Nairobi, amount: Money = ASKED) -> str:
    """Amina has so much credit in the group's wallet, and asks for it: the payout."""
    store = kenya.app.store
    legs = (Posting("1020", amount.minor), Posting("2030", -amount.minor, kenya.amina.id))
    store.post(Draft(kenya.group, "KES", f"filled:{uuid4()}", "credit", kenya.clock(), legs))

    def work(tx: Store) -> str:
        group = tx.groups.get(kenya.group)
        return pay_out(tx, group, kenya.amina.id, amount, "withdrawal", way="mobile_money").id

    return store.transaction(work)


def confirmed(kenya: Nairobi, receipt: str) -> dict[str, str]:
    """What is told of money to our Paybill, by whoever knows where."""
    return {
        "TransID": receipt,
        "TransAmount": "550.00",
        "TransTime": f"{kenya.clock().astimezone(EAT):%Y%m%d%H%M%S}",
        "BusinessShortCode": kenya.app.settings.daraja_shortcode,
        "BillRefNumber": ACCOUNT,
    }


def wsgi_post(app: App, url: str, body: object) -> int:
    """A call straight to the web server of this app."""
    return Client(wsgi(app)).post(urlsplit(url).path, json=body).status_code
