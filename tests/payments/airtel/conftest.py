"""Airtel Money's stand-in, and our clients for a server that answers as a test tells it to."""

import base64
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.rsa import generate_private_key
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from payments.airtel import AirtelApp, AirtelCollections, AirtelDisbursements
from payments.port import Collection, Transfer
from tests.airtel_server import AISHA, AirtelServer
from tests.payments.conftest import FIVE_THOUSAND, Wire

PRIVATE_KEY = generate_private_key(65_537, 2_048)
_PUBLIC = PRIVATE_KEY.public_key()
PUBLIC_KEY = base64.b64encode(_PUBLIC.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)).decode()
PEM = _PUBLIC.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()

REFERENCE = "600997f0-1b5f-4a3e-9f0e-3c0d7a1f2b11"
ID = "600997f01b5f4a3e9f0e3c0d7a1f2b11"


@pytest.fixture
def airtel() -> Iterator[AirtelServer]:
    server = AirtelServer()
    yield server
    server.stop()


def app_at(wire: Wire, **changed: Any) -> AirtelApp:
    known = {"base_url": wire.url, "client_id": "app", "client_secret": "hush", "country": "ZM"}
    return AirtelApp(**known | changed)


def client_at(wire: Wire, **changed: Any) -> AirtelCollections:
    return AirtelCollections(app_at(wire, **changed), timeout=(60, 60))


def payer_at(wire: Wire, pin_key: str, **changed: Any) -> AirtelDisbursements:
    return AirtelDisbursements(app_at(wire, **changed), pin="1234", pin_key=pin_key, timeout=(60, 60))


def ask_aisha(reference: str = REFERENCE, amount: Any = FIVE_THOUSAND, phone: str = AISHA) -> Collection:
    return Collection(reference, "CWWWWWW", amount, phone, "Savings CWWWWWW", "Savings CWWWWWW")


def send_aisha(reference: str = REFERENCE, amount: Any = FIVE_THOUSAND, phone: str = AISHA) -> Transfer:
    return Transfer(reference, "SHAREOUT3", amount, phone, "Savings CWWWWWW", "Savings CWWWWWW")


@dataclass
class Call:
    """A request of somebody's, as a callback reads one."""

    body: bytes
    url: str = ""
    headers: dict[str, str] = field(default_factory=dict)
    rest: str = ""
