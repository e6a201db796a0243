"""
The token in each form that shows that the form came from a page of ours.

It is masked anew in each page: pages are compressed, and a secret that stood in them unchanged could be guessed, a
letter at a time, from how long they become (BREACH).
"""

import secrets
from base64 import urlsafe_b64decode, urlsafe_b64encode
from typing import Final

from flask import Flask, current_app, request
from flask_wtf.csrf import CSRFError, CSRFProtect, generate_csrf
from itsdangerous import BadData, URLSafeTimedSerializer
from werkzeug.exceptions import BadRequest

from bot.config import Settings

_SALT: Final = "wtf-csrf-token"  # flask-wtf's own


class MaskedCsrf(CSRFProtect):  # type: ignore[misc]  # it has no types
    """The check, of a token that is masked, and that may be signed with a key of before."""

    def _get_csrf_token(self) -> str | None:
        masked = super()._get_csrf_token()
        return _signed_anew(unmasked(masked)) if masked else None


def _signed_anew(token: str) -> str:
    """The token, signed with the key of now where it was with one of before: its page is not too old for that."""
    for before in current_app.config.get("SECRET_KEY_FALLBACKS") or ():
        try:
            said = URLSafeTimedSerializer(before, salt=_SALT).loads(token)
        except BadData:
            continue
        return str(URLSafeTimedSerializer(str(current_app.secret_key), salt=_SALT).dumps(said))
    return token


def check_forms(flask: Flask, settings: Settings, but: tuple[str, ...]) -> None:
    """
    From now on what is posted is refused (400) without the token of its page, `but` at addresses that begin so.

    It is good for as long as the cookie is: somebody may leave a page open for a day.
    """
    if not settings.csrf_protection:
        return
    flask.config.update(
        WTF_CSRF_CHECK_DEFAULT=False, WTF_CSRF_TIME_LIMIT=None, WTF_CSRF_HEADERS=[], WTF_CSRF_SSL_STRICT=False
    )
    check = MaskedCsrf(flask)

    def protect() -> None:
        if request.endpoint is None or request.path.startswith(but):
            return
        try:
            check.protect()
        except CSRFError as error:
            raise BadRequest("This form is not of a page of ours, or the page is too old.") from error

    flask.before_request(protect)


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
