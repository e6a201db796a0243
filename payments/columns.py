"""A provider's list as a table, whose columns are found by their names."""

import csv
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import chain, islice
from typing import Final, Generic, TypeVar

from domain.raw_cells import RawCell, RawSheet

# What each column may be called, in small letters and digits alone; what comes first counts.
ColumnNames = Mapping[str, Sequence[str]]

C = TypeVar("C", bound=RawCell)

# A portal may say above the table of what and of when it is, in so many lines at most. Where it begins, so many
# columns are known.
ABOVE_MAX: Final = 20
_KNOWN_MIN: Final = 3


class Columns(Generic[C]):
    """
    The columns that are known of a table, by our names, in `found`, and the `rows` below their names, each with
    its number.
    """

    def __init__(self, found: Mapping[str, int], rows: Iterable[tuple[int, Sequence[C]]]) -> None:
        self.found, self._rows = found, rows

    @property
    def are_known(self) -> bool:
        """Whether it is such a table at all, and not one of other things."""
        return len(self.found) >= _KNOWN_MIN

    def rows(self) -> Iterator[tuple[int, dict[str, C]]]:
        """Each row that is not empty, with its number: the cells that it has, by our names."""
        for number, row in self._rows:
            if any(cell not in ("", None) for cell in row):
                yield number, {name: row[place] for name, place in self.found.items() if place < len(row)}


def columns_of_csv(lines: Iterable[str], called: ColumnNames) -> Columns[str]:
    """
    The table begins with the first line that names several columns, else with the first of all. Its cells are
    parted by what that line has most of: commas, semicolons or tabs. The number of a row is that of its last line.
    Raises csv.Error, also as it is read.
    """
    rest = iter(lines)
    above = [*islice(rest, ABOVE_MAX)] or [""]
    place, found = _begins(map(_cells, above), called)
    reader = csv.reader(chain(above[place + 1 :], rest), delimiter=_between(above[place]))
    return Columns(found, ((place + 1 + reader.line_num, [cell.strip() for cell in row]) for row in reader))


def columns_of_sheet(sheet: RawSheet, called: ColumnNames) -> Columns[RawCell]:
    """Of a sheet of a workbook, whose table begins as one of lines does."""
    rest = ((number, [*map(_stripped, row)]) for number, row in sheet.rows)
    above = [*islice(rest, ABOVE_MAX)] or [(1, [])]
    place, found = _begins((row for _, row in above), called)
    return Columns(found, chain(above[place + 1 :], rest))


def _begins(above: Iterable[Sequence[RawCell]], called: ColumnNames) -> tuple[int, dict[str, int]]:
    """Which of these rows names the columns, and where each is."""
    heads = [_found(cells, called) for cells in above]
    return next(((place, found) for place, found in enumerate(heads) if len(found) >= _KNOWN_MIN), (0, heads[0]))


def _stripped(cell: RawCell) -> RawCell:
    return cell.strip() if isinstance(cell, str) else cell


def _cells(line: str) -> Sequence[str]:
    return next(csv.reader([line], delimiter=_between(line)), [])


def _between(line: str) -> str:
    return max(",;\t", key=line.count)


def _found(cells: Sequence[RawCell], called: ColumnNames) -> dict[str, int]:
    """Where the columns are that a row names."""
    header = [re.sub(r"[^a-z0-9]", "", str(each).lower()) for each in cells]
    return {
        column: header.index(name)
        for column, known in called.items()
        if (name := next((each for each in known if each in header), None)) is not None
    }
