"""A server that answers as a test tells it to, and the clients that ask it. The vectors are published ones."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding
from werkzeug import Response

from domain.money import Money
from payments.addresses import Addresses
from payments.daraja import ApiUser, DarajaClient, DarajaCollections, DarajaConsole, DarajaPayouts, Initiator
from payments.http import TokenStore
from payments.port import Collection, Transfer
from tests.payments.conftest import Wire, said

SHORTCODE, PASSKEY = "174379", "bfb279f9aa9bdbcf158e97dd71a467cd2e0c893059b10f78e6b72ada1ed2c919"
REFERENCE = "600997f0-1b5f-4a3e-9f0e-3c0d7a1f2b11"
AMINA = "+254708374149"
CHECKOUT = "ws_CO_01102026093001250708374149"
NOW = datetime(2026, 10, 1, 6, 30, tzinfo=UTC)
PUBLIC = "https://pay.example.org"
ADDRESSES = Addresses("daraja", PUBLIC, "hush", ("key",))


@dataclass
class DarajaWire(Wire):
    """The server with our clients of it."""

    seconds: object = "3599"

    def client(self, tokens: TokenStore | None = None) -> DarajaClient:
        return DarajaClient(base_url=f"{self.url}/", consumer_key="key", consumer_secret="secret", tokens=tokens)

    def collections(self, tokens: TokenStore | None = None, **other: Any) -> DarajaCollections:
        settings: dict[str, Any] = {
            "shortcode": SHORTCODE, "passkey": PASSKEY, "addresses": ADDRESSES, "clock": lambda: NOW, **other
        }  # fmt: skip
        return DarajaCollections(self.client(tokens), **settings)

    def user(self, shortcode: str = "600984", addresses: Addresses = ADDRESSES) -> ApiUser:
        return ApiUser(self.client(), initiator(), shortcode=shortcode, addresses=addresses)

    def payouts(self) -> DarajaPayouts:
        return DarajaPayouts(self.user())

    def console(self) -> DarajaConsole:
        return DarajaConsole(self.client(), shortcode=SHORTCODE, addresses=ADDRESSES, user=self.user(SHORTCODE))

    @property
    def sent(self) -> Any:
        """The body of the last request."""
        return self.seen[-1].json


@cache
def key() -> rsa.RSAPrivateKey:
    return rsa.generate_private_key(65_537, 2_048)


@cache
def certificate() -> bytes:
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "test")])
    made = x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key().public_key())
    made = made.serial_number(1).not_valid_before(NOW).not_valid_after(NOW + timedelta(days=1))
    return made.sign(key(), hashes.SHA256()).public_bytes(Encoding.PEM)


def initiator() -> Initiator:
    return Initiator("testapi", "Safaricom#1!", certificate())


def ask(amount: Money = Money(500_00, "KES"), account: str = "UMOJA7-014") -> Collection:  # noqa: B008
    return Collection(REFERENCE, "CWWWWWW", amount, AMINA, "Saving w40", "Group 12", account)


def send(amount: Money = Money(1_200_00, "KES")) -> Transfer:  # noqa: B008
    return Transfer(REFERENCE, "CWWWWWW", amount, AMINA, "Share out", "Group 12")


def error(status: int, code: str, message: str = "prose") -> Response:
    return said(status, {"requestId": "30764-19833054-1", "errorCode": code, "errorMessage": message})


def queried(code: object) -> Response:
    body = {"ResponseCode": "0", "CheckoutRequestID": CHECKOUT, "ResultCode": code, "ResultDesc": "prose"}
    return said(200, body)


ACCEPTED = {
    "MerchantRequestID": "2654-4b64-97ff-b827b542881d3130",
    "CheckoutRequestID": CHECKOUT,
    "ResponseCode": "0",
    "ResponseDescription": "Success. Request accepted for processing",
    "CustomerMessage": "Success. Request accepted for processing",
}
HEARD = {
    "ConversationID": "AG_20261001_2010759fd5662ef6d054",
    "OriginatorConversationID": REFERENCE,
    "ResponseCode": "0",
    "ResponseDescription": "Accept the service request successfully.",
}
PAID = {
    "Body": {
        "stkCallback": {
            "MerchantRequestID": "2654-4b64-97ff-b827b542881d3130",
            "CheckoutRequestID": CHECKOUT,
            "ResultCode": 0,
            "ResultDesc": "The service request is processed successfully.",
            "CallbackMetadata": {
                "Item": [
                    {"Name": "Amount", "Value": 500.00},
                    {"Name": "MpesaReceiptNumber", "Value": "TJ17RT61SV"},
                    {"Name": "Balance"},
                    {"Name": "TransactionDate", "Value": 20261001093018},
                    {"Name": "PhoneNumber", "Value": 254708374149},
                ]
            },
        }
    }
}
CONFIRMED = {
    "TransactionType": "Pay Bill",
    "TransID": "TJ17RX4K2M",
    "TransTime": "20261001094512",
    "TransAmount": "500.00",
    "BusinessShortCode": "600984",
    "BillRefNumber": "umoja7 014",
    "InvoiceNumber": "",
    "OrgAccountBalance": "41880.00",
    "ThirdPartyTransID": "",
    "MSISDN": "2547 ***** 149",
    "FirstName": "Amina",
    "MiddleName": "",
    "LastName": "",
}


def result(code: object, found: object = None, **other: Any) -> dict[str, Any]:
    """What an initiator's request is answered with later; `found` are its parameters, by their keys."""
    told: dict[str, Any] = {
        "ResultType": 0,
        "ResultCode": code,
        "ResultDesc": "prose",
        "OriginatorConversationID": REFERENCE,
        "ConversationID": "AG_20261001_2010759fd5662ef6d054",
        "TransactionID": "TJ1000000",
        "ReferenceData": {"ReferenceItem": {"Key": "QueueTimeoutURL", "Value": PUBLIC}},
    }
    if found is not None:
        told["ResultParameters"] = {"ResultParameter": found}
    return {"Result": told | other}


def parameters(**found: object) -> list[dict[str, object]]:
    return [{"Key": name, "Value": value} for name, value in found.items()]
