"""One payment between the real store and MTN's stand-in, and providers that say one thing of everything."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar, Generic, TypeVar

from hypothesis import strategies as st

from domain.money import Money
from domain.mongo.store import MongoStore
from domain.mongo.verify import verify_book
from domain.records.payment import Payment
from payments.port import (
    Asked,
    Capabilities,
    Carries,
    Collection,
    Collector,
    OutcomeUnknown,
    Payer,
    ProviderError,
    ProviderStatus,
    Transfer,
)
from payments.settle import settle
from tests.conftest import Clock
from tests.momo_server import GRACE, MomoServer
from tests.people import Village

POSTED = {"1020": 5_000, "1025": 500, "2020": -500, "3010": -5_000}
WALLET = Money(200_000, "UGX")
# What a field of an answer may hold, whatever it should.
SCALARS = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20)
JSON = SCALARS | st.lists(SCALARS, max_size=2) | st.dictionaries(st.text(max_size=5), SCALARS, max_size=2)

Rail = TypeVar("Rail", Collector, Payer)


@dataclass
class Settling(Generic[Rail]):
    """A payment of Umoja's and Akello's over a rail: `step` is what a worker does, some time later."""

    nothing_moved: ClassVar[dict[str, int]]  # the totals of the book while it is open

    store: MongoStore
    clock: Clock
    mtn: MomoServer
    village: Village
    rail: Rail
    id: str = ""

    def step(self, rail: Rail | None = None, **later: float) -> Payment:
        self.clock.forward(**later)
        settle(self.store, rail or self.rail, self.id)
        return self.payment

    @property
    def payment(self) -> Payment:
        return self.store.payments.get(self.id)

    @property
    def totals(self) -> dict[str, int]:
        return self.store.books.totals(self.village.umoja)

    @property
    def told(self) -> list[str]:
        """What the member is told of money, in the outbox."""
        notices = self.store.notices.find(person=self.village.akello.id, sort="created_at")
        return [notice.kind for notice in notices if notice.kind != "welcome_to_group"]

    def is_open(self, state: str, told: Sequence[str] = ()) -> bool:
        """Nothing is posted of it, nobody is told anything else, and it is looked at again."""
        assert (self.totals, self.told) == (self.nothing_moved, list(told))
        payment = self.payment
        return payment.state == state and payment.next_at is not None and payment.next_at > self.clock()


class Paying(Settling[Collector]):
    """Akello owes Umoja UGX 5,500 and was asked for it."""

    nothing_moved: ClassVar[dict[str, int]] = {}

    def collect(self, amount: int = 5_500, external_id: str = "") -> None:
        """A request under this payment's reference that the store does not know of."""
        ref = external_id or self.payment.ref
        self.rail.collect(Collection(self.id, ref, Money(amount, "UGX"), GRACE, "Savings", "Savings"))

    @property
    def prompts(self) -> list[str]:
        return [prompt["reference"] for prompt in self.mtn.momo.prompts(GRACE)]

    def is_paid_once(self, told: Sequence[str] = ("receipt",)) -> bool:
        entries = list(self.store.books.entries(self.village.umoja))
        assert [entry.reference for entry in entries] == [f"payment:{self.id}"]
        assert verify_book(self.store.books, self.village.umoja) == []
        assert (self.totals, self.told) == (POSTED, list(told))
        assert self.mtn.momo.debits(GRACE) == [Money(5_500, "UGX")]
        return self.payment.state == "succeeded" and self.payment.next_at is None

    def is_closed_unpaid(self, state: str, reason: str, told: Sequence[str] = ("payment_failed",)) -> bool:
        assert (self.totals, self.told) == (self.nothing_moved, list(told))
        assert self.mtn.world.wallet(GRACE) == WALLET
        payment = self.payment
        assert payment.next_at is None
        assert not payment.needs_person
        return (payment.state, payment.reason) == (state, reason)


class Says:
    """A provider that says one thing of everything; what it is sent, it does not answer. `sent` are references."""

    name, carries = "momo", [Carries("UGX")]

    def __init__(self, status: ProviderStatus | ProviderError, capabilities: Capabilities | None = None) -> None:
        self._status, self.capabilities = status, capabilities or Capabilities(echoes_ref=True)
        self.sent: list[str] = []

    def status(self, asked: Asked) -> ProviderStatus:
        if isinstance(self._status, ProviderError):
            raise self._status
        return self._status

    def _lose(self, reference: str) -> str:
        self.sent.append(reference)
        raise OutcomeUnknown("timeout")


class SaysOfPayments(Says):
    def collect(self, collection: Collection) -> str:
        return self._lose(collection.reference)


class SaysOfTransfers(Says):
    def pay(self, transfer: Transfer) -> str:
        return self._lose(transfer.reference)
