"""
How Airtel Money's answers are read.

A refusal comes with HTTP 200 and `success: false`, and the codes beside a status contradict it. So codes decide
whether a request was taken, `transaction.status` alone what became of it, and a code then only says why. What
is not in a list here decides nothing. Source: Airtel Africa Developers, "Collection APIs", "Disbursement APIs",
"Error codes"; where public reports of traffic differ (2025, 2026), the traffic.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from domain.money import Money
from domain.records.payment import FailureReason
from payments.answers import HttpAnswer, read_money, read_object, read_text
from payments.port import OutcomeUnknown, ProviderStatus, Refused

# What the codes say of a request that was not taken, or has failed.
FAILURES: Final[Mapping[str, FailureReason]] = {
    "DP00800001002": "wrong_pin",
    "DP00800001003": "limit_reached",
    "DP00800001004": "not_possible",  # the amount is less than they take
    "DP00800001005": "not_approved_in_time",  # no PIN was typed; also said of an id that they do not like
    "DP00800001007": "not_enough_money",
    "DP00800001008": "declined",
    "DP00800001009": "refused",
    "DP00800001010": "no_account",
    "DP00800001024": "not_approved_in_time",
    "DP00800001026": "not_possible",  # the signature
    "DP00800001029": "not_approved_in_time",
    "DP00900001003": "limit_reached",
    "DP00900001004": "not_possible",
    "DP00900001005": "refused",
    "DP00900001007": "not_enough_money",
    "DP00900001009": "not_possible",
    "DP00900001010": "not_possible",
    "DP00900001012": "no_account",
    "DP00900001013": "refused",
    "DP00900001016": "not_possible",  # the signature
    "DP00900001019": "account_not_active",
    "ESB000008": "not_possible",  # a field of ours
    "ESB000033": "no_account",
    "ESB000036": "no_account",
    "ESB000039": "not_possible",
    "ROUTER001": "not_possible",  # our wallet is not set up
    "ROUTER003": "not_possible",  # a header of ours
    "ROUTER112": "not_possible",  # the currency
    "ROUTER115": "not_possible",  # our PIN, or how it was padded
    "ROUTER116": "not_possible",
    "ROUTER119": "not_possible",
}
# Of these no request is refused: they say that it may have been taken, or several things at once.
_SAYS_LITTLE: Final = frozenset({"DP00800001005", "DP00800001024"})
REFUSALS: Final = frozenset(FAILURES) - _SAYS_LITTLE

# They have a request under this id, from a call whose answer was lost.
DUPLICATES: Final = frozenset({"ESB000041", "DP00900001017"})
# The signature and the body do not fit: the key has changed.
SIGNATURE_REFUSED: Final = frozenset({"DP00800001026", "DP00900001016"})
# They do not know the id, or do not know it yet.
NOT_FOUND: Final = frozenset({"DP00800001025", "DP00900001015", "ESB000045"})

# `transaction.status`: paid; failed, expired; ambiguous, in progress, initiated.
_PAID: Final = "TS"
_OVER: Final[Mapping[str, FailureReason]] = {"TF": "refused", "TE": "not_approved_in_time"}
_OPEN: Final = frozenset({"TA", "TIP", "TI"})


@dataclass(frozen=True, slots=True)
class Said:
    """
    What an answer says: `taken` is its `success`, None where it has none. `codes` has no prose in it, since prose
    may quote what must not be logged.
    """

    http: int
    taken: bool | None
    codes: tuple[str, ...]
    data: Mapping[str, Any] = field(default_factory=dict)

    @property
    def transaction(self) -> Mapping[str, Any]:
        return as_object(self.data.get("transaction"))

    @property
    def refusal(self) -> Refused | None:
        """What it refuses a request with, if it says that it was not taken and nothing else."""
        if self.taken or self.http >= 500 or (_SAYS_LITTLE | DUPLICATES | NOT_FOUND).intersection(self.codes):
            return None
        if code := next((code for code in self.codes if code in REFUSALS), ""):
            return Refused(code, FAILURES[code])
        # A gateway that finds a field wrong, like the number, says so in prose alone.
        return Refused("HTTP_400") if self.http == 400 and not self.codes else None

    def __str__(self) -> str:
        """In a few words that hold nothing secret: "HTTP 200 DP00800001007"."""
        return " ".join([f"HTTP {self.http}", *self.codes])


def read_answer(answer: HttpAnswer) -> Said:
    """An envelope, or what stands in its place where a gateway answers instead."""
    body = read_object(answer)
    status = as_object(body.get("status"))
    taken = status.get("success")
    # The specific code first, then the deprecated one, then the gateway's.
    codes = (status.get("response_code"), status.get("result_code"), body.get("status_code"), body.get("error"))
    return Said(
        answer.status_code,
        taken if isinstance(taken, bool) else None,
        tuple(code for each in codes if (code := read_text(each, r"[A-Za-z]\w{0,63}"))),
        as_object(body.get("data")),
    )


def check_taken(said: Said) -> None:
    """Returns when they have the request, now or from before. Raises OutcomeUnknown, Refused."""
    if DUPLICATES.intersection(said.codes):
        return
    if refused := said.refusal:
        raise refused
    if said.http != 200 or not said.taken:
        raise OutcomeUnknown(str(said))


def read_status(said: Said, id: str, currency: str) -> ProviderStatus:
    """What an enquiry for this id of ours said. Raises OutcomeUnknown."""
    transaction = said.transaction
    # A gateway that knows no such page answers 404 too, without their word for it.
    if NOT_FOUND.intersection(said.codes) and not transaction:
        return ProviderStatus("not_found")
    if said.http != 200 or transaction.get("id") != id:
        raise OutcomeUnknown(str(said))
    word = transaction.get("status")
    told: dict[str, Any] = {"provider_id": read_id(transaction), "amount": read_amount(transaction, currency)}
    if word == _PAID:
        return ProviderStatus("succeeded", **told)
    if isinstance(word, str) and word in _OVER:
        code = next((code for code in said.codes if code in FAILURES), "")
        reason = FAILURES[code] if code and word == "TF" else _OVER[word]
        return ProviderStatus("failed", reason, code or word, **told)
    shown = read_text(word, r"[A-Z]{1,8}") or "UNREADABLE"
    return ProviderStatus("pending", provider_reason="" if shown in _OPEN else shown, **told)


def read_id(transaction: Mapping[str, Any]) -> str:
    """Their name for money that moved, "" while there is none."""
    return read_text(transaction.get("airtel_money_id"), r"[!-~]{1,64}")


def read_amount(parts: Mapping[str, Any], currency: str, name: str = "amount") -> Money | None:
    """A number, or a string with commas between thousands ("37,600.00"); None where there is none."""
    return read_money(parts.get(name), parts.get("currency") or currency)


def as_object(value: object) -> Mapping[str, Any]:
    return value if isinstance(value, dict) else {}
