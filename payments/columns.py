"""A provider's list as a table of text, a CSV, whose columns are found by their names."""

import csv
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import chain

# What each column may be called, in small letters and digits alone; what comes first counts.
ColumnNames = Mapping[str, Sequence[str]]


class Columns:
    """
    The columns that are known of a table, by our names, in `found`. Between its cells stand commas, semicolons or
    tabs, whichever its first line has most of. Raises csv.Error, also as it is read.
    """

    def __init__(self, lines: Iterable[str], called: ColumnNames) -> None:
        rest = iter(lines)
        first = next(rest, "")
        self._rows = csv.reader(chain([first], rest), delimiter=max(",;\t", key=first.count))
        header = [re.sub(r"[^a-z0-9]", "", each.lower()) for each in next(self._rows, [])]
        self.found = {
            column: header.index(name)
            for column, known in called.items()
            if (name := next((each for each in known if each in header), None)) is not None
        }

    def rows(self) -> Iterator[tuple[int, dict[str, str]]]:
        """Each row that is not empty, with its number: the cells that it has, by our names."""
        for number, row in enumerate(self._rows, start=2):
            if any(cell.strip() for cell in row):
                yield number, {name: row[place].strip() for name, place in self.found.items() if place < len(row)}
