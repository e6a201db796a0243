"""Files that somebody asked for: each is a document first, so that losing a queue loses none."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Final, Literal

# A member's own statement; their group's; a picture of who has paid for the meeting, and of how savings grow; all
# that is kept about a person, which is of no group.
PaperKind = Literal["member_statement", "group_statement", "who_paid", "growth", "my_data"]
PaperForm = Literal["pdf", "xlsx", "csv", "png", "json"]
# "short": no file could go, and what matters of it went as a text message. "failed" says why in `reason`.
PaperState = Literal["queued", "sent", "short", "failed"]

PAPER_CLAIM: Final = timedelta(seconds=120)
PAPER_ATTEMPTS_MAX: Final = 8


@dataclass(frozen=True, slots=True)
class Paper:
    """
    One file for one person, of some days, both included. It is made when it is sent, of what the books say then.

    `to` is the chat it was asked for in, "" where that carries no files; `text` asks for a text message and no
    file. `tried` are the addresses it could not be sent to.
    """

    id: str
    person: str
    group: str
    kind: PaperKind
    form: PaperForm
    first: date
    last: date
    created_at: datetime
    next_at: datetime | None
    to: str = ""
    text: bool = False
    state: PaperState = "queued"
    attempts: int = 0
    reason: str = ""
    tried: tuple[str, ...] = ()
    sent_to: str = ""


def paper_retry_at(paper: Paper, now: datetime) -> datetime | None:
    """When to try again after a failure that may pass: 10 s, then twice as long each time; None: give up."""
    if paper.attempts >= PAPER_ATTEMPTS_MAX:
        return None
    return now + timedelta(seconds=10 * 2**paper.attempts)
