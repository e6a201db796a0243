"""What a rail stands on in `test_contract.py`: its stand-in, and a bot that is called as ours is."""

import json
import threading
from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, ClassVar, Protocol

from werkzeug import Request, Response

from domain.money import Money
from domain.records.inbound import NotTaken
from domain.records.payment import FailureReason
from payments import port
from payments.addresses import Addresses
from payments.http import TIMEOUT
from payments.port import Answer, Asked, Called, Collection, Collector, Hint, Payer, ProviderStatus, Transfer
from simulator.phones import AsksPhones
from simulator.server import Simulator
from simulator.world import Switches
from tests.served import Served
from tests.waiting import WAIT_SECONDS

SECRET = "hush"
UGANDA, AIRTEL, KENYA = "+256772000101", "+256752000101", "+254711000101"
PEOPLE = [
    {"name": "Akello Grace", "phone": UGANDA, "wallet": {"minor": 200_000, "currency": "UGX"}},
    {"name": "Nakato Aisha", "phone": AIRTEL, "wallet": {"minor": 200_000, "currency": "UGX"}},
    {"name": "Wanjiku Amina", "phone": KENYA, "wallet": {"minor": 2_000_000, "currency": "KES"}},
]
Event = port.PaymentEvent | None


@dataclass(frozen=True)
class Arrived:
    """One call of the provider: where, with what, and how the adapter read it."""

    path: str
    body: bytes
    event: Event


@dataclass
class Bot:
    """Takes what the provider calls, and has the adapter's callbacks read it, as `bot/callbacks.py` does."""

    url: str = ""
    called: Called | None = None
    not_taken: NotTaken | None = None
    arrived: list[Arrived] = field(default_factory=list)
    changed: threading.Condition = field(default_factory=threading.Condition)

    def __call__(self, environ: Any, start: Any) -> Any:
        request = Request(environ)
        body = request.get_data()
        status, said = self._take(request.path, body)
        return Response(json.dumps(said) if said else "", status, mimetype="application/json")(environ, start)

    def read(self, path: str, body: bytes) -> Event:
        """What the adapter reads in a call to this path; None where nobody is told anything."""
        found = self._find(path)
        return found[0].read(Sent(path, body, found[1])) if found else None

    def wait_for(self, wanted: Callable[[Event], bool], count: int = 1) -> list[Event]:
        """The first `count` events that are wanted, once they have come."""

        def matching() -> list[Event]:
            return [each.event for each in self.arrived if wanted(each.event)]

        with self.changed:
            assert self.changed.wait_for(lambda: len(matching()) >= count, timeout=WAIT_SECONDS), self.arrived
            return matching()[:count]

    def _take(self, path: str, body: bytes) -> tuple[int, Mapping[str, object] | None]:
        found = self._find(path)
        if found is None:
            return 404, None
        callback, rest = found
        event = callback.read(Sent(path, body, rest))
        with self.changed:
            self.arrived.append(Arrived(path, body, event))
            self.changed.notify_all()
        return callback.status, callback.says(self.not_taken) if callback.says else None

    def _find(self, path: str) -> tuple[port.Callback, str] | None:
        for each in self.called.callbacks if self.called else []:
            if path == each.path:
                return each, ""
            if each.path.endswith("/") and path.startswith(each.path):
                return each, path.removeprefix(each.path)
        return None


@dataclass(frozen=True)
class Sent:
    """A request as an adapter reads it."""

    url: str
    body: bytes
    rest: str
    headers: Mapping[str, str] = field(default_factory=dict)


class Lends(Protocol):
    """A provider's tokens. `granted` counts those that it gave out."""

    granted: int

    def revoke(self) -> None: ...


class Rig(ABC):
    """
    A rail in one direction. `fails` has words of the provider, and for each the reason of ours.

    `calls_back`: the provider calls us about each payment; `own_address`: at an address for this one alone.
    `lends_tokens`: we log in for a token, and not with a key that is good until it is changed. `says_balance`: it
    says what our accounts hold.
    """

    name: ClassVar[str]
    phone: ClassVar[str]
    amount: ClassVar[Money]
    fails: ClassVar[Mapping[str, FailureReason]]
    calls_back: ClassVar[bool] = True
    own_address: ClassVar[bool] = True
    lends_tokens: ClassVar[bool] = True
    says_balance: ClassVar[bool] = False
    timeout: tuple[float, float] = TIMEOUT

    def __init__(self) -> None:
        self.bot = Bot()
        self._served = Served(self.bot)
        self.bot.url = self._served.url
        self.sim = Simulator({"port": 0, "people": PEOPLE, "bot_url": self.bot.url, "hook_secret": SECRET})
        self.sim.start()
        self.rail = self.open(self.sim.url)
        assert isinstance(self.rail, Called)
        self.bot.called = self.rail

    def close(self) -> None:
        self.sim.stop()
        self._served.close()

    @abstractmethod
    def open(self, url: str) -> Collector | Payer:
        """The adapter, for the providers at this address."""

    @property
    @abstractmethod
    def faults(self) -> Switches:
        """The switches of its stand-in; those named in the contract are there."""

    @abstractmethod
    def refuse(self, reference: str) -> None:
        """Ask for what the provider documents that it does not take."""

    @abstractmethod
    def moved(self) -> list[Money]:
        """What moved between the phone and us, on the provider's side."""

    @property
    def access(self) -> Lends:
        """Where the provider's tokens are, if it lends any."""
        raise NotImplementedError

    @property
    def asking(self) -> AsksPhones | None:
        """What asks the payer; a payee is not asked."""
        return None

    def approve(self) -> None:
        """Whoever is asked agrees."""
        if asking := self.asking:
            for prompt in asking.prompts(self.phone):
                asking.approve(prompt["reference"])

    @property
    def promised(self) -> port.Capabilities:
        return self.rail.capabilities

    def addresses(self, rail: str) -> Addresses:
        return Addresses(rail, self.bot.url, SECRET, ("key",))

    def send(self, reference: str, rail: Collector | Payer | None = None, **other: Any) -> str:
        """Ask for money, or pay it out: the provider's own name for it. `other` is what differs."""
        rail = rail or self.rail
        asked: dict[str, Any] = {"amount": self.amount, "phone": self.phone, **other}
        if isinstance(rail, Collector):
            return rail.collect(Collection(reference, "CWWWWWW", message="Savings", note="Group 12", **asked))
        return rail.pay(Transfer(reference, "CWWWWWW", message="Share-out", note="Group 12", **asked))

    def held(self) -> Mapping[str, Money]:
        """What our accounts with the provider hold, also where it says it by calling us."""
        assert isinstance(self.rail, port.Balanced)
        if (said := self.rail.balances()) is not None:
            return said
        (told,) = self.bot.wait_for(lambda event: isinstance(event, port.Held))
        assert isinstance(told, port.Held)
        return told.accounts

    def ask(self, asked: Asked, rail: Collector | Payer | None = None) -> ProviderStatus:
        """What the provider says, also where it says it by calling us."""
        with self.bot.changed:
            before = len(self.bot.arrived)
        status = (rail or self.rail).status(asked)
        if status.state != "asked":
            return status

        def answers() -> list[ProviderStatus]:
            events = [each.event for each in self.bot.arrived[before:]]
            return [
                each.status for each in events if isinstance(each, Answer) and each.reference == asked.reference
            ]

        with self.bot.changed:
            assert self.bot.changed.wait_for(answers, timeout=WAIT_SECONDS), self.bot.arrived
            return answers()[0]

    def told(self, reference: str) -> Hint:
        """What the provider told of this payment, once it has, where it does."""
        if not self.calls_back:
            return Hint(reference)
        (event,) = self.bot.wait_for(lambda each: isinstance(each, Hint) and each.reference == reference)
        assert isinstance(event, Hint)
        return event
