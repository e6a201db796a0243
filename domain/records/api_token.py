"""Tokens of machines: shown once, kept as a digest, good for some scopes and some groups until a day."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final, Literal, get_args

ApiScope = Literal[
    "groups:read",
    "members:read",
    "members:phones",
    "money:read",
    "books:read",
    "exports",
    "imports",
    "messages:send",
]

API_SCOPES: Final[tuple[ApiScope, ...]] = get_args(ApiScope)
API_TOKEN_VALID_MAX: Final = timedelta(days=365)
API_TOKEN_START: Final = "csb_"  # noqa: S105 - so that a scanner of leaked secrets can tell one


@dataclass(frozen=True, slots=True)
class ApiToken:
    """
    `id` is the digest of the token, `shown` how it begins, which names it in lists. It is good for all groups
    (`everywhere`) or for `groups`, by their ids; from anywhere, or from `addresses`, like 203.0.113.0/24.
    """

    id: str
    shown: str
    name: str
    scopes: tuple[ApiScope, ...]
    made_at: datetime
    until: datetime
    everywhere: bool = False
    groups: tuple[str, ...] = ()
    addresses: tuple[str, ...] = ()
    used_at: datetime | None = None
    revoked_at: datetime | None = None
