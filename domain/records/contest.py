"""What a member says against cash that was written down, as it is stored; see `domain/meetings/cash_book.py`."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final, Literal

ContestState = Literal["open", "reversed", "kept"]
# After it nobody says anything against a record any more.
CONTESTED_WITHIN: Final = timedelta(days=14)


@dataclass(frozen=True, slots=True)
class Contest:
    """
    `id` is that of the payment and `words` are the member's. `decided_by` is the officer who took the record back
    or let it stand, with the `answer` the member was given.
    """

    id: str
    group: str
    person: str
    words: str
    at: datetime
    state: ContestState = "open"
    decided_by: str = ""
    answer: str = ""
