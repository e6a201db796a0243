"""
Who may use MTN MoMo: API users with their keys, subscription keys, and tokens.

Any login and subscription key will do until a user is made here, as MTN's sandbox has it; then its key must fit.
Source: MTN MoMo Developer, "API user and API key management", "Bearer authentication token".
"""

import threading
import time
from collections import OrderedDict
from dataclasses import dataclass
from secrets import token_hex, token_urlsafe
from typing import Any, Final
from uuid import UUID

from flask import Blueprint, Response, request

from simulator.world import Switches

USERS_MAX = 1_000
TOKENS_MAX = 10_000

Json = dict[str, Any]

MESSAGES: Final = {
    "RESOURCE_ALREADY_EXIST": "Duplicated reference id. Creation of resource failed.",
    "RESOURCE_NOT_FOUND": "Requested resource was not found.",
    "INVALID_CURRENCY": "Currency not supported.",
}
LENGTH_REQUIRED: Final = "<!DOCTYPE html><html><head><title>Length Required</title></head><body>411</body></html>"


class ApiError(Exception):
    """What the API answers instead; the body is as the wire has it."""

    def __init__(self, status: int, body: Json) -> None:
        super().__init__(f"{status} {body}")
        self.status, self.body = status, body


def refusal(status: int, code: str, message: str = "") -> ApiError:
    """The usual error: {"message", "code"}. No published answer says which code a 400 has: ours is BAD_REQUEST."""
    message = message or MESSAGES.get(code) or f"{code.replace('_', ' ').capitalize()}."
    return ApiError(status, {"message": message, "code": code})


def reference_id() -> str:
    """The X-Reference-Id of the request, a version 4 UUID in lower case."""
    return _uuid4(request.headers.get("X-Reference-Id", ""))


def _uuid4(text: str) -> str:
    try:
        uuid = UUID(text)
    except ValueError:
        raise refusal(400, "BAD_REQUEST", "The reference is not a UUID.") from None
    if uuid.version != 4 or str(uuid) != text.lower():
        raise refusal(400, "BAD_REQUEST", "The reference is not a version 4 UUID.")
    return str(uuid)


@dataclass(slots=True)
class User:
    callback_host: str
    key: str = ""


@dataclass(slots=True)
class Token:
    """`uses` counts the requests that it has opened."""

    user: str
    subscription: str
    expires: float
    uses: int = 0


class Users:
    """The API users made here, for whichever product."""

    def __init__(self) -> None:
        self._users: OrderedDict[str, User] = OrderedDict()
        self._lock = threading.Lock()

    def callback_host(self, user: str) -> str:
        """The host that this API user registered for callbacks; empty for one that was not made here."""
        with self._lock:
            return self._users[user].callback_host if user in self._users else ""

    def accept(self, user: str, key: str) -> bool:
        """Whether this login will do."""
        with self._lock:
            made = self._users.get(user)
        return bool(user and key) and (made is None or made.key == key)

    def routes(self) -> Blueprint:
        routes = Blueprint("users", __name__, url_prefix="/v1_0/apiuser")

        @routes.post("")
        def make_user() -> Response:
            _subscription()
            user, body = reference_id(), request.get_json(silent=True)
            host = body.get("providerCallbackHost") if isinstance(body, dict) else None
            if not isinstance(host, str) or not host or "/" in host:
                raise refusal(400, "BAD_REQUEST", "providerCallbackHost is the name of a host.")
            with self._lock:
                if user in self._users:
                    raise refusal(409, "RESOURCE_ALREADY_EXIST")
                self._users[user] = User(host)
                if len(self._users) > USERS_MAX:
                    self._users.popitem(last=False)
            return Response(status=201)

        @routes.post("/<user>/apikey")
        def make_key(user: str) -> tuple[Json, int]:
            made = self._known(user)
            made.key = token_hex(16)
            return {"apiKey": made.key}, 201

        @routes.get("/<user>")
        def show_user(user: str) -> Json:
            return {
                "providerCallbackHost": self._known(user).callback_host,
                "targetEnvironment": "sandbox",
            }

        return routes

    def _known(self, user: str) -> User:
        _subscription()
        with self._lock:
            if user not in self._users:
                raise refusal(404, "RESOURCE_NOT_FOUND")
            return self._users[user]


class Access:
    """The tokens of one product: another product's open nothing here. `granted` counts those given out."""

    def __init__(self, users: Users, faults: Switches) -> None:
        self.granted = 0
        self.users = users
        self._faults = faults
        self._tokens: OrderedDict[str, Token] = OrderedDict()
        self._lock = threading.Lock()

    def user(self) -> str:
        """The API user whose token this request carries; it ends with 401 when the token or the key is wrong."""
        subscription, limit = _subscription(), self._faults.get("token_expires_after")
        kind, _, value = request.headers.get("Authorization", "").partition(" ")
        with self._lock:
            token = self._tokens.get(value) if kind == "Bearer" else None
            spent = token is None or time.monotonic() >= token.expires
            if token is None or spent or (limit is not None and token.uses >= limit):
                raise ApiError(
                    401, {"statusCode": 401, "message": "Unauthorized. Access token is invalid or expired."}
                )
            if token.subscription != subscription:
                raise _bad_subscription("invalid")
            token.uses += 1
            return token.user

    def revoke(self) -> None:
        """Forget every token, long before it expires."""
        with self._lock:
            self._tokens.clear()

    def add_routes(self, routes: Blueprint) -> None:
        @routes.post("/token")
        def no_slash() -> Response:
            raise ApiError(404, {"statusCode": 404, "message": "Resource not found"})

        @routes.post("/token/")
        def token() -> Json | Response:
            if request.content_length is None:
                return Response(LENGTH_REQUIRED, 411, mimetype="text/html")
            if request.content_length:
                raise refusal(400, "BAD_REQUEST", "A token is asked for without a body.")
            return self._grant(_subscription())

    def _grant(self, subscription: str) -> Json:
        login, seconds = request.authorization, self._faults.get("token_seconds")
        user, key = (login.username or "", login.password or "") if login else ("", "")
        if self._faults.take("login_failed"):
            raise ApiError(500, {"error": "login_failed"})
        if not self.users.accept(user, key):
            raise ApiError(401, {"error": "login_failed"})
        value = token_urlsafe(32)
        with self._lock:
            self._tokens[value] = Token(user, subscription, time.monotonic() + seconds)
            if len(self._tokens) > TOKENS_MAX:
                self._tokens.popitem(last=False)
            self.granted += 1
        return {"access_token": value, "token_type": "access_token", "expires_in": seconds}


def _subscription() -> str:
    if key := request.headers.get("Ocp-Apim-Subscription-Key"):
        return key
    raise _bad_subscription("missing")


def _bad_subscription(what: str) -> ApiError:
    return ApiError(401, {"statusCode": 401, "message": f"Access denied due to {what} subscription key."})
