"""
What is asked of pawaPay: a deposit from a payer, a payout to a payee, a refund of a deposit.

Each has a uuid of ours, and the same again is ignored, so what was lost is sent again.
Source: pawaPay Docs, "Deposits", "Payouts", "Refunds" (v2).
"""

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, ClassVar, Final
from uuid import UUID

from domain.money import Money
from domain.records.payment import Direction
from payments.pawapay.account import Account
from payments.pawapay.answers import read_status, see_taken
from payments.pawapay.callbacks import Callbacks
from payments.pawapay.networks import Networks, Operation
from payments.pawapay.wire import Wire
from payments.plain import plain_letters
from payments.port import (
    Asked,
    Callback,
    Capabilities,
    Carries,
    Collection,
    Movement,
    ProviderStatus,
    Transfer,
)

# Until then "not found" may mean "not yet" (pawaPay's own advice to builders, 2026).
KNOWN_WITHIN: Final = timedelta(minutes=15)
MESSAGE_MIN: Final = 4
MESSAGE_MAX: Final = 22


class _Operations:
    """One kind of operation: `path` and `id` are its names on the wire, `party` the other side of it."""

    name: Final = "pawapay"
    path: ClassVar[str]
    id: ClassVar[str]
    party: ClassVar[str]
    operation: ClassVar[Operation]

    def __init__(self, wire: Wire, networks: Networks, callbacks: Callbacks) -> None:
        self._wire, self._networks, self._callbacks = wire, networks, callbacks
        self.capabilities: Final = Capabilities(signed_callbacks=callbacks.signed, known_within=KNOWN_WITHIN)

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self._wire!r})"

    @property
    def carries(self) -> Sequence[Carries]:
        """What can be carried now, which is not the same at every moment."""
        return self._networks.carries(self.operation)

    @property
    def callbacks(self) -> Sequence[Callback]:
        return self._callbacks.about(self.path, self.id)

    def status(self, asked: Asked) -> ProviderStatus:
        """What became of a request. Raises OutcomeUnknown."""
        return read_status(self._wire.get(f"/v2/{self.path}/{asked.reference}"))

    def _ask(self, asked: Collection | Transfer) -> None:
        """Returns when pawaPay has the request, now or from before. Raises OutcomeUnknown, Refused."""
        body: dict[str, Any] = {
            self.id: asked.reference,
            "amount": written(asked.amount),
            "currency": asked.amount.currency,
            self.party: {
                "type": "MMO",
                "accountDetails": {
                    "phoneNumber": asked.phone.removeprefix("+"),
                    "provider": self._networks.of(asked.phone, asked.amount.currency),
                },
            },
            "clientReferenceId": asked.external_id,
            # A callback has this in it, and not the reference above.
            "metadata": [{"key": "ref", "value": asked.external_id}],
        }
        if message := clean_message(asked.message):
            body["customerMessage"] = message
        see_taken(self._wire.post(f"/v2/{self.path}", body))


class PawapayDeposits(_Operations):
    """
    A Collector: deposits, which the payer approves on the phone. What pawaPay says of our account with it is here
    too: its lists, with payouts in them, and what the wallets hold.
    """

    path, id, party, operation = "deposits", "depositId", "payer", "DEPOSIT"
    lists: Final = frozenset[Direction]({"in", "out"})

    def __init__(self, wire: Wire, networks: Networks, callbacks: Callbacks) -> None:
        super().__init__(wire, networks, callbacks)
        self._account = Account(wire, callbacks.address("statements"))

    @property
    def callbacks(self) -> Sequence[Callback]:
        others = [each for what in ("refunds", "statements") for each in self._callbacks.heard(what)]
        return [*super().callbacks, *others]

    def collect(self, collection: Collection) -> str:
        self._ask(collection)
        return ""

    def movements(self, since: datetime, until: datetime) -> Iterable[Movement]:
        return self._account.movements(since, until)

    def balances(self) -> Mapping[str, Money]:
        return self._account.balances()


class PawapayPayouts(_Operations):
    """A Payer: payouts out of a wallet of ours, which has to be funded; nobody approves them."""

    path, id, party, operation = "payouts", "payoutId", "recipient", "PAYOUT"

    def pay(self, transfer: Transfer) -> str:
        self._ask(transfer)
        return ""


class Refunds:
    """Deposits that go back to their payers, whole; one attempt at a time."""

    def __init__(self, wire: Wire) -> None:
        self._wire = wire

    def refund(self, deposit: str, attempt: int = 1) -> str:
        """
        Send a deposit back, and return the refund's id: it is made of the deposit's, so that the same attempt is
        one refund however often it is asked for. A new attempt is for when the one before has failed.

        Raises OutcomeUnknown, Refused.
        """
        id = refund_id(deposit, attempt)
        see_taken(self._wire.post("/v2/refunds", {"refundId": id, "depositId": deposit}))
        return id

    def status(self, id: str) -> ProviderStatus:
        """What became of a refund. Raises OutcomeUnknown."""
        return read_status(self._wire.get(f"/v2/refunds/{id}"))


def refund_id(deposit: str, attempt: int) -> str:
    """A version 4 UUID, as pawaPay wants one, that this attempt always has."""
    digest = hashlib.sha256(f"refund {attempt} of {deposit}".encode()).digest()
    return str(UUID(bytes=digest[:16], version=4))


def written(amount: Money) -> str:
    """The amount as pawaPay takes it: a decimal string without zeros at its end, "500" and "500.5"."""
    whole, _, fraction = amount.major.partition(".")
    fraction = fraction.rstrip("0")
    return f"{whole}.{fraction}" if fraction else whole


def clean_message(text: str) -> str:
    """What the payer reads, as pawaPay takes it: 4 to 22 letters, digits and spaces; "" for less."""
    cleaned = plain_letters(text, "A-Za-z0-9 ", MESSAGE_MAX)
    return cleaned if len(cleaned) >= MESSAGE_MIN else ""
