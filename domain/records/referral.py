"""A member who brings somebody into their group: the code for it, and what became of it."""

import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final, Literal, get_args

from domain.money import Money

VALID_DAYS: Final = timedelta(days=365)
# Typed like the code of a group, which is shorter, or an invitation, which is longer.
REFERRAL_DIGITS: Final = 8

# "waiting" for the first contribution of who was brought, or for the group to have earned the reward.
ReferralState = Literal["waiting", "rewarded", "refused"]
# Why no reward is paid:
#   known: who came was in a group before; pays_none: this group gives no reward
#   same_phone: both have one phone, or had; same_chat: the chat was the other's
#   newcomer_left, referrer_left: they are no member now; enough: the referrer brought as many as are rewarded
#   too_late: nothing was put in within a year
WhyNoReward = Literal[
    "known", "pays_none", "same_phone", "same_chat", "newcomer_left", "referrer_left", "enough", "too_late"
]
WHY_NO_REWARD: Final[tuple[WhyNoReward, ...]] = get_args(WhyNoReward)


@dataclass(frozen=True, slots=True)
class ReferralCode:
    """A member's own code for their group: `id` is what a newcomer types, for a year."""

    id: str
    group: str
    by: str
    at: datetime

    @property
    def ends_at(self) -> datetime:
        return self.at + VALID_DAYS


@dataclass(frozen=True, slots=True)
class Referral:
    """
    Somebody who came by a code: `id` is that person, so there is one of each. The amounts are what the group gave
    to both when they came; None where it gave nothing.
    """

    id: str
    group: str
    by: str
    code: str
    at: datetime
    state: ReferralState
    next_at: datetime | None
    reward: Money | None = None  # for who brought them
    welcome: Money | None = None  # for themselves
    why: WhyNoReward | Literal[""] = ""
    ended_at: datetime | None = None

    @property
    def reference(self) -> str:
        """What its entry in the books is known by: at most one entry has it."""
        return f"referral:{self.id}"


def new_referral_code() -> str:
    """REFERRAL_DIGITS digits, the first of them not 0."""
    least = 10 ** (REFERRAL_DIGITS - 1)
    return str(least + secrets.randbelow(9 * least))
