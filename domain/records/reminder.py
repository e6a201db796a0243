"""What a group has its members reminded of, and how far a round of reminders has come through its members."""

from dataclasses import dataclass
from datetime import datetime
from typing import Final, Literal, get_args

# What is due at a meeting; what is due of a loan; the meeting itself; a turn in a rotation; a vote; the loan of
# somebody that waits for a guarantor; and, for the group as a whole, what the week brought.
ReminderKind = Literal["contribution", "instalment", "meeting", "turn", "vote", "guarantee", "summary"]
REMINDER_KINDS: Final[tuple[ReminderKind, ...]] = get_args(ReminderKind)


@dataclass(frozen=True, slots=True)
class ReminderRound:
    """
    One walk through the members of a group, at the time of day `at` that it was due.

    `id` is group:moment, so that there is one. Members with the numbers up to `after` were looked at; `next_at` is
    None once all were, or once it is too late for the rest. The store forgets it after some weeks.
    """

    id: str
    group: str
    at: datetime
    next_at: datetime | None
    after: int = 0
