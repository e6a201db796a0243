"""
M-Pesa Express: prompts on payers' phones ("STK push"), how they end, and who is told.

Nothing of the caller's is kept but the address: the same request twice is two prompts. Source: Safaricom Daraja
3.0, "M-Pesa Express", "M-Pesa Express Query"; where traffic differs, the traffic.
"""

import itertools
import secrets
import threading
from base64 import b64encode
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final

from domain.money import Money
from simulator.daraja import reading
from simulator.daraja.access import ApiError, Json, invalid
from simulator.daraja.calls import Caller
from simulator.daraja.money import EAT, Row, Till, shillings, stamped
from simulator.phones import NoSuchPrompt, check_wallet_pin
from simulator.world import Switches

PROMPTS_MAX = 100_000
SAVINGS_GROUPS: Final = "Community Savings"  # who our side is, in what a phone shows
TYPES: Final = ("CustomerPayBillOnline", "CustomerBuyGoodsOnline")
UNDER_WAY: Final = "The transaction is being processed"
DESCRIPTIONS: Final = {
    "0": "The service request is processed successfully.",
    "1": "The balance is insufficient for the transaction.",
    "1032": "Request cancelled by user",
    "1037": "DS timeout user cannot be reached.",
    "4999": "The transaction is still under processing",
}


@dataclass(slots=True)
class Prompt:
    """`code` is "" while it is open. `row` is the money that moved."""

    checkout: str
    merchant: str
    shortcode: str
    phone: str
    amount: Money
    account: str
    message: str
    callback_url: str
    at: str
    code: str = ""
    row: Row | None = None
    shown: bool = False


class Express:
    """The prompts. See `simulator/daraja/api.py` for the switches."""

    def __init__(self, till: Till, faults: Switches, caller: Caller) -> None:
        self.world, self.till, self.faults = till.world, till, faults
        self._caller = caller
        self._prompts: OrderedDict[str, Prompt] = OrderedDict()
        self._numbers = itertools.count(secrets.randbelow(10**6))
        self._lock = threading.Lock()
        self.confirmed: Callable[[Row], None] = lambda row: None

    # The API

    def push(self, sent: Json) -> Json:
        """Take a request: a prompt, whatever was asked for before. Raises ApiError."""
        prompt = self._read(sent)
        with self._lock:
            self._prompts[prompt.checkout] = prompt
            if len(self._prompts) > PROMPTS_MAX:
                self._prompts.popitem(last=False)
        self._begin(prompt)
        return {
            "MerchantRequestID": prompt.merchant,
            "CheckoutRequestID": prompt.checkout,
            "ResponseCode": "0",
            "ResponseDescription": "Success. Request accepted for processing",
            "CustomerMessage": "Success. Request accepted for processing",
        }

    def query(self, sent: Json) -> Json:
        """What became of a prompt. Raises ApiError."""
        self._check_password(sent)
        self._lapse()
        with self._lock:
            prompt = self._prompts.get(reading.text(sent, "CheckoutRequestID"))
        if prompt is None:
            raise ApiError(500, "500.001.1001", "The transaction does not Exist")
        if self.faults.take("error_on_query"):
            raise ApiError(500, "500.001.1001", UNDER_WAY)
        code = "4999" if not prompt.code or self.faults.take("in_flight") else prompt.code
        return {
            "ResponseCode": "0",
            "ResponseDescription": "The service request has been accepted successsfully",
            "MerchantRequestID": prompt.merchant,
            "CheckoutRequestID": prompt.checkout,
            "ResultCode": code,
            "ResultDesc": DESCRIPTIONS.get(code, "The service request failed."),
        }

    # The phone

    def prompts(self, phone: str) -> list[Json]:
        """What the phone shows, oldest first: {"reference", "amount", "payee", "message", "at"}."""
        self._lapse()
        with self._lock:
            return [_shown(each) for each in self._prompts.values() if each.phone == phone and _is_open(each)]

    def approve(self, checkout: str, pin: str | None = None) -> Json:
        """The payer agrees; returns {"status", "reason"}. Without a PIN none is asked for."""
        prompt = self._prompted(checkout)
        check_wallet_pin(self.world.person(prompt.phone), pin)
        return self._answer(prompt, "0")

    def reject(self, checkout: str) -> Json:
        """The payer refuses; returns {"status", "reason"}."""
        return self._answer(self._prompted(checkout), "1032")

    # For who compares

    def all_prompts(self) -> list[Prompt]:
        """Those that were taken, oldest first, however they ended."""
        self._lapse()
        with self._lock:
            return [*self._prompts.values()]

    # Inside

    def _read(self, sent: Json) -> Prompt:
        shortcode = self._check_password(sent)
        if reading.text(sent, "TransactionType") not in TYPES:
            raise invalid("TransactionType")
        amount, phone = reading.amount(sent, "Amount", 1, 250_000), reading.phone(sent, "PhoneNumber")
        reading.text(sent, "PartyB")
        if f"+{reading.text(sent, 'PartyA')}" != phone:
            raise invalid("PartyA")
        message = reading.text(sent, "TransactionDesc", 13) if sent.get("TransactionDesc") else ""
        account, url = reading.text(sent, "AccountReference", 12), reading.address(sent, "CallBackURL")
        now, number = self.world.now().astimezone(EAT), next(self._numbers)
        return Prompt(
            checkout=f"ws_CO_{now:%d%m%Y%H%M%S}{number:06}{phone[4:]}",
            merchant=f"{secrets.token_hex(2)}-{secrets.token_hex(2)}-{secrets.token_hex(2)}-{number}",
            shortcode=shortcode,
            phone=phone,
            amount=amount,
            account=account,
            message=message,
            callback_url=url,
            at=f"{now.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}",
        )

    def _check_password(self, sent: Json) -> str:
        """The shortcode that the password is of. Only the passkey of that shortcode makes it."""
        shortcode, stamp = reading.text(sent, "BusinessShortCode"), reading.text(sent, "Timestamp", 14, 14)
        if shortcode != self.world.config.daraja_shortcode:
            raise ApiError(500, "500.001.1001", "Merchant does not exist")
        right = b64encode(f"{shortcode}{self.world.config.daraja_passkey}{stamp}".encode()).decode()
        if reading.text(sent, "Password") != right:
            raise ApiError(500, "500.001.1001", "Wrong credentials")
        return shortcode

    def _begin(self, prompt: Prompt) -> None:
        decided = self.faults.get("outcomes").get(prompt.phone[1:])
        if self.faults.take("callback_before_answer"):
            self._finish(prompt, decided or "0", at_once=True)
        elif self.faults.take("never_settles"):
            return
        elif decided is not None:
            self._caller.after("settle_ms", lambda: self._finish(prompt, decided))
        elif prompt.phone not in self.world.people:
            self._caller.after("settle_ms", lambda: self._finish(prompt, "1037"))
        else:
            prompt.shown = True
            self.world.publish("prompt", prompt.phone, _shown(prompt))
            seconds = self.world.config.approve_after_seconds
            if seconds is not None:
                self.world.later(seconds, lambda: self._finish(prompt, "0"))
            self._caller.after("approval_ms", lambda: self._finish(prompt, "1037"))

    def _lapse(self) -> None:
        """A prompt that nobody answers is over in its time, also where somebody moves the clock."""
        over = self.world.now() - timedelta(milliseconds=self.faults.get("approval_ms"))
        with self._lock:
            waiting = [each for each in self._prompts.values() if _is_open(each)]
        for prompt in (each for each in waiting if datetime.fromisoformat(each.at) < over):
            self._finish(prompt, "1037")

    def _prompted(self, checkout: str) -> Prompt:
        self._lapse()
        with self._lock:
            prompt = self._prompts.get(checkout)
            if prompt is None or not _is_open(prompt):
                raise NoSuchPrompt(checkout)
            return prompt

    def _answer(self, prompt: Prompt, code: str) -> Json:
        if not self._finish(prompt, code):
            raise NoSuchPrompt(prompt.checkout)
        return {"status": "SUCCESSFUL" if prompt.code == "0" else "FAILED", "reason": prompt.code}

    def _finish(self, prompt: Prompt, code: str, *, at_once: bool = False) -> bool:
        """End a prompt, once: 0 if the money could be moved, or the code of why it was not."""
        with self._lock:
            if prompt.code:
                return False
            if code == "0":
                took = self.till.take("prompt", prompt.shortcode, prompt.phone, prompt.amount, prompt.account)
                prompt.row, code = (took, "0") if isinstance(took, Row) else (None, took)
            prompt.code = code
        if prompt.shown:
            done = {"reference": prompt.checkout, "status": prompt.code, "reason": DESCRIPTIONS.get(code, "")}
            self.world.publish("prompt_done", prompt.phone, done)
        self._caller.tell(prompt.callback_url, _ended(prompt), prompt.shortcode, at_once=at_once)
        if prompt.row and self.faults.get("prompts_confirmed"):
            self.confirmed(prompt.row)
        return True


def _is_open(prompt: Prompt) -> bool:
    return prompt.shown and not prompt.code


def _shown(prompt: Prompt) -> Json:
    return {
        "reference": prompt.checkout,
        "amount": str(prompt.amount),
        "payee": SAVINGS_GROUPS,
        "message": f"{prompt.account} {prompt.message}".strip(),
        "at": prompt.at,
    }


def _ended(prompt: Prompt) -> Json:
    """The callback: the amount as a number with decimals, the time and the number as numbers, as they come."""
    told: Json = {
        "MerchantRequestID": prompt.merchant,
        "CheckoutRequestID": prompt.checkout,
        "ResultCode": int(prompt.code) if prompt.code.isdecimal() else prompt.code,
        "ResultDesc": DESCRIPTIONS.get(prompt.code, "No response from user."),
    }
    if row := prompt.row:
        told["CallbackMetadata"] = {
            "Item": [
                {"Name": "Amount", "Value": shillings(row.amount)},
                {"Name": "MpesaReceiptNumber", "Value": row.receipt},
                {"Name": "Balance"},
                {"Name": "TransactionDate", "Value": int(stamped(row.at))},
                {"Name": "PhoneNumber", "Value": int(row.digits)},
            ]
        }
    return {"Body": {"stkCallback": told}}
