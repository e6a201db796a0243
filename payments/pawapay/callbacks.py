"""
Where pawaPay tells us what became of a request, and whose word that is.

Its dashboard has one address for each kind of operation, so none is for one payment alone. What pawaPay has signed
is its word, and a hint all the same: it makes us ask. Source: pawaPay Docs, "Callbacks".
"""

import logging
import threading
import time
from collections.abc import Sequence
from typing import Final

from domain.records.payment import Told
from payments.addresses import Addresses
from payments.answers import read_json, read_json_object, read_text
from payments.pawapay.answers import objects, read_data
from payments.pawapay.signatures import BadSignature, Now, Verifier, utc_now
from payments.pawapay.wire import Wire
from payments.port import Callback, Hint, OutcomeUnknown, Request

KEYS_AGAIN_SECONDS: Final = 60
_WHY_MAX: Final = 100
_REFERENCE: Final = r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}"  # a UUID, as we write it

log = logging.getLogger(__name__)


class PublicKeys:
    """
    The keys that pawaPay signs with, by their ids. They are asked for when one is named that is not known, and not
    more often than every minute: who makes up ids does not make us ask.
    """

    def __init__(self, wire: Wire) -> None:
        self._wire, self._keys, self._lock = wire, dict[str, str](), threading.Lock()
        self._ask_at = 0.0

    def of(self, id: str) -> str | None:
        with self._lock:
            if id not in self._keys and time.monotonic() >= self._ask_at:
                self._ask_at = time.monotonic() + KEYS_AGAIN_SECONDS
                self._keys |= self._asked()
            return self._keys.get(id)

    def _asked(self) -> dict[str, str]:
        try:
            answer = self._wire.get("/v2/public-key/http")
        except OutcomeUnknown:
            return {}
        return {str(each.get("id")): str(each.get("key")) for each in objects(read_json(answer.content))}


class Callbacks:
    """What pawaPay calls us for. With `keys`, what it has not signed is nobody's."""

    def __init__(self, addresses: Addresses | None, keys: PublicKeys | None = None, now: Now = utc_now) -> None:
        self._addresses = addresses
        self._verifier = Verifier(keys.of, now) if keys else None

    @property
    def signed(self) -> bool:
        return self._verifier is not None

    def about(self, what: str, id: str) -> Sequence[Callback]:
        """The address for one kind of operation; `id` is the name of our reference in what is said there."""
        if not self._addresses:
            return []

        def read(request: Request) -> Hint | None:
            return self._read(request, id)

        return [Callback(self._addresses.fixed_path(what), read)]

    def heard(self, what: str) -> Sequence[Callback]:
        """An address that has to be, for what we ask about ourselves."""
        return [Callback(self._addresses.fixed_path(what), lambda _: None)] if self._addresses else []

    def address(self, what: str) -> str:
        """The whole of it; "" where there is none."""
        return self._addresses.fixed(what) if self._addresses else ""

    def _read(self, request: Request, id: str) -> Hint | None:
        if self._verifier:
            try:
                self._verifier.check("POST", request.url, request.headers, request.body)
            except BadSignature as wrong:
                why = str(wrong)[:_WHY_MAX] or "its signature is of another message"
                log.warning("a callback of pawaPay is not heard: %s", why)
                return None
        body = read_json_object(request.body)
        reference = read_text(body.get(id), _REFERENCE)
        if not reference:
            return None
        status = read_data(body)
        word = status.provider_reason or status.state
        return Hint(reference, Told(receipt=status.provider_id, amount=status.amount, word=word))
