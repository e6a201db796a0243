"""MTN's stand-in, and a server that answers as a test tells it to."""

import json
import threading
from collections import deque
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass, field
from typing import Any, TypeVar

import pytest
from werkzeug import Request, Response

from domain.commands import execute
from domain.money import Money
from domain.mongo.store import MongoStore
from domain.savings.contribute import Contribute
from payments.addresses import Addresses
from payments.port import Collection, Transfer
from tests.conftest import Clock
from tests.momo_server import GRACE, REFERENCE, MomoServer
from tests.payments.settling import Paying
from tests.people import found_village
from tests.served import Served

ADDRESSES = Addresses("momo", "https://pay.example.org", "hush", ("key",))
FIVE_THOUSAND = Money(5_000, "UGX")


@pytest.fixture
def mtn() -> Iterator[MomoServer]:
    server = MomoServer()
    yield server
    server.stop()


@pytest.fixture
def paying(store: MongoStore, clock: Clock, mtn: MomoServer) -> Paying:
    village = found_village(store)
    asked = Contribute(village.umoja, village.akello.id, Money(5_500, "UGX"))
    id = execute(store, "akello:1:pay", asked)["payment"]
    return Paying(store, clock, mtn, village, mtn.client(), id)


@dataclass
class Wire:
    """A server that grants token t1, t2, ... and answers everything else with `answers`, in turn."""

    url: str = ""
    answers: deque[Response] = field(default_factory=deque)
    seen: list[Request] = field(default_factory=list)
    released: threading.Event = field(default_factory=threading.Event)
    tokens: int = 0
    seconds: object = 3600

    def __call__(self, environ: Any, start: Any) -> Any:
        request = Request(environ)
        request.get_data()
        self.seen.append(request)
        if request.path.rstrip("/").endswith(("/token", "/oauth/v1/generate")):
            self.tokens += 1
            granted = {"access_token": f"t{self.tokens}", "token_type": "access_token", "expires_in": self.seconds}
            return Response(json.dumps(granted))(environ, start)
        if not self.answers:
            self.released.wait()
            return Response(status=500)(environ, start)
        return self.answers.popleft()(environ, start)


W = TypeVar("W", bound=Wire)


def served(wire: W) -> Iterator[W]:
    with closing(Served(wire)) as server:
        wire.url = server.url
        yield wire
        wire.released.set()


@pytest.fixture
def wire() -> Iterator[Wire]:
    yield from served(Wire())


def ask(reference: str = REFERENCE, amount: Money = FIVE_THOUSAND, phone: str = GRACE) -> Collection:
    return Collection(reference, "ctr-2026-00042", amount, phone, "Weekly saving", "Group 12")


def send(reference: str = REFERENCE, amount: Money = FIVE_THOUSAND, phone: str = GRACE) -> Transfer:
    return Transfer(reference, "pay-2026-00042", amount, phone, "Share-out", "Group 12")


def said(status: int, body: object = None) -> Response:
    text = body if isinstance(body, str) else "" if body is None else json.dumps(body)
    return Response(text, status)


def coded(status: int, code: str) -> Response:
    return said(status, {"message": "prose", "code": code})
