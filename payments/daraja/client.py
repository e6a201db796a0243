"""
One app at Daraja over HTTP: its token, and one exchange.

A new token ends the one before, so that all processes have to share one: without a store of theirs, two would end
each other's all the time. Source: Safaricom Daraja 3.0, "Authorization".
"""

from hashlib import sha256
from typing import Final

from payments.answers import HttpAnswer
from payments.daraja.wire import RAIL, error_of, summary
from payments.daraja.words import BAD_TOKEN
from payments.http import AGENT, TIMEOUT, HttpClient, Tokens, TokenStore, check_key, read_grant
from payments.port import NotSent

_TOKEN_PATH: Final = "/oauth/v1/generate"  # noqa: S105 - a path


class DarajaClient:
    """Raises ValueError for a key that no header can hold."""

    def __init__(
        self,
        *,
        base_url: str,
        consumer_key: str,
        consumer_secret: str,
        tokens: TokenStore | None = None,
        agent: str = AGENT,
        timeout: tuple[float, float] = TIMEOUT,
    ) -> None:
        check_key("Daraja's consumer key", consumer_key)
        check_key("Daraja's consumer secret", consumer_secret)
        self._base_url, self._login = base_url.rstrip("/"), (consumer_key, consumer_secret)
        self._http = HttpClient(self._base_url, agent=agent, timeout=timeout)
        # The key stands nowhere in the store, and another key has another token.
        app = sha256(f"{self._base_url} {consumer_key}".encode()).hexdigest()[:16]
        self._tokens = Tokens(self._grant, tokens, f"{RAIL}:{app}")

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self._base_url!r})"

    def call(self, path: str, body: object) -> HttpAnswer:
        """
        One request and its answer; once more with a new token when the token is refused, which is before anything
        else is looked at. Raises OutcomeUnknown; NotSent when the new token is refused too.
        """
        answer = self._tokens.sent_with(lambda auth: self._http.send("POST", path, auth, json=body), _is_bad_token)
        if _is_bad_token(answer):
            raise NotSent(summary(answer))
        return answer

    def _grant(self) -> tuple[str, float]:
        answer = self._http.send("GET", _TOKEN_PATH, self._login, params={"grant_type": "client_credentials"})
        return read_grant(answer, summary(answer))


def _is_bad_token(answer: HttpAnswer) -> bool:
    code, _ = error_of(answer)
    return code in BAD_TOKEN or (answer.status_code == 401 and not code)
