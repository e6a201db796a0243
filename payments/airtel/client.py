"""
Airtel Money over HTTP: its token, one exchange, and what becomes of a request under an id of ours.

Our reference is a UUID; an id at Airtel is letters and digits alone, so it is the UUID without its hyphens.
Source: Airtel Africa Developers, "Authorization", "Collection APIs", "Disbursement APIs".
"""

import logging
import re
import threading
import time
from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any, ClassVar, Final
from uuid import UUID

import msgspec

from domain.money import Money
from payments.addresses import Addresses
from payments.airtel.answers import SIGNATURE_REFUSED, Said, read_amount, read_answer, read_status
from payments.airtel.markets import MARKETS, AirtelMarket
from payments.airtel.sealed import (
    BadPublicKey,
    PublicKey,
    SignedCallback,
    matches,
    read_public_key,
    signature_headers,
)
from payments.answers import HttpAnswer, read_text
from payments.http import AGENT, TIMEOUT, Auth, HttpClient, Tokens, no_auth, read_grant
from payments.port import (
    Asked,
    Callback,
    Capabilities,
    Carries,
    Hint,
    NotSent,
    OutcomeUnknown,
    ProviderStatus,
    Request,
)

# The papers have keys that are good for a day; ours is asked for again each hour, and when a signature is refused.
KEY_SECONDS: Final = 3_600
REFERENCE_MIN, REFERENCE_MAX = 4, 64
_TOLD: Final = "payment"  # what Airtel calls us for
# Amounts are numbers on this wire. A Decimal is written as it is: no float comes near money.
_JSON: Final = msgspec.json.Encoder(decimal_format="number")

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class AirtelApp:
    """
    One application at Airtel, in one country (ISO 3166).

    `numbers` are the beginnings of those that are Airtel's; where none are given, those of the country. A `signed`
    application sends a signature beside each body, and calls the second version of the API. `callback_key` is that
    of callback authentication: with one, a callback whose hash does not fit names no payment.
    Raises ValueError for a country that we do not know.
    """

    base_url: str
    client_id: str
    client_secret: str = field(repr=False)
    country: str
    numbers: tuple[str, ...] = ()
    signed: bool = False
    callback_key: str = field(default="", repr=False)

    def __post_init__(self) -> None:
        if self.country not in MARKETS:
            raise ValueError(f"no country of Airtel Money {self.country!r}: one of {', '.join(MARKETS)}")

    @property
    def market(self) -> AirtelMarket:
        return MARKETS[self.country]


class AirtelClient(ABC):
    """
    The client of one application; threads share its token. Airtel calls one address for all of an application,
    which has no part for one payment. `agent` is what we are called, `timeout` seconds to connect and to wait.
    """

    name: Final = "airtel"
    capabilities: ClassVar[Capabilities]

    def __init__(
        self,
        app: AirtelApp,
        addresses: Addresses | None = None,
        *,
        agent: str = AGENT,
        timeout: tuple[float, float] = TIMEOUT,
    ) -> None:
        self.carries = [Carries(app.market.currency, app.numbers or app.market.numbers)]
        self._app, self._addresses = app, addresses
        self._base_url, self._tokens = app.base_url.rstrip("/"), Tokens(self._grant)
        self._http = HttpClient(self._base_url, agent=agent, timeout=timeout, headers={"Accept": "*/*"})
        self._keys = _Keys(self._ask_for_keys)

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self._base_url!r}, {self._app.country!r})"

    @abstractmethod
    def _enquiry(self, id: str) -> str:
        """The path at which a request is asked about."""

    @property
    def callbacks(self) -> Sequence[Callback]:
        """A hint whoever sent it: only what an enquiry says is believed."""
        return [Callback(self._addresses.fixed_path(_TOLD), self._read_callback)] if self._addresses else []

    def status(self, asked: Asked) -> ProviderStatus:
        """What became of a request; "not_found" soon after it was made may be "not yet". Raises OutcomeUnknown."""
        id = id_of(asked.reference)
        return read_status(self._call("GET", self._enquiry(id)), id, self._app.market.currency)

    def _balance(self, kind: str, name: str) -> Mapping[str, Money]:
        """What an account of ours holds. The first version of the API knows one alone. Raises OutcomeUnknown."""
        path = f"v2/users/balance?type={kind}" if self._app.signed else "v1/users/balance"
        said = self._call("GET", f"/standard/{path}")
        amount = read_amount(said.data, self._app.market.currency, "balance")
        if said.http != 200 or not said.taken or amount is None:
            raise OutcomeUnknown(str(said))
        return {name if self._app.signed else "wallet": amount}

    def _national(self, phone: str) -> str:
        """A number as this wire has it: without the country's code, and no zero before it."""
        return phone.removeprefix(self._app.market.calling_code)

    def _read_callback(self, request: Request) -> Hint | None:
        try:
            callback = msgspec.json.decode(request.body, type=SignedCallback)
            transaction = msgspec.json.decode(callback.transaction)
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
            return None
        reference = reference_of(transaction.get("id")) if isinstance(transaction, dict) else ""
        if not reference:
            return None
        if key := self._app.callback_key:
            hashed = matches(callback, key)
            if not hashed:
                log.warning("a callback of Airtel Money has no hash that fits: payment %s", reference)
                return None
            log.info("a callback of Airtel Money has the hash of its %s", hashed)
        return Hint(reference)

    def _call(self, method: str, path: str, body: Mapping[str, Any] | None = None) -> Said:
        """
        One exchange, under the same id once more when the token is refused, or the signature.

        Raises OutcomeUnknown.
        """
        raw = None if body is None else _JSON.encode(body)
        said = self._signed_call(method, path, raw)
        if self._app.signed and raw is not None and SIGNATURE_REFUSED.intersection(said.codes):
            self._keys.forget()
            said = self._signed_call(method, path, raw)
        return said

    def _signed_call(self, method: str, path: str, raw: bytes | None) -> Said:
        headers = self._place()
        if self._app.signed and raw is not None:
            headers |= signature_headers(raw, self._keys.current()["key"])
        return read_answer(self._with_token(method, path, headers, raw))

    def _with_token(
        self, method: str, path: str, headers: Mapping[str, str], raw: bytes | None = None
    ) -> HttpAnswer:
        return self._tokens.sent_with(lambda auth: self._send(method, path, auth, headers, raw))

    def _grant(self) -> tuple[str, float]:
        login = {
            "client_id": self._app.client_id,
            "client_secret": self._app.client_secret,
            "grant_type": "client_credentials",
        }
        answer = self._send("POST", "/auth/oauth2/token", no_auth, raw=_JSON.encode(login))
        return read_grant(answer, str(read_answer(answer)))

    def _ask_for_keys(self) -> Mapping[str, PublicKey]:
        """`key` is for signatures; some countries have a `pin_key` beside it, which is else the same."""
        try:
            said = read_answer(self._with_token("GET", "/v1/rsa/encryption-keys", self._place()))
        except OutcomeUnknown as unknown:
            raise NotSent(f"no key: {unknown}") from unknown
        try:
            key = read_public_key(str(said.data.get("key", "")))
            pin_key = said.data.get("pin_key")
            return {"key": key, "pin_key": read_public_key(pin_key) if isinstance(pin_key, str) else key}
        except BadPublicKey as wrong:
            raise NotSent(f"no key: {said}") from wrong

    def _place(self) -> dict[str, str]:
        return {"X-Country": self._app.country, "X-Currency": self._app.market.currency}

    def _send(
        self,
        method: str,
        path: str,
        auth: Auth,
        headers: Mapping[str, str] | None = None,
        raw: bytes | None = None,
    ) -> HttpAnswer:
        kind = {} if raw is None else {"Content-Type": "application/json"}
        return self._http.send(method, path, auth, {**kind, **(headers or {})}, data=raw)


class _Keys:
    """Airtel's public keys, asked for when they are first needed; threads share them."""

    def __init__(self, ask: Callable[[], Mapping[str, PublicKey]]) -> None:
        self._ask = ask
        self._lock = threading.Lock()
        self._keys: Mapping[str, PublicKey] = {}
        self._until = 0.0

    def current(self) -> Mapping[str, PublicKey]:
        """Raises NotSent: nothing goes without them."""
        with self._lock:
            if not self._keys or time.monotonic() >= self._until:
                self._keys = self._ask()
                self._until = time.monotonic() + KEY_SECONDS
            return self._keys

    def forget(self) -> None:
        with self._lock:
            self._keys = {}


def id_of(reference: str) -> str:
    """Our reference as Airtel has it."""
    return UUID(reference).hex


def reference_of(id: object) -> str:
    """Our reference, of an id at Airtel; "" where it is none of ours."""
    ours = read_text(id, r"[0-9a-f]{32}")
    return str(UUID(ours)) if ours else ""


def amount_of(money: Money) -> int | Decimal:
    """A number of major units: 50, not 50.00, and 50.50."""
    amount = Decimal(money.major)
    return int(amount) if amount == int(amount) else amount


def label_of(external_id: str) -> str:
    """Our short reference as their `reference` takes it: four to 64 letters and digits."""
    label = re.sub(r"[^A-Za-z0-9]", "", external_id)[:REFERENCE_MAX]
    return label.rjust(REFERENCE_MIN, "0")
