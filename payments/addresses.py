"""
The addresses that providers are given: a secret of the service in each, and for one payment a part that nobody
else can make.

Most callbacks are not signed. Who has seen the address of one payment, and with it the secret that is in all of
them, learns nothing about the address of another: that part is made with a key that stands in none.
"""

import hmac
from dataclasses import dataclass, field
from typing import Final

_MAC_LENGTH: Final = 16


@dataclass(frozen=True, slots=True)
class Addresses:
    """
    Those of one provider: below `public_url`, without a final slash, with the `secret` in each. Of the `keys` the
    first makes a payment's part, and what was made with the others is still read. Without an address or a secret
    there are none, and nobody calls.
    """

    rail: str
    public_url: str
    secret: str = field(repr=False)
    keys: tuple[str, ...] = field(repr=False)

    def __bool__(self) -> bool:
        return bool(self.public_url and self.secret)

    def path(self, what: str) -> str:
        """The path where this is told of any payment: it ends with a slash and takes the payment's part."""
        return f"{self.fixed_path(what)}/"

    def fixed_path(self, what: str) -> str:
        """The path where this is told without a payment."""
        return f"/hooks/{self.rail}/{self.secret}/{what}"

    def fixed(self, what: str) -> str:
        """The address where this is told without a payment."""
        return f"{self.public_url}{self.fixed_path(what)}"

    def of(self, what: str, *names: str) -> str:
        """Where this is told of one payment; `names` are read again by `names`. None of them has a dot in it."""
        signed = ".".join(names)
        return f"{self.public_url}{self.path(what)}{signed}.{_mac(self.keys[0], self.rail, what, signed)}"

    def names(self, what: str, rest: str) -> tuple[str, ...] | None:
        """The names in an address, which follow its path; None for one that is not ours."""
        signed, _, mac = rest.rpartition(".")
        right = [
            hmac.compare_digest(mac.encode(), _mac(key, self.rail, what, signed).encode()) for key in self.keys
        ]
        return tuple(signed.split(".")) if any(right) else None


def _mac(key: str, rail: str, what: str, signed: str) -> str:
    said = f"callback/{rail}/{what}/{signed}"
    return hmac.new(key.encode(), said.encode(), "sha256").hexdigest()[:_MAC_LENGTH]
