"""Who may borrow, how much, and why not: every rule that failed with its numbers, so that a member can mend it."""

from collections.abc import Iterator
from dataclasses import dataclass, fields
from fractions import Fraction
from math import floor
from typing import Final, Literal

from domain.errors import BadValue
from domain.money import CurrencyMismatch, Money

BorrowingRule = Literal[
    "active",
    "months",
    "overdue",
    "open_loans",
    "fines",
    "social_fund",
    "attendance",
    "guarantors",
    "covered",
    "score",
    "limit",
]

Bound = Literal["savings", "fund", "maximum"]  # of what a limit is the least

FULL_MONTHS: Final = 12  # of regular contributions, for all of their points

# Counts that are a part of another.
_WITHIN: Final = (
    ("months_paid", "months"),
    ("attended", "meetings"),
    ("contributed", "meetings"),
    ("on_time", "instalments"),
)


class BadFacts(BadValue):
    """Facts or rules that cannot be; the message says which."""


@dataclass(frozen=True, slots=True)
class Facts:
    """
    What is known of a member in a group on a day. Amounts are in the group's currency.

    Months are whole ones since joining; in `months_paid` of them something was put in. Meetings are those of the
    cycle that the member was expected at: `attended` ones, present or late, and `contributed` ones, where what was
    due was paid. `instalments` are those that fell due, of all loans, and `on_time` the ones paid by their day.

    Raises BadFacts for a number below zero or a part above its whole, and CurrencyMismatch.
    """

    active: bool
    months: int
    savings: Money
    pledged: Money  # of the savings, for the loans of others
    outstanding: Money  # principal of all open loans
    fund: Money  # of the group, free to be lent
    fines: Money  # not paid
    social_fund: Money  # not paid
    guaranteed: Money  # by the guarantors, of the loan that is asked for
    guarantors: int = 0
    open_loans: int = 0
    overdue: int = 0  # instalments
    months_paid: int = 0
    meetings: int = 0
    attended: int = 0
    contributed: int = 0
    instalments: int = 0
    on_time: int = 0
    defaulted: bool = False  # on a loan, in the last 12 months

    def __post_init__(self) -> None:
        values = {each.name: getattr(self, each.name) for each in fields(self)}
        amounts = {name: value for name, value in values.items() if isinstance(value, Money)}
        if len({amount.currency for amount in amounts.values()}) > 1:
            raise CurrencyMismatch("a member's facts in a group are in its currency")
        for name, value in values.items():
            if (value.minor if name in amounts else value) < 0:
                raise BadFacts(f"{name} is not below zero")
        for part, whole in _WITHIN:
            if values[part] > values[whole]:
                raise BadFacts(f"{part} is at most {whole}")


@dataclass(frozen=True, slots=True)
class BorrowingRules:
    """
    What a group asks of borrowers. Parts are from 0 to 1: Fraction(3, 4) is three quarters of the meetings.

    The limit is the least of `multiple` times the member's savings that are not pledged, less what they owe
    already; the product's `maximum`; and `fund_part` of the fund. Guarantors are `guarantors_min` at least, for
    `covered_min` of the loan together. None switches a rule off.

    Raises BadFacts when a number is out of its range.
    """

    months_min: int = 2
    multiple: Fraction = Fraction(3)
    open_loans_max: int = 1
    maximum: Money | None = None
    fund_part: Fraction = Fraction(1)
    attendance_min: Fraction | None = None
    guarantors_min: int = 0
    covered_min: Fraction = Fraction(0)
    score_min: int | None = 50

    def __post_init__(self) -> None:
        if self.months_min < 0 or self.multiple < 0 or self.open_loans_max < 1 or self.guarantors_min < 0:
            raise BadFacts("months, a multiple and guarantors are not below zero, and there is room for one loan")
        parts = (self.fund_part, self.attendance_min or 0, self.covered_min)
        if not all(0 <= part <= 1 for part in parts) or not 0 <= (self.score_min or 0) <= 100:
            raise BadFacts("a part is from 0 to 1, and a pass mark from 0 to 100")


DEFAULT_BORROWING: Final = BorrowingRules()


@dataclass(frozen=True, slots=True)
class Failure:
    """
    A rule that does not hold: what was `found`, and what is `needed`, the least or the most of it.

    Amounts are Money, parts are Fractions, and all else is counted; a member who is not active has 0 for 1.
    """

    rule: BorrowingRule
    found: int | Fraction | Money
    needed: int | Fraction | Money


@dataclass(frozen=True, slots=True)
class Score:
    """
    How far a member has come, in whole points; together they are at most 100.

    - `contribution`, of 40: the months something was put in, of all months, and all of it only after FULL_MONTHS.
    - `participation`, of 30: 60 % for the meetings attended, 40 % for those where what was due was paid.
    - `repayment`, of 20: the instalments paid by their day; half for who has had none, none after a default.
    - `risk`, of 10: what is left of the borrowing that the savings allow.
    """

    contribution: int
    participation: int
    repayment: int
    risk: int

    @property
    def total(self) -> int:
        return self.contribution + self.participation + self.repayment + self.risk


@dataclass(frozen=True, slots=True)
class Eligibility:
    """The answer: the rules that failed, the most that can be lent, and the score unless it is switched off."""

    failures: tuple[Failure, ...]
    limit: Money
    score: Score | None

    @property
    def eligible(self) -> bool:
        return not self.failures


def eligibility(
    facts: Facts, rules: BorrowingRules = DEFAULT_BORROWING, asked: Money | None = None
) -> Eligibility:
    """
    Try every rule, for a loan of `asked` or, without it, for any loan at all.

    How much of a loan is covered can only be said of an amount, so that rule is tried when one is asked for.

    Raises BadFacts when what is asked for is not above zero, and CurrencyMismatch.
    """
    if asked is not None and asked.minor <= 0:
        raise BadFacts("a loan is above zero")
    for amount in (asked, rules.maximum):
        if amount is not None and amount.currency != facts.savings.currency:
            raise CurrencyMismatch(f"the group's currency is {facts.savings.currency}, not {amount.currency}")
    limit = _limit(facts, rules)
    score = None if rules.score_min is None else _score(facts, rules)
    return Eligibility(tuple(_failures(facts, rules, asked, limit, score)), limit, score)


def bounds(facts: Facts, rules: BorrowingRules) -> dict[Bound, Money]:
    """What each rule of the limit lets be lent, rounded down to the minor unit, and never below zero."""
    minor: dict[Bound, int] = {
        "savings": floor(rules.multiple * (facts.savings - facts.pledged).minor) - facts.outstanding.minor,
        "fund": floor(rules.fund_part * facts.fund.minor),
    }
    if rules.maximum is not None:
        minor["maximum"] = rules.maximum.minor
    return {bound: Money(max(0, most), facts.savings.currency) for bound, most in minor.items()}


def _limit(facts: Facts, rules: BorrowingRules) -> Money:
    """The most that can be lent."""
    return min(bounds(facts, rules).values())


def _failures(
    facts: Facts, rules: BorrowingRules, asked: Money | None, limit: Money, score: Score | None
) -> Iterator[Failure]:
    nothing = Money(0, limit.currency)
    wanted = Money(1, limit.currency) if asked is None else asked
    if not facts.active:
        yield Failure("active", 0, 1)
    if facts.months < rules.months_min:
        yield Failure("months", facts.months, rules.months_min)
    if facts.overdue:
        yield Failure("overdue", facts.overdue, 0)
    if facts.open_loans >= rules.open_loans_max:
        yield Failure("open_loans", facts.open_loans, rules.open_loans_max - 1)
    if facts.fines:
        yield Failure("fines", facts.fines, nothing)
    if facts.social_fund:
        yield Failure("social_fund", facts.social_fund, nothing)
    attendance = _part(facts.attended, facts.meetings)
    if rules.attendance_min is not None and attendance < rules.attendance_min:
        yield Failure("attendance", attendance, rules.attendance_min)
    if facts.guarantors < rules.guarantors_min:
        yield Failure("guarantors", facts.guarantors, rules.guarantors_min)
    if asked and facts.guaranteed.minor < rules.covered_min * asked.minor:
        yield Failure("covered", _part(facts.guaranteed.minor, asked.minor), rules.covered_min)
    if score is not None and rules.score_min is not None and score.total < rules.score_min:
        yield Failure("score", score.total, rules.score_min)
    if limit < wanted:
        yield Failure("limit", limit, wanted)


def _score(facts: Facts, rules: BorrowingRules) -> Score:
    regularity = _part(facts.months_paid, facts.months)
    tenure = Fraction(min(facts.months, FULL_MONTHS), FULL_MONTHS)
    attendance, consistency = _part(facts.attended, facts.meetings), _part(facts.contributed, facts.meetings)
    # Nothing is known of who never had to pay back: neither a good sign nor a bad one.
    on_time = _part(facts.on_time, facts.instalments) if facts.instalments else Fraction(1, 2)
    allowed = floor(rules.multiple * facts.savings.minor)
    exposure = min(Fraction(1), Fraction(facts.outstanding.minor, max(1, allowed)))
    return Score(
        contribution=round(40 * regularity * tenure),
        participation=round(30 * (attendance * 60 + consistency * 40) / 100),
        repayment=0 if facts.defaulted else round(20 * on_time),
        risk=round(10 * (1 - exposure)),
    )


def _part(some: int, whole: int) -> Fraction:
    """Some of a whole as a part of it; 0 when there is nothing yet."""
    return Fraction(some, whole) if whole else Fraction(0)
