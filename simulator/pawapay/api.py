"""
The wire of pawaPay's Merchant API, version 2: what it takes and how it answers, its callbacks, and the faults of a
connection. Source: pawaPay Docs, "Deposits", "Payouts", "Refunds", "Toolkit", "Signatures".
"""

import json
import socket
from collections.abc import Callable
from typing import Final

from flask import Blueprint, Response, request

from simulator.pawapay.networks import Json, active_conf, availability, predicted
from simulator.pawapay.operations import IDS, PLURALS, Operation, Operations, written
from simulator.pawapay.requests import ApiError, Rejected, read, read_id, read_refund, reason
from simulator.pawapay.signing import Signing, is_signed
from simulator.pawapay.statements import Statements
from simulator.world import World

_JSON: Final = "application/json; charset=UTF-8"


class Pawapay:
    """
    pawaPay, for one merchant. `public_key` is what requests are signed with, in PEM, where it was given to us;
    `keys_given` counts how often ours was asked for.
    """

    def __init__(self, world: World) -> None:
        self.world, self.signing = world, Signing(world.now)
        self.public_key, self.keys_given = "", 0
        self.operations = Operations(world, self._call_back)
        self.statements = Statements(self.operations)
        self.faults = self.operations.faults

    @property
    def callbacks(self) -> str:
        """What our addresses in its dashboard begin with."""
        config = self.world.config
        return f"{config.bot_url.rstrip('/')}/hooks/pawapay/{config.hook_secret}"

    def _call_back(self, operation: Operation) -> None:
        if self.faults.take("no_callback"):
            return
        data = operation.shown(written(operation.amount, 4))
        data.pop("clientReferenceId", None)
        body = json.dumps(data).encode()
        url, forged = f"{self.callbacks}/{PLURALS[operation.kind]}", self.faults.take("callback_forged")

        def post() -> None:
            headers, spelling = {"Content-Type": _JSON}, self.faults.get("signature")
            if spelling != "none":
                headers = self.signing.headers(url, body, _JSON, spelling, forged)
            seconds = self.world.config.answer_seconds
            self.world.http.post(url, data=body, headers=headers, timeout=seconds).close()

        for _ in range(2 if self.faults.take("callback_twice") else 1):
            self.world.later(self.faults.get("callback_ms") / 1_000, post)

    def resend(self, operation: Operation) -> None:
        self._call_back(operation)

    def api(self) -> Blueprint:
        """The API the bot calls: mounted at /pawapay."""
        routes = Blueprint("pawapay_api", __name__)
        _add_requests(routes, self)
        _add_toolkit(routes, self)
        _add_statements(routes, self)

        @routes.errorhandler(ApiError)
        def answer_error(error: ApiError) -> tuple[Json, int]:
            return error.body, error.status

        return routes


def _check(pawapay: Pawapay) -> None:
    """Whose request it is, and whether it is signed where it has to be. Raises ApiError."""
    kind, _, token = request.headers.get("Authorization", "").partition(" ")
    if kind != "Bearer" or not token:
        raise ApiError(401, "NO_AUTHENTICATION")
    right = pawapay.world.config.pawapay_token
    if right and token != right:
        raise ApiError(403, "AUTHENTICATION_ERROR")
    if request.method == "POST" and pawapay.faults.get("signed_requests_only"):
        headers = dict(request.headers.items())
        if not is_signed(pawapay.public_key, request.url, headers, request.get_data()):
            raise ApiError(403, "HTTP_SIGNATURE_ERROR")


def _add_requests(routes: Blueprint, pawapay: Pawapay) -> None:
    operations, faults = pawapay.operations, pawapay.faults

    def make(kind: str) -> Callable[[], Json]:
        def post() -> Json:
            _check(pawapay)
            if faults.take("status_503_before_accept"):
                raise ApiError(503, "UNKNOWN_ERROR")
            answer = _take(kind, request.get_json(silent=True), operations)
            if faults.take("drop_after_accept"):
                # The answer is written to a connection that is closed, as if the line had been cut.
                request.environ["werkzeug.socket"].shutdown(socket.SHUT_RDWR)
            if faults.take("status_500_after_accept"):
                raise ApiError(500, "UNKNOWN_ERROR")
            return answer

        return post

    def status(kind: str) -> Callable[[str], Json]:
        def get(id: str) -> Json:
            _check(pawapay)
            if faults.take("status_500_on_query"):
                raise ApiError(500, "UNKNOWN_ERROR")
            return operations.show(kind, id)

        return get

    def resend(kind: str) -> Callable[[str], Json]:
        def post(id: str) -> Json:
            _check(pawapay)
            found = operations.known(kind, id)
            if found is None or found.open:
                code = "NOT_FOUND" if found is None else "INVALID_STATE"
                return {IDS[kind]: id, "status": "REJECTED", "failureReason": reason(code)}
            pawapay.resend(found)
            return {IDS[kind]: id, "status": "ACCEPTED"}

        return post

    for kind, plural in PLURALS.items():
        routes.add_url_rule(f"/v2/{plural}", f"make_{plural}", make(kind), methods=["POST"])
        routes.add_url_rule(f"/v2/{plural}/<id>", f"show_{plural}", status(kind))
        routes.add_url_rule(
            f"/v2/{plural}/resend-callback/<id>", f"resend_{plural}", resend(kind), methods=["POST"]
        )

    @routes.post("/v2/payouts/bulk")
    def bulk() -> list[Json]:
        _check(pawapay)
        sent = request.get_json(silent=True)
        if not isinstance(sent, list) or not sent:
            raise ApiError(400, "INVALID_INPUT")
        return [_take("PAYOUT", each, operations) for each in sent]

    @routes.post("/v2/payouts/fail-enqueued/<id>")
    def cancel(id: str) -> Json:
        _check(pawapay)
        if operations.cancel(id):
            return {"payoutId": id, "status": "ACCEPTED"}
        code = "INVALID_STATE" if operations.known("PAYOUT", id) else "NOT_FOUND"
        return {"payoutId": id, "status": "REJECTED", "failureReason": reason(code)}


def _take(kind: str, body: object, operations: Operations) -> Json:
    id = read_id(kind, body)
    assert isinstance(body, dict), "it has an id"
    if (known := operations.known(kind, id)) is not None:
        return {IDS[kind]: id, "status": "DUPLICATE_IGNORED", "created": known.created}
    try:
        asked = read_refund(id, body, operations) if kind == "REFUND" else read(kind, id, body, operations)
    except Rejected as rejected:
        return {IDS[kind]: id, "status": "REJECTED", "failureReason": reason(rejected.code)}
    taken = operations.take(asked)
    if taken is not asked:
        return {IDS[kind]: id, "status": "DUPLICATE_IGNORED", "created": taken.created}
    step = {"nextStep": "FINAL_STATUS"} if kind == "DEPOSIT" else {}
    enqueued = taken.status == "ENQUEUED"
    return {IDS[kind]: id, "status": "ENQUEUED" if enqueued else "ACCEPTED", **step, "created": taken.created}


def _add_toolkit(routes: Blueprint, pawapay: Pawapay) -> None:
    """What there is, what works, and whose a number is."""
    faults = pawapay.faults

    @routes.get("/v2/active-conf")
    def conf() -> Json:
        _check(pawapay)
        if faults.take("conf_fails"):
            raise ApiError(500, "UNKNOWN_ERROR")
        signed, asked = faults.get("signature") != "none", request.args
        only = faults.get("signed_requests_only")
        return active_conf(pawapay.callbacks, signed, only, asked.get("country"), asked.get("operationType"))

    @routes.get("/v2/availability")
    def works() -> list[Json]:
        _check(pawapay)
        if faults.take("conf_fails"):
            raise ApiError(500, "UNKNOWN_ERROR")
        return availability(faults.get("availability"))

    @routes.post("/v2/predict-provider")
    def predict() -> Json:
        _check(pawapay)
        if faults.take("predict_fails"):
            raise ApiError(500, "UNKNOWN_ERROR")
        body = request.get_json(silent=True)
        digits = "".join(filter(str.isdigit, str(body.get("phoneNumber")))) if isinstance(body, dict) else ""
        found = predicted(digits)
        if found is None:
            raise ApiError(400, "INVALID_PARAMETER")
        return {"country": found.country, "provider": found.name, "phoneNumber": digits}

    @routes.get("/v2/wallet-balances")
    def balances() -> Json:
        _check(pawapay)
        held = [(*wallet, pawapay.operations.wallet(*wallet)) for wallet in pawapay.operations.wallets()]
        return {
            "balances": [
                {"country": country, "currency": currency, "balance": written(amount, 2), "provider": None}
                for country, currency, amount in held
            ]
        }

    @routes.get("/v2/public-key/http")
    def keys() -> list[dict[str, str]]:
        pawapay.keys_given += 1
        return pawapay.signing.public_keys


def _add_statements(routes: Blueprint, pawapay: Pawapay) -> None:
    @routes.post("/v2/statements")
    def make() -> Json:
        _check(pawapay)
        body = request.get_json(silent=True)
        wallet = body.get("wallet") if isinstance(body, dict) else None
        if not isinstance(body, dict) or not isinstance(wallet, dict):
            raise ApiError(400, "MISSING_PARAMETER")
        named = (wallet.get("country"), wallet.get("currency"))
        begin, end = body.get("startDate"), body.get("endDate")
        if named not in pawapay.operations.wallets() or not isinstance(begin, str) or not isinstance(end, str):
            raise ApiError(400, "INVALID_PARAMETER")
        id = pawapay.statements.make(str(named[0]), str(named[1]), begin, end)
        return {"statementId": id, "status": "ACCEPTED"}

    @routes.get("/v2/statements/<id>")
    def show(id: str) -> Json:
        _check(pawapay)
        return pawapay.statements.show(id, f"{request.url_root.rstrip('/')}/pawapay/downloads")

    @routes.get("/downloads/<secret>")
    def download(secret: str) -> Response:
        """Open to whoever has the address, as the real ones are."""
        text = pawapay.statements.text(secret)
        return Response("", 404) if text is None else Response(text, mimetype="text/csv")
