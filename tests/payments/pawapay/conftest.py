"""pawaPay's stand-in."""

from collections.abc import Iterator
from typing import Any

import pytest

from domain.money import Money
from payments.pawapay import Pawapay, open_pawapay
from payments.port import Collection, Transfer
from tests.pawapay_server import GRACE, PAID, REFERENCE, TOKEN, PawapayServer
from tests.payments.conftest import Wire
from tests.simulator.conftest import bot as bot

FIVE_HUNDRED = Money(50_000, "KES")
FIVE_THOUSAND = Money(5_000, "UGX")


@pytest.fixture
def pawapay() -> Iterator[PawapayServer]:
    server = PawapayServer()
    yield server
    server.stop()


def ask(reference: str = REFERENCE, amount: Money = FIVE_THOUSAND, phone: str = GRACE) -> Collection:
    return Collection(reference, "CWABCDE", amount, phone, "Savings CWABCDE", "Group 12")


def ask_kenya(phone: str = f"+{PAID}", reference: str = REFERENCE, amount: Money = FIVE_HUNDRED) -> Collection:
    return ask(reference, amount, phone)


def send(reference: str = REFERENCE, amount: Money = FIVE_THOUSAND, phone: str = GRACE) -> Transfer:
    return Transfer(reference, "PWABCDE", amount, phone, "Savings PWABCDE", "Group 12")


def on(wire: Wire, **settings: Any) -> Pawapay:
    """Our client of a server that answers as a test tells it to; nothing is asked beside."""
    wired: dict[str, Any] = {"base_url": wire.url, "token": TOKEN, "timeout": (60, 60), "beside": lambda _: None}
    return open_pawapay(**wired | settings)
