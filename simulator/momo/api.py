"""
The wire of MTN MoMo: what the API of each product takes and how it answers, and the faults of a connection.

Source: MTN MoMo Developer, "Collections", "Disbursements", "Error codes", "Testing"; where traffic differs, the
traffic.
"""

import re
import socket
from typing import Any, Final
from urllib.parse import urlsplit

from flask import Blueprint, Response, request

from domain.money import EXPONENTS, InvalidAmount, Money, from_major
from simulator.momo.access import ApiError, Json, reference_id, refusal
from simulator.momo.collections import Collections
from simulator.momo.disbursements import Disbursements
from simulator.momo.requests import Payment, Product
from simulator.world import World

NOTE: Final = re.compile(r"[A-Za-z0-9 .,-]{0,160}")
MSISDN: Final = re.compile(r"[0-9]{7,15}")

FORBIDDEN: Final = "<!DOCTYPE html><html><head><title>Forbidden</title></head><body>403</body></html>"

MARKETS: Final = {
    "mtnbenin": "XOF",
    "mtncameroon": "XAF",
    "mtncongo": "XAF",
    "mtnghana": "GHS",
    "mtnguineaconakry": "GNF",
    "mtnivorycoast": "XOF",
    "mtnliberia": "LRD",
    "mtnnigeria": "NGN",
    "mtnrwanda": "RWF",
    "mtnsouthafrica": "ZAR",
    "mtnsouthsudan": "SSP",
    "mtnswaziland": "SZL",
    "mtnuganda": "UGX",
    "mtnzambia": "ZMW",
    "sandbox": "EUR",
}
ENVIRONMENTS: Final = {name: {currency} for name, currency in MARKETS.items()} | {
    "mtnliberia": {"LRD", "USD"},
    "simulator": set(EXPONENTS),
}

SANDBOX_ACCOUNTS: Final = {
    "46733123450": (404, "RESOURCE_NOT_FOUND"),
    "46733123452": (500, "NOT_ALLOWED"),
    "46733123453": (500, "NOT_ALLOWED_TARGET_ENVIRONMENT"),
    "46733123454": (500, "INTERNAL_PROCESSING_ERROR"),
    "46733123455": (503, "SERVICE_UNAVAILABLE"),
}
SANDBOX_INACTIVE: Final = "46733123451"


def momo_api(collections: Collections, disbursements: Disbursements) -> Blueprint:
    """The API of the first gateway, which makes users for its sandbox: mounted at /momo."""
    routes = _gateway("momo_api", collections, disbursements)
    routes.register_blueprint(collections.access.users.routes())
    return routes


def momo_africa_api(collections: Collections, disbursements: Disbursements) -> Blueprint:
    """
    The API of the newer gateway: mounted at /momo_africa. A portal gives its users out, tokens are asked for with
    the target environment, and the name of a Python library as the agent is refused (public reports, 2026).
    """
    routes = _gateway("momo_africa_api", collections, disbursements)

    @routes.before_request
    def look_at_headers() -> Response | None:
        if "python-requests" in request.user_agent.string:
            return Response(FORBIDDEN, 403, mimetype="text/html")
        login = request.authorization
        if request.path.endswith("/token/") and not request.headers.get("X-Target-Environment"):
            raise refusal(400, "BAD_REQUEST", "X-Target-Environment is missing.")
        # It does not decode what some libraries encode.
        if login and login.type == "basic" and "%" in f"{login.username}{login.password}":
            raise refusal(500, "INTERNAL_PROCESSING_ERROR")
        return None

    return routes


def _gateway(name: str, collections: Collections, disbursements: Disbursements) -> Blueprint:
    routes = Blueprint(name, __name__)
    for product in (collections, disbursements):
        routes.register_blueprint(_product_api(product))
    _add_notification(routes, collections)

    @routes.errorhandler(ApiError)
    def answer_error(error: ApiError) -> tuple[Json, int]:
        return error.body, error.status

    return routes


def _product_api(product: Product) -> Blueprint:
    routes = Blueprint(product.name, __name__, url_prefix=f"/{product.name}")
    product.access.add_routes(routes)
    _add_requests(routes, product)
    _add_accounts(routes, product)
    return routes


def _add_requests(routes: Blueprint, product: Product) -> None:
    """What a product is for: a request under a reference, and its status."""
    access, faults = product.access, product.faults

    @routes.post(f"/v1_0/{product.resource}")
    def make() -> Response:
        user, environment = access.user(), _environment()
        if faults.take("status_503_before_accept"):
            raise refusal(503, "SERVICE_UNAVAILABLE")
        payment = _read(product, reference_id(), environment)
        host = access.users.callback_host(user)
        if host and payment.callback_url and urlsplit(payment.callback_url).hostname != host:
            raise refusal(500, "INVALID_CALLBACK_URL_HOST")
        product.request(payment)
        if faults.take("drop_after_accept"):
            # The answer is written to a connection that is closed, as if the line had been cut.
            request.environ["werkzeug.socket"].shutdown(socket.SHUT_RDWR)
        if faults.take("status_500_after_accept"):
            raise refusal(500, "INTERNAL_PROCESSING_ERROR")
        return Response(status=202)

    @routes.get(f"/v1_0/{product.resource}/<reference>")
    def status(reference: str) -> Json:
        access.user()
        _environment()
        if faults.take("status_503_on_query"):
            raise refusal(503, "SERVICE_UNAVAILABLE")
        if faults.take("status_404_on_query"):
            raise refusal(404, "RESOURCE_NOT_FOUND")
        return product.show(reference)


def _add_accounts(routes: Blueprint, product: Product) -> None:
    """Who has an account, and what is on the product's own."""
    access, world = product.access, product.world

    @routes.get("/v1_0/accountholder/msisdn/<digits>/active")
    def active(digits: str) -> Json:
        access.user()
        if _environment() != "sandbox":
            return {"result": _holder(world, digits) != ""}
        if digits in SANDBOX_ACCOUNTS:
            raise refusal(*SANDBOX_ACCOUNTS[digits])
        return {"result": digits != SANDBOX_INACTIVE}

    @routes.get("/v1_0/accountholder/msisdn/<digits>/basicuserinfo")
    def basic_user_info(digits: str) -> Json:
        access.user()
        name = "Box Sand" if _environment() == "sandbox" else _holder(world, digits)
        family, _, given = name.partition(" ")
        return {
            "given_name": given,
            "family_name": family,
            "birthdate": "1976-08-13",
            "locale": "sv_SE",
            "gender": "MALE",
            "status": "ACTIVE",
        }

    @routes.get("/v1_0/account/balance")
    def balance() -> Json:
        access.user()
        currency = MARKETS.get(_environment(), "UGX")
        return {"availableBalance": product.account(currency).major, "currency": currency}


def _add_notification(routes: Blueprint, collections: Collections) -> None:
    @routes.post("/collection/v1_0/requesttopay/<reference>/deliverynotification")
    def deliver_notification(reference: str) -> Response:
        collections.access.user()
        _environment()
        sent = request.get_json(silent=True)
        if not isinstance(sent, dict) or not NOTE.fullmatch(_string(sent, "notificationMessage")):
            raise refusal(400, "BAD_REQUEST", "notificationMessage is missing or has special characters.")
        if collections.show(reference)["status"] != "SUCCESSFUL":
            raise refusal(400, "BAD_REQUEST", "Only a payment that was made is notified of.")
        return Response(status=200)


def _environment() -> str:
    environment = request.headers.get("X-Target-Environment")
    if not environment:
        raise refusal(400, "BAD_REQUEST", "X-Target-Environment is missing.")
    if environment not in ENVIRONMENTS:
        raise refusal(500, "NOT_ALLOWED_TARGET_ENVIRONMENT")
    return environment


def _holder(world: World, digits: str) -> str:
    """The name of whoever has the number, as in the config: family name first."""
    person = world.people.get(f"+{digits}")
    if person is None:
        raise refusal(404, "RESOURCE_NOT_FOUND")
    return person.name


def _read(product: Product, reference: str, environment: str) -> Payment:
    """The request in the body, echoed later in the order seen on the wire. Raises ApiError."""
    sent = request.get_json(silent=True)
    if not isinstance(sent, dict) or not isinstance(party := sent.get(product.party), dict):
        raise refusal(400, "BAD_REQUEST", f"The body has no {product.party}.")
    body: Json = {name: _string(sent, name) for name in ("externalId", "amount", "currency")}
    kind, digits = _string(party, "partyIdType"), _string(party, "partyId")
    body[product.party] = {"partyIdType": kind, "partyId": digits}
    for name in ("payerMessage", "payeeNote"):
        body[name] = _string(sent, name) if name in sent else ""
        if not NOTE.fullmatch(body[name]):
            raise refusal(400, "BAD_REQUEST", f"{name} is too long or has special characters.")
    if kind not in ("MSISDN", "EMAIL", "PARTY_CODE") or (kind == "MSISDN" and not MSISDN.fullmatch(digits)):
        raise refusal(400, "BAD_REQUEST", f"The {product.party} is not a number with its country code.")
    if environment == "sandbox" and digits in product.sandbox_refusals:
        raise refusal(*product.sandbox_refusals[digits])
    if body["currency"] not in ENVIRONMENTS[environment]:
        raise refusal(500, "INVALID_CURRENCY")
    try:
        amount = from_major(body["amount"], body["currency"])
    except InvalidAmount:
        amount = Money(0, body["currency"])
    if amount.minor <= 0:
        raise refusal(400, "BAD_REQUEST", "The amount is not one of the currency.")
    callback = request.headers.get("X-Callback-Url", "")
    return Payment(reference, environment, product.party, body, amount, callback)


def _string(sent: dict[str, Any], name: str) -> str:
    value = sent.get(name)
    if not isinstance(value, str):
        raise refusal(400, "BAD_REQUEST", f"{name} is not a string.")
    return value
