"""
Who asks, for one request over HTTP: read from its cookie or its Authorization header, checked against the store.

A page has a session cookie, the API an access token (a JWT that is good for some minutes) or a machine's token.
What an access token says is only which session it is of: whoever that is, and what they may, is read anew.
"""

import hmac
from typing import Any, Final

import jwt
from flask import g, request, session
from werkzeug.datastructures import WWWAuthenticate
from werkzeug.exceptions import Unauthorized

from bot.app import App
from bot.clients import client_of
from bot.config import Settings
from bot.logs import about
from bot.served import served
from domain.access.caller import Caller, NotSignedIn
from domain.access.sign_in import SignedIn, caller_of_page, caller_of_session
from domain.access.tokens import caller_by_token
from domain.records.api_token import API_TOKEN_START

ALGORITHM: Final = "HS256"
AUDIENCE: Final = "api"
# What each of our tokens says, and what it is.
_CLAIMS: Final = {"iss": str, "aud": str, "sub": str, "sid": str, "jti": str, "iat": int, "exp": int}
_BEARER: Final = WWWAuthenticate("bearer")
_COOKIE_KEY: Final = "signed_in"
_API: Final = "/api/"


def caller() -> Caller:
    """Who asks. Raises Unauthorized (401) where nobody is signed in; a page shows its sign-in then."""
    try:
        return _caller()
    except NotSignedIn as error:
        raise Unauthorized("Please sign in.", www_authenticate=_BEARER) from error


def caller_if_any() -> Caller | None:
    """Who asks, None where nobody is signed in."""
    try:
        return _caller()
    except NotSignedIn:
        return None


def _caller() -> Caller:
    """Once for a request. Raises NotSignedIn."""
    found: Caller | None = g.get("caller")
    if found is None:
        header = request.headers.get("Authorization")
        if header is None and request.path.startswith(_API):
            raise NotSignedIn  # a cookie goes with whatever another site sends: it is good for pages only
        found = g.caller = _by_cookie() if header is None else _by_header(header)
        about(found.id if found.kind == "person" else found.key)
    return found


def _by_cookie() -> Caller:
    token = session.get(_COOKIE_KEY, "")
    return caller_of_page(served().store, token if isinstance(token, str) else "")


def _by_header(header: str) -> Caller:
    scheme, _, token = header.partition(" ")
    if scheme.lower() != "bearer":
        raise NotSignedIn
    app = served()
    if token.startswith(API_TOKEN_START):
        return caller_by_token(app.store, token, where())
    claims = _claims(app, token)
    return caller_of_session(app.store, claims["sid"], owner=claims["sub"])


def where() -> str:
    """The address that this request came from."""
    forwarded = request.headers.get("X-Forwarded-For", "")
    return client_of(request.remote_addr or "", forwarded, served().settings.proxies)


def device() -> str:
    """What they say they use, in a few words."""
    agent = request.user_agent.string
    browsers = ("Edg", "OPR", "Opera", "SamsungBrowser", "Firefox", "Chrome", "Safari", "curl", "python")
    systems = ("Android", "iPhone", "iPad", "Windows", "Macintosh", "Linux")
    found = [next((each for each in names if each.lower() in agent.lower()), "") for names in (browsers, systems)]
    return " ".join(filter(None, found))


def keep_signed_in(signed: SignedIn) -> None:
    """From now on the cookie of pages is this session's, and nothing of one before."""
    session.clear()
    session[_COOKIE_KEY] = signed.refresh_token
    g.pop("caller", None)


def forget_signed_in() -> None:
    """The cookie holds nobody any more."""
    session.clear()
    g.pop("caller", None)


def cookie_settings(settings: Settings) -> dict[str, Any]:
    """How Flask signs and sends the cookie of pages."""
    now, *before = (hmac.digest(each.encode(), b"cookies", "sha256").hex() for each in settings.session_secrets)
    return {
        "SECRET_KEY": now,
        "SECRET_KEY_FALLBACKS": before,
        # With this name a browser takes it from this host by TLS only, and from no host beside it.
        "SESSION_COOKIE_NAME": "__Host-session" if settings.app_env == "production" else "session",
        "SESSION_COOKIE_HTTPONLY": True,
        "SESSION_COOKIE_SAMESITE": "Lax",
        "SESSION_COOKIE_SECURE": settings.app_env == "production",
    }


def access_token(signed: SignedIn) -> str:
    """A JWT that is good for some minutes, for as long as its session stands."""
    app = served()
    now = int(app.store.now().timestamp())
    claims = {
        "iss": app.settings.app_name,
        "aud": AUDIENCE,
        "sub": signed.caller.key,
        "sid": signed.session.id,
        "jti": app.store.new_id(),
        "iat": now,
        "exp": now + int(app.settings.access_valid.total_seconds()),
    }
    secret = app.settings.jwt_secret
    return jwt.encode(claims, secret, algorithm=ALGORITHM, headers={"kid": key_id(secret)})


def key_id(secret: str) -> str:
    """What a key is called in the tokens it signs; it says nothing of the key."""
    return hmac.new(secret.encode(), b"kid", "sha256").hexdigest()[:12]


def _keys(settings: Settings) -> dict[str, str]:
    return {key_id(each): each for each in (settings.jwt_secret, settings.jwt_secret_previous) if each}


def _claims(app: App, token: str) -> dict[str, Any]:
    """What a JWT of ours says. Raises NotSignedIn for one that is not ours, or not any more."""
    try:
        secret = _keys(app.settings).get(str(jwt.get_unverified_header(token).get("kid", "")))
        if secret is None:
            raise NotSignedIn
        claims: dict[str, Any] = jwt.decode(
            token,
            secret,
            algorithms=[ALGORITHM],
            audience=AUDIENCE,
            issuer=app.settings.app_name,
            options={"require": [*_CLAIMS], "verify_exp": False, "verify_iat": False},
        )
    except jwt.InvalidTokenError as error:
        raise NotSignedIn from error
    # By the store's clock, as everything is.
    if [type(claims[name]) for name in _CLAIMS] != [*_CLAIMS.values()] or claims[
        "exp"
    ] <= app.store.now().timestamp():
        raise NotSignedIn
    return claims
