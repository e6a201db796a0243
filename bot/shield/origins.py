"""
Which sites a browser lets ask the API, by CORS_ORIGIN: those written there to the letter, and by default none.

It is about browsers and scripts of other sites only. No cookie goes with such a request, so it needs a token.
"""

from typing import Final

from flask import Flask, Response, current_app, request
from flask_cors import CORS

from bot.config import Settings

API: Final = "/api/"
_SENT: Final = ("Authorization", "Content-Type", "Accept-Language", "Idempotency-Key", "If-Match", "If-None-Match")
_SEEN: Final = (
    "ETag", "Idempotent-Replayed", "RateLimit-Limit", "RateLimit-Remaining", "RateLimit-Reset", "Retry-After",
    "X-Request-Id",
)  # fmt: skip
_KEPT_SECONDS: Final = 600


def allow_origins(flask: Flask, settings: Settings) -> None:
    """From now on browsers are told which sites may ask, at each address of the API."""
    CORS(
        flask,
        resources={f"{API}*": {"origins": list(settings.origins)}},
        allow_headers=list(_SENT),
        expose_headers=list(_SEEN),
        methods=["GET", "POST", "DELETE"],
        max_age=_KEPT_SECONDS,
        supports_credentials=False,
        send_wildcard=False,
    )
    flask.before_request(_asks_first)


def _asks_first() -> Response | None:
    """A browser that asks whether it may ask sends no token, so it is answered before anybody looks for one."""
    asks = request.method == "OPTIONS" and "Access-Control-Request-Method" in request.headers
    return current_app.make_default_options_response() if asks and request.path.startswith(API) else None
