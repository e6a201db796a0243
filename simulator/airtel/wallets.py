"""
Airtel Money behind its API: payments that a phone approves, transfers to people's wallets, and the callbacks.

Source: Airtel Africa Developers, "Collection APIs", "Disbursement APIs", "Callback".
"""

import base64
import hashlib
import hmac
import itertools
import json
import threading
import time
from collections import OrderedDict, deque
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final, Literal

from domain.money import CurrencyMismatch, Money
from simulator.airtel.access import PADDINGS, Access, Json, refused
from simulator.phones import NoSuchPrompt, check_wallet_pin
from simulator.world import NotEnoughFunds, Switches, UnknownPhone, World

TRANSACTIONS_MAX = 100_000
MESSAGES_MAX = 200
SAVINGS_GROUPS: Final = "Community Savings"  # who our side is, in what a phone shows
SENDER: Final = "AirtelMoney"

# Why a payment has failed, and the same in the word that a phone's page knows.
REFUSED, NO_FUNDS, NO_PIN, EXPIRED, NO_ACCOUNT = (f"DP00800001{n}" for n in ("008", "007", "005", "029", "010"))
SHOWN: Final = {
    REFUSED: "APPROVAL_REJECTED",
    NO_FUNDS: "NOT_ENOUGH_FUNDS",
    NO_PIN: "COULD_NOT_PERFORM_TRANSACTION",
    EXPIRED: "COULD_NOT_PERFORM_TRANSACTION",
}
# How a payment or a transfer may be told to end: paid, expired, or with a code.
ENDS: Final = frozenset(
    {
        *("TS", "TE"),
        *(f"DP00800001{n}" for n in ("002", "003", "004", "005", "007", "008", "009", "010")),
        *(f"DP00900001{n}" for n in ("003", "004", "005", "007", "009", "010", "012", "013", "019")),
    }
)

Kind = Literal["collection", "disbursement"]


@dataclass(slots=True)
class Transaction:
    """
    One request, `made` so many seconds after 1970. `prompt` is True from when the payer's phone shows it. `hidden`
    keeps its end from the enquiry until the callback, which is `told`, has been asked about once.
    """

    id: str
    kind: Kind
    phone: str
    amount: Money
    reference: str
    made: float
    status: str = "TIP"
    code: str = ""
    money_id: str = ""
    prompt: bool = False
    hidden: bool = False
    told: bool = False
    refunded: bool = False

    @property
    def is_open(self) -> bool:
        return self.status == "TIP"


class AirtelMoney:
    """
    Both products of one application.

    Counted switches hit its requests, except `login_failed` (tokens), `key_changed` (signatures) and those that
    are `on_query`; `status_ambiguous` hits enquiries. Options: `in_progress_as`, the word for what is not over;
    `says_code`, the code beside every status, whatever became of it; `refuses_with`, the code with which
    `refused_with_200` refuses; `ids`, what an id may be of; `callback_hash`, what a callback's hash is made of;
    `pin_padding`; `signatures`, strict or not; `token_seconds`, `token_expires_after` (requests that a token
    opens); `outcomes` {digits: TS, TE or a code}, decided at once; `users` {digits: barred, unregistered or
    unknown}; and how long things take, in milliseconds: `approval_ms`, `settle_ms`, `callback_ms`.
    """

    def __init__(self, world: World) -> None:
        self.world = world
        self.faults = world.faults["airtel"] = Switches(
            (
                "callback_before_settled",
                "callback_twice",
                "drop_after_accept",
                "key_changed",
                "login_failed",
                "never_settles",
                "no_callback",
                "refused_with_200",
                "status_404_on_query",
                "status_408_after_accept",
                "status_500_after_accept",
                "status_503_before_accept",
                "status_503_on_query",
                "status_ambiguous",
            ),
            {
                "in_progress_as": "TIP",
                "says_code": "",
                "refuses_with": "DP00800001004",
                "callback_hash": "none",
                "ids": "any",
                "pin_padding": "pkcs1",
                "signatures": "if sent",
                "token_seconds": 180,
                "token_expires_after": None,
                "outcomes": {},
                "users": {},
                "approval_ms": 300_000,
                "settle_ms": 0,
                "callback_ms": 0,
            },
            allowed={
                "in_progress_as": ("TIP", "TI", "TA"),
                "callback_hash": ("none", "transaction", "body", "forged"),
                "ids": ("any", "alphanumeric"),
                "pin_padding": tuple(PADDINGS),
                "signatures": ("if sent", "strict"),
                "outcomes": ENDS,
                "users": ("barred", "unregistered", "unknown"),
            },
        )
        self.access = Access(world.config, self.faults)
        self._transactions: OrderedDict[tuple[Kind, str], Transaction] = OrderedDict()
        self._refunded: dict[str, str] = {}  # what was given back, by the money's id, with its own
        self._messages: dict[str, deque[Json]] = {phone: deque(maxlen=MESSAGES_MAX) for phone in world.people}
        # As at the provider no number comes a second time, whenever the simulator has begun anew.
        self._numbers = itertools.count(time.time_ns() // 1_000_000)
        self._lock = threading.RLock()

    def account(self, kind: Kind, currency: str) -> Money:
        """What one of our accounts holds."""
        moved = (each for each in self.moved(kind) if each.amount.currency == currency and not each.refunded)
        total = sum((each.amount for each in moved), Money(0, currency))
        return total if kind == "collection" else Money(self.world.config.disbursement_minor, currency) - total

    def moved(self, kind: Kind) -> list[Transaction]:
        """What was paid, oldest first: the provider's side of our books."""
        with self._lock:
            return [each for each in self._transactions.values() if each.kind == kind and each.status == "TS"]

    def settled(self) -> dict[str, Money]:
        """What was collected, by id."""
        return {each.id: each.amount for each in self.moved("collection")}

    # The phones

    def prompts(self, phone: str) -> list[Json]:
        with self._lock:
            shown = (each for each in self._transactions.values() if each.prompt and each.is_open)
            return [_prompt(each) for each in shown if each.phone == phone]

    def approve(self, reference: str, pin: str | None = None) -> Json:
        transaction = self._prompted(reference)
        check_wallet_pin(self.world.person(transaction.phone), pin)
        return self._answer(transaction, "TS")

    def reject(self, reference: str) -> Json:
        return self._answer(self._prompted(reference), REFUSED)

    def messages(self, phone: str) -> list[Json]:
        with self._lock:
            return list(self._messages.get(phone, ()))

    # The API

    def collect(self, transaction: Transaction) -> None:
        """Take a request to pay. Raises ApiError when the id is known."""
        with self._lock:
            if ("collection", transaction.id) in self._transactions:
                raise refused("DP00800001000", "External Transaction ID already exists.", "ESB000041")
            self._keep(transaction)
        if self.faults.take("never_settles"):
            return
        outcome = self.faults.get("outcomes").get(transaction.phone.removeprefix("+"))
        if outcome is not None:
            self.world.after(self.faults.get("settle_ms"), lambda: self._finish(transaction, outcome))
            return
        transaction.prompt = True
        self.world.publish("prompt", transaction.phone, _prompt(transaction))
        seconds = self.world.config.approve_after_seconds
        if seconds is not None:
            self.world.later(seconds, lambda: self._finish(transaction, "TS"))
        self.world.after(self.faults.get("approval_ms"), lambda: self._finish(transaction, "TE"))

    def pay(self, transaction: Transaction) -> None:
        """Take a transfer, which is paid at once, or after `settle_ms`. Raises ApiError."""
        with self._lock:
            if ("disbursement", transaction.id) in self._transactions:
                raise refused("DP00900001017", "Duplicate transaction id.", "ESB000041")
            if (self.account("disbursement", transaction.amount.currency) - transaction.amount).minor < 0:
                raise refused("DP00900001007", "Insufficient Funds")
            if self.user(transaction.phone) == "barred":
                raise refused("DP00900001019", "Payee is barred")
            if self.user(transaction.phone) in ("unknown", "unregistered"):
                raise refused("DP00900001012", "Invalid mobile number")
            self._keep(transaction)
        if not self.faults.take("never_settles"):
            outcome = self.faults.get("outcomes").get(transaction.phone.removeprefix("+"), "TS")
            self.world.after(self.faults.get("settle_ms"), lambda: self._pay_now(transaction, outcome))

    def find(self, kind: Kind, id: str) -> Transaction | None:
        with self._lock:
            return self._transactions.get((kind, id))

    def shown_status(self, transaction: Transaction) -> tuple[str, str]:
        """The word and the code with which an enquiry answers."""
        with self._lock:
            if transaction.hidden:
                transaction.hidden = not transaction.told
                is_open = True
            else:
                is_open = transaction.is_open
        word = self.faults.get("in_progress_as") if is_open else transaction.status
        return ("TA" if self.faults.take("status_ambiguous") else word), transaction.code

    def user(self, phone: str) -> str:
        """What there is to say against whoever has this number: "", barred, unregistered or unknown."""
        said: str = self.faults.get("users").get(phone.removeprefix("+"), "")
        return said or ("" if phone in self.world.people else "unknown")

    def refund(self, money_id: str) -> str:
        """Give a payment back, once; returns the id of that. Raises ApiError."""
        with self._lock:
            found = next((each for each in self.moved("collection") if each.money_id == money_id), None)
            if found is None:
                raise refused("DP00800001025", "Transaction not found", "ESB000045")
            if found.refunded:
                raise refused("DP00800001008", "The transaction was refunded already")
            found.refunded = True
        self.world.credit(found.phone, found.amount)
        self._tell(found, f"{found.amount} were given back to you by {SAVINGS_GROUPS}.")
        return self._next_id("RF")

    def _keep(self, transaction: Transaction) -> None:
        self._transactions[transaction.kind, transaction.id] = transaction
        if len(self._transactions) > TRANSACTIONS_MAX:
            self._transactions.popitem(last=False)

    def _prompted(self, id: str) -> Transaction:
        with self._lock:
            found = self._transactions.get(("collection", id))
            if found is None or not (found.prompt and found.is_open):
                raise NoSuchPrompt(id)
            return found

    def _answer(self, transaction: Transaction, outcome: str) -> Json:
        if not self._finish(transaction, outcome):
            raise NoSuchPrompt(transaction.id)
        return _ended(transaction)

    def _finish(self, transaction: Transaction, outcome: str) -> bool:
        """End a payment, once: TS if the money could be moved."""
        with self._lock:
            if not transaction.is_open:
                return False
            code = self._debit(transaction) if outcome == "TS" else EXPIRED if outcome == "TE" else outcome
            transaction.status = "TS" if not code else "TE" if outcome == "TE" else "TF"
            transaction.code = code or "DP00800001001"
            transaction.money_id = self._next_id("CI") if not code else ""
            transaction.hidden = self.faults.take("callback_before_settled")
        if transaction.prompt:
            self.world.publish("prompt_done", transaction.phone, _ended(transaction))
        self._call_back(transaction)
        return True

    def _debit(self, transaction: Transaction) -> str:
        """Move the money, with the lock held: "", or the code for why it stayed where it was."""
        try:
            self.world.debit(transaction.phone, transaction.amount)
        except NotEnoughFunds:
            return NO_FUNDS
        except (UnknownPhone, CurrencyMismatch):
            return NO_ACCOUNT
        return ""

    def _pay_now(self, transaction: Transaction, outcome: str) -> None:
        with self._lock:
            if outcome != "TS":
                transaction.status, transaction.code = "TF", outcome
                return
            try:
                self.world.credit(transaction.phone, transaction.amount)
            except (UnknownPhone, CurrencyMismatch):
                transaction.status, transaction.code = "TF", "DP00900001012"
                return
            transaction.status, transaction.code = "TS", "DP00900001001"
            transaction.money_id = self._next_id("DI")
        balance = self.world.wallet(transaction.phone)
        self._tell(
            transaction, f"You have received {transaction.amount} from {SAVINGS_GROUPS}. Balance: {balance}."
        )

    def _tell(self, transaction: Transaction, text: str) -> None:
        message = {
            "id": self._next_id("SM"),
            "at": _timestamp(self.world.now().timestamp()),
            "from": SENDER,
            "text": text,
        }
        with self._lock:
            if transaction.phone in self._messages:
                self._messages[transaction.phone].append(message)
        self.world.publish("money", transaction.phone, message)

    def _next_id(self, kind: str) -> str:
        return f"{kind}{datetime.now(UTC):%y%m%d.%H%M}.{next(self._numbers)}"

    def _call_back(self, transaction: Transaction) -> None:
        if self.faults.take("no_callback"):
            transaction.told = True
            return
        body = self.callback_body(transaction)

        def post() -> None:
            headers = {"Content-Type": "application/json"}
            seconds = self.world.config.answer_seconds
            try:
                self.world.http.post(self.callback_url, data=body, headers=headers, timeout=seconds).close()
            finally:
                transaction.told = True

        for _ in range(2 if self.faults.take("callback_twice") else 1):
            self.world.later(self.faults.get("callback_ms") / 1_000, post)

    @property
    def callback_url(self) -> str:
        """The one address of the application, as the portal has it."""
        config = self.world.config
        ours = f"{config.bot_url.rstrip('/')}/hooks/airtel/{config.hook_secret}/payment"
        return config.airtel_callback_url or ours

    def callback_body(self, transaction: Transaction) -> bytes:
        inner = json.dumps(
            {
                "id": transaction.id,
                "message": f"{transaction.amount} to {SAVINGS_GROUPS}",
                "status_code": transaction.status,
                "airtel_money_id": transaction.money_id,
            },
            separators=(",", ":"),
        )
        hashed = self.faults.get("callback_hash")
        if hashed == "none":
            return f'{{"transaction":{inner}}}'.encode()
        message = f'{{"transaction":{inner}}}' if hashed == "body" else inner
        key = "another key" if hashed == "forged" else self.world.config.airtel_callback_key
        made = base64.b64encode(hmac.new(key.encode(), message.encode(), hashlib.sha256).digest()).decode()
        return f'{{"transaction":{inner},"hash":"{made}"}}'.encode()


def _prompt(transaction: Transaction) -> Json:
    return {
        "reference": transaction.id,
        "amount": str(transaction.amount),
        "payee": SAVINGS_GROUPS,
        "message": transaction.reference,
        "at": _timestamp(transaction.made),
    }


def _ended(transaction: Transaction) -> Json:
    """As the phone's page has it."""
    paid = transaction.status == "TS"
    reason = "" if paid else SHOWN.get(transaction.code, transaction.code)
    return {"reference": transaction.id, "status": "SUCCESSFUL" if paid else "FAILED", "reason": reason}


def _timestamp(seconds: float) -> str:
    return f"{datetime.fromtimestamp(seconds, UTC):%Y-%m-%dT%H:%M:%SZ}"
