"""Airtel Money's stand-in alone on an address, asked by our client or by hand-written requests."""

from typing import Any

import requests
from flask import Flask

from payments.addresses import Addresses
from payments.airtel import AirtelApp, AirtelDisbursements, AirtelListed
from simulator.airtel.api import airtel_api
from simulator.airtel.wallets import AirtelMoney
from simulator.phones import phones_api
from simulator.routing import SharedRoutes
from simulator.world import Config, World
from tests.served import Served
from tests.waiting import WAIT_SECONDS

AISHA, OUMA, ELSEWHERE = "+256752000101", "+256752000102", "+256752000999"
PIN = "1234"
_ROUTES = SharedRoutes()


class AirtelServer:
    """Two people with UGX 200,000 each; `url` is the API's address. Keywords are settings of the simulator."""

    def __init__(self, **settings: Any) -> None:
        people = [{"name": "Nakato Aisha", "phone": AISHA}, {"name": "Ouma Peter", "phone": OUMA}]
        self.world = World(Config.from_json({"people": people, "airtel_pin": PIN} | settings))
        self.airtel = AirtelMoney(self.world)
        app = Flask(__name__)
        app.url_map = _ROUTES
        app.json.sort_keys = False  # type: ignore[attr-defined] # the wire keeps the provider's order
        app.register_blueprint(airtel_api(self.airtel), url_prefix="/airtel")
        app.register_blueprint(phones_api("airtel", [self.airtel], [self.airtel]), url_prefix="/sim")
        self._served = Served(app)
        self.host = self._served.url
        self.url = f"{self.host}/airtel"

    def stop(self) -> None:
        self.world.close()
        self._served.close()

    def app(self, **changed: Any) -> AirtelApp:
        known = {"base_url": self.url, "client_id": "app", "client_secret": "key of the app", "country": "UG"}
        return AirtelApp(**known | changed)

    def client(self, addresses: Addresses | None = None, **changed: Any) -> AirtelListed:
        return AirtelListed(self.app(**changed), addresses, timeout=(WAIT_SECONDS, WAIT_SECONDS))

    def payer(
        self, *, pin: str = PIN, pin_key: str = "", pin_padding: Any = "pkcs1", **changed: Any
    ) -> AirtelDisbursements:
        wait = (WAIT_SECONDS, WAIT_SECONDS)
        return AirtelDisbursements(
            self.app(**changed), pin=pin, pin_key=pin_key, pin_padding=pin_padding, timeout=wait
        )

    def token(self) -> str:
        login = {"client_id": "app", "client_secret": "key of the app", "grant_type": "client_credentials"}
        granted: str = requests.post(f"{self.url}/auth/oauth2/token", json=login).json()["access_token"]
        return granted

    def call(self, method: str, path: str, body: object = None, **headers: str) -> requests.Response:
        """What a client would send that sends exactly what a test says."""
        sent = {"Authorization": f"Bearer {self.token()}", "X-Country": "UG", "X-Currency": "UGX"}
        sent |= {name.replace("_", "-"): value for name, value in headers.items()}
        return requests.request(method, f"{self.url}{path}", json=body, headers=sent)
