"""
A loan of a group that moves, both ways: the one that goes on from what a sheet says, and what a sheet says of one.

It goes on as if it had been lent on the terms that are left of it. What was paid of it before does not come along.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from datetime import date, datetime, time, timedelta
from fractions import Fraction
from itertools import groupby
from typing import Final, Literal
from zoneinfo import ZoneInfo

from domain.arithmetic.instalments import BroughtForward, StandingLine
from domain.arithmetic.periods import PERIODS_A_YEAR, Every, period_end
from domain.arithmetic.rates import Rate
from domain.arithmetic.schedule import Method, PlannedLine, Terms
from domain.money import Money, smallest_written
from domain.records.group import Constitution, Group, LoanProduct
from domain.records.loan import Guarantee, Loan, LoanBefore
from domain.records.opening import OpeningLoan
from domain.store import Store
from domain.treasury.money_in import new_ref

# Why no sheet can say a loan.
WhyUnsaid = Literal[
    "rolled_over",  # past its day, and it goes on
    "loan_rules",  # are not those of the group's loans
]
_SIX: Final = 10**6


def loan_brought(tx: Store, group: Group, brought: OpeningLoan, people: Mapping[int, str], as_of: date) -> Loan:
    """
    As if it had been lent on the terms that are left of it. What is late already is brought forward, by itself;
    interest that is owed and not late falls due with the next instalment.
    """
    terms, late = terms_left(brought, group.constitution, as_of)
    asked = datetime.combine(brought.lent_on, time(12), ZoneInfo(group.constitution.time_zone))
    equal = Money(brought.principal.minor // max(1, len(brought.guarantors)), group.currency)
    pledged = brought.pledged or (equal,) * len(brought.guarantors)
    product = group.constitution.loans
    assert product is not None, "the sheets of a group that does not lend have no loans"
    rules, kept = product.repayment, brought.keeps_interest
    loan = Loan(
        id=tx.new_id(),
        ref=new_ref("L"),
        group=group.id,
        person=people[brought.member],
        terms=terms,
        rules=rules if kept is None else replace(rules, keeps_interest=kept),
        fee=Money(0, group.currency),
        way="cash",
        state="active",
        asked_at=asked,
        guarantees=tuple(
            Guarantee(people[each], part, "accepted")
            for each, part in zip(brought.guarantors, pledged, strict=True)
            if part
        ),
        decided_on=brought.lent_on,
        disbursed_on=brought.lent_on,
        outstanding=brought.principal.minor,
        brought_forward=late,
        before=LoanBefore(brought.number, brought.lent, brought.lent_on),
    )
    return replace(loan, oldest_unpaid=loan.standing(as_of).oldest_unpaid)


def terms_left(loan: OpeningLoan, rules: Constitution, as_of: date) -> tuple[Terms, BroughtForward | None]:
    """
    The terms on which the rest of a loan goes on, and what of it is late on the day, None where nothing is owed
    besides them.

    Where the sheet has a plan, that is what is to come, and what of the principal is not in it is late. Else its
    instalments are as far apart as they were. Those that were due by the day are late, each an equal part of the
    principal; the next one is due when the sheet says, or where that is past, a period after the last.
    """
    product = rules.loans
    assert product is not None, "only a group that lends has loans"
    method = loan.method or product.method
    if loan.plan:
        late = loan.principal.minor - sum(line.principal.minor for line in loan.plan)
        first, periods = loan.plan[0].due, len(loan.plan)
    else:
        late, first, periods = _worked_out(loan, method, as_of)
    terms = Terms(
        principal=loan.principal,
        rate=_rate(loan, product),
        periods=periods,
        every=loan.every,
        method=method,
        start=_start_before(first, loan.every, as_of),
        unit=smallest_written(loan.principal.currency),
        plan=loan.plan,
    )
    if not late and not loan.interest and not loan.penalty:
        return terms, None
    since = loan.late_since or first
    return terms, BroughtForward(since, loan.interest, loan.penalty, Money(late, loan.principal.currency))


def _worked_out(loan: OpeningLoan, method: Method, as_of: date) -> tuple[int, date, int]:
    """What of the principal is late, in minor units; when the first instalment to come is due, and how many."""
    dues = [loan.next_due, *(period_end(loan.next_due, loan.every, each) for each in range(1, loan.instalments))]
    over = sum(due <= as_of for due in dues)
    ahead = len(dues) - over
    late = loan.principal.minor if not ahead else loan.principal.minor * over // len(dues)
    if method == "roll-over":
        late = 0  # what was not paid of it has rolled into the next period
    first = dues[over] if ahead else period_end(as_of, loan.every, 1)
    return late, first, max(1, ahead)


def _rate(loan: OpeningLoan, product: LoanProduct) -> Rate:
    if loan.percent is not None:
        return Rate(loan.percent, loan.per or product.rate.per)
    return _usual_rate(loan.every, product)


def _usual_rate(every: Every, product: LoanProduct) -> Rate:
    """What the group's loans cost, for periods of another length: its own rate may be for its own periods."""
    if product.rate.per != "period" or every == product.every:
        return product.rate
    return Rate(product.rate.yearly(product.every) * 100 / PERIODS_A_YEAR[every], "period")


def _start_before(due: date, every: Every, as_of: date) -> date:
    """The day of which a period ends when the next instalment is due; never after the day of the sheets."""
    start = due - timedelta(days=31 if every == "month" else 7 * 4)
    while period_end(start, every, 1) < due:
        start += timedelta(days=1)
    return min(start, as_of)


def why_unsaid(loan: Loan, rules: Constitution, today: date) -> WhyUnsaid | None:
    """Why the sheets cannot say a loan as it stands at the end of today; None where they can."""
    product = rules.loans
    if product is None or loan.rules != replace(product.repayment, keeps_interest=loan.rules.keeps_interest):
        return "loan_rules"
    past = [line for line in loan.standing(today).lines if line.due <= today]
    if loan.in_force.method == "roll-over" and any(line.moved or line.unpaid.principal for line in past):
        return "rolled_over"
    return None


def loan_said(loan: Loan, rules: Constitution, today: date, numbers: Mapping[str, int]) -> OpeningLoan | None:
    """As the sheets say it, members by their `numbers`; None where they cannot, or nothing is owed of it."""
    product, nothing = rules.loans, Money(0, loan.amount.currency)
    if product is None or why_unsaid(loan, rules, today):
        return None
    standing, in_force = loan.standing(today), loan.in_force
    late = [line for line in standing.lines if line.due <= today and line.unpaid.total]
    plan = tuple(_plan((line for line in standing.lines if line.due > today), nothing))
    since = min((line.due for line in late), default=None)
    next_due = plan[0].due if plan else since
    if next_due is None:
        return None  # nothing is owed of it
    keeps = loan.rules.keeps_interest
    own_rate = in_force.rate != _usual_rate(in_force.every, product)
    guarantees = [(each, loan.locked(each.person)) for each in loan.guarantees if each.state == "accepted"]
    standing_for = sorted((numbers[each.person], locked) for each, locked in guarantees if locked)
    before = loan.before
    return OpeningLoan(
        member=numbers[loan.person],
        number=before.number if before else loan.ref,
        lent_on=before.lent_on if before else loan.disbursed_on or loan.terms.start,
        lent=before.lent if before else loan.terms.principal,
        principal=loan.owed,
        interest=sum((line.unpaid.interest + line.unpaid.fee for line in late), nothing),
        penalty=sum((line.unpaid.penalty for line in late), nothing),
        instalments=len(plan) or 1,
        every=in_force.every,
        next_due=next_due,
        late_since=since,
        percent=_six_places(in_force.rate.percent) if own_rate else None,
        per=in_force.rate.per if own_rate else None,
        method=in_force.method if in_force.method != product.method else None,
        guarantors=tuple(number for number, _ in standing_for),
        pledged=tuple(locked for _, locked in standing_for),
        plan=plan,
        keeps_interest=keeps if keeps != product.repayment.keeps_interest else None,
    )


def _plan(lines: Iterable[StandingLine], nothing: Money) -> Iterator[PlannedLine]:
    """What is to come, a line for each day: also one that is paid already, which keeps its place."""
    for due, of_day in groupby(lines, key=lambda line: line.due):
        unpaid = [line.unpaid for line in of_day]
        yield PlannedLine(
            due,
            sum((each.principal for each in unpaid), nothing),
            sum((each.interest + each.fee for each in unpaid), nothing),
        )


def _six_places(percent: Fraction) -> Fraction:
    """As many as a sheet can have."""
    return Fraction(round(percent * _SIX), _SIX)
