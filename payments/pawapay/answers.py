"""
How pawaPay's answers are read, the same for deposits, payouts and refunds.

A refusal is an answer 200 with a status in it, and what was found is not yet paid: only the code in the body
counts, never its prose. A status in the form of the API's first version is read too: a list of one.
Source: pawaPay Docs, "Failure codes", "Check deposit status" (v1 and v2).
"""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, Final

from domain.records.payment import FailureReason
from payments.answers import HttpAnswer, read_json, read_money, read_object, read_text
from payments.port import OutcomeUnknown, ProviderStatus, Refused

# "Not created", with whatever HTTP status it comes.
REFUSALS: Final[Mapping[str, FailureReason]] = {
    "AMOUNT_OUT_OF_BOUNDS": "limit_reached",
    "AMOUNT_TOO_LARGE": "not_possible",
    "AUTHORISATION_ERROR": "not_possible",
    "DEPOSITS_NOT_ALLOWED": "not_possible",
    "DEPOSIT_ALREADY_REFUNDED": "not_possible",
    "DUPLICATE_METADATA_FIELD": "not_possible",
    "HTTP_SIGNATURE_ERROR": "not_possible",
    "INVALID_AMOUNT": "not_possible",
    "INVALID_CURRENCY": "not_possible",
    "INVALID_INPUT": "not_possible",
    "INVALID_PARAMETER": "not_possible",
    "INVALID_PHONE_NUMBER": "no_account",
    "INVALID_PROVIDER": "not_possible",
    "INVALID_STATE": "not_possible",
    "MISSING_PARAMETER": "not_possible",
    "NOT_FOUND": "not_possible",
    "PAWAPAY_WALLET_OUT_OF_FUNDS": "not_enough_money",
    "PAYOUTS_NOT_ALLOWED": "not_possible",
    "PROVIDER_TEMPORARILY_UNAVAILABLE": "try_later",
    "REFUNDS_NOT_ALLOWED": "not_possible",
    "REFUND_IN_PROGRESS": "try_later",
    "UNSUPPORTED_PARAMETER": "not_possible",
}

# Why what was taken has FAILED. The list is open, and FAILED is the end whatever stands beside it.
FAILURES: Final[Mapping[str, FailureReason]] = {
    **REFUSALS,
    "INSUFFICIENT_BALANCE": "not_enough_money",
    "MANUALLY_CANCELLED": "not_possible",
    "PAYER_LIMIT_REACHED": "limit_reached",
    "PAYER_NOT_FOUND": "no_account",
    "PAYMENT_IN_PROGRESS": "try_later",
    "PAYMENT_NOT_APPROVED": "not_approved_in_time",
    "RECIPIENT_LIMIT_REACHED": "limit_reached",
    "RECIPIENT_NOT_FOUND": "no_account",
    "TRANSACTION_ALREADY_IN_PROCESS": "try_later",
    "WALLET_LIMIT_REACHED": "limit_reached",
}

# Words for what has not ended. DUPLICATE_IGNORED is the answer to a request that it has already.
TAKEN: Final = frozenset({"ACCEPTED", "DUPLICATE_IGNORED", "ENQUEUED"})
_UNDER_WAY: Final = TAKEN | {"IN_RECONCILIATION", "PROCESSING", "SUBMITTED"}


def see_taken(answer: HttpAnswer) -> None:
    """Returns when pawaPay has the request, now or from before. Raises OutcomeUnknown, Refused."""
    body = read_object(answer)
    word, code = _word(body.get("status")), failure_code(body)
    if answer.status_code == 200 and word in TAKEN:
        return
    refused = word == "REJECTED" if answer.status_code == 200 else answer.status_code in (400, 403)
    if refused and code in REFUSALS:
        raise Refused(code, REFUSALS[code])
    if answer.status_code == 200 and refused:
        # It is final, whatever the code: REJECTED is its word for "nothing was created".
        raise Refused(code or "REJECTED")
    raise OutcomeUnknown(summary(answer))


def read_status(answer: HttpAnswer) -> ProviderStatus:
    """What a status query said. Raises OutcomeUnknown for what is no answer to it."""
    body = read_json(answer.content)
    if answer.status_code != 200:
        raise OutcomeUnknown(summary(answer))
    if isinstance(body, list) and len(body) == 1:  # v1; none of them is its "not found", but also anybody's
        body = {"status": "FOUND", "data": body[0]}
    if not isinstance(body, dict):
        raise OutcomeUnknown(summary(answer))
    if body.get("status") == "NOT_FOUND":
        return ProviderStatus("not_found")
    data = body.get("data")
    if body.get("status") != "FOUND" or not isinstance(data, dict):
        raise OutcomeUnknown(summary(answer))
    return read_data(data)


def read_data(data: Mapping[str, Any]) -> ProviderStatus:
    """What became of one request: the data of a status query, or the body of a callback."""
    word = _word(data.get("status"))
    said: dict[str, Any] = {
        "provider_id": _text(data.get("providerTransactionId")),
        "amount": read_money(_amount(data), data.get("currency")),
    }
    if word == "COMPLETED":
        return ProviderStatus("succeeded", **said)
    if word in ("FAILED", "REJECTED"):
        code = failure_code(data)
        return ProviderStatus("failed", FAILURES.get(code, "refused"), code or "NO_REASON", **said)
    # ACCEPTED is what everybody expects to read; the others tell an operator where it waits.
    reason = "" if word == "ACCEPTED" else word or "UNREADABLE"
    return ProviderStatus("pending", provider_reason=reason, **said)


def objects(value: object) -> Sequence[dict[str, Any]]:
    """Those members of a list that are objects; none of what is no list."""
    return [each for each in value if isinstance(each, dict)] if isinstance(value, list) else []


def failure_code(body: Mapping[str, Any]) -> str:
    """Why something was refused or failed, as one word; "" where it does not say."""
    for reason, code in (("failureReason", "failureCode"), ("rejectionReason", "rejectionCode")):
        if isinstance(said := body.get(reason), dict) and (word := _word(said.get(code))):
            return word
    return _word(body.get("errorCode"))


def summary(answer: HttpAnswer) -> str:
    """An answer in a few words that hold nothing secret: "HTTP 500 UNKNOWN_ERROR"."""
    body = read_object(answer)
    return f"HTTP {answer.status_code} {failure_code(body) or _word(body.get('status'))}".rstrip()


def read_time(text: object) -> datetime | None:
    """A moment, which is in UTC where no zone stands in it; None for what is none."""
    try:
        at = datetime.fromisoformat(str(text))
    except ValueError:
        return None
    return at if at.tzinfo else at.replace(tzinfo=UTC)


def _amount(data: Mapping[str, Any]) -> object:
    """The amount that moved, or was to; v1 has both for a deposit."""
    return next((data[name] for name in ("amount", "depositedAmount", "requestedAmount") if name in data), None)


def _text(value: object) -> str:
    return value if isinstance(value, str) else ""


def _word(code: object) -> str:
    """A code as one word; "" when it is none."""
    return read_text(code, r"[A-Z][A-Z0-9_]{0,63}")
