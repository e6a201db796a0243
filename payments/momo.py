"""
MTN Mobile Money, the Collections product: ask a payer for money, and ask what became of it.

A wrong request may be answered 500, and a lost one may have been taken, so an answer is read by its code and
what cannot be read decides nothing. Source: MTN MoMo Developer, "Collections", "Error codes", "Testing".
"""

import json
import re
import threading
import time
import unicodedata
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final
from uuid import uuid4

import requests
from requests import PreparedRequest, Response

from domain.money import EXPONENTS, InvalidAmount, Money, from_major
from payments.port import Collection, OutcomeUnknown, ProviderStatus, Refused

NOTE_MAX: Final = 160
RENEW_EARLY_SECONDS: Final = 60

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

# Mistakes of the caller that MTN reports as 500: nothing was created.
REFUSALS: Final = frozenset(
    {
        "INVALID_CALLBACK_URL_HOST",
        "INVALID_CURRENCY",
        "NOT_ALLOWED",
        "NOT_ALLOWED_TARGET_ENVIRONMENT",
        "NOT_ENOUGH_FUNDS",
        "PAYEE_NOT_ALLOWED_TO_RECEIVE",
        "PAYEE_NOT_FOUND",
        "PAYER_LIMIT_REACHED",
        "PAYER_NOT_FOUND",
    }
)

# These are about our token, the way there or the pace, not about the request itself.
UNDECIDED: Final = frozenset({401, 404, 408, 425, 429})

# Why a payment can have FAILED. PAYER_DELAYED, PAYEE_DELAYED and ONGOING are in the list that MTN publishes too,
# but none of them says that it is over.
FAILURES: Final = REFUSALS | {
    "APPROVAL_REJECTED",
    "COULD_NOT_PERFORM_TRANSACTION",
    "EXPIRED",
    "INTERNAL_PROCESSING_ERROR",
    "PAYMENT_NOT_APPROVED",
    "RESOURCE_ALREADY_EXIST",
    "RESOURCE_NOT_FOUND",
    "SENDER_ACCOUNT_NOT_ACTIVE",
    "SERVICE_UNAVAILABLE",
    "TRANSACTION_CANCELED",
    "TRANSACTION_NOT_FOUND",
}


class MomoCollections:
    """
    The client of one API user in one target environment; threads share its token.

    `callback_url` gives the address at which MTN may tell us about a reference; its host is the registered one.
    `timeout` is seconds to connect and seconds to wait for an answer.
    Raises ValueError for an environment that it does not know, or a key that no header can hold.
    """

    name = "momo"

    def __init__(
        self,
        *,
        base_url: str,
        subscription_key: str,
        api_user: str,
        api_key: str,
        environment: str,
        callback_url: Callable[[str], str] | None = None,
        timeout: tuple[float, float] = (5, 30),
    ) -> None:
        if environment not in CURRENCIES:
            raise ValueError(f"no MoMo environment {environment!r}: one of {', '.join(CURRENCIES)}")
        keys = {"subscription_key": subscription_key, "api_user": api_user, "api_key": api_key}
        for name, key in keys.items():
            # Refused here, where it can be done without showing the key.
            if not re.fullmatch(r"[!-~]+", key):
                raise ValueError(f"the MoMo {name} must be printable ASCII without spaces")
        self.currencies = CURRENCIES[environment]
        self._base_url, self._environment, self._timeout = base_url.rstrip("/"), environment, timeout
        self._subscription_key, self._login = subscription_key, (api_user, api_key)
        self._callback_url = callback_url
        self._sessions = _Sessions()
        self._lock = threading.Lock()
        self._token, self._renew_at = "", 0.0

    def __repr__(self) -> str:
        return f"MomoCollections({self._base_url!r}, {self._environment!r})"

    def collect(self, collection: Collection) -> None:
        headers = {"X-Reference-Id": collection.reference}
        if self._callback_url:
            headers["X-Callback-Url"] = self._callback_url(collection.reference)
        body = {
            "amount": collection.amount.major,
            "currency": collection.amount.currency,
            "externalId": collection.external_id,
            "payer": {"partyIdType": "MSISDN", "partyId": collection.phone.removeprefix("+")},
            "payerMessage": clean_note(collection.message),
            "payeeNote": clean_note(collection.note),
        }
        answer = self._call("POST", "/collection/v1_0/requesttopay", headers, body)
        # 409: it has this reference already, from a call whose answer was lost.
        if answer.status_code not in (202, 409):
            raise _failure(answer)

    def status(self, reference: str) -> ProviderStatus:
        answer = self._call("GET", f"/collection/v1_0/requesttopay/{reference}")
        body = _object(answer)
        # Only MTN's own word for it: a proxy that knows no such page answers 404 too.
        if answer.status_code == 404 and body.get("code") == "RESOURCE_NOT_FOUND":
            return ProviderStatus("not_found")
        if answer.status_code != 200:
            raise OutcomeUnknown(_summary(answer))
        return _status(body)

    def balance(self) -> Money:
        """What the collection account holds. Raises OutcomeUnknown."""
        answer = self._call("GET", "/collection/v1_0/account/balance")
        body = _object(answer)
        amount = _money(body.get("availableBalance"), body.get("currency"))
        if answer.status_code != 200 or amount is None:
            raise OutcomeUnknown(_summary(answer))
        return amount

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
                answer = self._send("POST", "/collection/token/", self._login)
                granted = _object(answer)
                token, seconds = granted.get("access_token"), granted.get("expires_in")
                if answer.status_code != 200 or not isinstance(token, str) or not re.fullmatch(r"[!-~]+", token):
                    raise OutcomeUnknown(f"no token: {_summary(answer)}")
                self._token = token
                lifetime = seconds if isinstance(seconds, int) else 0
                self._renew_at = asked_at + lifetime - RENEW_EARLY_SECONDS
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
        ours = {"Ocp-Apim-Subscription-Key": self._subscription_key, "X-Target-Environment": self._environment}
        return _exchange(
            self._sessions.http,
            method,
            self._base_url + path,
            headers=ours | dict(headers or {}),
            auth=auth,
            json=body,
            timeout=self._timeout,
        )


@dataclass(frozen=True, slots=True)
class SandboxUser:
    """An API user of MTN's sandbox with its key, which MTN shows once."""

    api_user: str
    api_key: str = field(repr=False)


def provision_sandbox(base_url: str, subscription_key: str, host: str) -> SandboxUser:
    """
    Make an API user in MTN's sandbox whose callbacks go to `host`, a host name that cannot be changed later.

    Raises Refused or OutcomeUnknown.
    """
    user, url = str(uuid4()), f"{base_url.rstrip('/')}/v1_0/apiuser"
    headers = {"Ocp-Apim-Subscription-Key": subscription_key}
    with requests.Session() as http:
        body = {"providerCallbackHost": host}
        made = _exchange(http, "POST", url, headers=headers | {"X-Reference-Id": user}, json=body, timeout=(5, 30))
        if made.status_code != 201:
            raise _failure(made)
        keyed = _exchange(http, "POST", f"{url}/{user}/apikey", headers=headers, timeout=(5, 30))
    key = _object(keyed).get("apiKey")
    if keyed.status_code != 201 or not isinstance(key, str):
        raise _failure(keyed)
    return SandboxUser(user, key)


def clean_note(text: str) -> str:
    """A note as MTN takes it: accents folded, anything but letters, digits and " .,-" a space, cut at 160."""
    letters = [char for char in unicodedata.normalize("NFKD", text) if not unicodedata.combining(char)]
    return " ".join(re.sub(r"[^A-Za-z0-9 .,-]", " ", "".join(letters)).split())[:NOTE_MAX].rstrip()


class _Sessions(threading.local):
    """A session for each thread: requests does not say that one may be shared."""

    def __init__(self) -> None:
        self.http = requests.Session()


def _exchange(http: requests.Session, method: str, url: str, **request: Any) -> Response:
    try:
        # Not redirected: a POST would become a GET, and our keys would go wherever it says.
        return http.request(method, url, allow_redirects=False, **request)
    except requests.RequestException as error:
        raise OutcomeUnknown(type(error).__name__) from error


def _bearer(token: str) -> Callable[[PreparedRequest], PreparedRequest]:
    def sign(request: PreparedRequest) -> PreparedRequest:
        request.headers["Authorization"] = f"Bearer {token}"
        return request

    return sign


def _failure(answer: Response) -> Refused | OutcomeUnknown:
    status, code = answer.status_code, _word(_object(answer).get("code"))
    refused = code in REFUSALS if status == 500 else 400 <= status < 500 and status not in UNDECIDED
    return Refused(code or f"HTTP_{status}") if refused else OutcomeUnknown(_summary(answer))


def _status(body: Mapping[str, Any]) -> ProviderStatus:
    """Anything that is not known to be the end is pending, with the strange word as its reason."""
    word, reason = _word(body.get("status")), body.get("reason")
    reason = _word(reason.get("code") if isinstance(reason, dict) else reason)
    provider_id, external_id = (body.get(name) for name in ("financialTransactionId", "externalId"))
    amount = _money(body.get("amount"), body.get("currency"))
    echoed = ("" if provider_id is None else str(provider_id), amount, str(external_id or ""))
    if word == "SUCCESSFUL":
        return ProviderStatus("succeeded", "", *echoed)
    if word == "FAILED" and reason in FAILURES:
        return ProviderStatus("failed", reason, *echoed)
    if word in ("PENDING", "CREATED"):
        return ProviderStatus("pending", reason, *echoed)
    return ProviderStatus("pending", reason or word or "UNREADABLE", *echoed)


def _object(answer: Response) -> dict[str, Any]:
    """The JSON object in the body; empty when it is HTML, nothing, or JSON of another shape."""
    try:
        body = json.loads(answer.content)
    except (ValueError, RecursionError):
        return {}
    return body if isinstance(body, dict) else {}


def _word(code: object) -> str:
    """A code as one word; empty when it is none, since prose may quote what must not be logged."""
    return code if isinstance(code, str) and re.fullmatch(r"[A-Za-z_]{1,64}", code) else ""


def _summary(answer: Response) -> str:
    body = _object(answer)
    return f"HTTP {answer.status_code} {_word(body.get('code')) or _word(body.get('error'))}".rstrip()


def _money(amount: object, currency: object) -> Money | None:
    """A decimal string or a number of major units; None when it is not an amount."""
    try:
        return from_major(str(amount), str(currency))
    except InvalidAmount:
        return None
