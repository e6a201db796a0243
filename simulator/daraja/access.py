"""
Who may use Daraja: an app's key and secret, one token at a time, and an API user's password, encrypted.

Any login will do. A new token ends the one before, as the portal's questions and answers say. Source: Safaricom
Daraja 3.0, "Authorization", "Security Credentials".
"""

import secrets
import threading
import time
from base64 import b64decode
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Any, Final

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from flask import Response, request

from simulator.world import Switches

TOKEN_SECONDS: Final = 3_599
TOKEN_BYTES: Final = 14  # as hex the 28 characters of the real ones
CREDENTIAL_BYTES: Final = 256

Json = dict[str, Any]


class ApiError(Exception):
    """What the API answers instead: {"requestId", "errorCode", "errorMessage"}."""

    def __init__(self, status: int, code: str, message: str) -> None:
        super().__init__(f"{status} {code} {message}")
        self.status, self.code, self.message = status, code, message

    @property
    def body(self) -> Json:
        numbers = f"{secrets.randbelow(90_000) + 10_000}-{secrets.randbelow(9_000_000) + 1_000_000}-1"
        return {"requestId": numbers, "errorCode": self.code, "errorMessage": self.message}


def invalid(what: str) -> ApiError:
    """A request with something wrong in it: nothing was created."""
    return ApiError(400, "400.002.02", f"Bad Request - Invalid {what}")


class Access:
    """The token of each app. `granted` counts those given out."""

    def __init__(self, faults: Switches) -> None:
        self.granted = 0
        self._faults = faults
        self._tokens: dict[str, tuple[str, float]] = {}  # by the app's key
        self._lock = threading.Lock()

    def grant(self) -> Json:
        """A new token for the app that asks; the one before is none from now on. Raises ApiError."""
        login = request.authorization
        if request.args.get("grant_type") != "client_credentials":
            raise ApiError(400, "400.008.02", "Invalid grant type passed")
        if login is None or login.type != "basic" or not (login.username and login.password):
            raise ApiError(400, "400.008.01", "Invalid Authentication passed")
        if self._faults.take("login_failed"):
            raise ApiError(500, "500.003.1001", "Internal Server Error")
        token, seconds = secrets.token_hex(TOKEN_BYTES), self._faults.get("token_seconds")
        with self._lock:
            self._tokens[login.username] = token, time.monotonic() + seconds
            self.granted += 1
        return {"access_token": token, "expires_in": str(seconds)}

    def check(self) -> None:
        """Raises ApiError for a request without the token of now, or one that comes too fast."""
        kind, _, value = request.headers.get("Authorization", "").partition(" ")
        if self._faults.take("spike_arrest"):
            raise ApiError(500, "500.003.02", "Spike Arrest Violation")
        with self._lock:
            good = {token for token, until in self._tokens.values() if time.monotonic() < until}
        if self._faults.take("bad_token") or kind != "Bearer" or value not in good:
            raise ApiError(404, "404.001.03", "Invalid Access Token")

    def revoke(self) -> None:
        """Forget every token, long before it expires."""
        with self._lock:
            self._tokens.clear()


class Credentials:
    """
    The API user's password, as it comes: anything of the right length, until somebody has asked for our
    certificate. From then on it has to be the password.
    """

    def __init__(self, password: str) -> None:
        self._password, self._given = password, False

    @property
    def certificate(self) -> bytes:
        """What the password has to be encrypted with, as PEM."""
        self._given = True
        name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "simulated.safaricom.example")])
        now = datetime.now(UTC)
        made = (
            x509.CertificateBuilder()
            .subject_name(name)
            .issuer_name(name)
            .public_key(self._key.public_key())
            .serial_number(1)
            .not_valid_before(now - timedelta(days=1))
            .not_valid_after(now + timedelta(days=365))
            .sign(self._key, hashes.SHA256())
        )
        return made.public_bytes(serialization.Encoding.PEM)

    def is_right(self, credential: object) -> bool:
        try:
            sent = b64decode(str(credential), validate=True)
            if len(sent) != CREDENTIAL_BYTES:
                return False
            return not self._given or self._key.decrypt(sent, PKCS1v15()).decode() == self._password
        except ValueError:
            return False

    @property
    def _key(self) -> rsa.RSAPrivateKey:
        with _MAKING_A_KEY:
            return _key()

    def shown(self) -> Response:
        """The certificate, for whoever sets the bot up."""
        return Response(self.certificate, mimetype="application/x-pem-file")


_MAKING_A_KEY: Final = threading.Lock()  # or two who ask for it at once have one each


@cache
def _key() -> rsa.RSAPrivateKey:
    """One for a process: to make it takes longer than all else here."""
    return rsa.generate_private_key(65_537, 8 * CREDENTIAL_BYTES)
