"""
Each rail between our adapter and its stand-in, made the same for every promise in `test_contract.py`.

A rail that is added has a rig here, in `RIGS`, and nothing else of the contract changes.
"""

from abc import abstractmethod
from collections.abc import Mapping
from typing import Any, ClassVar

from domain.money import Money
from domain.mongo.store import utc_now
from domain.records.payment import FailureReason
from payments.addresses import Addresses
from payments.airtel import AirtelApp, AirtelCollections, AirtelDisbursements
from payments.daraja import ApiUser, DarajaClient, DarajaCollections, DarajaPayouts, Initiator
from payments.momo import MomoCollections, MomoDisbursements
from payments.pawapay import Pawapay, open_pawapay
from payments.port import Collector, Payer
from simulator.momo.collections import Collections
from simulator.momo.disbursements import Disbursements
from simulator.momo.requests import Product
from simulator.phones import AsksPhones
from simulator.world import Switches
from tests.payments.contract.rig import AIRTEL, KENYA, UGANDA, Lends, Rig


class _Momo(Rig):
    phone, amount = UGANDA, Money(5_000, "UGX")
    says_balance = True
    fails: ClassVar[Mapping[str, FailureReason]] = {
        "NOT_ENOUGH_FUNDS": "not_enough_money",
        "APPROVAL_REJECTED": "declined",
        "SENDER_ACCOUNT_NOT_ACTIVE": "account_not_active",
        "TYPE_UNKNOWN": "refused",
    }

    @property
    @abstractmethod
    def product(self) -> Product: ...

    @property
    def faults(self) -> Switches:
        return self.product.faults

    @property
    def access(self) -> Lends:
        return self.product.access

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
    def product(self) -> Collections:
        return self.sim.momo

    @property
    def asking(self) -> AsksPhones:
        return self.product

    def moved(self) -> list[Money]:
        return self.product.debits(self.phone)


class MomoOut(_Momo):
    name = "momo out"

    def open(self, url: str) -> Payer:
        return MomoDisbursements(**self.settings(url))

    @property
    def product(self) -> Disbursements:
        return self.sim.disbursements

    def moved(self) -> list[Money]:
        return self.product.credits(self.phone)


class MomoAfricaIn(MomoIn):
    name = "momo_africa in"

    def settings(self, url: str) -> dict[str, Any]:
        return super().settings(url) | at_second_gateway(url, self.addresses("momo_africa"))

    @property
    def product(self) -> Collections:
        return self.sim.momo_africa


class MomoAfricaOut(MomoOut):
    name = "momo_africa out"

    def settings(self, url: str) -> dict[str, Any]:
        return super().settings(url) | at_second_gateway(url, self.addresses("momo_africa"))

    @property
    def product(self) -> Disbursements:
        return self.sim.disbursements_africa


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

    @property
    def access(self) -> Lends:
        return self.sim.airtel.access


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

    @property
    def asking(self) -> AsksPhones:
        return self.sim.airtel


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

    @property
    def access(self) -> Lends:
        return self.sim.daraja.access


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
            clock=utc_now,
        )

    @property
    def faults(self) -> Switches:
        return self.sim.daraja.faults

    @property
    def asking(self) -> AsksPhones:
        return self.sim.daraja.express


class DarajaOut(_Daraja):
    name = "daraja out"
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
        user = ApiUser(self.client(url), initiator, shortcode="600984", addresses=self.addresses("daraja"))
        return DarajaPayouts(user)

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

    @property
    def asking(self) -> AsksPhones:
        return self.sim.pawapay.operations


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
