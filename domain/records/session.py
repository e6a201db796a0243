"""
Being signed in: a session of somebody on our pages or through the API, and the token that proves it is theirs.

The token is made of the session, how often it was renewed, and two secrets of which one is in the store and one is
not. So nothing has to be kept of it, an old one is known for what it is, and an answer that was lost can be given
again.
"""

import hmac
import re
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final, Literal

SessionKind = Literal["page", "api"]
# Why it ended: its owner closed it here or from elsewhere, a token was used that had been replaced, something of
# its owner's changed, or there were too many.
WhyClosed = Literal["", "signed_out", "closed", "reused", "changed", "crowded"]

PAGE_VALID: Final = timedelta(hours=12)
PAGE_IDLE: Final = timedelta(minutes=20)
API_VALID_MAX: Final = timedelta(days=90)  # however often it is renewed
_NUMBER: Final = re.compile("0|[1-9][0-9]{0,8}")  # one way to write each
SESSIONS_MAX: Final = 10  # of one person or account at a time: one more closes the oldest


@dataclass(frozen=True, slots=True)
class WebSession:
    """
    One session of a person, or of an account (`of`), whose id is `owner`. It ends at `until`.

    `stamp` is made of what its owner proved themselves by: when that changes, it is good no more. `place` is the
    address they came from, `device` what they say they use.
    """

    id: str
    kind: SessionKind
    of: Literal["person", "account"]
    owner: str
    stamp: str
    nonce: str
    began_at: datetime
    seen_at: datetime
    until: datetime
    place: str = ""
    device: str = ""
    renewals: int = 0
    renewed_at: datetime | None = None
    closed_at: datetime | None = None
    why: WhyClosed = ""

    def is_good(self, now: datetime) -> bool:
        """Whether it still stands, whatever became of its owner."""
        idle = self.kind == "page" and now - self.seen_at > PAGE_IDLE
        return self.closed_at is None and now < self.until and not idle


@dataclass(frozen=True, slots=True)
class TokenKeys:
    """
    What refresh tokens are signed with: the newest secret makes them, each of them is believed. `refresh_valid` is
    how long one is good.
    """

    refresh: tuple[str, ...] = field(default=("no secret: only for what signs nobody in",), repr=False)
    refresh_valid: timedelta = timedelta(days=30)

    def token(self, session: WebSession) -> str:
        """The token that is good for a session now."""
        return f"{session.id}.{session.renewals}.{_proof(self.refresh[0], session, session.renewals)}"

    def renewals_of(self, session: WebSession, token: str) -> int | None:
        """Which of a session's tokens this is: 0 for the first. None when we never made it."""
        _, number, proof = token.split(".")
        renewals = int(number)
        made = [_proof(secret, session, renewals) for secret in self.refresh]
        return renewals if any(hmac.compare_digest(proof, each) for each in made) else None


def session_named(token: str) -> str | None:
    """The id of the session a token says it is of; None for what is no token of ours."""
    parts = token.split(".") if token.isascii() and len(token) < 200 else []
    if len(parts) != 3 or not _NUMBER.fullmatch(parts[1]):
        return None
    return parts[0]


def _proof(secret: str, session: WebSession, renewals: int) -> str:
    said = f"{session.id}.{renewals}.{session.nonce}"
    return hmac.new(secret.encode(), said.encode(), "sha256").hexdigest()
