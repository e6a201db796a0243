"""
The API user in whose name money goes out, and its password as Daraja takes it: encrypted with Safaricom's key.

Source: Safaricom Daraja 3.0, "Security Credentials".
"""

from base64 import b64encode
from dataclasses import dataclass, field

from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from cryptography.x509 import load_pem_x509_certificate


@dataclass(frozen=True, slots=True)
class Initiator:
    """`certificate` is Safaricom's, as PEM: that of the sandbox is another one than that of production."""

    name: str
    password: str = field(repr=False)
    certificate: bytes = field(repr=False)

    def __post_init__(self) -> None:
        """Raises ValueError for what is no certificate with an RSA key."""
        self._key()

    def credential(self) -> str:
        """The password, encrypted anew each time."""
        return b64encode(self._key().encrypt(self.password.encode(), PKCS1v15())).decode()

    def _key(self) -> RSAPublicKey:
        key = load_pem_x509_certificate(self.certificate).public_key()
        if not isinstance(key, RSAPublicKey):
            raise ValueError("the certificate has no RSA key")
        return key
