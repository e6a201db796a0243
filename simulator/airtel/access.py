"""
Who may use Airtel Money: applications and their tokens, the two headers of a country, signed bodies, the PIN.

Any application will do where the config names none. Source: Airtel Africa Developers, "Authorization", "Message
signing", "PIN encryption", "Error codes".
"""

import base64
import binascii
import threading
import time
from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cache
from secrets import token_urlsafe
from typing import Any, Final

from cryptography.hazmat.primitives.asymmetric.padding import MGF1, OAEP, AsymmetricPadding, PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, generate_private_key
from cryptography.hazmat.primitives.ciphers import Cipher
from cryptography.hazmat.primitives.ciphers.algorithms import AES
from cryptography.hazmat.primitives.ciphers.modes import CBC
from cryptography.hazmat.primitives.hashes import SHA1, SHA256
from cryptography.hazmat.primitives.padding import PKCS7
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from flask import Blueprint, Response, request

from simulator.world import Config, Switches

TOKENS_MAX = 10_000
KEY_BITS = 2_048  # the papers' key has 1024

Json = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Country:
    currency: str
    calling_code: str


COUNTRIES: Final[Mapping[str, Country]] = {
    "CD": Country("CDF", "+243"),
    "CG": Country("XAF", "+242"),
    "GA": Country("XAF", "+241"),
    "KE": Country("KES", "+254"),
    "MW": Country("MWK", "+265"),
    "NE": Country("XOF", "+227"),
    "RW": Country("RWF", "+250"),
    "TD": Country("XAF", "+235"),
    "TZ": Country("TZS", "+255"),
    "UG": Country("UGX", "+256"),
    "ZM": Country("ZMW", "+260"),
}
PADDINGS: Final[Mapping[str, AsymmetricPadding]] = {
    "pkcs1": PKCS1v15(),
    "oaep-sha1": OAEP(MGF1(SHA1()), SHA1(), None),  # noqa: S303 - theirs
    "oaep-sha256": OAEP(MGF1(SHA256()), SHA256(), None),
}


class ApiError(Exception):
    """What the API answers instead; the body is as the wire has it."""

    def __init__(self, status: int, body: Json) -> None:
        super().__init__(f"{status} {body}")
        self.status, self.body = status, body


def envelope(data: Json | None, response_code: str, result_code: str, message: str, *, code: str = "200") -> Json:
    """What stands around every answer; `success` goes with the code in it, and HTTP says 200 all the same."""
    status: Json = {
        "response_code": response_code,
        "code": code,
        "success": code == "200",
        "result_code": result_code,
        "message": message,
    }
    return {"status": status} if data is None else {"data": data, "status": status}


def refused(response_code: str, message: str, result_code: str = "ESB000011", *, http: int = 200) -> ApiError:
    """A refusal as Airtel has it: HTTP 200, and `success: false`."""
    return ApiError(
        http, envelope(None, response_code, result_code, message, code="500" if http == 200 else str(http))
    )


def gateway(status: int, code: str, message: str) -> ApiError:
    """What the gateway answers before Airtel Money itself is asked."""
    return ApiError(status, {"status_code": code, "status_message": message})


class Access:
    """Tokens, headers and keys. `granted` counts the tokens given out."""

    def __init__(self, config: Config, faults: Switches) -> None:
        self.granted = 0
        self._config, self._faults = config, faults
        self._tokens: OrderedDict[str, float] = OrderedDict()
        self._uses: dict[str, int] = {}
        self._key_number = 0
        self._lock = threading.Lock()

    def country(self) -> str:
        """The country that a request is for; it ends with an error when its token or its headers are wrong."""
        limit = self._faults.get("token_expires_after")
        kind, _, value = request.headers.get("Authorization", "").partition(" ")
        with self._lock:
            good = kind == "Bearer" and time.monotonic() < self._tokens.get(value, 0.0)
            if not good or (limit is not None and self._uses[value] >= limit):
                error = {
                    "error": "invalid_token",
                    "error_description": "The access token is invalid or has expired",
                }
                raise ApiError(401, error)
            self._uses[value] += 1
        country, currency = (request.headers.get(name, "") for name in ("X-Country", "X-Currency"))
        if country not in COUNTRIES or not currency:
            raise gateway(400, "ROUTER003", "Mandatory header is missing")
        if currency != COUNTRIES[country].currency:
            raise gateway(400, "ROUTER112", "Currency is not supported")
        return country

    def revoke(self) -> None:
        """Forget every token, long before it expires."""
        with self._lock:
            self._tokens.clear()

    def check_signature(self, response_code: str, *, must: bool) -> None:
        """The body is what was signed, if it was; it ends with an error when it is not, or `must` have been."""
        if self._faults.take("key_changed"):
            with self._lock:
                self._key_number += 1
        signature, sealed = request.headers.get("x-signature"), request.headers.get("x-key")
        if not signature and not sealed and not must:
            return
        try:
            key, iv = self._open(sealed or "", PKCS1v15()).decode().split(":")
            decryptor = Cipher(AES(base64.b64decode(key)), CBC(base64.b64decode(iv))).decryptor()
            padded = decryptor.update(base64.b64decode(signature or "")) + decryptor.finalize()
            unpadder = PKCS7(AES.block_size).unpadder()
            signed = unpadder.update(padded) + unpadder.finalize()
        except (ValueError, binascii.Error):
            signed = None
        if signed != request.get_data():
            raise refused(response_code, "X-signature and payload did not match.", http=403)

    def check_pin(self, sealed: object) -> None:
        """The PIN of the disbursement account, padded as this country has it."""
        try:
            pin = self._open(str(sealed), PADDINGS[self._faults.get("pin_padding")]).decode()
        except (ValueError, binascii.Error):
            pin = ""
        if pin != self._config.airtel_pin:
            raise gateway(400, "ROUTER115", "The PIN cannot be decrypted")

    def _open(self, sealed: str, padding: AsymmetricPadding) -> bytes:
        return self._private_key().decrypt(base64.b64decode(sealed, validate=True), padding)

    def _private_key(self) -> RSAPrivateKey:
        with _MAKING_A_KEY:
            return _key(self._key_number)

    def add_routes(self, routes: Blueprint) -> None:
        @routes.post("/auth/oauth2/token")
        def token() -> Json:
            return self._grant()

        @routes.get("/v1/rsa/encryption-keys")
        def keys() -> Json:
            self.country()
            public = self._private_key().public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
            until = datetime.now(UTC) + timedelta(days=1)
            data = {
                "key_id": "1",
                "key": base64.b64encode(public).decode(),
                "valid_upto": f"{until:%d-%m-%Y %H:%M:%S}",
            }
            return envelope(data, "DP02010001001", "ESB000010", "Encryption key has been fetched successfully.")

        @routes.errorhandler(ApiError)
        def answer_error(error: ApiError) -> tuple[Json, int] | Response:
            return error.body, error.status

    def _grant(self) -> Json:
        login, seconds = request.get_json(silent=True), self._faults.get("token_seconds")
        names = ("client_id", "client_secret", "grant_type")
        sent = (
            {name: login.get(name, "") for name in names} if isinstance(login, dict) else dict.fromkeys(names, "")
        )
        if sent["grant_type"] != "client_credentials":
            raise ApiError(400, {"error": "unsupported_grant_type", "error_description": "Unsupported grant type"})
        ours = (self._config.airtel_client_id, self._config.airtel_client_secret)
        given = (sent["client_id"], sent["client_secret"])
        if self._faults.take("login_failed") or not all(given) or (all(ours) and given != ours):
            raise ApiError(401, {"error": "invalid_client", "error_description": "Invalid client authentication"})
        value = token_urlsafe(24)
        with self._lock:
            self._tokens[value], self._uses[value] = time.monotonic() + seconds, 0
            if len(self._tokens) > TOKENS_MAX:
                self._uses.pop(self._tokens.popitem(last=False)[0])
            self.granted += 1
        return {"token_type": "bearer", "access_token": value, "expires_in": str(seconds)}


_MAKING_A_KEY: Final = threading.Lock()  # or two who ask for the first at once have one each


@cache
def _key(number: int) -> RSAPrivateKey:
    """The first of a process, the next when it was changed, and so on: to make one takes a tenth of a second."""
    return generate_private_key(65_537, KEY_BITS)
