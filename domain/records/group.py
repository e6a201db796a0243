"""A group and its constitution: what is saved, how much, how often, what may be lent, who decides."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from fractions import Fraction
from typing import Annotated, Final, Literal
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from msgspec import Meta

from domain.arithmetic import eligibility, instalments
from domain.arithmetic.periods import Every, Rhythm, meeting_from
from domain.arithmetic.rates import Rate
from domain.arithmetic.rotation import InArrears
from domain.arithmetic.schedule import ChargeOn, Method
from domain.books.accounts import SAVED, Account
from domain.errors import DomainError
from domain.money import MINOR_MAX, Money
from domain.records.reminder import ReminderKind

GroupKind = Literal["vsla", "rosca", "sacco", "savings"]
FineReason = Literal["absence", "late", "late_contribution", "disorder", "other"]
Order = Literal["fixed", "drawn", "negotiated", "auction"]
# The digits that let somebody into a group; no screen has more than the example.
Code = Annotated[str, Meta(examples=["9999999999"])]


# How many members a group may set as its most, unless it has no bound.
MEMBERS: Final = range(5, 51)


class BadConstitution(DomainError):
    """No group can have such rules; `rule` names the one that cannot be."""

    code = "bad_constitution"


@dataclass(frozen=True, slots=True)
class LoanProduct:
    """
    What a group lends on: `rate` on what `method` says, paid back in `periods` of `every`, at most `periods_max`.

    `step` is the multiple of instalments in minor units; `fee` is a part of the loan that is kept back when it is
    paid out. What falls due on one of the `holidays`, or, `on_meetings`, between two meetings, moves forward. Who
    may borrow, and how payments are split, are the rules of those files.
    """

    rate: Rate = Rate(Fraction(10), "period")
    method: Method = "declining-instalment"
    every: Every = "4weeks"
    periods: int = 1
    periods_max: int = 3
    step: int = 1
    grace: int = 0
    daily: bool = False
    charge_on: ChargeOn = "balance"
    on_meetings: bool = False
    holidays: tuple[date, ...] = ()
    fee: Fraction = Fraction(0)
    borrowing: eligibility.BorrowingRules = eligibility.DEFAULT_BORROWING
    repayment: instalments.RepaymentRules = instalments.DEFAULT_REPAYMENT

    def __post_init__(self) -> None:
        if not 1 <= self.periods <= self.periods_max or not 0 <= self.fee < 1 or self.step < 1:
            raise ValueError(
                "a loan has from 1 to its most periods, a fee below the whole of it, a step above zero"
            )


@dataclass(frozen=True, slots=True)
class Constitution:
    """
    The rules a group gave itself. All amounts are in the group's currency.

    `share_price` is what a share costs, what a hand of a rotation puts into a round, or what is suggested to those
    who save what they like. Meetings are from `first_meeting` on, one each period of `every`, until they were
    `moved` to other days: ask `meeting_from`. `members_max` is 0 for no upper bound. `quorum` is the part of the
    active members that has to agree when members decide. `cash_unit` is the smallest coin, in minor units: what is
    payable is a multiple of it.
    """

    share_price: Money
    first_meeting: date
    shares_max: int = 5  # a meeting; 0 for as much as one likes
    social_fund: Money | None = None  # a meeting, the same for everyone
    every: Every = "week"
    time_zone: str = "Africa/Kampala"
    members_max: int = 25
    quorum: Fraction = Fraction(1, 2)
    cycle_weeks: int = 52
    fines: Mapping[FineReason, Money] = field(default_factory=dict)
    loans: LoanProduct | None = LoanProduct()  # None: this group does not lend
    approvals: int = 2  # officers
    cash_unit: int = 1
    order: Order = "fixed"  # of a rotation
    in_arrears: InArrears = "net"
    late_fines: bool = False  # whoever has not put in by the close of the meeting is fined for it by itself
    alone_max: Money | None = None  # what one officer enters of costs and income; None: nothing
    payout_daily_max: Money | None = None  # by mobile money, all members together; None: see `payout_cap`
    carry_over: bool = False  # what nobody covers of a loan at the share-out stays owed; else it is written off
    moved: tuple[Rhythm, ...] = ()  # meetings on other days, each from its first one on
    referral: Money | None = None  # for who brings a new member, who gets half as much; None: nothing

    def __post_init__(self) -> None:
        """Raises BadConstitution."""
        amounts = (self.share_price, self.social, self.alone, *self.fines.values(), self.payout_cap, self.reward)
        can_be = {
            "share_price": self.share_price.minor > 0,
            "shares_max": self.shares_max >= 0,
            "social_fund": self.social.minor >= 0,
            "time_zone": _is_time_zone(self.time_zone),
            "members_max": self.members_max == 0 or self.members_max in MEMBERS,
            "quorum": 0 < self.quorum <= 1,
            "cycle_weeks": self.cycle_weeks >= 1,
            "fines": all(amount.minor > 0 for amount in self.fines.values()),
            "approvals": self.approvals >= 1,
            "cash_unit": self.cash_unit >= 1,
            "alone_max": self.alone.minor >= 0,
            "referral": self.reward.minor >= 0,
            "payout_daily_max": self.payout_daily_max is None or self.payout_daily_max.minor > 0,
            "currency": all(amount.currency == self.share_price.currency for amount in amounts),
        }
        for rule, holds in can_be.items():
            if not holds:
                raise BadConstitution(rule=rule)

    @property
    def social(self) -> Money:
        """The social fund's part a meeting; zero when the group has none."""
        return self.social_fund or Money(0, self.share_price.currency)

    @property
    def alone(self) -> Money:
        """The most that one officer enters of a cost or an income without another one; zero for nothing."""
        return self.alone_max or Money(0, self.share_price.currency)

    @property
    def reward(self) -> Money:
        """For who brings a new member; zero for nothing."""
        return self.referral or Money(0, self.share_price.currency)

    @property
    def cap(self) -> Money:
        """The most a member may put in between two meetings."""
        if self.shares_max == 0:
            return Money(MINOR_MAX, self.share_price.currency)
        return Money(self.share_price.minor * self.shares_max, self.share_price.currency) + self.social

    @property
    def payout_cap(self) -> Money:
        """
        The most that leaves by mobile money in a day, but for what the members themselves decided to share out.
        """
        return self.payout_daily_max or Money(self.share_price.minor * 1_000, self.share_price.currency)

    def day(self, at: datetime) -> date:
        """The date at this moment where the group is."""
        return at.astimezone(ZoneInfo(self.time_zone)).date()

    def meeting(self, at: datetime) -> date:
        """The meeting that a contribution at this moment belongs to: the next one, or today's."""
        return self.meeting_from(self.day(at))

    @property
    def rhythms(self) -> tuple[Rhythm, ...]:
        """When the group meets: one after the other, the last for good."""
        return (Rhythm(self.first_meeting, self.every), *self.moved)

    def meeting_from(self, day: date) -> date:
        """The first meeting on a day or after it."""
        return meeting_from(self.rhythms, day)

    def meeting_after(self, day: date) -> date:
        """The first meeting after a day."""
        return self.meeting_from(day + timedelta(days=1))

    def meeting_first_on(self, day: date) -> "Constitution":
        """The same with `day` as the first meeting, that of a cycle; what is decided for later days stays."""
        every = next((each.every for each in reversed(self.rhythms) if each.first <= day), self.every)
        later = tuple(replace(each, after=max(each.after or day, day)) for each in self.moved if each.first > day)
        return replace(self, first_meeting=day, every=every, moved=later)


@dataclass(frozen=True, slots=True)
class GroupBefore:
    """
    Where a group comes from that moved in: its `code` with whoever brought it, the day of its figures, what it had
    earned by them and, where it knew, by its own book; and where it is, "" where nobody said.
    """

    code: str
    as_of: date
    earned: Money
    by_their_book: Money | None = None
    district: str = ""
    parish: str = ""


GROUP_NAME_LENGTH_MAX: Final = 30  # it stands in messages beside other names
# How books are kept now: the social fund in purses of its own, and what is promised no longer the member's.
BOOKS: Final = 2


@dataclass(frozen=True, slots=True)
class Group:
    """
    A savings group; its book has the same id. `code` is what a newcomer types to join.

    `version` counts the constitutions it has had; the ones before are in `Store.constitutions`. `meeting` is the
    id of the meeting that is open, "" between meetings. `cycle` counts from 1; one is open at a time. It began at
    a moment, not on a day: on the day of a share-out there may be a meeting of either cycle. `books` is the
    version by which its book is kept, see `domain/treasury/forward.py`.

    Its members are looked at for reminders at `next_at`, None for a group that never was; those of the `silent`
    kinds are switched off. The summary of the week is on `summary_day`, from Monday, 0.
    """

    id: str
    code: str
    name: str
    kind: GroupKind
    currency: str
    constitution: Constitution
    created_at: datetime
    members: int = 0  # how many numbers have been given out
    turns: int = 0  # counted up by commands that would both see the group as it was: one waits for the other
    version: int = 1
    cycle: int = 1
    cycle_began_at: datetime | None = None  # None: with the group
    numbered: bool = True  # what belongs to the cycle carries its number; not where it began before they did
    meeting: str = ""
    counts: int = 0  # of cash that differed and were reported, so far
    books: int = 1
    closing: bool = False  # a share-out is under way: nothing is saved or lent until the next cycle
    next_at: datetime | None = None
    silent: tuple[ReminderKind, ...] = ()
    summary_day: int = 6
    letters: int = 0  # how many were written, see `domain/records/letter.py`
    letters_to_all: int = 0  # those of them that are not for the officers alone
    before: GroupBefore | None = None  # of one that moved in
    undone: bool = False  # its opening was: nobody is in it, and it moves in anew as another
    programme: str = ""  # the id of the one that it belongs to
    agent: str = ""  # the account of who looks after it

    @property
    def cycle_from(self) -> date:
        """The day that the open cycle began on."""
        return self.constitution.day(self.cycle_began_at or self.created_at)

    @property
    def cycle_mark(self) -> int:
        """The number that payments of the open cycle carry."""
        return self.cycle if self.numbered else 0

    def meeting_key(self, day: date) -> str:
        """The meeting of the open cycle on a day, see `meeting_key`."""
        return meeting_key(day.isoformat(), self.cycle_mark)

    def is_of_cycle(self, mark: int, at: datetime) -> bool:
        """Whether what was made at a moment, and carries this number, belongs to the open cycle."""
        began = self.cycle_began_at or self.created_at
        return mark == self.cycle_mark if mark and self.numbered else at >= began


@dataclass(frozen=True, slots=True)
class Adopted:
    """A constitution that a group adopted: in force from that moment until the next version."""

    id: str  # group:version
    group: str
    version: int
    constitution: Constitution
    at: datetime
    by: str = ""  # the proposal it was decided by; "" for the first


@dataclass(frozen=True, slots=True)
class PaymentPart:
    """A piece of a contribution: how much of it goes to which account of the member."""

    account: str
    amount: Money


@dataclass(frozen=True, slots=True)
class Paid:
    """
    What one member has put in for one meeting, in minor units; also what is on its way.

    `shares` is what went to the account that the group saves in. `credit` pays nothing that is due, but was put
    in; it is below zero where credit of before was used. All three together are the money.
    """

    shares: int = 0
    social: int = 0
    credit: int = 0

    def __add__(self, other: "Paid") -> "Paid":
        return Paid(self.shares + other.shares, self.social + other.social, self.credit + other.credit)


def _is_time_zone(name: str) -> bool:
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError):
        return False
    return True


# Where a group of each kind keeps what a member puts in at a meeting.
SAVINGS_ACCOUNT: Final[Mapping[GroupKind, Account]] = {
    "vsla": Account.SHARES,
    "rosca": Account.POT,
    "sacco": Account.DEPOSITS,
    "savings": Account.DEPOSITS,
}


def meeting_key(day: str, mark: int) -> str:
    """
    What tells a meeting from those of its group: its day, and from the second cycle on which cycle it is of.

    The day a cycle ends on may be the first of the next: what was put in for the one is not put in for the other.
    """
    return f"{day}/{mark}" if mark > 1 else day


def day_of(key: str) -> date:
    """The day of a meeting, from its key."""
    return date.fromisoformat(key.partition("/")[0])


def paid_of(parts: tuple[PaymentPart, ...]) -> Paid:
    """The parts of a contribution as they count for a meeting."""
    minor = {part.account: part.amount.minor for part in parts}
    saved = sum(minor.get(account, 0) for account in SAVED)
    return Paid(saved, minor.get(Account.SOCIAL_FUND, 0), minor.get(Account.CREDIT, 0))


def due(constitution: Constitution, paid: Paid, hands: int = 1) -> Money:
    """
    What is still to be paid for this meeting: the social fund and one share, or one for each hand in a rotation.
    """
    social = max(0, constitution.social.minor - paid.social)
    share = max(0, constitution.share_price.minor * hands - paid.shares)
    return Money(social + share, constitution.share_price.currency)


def room(constitution: Constitution, paid: Paid) -> Money:
    """
    The most that may still be put in for this meeting. What is beyond its part of the social fund is for meetings
    before, and takes no room.
    """
    social = min(paid.social, constitution.social.minor)
    # Below nothing when the group has lowered its rules since: then there is none.
    return Money(max(0, constitution.cap.minor - social - paid.shares), constitution.share_price.currency)


def whole_shares(minor: int, constitution: Constitution, paid: Paid) -> int:
    """What of some money buys shares: whole ones, as many as may still be bought for this meeting."""
    price = constitution.share_price.minor
    shares = minor // price
    if constitution.shares_max:
        shares = min(shares, max(0, constitution.shares_max - paid.shares // price))
    return shares * price


def allocate(
    amount: Money, constitution: Constitution, paid: Paid, kind: GroupKind = "vsla", credit: int = 0
) -> tuple[PaymentPart, ...]:
    """
    Split a contribution: the social fund first, the rest is saved: in whole shares where a group has shares.

    The parts add up to the amount. What is left below one share is the member's credit, and the `credit` they have
    already buys a share as soon as it reaches the price: its part is then below zero.
    """
    social = min(amount.minor, max(0, constitution.social.minor - paid.social))
    rest = amount.minor - social
    saved = whole_shares(rest + credit, constitution, paid) if kind == "vsla" else rest
    split = {Account.SOCIAL_FUND: social, SAVINGS_ACCOUNT[kind]: saved, Account.CREDIT: rest - saved}
    return tuple(PaymentPart(account, Money(minor, amount.currency)) for account, minor in split.items() if minor)
