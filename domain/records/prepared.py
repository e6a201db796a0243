"""
What somebody prepared without their PIN, on a page or by a program: it binds nobody and moves nothing before they
have confirmed it on their phone.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final, Literal

from domain.money import Money
from domain.records.loan import LoanPurpose
from domain.records.payment import Way

PreparedState = Literal["waiting", "confirmed", "dropped", "replaced"]
CONFIRM_WITHIN: Final = timedelta(hours=72)


@dataclass(frozen=True, slots=True)
class PreparedLoan:
    """A request for a loan. Of one person one waits at a time: a newer one replaces it."""

    id: str
    person: str
    group: str
    amount: Money
    periods: int
    way: Way
    guarantors: tuple[str, ...]
    purpose: LoanPurpose | None
    at: datetime
    until: datetime
    state: PreparedState = "waiting"
