"""
What every answer tells a browser: nothing from elsewhere, nothing that runs, in no frame, and no copy is kept.

What an answer says itself stays: a page has styles of its own, a file that never changes is kept for a year.
"""

from collections.abc import Mapping
from typing import Final

from flask import Flask, Response

from bot.config import Settings

SERVER: Final = "web"  # in place of the program's name, which the web server says where we say none
YEAR_SECONDS: Final = 31_536_000
_TLS_ONLY: Final = {"Strict-Transport-Security": f"max-age={YEAR_SECONDS}; includeSubDomains; preload"}
_NONE_OF: Final = (
    "accelerometer", "autoplay", "browsing-topics", "camera", "display-capture", "encrypted-media",
    "fullscreen", "geolocation", "gyroscope", "hid", "magnetometer", "microphone", "midi", "payment",
    "publickey-credentials-get", "screen-wake-lock", "serial", "usb", "xr-spatial-tracking",
)  # fmt: skip

EVERY: Final[Mapping[str, str]] = {
    "Content-Security-Policy": "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
    # Of ours only: who checks where a form came from looks at it, and no other site hears of an address.
    "Referrer-Policy": "same-origin",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Permissions-Policy": ", ".join(f"{each}=()" for each in _NONE_OF),
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cache-Control": "no-store",
}
PAGE: Final[Mapping[str, str]] = {
    "Content-Security-Policy": (
        "default-src 'none'; style-src 'self'; img-src 'self' data:; form-action 'self'; base-uri 'none'; "
        "frame-ancestors 'none'"
    ),
    "X-Robots-Tag": "noindex",
    "Vary": "Cookie",
}
# For ever: another content has another address.
FOR_EVER: Final[Mapping[str, str]] = {"Cache-Control": f"public, max-age={YEAR_SECONDS}, immutable"}


def headers_of_all(settings: Settings) -> Mapping[str, str]:
    """What every answer has that says nothing else; where it goes by TLS, that it always shall."""
    by_tls = settings.app_env == "production" or settings.public_url.startswith("https://")
    return {**EVERY, **(_TLS_ONLY if by_tls else {})}


def protect_answers(flask: Flask, settings: Settings) -> None:
    """From now on each answer has them, a refusal too. Called before all that looks at answers, it is last."""
    always = headers_of_all(settings)

    def add(response: Response) -> Response:
        for name, value in always.items():
            response.headers.setdefault(name, value)
        return response

    flask.after_request(add)
