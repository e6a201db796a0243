"""What a group brings with it when it moves in: how its paper book stood at the end of one meeting."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from fractions import Fraction
from typing import Literal

from domain.arithmetic.periods import Every
from domain.arithmetic.rates import Per
from domain.arithmetic.schedule import Method, PlannedLine
from domain.money import Money
from domain.records.consent import ConsentPurpose
from domain.records.group import FineReason, GroupKind, Order
from domain.records.person import Gender, Language, Role

ConsentWay = Literal["meeting", "paper", "phone"]


@dataclass(frozen=True, slots=True)
class OpeningMember:
    """
    One member, by their `number` in the group's list. `phone` is "" for who has none. `saved` is in shares or as
    savings, `deposits` are what a SACCO holds beside shares. `social_owed` is what they have still to put into the
    social fund for meetings of this cycle, None for nothing.

    Of a rotation `places` are those of their hands in the order, and `received_on` the days on which a pot became
    theirs, one for each hand that has had its turn. Of these turns `turns_due` are the meetings, () for the same
    days; `received` what they were paid so far, () for all; `kept_back` what stayed for what they owed, () for
    nothing; `bids_given` what they gave for them, () for nothing. `put_in` is what they put into all rounds, None
    for their part of each that had its turn; `bid` is for the next pot. `hands` is how many they will have in the
    next rotation, None for as many as in this one, or 1.
    """

    number: int
    name: str
    phone: str
    language: Language
    role: Role
    saved: Money
    deposits: Money
    credit: Money
    consent_on: date
    consent_how: ConsentWay
    joined_on: date | None = None
    sex: Gender | None = None
    birth_year: int | None = None
    consent_to: tuple[ConsentPurpose, ...] = ()  # besides that their data is kept
    places: tuple[int, ...] = ()
    received_on: tuple[date, ...] = ()
    turns_due: tuple[date, ...] = ()
    received: tuple[Money, ...] = ()
    kept_back: tuple[Money, ...] = ()
    bids_given: tuple[Money, ...] = ()
    put_in: Money | None = None
    bid: Money | None = None
    hands: int | None = None
    social_owed: Money | None = None


@dataclass(frozen=True, slots=True)
class OpeningLoan:
    """
    One loan that is still owed. `lent` and `lent_on` are kept for show: what counts is what is owed, in how many
    instalments, and when the next is due. `late_since` is None where nothing is late.

    `plan` are the instalments to come as they were agreed, () where they are worked out; what of the principal is
    in none of them is late. `pledged` is what each of the `guarantors` stands for, () for equal parts.
    """

    member: int
    number: str
    lent_on: date
    lent: Money
    principal: Money
    interest: Money
    penalty: Money
    instalments: int
    every: Every
    next_due: date
    late_since: date | None = None
    percent: Fraction | None = None  # None: the group's
    per: Per | None = None
    method: Method | None = None
    guarantors: tuple[int, ...] = ()
    pledged: tuple[Money, ...] = ()
    plan: tuple[PlannedLine, ...] = ()
    keeps_interest: bool | None = None


@dataclass(frozen=True, slots=True)
class OpeningFine:
    """
    A fine that is not paid. `words` are what it is for where that is no reason of the rules; `number` tells those
    of a member that are alike otherwise.
    """

    member: int
    reason: FineReason
    amount: Money
    since: date
    words: str = ""
    number: int = 1


@dataclass(frozen=True, slots=True)
class OpeningBook:
    """
    A whole group as of the end of a day, by the `code` that whoever brings it has for it.

    `box`, `bank` and `social` are where its money lies; `social_owned` is what the social fund should hold by
    their book, and `surplus` what they think they have earned, None where they do not know. What the group has
    really earned is worked out: see `domain/moving_in/entry.py`. `rules` are those of its constitution that are
    not usual for its kind, and have no field of their own, by their names as `ProposeRule` has them.

    Of a rotation `order` is how it came about, and `seed` what its lots were drawn with. `rounds_due` are the
    meetings of the rounds that nobody had the pot of, as far as they are not from the next meeting on.
    """

    code: str
    name: str
    kind: GroupKind
    country: str
    time_zone: str
    as_of: date
    cycle: int
    cycle_from: date
    cycle_ends: date
    every: Every
    next_meeting: date
    share_price: Money
    social_part: Money
    box: Money
    bank: Money
    social: Money
    social_owned: Money
    debt: Money
    surplus: Money | None
    shares_max: int | None = None  # of the rest, None is what is usual for the kind
    percent: Fraction | None = None
    per: Per | None = None
    method: Method | None = None
    agent: str = ""
    district: str = ""
    parish: str = ""
    rules: Mapping[str, str] = field(default_factory=dict)
    members: tuple[OpeningMember, ...] = ()
    loans: tuple[OpeningLoan, ...] = ()
    fines: tuple[OpeningFine, ...] = ()
    order: Order = "fixed"
    seed: str = ""
    rounds_due: tuple[date, ...] = ()

    @property
    def currency(self) -> str:
        """What its book is kept in."""
        return self.share_price.currency

    def member(self, number: int) -> OpeningMember:
        """The member with this number. Raises StopIteration when there is none."""
        return next(each for each in self.members if each.number == number)
