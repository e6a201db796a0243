"""What every page tells a browser: nothing from elsewhere, nothing that runs, and to keep no copy of it."""

from typing import Final

SECURITY: Final = {
    "Content-Security-Policy": (
        "default-src 'none'; style-src 'self'; img-src 'self' data:; form-action 'self'; base-uri 'none'; "
        "frame-ancestors 'none'"
    ),
    # Of ours only: who checks where a form came from looks at it, and no other site hears of an address.
    "Referrer-Policy": "same-origin",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
}
PAGE: Final = {**SECURITY, "Cache-Control": "no-store", "X-Robots-Tag": "noindex", "Vary": "Cookie"}
