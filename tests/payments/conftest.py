"""MTN's stand-in, and a server that answers as a test tells it to."""

import json
import threading
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from typing import Any

import pytest
from werkzeug import Request, Response
from werkzeug.serving import make_server

from domain.money import Money
from payments.addresses import Addresses
from payments.momo import MomoCollections, MomoDisbursements
from payments.port import Collection, Transfer
from simulator.server import QuietHandler
from tests.momo_server import GRACE, REFERENCE, MomoServer

ADDRESSES = Addresses("momo", "https://pay.example.org", "hush")
FIVE_THOUSAND = Money(5_000, "UGX")


@pytest.fixture
def mtn() -> Iterator[MomoServer]:
    server = MomoServer()
    yield server
    server.stop()


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
        if request.path.rstrip("/").endswith("/token"):
            self.tokens += 1
            granted = {"access_token": f"t{self.tokens}", "token_type": "access_token", "expires_in": self.seconds}
            return Response(json.dumps(granted))(environ, start)
        if not self.answers:
            self.released.wait()
            return Response(status=500)(environ, start)
        return self.answers.popleft()(environ, start)

    def client(self, public_url: str = "", seconds: float = 60) -> MomoCollections:
        return MomoCollections(**self._settings("sub-coll", public_url, seconds))

    def payer(self, public_url: str = "", seconds: float = 60) -> MomoDisbursements:
        return MomoDisbursements(**self._settings("sub-disb", public_url, seconds))

    def _settings(self, subscription_key: str, public_url: str, seconds: float) -> dict[str, Any]:
        return {
            "base_url": f"{self.url}/",
            "subscription_key": subscription_key,
            "api_user": "user",
            "api_key": "key",
            "environment": "mtnuganda",
            "addresses": replace(ADDRESSES, public_url=public_url),
            "timeout": (60, seconds),
        }


@pytest.fixture
def wire() -> Iterator[Wire]:
    wire = Wire()
    server = make_server("127.0.0.1", 0, wire, threaded=True, request_handler=QuietHandler)
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    wire.url = f"http://127.0.0.1:{server.server_port}"
    yield wire
    wire.released.set()
    server.shutdown()
    thread.join()
    server.server_close()


def ask(reference: str = REFERENCE, amount: Money = FIVE_THOUSAND, phone: str = GRACE) -> Collection:
    return Collection(reference, "ctr-2026-00042", amount, phone, "Weekly saving", "Group 12")


def send(reference: str = REFERENCE, amount: Money = FIVE_THOUSAND, phone: str = GRACE) -> Transfer:
    return Transfer(reference, "pay-2026-00042", amount, phone, "Share-out", "Group 12")


def said(status: int, body: object = None) -> Response:
    text = body if isinstance(body, str) else "" if body is None else json.dumps(body)
    return Response(text, status)


def coded(status: int, code: str) -> Response:
    return said(status, {"message": "prose", "code": code})
