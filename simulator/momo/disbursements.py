"""
MTN MoMo Disbursements: transfers to people's wallets, and the messages that tell them.

Source: MTN MoMo Developer, "Disbursements", "Testing".
"""

from collections import deque
from typing import Final

from domain.money import CurrencyMismatch, Money
from simulator.momo.access import Json, Users
from simulator.momo.requests import SAVINGS_GROUPS, Payment, Product, timestamp
from simulator.world import UnknownPhone, World

MESSAGES_MAX = 200
SENDER: Final = "MobileMoney"

SANDBOX_REFUSALS: Final = {
    "46733123455": (500, "NOT_ENOUGH_FUNDS"),
    "46733123456": (500, "PAYER_LIMIT_REACHED"),
    "46733123457": (500, "PAYEE_NOT_FOUND"),
    "46733123458": (500, "NOT_ALLOWED"),
    "46733123459": (500, "NOT_ALLOWED_TARGET_ENVIRONMENT"),
    "46733123460": (500, "INVALID_CALLBACK_URL_HOST"),
    "46733123461": (500, "INVALID_CURRENCY"),
    "46733123462": (500, "INTERNAL_PROCESSING_ERROR"),
    "46733123463": (503, "SERVICE_UNAVAILABLE"),
}


class Disbursements(Product):
    """Nobody approves a transfer: it is paid at once, or after `settle_ms`, while the account holds it."""

    name, resource, party = "disbursement", "transfer", "payee"
    first_digit = 7
    sandbox_refusals = SANDBOX_REFUSALS

    def __init__(self, world: World, users: Users, switches: str = "disbursements") -> None:
        super().__init__(world, users, switches)
        self._paid: dict[str, Money] = {}  # by currency
        self._messages: dict[str, deque[Json]] = {phone: deque(maxlen=MESSAGES_MAX) for phone in world.people}

    def account(self, currency: str) -> Money:
        return Money(self.world.config.disbursement_minor, currency) - self._paid.get(currency, Money(0, currency))

    def credits(self, phone: str) -> list[Money]:
        """What was put into the phone's wallet, oldest first."""
        return self._moved(phone)

    def messages(self, phone: str) -> list[Json]:
        """What the phone was told of money that came, oldest first: {"id", "at", "from", "text"}, as of an SMS."""
        with self._lock:
            return list(self._messages.get(phone, ()))

    def _start(self, payment: Payment) -> None:
        self.world.after(self.faults.get("settle_ms"), lambda: self._finish(payment, "SUCCESSFUL"))

    def _move(self, payment: Payment) -> str:
        left = self.account(payment.amount.currency) - payment.amount
        if left.minor < 0:
            return "NOT_ENOUGH_FUNDS"
        if payment.environment != "sandbox":
            try:
                self.world.credit(payment.phone, payment.amount)
            except (UnknownPhone, CurrencyMismatch):
                return "PAYEE_NOT_FOUND"
        currency = payment.amount.currency
        self._paid[currency] = self._paid.get(currency, Money(0, currency)) + payment.amount
        return "SUCCESSFUL"

    def _ended(self, payment: Payment) -> None:
        if payment.status != "SUCCESSFUL" or payment.environment == "sandbox":
            return
        text = f"You have received {payment.amount} from {SAVINGS_GROUPS}."
        if note := payment.body["payeeNote"]:
            text += f" {note}."
        text += f" New balance: {self.world.wallet(payment.phone)}."
        message = {"id": payment.transaction, "at": timestamp(), "from": SENDER, "text": text}
        with self._lock:
            self._messages[payment.phone].append(message)
        self.world.publish("money", payment.phone, message)
