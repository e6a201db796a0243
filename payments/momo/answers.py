"""
How MTN Mobile Money's answers are read, the same for every product.

A wrong request may be answered 500, and a lost one may have been taken, so an answer is read by its code and
what cannot be read decides nothing. Source: MTN MoMo Developer, "Error codes", "Testing".
"""

import json
import re
from collections.abc import Mapping
from typing import Any, Final

from requests import Response

from domain.money import InvalidAmount, Money, from_major
from payments.port import OutcomeUnknown, ProviderStatus, Refused

# Mistakes of the caller that MTN reports as 500: nothing was created.
REFUSALS: Final = frozenset(
    {
        "INVALID_CALLBACK_URL_HOST",
        "INVALID_CURRENCY",
        "NOT_ALLOWED",
        "NOT_ALLOWED_TARGET_ENVIRONMENT",
        "NOT_ENOUGH_FUNDS",
        "PAYEE_NOT_ALLOWED_TO_RECEIVE",
        "PAYEE_NOT_FOUND",
        "PAYER_LIMIT_REACHED",
        "PAYER_NOT_FOUND",
    }
)

# These are about our token, the way there or the pace, not about the request itself.
UNDECIDED: Final = frozenset({401, 404, 408, 425, 429})

# Why a payment can have FAILED. PAYER_DELAYED, PAYEE_DELAYED and ONGOING are in the list that MTN publishes too,
# but none of them says that it is over.
FAILURES: Final = REFUSALS | {
    "APPROVAL_REJECTED",
    "COULD_NOT_PERFORM_TRANSACTION",
    "EXPIRED",
    "INTERNAL_PROCESSING_ERROR",
    "PAYMENT_NOT_APPROVED",
    "RESOURCE_ALREADY_EXIST",
    "RESOURCE_NOT_FOUND",
    "SENDER_ACCOUNT_NOT_ACTIVE",
    "SERVICE_UNAVAILABLE",
    "TRANSACTION_CANCELED",
    "TRANSACTION_NOT_FOUND",
}


def failure(answer: Response) -> Refused | OutcomeUnknown:
    """What to raise when a request was not answered as accepted."""
    status, code = answer.status_code, _word(read_object(answer).get("code"))
    refused = code in REFUSALS if status == 500 else 400 <= status < 500 and status not in UNDECIDED
    return Refused(code or f"HTTP_{status}") if refused else OutcomeUnknown(summary(answer))


def read_status(body: Mapping[str, Any]) -> ProviderStatus:
    """What a status query said. What is not known to be the end is pending, the strange word its reason."""
    word, reason = _word(body.get("status")), body.get("reason")
    reason = _word(reason.get("code") if isinstance(reason, dict) else reason)
    provider_id, external_id = (body.get(name) for name in ("financialTransactionId", "externalId"))
    amount = read_money(body.get("amount"), body.get("currency"))
    echoed = ("" if provider_id is None else str(provider_id), amount, str(external_id or ""))
    if word == "SUCCESSFUL":
        return ProviderStatus("succeeded", "", *echoed)
    if word == "FAILED" and reason in FAILURES:
        return ProviderStatus("failed", reason, *echoed)
    if word in ("PENDING", "CREATED"):
        return ProviderStatus("pending", reason, *echoed)
    return ProviderStatus("pending", reason or word or "UNREADABLE", *echoed)


def read_object(answer: Response) -> dict[str, Any]:
    """The JSON object in the body; empty when it is HTML, nothing, or JSON of another shape."""
    try:
        body = json.loads(answer.content)
    except (ValueError, RecursionError):
        return {}
    return body if isinstance(body, dict) else {}


def _word(code: object) -> str:
    """A code as one word; empty when it is none, since prose may quote what must not be logged."""
    return code if isinstance(code, str) and re.fullmatch(r"[A-Za-z_]{1,64}", code) else ""


def summary(answer: Response) -> str:
    """An answer in a few words that hold nothing secret: "HTTP 503 SERVICE_UNAVAILABLE"."""
    body = read_object(answer)
    return f"HTTP {answer.status_code} {_word(body.get('code')) or _word(body.get('error'))}".rstrip()


def read_money(amount: object, currency: object) -> Money | None:
    """A decimal string or a number of major units; None when it is not an amount."""
    try:
        return from_major(str(amount), str(currency))
    except InvalidAmount:
        return None
