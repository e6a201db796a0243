"""
One exchange with pawaPay: who we are, in each request, and our signature, where pawaPay was told to ask for one.

Source: pawaPay Docs, "Using the API", "Signatures".
"""

import json
from typing import Final

from payments.answers import HttpAnswer
from payments.http import AGENT, TIMEOUT, HttpClient, bearer, check_key, no_auth
from payments.pawapay.signatures import Signer

_JSON: Final = "application/json; charset=UTF-8"


class Wire:
    """
    The way to pawaPay for all threads, with our token. `timeout`: seconds to connect, and to wait for an answer.

    Raises ValueError for a token that no header can hold.
    """

    def __init__(
        self,
        base_url: str,
        token: str,
        *,
        signer: Signer | None = None,
        agent: str = AGENT,
        timeout: tuple[float, float] = TIMEOUT,
    ) -> None:
        check_key("the pawaPay token", token)
        self._base_url, self._signer, self._auth = base_url.rstrip("/"), signer, bearer(token)
        self._http = HttpClient(self._base_url, agent=agent, timeout=timeout)
        self._elsewhere = HttpClient("", agent=agent, timeout=timeout)

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self._base_url!r})"

    def get(self, path: str) -> HttpAnswer:
        """Raises OutcomeUnknown when there is no answer."""
        return self._http.send("GET", path, self._auth)

    def post(self, path: str, body: object) -> HttpAnswer:
        """Raises OutcomeUnknown when there is no answer."""
        data = json.dumps(body, separators=(",", ":")).encode()
        signed = self._signer.headers("POST", f"{self._base_url}{path}", data, _JSON) if self._signer else {}
        return self._http.send("POST", path, self._auth, {"Content-Type": _JSON} | signed, data=data)

    def download(self, url: str) -> HttpAnswer:
        """What it has laid down for us, at an address that our token does not belong to."""
        return self._elsewhere.send("GET", url, no_auth)
