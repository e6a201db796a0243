"""
The log of who did, saw and exported what, and why: written down at once, chained within seconds.

A line that is in the chain has its place (`seq`, from 1) and the seal of the one before it. One that waits to be
chained has a seal of its own, so that it cannot be changed meanwhile either.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

AuditOutcome = Literal["done", "refused", "failed"]


@dataclass(frozen=True, slots=True)
class AuditEntry:
    """
    One act. `id` begins with its time, so that ids are in order. `by` is "person:ID", "account:ID", "token:ID", or
    "" for somebody we do not know; `by_name` what an account or a token was
    called then, "" for a person.

    `did` is a short word like "member.seen"; `about` the id of the person it was about, `group` the group's, each
    "" for none; `where` an address. `alone` is the seal it has without a place, `seal` the one in its place.
    """

    id: str
    at: datetime
    by: str
    by_name: str
    role: str
    did: str
    about: str
    group: str
    why: str
    outcome: AuditOutcome
    where: str
    alone: str
    seq: int = 0
    previous: str = ""
    seal: str = ""


@dataclass(frozen=True, slots=True)
class AuditHead:
    """Where the chain stands: its last place and that entry's seal."""

    id: str
    seq: int = 0
    seal: str = ""
