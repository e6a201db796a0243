"""
One exchange with pawaPay: who we are, in each request, and our signature, where pawaPay was told to ask for one.

Source: pawaPay Docs, "Using the API", "Signatures".
"""

import json
import re
from collections.abc import Mapping
from typing import Final

from requests import Response

from payments.http import AGENT, TIMEOUT, Auth, Sessions, bearer, exchange, no_auth
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
        if not re.fullmatch(r"[!-~]+", token):
            # Refused here, where it can be done without showing it.
            raise ValueError("the pawaPay token must be printable ASCII without spaces")
        self._base_url, self._signer, self._timeout = base_url.rstrip("/"), signer, timeout
        self._agent, self._auth, self._sessions = agent, bearer(token), Sessions()

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self._base_url!r})"

    def get(self, path: str) -> Response:
        """Raises OutcomeUnknown when there is no answer."""
        return self._send("GET", f"{self._base_url}{path}", self._auth)

    def post(self, path: str, body: object) -> Response:
        """Raises OutcomeUnknown when there is no answer."""
        url, data = f"{self._base_url}{path}", json.dumps(body, separators=(",", ":")).encode()
        signed = self._signer.headers("POST", url, data, _JSON) if self._signer else {}
        return self._send("POST", url, self._auth, {"Content-Type": _JSON} | signed, data)

    def download(self, url: str) -> Response:
        """What it has laid down for us, at an address that our token does not belong to."""
        return self._send("GET", url, no_auth)

    def _send(
        self,
        method: str,
        url: str,
        auth: Auth,
        headers: Mapping[str, str] | None = None,
        body: bytes | None = None,
    ) -> Response:
        named = {"User-Agent": self._agent} | dict(headers or {})
        return exchange(
            self._sessions.http, method, url, headers=named, auth=auth, data=body, timeout=self._timeout
        )
