"""
What is wrong or odd in a sheet by which a group moves in, for whoever brings it: what has to be there instead.

Each sentence stands behind the place and what was read there, and is filled with the finding's `hint`.
"""

from collections.abc import Callable, Mapping
from typing import Final, get_args

from domain.moving_in.cells import CellProblem
from domain.moving_in.findings import Finding, FindingProblem, SheetProblem
from flows.words.texts import Text, t

_SAID: Final[Mapping[FindingProblem, Callable[[str], Text]]] = {
    "empty": lambda hint: t("This may not be empty."),
    "too_long": lambda hint: t("At most {hint} letters.", hint=hint),
    "no_name": lambda hint: t("A name has 2 to {hint} letters or numbers, and begins with one.", hint=hint),
    "not_latin": lambda hint: t("Write it in Latin letters, which every phone can show."),
    "formula": lambda hint: t("This is a formula without its result: write the result."),
    "error_value": lambda hint: t("The spreadsheet could not work this out: write the value."),
    "not_one_of": lambda hint: t("This has to be one of: {hint}", hint=hint),
    "not_an_amount": lambda hint: t("This is no amount: write digits, like 5000."),
    "amount_two_ways": lambda hint: t("This could be {hint}: write it without signs between digits.", hint=hint),
    "other_currency": lambda hint: t("This is in another currency than {hint}.", hint=hint),
    "negative": lambda hint: t("No number is below zero here."),
    "too_precise": lambda hint: t("{hint} has no such small coins: round it.", hint=hint),
    "too_large": lambda hint: t("At most {hint}.", hint=hint),
    "not_whole": lambda hint: t("This has to be a whole number, from 1."),
    "not_a_date": lambda hint: t("This is no day: write it like 2026-11-20."),
    "date_two_ways": lambda hint: t(
        "This could be {hint}: write it like 2026-11-20, or say that days come first.", hint=hint
    ),
    "no_phone": lambda hint: t("This is no mobile number of {hint}: write it like +256772000301.", hint=hint),
    "digits_lost": lambda hint: t("The spreadsheet lost digits: make the column text, and type the number again."),
    "no_percent": lambda hint: (
        t("Is this {hint} percent? Write {hint}.", hint=hint)
        if hint
        else t("This is no percentage from 0 to 1000.")
    ),
    "no_number": lambda hint: t("This is no number: write one like {hint}.", hint=hint),
    "no_plan": lambda hint: t("Write each instalment like 2026-12-11 20000 1200, with a semicolon between two."),
    "days_back": lambda hint: t("Write the earlier day first."),
    "unknown_column": lambda hint: (
        t("No column has this name. Is it {hint}?", hint=hint)
        if hint
        else t("No column has this name: take it out.")
    ),
    "column_missing": lambda hint: t("This column is missing."),
    "column_twice": lambda hint: t("Two columns have this name."),
    "spoilt": lambda hint: t("First put {hint} right: it may be of this group.", hint=hint),
    "no_sheet_row": lambda hint: t("The group has no row in this sheet."),
    "second_row": lambda hint: t("The group has a row already: {hint}", hint=hint),
    "same_row": lambda hint: t("This row stands in {hint} too: it counts once.", hint=hint),
    "number_taken": lambda hint: t("This number is taken: {hint}", hint=hint),
    "phone_taken": lambda hint: t(
        "Two members, one phone: {hint}. Leave it empty for one of them: officers serve them.", hint=hint
    ),
    "phone_of_another": lambda hint: t(
        "In another group it is the phone of {hint}. Is that the same person?", hint=hint
    ),
    "too_few": lambda hint: t("A group has {hint} members or more.", hint=hint),
    "too_many": lambda hint: t("A group has at most {hint} members.", hint=hint),
    "office_taken": lambda hint: t("Another member has this office: {hint}", hint=hint),
    "two_officers": lambda hint: t("Two officers are needed: chair, secretary or treasurer."),
    "officer_without_phone": lambda hint: t("An officer needs a phone of their own, to decide with."),
    "in_the_future": lambda hint: t("This day has not come yet."),
    "not_after": lambda hint: t("This has to come after {hint}.", hint=hint),
    "not_before": lambda hint: t("This is too late: at the latest {hint}.", hint=hint),
    "no_such_member": lambda hint: t("The sheet of members has no number {hint}.", hint=hint),
    "needs": lambda hint: t("This is needed here: {hint}", hint=hint),
    "not_the_price": lambda hint: t("Savings are whole shares, of {hint} each. The rest is credit.", hint=hint),
    "not_the_same": lambda hint: t("The shares come to {hint}. Write one of the two.", hint=hint),
    "more_than": lambda hint: t("This is more than {hint}.", hint=hint),
    "does_not_lend": lambda hint: t("A group of this kind lends nothing."),
    "social_loan": lambda hint: t(
        "The social fund lends nothing here. If the group agrees, its box takes the loan over: write {hint}"
        " less in box_cash, as much more in social_cash, and leave this empty. Else the loan stays in their"
        " paper book.",
        hint=hint,
    ),
    "not_of_kind": lambda hint: t("A group of this kind has no such thing: leave it empty."),
    "stands_for_self": lambda hint: t("Nobody guarantees their own loan."),
    "place_taken": lambda hint: t("Another member has this place: {hint}", hint=hint),
    "nothing_owed": lambda hint: t("This has to be more than zero."),
    "nothing_late": lambda hint: t(
        "By the other columns nothing is late: next_due is the day of the oldest instalment that is not paid."
    ),
    "not_yours": lambda hint: t("This is another agent, or a group of theirs. Ask the operator to bring it."),
    "plan_differs": lambda hint: t("By the plan of instalments it is {hint}.", hint=hint),
    "not_as_many": lambda hint: t("Write one for each in {hint}.", hint=hint),
    "no_such_rule": lambda hint: t("No group of this kind can have this rule."),
    "cycle_over": lambda hint: t("The cycle was to end by then. Does it still go on?"),
    "late_unsaid": lambda hint: t("This day is over, so the loan is taken as late from it on. Is that right?"),
    "social_differs": lambda hint: t(
        "Their book says this, and {hint} is in the social fund's box. Is the box right?", hint=hint
    ),
    "surplus_differs": lambda hint: t(
        "Their book says this, and the sheets come to {hint}. Ask the officers.", hint=hint
    ),
    "loss": lambda hint: t("The group has {hint} less than its members put in. Is that right?", hint=hint),
}  # fmt: skip


def words_of_finding(finding: Finding) -> Text:
    """What has to be there instead, or what to ask."""
    return _SAID[finding.problem](finding.hint)


assert set(_SAID) == {*get_args(CellProblem), *get_args(SheetProblem)}, "each problem has its sentence"
