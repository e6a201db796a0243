"""
How MTN Mobile Money's answers are read, the same for every product.

A wrong request may be answered 500, and a lost one may have been taken, so an answer is read by its code and
what cannot be read decides nothing. MTN's lists are open: FAILED is an end for whatever reason, and a status that
is new is none. Source: MTN MoMo Developer, "Error codes", "Testing".
"""

from collections.abc import Mapping
from typing import Any, Final

from domain.records.payment import FailureReason
from payments.answers import HttpAnswer, read_money, read_object, read_text
from payments.port import OutcomeUnknown, ProviderStatus, Refused

# Mistakes of the caller that MTN reports as 500: nothing was created.
REFUSALS: Final[Mapping[str, FailureReason]] = {
    "INVALID_CALLBACK_URL_HOST": "not_possible",
    "INVALID_CURRENCY": "not_possible",
    "NOT_ALLOWED": "not_possible",
    "NOT_ALLOWED_TARGET_ENVIRONMENT": "not_possible",
    "NOT_ENOUGH_FUNDS": "not_enough_money",
    "PAYEE_NOT_ALLOWED_TO_RECEIVE": "not_possible",
    "PAYEE_NOT_FOUND": "no_account",
    "PAYER_LIMIT_REACHED": "limit_reached",
    "PAYER_NOT_FOUND": "no_account",
}

# These are about our token, the way there or the pace, not about the request itself.
UNDECIDED: Final = frozenset({401, 404, 408, 425, 429})

# Words in MTN's list of reasons that say it is not over, whatever stands beside them.
NOT_OVER: Final = frozenset({"ONGOING", "PAYEE_DELAYED", "PAYER_DELAYED"})

# Why a payment has FAILED, where we have a sentence for it. The list is open: what is not in it, a sentence or
# nothing at all has been seen there too (public reports, 2025), and the payment has failed all the same.
FAILURES: Final[Mapping[str, FailureReason]] = {
    **REFUSALS,
    "APPROVAL_REJECTED": "declined",
    "COULD_NOT_PERFORM_TRANSACTION": "not_approved_in_time",
    "EXPIRED": "not_approved_in_time",
    "INTERNAL_PROCESSING_ERROR": "not_possible",
    "PAYEE_LIMIT_REACHED": "limit_reached",
    "PAYMENT_NOT_APPROVED": "not_approved_in_time",
    "RESOURCE_ALREADY_EXIST": "not_possible",
    "RESOURCE_NOT_FOUND": "not_possible",
    "SENDER_ACCOUNT_NOT_ACTIVE": "account_not_active",
    "SERVICE_UNAVAILABLE": "not_possible",
    "TRANSACTION_CANCELED": "declined",
    "TRANSACTION_NOT_FOUND": "not_possible",
    "VALIDATION_ERROR": "not_possible",
}


def failure(answer: HttpAnswer) -> Refused | OutcomeUnknown:
    """What to raise when a request was not answered as accepted."""
    status, code = answer.status_code, _word(read_object(answer).get("code"))
    refused = code in REFUSALS if status == 500 else 400 <= status < 500 and status not in UNDECIDED
    if not refused:
        return OutcomeUnknown(summary(answer))
    return Refused(code or f"HTTP_{status}", FAILURES.get(code, "refused"))


def read_status(body: Mapping[str, Any]) -> ProviderStatus:
    """
    What a status query said. FAILED is the end whatever its reason, SUCCESSFUL too; any other word, or none, is
    not: the payment is pending then, with the strange word for operators.
    """
    word, reason = _word(body.get("status")), body.get("reason")
    reason = _word(reason.get("code") if isinstance(reason, dict) else reason)
    provider_id, external_id = (body.get(name) for name in ("financialTransactionId", "externalId"))
    echoed: dict[str, Any] = {
        "provider_id": "" if provider_id is None else str(provider_id),
        "amount": read_money(body.get("amount"), body.get("currency")),
        "external_id": str(external_id or ""),
    }
    if word == "SUCCESSFUL":
        return ProviderStatus("succeeded", **echoed)
    if word == "FAILED" and reason not in NOT_OVER:
        return ProviderStatus("failed", FAILURES.get(reason, "refused"), reason or "NO_REASON", **echoed)
    if word not in ("PENDING", "CREATED"):
        reason = reason or word or "UNREADABLE"
    return ProviderStatus("pending", provider_reason=reason, **echoed)


def _word(code: object) -> str:
    """A code as one word; "" when it is none."""
    return read_text(code, r"[A-Za-z_]{1,64}")


def summary(answer: HttpAnswer) -> str:
    """An answer in a few words that hold nothing secret: "HTTP 503 SERVICE_UNAVAILABLE"."""
    body = read_object(answer)
    return f"HTTP {answer.status_code} {_word(body.get('code')) or _word(body.get('error'))}".rstrip()
