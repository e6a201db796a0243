"""A programme: the project that groups belong to, and that owes its donors their figures."""

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class Programme:
    """`code` is in small letters and is one programme's; a group names the `id`."""

    id: str
    code: str
    name: str
    created_at: datetime
