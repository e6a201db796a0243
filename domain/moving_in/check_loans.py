"""What members owe in a group's sheets: loans with what is to come of them and who stands for them, and fines."""

from collections.abc import Container, Sequence

from domain.arithmetic.periods import period_end
from domain.arithmetic.schedule import PERIODS_MAX, PlannedLine
from domain.money import Money
from domain.moving_in.book import ReadRow
from domain.moving_in.bounds import Bounds
from domain.records.meeting import FINE_WORDS_MAX


def check_loans(group: ReadRow, loans: Sequence[ReadRow], numbers: Container[int], bounds: Bounds) -> None:
    """Each by itself, and that no two have one number; `numbers` are those of the members."""
    for loan in loans:
        bounds.of_member(loan, numbers)
        if group.get("kind") == "rosca":
            bounds.findings.add(loan.row, "loan_no", "does_not_lend")
        if loan.get("fund") == "social":
            owed = str(loan.get("principal_owed", ""))
            bounds.findings.add(loan.row, "fund", "social_loan", owed)
        _check_days(group, loan, bounds)
        _check_amounts(loan, bounds)
        _check_plan(group, loan, bounds)
        _check_guarantors(loan, numbers, bounds)
    bounds.unique(loans, "loan_no", "number_taken")


def _check_days(group: ReadRow, loan: ReadRow, bounds: Bounds) -> None:
    as_of = group.get("as_of")
    bounds.past(loan, "lent_on", as_of, "as_of")
    bounds.past(loan, "late_since", as_of, "as_of")
    bounds.order(loan, "lent_on", "next_due", strictly=True)
    bounds.order(loan, "lent_on", "late_since", strictly=True)
    bounds.order(loan, "late_since", "next_due")  # what is due next is no older than the oldest
    if not as_of or not loan.get("next_due"):
        return
    if loan.get("next_due") <= as_of and not loan.get("late_since") and not _rolls_on(group, loan):
        bounds.findings.add(loan.row, "next_due", "late_unsaid")
    if loan.all("every"):
        # Between two instalments lies a period, so the next is no further off.
        most = period_end(as_of, loan.get("every"), 1)
        if loan.get("next_due") > most:
            bounds.findings.add(loan.row, "next_due", "not_before", most.isoformat())


def _rolls_on(group: ReadRow, loan: ReadRow) -> bool:
    """Of one that rolls over, principal is never late: only what it costs."""
    rolls_over = loan.get("method", group.get("interest_method")) == "roll-over"
    return rolls_over and not loan.get("interest_owed") and not loan.get("penalty_owed")


def _check_amounts(loan: ReadRow, bounds: Bounds) -> None:
    bounds.above_zero(loan, "lent")
    bounds.above_zero(loan, "principal_owed")
    if loan.all("lent", "principal_owed") and loan.get("principal_owed") > loan.get("lent"):
        bounds.findings.add(loan.row, "principal_owed", "more_than", "lent")
    bounds.counts_from_one(loan, "instalments_left", PERIODS_MAX)
    if loan.get("penalty_owed") and not loan.get("late_since") and "late_since" not in loan.bad:
        bounds.findings.add(loan.row, "penalty_owed", "needs", "late_since")


def _check_plan(group: ReadRow, loan: ReadRow, bounds: Bounds) -> None:
    """A plan is of all that is to come: the other columns say the same, and what is not in it is late."""
    plan: tuple[PlannedLine, ...] = loan.get("plan", ())
    if not plan:
        return
    row, as_of, owed = loan.row, group.get("as_of"), loan.get("principal_owed")
    planned = sum((line.principal for line in plan), Money(0, plan[0].principal.currency))
    if as_of and plan[0].due <= as_of:
        bounds.findings.add(row, "plan", "not_after", "as_of")
    if loan.get("instalments_left", len(plan)) != len(plan):
        bounds.findings.add(row, "instalments_left", "plan_differs", str(len(plan)))
    if loan.get("next_due", plan[0].due) != plan[0].due:
        bounds.findings.add(row, "next_due", "plan_differs", plan[0].due.isoformat())
    if owed and (planned > owed or (planned < owed and not loan.get("late_since"))):
        bounds.findings.add(row, "principal_owed", "plan_differs", str(planned))


def _check_guarantors(loan: ReadRow, members: Container[int], bounds: Bounds) -> None:
    row, numbers = loan.row, loan.get("guarantors", ())
    for place, number in enumerate(numbers):
        if number == loan.get("member_no"):
            bounds.findings.add(row, "guarantors", "stands_for_self")
        elif number not in members:
            bounds.findings.add(row, "guarantors", "no_such_member", str(number))
        elif number in numbers[:place]:
            bounds.findings.add(row, "guarantors", "number_taken", row.place)
    pledged, owed = loan.get("pledged", ()), loan.get("principal_owed")
    if pledged and len(pledged) != len(numbers):
        bounds.findings.add(row, "pledged", "not_as_many", "guarantors")
    elif owed and sum(each.minor for each in pledged) > owed.minor:
        bounds.findings.add(row, "pledged", "more_than", "principal_owed")


def check_fines(group: ReadRow, fines: Sequence[ReadRow], numbers: Container[int], bounds: Bounds) -> None:
    """Each by itself; `numbers` are those of the members."""
    for fine in fines:
        bounds.of_member(fine, numbers)
        bounds.past(fine, "since", group.get("as_of"), "as_of")
        bounds.above_zero(fine, "amount")
        bounds.counts_from_one(fine, "fine_no")
        words = fine.get("words", "")
        if words and fine.get("reason", "other") != "other":
            bounds.findings.add(fine.row, "words", "needs", "reason: other")
        if len(words) > FINE_WORDS_MAX:
            bounds.findings.add(fine.row, "words", "too_long", str(FINE_WORDS_MAX))
