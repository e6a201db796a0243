"""What is wrong or odd in the sheets of a group: where it is, and why it will not do."""

from dataclasses import dataclass, field
from typing import Final, Literal

from domain.moving_in.book import SheetRow
from domain.moving_in.cells import CellProblem
from domain.moving_in.sheets import SheetName
from domain.raw_cells import as_written

SheetProblem = Literal[
    "unknown_column",  # hint: one that is like it
    "column_missing",
    "column_twice",
    "spoilt",  # a sheet that has rows of the group, and of nobody knows whom; hint: where
    "no_sheet_row",  # the group has no row in a sheet that it has to be in
    "second_row",  # it has one already; hint: where
    "same_row",  # the same as another, which is left out; hint: where
    "number_taken",  # a member's number, or a loan's, is another's; hint: where
    "phone_taken",  # two members, one number; hint: where
    "phone_of_another",  # of another name, in another group; hint: who that is, and where
    "too_few",  # members; hint: how many there have to be
    "too_many",  # members; hint: how many there can be
    "office_taken",  # two of them hold it; hint: where
    "two_officers",  # with phones are needed, to agree to what is brought
    "officer_without_phone",
    "in_the_future",
    "not_after",  # hint: the column it has to be after
    "not_before",  # hint: the column it must not be after
    "no_such_member",
    "needs",  # another column; hint: which
    "not_the_price",  # savings are no whole number of shares; hint: the price
    "not_the_same",  # as another column says; hint: what that is
    "more_than",  # another column; hint: which
    "does_not_lend",
    "social_loan",  # the social fund lends nothing here; hint: what is owed of it
    "not_of_kind",  # groups of this kind have no such thing
    "stands_for_self",
    "place_taken",  # of a rotation; hint: where
    "nothing_owed",
    "nothing_late",  # by the other columns, though a day since when something is
    "not_yours",  # an agent brings another agent's group
    "plan_differs",  # from another column; hint: what the plan says
    "not_as_many",  # as in another column; hint: which
    "no_such_rule",  # that a group could have
    # What is only odd:
    "late_unsaid",  # the next instalment is past, and nothing is said to be late: it is taken as late
    "social_differs",  # what the social fund should hold; hint: what is there
    "surplus_differs",  # what they have earned by their book; hint: what follows from the sheets
    "cycle_over",  # it was to end before the day of the sheets, and goes on
    "loss",  # they have lost money in this cycle; hint: how much
]
FindingProblem = CellProblem | SheetProblem
Severity = Literal["error", "warning"]
_ODD: Final[frozenset[FindingProblem]] = frozenset(
    {"same_row", "phone_of_another", "late_unsaid", "social_differs", "surplus_differs", "cycle_over", "loss"}
)


@dataclass(frozen=True, slots=True)
class Finding:
    """What is wrong or odd: where, what was read, and why it will not do; `hint` goes with the problem."""

    sheet: SheetName
    file: str
    row: int
    column: str
    read: str
    problem: FindingProblem
    hint: str = ""

    @property
    def severity(self) -> Severity:
        """An error keeps the group out."""
        return "warning" if self.problem in _ODD else "error"


@dataclass(slots=True)
class Findings:
    """All that was found in the sheets of one group so far."""

    found: list[Finding] = field(default_factory=list)

    @property
    def any_error(self) -> bool:
        """Whether any of it is an error."""
        return any(each.severity == "error" for each in self.found)

    def add(self, row: SheetRow, column: str, problem: FindingProblem, hint: str = "") -> None:
        """One more; `hint` goes with the problem."""
        read = as_written(row.cells.get(column))
        self.found.append(Finding(row.sheet, row.file, row.number, column, read, problem, hint))
