"""Tokens of machines: made and revoked by whoever runs the service, and looked up at each request."""

import hashlib
import ipaddress
import secrets
from collections.abc import Sequence
from contextlib import suppress
from datetime import timedelta
from typing import Final

from domain.access.caller import Caller, NotSignedIn
from domain.errors import BadValue
from domain.records.api_token import API_SCOPES, API_TOKEN_START, API_TOKEN_VALID_MAX, ApiScope, ApiToken
from domain.store import Store

_BYTES: Final = 32
_SHOWN: Final = len(API_TOKEN_START) + 6
_USED_AGAIN: Final = timedelta(minutes=1)  # how old `used_at` may be


class BadApiToken(BadValue):
    """A token that cannot be made; the message says why."""


def make_api_token(
    store: Store,
    name: str,
    scopes: Sequence[ApiScope],
    valid: timedelta,
    *,
    everywhere: bool = False,
    groups: Sequence[str] = (),
    addresses: Sequence[str] = (),
) -> tuple[str, ApiToken]:
    """
    A new token, which nobody can be shown again, and what is kept of it. `groups` are ids. Raises BadApiToken.
    """
    if not name.strip():
        raise BadApiToken("a token needs a name")
    if not scopes or set(scopes) - set(API_SCOPES):
        raise BadApiToken(f"scopes are {', '.join(API_SCOPES)}")
    if not timedelta(0) < valid <= API_TOKEN_VALID_MAX:
        raise BadApiToken(f"a token is good for {API_TOKEN_VALID_MAX.days} days at most")
    if everywhere == bool(groups):
        raise BadApiToken("a token is for some groups, or for all of them")
    try:
        networks = tuple(str(ipaddress.ip_network(each, strict=False)) for each in addresses)
    except ValueError as error:
        raise BadApiToken(f"{error}: an address is like 203.0.113.7 or 203.0.113.0/24") from error
    token = API_TOKEN_START + secrets.token_urlsafe(_BYTES)
    now = store.now()
    kept = ApiToken(
        id=_digest(token),
        shown=token[:_SHOWN],
        name=name.strip(),
        scopes=tuple(each for each in API_SCOPES if each in scopes),
        made_at=now,
        until=now + valid,
        everywhere=everywhere,
        groups=tuple(groups),
        addresses=networks,
    )
    store.api_tokens.insert(kept)
    return token, kept


def caller_by_token(store: Store, token: str, where: str) -> Caller:
    """Whose a token is that came from an address. Raises NotSignedIn."""
    found = store.api_tokens.one(id=_digest(token)) if token.startswith(API_TOKEN_START) else None
    now = store.now()
    if found is None or found.revoked_at is not None or now >= found.until or not _from(found, where):
        raise NotSignedIn
    if found.used_at is None or now - found.used_at >= _USED_AGAIN:
        store.api_tokens.change(found.id, used_at=now)
    return caller_of_token(found)


def caller_of_token(token: ApiToken) -> Caller:
    """A token as whoever asks. A group that moves in is none of some groups yet: imports are for all, or none."""
    scopes = frozenset(token.scopes) - (frozenset() if token.everywhere else {"imports"})
    return Caller(
        kind="token",
        id=token.shown,
        role="operator" if token.everywhere else "agent",
        name=token.name,
        scopes=scopes,
        groups=frozenset(token.groups),
        everywhere=token.everywhere,
    )


def api_tokens(store: Store) -> list[ApiToken]:
    """All of them, the oldest first; those that are over are kept for a while."""
    return store.api_tokens.find(sort="made_at")


def revoke_api_token(store: Store, shown: str) -> ApiToken | None:
    """From now on the token that begins like this, or is this, is good for nothing; None for none."""
    found = store.api_tokens.one(shown=shown[:_SHOWN])
    return store.api_tokens.change(found.id, revoked_at=found.revoked_at or store.now()) if found else None


def _from(token: ApiToken, where: str) -> bool:
    if not token.addresses:
        return True
    with suppress(ValueError):
        came = ipaddress.ip_network(where, strict=False)
        return any(
            came.version == each.version and came.subnet_of(each)  # type: ignore[arg-type]
            for each in map(ipaddress.ip_network, token.addresses)
        )
    return False


def _digest(token: str) -> str:
    # 256 bits that were drawn at random need no slow hash.
    return hashlib.sha256(token.encode()).hexdigest()
