"""A grant of the social fund, as it is stored; its rules are in `domain/savings/social_fund.py`."""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from domain.money import Money

GrantState = Literal["asked", "approved", "paying", "paid", "rejected", "withdrawn", "expired"]


@dataclass(frozen=True, slots=True)
class Grant:
    """
    What a member asked of the social fund, and for what; `id` is also that of its proposal.

    `approved` waits for an officer to pay it, `paying` is on its way by mobile money.
    """

    id: str
    group: str
    person: str
    amount: Money
    reason: str
    at: datetime
    state: GrantState = "asked"
