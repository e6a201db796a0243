"""
The port to a mobile-money provider: ask a payer for money, pay a payee, ask what became of either, and where the
provider calls us.

A *rail* is one provider in one direction. Rails differ in what they promise, and each says so in `Capabilities`:
one may have no key of ours on the wire, another answers a question by calling us later. Why something failed is a
`FailureReason`: each provider puts its own words into these, in its own folder, and one that it does not know is
"refused".
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol, runtime_checkable

from domain.money import Money
from domain.records.inbound import Came, NotTaken
from domain.records.payment import Direction, FailureReason, Told
from domain.records.payment import ProviderStatus as ProviderStatus


class ProviderError(Exception):
    """Root of what can go wrong with a provider. None of them says that money did or did not move."""


class OutcomeUnknown(ProviderError):
    """The provider did not say: a timeout, a broken connection, a 5xx. Ask later, under the same reference."""


class NotSent(OutcomeUnknown):
    """
    The provider never looked at the request, since there was no connection, no token, or too much was asked at
    once: the same may be sent later, also where nothing may be sent twice.
    """


class NoLongerListed(OutcomeUnknown):
    """A list of so long ago is not given any more, now or later."""


class Refused(ProviderError):
    """
    The provider says that it did not take the request, and why, in its own word and in ours. Confirmed by one
    status query where the rail can be asked by our reference; raised for documented refusals alone.
    """

    def __init__(self, provider_reason: str, reason: FailureReason = "refused") -> None:
        super().__init__(provider_reason)
        self.provider_reason, self.reason = provider_reason, reason


class SwitchedOff(ProviderError):
    """No provider of this name is switched on here: nobody can be asked. What was sent may have moved money."""


@dataclass(frozen=True, slots=True)
class Carries:
    """
    What a rail carries: amounts of this currency, from or to the phone numbers (E.164) that begin with one of
    `numbers`. In minor units: each amount is a whole number of `unit`, at least `least` and at most `most`.
    `paybill` is the number that people pay to from their phone's own menu, "" where they cannot.
    """

    currency: str
    numbers: tuple[str, ...] = ("+",)
    unit: int = 1
    least: int = 1
    most: int | None = None
    paybill: str = ""


@dataclass(frozen=True, slots=True)
class Capabilities:
    """
    What a rail promises.

    `keyed`: our reference goes with the request, and it can be asked about by it; else by a name of the provider's
    own, which a lost answer takes with it. `resend_safe`: a request that comes twice under a reference moves money
    once. `answers_later`: a question is answered by calling us. `signed_callbacks`: nobody else can have made what
    comes to our address. `says_amount`: a status has the amount in it. `echoes_ref`: and our short reference.
    `known_within`: what it took it knows after so long, if not before; that it does not know it says nothing until
    then.
    """

    keyed: bool = True
    resend_safe: bool = True
    answers_later: bool = False
    signed_callbacks: bool = False
    says_amount: bool = True
    echoes_ref: bool = False
    known_within: timedelta = timedelta(minutes=5)


@dataclass(frozen=True, slots=True)
class Collection:
    """What a payer is asked for. `reference` is our uuid4, the provider's idempotency key where it has one."""

    reference: str
    external_id: str  # our short reference, echoed by the provider
    amount: Money
    phone: str  # E.164 with "+"
    message: str  # on the payer's prompt
    note: str  # kept for the payee
    account: str = ""  # what the payer would type to pay the same unasked; "" where there is none


@dataclass(frozen=True, slots=True)
class Transfer:
    """What a payee is sent. `reference` is our uuid4, the provider's idempotency key where it has one."""

    reference: str
    external_id: str  # our short reference, echoed by the provider
    amount: Money
    phone: str  # E.164 with "+"
    message: str  # for the payee
    note: str  # kept for the payer


@dataclass(frozen=True, slots=True)
class Asked:
    """
    Which request a question is about. `key` is the provider's own name for it, as `collect` or `pay` or a callback
    gave it. `said` is what it said last, in its own word: some words count when they are repeated. `told` is what
    callbacks said of it: a hint, which can complete an answer that has less in it.
    """

    reference: str
    key: str = ""
    said: str = ""
    told: Told | None = None


class Request(Protocol):
    """A provider's request, as `channels/port.py` has it; `rest` is what follows a path that ends with a slash."""

    @property
    def url(self) -> str: ...
    @property
    def headers(self) -> Mapping[str, str]: ...
    @property
    def body(self) -> bytes: ...
    @property
    def rest(self) -> str: ...


@dataclass(frozen=True, slots=True)
class Hint:
    """
    Something became of this payment: a hint to ask now, since what the provider says here is not believed. What it
    `told` is kept beside the payment: by the key in it a rail that has none of ours can be asked.
    """

    reference: str
    told: Told | None = None


@dataclass(frozen=True, slots=True)
class Answer:
    """The answer to a question of ours, of a rail that answers later, at an address that is for this alone."""

    reference: str
    status: ProviderStatus


@dataclass(frozen=True, slots=True)
class WouldCome:
    """
    The provider asks whether money to this account is to be taken, and waits a few seconds for the answer.
    `to_us`: it is one of our numbers that is to be paid to.
    """

    rail: str
    amount: Money
    account: str
    payer: str = ""
    to_us: bool = True


@dataclass(frozen=True, slots=True)
class Confirmed:
    """The answer to a question of ours: money with this receipt has come to us."""

    rail: str
    receipt: str
    amount: Money
    payer: str = ""


@dataclass(frozen=True, slots=True)
class Held:
    """
    What our accounts with a provider hold, by the account's name: told by one that answers later. `at` is the
    moment that it is of, None where it says none. Where a question has several answers, this is the `part` of one
    of so many `parts`. `is_all`: there is no other account of ours, which nobody can be asked about.
    """

    rail: str
    accounts: Mapping[str, Money]
    at: datetime | None = None
    part: str = ""
    parts: int = 1
    is_all: bool = True


@dataclass(frozen=True, slots=True)
class Heard:
    """
    The answer to what an operator asked, for the log: no number and no name is in it. `sent_back` is the receipt
    of money that went back to its payer by it, "" for none.
    """

    rail: str
    asked: str
    said: Mapping[str, str]
    sent_back: str = ""


# What a provider can tell us.
PaymentEvent = Hint | Answer | Came | Confirmed | WouldCome | Held | Heard


@dataclass(frozen=True, slots=True)
class Callback:
    """
    Where a provider tells us about payments, and how to read what it says: None for what names no payment.

    `path` has a secret in it; one that ends with a slash takes one part more. `status` is what the provider wants
    to hear, and `says` the JSON that it wants beside that: of why money is not taken, None for what is. `callers`
    are the addresses that it is known to call from: a call from another one is warned of, and taken.
    """

    path: str
    read: Callable[[Request], PaymentEvent | None]
    methods: Sequence[str] = ("POST",)
    status: int = 200
    says: Callable[[NotTaken | None], Mapping[str, object]] | None = None
    callers: frozenset[str] = frozenset()


class Rail(Protocol):
    """A provider in one direction. One for all threads."""

    @property
    def name(self) -> str: ...
    @property
    def carries(self) -> Sequence[Carries]: ...
    @property
    def capabilities(self) -> Capabilities: ...

    def status(self, asked: Asked) -> ProviderStatus:
        """Raises OutcomeUnknown."""
        ...


@runtime_checkable
class Collector(Rail, Protocol):
    """A rail that collects money."""

    def collect(self, collection: Collection) -> str:
        """
        Returns when the provider has the request, now or from before: its own name for it, "" where ours is
        enough. Raises OutcomeUnknown, Refused.
        """
        ...


@runtime_checkable
class Payer(Rail, Protocol):
    """A rail that pays out."""

    def pay(self, transfer: Transfer) -> str:
        """
        Returns when the provider has the transfer, now or from before: its own name for it, "" where ours is
        enough. Raises OutcomeUnknown, Refused.
        """
        ...


@runtime_checkable
class Called(Protocol):
    """A provider that tells us about payments."""

    @property
    def callbacks(self) -> Sequence[Callback]: ...


@dataclass(frozen=True, slots=True)
class Movement:
    """
    A line of the provider's own list: money that moved. `reference` is ours, `key` its own name for the request
    and `account` what a payer typed, each "" where the list has none. `fee` is what it kept, None where it says
    none.
    """

    direction: Direction
    receipt: str
    amount: Money
    at: datetime
    reference: str = ""
    key: str = ""
    account: str = ""
    payer: str = ""
    payer_name: str = ""
    fee: Money | None = None


@runtime_checkable
class Lister(Protocol):
    """A provider that lists what it moved, in the directions that it `lists`."""

    @property
    def name(self) -> str: ...
    @property
    def lists(self) -> frozenset[Direction]: ...

    def movements(self, since: datetime, until: datetime) -> Iterable[Movement]:
        """
        What moved from `since` to before `until`, each once. Raises NoLongerListed; OutcomeUnknown, also midway.
        """
        ...


@runtime_checkable
class Confirms(Protocol):
    """A provider that can be asked whether money has come that somebody told us of in its name."""

    @property
    def name(self) -> str: ...

    def ask_whether_came(self, receipt: str) -> None:
        """It answers by calling us, with `Confirmed` where it has. Raises OutcomeUnknown."""
        ...


@runtime_checkable
class Balanced(Protocol):
    """A provider that says what our accounts with it hold."""

    @property
    def name(self) -> str: ...

    def balances(self) -> Mapping[str, Money] | None:
        """
        By the account's name; None when it heard the question and answers by calling us, with `Held`. Raises
        OutcomeUnknown.
        """
        ...
