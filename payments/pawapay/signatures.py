"""
Signatures of HTTP messages (RFC 9421) as pawaPay makes and wants them: over our requests, where its dashboard asks
for that, and over its callbacks.

An ECDSA signature has two spellings. RFC 9421 writes r and s one after the other; pawaPay's own samples, and the
callbacks that others have seen (public reports, 2026), are DER. Both are read; which one is written is a setting.
What is covered is what the message itself says: pawaPay's samples differ in it.
"""

import base64
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Final, Literal

import http_sf
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import load_der_private_key, load_pem_public_key
from http_message_signatures import HTTPMessageSigner, HTTPMessageVerifier, HTTPSignatureKeyResolver
from http_message_signatures.algorithms import (
    ECDSA_P256_SHA256,
    ECDSA_P384_SHA384,
    RSA_PSS_SHA512,
    RSA_V1_5_SHA256,
    HTTPSignatureAlgorithm,
)
from http_message_signatures.digests import ContentDigest
from http_message_signatures.exceptions import HTTPMessageSignaturesException, InvalidSignature

# How an ECDSA signature is written.
Spelling = Literal["der", "raw"]
SPELLINGS: Final[tuple[Spelling, ...]] = ("der", "raw")

LABEL: Final = "sig-pp"
VALID_FOR: Final = timedelta(minutes=1)
# Two clocks are never the same.
SKEW: Final = timedelta(minutes=1)
# pawaPay repeats a callback for a quarter of an hour.
AGE_MAX: Final = timedelta(hours=1)
SIGNED: Final = ("@method", "@authority", "@path", "signature-date", "content-digest", "content-type")
# Without these a signature would be good for another body, another address or another host.
COVERED: Final = ("@method", "@authority", "@path", "content-digest")

Now = Callable[[], datetime]


class BadSignature(Exception):
    """A signature is missing, is not of this message, or has run out."""


@dataclass(frozen=True, slots=True)
class _Message:
    method: str
    url: str
    headers: dict[str, str]


class _Sha512(ContentDigest):
    algorithm = "sha-512"


class _P256(ECDSA_P256_SHA256):
    def verify(self, signature: bytes, message: bytes) -> None:
        super().verify(signature if len(signature) == 64 else self.signature_from_der(signature), message)


class _P384(ECDSA_P384_SHA384):
    def verify(self, signature: bytes, message: bytes) -> None:
        super().verify(signature if len(signature) == 96 else self.signature_from_der(signature), message)


class _P256Der(ECDSA_P256_SHA256):
    def sign(self, message: bytes) -> bytes:
        return self.private_key.sign(message, self.signature_algorithm)


class _P384Der(ECDSA_P384_SHA384):
    def sign(self, message: bytes) -> bytes:
        return self.private_key.sign(message, self.signature_algorithm)


_READ: Final[Mapping[str, type[HTTPSignatureAlgorithm]]] = {
    each.algorithm_id: each for each in (_P256, _P384, RSA_PSS_SHA512, RSA_V1_5_SHA256)
}


def utc_now() -> datetime:
    return datetime.now(UTC)


class Signer:
    """
    Signs our requests with a key whose public half pawaPay has under `key_id`. The key is one line, PKCS #8
    in DER as base64: what stands between the first and the last line of PEM.

    Raises ValueError for what is not a private key of a kind that pawaPay takes.
    """

    def __init__(self, key: str, key_id: str, spelling: Spelling = "der", now: Now = utc_now) -> None:
        self._key_id, self._now = key_id, now
        private = load_der_private_key(base64.b64decode(key, validate=True), password=None)
        algorithm = _written(private, spelling)
        self._signer = HTTPMessageSigner(signature_algorithm=algorithm, key_resolver=_OneKey(private=private))
        self._signer.content_digest_class = _Sha512

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self._key_id!r})"

    def headers(self, method: str, url: str, body: bytes, content_type: str) -> dict[str, str]:
        """What goes with a request beside its own headers."""
        at = self._now()
        message = _Message(
            method,
            url,
            {
                "Content-Type": content_type,
                "Signature-Date": f"{at:%Y-%m-%dT%H:%M:%SZ}",
            },
        )
        self._signer.sign(
            message,
            key_id=self._key_id,
            created=at,
            expires=at + VALID_FOR,
            label=LABEL,
            covered_component_ids=SIGNED,
            body=body,
        )
        return message.headers | {
            "Accept-Signature": _ACCEPTED_SIGNATURES,
            "Accept-Digest": "sha-512,sha-256",
        }


_ACCEPTED_SIGNATURES: Final = ",".join(sorted(_READ))


class Verifier:
    """Checks callbacks: `key` gives the public key, in PEM, that goes by an id; None for an id that is none."""

    def __init__(self, key: Callable[[str], str | None], now: Now = utc_now) -> None:
        self._key, self._now = key, now

    def check(self, method: str, url: str, headers: Mapping[str, str], body: bytes) -> None:
        """`url` is the address that pawaPay called, as the world knows it. Raises BadSignature."""
        try:
            key_id, algorithm = _named(headers)
            pem = self._key(key_id)
            if pem is None:
                raise BadSignature(f"no key {key_id!r}")
            key = load_pem_public_key(pem.encode())
            verifier = _Clocked(algorithm, _OneKey(public=key), self._now)
            message = _Message(method, url, dict(headers))
            verifier.verify(message, max_age=AGE_MAX, require_components=COVERED, body=body)
        except (HTTPMessageSignaturesException, UnsupportedAlgorithm, ValueError) as wrong:
            raise BadSignature(str(wrong)) from wrong


class _Clocked(HTTPMessageVerifier):
    """A verifier with a clock of its own."""

    def __init__(self, algorithm: type[HTTPSignatureAlgorithm], keys: "_OneKey", now: Now) -> None:
        super().__init__(signature_algorithm=algorithm, key_resolver=keys)
        self._now = now

    def validate_created_and_expires(self, sig_input: Any, max_age: timedelta | None = None) -> None:
        now, skew = self._now().timestamp(), SKEW.total_seconds()
        created, expires = sig_input.params.get("created"), sig_input.params.get("expires")
        oldest = now - skew - (max_age or AGE_MAX).total_seconds()
        if not isinstance(created, int) or not oldest <= created <= now + skew:
            raise InvalidSignature("it was not made just now")
        if expires is not None and expires < now - skew:
            raise InvalidSignature("it has run out")


class _OneKey(HTTPSignatureKeyResolver):
    def __init__(self, *, private: Any = None, public: Any = None) -> None:
        self._private, self._public = private, public

    def resolve_private_key(self, key_id: str) -> Any:
        return self._private

    def resolve_public_key(self, key_id: str) -> Any:
        return self._public


def _named(headers: Mapping[str, str]) -> tuple[str, type[HTTPSignatureAlgorithm]]:
    """The id of the key, and the algorithm, that a message names; it has one signature. Raises BadSignature."""
    given = {name.lower(): value for name, value in headers.items()}.get("signature-input", "")
    inputs: Any = http_sf.parse(given.encode(), tltype="dictionary")
    if len(inputs) != 1:
        raise BadSignature("it is not signed once")
    [(_, parameters)] = inputs.values()
    algorithm = _READ.get(str(parameters.get("alg")))
    if algorithm is None:
        raise BadSignature("it names no algorithm of pawaPay's")
    return str(parameters.get("keyid")), algorithm


def _written(key: object, spelling: Spelling) -> type[HTTPSignatureAlgorithm]:
    match key:
        case ec.EllipticCurvePrivateKey(curve=ec.SECP256R1()):
            return _P256Der if spelling == "der" else ECDSA_P256_SHA256
        case ec.EllipticCurvePrivateKey(curve=ec.SECP384R1()):
            return _P384Der if spelling == "der" else ECDSA_P384_SHA384
        case rsa.RSAPrivateKey():
            return RSA_PSS_SHA512
    raise ValueError("pawaPay takes keys on P-256 or P-384, and RSA")
