"""What a cell may be beside others: a day between days, an amount above zero, a number that nobody else has."""

from collections.abc import Container, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from domain.money import Money
from domain.moving_in.book import ReadRow, SheetRow
from domain.moving_in.findings import Findings, SheetProblem


@dataclass(frozen=True, slots=True)
class Bounds:
    """What is out of them is put to the `findings`; a cell that is empty, or was refused, is in all of them."""

    findings: Findings
    today: date

    def past(self, read: ReadRow, column: str, last: date | None = None, named: str = "") -> None:
        """A day that has come, and none after the `last`, which a column `named` so says."""
        day = read.get(column)
        if day is not None and day > self.today:
            self.findings.add(read.row, column, "in_the_future")
        elif day is not None and last is not None and day > last:
            self.findings.add(read.row, column, "not_before", named)

    def order(self, read: ReadRow, first: str, then: str, *, strictly: bool = False) -> None:
        """Two days in this order; `strictly`, and not the same."""
        if read.all(first, then) and (
            read.get(then) < read.get(first) or (strictly and read.get(then) == read.get(first))
        ):
            self.findings.add(read.row, then, "not_after", first)

    def above_zero(self, read: ReadRow, column: str) -> None:
        """An amount that is one."""
        value = read.get(column)
        if isinstance(value, Money) and not value:
            self.findings.add(read.row, column, "nothing_owed")

    def counts_from_one(self, read: ReadRow, column: str, most: int | None = None) -> None:
        """A number of the group's book, or how many of something there are."""
        count = read.get(column)
        if count == 0:
            self.findings.add(read.row, column, "not_whole")
        elif count is not None and most is not None and count > most:
            self.findings.add(read.row, column, "too_large", str(most))

    def unique(self, rows: Sequence[ReadRow], column: str, problem: SheetProblem) -> None:
        """No two rows with the same in this column."""
        first: dict[Any, SheetRow] = {}
        for read in rows:
            if (value := read.get(column)) is None:
                continue
            before = first.setdefault(value, read.row)
            if before is not read.row:
                self.findings.add(read.row, column, problem, before.place)

    def of_member(self, read: ReadRow, numbers: Container[int]) -> None:
        """A row of somebody who is in the sheet of members, with one of these numbers."""
        number = read.get("member_no")
        if number is not None and number not in numbers:
            self.findings.add(read.row, "member_no", "no_such_member", str(number))
