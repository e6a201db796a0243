"""
Each rail between our adapter and its stand-in, made the same for every promise in `test_contract.py`.

A rail that is added has a rig here, in `RIGS`, and nothing else of the contract changes.
"""

import json
import threading
from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, ClassVar
from uuid import uuid4

from werkzeug import Request, Response
from werkzeug.serving import make_server

from domain.money import Money
from domain.records.inbound import Came, NotTaken
from domain.records.payment import FailureReason
from payments import port
from payments.addresses import Addresses
from payments.airtel import AirtelApp, AirtelCollections, AirtelDisbursements
from payments.daraja import DarajaClient, DarajaCollections, DarajaPayouts, Initiator
from payments.http import TIMEOUT
from payments.momo import MomoCollections, MomoDisbursements
from payments.pawapay import Pawapay, open_pawapay
from payments.port import Answer, Asked, Called, Collection, Collector, Hint, Payer, ProviderStatus, Transfer
from simulator.server import QuietHandler, Simulator
from simulator.world import Switches
from tests.waiting import WAIT_SECONDS

SECRET = "hush"
UGANDA, AIRTEL, KENYA = "+256772000101", "+256752000101", "+254711000101"
PEOPLE = [
    {"name": "Akello Grace", "phone": UGANDA, "wallet": {"minor": 200_000, "currency": "UGX"}},
    {"name": "Nakato Aisha", "phone": AIRTEL, "wallet": {"minor": 200_000, "currency": "UGX"}},
    {"name": "Wanjiku Amina", "phone": KENYA, "wallet": {"minor": 2_000_000, "currency": "KES"}},
]
Event = Hint | Answer | Came | port.WouldCome | port.Held | port.Heard | None


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
        self._server = make_server("127.0.0.1", 0, self.bot, threaded=True, request_handler=QuietHandler)
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True)
        self._thread.start()
        self.bot.url = f"http://127.0.0.1:{self._server.server_port}"
        self.sim = Simulator({"port": 0, "people": PEOPLE, "bot_url": self.bot.url, "hook_secret": SECRET})
        self.sim.start()
        self.rail = self.open(self.sim.url)
        assert isinstance(self.rail, Called)
        self.bot.called = self.rail

    def close(self) -> None:
        self.sim.stop()
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()

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

    def granted(self) -> int:
        """How many tokens the provider has given out."""
        raise NotImplementedError

    def revoke(self) -> None:
        """The provider forgets its tokens."""
        raise NotImplementedError

    def approve(self) -> None:  # noqa: B027 - a payee is not asked
        """The payer agrees to every prompt."""

    @property
    def promised(self) -> port.Capabilities:
        return self.rail.capabilities

    def addresses(self, rail: str) -> Addresses:
        return Addresses(rail, self.bot.url, SECRET)

    def send(self, reference: str, rail: Collector | Payer | None = None, **other: Any) -> str:
        """Ask for money, or pay it out: the provider's own name for it. `other` is what differs."""
        rail, asked = rail or self.rail, {"amount": self.amount, "phone": self.phone} | other
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


class _Momo(Rig):
    phone, amount = UGANDA, Money(5_000, "UGX")
    fails: ClassVar[Mapping[str, FailureReason]] = {
        "NOT_ENOUGH_FUNDS": "not_enough_money",
        "APPROVAL_REJECTED": "declined",
        "SENDER_ACCOUNT_NOT_ACTIVE": "account_not_active",
        "TYPE_UNKNOWN": "refused",
    }

    def refuse(self, reference: str) -> None:
        self.send(reference, phone="+25677")

    def settings(self, url: str) -> dict[str, Any]:
        return {
            "base_url": f"{url}/momo",
            "subscription_key": "sub",
            "api_user": "0f1e2d3c-4b5a-4968-8776-655443322110",
            "api_key": "key",
            "environment": "simulator",
            "addresses": self.addresses("momo"),
            "timeout": self.timeout,
        }


class MomoIn(_Momo):
    name = "momo in"

    def open(self, url: str) -> Collector:
        return MomoCollections(**self.settings(url))

    @property
    def faults(self) -> Switches:
        return self.sim.momo.faults

    def moved(self) -> list[Money]:
        return self.sim.momo.debits(self.phone)

    def granted(self) -> int:
        return self.sim.momo.access.granted

    def revoke(self) -> None:
        self.sim.momo.access.revoke()

    def approve(self) -> None:
        for prompt in self.sim.momo.prompts(self.phone):
            self.sim.momo.approve(prompt["reference"])


class MomoOut(_Momo):
    name = "momo out"

    def open(self, url: str) -> Payer:
        return MomoDisbursements(**self.settings(url))

    @property
    def faults(self) -> Switches:
        return self.sim.disbursements.faults

    def moved(self) -> list[Money]:
        return self.sim.disbursements.credits(self.phone)

    def granted(self) -> int:
        return self.sim.disbursements.access.granted

    def revoke(self) -> None:
        self.sim.disbursements.access.revoke()


class MomoAfricaIn(MomoIn):
    name = "momo_africa in"

    def settings(self, url: str) -> dict[str, Any]:
        return super().settings(url) | at_second_gateway(url, self.addresses("momo_africa"))

    @property
    def faults(self) -> Switches:
        return self.sim.momo_africa.faults

    def moved(self) -> list[Money]:
        return self.sim.momo_africa.debits(self.phone)

    def granted(self) -> int:
        return self.sim.momo_africa.access.granted

    def revoke(self) -> None:
        self.sim.momo_africa.access.revoke()

    def approve(self) -> None:
        for prompt in self.sim.momo_africa.prompts(self.phone):
            self.sim.momo_africa.approve(prompt["reference"])


class MomoAfricaOut(MomoOut):
    name = "momo_africa out"

    def settings(self, url: str) -> dict[str, Any]:
        return super().settings(url) | at_second_gateway(url, self.addresses("momo_africa"))

    @property
    def faults(self) -> Switches:
        return self.sim.disbursements_africa.faults

    def moved(self) -> list[Money]:
        return self.sim.disbursements_africa.credits(self.phone)

    def granted(self) -> int:
        return self.sim.disbursements_africa.access.granted

    def revoke(self) -> None:
        self.sim.disbursements_africa.access.revoke()


def at_second_gateway(url: str, addresses: Addresses) -> dict[str, Any]:
    """What MTN's newer gateway has of its own."""
    return {"name": "momo_africa", "base_url": f"{url}/momo_africa", "addresses": addresses}


class _Airtel(Rig):
    phone, amount = AIRTEL, Money(5_000, "UGX")
    own_address = False
    says_balance = True

    def app(self, url: str) -> AirtelApp:
        return AirtelApp(f"{url}/airtel", "app", "secret", "UG")

    @property
    def faults(self) -> Switches:
        return self.sim.airtel.faults

    def refuse(self, reference: str) -> None:
        self.send(reference, phone="+256750000000")

    def granted(self) -> int:
        return self.sim.airtel.access.granted

    def revoke(self) -> None:
        self.sim.airtel.access.revoke()


class AirtelIn(_Airtel):
    name = "airtel in"
    fails: ClassVar[Mapping[str, FailureReason]] = {
        "DP00800001002": "wrong_pin",
        "DP00800001003": "limit_reached",
        "DP00800001005": "not_approved_in_time",
        "DP00800001007": "not_enough_money",
        "DP00800001008": "declined",
        "DP00800001010": "no_account",
    }

    def open(self, url: str) -> Collector:
        return AirtelCollections(self.app(url), self.addresses("airtel"), timeout=self.timeout)

    def moved(self) -> list[Money]:
        return [each.amount for each in self.sim.airtel.moved("collection")]

    def approve(self) -> None:
        for prompt in self.sim.airtel.prompts(self.phone):
            self.sim.airtel.approve(prompt["reference"])


class AirtelOut(_Airtel):
    name = "airtel out"
    calls_back = False
    fails: ClassVar[Mapping[str, FailureReason]] = {
        "DP00900001003": "limit_reached",
        "DP00900001007": "not_enough_money",
        "DP00900001012": "no_account",
        "DP00900001019": "account_not_active",
    }

    def open(self, url: str) -> Payer:
        pin = self.sim.config.airtel_pin
        return AirtelDisbursements(self.app(url), self.addresses("airtel"), pin=pin, timeout=self.timeout)

    def moved(self) -> list[Money]:
        return [each.amount for each in self.sim.airtel.moved("disbursement")]


class _Daraja(Rig):
    phone, amount = KENYA, Money(500_00, "KES")

    def refuse(self, reference: str) -> None:
        self.send(reference, amount=Money(250_001_00, "KES"))

    def client(self, url: str) -> DarajaClient:
        base = f"{url}/daraja"
        return DarajaClient(base_url=base, consumer_key="key", consumer_secret="secret", timeout=self.timeout)

    def moved(self) -> list[Money]:
        return [row.amount for row in self.sim.daraja.till.rows()]

    def granted(self) -> int:
        return self.sim.daraja.access.granted

    def revoke(self) -> None:
        self.sim.daraja.access.revoke()


class DarajaIn(_Daraja):
    name = "daraja in"
    fails: ClassVar[Mapping[str, FailureReason]] = {
        "1": "not_enough_money",
        "17": "try_later",
        "1032": "declined",
        "1037": "not_approved_in_time",
        "2001": "wrong_pin",
        "SFC_IC0003": "not_possible",
    }

    def open(self, url: str) -> Collector:
        config = self.sim.config
        return DarajaCollections(
            self.client(url),
            shortcode=config.daraja_shortcode,
            passkey=config.daraja_passkey,
            addresses=self.addresses("daraja"),
        )

    @property
    def faults(self) -> Switches:
        return self.sim.daraja.faults

    def approve(self) -> None:
        for prompt in self.sim.daraja.express.prompts(self.phone):
            self.sim.daraja.express.approve(prompt["reference"])


class DarajaOut(_Daraja):
    name = "daraja out"
    says_balance = True
    fails: ClassVar[Mapping[str, FailureReason]] = {
        "1": "not_possible",
        "8": "limit_reached",
        "2001": "not_possible",
        "2040": "no_account",
        "SFC_IC0003": "not_possible",
    }

    def open(self, url: str) -> Payer:
        config = self.sim.config
        certificate = self.sim.daraja.payouts.credentials.certificate
        initiator = Initiator(config.daraja_initiator, config.daraja_initiator_password, certificate)
        return DarajaPayouts(self.client(url), initiator, shortcode="600984", addresses=self.addresses("daraja"))

    @property
    def faults(self) -> Switches:
        return self.sim.daraja.payout_faults


class _Pawapay(Rig):
    phone, amount = KENYA, Money(500_00, "KES")
    own_address = lends_tokens = False

    def account(self, url: str) -> Pawapay:
        return open_pawapay(
            base_url=f"{url}/pawapay",
            token="key",
            addresses=self.addresses("pawapay"),
            timeout=self.timeout,
            beside=lambda _: None,
        )

    @property
    def faults(self) -> Switches:
        return self.sim.pawapay.faults

    def refuse(self, reference: str) -> None:
        self.send(reference, amount=Money(5_000_001_00, "KES"))

    def moved(self) -> list[Money]:
        return [*self.sim.pawapay.operations.settled().values()]


class PawapayIn(_Pawapay):
    name = "pawapay in"
    says_balance = True
    fails: ClassVar[Mapping[str, FailureReason]] = {
        "INSUFFICIENT_BALANCE": "not_enough_money",
        "PAYER_LIMIT_REACHED": "limit_reached",
        "PAYER_NOT_FOUND": "no_account",
        "PAYMENT_NOT_APPROVED": "not_approved_in_time",
        "TRANSACTION_ALREADY_IN_PROCESS": "try_later",
        "UNSPECIFIED_FAILURE": "refused",
    }

    def open(self, url: str) -> Collector:
        return self.account(url).deposits

    def approve(self) -> None:
        for prompt in self.sim.pawapay.operations.prompts(self.phone):
            self.sim.pawapay.operations.approve(prompt["reference"])


class PawapayOut(_Pawapay):
    name = "pawapay out"
    fails: ClassVar[Mapping[str, FailureReason]] = {
        "RECIPIENT_LIMIT_REACHED": "limit_reached",
        "RECIPIENT_NOT_FOUND": "no_account",
        "WALLET_LIMIT_REACHED": "limit_reached",
        "UNSPECIFIED_FAILURE": "refused",
    }

    def open(self, url: str) -> Payer:
        return self.account(url).payouts


RIGS: list[type[Rig]] = [
    MomoIn,
    MomoOut,
    MomoAfricaIn,
    MomoAfricaOut,
    DarajaIn,
    DarajaOut,
    AirtelIn,
    AirtelOut,
    PawapayIn,
    PawapayOut,
]


def new_reference() -> str:
    return str(uuid4())
