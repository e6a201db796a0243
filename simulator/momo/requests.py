"""
MTN MoMo behind its API, whatever the product: requests, how each ends, and the callbacks.

In the `sandbox` there are no phones: what becomes of a request depends on its number. In any other environment
people have wallets. Source: MTN MoMo Developer, "Collections", "Disbursements", "Testing".
"""

import itertools
import json
import threading
import time
from abc import ABC, abstractmethod
from collections import OrderedDict
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, ClassVar, Final

from domain.money import Money
from simulator.momo.access import Access, Json, Users, refusal
from simulator.world import Switches, World

PAYMENTS_MAX = 100_000
SAVINGS_GROUPS: Final = "Community Savings"  # who our side is, in what a phone shows

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

# The sandbox's numbers that every product accepts and that end so, after which wait. How they end was seen with
# Collections; 64 is published by name only.
SANDBOX_ENDS: Final = {
    "46733123450": ("INTERNAL_PROCESSING_ERROR", "settle_ms"),
    "46733123451": ("APPROVAL_REJECTED", "settle_ms"),
    "46733123452": ("EXPIRED", "settle_ms"),
    "46733123453": ("EXPIRED", "ongoing_ms"),
    "46733123454": ("SUCCESSFUL", "delayed_ms"),
    "46733123464": ("TYPE_UNKNOWN", "settle_ms"),
}


@dataclass(slots=True)
class Payment:
    """
    One request. `body` is as it came, and echoed so; `party` names the side of it that has a phone.

    `prompt` is True from when the payer's phone shows it. `hidden` keeps its end from the status query until the
    callback, which is `told`, has been asked about once.
    """

    reference: str
    environment: str
    party: str
    body: Json
    amount: Money
    callback_url: str
    at: str = field(default_factory=lambda: timestamp())
    status: str = "PENDING"
    reason: str = ""
    transaction: str = ""
    open: bool = True
    prompt: bool = False
    hidden: bool = False
    told: bool = False

    @property
    def digits(self) -> str:
        digits: str = self.body[self.party]["partyId"]
        return digits

    @property
    def phone(self) -> str:
        return f"+{self.digits}"


class Product(ABC):
    """
    One product of MTN MoMo. `name` begins its addresses, `resource` is what its requests make.

    Counted switches hit its requests, except `login_failed` (tokens) and those `on_query`.
    Options: `reason_as`; `says` (fields put into what every status query answers, whatever became of it);
    `token_expires_after` (requests that a token opens); `outcomes` {digits: a reason or SUCCESSFUL}, decided at
    once; and how long things take, in milliseconds: `settle_ms` what nobody is asked for,
    `ongoing_ms` and `delayed_ms` the sandbox's 53 and 54, `callback_ms`, and `overtaken_ms`, what a callback
    that is to come late waits for another one to overtake it.
    """

    name: ClassVar[str]
    resource: ClassVar[str]
    party: ClassVar[str]
    # The sandbox's numbers that are not accepted, with the answer. They are published by name only: what is a
    # client error by that name is answered as one.
    sandbox_refusals: ClassVar[Mapping[str, tuple[int, str]]]
    sandbox_ends: ClassVar[Mapping[str, tuple[str, str]]] = SANDBOX_ENDS
    first_digit: ClassVar[int]  # of the numbers it gives to what has moved

    def __init__(self, world: World, users: Users, switches: str, **options: Any) -> None:
        self.world = world
        self.faults = world.faults[switches] = Switches(
            (
                "callback_before_settled",
                "callback_twice",
                "callbacks_reordered",
                "drop_after_accept",
                "login_failed",
                "never_settles",
                "no_callback",
                "status_500_after_accept",
                "status_404_on_query",
                "status_503_before_accept",
                "status_503_on_query",
            ),
            {
                "reason_as": "string",
                "token_expires_after": None,
                "token_seconds": 3_600,
                "outcomes": {},
                "says": {},
                "settle_ms": 0,
                "ongoing_ms": 60_000,
                "delayed_ms": 30_000,
                "callback_ms": 0,
                "overtaken_ms": 1_000,
            }
            | options,
            allowed={"reason_as": ("string", "object"), "outcomes": REASONS | {"SUCCESSFUL"}},
        )
        self.access = Access(users, self.faults)
        self._payments: OrderedDict[str, Payment] = OrderedDict()
        self._settled: OrderedDict[str, Payment] = OrderedDict()
        self._held: list[Callable[[], None]] = []
        # As at the provider no number comes a second time, whenever the simulator has begun anew.
        self._transactions = itertools.count(int(f"{self.first_digit}{time.time_ns() // 1_000_000}"))
        self._lock = threading.Lock()

    @abstractmethod
    def account(self, currency: str) -> Money:
        """What the product's account holds."""

    @abstractmethod
    def _start(self, payment: Payment) -> None:
        """Begin what was accepted, in an environment of people with wallets."""

    @abstractmethod
    def _move(self, payment: Payment) -> str:
        """Move the money, with the lock held: SUCCESSFUL, or the reason why it stayed where it was."""

    @abstractmethod
    def _ended(self, payment: Payment) -> None:
        """Tell the phone how it ended; in the sandbox there is none."""

    def is_open(self, reference: str) -> bool:
        """Whether it was taken and has no end yet."""
        with self._lock:
            payment = self._payments.get(reference)
            return payment is not None and payment.open

    def settled(self) -> dict[str, Money]:
        """What was paid, by reference, oldest first: the provider's side of our books."""
        with self._lock:
            return {reference: payment.amount for reference, payment in self._settled.items()}

    def _moved(self, phone: str) -> list[Money]:
        """What moved between the phone's wallet and us, oldest first."""
        with self._lock:
            payments = self._settled.values()
            return [each.amount for each in payments if each.phone == phone and each.environment != "sandbox"]

    def request(self, payment: Payment) -> None:
        """Take one request. Raises ApiError when the reference is known."""
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
            shown = self._end(payment) if not payment.open else payment.body | {"status": payment.status}
            return shown | self.faults.get("says")

    def _begin(self, payment: Payment) -> None:
        outcome = self.faults.get("outcomes").get(payment.digits)
        if outcome is not None:
            self.world.after(self.faults.get("settle_ms"), lambda: self._finish(payment, outcome))
        elif payment.environment == "sandbox":
            end, wait = self.sandbox_ends.get(payment.digits, ("SUCCESSFUL", "settle_ms"))
            if wait == "delayed_ms":
                payment.status = "CREATED"
            self.world.after(self.faults.get(wait), lambda: self._finish(payment, end))
        else:
            self._start(payment)

    def _finish(self, payment: Payment, outcome: str) -> bool:
        """End a payment, once: SUCCESSFUL if the money could be moved, or FAILED for a reason."""
        with self._lock:
            if not payment.open:
                return False
            if outcome == "SUCCESSFUL":
                outcome = self._move(payment)
            payment.open = False
            if outcome == "SUCCESSFUL":
                payment.status, payment.transaction = outcome, str(next(self._transactions))
                self._settled[payment.reference] = payment
            else:
                payment.status, payment.reason = "FAILED", outcome
            payment.hidden = self.faults.take("callback_before_settled")
        self._ended(payment)
        self._call_back(payment)
        return True

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
                self.send_held()

        if self.faults.take("callbacks_reordered"):
            with self._lock:
                self._held.append(post)
            self.world.after(self.faults.get("overtaken_ms"), self.send_held)
            return
        for _ in range(2 if self.faults.take("callback_twice") else 1):
            self.world.later(self.faults.get("callback_ms") / 1_000, post_and_release)

    def send_held(self) -> None:
        """Send the callbacks that were held back, the newest first."""
        with self._lock:
            held, self._held = self._held[::-1], []
        for post in held:
            self.world.later(0, post)


def timestamp() -> str:
    """Now, as a phone's messages have it."""
    return f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%SZ}"
