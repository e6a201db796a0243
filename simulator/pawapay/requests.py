"""
What pawaPay's API reads, and what it says of what is wrong: an HTTP error for a request that is none, and a status
REJECTED, with HTTP 200, for one that it will not do. Source: pawaPay Docs, "Failure codes".
"""

import re
from decimal import Decimal
from typing import Any, Final
from uuid import UUID

from domain.money import InvalidAmount, Money, from_major
from simulator.pawapay.networks import LEAST, MOST, Json, Network, named, network
from simulator.pawapay.operations import IDS, Operation, Operations

AMOUNT: Final = re.compile(r"([0]|([1-9][0-9]{0,17}))([.][0-9]{0,3}[1-9])?", re.ASCII)
MESSAGE: Final = re.compile(r"[A-Za-z0-9 ]{4,22}", re.ASCII)
METADATA_MAX: Final = 10
_TAKES: Final = {
    "DEPOSIT": {"payer", "preAuthorisationCode", "successfulUrl", "failedUrl"},
    "PAYOUT": {"recipient"},
    "REFUND": {"depositId"},
}


class ApiError(Exception):
    """An HTTP error: the request is none of pawaPay's."""

    def __init__(self, status: int, code: str) -> None:
        super().__init__(f"{status} {code}")
        self.status, self.body = status, {"failureReason": reason(code)}


class Rejected(Exception):
    """The request is one, and is not done."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


def reason(code: str) -> Json:
    return {"failureCode": code, "failureMessage": "As the code says."}


def read_id(kind: str, body: object) -> str:
    """The id of a request, which is ours to give. Raises ApiError."""
    if not isinstance(body, dict):
        raise ApiError(400, "INVALID_INPUT")
    id = body.get(IDS[kind])
    if id is None:
        raise ApiError(400, "MISSING_PARAMETER")
    if not isinstance(id, str) or not _is_uuid4(id):
        raise ApiError(400, "INVALID_PARAMETER")
    return id.lower()


def read(kind: str, id: str, body: Json, operations: Operations) -> Operation:
    """A deposit or a payout. Raises ApiError, Rejected."""
    extra = _extra(kind, body)
    amount, currency = _text(body, "amount"), _text(body, "currency")
    party = body.get("payer" if kind == "DEPOSIT" else "recipient")
    details = party.get("accountDetails") if isinstance(party, dict) else None
    if not isinstance(party, dict) or party.get("type") != "MMO" or not isinstance(details, dict):
        raise ApiError(400, "MISSING_PARAMETER")
    digits, provider = _text(details, "phoneNumber"), _text(details, "provider")
    reached = _reached(provider, currency)
    if not re.fullmatch(r"[0-9]{9,15}", digits) or not digits.startswith(reached.calling):
        raise Rejected("INVALID_PHONE_NUMBER")
    money = _money(amount, currency, reached.most_decimals(kind))
    state = operations.state(reached)
    if state == "CLOSED" or (state == "DELAYED" and kind == "DEPOSIT"):
        raise Rejected("PROVIDER_TEMPORARILY_UNAVAILABLE")
    if kind == "PAYOUT" and operations.wallet(reached.country, currency).minor < money.minor:
        raise Rejected("PAWAPAY_WALLET_OUT_OF_FUNDS")
    message = str(body.get("customerMessage", ""))
    return Operation(kind, id, money, digits, reached, operations.timestamp(), message, extra=extra)


def read_refund(id: str, body: Json, operations: Operations) -> Operation:
    """A refund, of all of a deposit or of a part. Raises ApiError, Rejected."""
    extra = _extra("REFUND", body)
    deposit = operations.known("DEPOSIT", _text(body, "depositId"))
    if deposit is None:
        raise Rejected("NOT_FOUND")
    if deposit.status != "COMPLETED":
        raise Rejected("INVALID_STATE")
    before = operations.refunds_of(deposit.id)
    if any(each.open for each in before):
        raise Rejected("REFUND_IN_PROGRESS")
    given_back = sum(each.amount.minor for each in before if each.status == "COMPLETED")
    left = deposit.amount.minor - given_back
    if left == 0:
        raise Rejected("DEPOSIT_ALREADY_REFUNDED")
    amount = deposit.amount
    if "amount" in body:
        if _text(body, "currency") != amount.currency:
            raise Rejected("INVALID_CURRENCY")
        amount = _money(_text(body, "amount"), amount.currency, deposit.network.most_decimals("REFUND"))
    if amount.minor > left:
        raise Rejected("AMOUNT_TOO_LARGE")
    made = operations.timestamp()
    return Operation("REFUND", id, amount, deposit.digits, deposit.network, made, deposit=deposit.id, extra=extra)


def _reached(provider: str, currency: str) -> Network:
    if not named(provider):
        raise Rejected("INVALID_PROVIDER")
    found = network(provider, currency)
    if found is None:
        raise Rejected("INVALID_CURRENCY")
    return found


def _money(amount: str, currency: str, decimals: int) -> Money:
    if not AMOUNT.fullmatch(amount) or len(amount.partition(".")[2]) > decimals:
        raise Rejected("INVALID_AMOUNT")
    if not Decimal(LEAST) <= Decimal(amount) <= Decimal(MOST):
        raise Rejected("AMOUNT_OUT_OF_BOUNDS")
    try:
        return from_major(amount, currency)
    except InvalidAmount:
        raise Rejected("INVALID_AMOUNT") from None


def _extra(kind: str, body: Json) -> Json:
    """What is kept and echoed; metadata comes as a list and goes as an object. Raises ApiError."""
    shared = {IDS[kind], "amount", "currency", "customerMessage", "clientReferenceId", "metadata"}
    if not {*body} <= shared | _TAKES[kind]:
        raise ApiError(400, "UNSUPPORTED_PARAMETER")
    message = body.get("customerMessage")
    if message is not None and not (isinstance(message, str) and MESSAGE.fullmatch(message)):
        raise ApiError(400, "INVALID_PARAMETER")
    extra = {name: _text(body, name) for name in ("customerMessage", "clientReferenceId") if name in body}
    metadata = body.get("metadata", [])
    if not isinstance(metadata, list) or len(metadata) > METADATA_MAX:
        raise ApiError(400, "INVALID_PARAMETER")
    kept: dict[str, Any] = {}
    for each in metadata:
        if not isinstance(each, dict) or not isinstance(each.get("key"), str):
            raise ApiError(400, "INVALID_PARAMETER")
        if each["key"] in kept:
            raise ApiError(400, "DUPLICATE_METADATA_FIELD")
        kept[each["key"]] = each.get("value")
    return extra | ({"metadata": kept} if kept else {})


def _text(body: Json, name: str) -> str:
    if name not in body:
        raise ApiError(400, "MISSING_PARAMETER")
    if not isinstance(body[name], str):
        raise ApiError(400, "INVALID_PARAMETER")
    text: str = body[name]
    return text


def _is_uuid4(text: str) -> bool:
    try:
        uuid = UUID(text)
    except ValueError:
        return False
    return uuid.version == 4 and str(uuid) == text.lower()
