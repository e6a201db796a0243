"""
One product of MTN Mobile Money over HTTP: its token, one exchange, a request under a reference and its status.

Source: MTN MoMo Developer, "Bearer authentication token", "Collections", "Disbursements".
"""

import re
import threading
import time
import unicodedata
from collections.abc import Callable, Mapping, Sequence
from typing import Any, ClassVar, Final

import requests
from requests import PreparedRequest, Response

from domain.money import EXPONENTS, Money
from payments.addresses import Addresses
from payments.momo.answers import failure, read_money, read_object, read_seconds, read_status, summary
from payments.port import (
    Asked,
    Callback,
    Capabilities,
    Carries,
    Collection,
    Hint,
    OutcomeUnknown,
    ProviderStatus,
    Request,
    Transfer,
)

NOTE_MAX: Final = 160
# Who we say that we are: MTN's newer gateway answers 403 to the name of the HTTP library (public reports, 2025).
AGENT: Final = "community-savings-bot"
RENEW_EARLY_SECONDS: Final = 60
_TOLD: Final = "payment"  # what MTN calls us for

# The target environments, one a market, and the currency that each takes.
CURRENCIES: Final[Mapping[str, frozenset[str]]] = {
    "mtnbenin": frozenset({"XOF"}),
    "mtncameroon": frozenset({"XAF"}),
    "mtncongo": frozenset({"XAF"}),
    "mtnghana": frozenset({"GHS"}),
    "mtnguineaconakry": frozenset({"GNF"}),
    "mtnivorycoast": frozenset({"XOF"}),
    "mtnnigeria": frozenset({"NGN"}),
    "mtnrwanda": frozenset({"RWF"}),
    "mtnsouthafrica": frozenset({"ZAR"}),
    "mtnuganda": frozenset({"UGX"}),
    "mtnzambia": frozenset({"ZMW"}),
    "sandbox": frozenset({"EUR"}),
    "simulator": frozenset(EXPONENTS),
}


class MomoClient:
    """
    The client of one API user in one target environment; threads share its token.

    A product says where it is: `product` begins its addresses, `resource` is what its requests make, and `party`
    the other side of them. Each product has a subscription key, an API user and tokens of its own.
    MTN may tell us about a reference at one of our `addresses`, whose host is the registered one; without them it
    does not.
    `agent` is what we are called in each request, `timeout` seconds to connect and seconds to wait for an answer.
    Raises ValueError for an environment that it does not know, or a key that no header can hold.
    """

    name: Final = "momo"
    capabilities: Final = Capabilities(echoes_ref=True)
    product: ClassVar[str]
    resource: ClassVar[str]
    party: ClassVar[str]

    def __init__(
        self,
        *,
        base_url: str,
        subscription_key: str,
        api_user: str,
        api_key: str,
        environment: str,
        addresses: Addresses | None = None,
        agent: str = AGENT,
        timeout: tuple[float, float] = (5, 30),
    ) -> None:
        if environment not in CURRENCIES:
            raise ValueError(f"no MoMo environment {environment!r}: one of {', '.join(CURRENCIES)}")
        keys = {"subscription_key": subscription_key, "api_user": api_user, "api_key": api_key}
        for name, key in keys.items():
            # Refused here, where it can be done without showing the key.
            if not re.fullmatch(r"[!-~]+", key):
                raise ValueError(f"the MoMo {name} must be printable ASCII without spaces")
        self.carries = [Carries(currency) for currency in sorted(CURRENCIES[environment])]
        self._base_url, self._environment, self._timeout = base_url.rstrip("/"), environment, timeout
        self._subscription_key, self._login = subscription_key, (api_user, api_key)
        self._addresses = addresses
        self._sessions, self._agent = _Sessions(), agent
        self._lock = threading.Lock()
        self._token, self._renew_at = "", 0.0

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self._base_url!r}, {self._environment!r})"

    @property
    def callbacks(self) -> Sequence[Callback]:
        """The body of a callback is not read: it is unsigned. MTN makes it with POST, or with PUT."""
        if not self._addresses:
            return []
        addresses = self._addresses

        def read(request: Request) -> Hint | None:
            names = addresses.names(_TOLD, request.rest)
            return Hint(names[0]) if names else None

        return [Callback(addresses.path(_TOLD), read, methods=("POST", "PUT"))]

    def status(self, asked: Asked) -> ProviderStatus:
        """What became of a request; "not_found" is MTN's own word that it never had it. Raises OutcomeUnknown."""
        answer = self._call("GET", f"/v1_0/{self.resource}/{asked.reference}")
        body = read_object(answer)
        # Only MTN's own word for it: a proxy that knows no such page answers 404 too.
        if answer.status_code == 404 and body.get("code") == "RESOURCE_NOT_FOUND":
            return ProviderStatus("not_found")
        if answer.status_code != 200:
            raise OutcomeUnknown(summary(answer))
        return read_status(body)

    def balance(self) -> Money:
        """What the product's account holds. Raises OutcomeUnknown."""
        answer = self._call("GET", "/v1_0/account/balance")
        body = read_object(answer)
        amount = read_money(body.get("availableBalance"), body.get("currency"))
        if answer.status_code != 200 or amount is None:
            raise OutcomeUnknown(summary(answer))
        return amount

    def _request(self, asked: Collection | Transfer, *, payer_message: str, payee_note: str) -> None:
        """Returns when MTN has the request, now or from before. Raises OutcomeUnknown, Refused."""
        headers = {"X-Reference-Id": asked.reference}
        if self._addresses:
            headers["X-Callback-Url"] = self._addresses.of(_TOLD, asked.reference)
        body = {
            "amount": asked.amount.major,
            "currency": asked.amount.currency,
            "externalId": asked.external_id,
            self.party: {"partyIdType": "MSISDN", "partyId": asked.phone.removeprefix("+")},
            "payerMessage": clean_note(payer_message),
            "payeeNote": clean_note(payee_note),
        }
        answer = self._call("POST", f"/v1_0/{self.resource}", headers, body)
        # 409: it has this reference already, from a call whose answer was lost.
        if answer.status_code not in (202, 409):
            raise failure(answer)

    def _call(
        self, method: str, path: str, headers: Mapping[str, str] | None = None, body: object = None
    ) -> Response:
        """One exchange; with a new token and the same reference once more when the token is refused."""
        token = self._current_token()
        answer = self._send(method, path, _bearer(token), headers, body)
        if answer.status_code == 401:
            token = self._current_token(refused=token)
            answer = self._send(method, path, _bearer(token), headers, body)
        return answer

    def _current_token(self, refused: str = "") -> str:
        """The shared token: a new one when it is about to expire or is the one that was refused."""
        with self._lock:
            asked_at = time.monotonic()
            if self._token in ("", refused) or asked_at >= self._renew_at:
                answer = self._send("POST", "/token/", self._login)
                granted = read_object(answer)
                token, seconds = granted.get("access_token"), granted.get("expires_in")
                if answer.status_code != 200 or not isinstance(token, str) or not re.fullmatch(r"[!-~]+", token):
                    raise OutcomeUnknown(f"no token: {summary(answer)}")
                self._token = token
                self._renew_at = asked_at + read_seconds(seconds) - RENEW_EARLY_SECONDS
            return self._token

    def _send(
        self,
        method: str,
        path: str,
        # Always given: without it requests looks in ~/.netrc for a login that would replace our token.
        auth: tuple[str, str] | Callable[[PreparedRequest], PreparedRequest],
        headers: Mapping[str, str] | None = None,
        body: object = None,
    ) -> Response:
        ours = {
            "User-Agent": self._agent,
            "Ocp-Apim-Subscription-Key": self._subscription_key,
            "X-Target-Environment": self._environment,
        }
        return exchange(
            self._sessions.http,
            method,
            f"{self._base_url}/{self.product}{path}",
            headers=ours | dict(headers or {}),
            auth=auth,
            json=body,
            timeout=self._timeout,
        )


def exchange(http: requests.Session, method: str, url: str, **request: Any) -> Response:
    """One request and its answer, whatever it is. Raises OutcomeUnknown when there is none."""
    try:
        # Not redirected: a POST would become a GET, and our keys would go wherever it says.
        return http.request(method, url, allow_redirects=False, **request)
    except requests.RequestException as error:
        raise OutcomeUnknown(type(error).__name__) from error


def clean_note(text: str) -> str:
    """A note as MTN takes it: accents folded, anything but letters, digits and " .,-" a space, cut at 160."""
    letters = [char for char in unicodedata.normalize("NFKD", text) if not unicodedata.combining(char)]
    return " ".join(re.sub(r"[^A-Za-z0-9 .,-]", " ", "".join(letters)).split())[:NOTE_MAX].rstrip()


class _Sessions(threading.local):
    """A session for each thread: requests does not say that one may be shared."""

    def __init__(self) -> None:
        self.http = requests.Session()


def _bearer(token: str) -> Callable[[PreparedRequest], PreparedRequest]:
    def sign(request: PreparedRequest) -> PreparedRequest:
        request.headers["Authorization"] = f"Bearer {token}"
        return request

    return sign
