"""Accounts of those who work for the operator: an e-mail address, a password, and an app that shows codes."""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from domain.records.person import Language, Pin

AccountRole = Literal["agent", "operator"]


@dataclass(frozen=True, slots=True)
class StaffAccount:
    """
    `email` is in small letters and is one account's. `password` counts its wrong tries as a PIN does.

    An agent sees the groups that name them, see `domain/access/agents.py`, and no others; `groups` are ids that
    accounts of before hold, and `code` is what sheets call an agent, "" for none. An operator sees all groups.
    `app` is what the secret of the app that shows codes is made of, with the pepper: the secret itself is kept
    nowhere.
    `step_used` is the newest 30 seconds of which a code was used: each code serves once.
    """

    id: str
    email: str
    name: str
    role: AccountRole
    language: Language
    password: Pin
    app: str
    created_at: datetime
    groups: tuple[str, ...] = ()
    step_used: int = 0
    disabled: bool = False
    code: str = ""
