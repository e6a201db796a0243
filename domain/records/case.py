"""What operators did about a payment whose end its provider does not tell: notes, and how two closed it."""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

# What became of the money: it moved; it did not, and will not; or whatever was wrong was put right elsewhere.
Outcome = Literal["moved", "not_moved", "put_right"]
# open: noted on. proposed: one says how it ended. agreed: another one says so too, and it is being closed.
CaseState = Literal["open", "proposed", "agreed", "closed"]
EVIDENCE_LENGTH_MAX = 400


@dataclass(frozen=True, slots=True)
class CaseNote:
    """What an operator wrote about it; `by` is the key of an account, `name` what they were called then."""

    by: str
    name: str
    at: datetime
    words: str


@dataclass(frozen=True, slots=True)
class Case:
    """
    `id` is the payment's. `first` says how it ended, by what `evidence` and under which id of the provider's, ""
    for none; `second` is somebody else who agreed.
    """

    id: str
    state: CaseState = "open"
    notes: tuple[CaseNote, ...] = ()
    outcome: Outcome | Literal[""] = ""
    evidence: str = ""
    provider_id: str = ""
    first: CaseNote | None = None
    second: CaseNote | None = None
