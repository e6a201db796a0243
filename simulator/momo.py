"""
MTN MoMo Collections behind its API: requests to pay, the prompts on the payers' phones, and the callbacks.

In the `sandbox` there are no phones: what becomes of a request depends on its number. In any other environment
the payer has a wallet and answers a prompt. Source: MTN MoMo Developer, "Collections", "Testing".
"""

import itertools
import json
import threading
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Final

from flask import Blueprint, abort, request

from domain.money import CurrencyMismatch, Money
from simulator.control import strings
from simulator.momo_access import Access, Json, refusal
from simulator.world import NotEnoughFunds, Switches, UnknownPhone, World

PAYMENTS_MAX = 100_000
PAYEE = "Community Savings"
# A callback that is to come late waits for another one to overtake it, but not for ever.
OVERTAKEN_SECONDS = 1

# Every `reason` that is documented or was seen; the last five are only documented.
REASONS: Final = frozenset(
    {
        "APPROVAL_REJECTED",
        "COULD_NOT_PERFORM_TRANSACTION",
        "EXPIRED",
        "INTERNAL_PROCESSING_ERROR",
        "INVALID_CALLBACK_URL_HOST",
        "INVALID_CURRENCY",
        "NOT_ALLOWED",
        "NOT_ALLOWED_TARGET_ENVIRONMENT",
        "NOT_ENOUGH_FUNDS",
        "PAYEE_NOT_ALLOWED_TO_RECEIVE",
        "PAYEE_NOT_FOUND",
        "PAYER_LIMIT_REACHED",
        "PAYER_NOT_FOUND",
        "RESOURCE_ALREADY_EXIST",
        "RESOURCE_NOT_FOUND",
        "SENDER_ACCOUNT_NOT_ACTIVE",
        "SERVICE_UNAVAILABLE",
        "TRANSACTION_CANCELED",
        "TRANSACTION_NOT_FOUND",
        "PAYER_DELAYED",
        "PAYEE_DELAYED",
        "ONGOING",
        "PAYMENT_NOT_APPROVED",
        "TYPE_UNKNOWN",
    }
)

# The sandbox's numbers that are accepted and end so, after which wait. How 50 to 54 end was seen; 63 and 64 are
# published by name only.
SANDBOX_ENDS: Final = {
    "46733123450": ("INTERNAL_PROCESSING_ERROR", "settle_ms"),
    "46733123451": ("APPROVAL_REJECTED", "settle_ms"),
    "46733123452": ("EXPIRED", "settle_ms"),
    "46733123453": ("EXPIRED", "ongoing_ms"),
    "46733123454": ("SUCCESSFUL", "delayed_ms"),
    "46733123463": ("COULD_NOT_PERFORM_TRANSACTION", "settle_ms"),
    "46733123464": ("TYPE_UNKNOWN", "settle_ms"),
}


class NoSuchPrompt(Exception):
    """No phone shows a prompt for this reference, or no longer."""


class WrongPin(Exception):
    """The payer's mobile-money PIN is another one; the prompt stays."""


@dataclass(slots=True)
class Payment:
    """
    One request to pay. `body` is as it came, and echoed so.

    `prompt` is True while the payer's phone shows it. `hidden` keeps its end from the status query until the
    callback, which is `told`, has been asked about once.
    """

    reference: str
    environment: str
    body: Json
    amount: Money
    callback_url: str
    at: str = field(default_factory=lambda: f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%SZ}")
    status: str = "PENDING"
    reason: str = ""
    transaction: str = ""
    open: bool = True
    prompt: bool = False
    hidden: bool = False
    told: bool = False

    @property
    def digits(self) -> str:
        digits: str = self.body["payer"]["partyId"]
        return digits

    @property
    def phone(self) -> str:
        return f"+{self.digits}"


class Momo:
    """
    Counted switches hit requests to pay, except `login_failed` (tokens) and `status_503_on_query`.

    Options: `reason_as`; `token_expires_after` (requests that a token opens); `outcomes` {digits: a reason or
    SUCCESSFUL}, decided without a prompt; and how long things take, in milliseconds: `approval_ms` the prompt,
    `settle_ms` what needs no prompt, `ongoing_ms` and `delayed_ms` the sandbox's 53 and 54, `callback_ms`.
    """

    def __init__(self, world: World) -> None:
        self.world = world
        self.faults = world.faults["momo"] = Switches(
            (
                "callback_before_settled",
                "callback_twice",
                "callbacks_reordered",
                "drop_after_accept",
                "login_failed",
                "never_settles",
                "no_callback",
                "status_500_after_accept",
                "status_503_before_accept",
                "status_503_on_query",
            ),
            {
                "reason_as": "string",
                "token_expires_after": None,
                "token_seconds": 3_600,
                "outcomes": {},
                "approval_ms": 300_000,
                "settle_ms": 0,
                "ongoing_ms": 60_000,
                "delayed_ms": 30_000,
                "callback_ms": 0,
            },
            allowed={"reason_as": ("string", "object"), "outcomes": REASONS | {"SUCCESSFUL"}},
        )
        self.access = Access(self.faults)
        self._payments: OrderedDict[str, Payment] = OrderedDict()
        self._settled: OrderedDict[str, Payment] = OrderedDict()
        self._held: list[Callable[[], None]] = []
        self._transactions = itertools.count(600_000_001)
        self._lock = threading.Lock()

    def prompts(self, phone: str) -> list[Json]:
        """What the phone shows, oldest first: {"reference", "amount", "payee", "message", "at"}."""
        with self._lock:
            return [_prompt(each) for each in self._payments.values() if each.prompt and each.phone == phone]

    def approve(self, reference: str, pin: str | None = None) -> Json:
        """
        The payer agrees; returns {"status", "reason"}. Without a PIN none is asked for.

        Raises NoSuchPrompt or WrongPin.
        """
        payment = self._prompted(reference)
        if pin is not None and pin != self.world.person(payment.phone).momo_pin:
            raise WrongPin
        return self._answer(payment, "SUCCESSFUL")

    def reject(self, reference: str) -> Json:
        """The payer refuses; returns {"status", "reason"}. Raises NoSuchPrompt."""
        return self._answer(self._prompted(reference), "APPROVAL_REJECTED")

    def settled(self) -> dict[str, Money]:
        """What was collected, by reference, oldest first: the provider's side of our books."""
        with self._lock:
            return {reference: payment.amount for reference, payment in self._settled.items()}

    def debits(self, phone: str) -> list[Money]:
        """What was taken from the phone's wallet, oldest first."""
        with self._lock:
            payments = self._settled.values()
            return [each.amount for each in payments if each.phone == phone and each.environment != "sandbox"]

    def request(self, payment: Payment) -> None:
        """Take one request to pay. Raises ApiError when the reference is known."""
        with self._lock:
            if self._payments.setdefault(payment.reference, payment) is not payment:
                raise refusal(409, "RESOURCE_ALREADY_EXIST")
            if len(self._payments) > PAYMENTS_MAX:
                self._settled.pop(self._payments.popitem(last=False)[0], None)
        if not self.faults.take("never_settles"):
            self._begin(payment)

    def show(self, reference: str) -> Json:
        """The body of a status query. Raises ApiError."""
        with self._lock:
            payment = self._payments.get(reference)
            if payment is None:
                raise refusal(404, "RESOURCE_NOT_FOUND")
            if payment.hidden:
                payment.hidden = not payment.told
                return payment.body | {"status": "PENDING"}
            return self._end(payment) if not payment.open else payment.body | {"status": payment.status}

    def _begin(self, payment: Payment) -> None:
        outcome = self.faults.get("outcomes").get(payment.digits)
        if outcome is not None:
            self._after("settle_ms", lambda: self._finish(payment, outcome))
        elif payment.environment == "sandbox":
            end, wait = SANDBOX_ENDS.get(payment.digits, ("SUCCESSFUL", "settle_ms"))
            if wait == "delayed_ms":
                payment.status = "CREATED"
            self._after(wait, lambda: self._finish(payment, end))
        elif not self._has_wallet(payment):
            self._after("settle_ms", lambda: self._finish(payment, "PAYER_NOT_FOUND"))
        else:
            self._ask(payment)

    def _ask(self, payment: Payment) -> None:
        payment.prompt = True
        self.world.publish("prompt", payment.phone, _prompt(payment))
        seconds = self.world.config.approve_after_seconds
        if seconds is not None:
            self.world.later(seconds, lambda: self._finish(payment, "SUCCESSFUL"))
        self._after("approval_ms", lambda: self._finish(payment, "COULD_NOT_PERFORM_TRANSACTION"))

    def _has_wallet(self, payment: Payment) -> bool:
        try:
            return self.world.wallet(payment.phone).currency == payment.amount.currency
        except UnknownPhone:
            return False

    def _prompted(self, reference: str) -> Payment:
        with self._lock:
            payment = self._payments.get(reference)
            if payment is None or not payment.prompt:
                raise NoSuchPrompt(reference)
            return payment

    def _answer(self, payment: Payment, outcome: str) -> Json:
        if not self._finish(payment, outcome):
            raise NoSuchPrompt(payment.reference)
        return {"status": payment.status, "reason": payment.reason}

    def _finish(self, payment: Payment, outcome: str) -> bool:
        """End a payment, once: SUCCESSFUL if the wallet holds it, or FAILED for a reason."""
        with self._lock:
            if not payment.open:
                return False
            if outcome == "SUCCESSFUL" and payment.environment != "sandbox":
                outcome = self._debit(payment)
            prompted, payment.prompt, payment.open = payment.prompt, False, False
            if outcome == "SUCCESSFUL":
                payment.status, payment.transaction = outcome, str(next(self._transactions))
                self._settled[payment.reference] = payment
            else:
                payment.status, payment.reason = "FAILED", outcome
            payment.hidden = self.faults.take("callback_before_settled")
        if prompted:
            done = {"reference": payment.reference, "status": payment.status, "reason": payment.reason}
            self.world.publish("prompt_done", payment.phone, done)
        self._call_back(payment)
        return True

    def _debit(self, payment: Payment) -> str:
        try:
            self.world.debit(payment.phone, payment.amount)
        except NotEnoughFunds:
            return "NOT_ENOUGH_FUNDS"
        except (UnknownPhone, CurrencyMismatch):
            return "PAYER_NOT_FOUND"
        return "SUCCESSFUL"

    def _end(self, payment: Payment) -> Json:
        if payment.status == "SUCCESSFUL":
            return {"financialTransactionId": payment.transaction, **payment.body, "status": payment.status}
        reason: str | Json = payment.reason
        if self.faults.get("reason_as") == "object":
            reason = {"code": payment.reason, "message": f"{payment.reason.replace('_', ' ').capitalize()}."}
        return payment.body | {"status": payment.status, "reason": reason}

    def _call_back(self, payment: Payment) -> None:
        if not payment.callback_url or self.faults.take("no_callback"):
            payment.told = True
            return
        end = self._end(payment)
        if payment.status == "FAILED":
            end.pop("payerMessage", None)

        def post() -> None:
            headers = {"Content-Type": "application/json; charset=utf-8"}
            seconds = self.world.config.answer_seconds
            try:
                self.world.http.post(
                    payment.callback_url, data=json.dumps(end), headers=headers, timeout=seconds
                ).close()
            finally:
                payment.told = True

        def post_and_release() -> None:
            try:
                post()
            finally:
                self._release()

        if self.faults.take("callbacks_reordered"):
            with self._lock:
                self._held.append(post)
            self.world.later(OVERTAKEN_SECONDS, self._release)
            return
        for _ in range(2 if self.faults.take("callback_twice") else 1):
            self.world.later(self.faults.get("callback_ms") / 1_000, post_and_release)

    def _release(self) -> None:
        """Send the callbacks that were held back, the newest first."""
        with self._lock:
            held, self._held = self._held[::-1], []
        for post in held:
            self.world.later(0, post)

    def _after(self, wait: str, job: Callable[[], object]) -> None:
        """Now, when the wait is none: a test need not wait for it then."""
        milliseconds = self.faults.get(wait)
        if milliseconds:
            self.world.later(milliseconds / 1_000, job)
        else:
            job()

    def blueprint(self) -> Blueprint:
        """The phone's side: what the page and the tests call, mounted at /sim/momo."""
        routes = Blueprint("momo", __name__)

        @routes.get("/prompts")
        def prompts() -> Json:
            return {"prompts": self.prompts(request.args.get("phone", ""))}

        @routes.post("/prompts/<reference>")
        def answer(reference: str) -> Json:
            (action,) = strings("action")
            if action not in ("approve", "reject"):
                abort(400, description="action is approve or reject")
            try:
                return self.approve(reference, *strings("pin")) if action == "approve" else self.reject(reference)
            except NoSuchPrompt:
                abort(404, description="The phone no longer shows this prompt")
            except WrongPin:
                abort(403, description="Wrong PIN")

        return routes


def _prompt(payment: Payment) -> Json:
    return {
        "reference": payment.reference,
        "amount": str(payment.amount),
        "payee": PAYEE,
        "message": payment.body["payerMessage"],
        "at": payment.at,
    }
