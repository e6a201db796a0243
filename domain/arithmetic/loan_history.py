"""
How a loan stands: its agreements and its payments run through again, day by day.

What was paid is not kept line by line: it is worked out anew from the terms and all payments, in the order of
their days. So one that is entered late, or taken back, changes what came after it as if it had always been so.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from fractions import Fraction
from itertools import chain, takewhile

from domain.arithmetic.instalments import (
    DEFAULT_REPAYMENT,
    PARTS,
    Allocation,
    BadRepayment,
    BroughtForward,
    InstalmentPart,
    Parts,
    Piece,
    Repayment,
    RepaymentRules,
    Standing,
    StandingLine,
    Waiver,
)
from domain.arithmetic.periods import period_end
from domain.arithmetic.schedule import Terms, schedule, to_multiple
from domain.errors import BadValue
from domain.money import Money


class BadHistory(BadValue):
    """Agreements or a write-off that cannot follow one another; the message says why."""


def replay(
    agreements: Sequence[Terms],
    repayments: Iterable[Repayment],
    today: date,
    rules: RepaymentRules = DEFAULT_REPAYMENT,
    written_off: date | None = None,
    brought: BroughtForward | None = None,
    waivers: Sequence[Waiver] = (),
) -> Standing:
    """
    Work out how a loan stands at the end of `today`, from every payment it ever had, given in any order.

    What was `brought` forward is owed from the start as a line of its own, number 0, due by the first instalment.
    The first terms are for all the principal, and their lines for what of it was not late.

    Each agreement after the first reschedules the loan, at the end of the day its terms start. What principal is
    outstanding then goes on under them, whatever it was when they were made; interest, fees and penalties of
    before stay owed on their days and are paid first, but cost no more penalties. At the end of the day it is
    `written_off` a loan stops: what comes in later is a recovery, up to what was unpaid.

    A loan that ends early, by a payment, by new terms or by a write-off, owes the interest of the periods that
    have begun: the first begins with the loan, each other on the day after the one before it is due. Interest by
    the day is owed for the days that have passed. Of periods that have not begun only the principal is owed,
    unless the product keeps its interest; new terms have an interest of their own, and take its place. What was
    paid ahead counts for the payment that ends the loan, and else stays where it went.

    What is waived was due on that day and not paid by then: never more than that, whatever was found late since.

    A reversed payment keeps its place among the others and moves nothing. Where it had gone before it was reversed
    is in the book, whose entries stay.

    Raises BadHistory for agreements and a write-off that are not one after another until today, or in two
    currencies, for a waiver outside of them, and for what no loan of these terms was late with; BadRepayment for a
    payment before the loan, after today, in another currency, or with another's reference.
    """
    repayments = list(repayments)
    _check_history(agreements, today, written_off)
    _check_repayments(agreements[0], repayments, today)
    _check_waivers(agreements[0], waivers, written_off or today)
    loan = _Loan(agreements[0], rules)
    if brought is not None:
        _check_brought(agreements[0], brought)
        loan.bring_forward(brought)
    allocations = []
    for event in _in_order(agreements[1:], repayments, waivers, written_off):
        match event:
            case Repayment():
                allocations.append(loan.take(event))
            case Terms():
                loan.reschedule(event)
            case Waiver():
                loan.waive(event)
            case date():
                loan.write_off(event)
    loan.settle(today)
    currency = agreements[0].principal.currency
    lines = tuple(line.frozen(currency) for line in chain(loan.closed, loan.lines))
    credit = sum((allocation.credit for allocation in allocations), Money(0, currency))
    return Standing(today, lines, tuple(allocations), credit, written_off)


def _check_history(agreements: Sequence[Terms], today: date, written_off: date | None) -> None:
    if not agreements:
        raise BadHistory("a loan has terms")
    first, *later = agreements
    day = first.start
    for terms in later:
        if not day < terms.start <= today:
            raise BadHistory(f"a loan is rescheduled after {day} and until {today}, not on {terms.start}")
        if terms.principal.currency != first.principal.currency:
            raise BadHistory(f"the loan is in {first.principal.currency}")
        day = terms.start
    if written_off is not None and not day <= written_off <= today:
        raise BadHistory(f"a loan is written off from {day} to {today}, not on {written_off}")


def _check_repayments(terms: Terms, repayments: Iterable[Repayment], today: date) -> None:
    references = set()
    for repayment in repayments:
        if not terms.start <= repayment.day <= today:
            raise BadRepayment(f"{repayment.reference}: a payment is from {terms.start} to {today}")
        if repayment.amount.currency != terms.principal.currency:
            raise BadRepayment(f"{repayment.reference}: the loan is in {terms.principal.currency}")
        if repayment.reference in references:
            raise BadRepayment(f"{repayment.reference} is there twice")
        references.add(repayment.reference)


def _check_waivers(terms: Terms, waivers: Iterable[Waiver], last: date) -> None:
    for waiver in waivers:
        if not terms.start <= waiver.day <= last:
            raise BadHistory(f"{waiver.reference}: something is waived from {terms.start} to {last}")
        if waiver.amount.currency != terms.principal.currency:
            raise BadHistory(f"{waiver.reference}: the loan is in {terms.principal.currency}")


def _check_brought(terms: Terms, brought: BroughtForward) -> None:
    if brought.total.currency != terms.principal.currency:
        raise BadHistory(f"the loan is in {terms.principal.currency}")
    first = schedule(terms).instalments[0].due
    if brought.late_since > first:
        raise BadHistory(f"what is brought forward is due by {first}, not on {brought.late_since}")
    if (terms.principal - brought.principal).minor < 0:
        raise BadHistory(f"of {terms.principal} no more was late than all of it, not {brought.principal}")
    if terms.method == "roll-over" and brought.principal:
        raise BadHistory("what is late of a roll-over has rolled into its next period")


_Event = Waiver | Repayment | Terms | date  # a date is that of the write-off


def _in_order(
    rescheduled: Iterable[Terms],
    repayments: Iterable[Repayment],
    waivers: Iterable[Waiver],
    written_off: date | None,
) -> list[_Event]:
    """By day, and on one day waivers, then payments by their reference, then new terms, then the write-off."""

    def place(event: _Event) -> tuple[date, int, str]:
        match event:
            case Waiver():
                return event.day, 0, event.reference
            case Repayment():
                return event.day, 1, event.reference
            case Terms():
                return event.start, 2, ""
            case date():
                return event, 3, ""

    write_offs = [] if written_off is None else [written_off]
    return sorted([*waivers, *repayments, *rescheduled, *write_offs], key=place)


@dataclass(slots=True)
class _Line:
    """
    An instalment while payments are replayed, in minor units.

    Its period is from `start` to `due` and costs `rate` of a balance; `opening` is the principal that was agreed
    to be owed as it begins.
    """

    number: int
    start: date
    due: date
    agreed: date
    rate: Fraction
    opening: int
    owed: dict[InstalmentPart, int]
    daily: bool = False  # its interest is for each of its days
    paid: dict[InstalmentPart, int] = field(default_factory=lambda: dict.fromkeys(PARTS, 0))
    moved: int = 0

    def unpaid(self, part: InstalmentPart) -> int:
        return self.owed[part] - self.paid[part]

    def has_begun(self, day: date) -> bool:
        """
        Whether the period before it is over; or it is due, as two may be on one day that both were moved to. The
        first begins with the loan.
        """
        return self.start < day or self.due <= day or self.number == 1

    def not_earned(self, day: date, unit: int) -> dict[InstalmentPart, int]:
        """What of it is not owed, paid ahead or not, when the loan ends on this day."""
        if not self.has_begun(day):
            return {"fee": self.owed["fee"], "interest": self.owed["interest"]}
        if not self.daily or self.due <= day:
            return {}
        passed = Fraction((day - self.start).days, (self.due - self.start).days)
        return {"interest": self.owed["interest"] - to_multiple(self.owed["interest"] * passed, unit)}

    def break_off(self, day: date, unit: int) -> None:
        """Let the period end early; what was paid ahead stays."""
        for part, minor in self.not_earned(day, unit).items():
            self.owed[part] = max(self.owed[part] - minor, self.paid[part])

    def frozen(self, currency: str) -> StandingLine:
        owed, paid = (
            Parts(**{part: Money(amounts[part], currency) for part in PARTS}) for amounts in (self.owed, self.paid)
        )
        return StandingLine(self.number, self.due, self.agreed, owed, paid, Money(self.moved, currency))


@dataclass(slots=True)
class _Loan:
    """A loan while its history is replayed, one event after another, none older than those before it."""

    terms: Terms  # that are in force
    rules: RepaymentRules
    lines: list[_Line] = field(init=False)  # of these terms
    closed: list[_Line] = field(default_factory=list)  # of the terms before; all, when it was written off
    early: int = 0  # principal paid as a surplus under these terms, in minor units
    judged: int = 0  # so many of the lines have had their only chance of a penalty
    penalties_left: int = field(init=False)  # before the cap, in minor units
    to_recover: int | None = None  # in minor units, once it was written off

    def __post_init__(self) -> None:
        self.penalties_left = self.terms.principal.minor * self.rules.penalty_cap // self.unit * self.unit
        self.lines = self._planned(numbers_from=1)

    @property
    def unit(self) -> int:
        """What is payable is a multiple of so many minor units."""
        return self.terms.unit

    def _planned(self, numbers_from: int) -> list[_Line]:
        """The lines of the terms, with nothing paid. One that rounding left without a loan to pay has no fee."""
        lines, start, opening = [], self.terms.start, self.terms.principal.minor
        for number, each in enumerate(schedule(self.terms).instalments, start=numbers_from):
            owed: dict[InstalmentPart, int] = {
                "penalty": 0,
                "fee": self.rules.fee_minor if opening else 0,
                "interest": each.interest.minor,
                "principal": each.principal.minor,
            }
            lines.append(
                _Line(number, start, each.due, each.due, each.rate, opening, owed, daily=self.terms.daily)
            )
            start, opening = each.due, each.balance.minor
        return lines

    def bring_forward(self, brought: BroughtForward) -> None:
        """Owe what was late already, like a line of terms before these."""
        since, principal = brought.late_since, self.terms.principal
        owed: dict[InstalmentPart, int] = {
            "penalty": brought.penalty.minor,
            "fee": 0,
            "interest": brought.interest.minor,
            "principal": brought.principal.minor,
        }
        self.closed = [_Line(0, since, since, since, Fraction(0), principal.minor, owed)]
        self.penalties_left = max(0, self.penalties_left - brought.penalty.minor)
        if brought.principal == principal:
            self.lines = []
        elif brought.principal:
            self.terms = replace(self.terms, principal=principal - brought.principal)
            self.lines = self._planned(numbers_from=1)

    def take(self, repayment: Repayment) -> Allocation:
        """Split a payment over the lines, or count it to what is recovered."""
        currency = repayment.amount.currency
        nothing = Money(0, currency)
        if repayment.reversed:
            return Allocation(repayment, (), nothing, nothing)
        if self.to_recover is not None:
            recovery = min(repayment.amount, Money(self.to_recover, currency))
            self.to_recover -= recovery.minor
            return Allocation(repayment, (), repayment.amount - recovery, recovery)
        self.settle(repayment.day)
        split = _Split(repayment.amount.minor)
        if self._ends_with(repayment):
            for line in self.lines:
                split.take_back(line, line.not_earned(repayment.day, self.unit))
            split.pay([*self.closed, *self.lines], self.rules.order)
        else:
            self._pay_on(split, repayment.day)
        pieces = tuple(Piece(number, part, Money(minor, currency)) for number, part, minor in split.pieces)
        return Allocation(repayment, pieces, Money(split.left, currency), nothing)

    def _ends_with(self, repayment: Repayment) -> bool:
        """Whether a payment is enough to end the loan on its day."""
        if self.rules.keeps_interest:
            return False
        unpaid = sum(line.unpaid(part) for line in (*self.closed, *self.lines) for part in PARTS)
        not_earned = sum(sum(line.not_earned(repayment.day, self.unit).values()) for line in self.lines)
        return unpaid - not_earned <= repayment.amount.minor

    def _pay_on(self, split: "_Split", day: date) -> None:
        """Split a payment of a loan that goes on."""
        # Somebody who pays three days before the day means the instalment, not a surplus.
        begun = [*self.closed, *(line for line in self.lines if line.has_begun(day))]
        split.pay(begun, self.rules.order)
        if self.rules.surplus == "principal":
            before = split.left
            split.pay(reversed(self.lines), ("principal",))
            self._pay_early(before - split.left, day)
        if self.rules.surplus != "credit":
            split.pay(self.lines, self.rules.order)

    def settle(self, today: date) -> None:
        """Charge what lateness costs by today, before anything that was paid today."""
        if self.terms.method == "roll-over":
            self._roll_over(today)
        else:
            self._charge_penalties(today)

    def _roll_over(self, today: date) -> None:
        """Let what is unpaid of the principal roll into the periods that have begun since it was due."""
        terms = self.terms
        while self.lines and (last := self.lines[-1]).due < today and (balance := last.unpaid("principal")):
            period = len(self.lines) + 1
            first, end = (period_end(terms.start, terms.every, number) for number in (period - 1, period))
            rate = terms.period_rate(first, end)
            owed: dict[InstalmentPart, int] = {
                "penalty": 0,
                "fee": 0,
                "interest": self._interest(balance, rate),
                "principal": balance,
            }
            last.owed["principal"] -= balance
            last.moved += balance
            due = terms.calendar.move(end)
            self.lines.append(
                _Line(last.number + 1, last.due, due, last.agreed, rate, balance, owed, daily=terms.daily)
            )

    def _charge_penalties(self, today: date) -> None:
        """Charge the lines whose days of grace are over."""
        grace = timedelta(days=self.rules.penalty_days)
        for line in takewhile(lambda line: line.due + grace < today, self.lines[self.judged :]):
            unpaid = sum(line.unpaid(part) for part in PARTS)  # no penalty among them yet: a line has one chance
            penalty = to_multiple(unpaid * self.rules.penalty, self.unit)
            line.owed["penalty"] = min(penalty, self.penalties_left)
            self.penalties_left -= line.owed["penalty"]
            self.judged += 1

    def _pay_early(self, minor: int, day: date) -> None:
        """Take from the periods to come what they no longer cost; flat interest is on the whole loan and stays."""
        self.early += minor
        for line in self.lines if minor else []:
            if line.has_begun(day):
                continue
            balance = max(0, line.opening - self.early)
            if self.terms.method != "flat":
                line.owed["interest"] = self._interest(balance, line.rate)
            if not balance:
                line.owed["fee"] = 0

    def _interest(self, balance: int, rate: Fraction) -> int:
        """What a period costs that begins with this balance."""
        on_all = self.terms.charge_on == "loan" and balance
        return to_multiple((self.terms.principal.minor if on_all else balance) * rate, self.unit)

    def waive(self, waiver: Waiver) -> None:
        """Let what is due and unpaid of a part be owed no more, the oldest first, as far as it goes."""
        self.settle(waiver.day)
        left = waiver.amount.minor
        for line in chain(self.closed, self.lines):
            if line.due <= waiver.day:
                minor = min(left, line.unpaid(waiver.part))
                line.owed[waiver.part] -= minor
                left -= minor

    def reschedule(self, terms: Terms) -> None:
        """Go on with what is outstanding under other terms."""
        self._close(terms.start, breaks_off=True)
        outstanding = 0
        for line in self.closed:
            unpaid = line.unpaid("principal")
            outstanding += unpaid
            line.owed["principal"] -= unpaid
            if line.due <= terms.start:
                line.moved += unpaid
        self.closed = [line for line in self.closed if line.has_begun(terms.start) or any(line.paid.values())]
        self.early = self.judged = 0
        if outstanding:
            self.terms = replace(terms, principal=Money(outstanding, terms.principal.currency))
            self.lines = self._planned(numbers_from=self.closed[-1].number + 1)

    def write_off(self, day: date) -> None:
        """Let nothing be owed any more that was not by the end of the day."""
        self._close(day, breaks_off=not self.rules.keeps_interest)
        self.to_recover = sum(line.unpaid(part) for line in self.closed for part in PARTS)

    def _close(self, day: date, *, breaks_off: bool) -> None:
        self.settle(day)
        for line in self.lines if breaks_off else ():
            line.break_off(day, self.unit)
        self.closed += self.lines
        self.lines = []


@dataclass(slots=True)
class _Split:
    """A payment while it is split: what is left of it, and its pieces, in minor units."""

    left: int
    pieces: list[tuple[int, InstalmentPart, int]] = field(default_factory=list)

    def take_back(self, line: _Line, not_earned: Mapping[InstalmentPart, int]) -> None:
        """Let a line be owed no more than was earned, and have back what was paid ahead of it."""
        for part, minor in not_earned.items():
            line.owed[part] -= minor
            if (ahead := line.paid[part] - line.owed[part]) > 0:
                line.paid[part] -= ahead
                self.left += ahead
                self.pieces.append((line.number, part, -ahead))

    def pay(self, lines: Iterable[_Line], order: Iterable[InstalmentPart]) -> None:
        """Pay the parts of the lines, one after another, as far as it goes."""
        for line, part in ((line, part) for line in lines for part in order):
            if not self.left:
                return
            if minor := min(self.left, line.unpaid(part)):
                line.paid[part] += minor
                self.left -= minor
                self.pieces.append((line.number, part, minor))
