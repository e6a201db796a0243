"""Messages to send: each is a document first, so that losing a queue loses no message."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final, Literal

from domain.money import Money

NoticeState = Literal["queued", "sent", "delivered", "failed"]
NoticeKind = Literal[
    "welcome_to_group",
    "refused_by_group",
    "somebody_wants_to_join",
    "receipt",
    "payment_failed",
    "pin_changed",
]

Values = Mapping[str, str | int | Money]

ATTEMPTS_MAX: Final = 8
CLAIM: Final = timedelta(seconds=60)


@dataclass(frozen=True, slots=True)
class Notice:
    """
    One message to one person. `id` says why it exists, so that a reason is told once.

    The words are found when it is sent, in the language the person has then.
    """

    id: str
    person: str
    kind: NoticeKind
    values: Values
    created_at: datetime
    next_at: datetime | None
    state: NoticeState = "queued"
    attempts: int = 0
    provider_id: str = ""
    reason: str = ""


def retry_at(notice: Notice, now: datetime) -> datetime | None:
    """When to try again after a failure that may pass: 10 s, then twice as long each time; None: give up."""
    if notice.attempts >= ATTEMPTS_MAX:
        return None
    return now + timedelta(seconds=10 * 2**notice.attempts)
