"""
The key pair of this stand-in, and signatures of HTTP messages (RFC 9421): it signs callbacks, and checks requests
where it was told that all of them are signed. Source: pawaPay Docs, "Signatures".
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from http_message_signatures import HTTPMessageSigner, HTTPMessageVerifier, HTTPSignatureKeyResolver
from http_message_signatures.algorithms import ECDSA_P256_SHA256
from http_message_signatures.digests import ContentDigest
from http_message_signatures.exceptions import HTTPMessageSignaturesException

KEY_ID: Final = "HTTP_EC_P256_KEY:1"
COVERED: Final = ("@method", "@authority", "@path", "signature-date", "content-digest", "content-type")


@dataclass(frozen=True, slots=True)
class _Message:
    method: str
    url: str
    headers: dict[str, str]


class _Sha512(ContentDigest):
    algorithm = "sha-512"


class _Der(ECDSA_P256_SHA256):
    """As its samples write it, where RFC 9421 has r and s."""

    def sign(self, message: bytes) -> bytes:
        return self.private_key.sign(message, self.signature_algorithm)

    def verify(self, signature: bytes, message: bytes) -> None:
        super().verify(signature if len(signature) == 64 else self.signature_from_der(signature), message)


class _Key(HTTPSignatureKeyResolver):
    def __init__(self, key: Any) -> None:
        self._key = key

    def resolve_private_key(self, key_id: str) -> Any:
        return self._key

    def resolve_public_key(self, key_id: str) -> Any:
        return self._key


class Signing:
    """A key pair for as long as the stand-in runs; another one, which nobody is told of, forges."""

    def __init__(self, now: Callable[[], datetime]) -> None:
        self._now = now
        self._key, self._forger = (ec.generate_private_key(ec.SECP256R1()) for _ in range(2))

    @property
    def public_keys(self) -> list[dict[str, str]]:
        key = self._key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
        return [{"id": KEY_ID, "key": key.decode()}]

    def headers(self, url: str, body: bytes, content_type: str, spelling: str, forged: bool) -> dict[str, str]:
        """The headers of a callback, signed."""
        at = self._now()
        date = f"{at:%Y-%m-%dT%H:%M:%SZ}"
        message = _Message("POST", url, {"Content-Type": content_type, "Signature-Date": date})
        signer = HTTPMessageSigner(
            signature_algorithm=_Der if spelling == "der" else ECDSA_P256_SHA256,
            key_resolver=_Key(self._forger if forged else self._key),
        )
        signer.content_digest_class = _Sha512
        signer.sign(
            message,
            key_id=KEY_ID,
            created=at,
            expires=at + timedelta(minutes=1),
            label="sig-pp",
            covered_component_ids=COVERED,
            body=body,
        )
        return message.headers


def is_signed(pem: str, url: str, headers: dict[str, str], body: bytes) -> bool:
    """Whether a request is signed by the key that was given to us, on P-256."""
    verifier = HTTPMessageVerifier(signature_algorithm=_Der, key_resolver=_Key(pem.encode()))
    try:
        verifier.verify(_Message("POST", url, headers), require_components=COVERED[:3], body=body)
    except HTTPMessageSignaturesException:
        return False
    return True
