"""Messages to many: who wrote what, to whom, and how far it has come. Each of its messages is a notice."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final, Literal

from domain.records.notice import Values

# What it says: words of whoever writes it, or one of the sentences that are ready.
MessageKind = Literal["words", "meeting", "due", "late", "decision"]
# Whom it is for. "again": those of another broadcast whom it did not reach.
Audience = Literal["all", "unpaid", "late", "officers", "chosen", "again"]
# asked      another officer, or operator, has to agree
# repeating  it is sent by its firings alone, each of which is a broadcast of its own
# waiting    its time has not come; until then nobody is written to
# expanding  the messages are being written, one a person
# sending    all are written; done when none of them is on its way any more
BroadcastState = Literal[
    "asked", "repeating", "waiting", "expanding", "sending", "paused", "done", "stopped", "expired"
]
Repeat = Literal["", "before_meeting"]

REMINDERS: Final[frozenset[MessageKind]] = frozenset({"meeting", "due", "late"})
# In these it may still be stopped; in those there is somebody to be written to.
STILL_GOING: Final[tuple[BroadcastState, ...]] = ("waiting", "expanding", "sending", "paused")
STOPPABLE: Final[tuple[BroadcastState, ...]] = ("asked", "repeating", *STILL_GOING)
UNDO: Final = timedelta(seconds=60)  # between "send" and the first message
LASTS: Final = timedelta(hours=6)  # from when it may go: later it is of no use


@dataclass(frozen=True, slots=True)
class Broadcast:
    """
    `group` is whose members it is for, "" for those of all groups; `by` is the officer, "" for the operator, and
    `name` what they are called. `values` are what its sentence needs that is the same for everybody.

    It goes from `begins_at` on, by day, and not after `ends_at`. `cursor` is how far the messages are written:
    the last membership, or message, that was looked at; `people` have got one. `digest` is what two have in common
    that say the same to the same. `parent` is the one that repeats, `source` the one that it is sent again for.
    `chosen` are people. While it is `stirred`, what waits of it has to be looked at anew.
    """

    id: str
    group: str
    by: str
    name: str
    kind: MessageKind
    audience: Audience
    values: Values
    state: BroadcastState
    created_at: datetime
    begins_at: datetime
    ends_at: datetime
    next_at: datetime | None
    digest: str
    chosen: tuple[str, ...] = ()
    repeat: Repeat = ""
    parent: str = ""
    source: str = ""
    proposal: str = ""
    second: str = ""  # the phone of the operator who has to agree
    cost: int = 0  # what its messages cost at most, in minor units of what they are paid in
    cursor: str = ""
    people: int = 0
    expanded: bool = False
    stirred: bool = False


def cast_id(broadcast: str, person: str) -> str:
    """The one message that a person gets of a broadcast."""
    return f"cast:{broadcast}:{person}"
