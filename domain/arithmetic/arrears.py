"""
How late loans are, and what a book of loans is worth for it.

Every rate is an exact part of one, Fraction(1, 20) for five percent, and None where there is nothing to measure.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from fractions import Fraction
from typing import Final, Literal, get_args

from domain.arithmetic.instalments import Standing
from domain.errors import BadValue
from domain.money import CurrencyMismatch, Money

Bucket = Literal["0", "1-30", "31-60", "61-90", "91-180", "181-365", "> 365"]

BUCKETS: Final[tuple[Bucket, ...]] = get_args(Bucket)
DEFAULT_DAYS: Final = 90  # a loan is in default when it is later than this

_LAST_DAY: Final[Mapping[Bucket, int]] = {
    "0": 0, "1-30": 30, "31-60": 60, "61-90": DEFAULT_DAYS, "91-180": 180, "181-365": 365,
}  # fmt: skip


class BadBook(BadValue):
    """Loans or rates that cannot be; the message says why."""


@dataclass(frozen=True, slots=True)
class Owing:
    """
    A loan by what is owed of it on a day: what was `lent`, and the principal of it that is `outstanding`.

    `oldest_unpaid` is the day of the first instalment not paid in full, past or to come; None when all are. What
    was outstanding when a loan was written off stays so here, though the book no longer counts on it.

    Raises BadBook when more is outstanding than was lent, or less than nothing.
    """

    lent: Money
    outstanding: Money
    oldest_unpaid: date | None
    written_off: bool = False

    def __post_init__(self) -> None:
        if self.outstanding.minor < 0 or (self.lent - self.outstanding).minor < 0:
            raise BadBook(f"of {self.lent} from zero to all of it is outstanding, not {self.outstanding}")

    def days_past_due(self, today: date) -> int:
        """The days since the oldest unpaid instalment; 0 on its own day and before."""
        return max(0, (today - self.oldest_unpaid).days) if self.oldest_unpaid else 0

    def in_default(self, today: date) -> bool:
        """Whether it is more than DEFAULT_DAYS late, or written off."""
        return self.written_off or self.days_past_due(today) > DEFAULT_DAYS


def owing(standing: Standing) -> Owing:
    """A loan as its payments left it."""
    written_off = standing.written_off is not None
    return Owing(standing.lent, standing.outstanding, standing.oldest_unpaid, written_off)


def bucket(days: int) -> Bucket:
    """Which bucket so many days past due belong to."""
    return next((name for name, last in _LAST_DAY.items() if days <= last), "> 365")


def by_instalment(loans: Iterable[Standing], today: date, currency: str) -> dict[Bucket, Money]:
    """
    The principal that is outstanding by how late its own instalment is, in the order of BUCKETS.

    A loan whose first instalment is a year late, and whose last is still to come, is in several of them here; in
    `provisions` all of it is as late as its oldest. Loans written off are in none.
    """
    outstanding = {name: Money(0, currency) for name in BUCKETS}
    for loan in loans:
        for line in loan.lines if loan.written_off is None else ():
            late = (today - line.late_from).days if line.late_from else 0
            outstanding[bucket(max(0, late))] += line.unpaid.principal
    return outstanding


@dataclass(frozen=True, slots=True)
class SomeOf:
    """
    What a rate is made of, from zero up: `some` of a `whole`. What several groups have is added before it is
    divided, so that a large group weighs more than a small one.
    """

    some: int = 0
    whole: int = 0

    def __add__(self, other: "SomeOf") -> "SomeOf":
        return SomeOf(self.some + other.some, self.whole + other.whole)

    @property
    def rate(self) -> Fraction | None:
        """None where there is nothing to measure."""
        return Fraction(self.some, self.whole) if self.whole else None


def portfolio_at_risk(loans: Iterable[Owing], days: int, today: date) -> Fraction | None:
    """
    PAR: how much of the principal outstanding is in loans with an instalment more than `days` days late.

    All that is outstanding of such a loan counts, not only what is late. Loans written off are out of both.
    Source: CGAP, "Definitions of Selected Financial Terms, Ratios, and Adjustments for Microfinance" (2003).
    """
    return at_risk(loans, days, today).rate


def at_risk(loans: Iterable[Owing], days: int, today: date) -> SomeOf:
    """What PAR is made of, in minor units."""
    held = [loan for loan in loans if not loan.written_off]
    late = [loan for loan in held if loan.days_past_due(today) > days]
    return SomeOf(_minor(loan.outstanding for loan in late), _minor(loan.outstanding for loan in held))


@dataclass(frozen=True, slots=True)
class Provision:
    """A line of the table: how many loans are so late, what is outstanding of them, what is set aside for it."""

    bucket: Bucket
    loans: int
    outstanding: Money
    set_aside: Money


def provisions(
    loans: Iterable[Owing], rates: Mapping[Bucket, Fraction], today: date, currency: str
) -> tuple[Provision, ...]:
    """
    What to set aside for loans that may not come back: a line for each bucket, in the order of BUCKETS.

    A bucket's amount is its rate of all that is outstanding in it, rounded once, half to even. Loans written off
    and loans paid back are in no bucket.

    Raises BadBook unless there is a rate from 0 to 1 for every bucket.
    """
    if set(rates) != set(BUCKETS) or not all(0 <= rate <= 1 for rate in rates.values()):
        raise BadBook(f"each of {', '.join(BUCKETS)} has a rate from 0 to 1")
    outstanding = {name: Money(0, currency) for name in BUCKETS}
    count = dict.fromkeys(BUCKETS, 0)
    for loan in loans:
        if loan.outstanding and not loan.written_off:
            late = bucket(loan.days_past_due(today))
            outstanding[late] += loan.outstanding
            count[late] += 1
    return tuple(
        Provision(name, count[name], total, Money(round(total.minor * rates[name]), currency))
        for name, total in outstanding.items()
    )


def approval_rate(approved: int, rejected: int) -> Fraction | None:
    """Approved of all requests decided in a period. Raises BadBook for a number below zero."""
    if approved < 0 or rejected < 0:
        raise BadBook("requests are counted from zero")
    return SomeOf(approved, approved + rejected).rate


def collection_rate(loans: Iterable[Standing], first: date, last: date) -> Fraction | None:
    """
    Paid of what fell due from `first` to `last`, without penalties, by the end of `last`.

    Prepayments are out: what was paid of these instalments before `first` was not to be collected any more, and
    what came in for later instalments is no part of it. Principal that rolled over fell due on each of its days.
    """
    return collected(loans, first, last).rate


def collected(loans: Iterable[Standing], first: date, last: date) -> SomeOf:
    """What the collection rate is made of, in minor units."""
    due: list[Money] = []
    paid: list[Money] = []
    for loan in loans:
        fell_due = {line.number for line in loan.lines if first <= line.due <= last}
        due.extend(
            line.owed.total - line.owed.penalty + line.moved for line in loan.lines if line.number in fell_due
        )
        for allocation in loan.allocations:
            for piece in allocation.pieces:
                if piece.number not in fell_due or piece.part == "penalty":
                    continue
                if allocation.repayment.day < first:
                    due.append(-piece.amount)
                elif allocation.repayment.day <= last:
                    paid.append(piece.amount)
    return SomeOf(_minor(paid), _minor(due))


def default_rate(cohort: Iterable[Owing], today: date) -> Fraction | None:
    """What is outstanding of a cohort's loans in default, of all that was lent to the cohort."""
    return lost(cohort, today).rate


def lost(cohort: Iterable[Owing], today: date) -> SomeOf:
    """What the default rate is made of, in minor units."""
    loans = list(cohort)
    defaulted = _minor(loan.outstanding for loan in loans if loan.in_default(today))
    return SomeOf(defaulted, _minor(loan.lent for loan in loans))


def _minor(amounts: Iterable[Money]) -> int:
    """A sum in minor units. Raises CurrencyMismatch: a rate over two currencies means nothing."""
    amounts = list(amounts)
    if len({amount.currency for amount in amounts}) > 1:
        raise CurrencyMismatch("a rate is of loans in one currency")
    return sum(amount.minor for amount in amounts)
