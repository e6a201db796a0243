"""
The wire of MTN MoMo Collections: what its API takes and how it answers, and the faults of a connection.

Source: MTN MoMo Developer, "Collections", "Error codes", "Testing"; where traffic differs, the traffic.
"""

import re
import socket
from typing import Any, Final
from urllib.parse import urlsplit

from flask import Blueprint, Response, request

from domain.money import EXPONENTS, InvalidAmount, Money, from_major
from simulator.momo import Momo, Payment
from simulator.momo_access import ApiError, Json, reference_id, refusal

NOTE: Final = re.compile(r"[A-Za-z0-9 .,-]{0,160}")
MSISDN: Final = re.compile(r"[0-9]{7,15}")

MARKETS: Final = {
    "mtnbenin": "XOF",
    "mtncameroon": "XAF",
    "mtncongo": "XAF",
    "mtnghana": "GHS",
    "mtnguineaconakry": "GNF",
    "mtnivorycoast": "XOF",
    "mtnnigeria": "NGN",
    "mtnrwanda": "RWF",
    "mtnsouthafrica": "ZAR",
    "mtnuganda": "UGX",
    "mtnzambia": "ZMW",
    "sandbox": "EUR",
}
ENVIRONMENTS: Final = {name: {currency} for name, currency in MARKETS.items()} | {"simulator": set(EXPONENTS)}

# The sandbox's numbers that are not accepted. They are published by name only: what is a client error by that
# name is answered as one.
SANDBOX_REFUSALS: Final = {
    "46733123455": (500, "PAYER_NOT_FOUND"),
    "46733123456": (500, "PAYEE_NOT_ALLOWED_TO_RECEIVE"),
    "46733123457": (500, "NOT_ALLOWED"),
    "46733123458": (500, "NOT_ALLOWED_TARGET_ENVIRONMENT"),
    "46733123459": (500, "INVALID_CALLBACK_URL_HOST"),
    "46733123460": (500, "INVALID_CURRENCY"),
    "46733123461": (500, "INTERNAL_PROCESSING_ERROR"),
    "46733123462": (503, "SERVICE_UNAVAILABLE"),
}
SANDBOX_ACCOUNTS: Final = {
    "46733123450": (404, "RESOURCE_NOT_FOUND"),
    "46733123452": (500, "NOT_ALLOWED"),
    "46733123453": (500, "NOT_ALLOWED_TARGET_ENVIRONMENT"),
    "46733123454": (500, "INTERNAL_PROCESSING_ERROR"),
    "46733123455": (503, "SERVICE_UNAVAILABLE"),
}
SANDBOX_INACTIVE: Final = "46733123451"


def momo_api(momo: Momo) -> Blueprint:
    """The API the bot calls: mounted at /momo."""
    routes = Blueprint("momo_api", __name__)
    momo.access.add_routes(routes)

    @routes.errorhandler(ApiError)
    def answer_error(error: ApiError) -> tuple[Json, int]:
        return error.body, error.status

    @routes.post("/collection/v1_0/requesttopay")
    def request_to_pay() -> Response:
        user, environment = momo.access.user(), _environment()
        if momo.faults.take("status_503_before_accept"):
            raise refusal(503, "SERVICE_UNAVAILABLE")
        payment = _read(reference_id(), environment)
        host = momo.access.callback_host(user)
        if host and payment.callback_url and urlsplit(payment.callback_url).hostname != host:
            raise refusal(500, "INVALID_CALLBACK_URL_HOST")
        momo.request(payment)
        if momo.faults.take("drop_after_accept"):
            # The answer is written to a connection that is closed, as if the line had been cut.
            request.environ["werkzeug.socket"].shutdown(socket.SHUT_RDWR)
        if momo.faults.take("status_500_after_accept"):
            raise refusal(500, "INTERNAL_PROCESSING_ERROR")
        return Response(status=202)

    @routes.get("/collection/v1_0/requesttopay/<reference>")
    def status(reference: str) -> Json:
        momo.access.user()
        _environment()
        if momo.faults.take("status_503_on_query"):
            raise refusal(503, "SERVICE_UNAVAILABLE")
        return momo.show(reference)

    @routes.post("/collection/v1_0/requesttopay/<reference>/deliverynotification")
    def deliver_notification(reference: str) -> Response:
        momo.access.user()
        _environment()
        sent = request.get_json(silent=True)
        if not isinstance(sent, dict) or not NOTE.fullmatch(_string(sent, "notificationMessage")):
            raise refusal(400, "BAD_REQUEST", "notificationMessage is missing or has special characters.")
        if momo.show(reference)["status"] != "SUCCESSFUL":
            raise refusal(400, "BAD_REQUEST", "Only a payment that was made is notified of.")
        return Response(status=200)

    @routes.get("/collection/v1_0/accountholder/msisdn/<digits>/active")
    def active(digits: str) -> Json:
        momo.access.user()
        if _environment() != "sandbox":
            return {"result": _holder(momo, digits) != ""}
        if digits in SANDBOX_ACCOUNTS:
            raise refusal(*SANDBOX_ACCOUNTS[digits])
        return {"result": digits != SANDBOX_INACTIVE}

    @routes.get("/collection/v1_0/accountholder/msisdn/<digits>/basicuserinfo")
    def basic_user_info(digits: str) -> Json:
        momo.access.user()
        name = "Box Sand" if _environment() == "sandbox" else _holder(momo, digits)
        family, _, given = name.partition(" ")
        return {
            "given_name": given,
            "family_name": family,
            "birthdate": "1976-08-13",
            "locale": "sv_SE",
            "gender": "MALE",
            "status": "ACTIVE",
        }

    @routes.get("/collection/v1_0/account/balance")
    def balance() -> Json:
        momo.access.user()
        currency = MARKETS.get(_environment(), "UGX")
        collected = (amount for amount in momo.settled().values() if amount.currency == currency)
        return {"availableBalance": sum(collected, Money(0, currency)).major, "currency": currency}

    return routes


def _environment() -> str:
    environment = request.headers.get("X-Target-Environment")
    if not environment:
        raise refusal(400, "BAD_REQUEST", "X-Target-Environment is missing.")
    if environment not in ENVIRONMENTS:
        raise refusal(500, "NOT_ALLOWED_TARGET_ENVIRONMENT")
    return environment


def _holder(momo: Momo, digits: str) -> str:
    """The name of whoever has the number, as in the config: family name first."""
    person = momo.world.people.get(f"+{digits}")
    if person is None:
        raise refusal(404, "RESOURCE_NOT_FOUND")
    return person.name


def _read(reference: str, environment: str) -> Payment:
    """The request to pay in the body, echoed later in the order seen on the wire. Raises ApiError."""
    sent = request.get_json(silent=True)
    if not isinstance(sent, dict) or not isinstance(payer := sent.get("payer"), dict):
        raise refusal(400, "BAD_REQUEST", "The body is not a request to pay.")
    body: Json = {name: _string(sent, name) for name in ("externalId", "amount", "currency")}
    kind, digits = _string(payer, "partyIdType"), _string(payer, "partyId")
    body["payer"] = {"partyIdType": kind, "partyId": digits}
    for name in ("payerMessage", "payeeNote"):
        body[name] = _string(sent, name) if name in sent else ""
        if not NOTE.fullmatch(body[name]):
            raise refusal(400, "BAD_REQUEST", f"{name} is too long or has special characters.")
    if kind not in ("MSISDN", "EMAIL", "PARTY_CODE") or (kind == "MSISDN" and not MSISDN.fullmatch(digits)):
        raise refusal(400, "BAD_REQUEST", "The payer is not a number with its country code.")
    if environment == "sandbox" and digits in SANDBOX_REFUSALS:
        raise refusal(*SANDBOX_REFUSALS[digits])
    if body["currency"] not in ENVIRONMENTS[environment]:
        raise refusal(500, "INVALID_CURRENCY")
    try:
        amount = from_major(body["amount"], body["currency"])
    except InvalidAmount:
        amount = Money(0, body["currency"])
    if amount.minor <= 0:
        raise refusal(400, "BAD_REQUEST", "The amount is not one of the currency.")
    return Payment(reference, environment, body, amount, request.headers.get("X-Callback-Url", ""))


def _string(sent: dict[str, Any], name: str) -> str:
    value = sent.get(name)
    if not isinstance(value, str):
        raise refusal(400, "BAD_REQUEST", f"{name} is not a string.")
    return value
