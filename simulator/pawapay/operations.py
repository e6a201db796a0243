"""
Deposits, payouts and refunds behind the API: what is taken, how each ends, and the prompts on people's phones.

A number that is nobody's here ends as the sandbox has it.
Source: pawaPay Docs, "Deposits", "Payouts", "Refunds", "Test numbers", "Failure codes".
"""

import threading
import time
from collections import OrderedDict, defaultdict, deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final
from uuid import uuid4

from domain.money import CurrencyMismatch, Money
from simulator.pawapay.networks import ENDS, NETWORKS, STATES, Json, Network, sandbox_end
from simulator.phones import NoSuchPrompt, check_wallet_pin
from simulator.world import NotEnoughFunds, Switches, UnknownPhone, World

OPERATIONS_MAX: Final = 100_000
MESSAGES_MAX: Final = 200
SAVINGS_GROUPS: Final = "Community Savings"
PLURALS: Final = {"DEPOSIT": "deposits", "PAYOUT": "payouts", "REFUND": "refunds"}
IDS: Final = {"DEPOSIT": "depositId", "PAYOUT": "payoutId", "REFUND": "refundId"}
_FAILURES: Final = {"DEPOSIT": "PAYER_NOT_FOUND", "PAYOUT": "RECIPIENT_NOT_FOUND", "REFUND": "RECIPIENT_NOT_FOUND"}


@dataclass(slots=True)
class Operation:
    """
    One request that was taken. `extra` is what it brought and is echoed. `hidden` and `polls` count the questions
    that are answered as if it were not there, and as if it were being looked into.
    """

    kind: str
    id: str
    amount: Money
    digits: str
    network: Network
    created: str
    message: str = ""
    deposit: str = ""  # of a refund
    extra: Json = field(default_factory=dict)
    status: str = "ACCEPTED"
    failure: str = ""
    transaction: str = ""
    completed: str = ""
    prompt: bool = False
    hidden: int = 0
    polls: int = 0

    @property
    def phone(self) -> str:
        return f"+{self.digits}"

    @property
    def open(self) -> bool:
        return self.status not in ("COMPLETED", "FAILED")

    @property
    def party(self) -> Json:
        details = {"phoneNumber": self.digits, "provider": self.network.name}
        return {"type": "MMO", "accountDetails": details}

    def shown(self, amount: str) -> Json:
        """As a status query has it; `amount` is how it is written."""
        shown: Json = {
            IDS[self.kind]: self.id,
            **({"depositId": self.deposit} if self.deposit else {}),
            "status": self.status,
            "amount": amount,
            "currency": self.amount.currency,
            "country": self.network.country,
            "payer" if self.kind == "DEPOSIT" else "recipient": self.party,
            "created": self.created,
            **self.extra,
        }
        if self.transaction:
            shown["providerTransactionId"] = self.transaction
        if self.failure:
            shown["failureReason"] = {"failureCode": self.failure, "failureMessage": "As the code says."}
        return shown


class Operations:
    """
    Counted switches hit requests, except those `on_query`, those of callbacks, and `conf_fails`,
    `predict_fails` and `statement_fails`. Options: `availability` by network; `outcomes` {digits: COMPLETED or a
    code}, decided at once; `in_reconciliation`, for how many questions what has ended is still looked into;
    `not_found`, for how many it is not there at first; `decimals` of an amount in a status; `says`, fields put
    into each status; `signature` der, raw or none of callbacks; `signed_requests_only`; and how long things take.
    """

    def __init__(self, world: World, call_back: Callable[[Operation], object]) -> None:
        self.world, self._call_back = world, call_back
        self.faults = world.faults["pawapay"] = Switches(
            (
                "callback_forged",
                "callback_twice",
                "conf_fails",
                "drop_after_accept",
                "never_settles",
                "no_callback",
                "predict_fails",
                "statement_fails",
                "status_500_after_accept",
                "status_503_before_accept",
                "status_500_on_query",
            ),
            {
                "availability": {},
                "outcomes": {},
                "says": {},
                "decimals": 2,
                "in_reconciliation": 0,
                "not_found": 0,
                "signature": "der",
                "signed_requests_only": False,
                "approval_ms": 300_000,
                "callback_ms": 0,
                "settle_ms": 0,
                "statement_ms": 0,
            },
            allowed={
                "availability": STATES,
                "outcomes": ENDS,
                "signature": ("der", "raw", "none"),
            },
        )
        self._taken: OrderedDict[tuple[str, str], Operation] = OrderedDict()
        self._messages: defaultdict[str, deque[Json]] = defaultdict(lambda: deque(maxlen=MESSAGES_MAX))
        self._lock = threading.RLock()
        self._transactions = time.time_ns() // 1_000_000

    # What the API asks.

    def known(self, kind: str, id: str) -> Operation | None:
        with self._lock:
            return self._taken.get((kind, id))

    def take(self, operation: Operation) -> Operation:
        """Take a request, or return what has this id already."""
        with self._lock:
            found = self._taken.setdefault((operation.kind, operation.id), operation)
            if found is not operation:
                return found
            if len(self._taken) > OPERATIONS_MAX:
                self._taken.popitem(last=False)
            operation.hidden = self.faults.get("not_found")
        if self.faults.take("never_settles"):
            return operation
        if operation.kind != "DEPOSIT" and self.state(operation.network) == "DELAYED":
            operation.status = "ENQUEUED"
        else:
            self._begin(operation)
        return operation

    def show(self, kind: str, id: str) -> Json:
        """The answer to a status query."""
        with self._lock:
            operation = self._taken.get((kind, id))
            if operation is None or operation.hidden > 0:
                if operation:
                    operation.hidden -= 1
                return {"status": "NOT_FOUND"}
        if operation.status == "ENQUEUED" and self.state(operation.network) == "OPERATIONAL":
            operation.status = "ACCEPTED"
            self._begin(operation)
        with self._lock:
            data = operation.shown(written(operation.amount, self.faults.get("decimals")))
            if not operation.open and operation.polls > 0:
                operation.polls -= 1
                data = {name: value for name, value in data.items() if name not in _OF_THE_END}
                data["status"] = "IN_RECONCILIATION"
            return {"status": "FOUND", "data": data | self.faults.get("says")}

    def cancel(self, id: str) -> bool:
        """A payout that is kept for its network fails; False for any other."""
        operation = self.known("PAYOUT", id)
        if operation is None or operation.status != "ENQUEUED":
            return False
        return self._finish(operation, "MANUALLY_CANCELLED")

    def timestamp(self) -> str:
        """Now, as everything of pawaPay has it."""
        return f"{self.world.now():%Y-%m-%dT%H:%M:%SZ}"

    def state(self, network: Network) -> str:
        state: str = self.faults.get("availability").get(network.name, "OPERATIONAL")
        return state

    def wallets(self) -> list[tuple[str, str]]:
        """Ours, by country and currency."""
        countries = self.world.config.pawapay_countries
        ours = (each for each in NETWORKS if not countries or each.country in countries)
        return list(dict.fromkeys((each.country, each.currency) for each in ours))

    def wallet(self, country: str, currency: str) -> Money:
        """What ours holds: what is on its way out is set aside."""
        held = Money(self.world.config.disbursement_minor, currency)
        with self._lock:
            for each in self._taken.values():
                if (each.network.country, each.amount.currency) != (country, currency):
                    continue
                if each.kind == "DEPOSIT":
                    held += each.amount if each.status == "COMPLETED" else Money(0, currency)
                elif each.status != "FAILED":
                    held -= each.amount
        return held

    def refunds_of(self, deposit: str) -> list[Operation]:
        with self._lock:
            return [each for each in self._taken.values() if each.kind == "REFUND" and each.deposit == deposit]

    def ended(self) -> list[Operation]:
        """Everything that has an end, oldest first."""
        with self._lock:
            return [each for each in self._taken.values() if not each.open]

    def settled(self) -> Mapping[str, Money]:
        """What has moved, by its id, oldest first: the provider's side of our books."""
        return {each.id: each.amount for each in self.ended() if each.status == "COMPLETED"}

    # What the phones ask.

    def prompts(self, phone: str) -> list[Json]:
        with self._lock:
            return [_prompt(each) for each in self._taken.values() if each.prompt and each.phone == phone]

    def approve(self, reference: str, pin: str | None = None) -> Json:
        operation = self._prompted(reference)
        check_wallet_pin(self.world.person(operation.phone), pin)
        return self._answer(operation, "COMPLETED")

    def reject(self, reference: str) -> Json:
        return self._answer(self._prompted(reference), "PAYMENT_NOT_APPROVED")

    def messages(self, phone: str) -> list[Json]:
        with self._lock:
            return list(self._messages.get(phone, ()))

    def _prompted(self, reference: str) -> Operation:
        operation = self.known("DEPOSIT", reference)
        if operation is None or not operation.prompt:
            raise NoSuchPrompt(reference)
        return operation

    def _answer(self, operation: Operation, end: str) -> Json:
        if not self._finish(operation, end):
            raise NoSuchPrompt(operation.id)
        return {"status": _for_phones(operation.status), "reason": operation.failure}

    # How each ends.

    def _begin(self, operation: Operation) -> None:
        end = self.faults.get("outcomes").get(operation.digits)
        if end is None and operation.phone not in self.world.people:
            end = sandbox_end(operation.kind, operation.digits)
        if end == "":
            return
        if end is None and operation.kind == "DEPOSIT" and self._has_wallet(operation):
            self._ask(operation)
            return
        if end is None:
            end = "COMPLETED" if self._has_wallet(operation) else _FAILURES[operation.kind]
        outcome = end
        self.world.after(self.faults.get("settle_ms"), lambda: self._finish(operation, outcome))

    def _ask(self, operation: Operation) -> None:
        operation.status, operation.prompt = "PROCESSING", True
        self.world.publish("prompt", operation.phone, _prompt(operation))
        seconds = self.world.config.approve_after_seconds
        if seconds is not None:
            self.world.later(seconds, lambda: self._finish(operation, "COMPLETED"))
        self.world.after(self.faults.get("approval_ms"), lambda: self._finish(operation, "PAYMENT_NOT_APPROVED"))

    def _has_wallet(self, operation: Operation) -> bool:
        try:
            return self.world.wallet(operation.phone).currency == operation.amount.currency
        except UnknownPhone:
            return False

    def _finish(self, operation: Operation, end: str) -> bool:
        """End an operation, once: COMPLETED if the money could be moved, or FAILED for a reason."""
        with self._lock:
            if not operation.open:
                return False
            if end == "COMPLETED":
                end = self._move(operation)
            prompted, operation.prompt = operation.prompt, False
            operation.polls, operation.completed = self.faults.get("in_reconciliation"), self.timestamp()
            if end == "COMPLETED":
                self._transactions += 1
                operation.status, operation.transaction = end, f"T{self._transactions:X}"
            else:
                operation.status, operation.failure = "FAILED", end
        self._tell_phone(operation, prompted)
        self._call_back(operation)
        return True

    def _move(self, operation: Operation) -> str:
        """Move the money: COMPLETED, or why it stayed where it was. A number of the sandbox has no wallet."""
        if operation.phone not in self.world.people:
            return "COMPLETED"
        try:
            if operation.kind == "DEPOSIT":
                self.world.debit(operation.phone, operation.amount)
            else:
                self.world.credit(operation.phone, operation.amount)
        except NotEnoughFunds:
            return "INSUFFICIENT_BALANCE"
        except (UnknownPhone, CurrencyMismatch):
            return _FAILURES[operation.kind]
        return "COMPLETED"

    def _tell_phone(self, operation: Operation, prompted: bool) -> None:
        if prompted:
            done = {
                "reference": operation.id,
                "status": _for_phones(operation.status),
                "reason": operation.failure,
            }
            self.world.publish("prompt_done", operation.phone, done)
        if operation.kind == "DEPOSIT" or operation.status != "COMPLETED":
            return
        if operation.phone in self.world.people:
            text = f"You have received {operation.amount} from {SAVINGS_GROUPS}. {operation.message}".strip()
            message = {
                "id": operation.transaction,
                "at": operation.completed,
                "from": "MobileMoney",
                "text": text,
            }
            with self._lock:
                self._messages[operation.phone].append(message)
            self.world.publish("money", operation.phone, message)


_OF_THE_END: Final = ("providerTransactionId", "failureReason")


def written(amount: Money, decimals: int) -> str:
    """An amount with so many decimals, as answers have two and callbacks four."""
    whole, _, fraction = amount.major.partition(".")
    return f"{whole}.{fraction.ljust(decimals, '0')}" if decimals else whole


def new_id() -> str:
    return str(uuid4())


def _for_phones(status: str) -> str:
    """What the page calls it, whoever carried it."""
    return "SUCCESSFUL" if status == "COMPLETED" else status


def _prompt(operation: Operation) -> dict[str, Any]:
    return {
        "reference": operation.id,
        "amount": str(operation.amount),
        "payee": SAVINGS_GROUPS,
        "message": operation.message,
        "at": operation.created,
    }
