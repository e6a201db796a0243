"""Work that could not be done: how often it was tried, what went wrong, and when it is tried again."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

# So long after a failure it is tried again, then twice as long each time.
PAUSE_FIRST: Final = timedelta(minutes=1)
PAUSE_MAX: Final = timedelta(hours=1)
# What has an end ends here, after about a day: then a person has to look, and have it tried again.
TRIES_MAX: Final = 30
# How long a worker may take over it before another one may.
STUCK_CLAIM: Final = timedelta(seconds=60)


@dataclass(frozen=True, slots=True)
class Stuck:
    """
    One piece of work. `id` is task:subject: "settle:" and a payment's id.

    `tries` are those that failed, `problem` is what the last one met. `next_at` is None once it is given up.
    """

    id: str
    task: str
    subject: str
    tries: int
    problem: str
    since: datetime
    last_at: datetime
    next_at: datetime | None


def stuck_id(task: str, subject: str) -> str:
    """What a piece of work is known by."""
    return f"{task}:{subject}"


def try_at(tries: int, now: datetime, *, ends: bool) -> datetime | None:
    """When to try next what has failed so often; None: give up."""
    if ends and tries >= TRIES_MAX:
        return None
    return now + min(PAUSE_FIRST * 2 ** min(tries - 1, 16), PAUSE_MAX)
