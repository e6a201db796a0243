"""
One exchange over HTTP, its keys, and a login's token, the same for every rail.

What a provider answers is the rail's own to read; here is what no rail may do another way: an answer that did not
come decides nothing, a redirect is not followed, and a token is renewed once when it is refused.
"""

import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from typing import Any, Final, Protocol

import requests
from requests import PreparedRequest, Response
from urllib3.exceptions import HTTPError, MaxRetryError, NewConnectionError

from payments.answers import HttpAnswer, read_object, read_seconds, read_text
from payments.port import NotSent, OutcomeUnknown

# Who we say that we are: a gateway of MTN answers 403 to the name of the HTTP library (public reports, 2025).
AGENT: Final = "community-savings-bot"
_HEADER: Final = r"[!-~]+"  # what a header can hold
RENEW_EARLY_SECONDS: Final = 60
# Seconds to connect, and to wait for an answer.
TIMEOUT: Final = (5.0, 30.0)
# All of an answer may take so much longer than the wait for it, and be so large: a statement of a month is less.
WHOLE_TIMES: Final = 2
WHOLE_BYTES_MAX: Final = 50_000_000
_PART_BYTES: Final = 1 << 16

Auth = tuple[str, str] | Callable[[PreparedRequest], PreparedRequest]


def exchange(
    http: requests.Session, method: str, url: str, *, timeout: tuple[float, float], **request: Any
) -> HttpAnswer:
    """One request and its answer, whatever it is. Raises OutcomeUnknown when there is none: NotSent, or may be."""
    try:
        # Not redirected: a POST would become a GET, and our keys would go wherever it says.
        with http.request(method, url, allow_redirects=False, stream=True, timeout=timeout, **request) as answer:
            return HttpAnswer(answer.status_code, _whole(answer, WHOLE_TIMES * timeout[1]))
    except requests.RequestException as error:
        raise (NotSent if _never_connected(error) else OutcomeUnknown)(type(error).__name__) from error
    except HTTPError as error:
        raise OutcomeUnknown(type(error).__name__) from error


def _whole(answer: Response, seconds: float) -> bytes:
    """
    All of an answer's body. One that comes a byte at a time would never be over: the timeout is for each of them.

    Raises OutcomeUnknown, HTTPError.
    """
    until, body = time.monotonic() + seconds, bytearray()
    while part := answer.raw.read1(_PART_BYTES, decode_content=True):
        body += part
        if len(body) > WHOLE_BYTES_MAX or time.monotonic() > until:
            raise OutcomeUnknown("an answer without an end")
    return bytes(body)


def _never_connected(error: requests.RequestException) -> bool:
    """Whether no connection was opened, so that nothing can have gone over it."""
    if isinstance(error, requests.ConnectTimeout):
        return True
    cause = error.args[0] if error.args else None
    return isinstance(cause, MaxRetryError) and isinstance(cause.reason, NewConnectionError)


class _Sessions(threading.local):
    """A session for each thread: requests does not say that one may be shared."""

    def __init__(self) -> None:
        self.http = requests.Session()


class HttpClient:
    """
    The way to one API for all threads. Each request has these `headers` and the name that we are called, `agent`.
    `timeout`: seconds to connect, and to wait for an answer.
    """

    def __init__(
        self,
        base_url: str,
        *,
        agent: str = AGENT,
        timeout: tuple[float, float] = TIMEOUT,
        headers: Mapping[str, str] | None = None,
    ) -> None:
        self._base_url, self._timeout = base_url, timeout
        self._headers = {"User-Agent": agent, **(headers or {})}
        self._sessions = _Sessions()

    def send(
        self, method: str, path: str, auth: Auth, headers: Mapping[str, str] | None = None, **request: Any
    ) -> HttpAnswer:
        """As `exchange` does."""
        return exchange(
            self._sessions.http,
            method,
            f"{self._base_url}{path}",
            headers={**self._headers, **(headers or {})},
            auth=auth,
            timeout=self._timeout,
            **request,
        )


def check_key(name: str, key: str) -> None:
    """Raises ValueError for a key that no header can hold: here, where it can be done without showing the key."""
    if not read_text(key, _HEADER):
        raise ValueError(f"{name} must be printable ASCII without spaces")


def bearer(token: str) -> Auth:
    """The token in its header. Given as `auth`: without one requests looks for a login in ~/.netrc."""

    def sign(request: PreparedRequest) -> PreparedRequest:
        request.headers["Authorization"] = f"Bearer {token}"
        return request

    return sign


def no_auth(request: PreparedRequest) -> PreparedRequest:
    """Nothing, and nothing from ~/.netrc either."""
    return request


class TokenStore(Protocol):
    """Where the token of a login is kept, for as long as it is good. `name` says whose it is."""

    def token(self, name: str) -> str:
        """The token that is good now; "" when there is none."""
        ...

    def keep(self, name: str, token: str, seconds: float) -> None: ...

    def renewing(self, name: str) -> AbstractContextManager[None]:
        """Only one at a time gets a new one; the others wait, and find it."""
        ...


class OwnTokens:
    """The tokens of this process alone, for a provider with which a login may have many."""

    def __init__(self) -> None:
        self._kept: dict[str, tuple[str, float]] = {}
        self._lock = threading.Lock()

    def token(self, name: str) -> str:
        token, until = self._kept.get(name, ("", 0.0))
        return token if time.monotonic() < until else ""

    def keep(self, name: str, token: str, seconds: float) -> None:
        self._kept[name] = token, time.monotonic() + seconds

    @contextmanager
    def renewing(self, name: str) -> Iterator[None]:
        with self._lock:
            yield


def _is_unauthorized(answer: HttpAnswer) -> bool:
    return answer.status_code == 401


class Tokens:
    """
    The token of one login, from `grant`, which raises OutcomeUnknown when it gets none.

    `grant` returns the token and for how many seconds it is good. It is renewed a minute early, and at once when
    it is refused, by one thread of one process of those that share the `store`.
    """

    def __init__(
        self, grant: Callable[[], tuple[str, float]], store: TokenStore | None = None, name: str = ""
    ) -> None:
        self._grant, self._store, self._name = grant, store or OwnTokens(), name

    def current(self, refused: str = "") -> str:
        """The token of now, which is not the one that was `refused`. Raises NotSent: nothing goes without it."""
        token = self._store.token(self._name)
        if token not in ("", refused):
            return token
        with self._store.renewing(self._name):
            token = self._store.token(self._name)
            if token in ("", refused):
                token = self._renew()
            return token

    def sent_with(
        self, send: Callable[[Auth], HttpAnswer], is_refused: Callable[[HttpAnswer], bool] = _is_unauthorized
    ) -> HttpAnswer:
        """The answer to a request with the token; to the same once more, with a new one, when it is refused."""
        token = self.current()
        answer = send(bearer(token))
        return send(bearer(self.current(refused=token))) if is_refused(answer) else answer

    def _renew(self) -> str:
        asked_at = time.monotonic()
        try:
            token, seconds = self._grant()
        except OutcomeUnknown as unknown:
            raise NotSent(f"no token: {unknown}") from unknown
        left = seconds - (time.monotonic() - asked_at) - RENEW_EARLY_SECONDS
        self._store.keep(self._name, token, max(left, 0.0))
        return token


def read_grant(answer: HttpAnswer, said: str) -> tuple[str, float]:
    """
    The token that an answer grants, as OAuth 2 names it, and for how many seconds it is good.

    Raises OutcomeUnknown, with what it `said`, where it grants none that a header can hold.
    """
    body = read_object(answer)
    token = read_text(body.get("access_token"), _HEADER)
    if answer.status_code != 200 or not token:
        raise OutcomeUnknown(said)
    return token, read_seconds(body.get("expires_in"))
