"""A provider's list as a table of text, a CSV, whose columns are found by their names."""

import csv
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import chain, islice
from typing import Final

# What each column may be called, in small letters and digits alone; what comes first counts.
ColumnNames = Mapping[str, Sequence[str]]


# A portal may say above the table of what and of when it is, in so many lines at most. Where it begins, so many
# columns are known.
ABOVE_MAX: Final = 20
_KNOWN_MIN: Final = 3


class Columns:
    """
    The columns that are known of a table, by our names, in `found`. The table begins with the first line that
    names several of them, else with the first of all. Its cells are parted by what that line has most of: commas,
    semicolons or tabs. Raises csv.Error, also as it is read.
    """

    def __init__(self, lines: Iterable[str], called: ColumnNames) -> None:
        rest = iter(lines)
        above = [*islice(rest, ABOVE_MAX)] or [""]
        heads = [_found(line, called) for line in above]
        place = next((place for place, found in enumerate(heads) if len(found) >= _KNOWN_MIN), 0)
        self.found, self._above = heads[place], place + 1
        self._rows = csv.reader(chain(above[place + 1 :], rest), delimiter=_between(above[place]))

    def rows(self) -> Iterator[tuple[int, dict[str, str]]]:
        """Each row that is not empty, with the number of its last line: the cells that it has, by our names."""
        for row in self._rows:
            if any(cell.strip() for cell in row):
                cells = {name: row[place].strip() for name, place in self.found.items() if place < len(row)}
                yield self._above + self._rows.line_num, cells


def _between(line: str) -> str:
    return max(",;\t", key=line.count)


def _found(line: str, called: ColumnNames) -> dict[str, int]:
    """Where the columns are that a line names."""
    cells = next(csv.reader([line], delimiter=_between(line)), [])
    header = [re.sub(r"[^a-z0-9]", "", each.lower()) for each in cells]
    return {
        column: header.index(name)
        for column, known in called.items()
        if (name := next((each for each in known if each in header), None)) is not None
    }
