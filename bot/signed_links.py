"""
The part of an address that only we can make, that names one thing, serves one purpose and is over at a time.

Nothing is kept of it. Who is given it needs nothing else, so it stands in no log of ours.
"""

import hmac
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta


@dataclass(frozen=True, slots=True)
class SignedLink:
    """What a link is to, and whether its time is over."""

    id: str
    is_over: bool


class SignedLinks:
    """Those of one `purpose`: a link of another one is none here."""

    def __init__(self, purpose: str, secrets: Sequence[str], now: Callable[[], datetime]) -> None:
        """The first of the `secrets` signs; what another has signed is good too."""
        self._purpose, self._secrets, self._now = purpose, [each.encode() for each in secrets], now

    def made(self, id: str, valid: timedelta) -> tuple[str, datetime]:
        """What leads to the thing with this id for so long, and until when that is."""
        until = (self._now() + valid).replace(microsecond=0)
        ends = str(int(until.timestamp()))
        return f"{id}-{ends}-{self._signature(self._secrets[0], id, ends)}", until

    def read(self, token: str) -> SignedLink | None:
        """What we made, None for what we did not."""
        rest, _, signature = token.rpartition("-")
        id, _, ends = rest.rpartition("-")
        given = signature.encode("utf-8", "replace")
        good = [hmac.compare_digest(given, self._signature(each, id, ends).encode()) for each in self._secrets]
        if not any(good):
            return None
        return SignedLink(id, self._now() >= datetime.fromtimestamp(int(ends), UTC))

    def _signature(self, secret: bytes, id: str, ends: str) -> str:
        signed = f"{self._purpose} {id} until {ends}".encode("utf-8", "replace")
        return hmac.digest(secret, signed, "sha256").hex()
