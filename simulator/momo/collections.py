"""
MTN MoMo Collections: requests to pay, and the prompts on the payers' phones.

Source: MTN MoMo Developer, "Collections", "Testing".
"""

from typing import Final

from domain.money import CurrencyMismatch, Money
from simulator.momo.access import Json, Users
from simulator.momo.requests import SANDBOX_ENDS, SAVINGS_GROUPS, Payment, Product
from simulator.phones import NoSuchPrompt, check_wallet_pin
from simulator.world import NotEnoughFunds, UnknownPhone, World

SANDBOX_REFUSALS: Final = {
    "46733123455": (500, "PAYER_NOT_FOUND"),
    "46733123456": (500, "PAYEE_NOT_ALLOWED_TO_RECEIVE"),
    "46733123457": (500, "NOT_ALLOWED"),
    "46733123458": (500, "NOT_ALLOWED_TARGET_ENVIRONMENT"),
    "46733123459": (500, "INVALID_CALLBACK_URL_HOST"),
    "46733123460": (500, "INVALID_CURRENCY"),
    "46733123461": (500, "INTERNAL_PROCESSING_ERROR"),
    "46733123462": (503, "SERVICE_UNAVAILABLE"),
}


class Collections(Product):
    """One more option: `approval_ms`, how long a prompt waits for its payer."""

    name, resource, party = "collection", "requesttopay", "payer"
    first_digit = 6
    sandbox_refusals = SANDBOX_REFUSALS
    # Published by name only.
    sandbox_ends = SANDBOX_ENDS | {"46733123463": ("COULD_NOT_PERFORM_TRANSACTION", "settle_ms")}

    def __init__(self, world: World, users: Users, switches: str = "momo") -> None:
        super().__init__(world, users, switches, approval_ms=300_000)

    def account(self, currency: str) -> Money:
        collected = (amount for amount in self.settled().values() if amount.currency == currency)
        return sum(collected, Money(0, currency))

    def prompts(self, phone: str) -> list[Json]:
        """What the phone shows, oldest first: {"reference", "amount", "payee", "message", "at"}."""
        with self._lock:
            shown = (each for each in self._payments.values() if each.prompt and each.open)
            return [_prompt(each) for each in shown if each.phone == phone]

    def approve(self, reference: str, pin: str | None = None) -> Json:
        """
        The payer agrees; returns {"status", "reason"}. Without a PIN none is asked for.

        Raises NoSuchPrompt or WrongPin.
        """
        payment = self._prompted(reference)
        check_wallet_pin(self.world.person(payment.phone), pin)
        return self._answer(payment, "SUCCESSFUL")

    def reject(self, reference: str) -> Json:
        """The payer refuses; returns {"status", "reason"}. Raises NoSuchPrompt."""
        return self._answer(self._prompted(reference), "APPROVAL_REJECTED")

    def debits(self, phone: str) -> list[Money]:
        """What was taken from the phone's wallet, oldest first."""
        return self._moved(phone)

    def _start(self, payment: Payment) -> None:
        if self._has_wallet(payment):
            self._ask(payment)
        else:
            self.world.after(self.faults.get("settle_ms"), lambda: self._finish(payment, "PAYER_NOT_FOUND"))

    def _ask(self, payment: Payment) -> None:
        payment.prompt = True
        self.world.publish("prompt", payment.phone, _prompt(payment))
        seconds = self.world.config.approve_after_seconds
        if seconds is not None:
            self.world.later(seconds, lambda: self._finish(payment, "SUCCESSFUL"))
        self.world.after(
            self.faults.get("approval_ms"), lambda: self._finish(payment, "COULD_NOT_PERFORM_TRANSACTION")
        )

    def _has_wallet(self, payment: Payment) -> bool:
        try:
            return self.world.wallet(payment.phone).currency == payment.amount.currency
        except UnknownPhone:
            return False

    def _prompted(self, reference: str) -> Payment:
        with self._lock:
            payment = self._payments.get(reference)
            if payment is None or not (payment.prompt and payment.open):
                raise NoSuchPrompt(reference)
            return payment

    def _answer(self, payment: Payment, outcome: str) -> Json:
        if not self._finish(payment, outcome):
            raise NoSuchPrompt(payment.reference)
        return {"status": payment.status, "reason": payment.reason}

    def _move(self, payment: Payment) -> str:
        if payment.environment == "sandbox":
            return "SUCCESSFUL"
        try:
            self.world.debit(payment.phone, payment.amount)
        except NotEnoughFunds:
            return "NOT_ENOUGH_FUNDS"
        except (UnknownPhone, CurrencyMismatch):
            return "PAYER_NOT_FOUND"
        return "SUCCESSFUL"

    def _ended(self, payment: Payment) -> None:
        if payment.prompt:
            done = {"reference": payment.reference, "status": payment.status, "reason": payment.reason}
            self.world.publish("prompt_done", payment.phone, done)


def _prompt(payment: Payment) -> Json:
    return {
        "reference": payment.reference,
        "amount": str(payment.amount),
        "payee": SAVINGS_GROUPS,
        "message": payment.body["payerMessage"],
        "at": payment.at,
    }
