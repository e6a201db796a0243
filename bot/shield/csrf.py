"""
The token in each form that shows that the form came from a page of ours.

It is masked anew in each page: pages are compressed, and a secret that stood in them unchanged could be guessed, a
letter at a time, from how long they become (BREACH).
"""

import secrets
from base64 import urlsafe_b64decode, urlsafe_b64encode

from flask import current_app
from flask_wtf.csrf import CSRFProtect, generate_csrf


class MaskedCsrf(CSRFProtect):  # type: ignore[misc]  # it has no types
    """The check, of a token that is masked."""

    def _get_csrf_token(self) -> str | None:
        masked = super()._get_csrf_token()
        return unmasked(masked) if masked else None


def masked_token() -> str:
    """The token for a form of this page; "" where the check is switched off."""
    if "csrf" not in current_app.extensions or not current_app.config.get("WTF_CSRF_ENABLED", True):
        return ""
    return masked(generate_csrf())


def masked(token: str) -> str:
    """The same token, never twice in the same letters: a pad, and the token under it."""
    plain = token.encode()
    pad = secrets.token_bytes(len(plain))
    return urlsafe_b64encode(pad + _under(pad, plain)).decode()


def unmasked(masked: str) -> str:
    """The token; "" when this was no masked one."""
    try:
        both = urlsafe_b64decode(masked.encode())
        return _under(both[: len(both) // 2], both[len(both) // 2 :]).decode("ascii")
    except ValueError:
        return ""


def _under(pad: bytes, plain: bytes) -> bytes:
    return bytes(one ^ other for one, other in zip(pad, plain, strict=False))
