"""What the operator says in public: something does not work, or will be worked on."""

from dataclasses import dataclass
from datetime import datetime
from typing import Final, Literal

IncidentKind = Literal["incident", "planned"]
# works; trouble: some of it fails, or it takes long; away: nobody should wait for it
ComponentState = Literal["works", "trouble", "away"]

PUBLIC_WORDS_MAX: Final = 400


@dataclass(frozen=True, slots=True)
class Said:
    """One thing that was said of it, and when."""

    at: datetime
    words: str


@dataclass(frozen=True, slots=True)
class Incident:
    """
    `began_at` is when it began, or will; planned work `ends_at` some time, and an incident when it was resolved:
    `ended_at`. `components` names those that it is about, none for all; `state` is how they are meanwhile. What
    was `said` are the words of the operator, as they typed them, the oldest first.
    """

    id: str
    kind: IncidentKind
    components: tuple[str, ...]
    state: ComponentState
    began_at: datetime
    said: tuple[Said, ...]
    ends_at: datetime | None = None
    ended_at: datetime | None = None
