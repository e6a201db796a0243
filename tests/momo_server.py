"""MTN MoMo's stand-in alone on an address, asked by our client or by hand-written requests."""

from typing import Any

import requests
from flask import Flask

from payments.momo import MomoCollections, MomoDisbursements
from simulator.momo.access import Users
from simulator.momo.api import momo_api
from simulator.momo.collections import Collections
from simulator.momo.disbursements import Disbursements
from simulator.momo.requests import Product
from simulator.phones import phones_api
from simulator.routing import SharedRoutes
from simulator.world import Config, World
from tests.served import Served
from tests.waiting import WAIT_SECONDS

GRACE, OKOT, STRANGER = "+256772000101", "+256772000102", "+256772000999"
API_USER, API_KEY, SUBSCRIPTION = "0f1e2d3c-4b5a-4968-8776-655443322110", "key-of-the-user", "sub-coll"


REFERENCE = "5b0c1c34-6f0e-4b0d-9a55-0a3d0f6f1a11"
GOLDEN = {
    "amount": "50.00",
    "currency": "EUR",
    "externalId": "ctr-2026-00042",
    "payer": {"partyIdType": "MSISDN", "partyId": "46733123451"},
    "payerMessage": "Weekly saving",
    "payeeNote": "Group 12",
}
UGANDA = GOLDEN | {
    "amount": "5000",
    "currency": "UGX",
    "payer": {"partyIdType": "MSISDN", "partyId": GRACE[1:]},
}
_ROUTES = SharedRoutes()


class MomoServer:
    """Two people with UGX 200,000 each; `url` is the API's address. Keywords are settings of the simulator."""

    def __init__(self, **settings: Any) -> None:
        people = [{"name": "Akello Grace", "phone": GRACE}, {"name": "Okot James", "phone": OKOT}]
        self.world = World(Config.from_json({"people": people} | settings))
        users = Users()
        self.momo, self.disbursements = Collections(self.world, users), Disbursements(self.world, users)
        app = Flask(__name__)
        app.url_map = _ROUTES
        app.register_blueprint(momo_api(self.momo, self.disbursements), url_prefix="/momo")
        phones = phones_api("momo", [self.momo], [self.disbursements])
        app.register_blueprint(phones, url_prefix="/sim/momo")
        self._served = Served(app)
        self.host = self._served.url
        self.url = f"{self.host}/momo"

    def stop(self) -> None:
        self.world.close()
        self._served.close()

    def client(self, environment: str = "simulator", **changed: Any) -> MomoCollections:
        return MomoCollections(**self._settings(environment) | changed)

    def payer(self, environment: str = "simulator", **changed: Any) -> MomoDisbursements:
        return MomoDisbursements(**self._settings(environment) | changed)

    def _settings(self, environment: str) -> dict[str, Any]:
        return {
            "base_url": self.url,
            "subscription_key": SUBSCRIPTION,
            "api_user": API_USER,
            "api_key": API_KEY,
            "environment": environment,
            "timeout": (WAIT_SECONDS, WAIT_SECONDS),
        }


class Mtn(MomoServer):
    """The stand-in, asked as a client would that sends exactly what the test says; of Collections if not told."""

    def token(self, product: Product | None = None) -> str:
        answer = requests.post(
            f"{self.url}/{(product or self.momo).name}/token/",
            auth=(API_USER, API_KEY),
            headers={"Ocp-Apim-Subscription-Key": SUBSCRIPTION},
        )
        granted: str = answer.json()["access_token"]
        return granted

    def call(
        self,
        method: str,
        path: str,
        body: object = None,
        *,
        environment: str = "sandbox",
        product: Product | None = None,
        **headers: str,
    ) -> requests.Response:
        product = product or self.momo
        sent = {
            "Authorization": f"Bearer {self.token(product)}",
            "Ocp-Apim-Subscription-Key": SUBSCRIPTION,
            "X-Target-Environment": environment,
        } | {name.replace("_", "-"): value for name, value in headers.items()}
        url = f"{self.url}/{product.name}/v1_0/{path}"
        return requests.request(method, url, json=body, headers=sent)

    def pay(
        self,
        body: object,
        reference: str = REFERENCE,
        environment: str = "sandbox",
        callback: str = "",
        product: Product | None = None,
    ) -> requests.Response:
        product = product or self.momo
        headers = {"X-Callback-Url": callback} if callback else {}
        headers["X-Reference-Id"] = reference
        return self.call("POST", product.resource, body, environment=environment, product=product, **headers)

    def ask_grace(self, reference: str = REFERENCE, callback: str = "", **changed: str) -> str:
        """A request to Akello Grace's phone; returns its reference."""
        assert self.pay(UGANDA | changed, reference, "mtnuganda", callback).status_code == 202
        return reference

    def pay_grace(self, reference: str = REFERENCE, callback: str = "", **changed: str) -> str:
        """A transfer to Akello Grace's phone; returns its reference."""
        body = payee(GRACE[1:], UGANDA | changed)
        assert self.pay(body, reference, "mtnuganda", callback, self.disbursements).status_code == 202
        return reference

    def status(self, reference: str = REFERENCE, product: Product | None = None) -> dict[str, Any]:
        product = product or self.momo
        body: dict[str, Any] = self.call("GET", f"{product.resource}/{reference}", product=product).json()
        return body

    def answer(self, action: str, reference: str = REFERENCE, **body: str) -> requests.Response:
        """What the page sends."""
        url = f"{self.host}/sim/momo/prompts/{reference}"
        return requests.post(url, json={"action": action} | body)


def payee(number: str, body: dict[str, Any] = GOLDEN) -> dict[str, Any]:
    """The same request as a transfer to a number."""
    rest = {name: value for name, value in body.items() if name != "payer"}
    return rest | {"payee": {"partyIdType": "MSISDN", "partyId": number}}
