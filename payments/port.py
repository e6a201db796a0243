"""
The port to a mobile-money provider: ask a payer for money, pay a payee, ask what became of either, and where the
provider calls us.

Why something failed is a `FailureReason`: each provider puts its own words into these, in its own folder, and one
that it does not know is "refused".
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, Protocol, runtime_checkable

from domain.money import Money
from domain.records.payment import FailureReason


class ProviderError(Exception):
    """Root of what can go wrong with a provider. None of them says that money did or did not move."""


class OutcomeUnknown(ProviderError):
    """The provider did not say: a timeout, a broken connection, a 5xx. Ask later, under the same reference."""


class Refused(ProviderError):
    """
    The provider says that it did not take the request, and why, in its own word and in ours. Confirmed by one
    status query.
    """

    def __init__(self, provider_reason: str, reason: FailureReason = "refused") -> None:
        super().__init__(provider_reason)
        self.provider_reason, self.reason = provider_reason, reason


class SwitchedOff(ProviderError):
    """No provider of this name is switched on here: nobody can be asked. What was sent may have moved money."""


@dataclass(frozen=True, slots=True)
class Collection:
    """What a payer is asked for. `reference` is our uuid4, the provider's idempotency key."""

    reference: str
    external_id: str  # our short reference, echoed by the provider
    amount: Money
    phone: str  # E.164 with "+"
    message: str  # on the payer's prompt
    note: str  # kept for the payee


@dataclass(frozen=True, slots=True)
class Transfer:
    """What a payee is sent. `reference` is our uuid4, the provider's idempotency key."""

    reference: str
    external_id: str  # our short reference, echoed by the provider
    amount: Money
    phone: str  # E.164 with "+"
    message: str  # for the payee
    note: str  # kept for the payer


@dataclass(frozen=True, slots=True)
class ProviderStatus:
    """
    What a provider says of a reference. `not_found` may also mean "not visible yet".

    `reason` is of what failed; `provider_reason` is the provider's own word, also for what is pending. It is kept
    for operators: a code or a few words, with nothing in it that must not be logged.
    """

    state: Literal["pending", "succeeded", "failed", "not_found"]
    reason: FailureReason = "refused"
    provider_reason: str = ""
    provider_id: str = ""
    amount: Money | None = None
    external_id: str = ""


class Request(Protocol):
    """A provider's request, as `channels/port.py` has it; `rest` is what follows a path that ends with a slash."""

    @property
    def headers(self) -> Mapping[str, str]: ...
    @property
    def body(self) -> bytes: ...
    @property
    def rest(self) -> str: ...


@dataclass(frozen=True, slots=True)
class Hint:
    """Something became of this payment: a hint to ask now, since what the provider says here is not believed."""

    reference: str


@dataclass(frozen=True, slots=True)
class Callback:
    """
    Where a provider tells us about payments, and how to read what it says: None for what names no payment.

    `path` has a secret in it; one that ends with a slash takes one part more. `status` is what the provider wants
    to hear.
    """

    path: str
    read: Callable[[Request], Hint | None]
    methods: Sequence[str] = ("POST",)
    status: int = 200


@runtime_checkable
class Collector(Protocol):
    """A provider that collects money. One for all threads."""

    @property
    def name(self) -> str: ...
    @property
    def currencies(self) -> frozenset[str]: ...

    def collect(self, collection: Collection) -> None:
        """Returns when the provider has the request, now or from before. Raises OutcomeUnknown, Refused."""

    def status(self, reference: str) -> ProviderStatus:
        """Raises OutcomeUnknown."""
        ...


@runtime_checkable
class Payer(Protocol):
    """A provider that pays out. One for all threads."""

    @property
    def name(self) -> str: ...
    @property
    def currencies(self) -> frozenset[str]: ...

    def pay(self, transfer: Transfer) -> None:
        """Returns when the provider has the transfer, now or from before. Raises OutcomeUnknown, Refused."""

    def status(self, reference: str) -> ProviderStatus:
        """Raises OutcomeUnknown."""
        ...


@runtime_checkable
class Called(Protocol):
    """A provider that tells us about payments."""

    @property
    def callbacks(self) -> Sequence[Callback]: ...
