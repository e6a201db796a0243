"""
What Airtel Money has sealed: bodies that are signed, the PIN that pays out, and the hash of a callback.

Source: Airtel Africa Developers, "Message signing", "PIN encryption", "Callback authentication". How a PIN is
padded differs by country: PKCS #1 v1.5 in the traffic of Zambia and Uganda, OAEP in the papers of others.
"""

import base64
import binascii
import hashlib
import hmac
import secrets
from collections.abc import Mapping
from typing import Final, Literal

import msgspec
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.padding import MGF1, OAEP, AsymmetricPadding, PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from cryptography.hazmat.primitives.ciphers import Cipher
from cryptography.hazmat.primitives.ciphers.algorithms import AES
from cryptography.hazmat.primitives.ciphers.modes import CBC
from cryptography.hazmat.primitives.hashes import SHA1, SHA256
from cryptography.hazmat.primitives.padding import PKCS7
from cryptography.hazmat.primitives.serialization import load_der_public_key

from domain.errors import Mistake

KEY_BYTES: Final = 32
IV_BYTES: Final = 16

PublicKey = RSAPublicKey
Padding = Literal["pkcs1", "oaep-sha1", "oaep-sha256"]
PADDINGS: Final[Mapping[Padding, AsymmetricPadding]] = {
    "pkcs1": PKCS1v15(),
    "oaep-sha1": OAEP(MGF1(SHA1()), SHA1(), None),  # noqa: S303 - theirs, and not broken for this
    "oaep-sha256": OAEP(MGF1(SHA256()), SHA256(), None),
}


class BadPublicKey(Mistake):
    """It is not an RSA key as Airtel writes one."""


def read_public_key(text: str) -> PublicKey:
    """A key as Airtel's API writes it, DER in base64, or with the lines of PEM around. Raises BadPublicKey."""
    written = "".join(line.strip() for line in text.splitlines() if not line.startswith("-----"))
    try:
        key = load_der_public_key(base64.b64decode(written, validate=True))
    except (ValueError, binascii.Error, UnsupportedAlgorithm) as wrong:
        raise BadPublicKey(type(wrong).__name__) from wrong
    if not isinstance(key, RSAPublicKey):
        raise BadPublicKey("not RSA")
    return key


def seal_pin(pin: str, key: PublicKey, padding: Padding) -> str:
    """The PIN as a request carries it: never the same twice."""
    return _text(key.encrypt(pin.encode(), PADDINGS[padding]))


def signature_headers(body: bytes, key: PublicKey) -> dict[str, str]:
    """What goes beside exactly this body, under a key and a vector that are used once."""
    aes_key, iv = secrets.token_bytes(KEY_BYTES), secrets.token_bytes(IV_BYTES)
    sealed_key = key.encrypt(key_and_iv(aes_key, iv), PKCS1v15())
    return {"x-signature": sign(body, aes_key, iv), "x-key": _text(sealed_key)}


def sign(body: bytes, aes_key: bytes, iv: bytes) -> str:
    padder, encryptor = PKCS7(AES.block_size).padder(), Cipher(AES(aes_key), CBC(iv)).encryptor()
    padded = padder.update(body) + padder.finalize()
    return _text(encryptor.update(padded) + encryptor.finalize())


def key_and_iv(aes_key: bytes, iv: bytes) -> bytes:
    """As they are sealed: 69 bytes, which fit a key of 1024 bits."""
    return f"{_text(aes_key)}:{_text(iv)}".encode()


class SignedCallback(msgspec.Struct):
    """The body of a callback. `transaction` is as it came, byte by byte."""

    transaction: msgspec.Raw
    hash: str = ""


def matches(callback: SignedCallback, key: str) -> str:
    """
    What the hash of a callback was made of: "transaction", or "body" without the hash; "" where neither fits.

    The papers do not say which of the two it is, and libraries of others differ.
    """
    inner = bytes(callback.transaction)
    for what, message in (("transaction", inner), ("body", b'{"transaction":' + inner + b"}")):
        made = _text(hmac.new(key.encode(), message, hashlib.sha256).digest())
        if hmac.compare_digest(made.encode(), callback.hash.encode()):
            return what
    return ""


def _text(raw: bytes) -> str:
    return base64.b64encode(raw).decode()
