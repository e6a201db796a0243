"""pawaPay's stand-in with two people, asked by our client or by hand-written requests."""

import json
from typing import Any

import requests

from payments.pawapay import Pawapay, open_pawapay
from simulator.server import Simulator
from tests.conftest import Clock
from tests.waiting import WAIT_SECONDS

GRACE, ANYANGO = "+256772000101", "+254712000202"
TOKEN = "token-of-the-merchant"
REFERENCE = "f4401bd2-1568-4140-bf2d-eb77d2b2b639"
PAID = "254703456789"  # of the sandbox: what is asked of it is paid
DEPOSIT: dict[str, Any] = {
    "depositId": REFERENCE,
    "amount": "500",
    "currency": "KES",
    "payer": {"type": "MMO", "accountDetails": {"phoneNumber": PAID, "provider": "MPESA_KEN"}},
}
PAYOUT: dict[str, Any] = {
    "payoutId": REFERENCE,
    "amount": "1200",
    "currency": "KES",
    "recipient": {"type": "MMO", "accountDetails": {"phoneNumber": PAID, "provider": "MPESA_KEN"}},
}


class PawapayServer:
    """Grace in Uganda has UGX 200,000, Anyango in Kenya KES 20,000. Keywords are settings of the simulator."""

    def __init__(self, clock: Clock | None = None, **settings: Any) -> None:
        people = [
            {"name": "Akello Grace", "phone": GRACE},
            {"name": "Anyango Ruth", "phone": ANYANGO, "wallet": {"minor": 2_000_000, "currency": "KES"}},
        ]
        self.sim = Simulator({"port": 0, "people": people, "pawapay_token": TOKEN} | settings, clock)
        self.sim.start()
        self.pawapay, self.operations = self.sim.pawapay, self.sim.pawapay.operations
        self.faults, self.world = self.pawapay.faults, self.sim.world
        self.url = f"{self.sim.url}/pawapay"

    def stop(self) -> None:
        self.sim.stop()

    def client(self, **changed: Any) -> Pawapay:
        """Ours, which asks at once for what it needs to know, and not beside."""
        settings = {"base_url": f"{self.url}/", "token": TOKEN, "timeout": (WAIT_SECONDS, WAIT_SECONDS)}
        return open_pawapay(**settings | {"beside": lambda work: work()} | changed)

    def call(self, method: str, path: str, body: object = None, token: str = TOKEN) -> requests.Response:
        headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}
        data = None if body is None else json.dumps(body)
        return requests.request(method, f"{self.url}{path}", data=data, headers=headers)

    def post(self, path: str, body: object) -> Any:
        return self.call("POST", path, body).json()

    def get(self, path: str) -> Any:
        return self.call("GET", path).json()
