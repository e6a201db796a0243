"""MTN MoMo's stand-in alone on an address, asked by our client or by hand-written requests."""

import threading
from collections.abc import Callable
from typing import Any

import requests
from flask import Flask
from werkzeug.serving import make_server

from payments.momo import MomoCollections
from simulator.momo import Momo
from simulator.momo_api import momo_api
from simulator.server import QuietHandler
from simulator.world import Config, World

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


class MomoServer:
    """Two people with UGX 200,000 each; `url` is the API's address. Keywords are settings of the simulator."""

    def __init__(self, **settings: Any) -> None:
        people = [{"name": "Akello Grace", "phone": GRACE}, {"name": "Okot James", "phone": OKOT}]
        self.world = World(Config.from_json({"people": people} | settings))
        self.momo = Momo(self.world)
        app = Flask(__name__)
        app.register_blueprint(momo_api(self.momo), url_prefix="/momo")
        app.register_blueprint(self.momo.blueprint(), url_prefix="/sim/momo")
        self._server = make_server("127.0.0.1", 0, app, threaded=True, request_handler=QuietHandler)
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True)
        self._thread.start()
        self.host = f"http://127.0.0.1:{self._server.server_port}"
        self.url = f"{self.host}/momo"

    def stop(self) -> None:
        self.world.close()
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()

    def client(
        self,
        environment: str = "simulator",
        *,
        api_user: str = API_USER,
        api_key: str = API_KEY,
        callback_url: Callable[[str], str] | None = None,
    ) -> MomoCollections:
        return MomoCollections(
            base_url=self.url,
            subscription_key=SUBSCRIPTION,
            api_user=api_user,
            api_key=api_key,
            environment=environment,
            callback_url=callback_url,
            timeout=(5, 10),
        )


class Mtn(MomoServer):
    """The stand-in, asked as a client would that sends exactly what the test says."""

    def token(self) -> str:
        answer = requests.post(
            f"{self.url}/collection/token/",
            auth=(API_USER, API_KEY),
            headers={"Ocp-Apim-Subscription-Key": SUBSCRIPTION},
            timeout=5,
        )
        granted: str = answer.json()["access_token"]
        return granted

    def call(
        self, method: str, path: str, body: object = None, *, environment: str = "sandbox", **headers: str
    ) -> requests.Response:
        sent = {
            "Authorization": f"Bearer {self.token()}",
            "Ocp-Apim-Subscription-Key": SUBSCRIPTION,
            "X-Target-Environment": environment,
        } | {name.replace("_", "-"): value for name, value in headers.items()}
        return requests.request(method, f"{self.url}/collection/v1_0/{path}", json=body, headers=sent, timeout=5)

    def pay(
        self, body: object, reference: str = REFERENCE, environment: str = "sandbox", callback: str = ""
    ) -> requests.Response:
        headers = {"X-Callback-Url": callback} if callback else {}
        return self.call(
            "POST", "requesttopay", body, environment=environment, **headers | {"X-Reference-Id": reference}
        )

    def ask_grace(self, reference: str = REFERENCE, callback: str = "", **changed: str) -> str:
        """A request to Akello Grace's phone; returns its reference."""
        assert self.pay(UGANDA | changed, reference, "mtnuganda", callback).status_code == 202
        return reference

    def status(self, reference: str = REFERENCE) -> dict[str, Any]:
        body: dict[str, Any] = self.call("GET", f"requesttopay/{reference}").json()
        return body

    def answer(self, action: str, reference: str = REFERENCE, **body: str) -> requests.Response:
        """What the page sends."""
        url = f"{self.host}/sim/momo/prompts/{reference}"
        return requests.post(url, json={"action": action} | body, timeout=5)
