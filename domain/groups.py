"""A group and its constitution: what is saved, how much, how often."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Literal
from zoneinfo import ZoneInfo

from domain.money import Money


@dataclass(frozen=True, slots=True)
class Constitution:
    """
    The rules a group gave itself. All amounts are in the group's currency.

    Meetings are on the weekday of `first_meeting`, every `weeks_between` weeks.
    """

    share_price: Money
    first_meeting: date
    shares_max: int = 5  # a meeting
    social_fund: Money | None = None  # a meeting, the same for everyone
    weeks_between: int = 1
    time_zone: str = "Africa/Kampala"

    def __post_init__(self) -> None:
        if self.share_price.minor <= 0 or self.shares_max < 1 or self.weeks_between < 1:
            raise ValueError("a share has a price, a meeting a number of shares and a distance in weeks")

    @property
    def social(self) -> Money:
        """The social fund's part a meeting; zero when the group has none."""
        return self.social_fund or Money(0, self.share_price.currency)

    @property
    def cap(self) -> Money:
        """The most a member may put in between two meetings."""
        return Money(self.share_price.minor * self.shares_max, self.share_price.currency) + self.social

    def day(self, at: datetime) -> date:
        """The date at this moment where the group is."""
        return at.astimezone(ZoneInfo(self.time_zone)).date()

    def meeting(self, at: datetime) -> date:
        """The meeting that a contribution at this moment belongs to: the next one, or today's."""
        days = (self.day(at) - self.first_meeting).days
        step = 7 * self.weeks_between
        return self.first_meeting + timedelta(days=max(0, -(-days // step)) * step)


@dataclass(frozen=True, slots=True)
class Group:
    """A savings group; its book has the same id. `code` is what a newcomer types to join."""

    id: str
    code: str
    name: str
    kind: Literal["vsla", "savings"]
    currency: str
    constitution: Constitution
    created_at: datetime
    members: int = 0  # how many numbers have been given out


@dataclass(frozen=True, slots=True)
class Part:
    """A piece of a contribution: how much of it goes to which account of the member."""

    account: str
    amount: Money


@dataclass(frozen=True, slots=True)
class Paid:
    """What one member has put in for one meeting, in minor units; also what is on its way."""

    shares: int = 0
    social: int = 0


SHARES, SOCIAL_FUND, CREDIT = "3010", "2020", "2030"


def due(constitution: Constitution, paid: Paid) -> Money:
    """What is still to be paid for this meeting: the social fund and at least one share."""
    social = max(0, constitution.social.minor - paid.social)
    share = max(0, constitution.share_price.minor - paid.shares)
    return Money(social + share, constitution.share_price.currency)


def room(constitution: Constitution, paid: Paid) -> Money:
    """The most that may still be put in for this meeting."""
    return constitution.cap - Money(paid.social + paid.shares, constitution.share_price.currency)


def allocate(amount: Money, constitution: Constitution, paid: Paid) -> tuple[Part, ...]:
    """
    Split a contribution: the social fund first, then whole shares, the rest is the member's credit.

    The parts add up to the amount. Shares bought in pieces over several payments of one meeting count
    together only as credit: a share is whole or it is not a share.
    """
    price, currency = constitution.share_price.minor, amount.currency
    social = min(amount.minor, max(0, constitution.social.minor - paid.social))
    shares_left = max(0, constitution.shares_max - paid.shares // price)
    shares = min((amount.minor - social) // price, shares_left) * price
    split: Mapping[str, int] = {SOCIAL_FUND: social, SHARES: shares, CREDIT: amount.minor - social - shares}
    return tuple(Part(account, Money(minor, currency)) for account, minor in split.items() if minor)
