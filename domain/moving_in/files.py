"""What files hold, before anything in them is checked: their rows by group, and what of a file cannot be used."""

from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from difflib import get_close_matches
from typing import Final, Literal

from domain.errors import DomainError
from domain.moving_in.book import SheetRow
from domain.moving_in.findings import Finding
from domain.moving_in.sheets import SHEETS, SheetName
from domain.raw_cells import DAYS_TO_1904, RawCell, RawSheet, as_written, plain_text, unread

# A title, a logo, a note stand above the header of many a sheet.
_HEADER_WITHIN: Final = 10
# So many names of a header are of one sheet, or it is none: a list of the columns names them too.
_KNOWN_MIN: Final = 3

WhyBadFile = Literal[
    "too_large",
    "unpacks",  # to more than that
    "too_many_rows",
    "too_many_columns",
    "not_read",
    "encoding",
    "macros",
    "links",
    "password",
    "no_header",
    "hidden",
    "nothing",
    "gone",
]


class BadImportFile(DomainError):
    """A file cannot be used at all: `why`, the `name` of the file, and the `most` of what it has too much of."""

    code = "bad_import_file"

    def __init__(self, why: WhyBadFile, name: str, most: int = 0) -> None:
        super().__init__(why=why, name=name, most=most)


@dataclass(slots=True)
class SheetFiles:
    """
    What is in all files: `put` is given each row with the code of its group. What is wrong with headers, or with
    rows that name no group, is found here. Nobody knows then what is lost of which group, so all that have rows in
    a `spoilt` sheet are wrong. `empty` rows were skipped.
    """

    put: Callable[[str, SheetRow], None]
    findings: list[Finding] = field(default_factory=list)
    spoilt: dict[str, str] = field(default_factory=dict)  # where the first mistake of each is
    counts: defaultdict[SheetName, int] = field(default_factory=lambda: defaultdict(int))
    empty: int = 0

    def take(self, sheet: RawSheet) -> bool:
        """
        Put the rows of one sheet to the others; False when it has no header of ours, and nothing was taken. Raises
        BadImportFile for one that is hidden and has.
        """
        columns: tuple[str, ...] = ()
        name: SheetName | None = None
        for number, cells in sheet.rows:
            if name is None:
                if found := _header(cells):
                    if sheet.hidden:
                        raise BadImportFile("hidden", sheet.file)
                    columns, name = found, _sheet_of(found)
                    self._check_header(sheet.file, number, name, columns)
                elif number > _HEADER_WITHIN:
                    break
                continue
            if not any(map(plain_text, cells)):
                self.empty += 1
                continue
            if again := _header_again(columns, cells):  # files that were put one below the other
                if again != columns:
                    columns, name = again, _sheet_of(again)
                    self._check_header(sheet.file, number, name, columns)
                continue
            raw = _from_1900(name, columns, cells) if sheet.from_1904 else cells
            self._take_row(SheetRow(name, sheet.file, number, columns, tuple(raw)))
        return name is not None

    def _take_row(self, row: SheetRow) -> None:
        cell = row.cells.get("group_code")
        code = plain_text(cell)
        if why := "empty" if not code else unread(cell):
            self._add(Finding(row.sheet, row.file, row.number, "group_code", as_written(cell), why))
            return
        self.put(code, row)
        self.counts[row.sheet] += 1

    def _check_header(self, file: str, number: int, sheet: SheetName, columns: Sequence[str]) -> None:
        known = [each.name for each in SHEETS[sheet]]
        for place, column in enumerate(columns):
            if column and column in columns[:place]:
                self._add(Finding(sheet, file, number, column, column, "column_twice"))
            elif column and column not in known:
                like = get_close_matches(column, known, 1)
                hint = like[0] if like else ""
                self._add(Finding(sheet, file, number, column, column, "unknown_column", hint))
        for each in SHEETS[sheet]:
            if each.required and each.name not in columns:
                self._add(Finding(sheet, file, number, each.name, "", "column_missing"))

    def _add(self, finding: Finding) -> None:
        self.findings.append(finding)
        self.spoilt.setdefault(finding.file, f"{finding.file}:{finding.row}")


def _from_1900(sheet: SheetName, columns: Sequence[str], cells: Sequence[RawCell]) -> Iterator[RawCell]:
    """The days of a workbook that counts them from 1904, where its cells show them as numbers."""
    days = {each.name for each in SHEETS[sheet] if each.kind in ("date", "dates")}
    for column, cell in zip(columns, cells, strict=False):
        yield cell + DAYS_TO_1904 if column in days and isinstance(cell, float) else cell


def _header(cells: Sequence[RawCell]) -> tuple[str, ...] | None:
    """The names of the columns, where these cells are a header: the group's code and some others of one sheet."""
    names = tuple(_column_name(cell) for cell in cells)
    if "group_code" not in names:
        return None
    known = (sum(each.name in names for each in columns) for columns in SHEETS.values())
    return names if max(known) >= _KNOWN_MIN else None


def _header_again(columns: Sequence[str], cells: Sequence[RawCell]) -> tuple[str, ...] | None:
    """Another header, where the group's code would be: of the same sheet, or of the next."""
    place = columns.index("group_code")
    is_one = place < len(cells) and _column_name(cells[place]) == "group_code"
    return _header(cells) if is_one else None


def _column_name(cell: RawCell) -> str:
    """As ours: "Group code *" is group_code."""
    text = plain_text(cell) if isinstance(cell, str) else ""
    return "_".join(text.replace("*", " ").replace("-", " ").casefold().split())


def _sheet_of(columns: Sequence[str]) -> SheetName:
    """The sheet that has the most of these columns, of those that have as many the one that needs fewer others."""

    def fits(sheet: SheetName) -> tuple[int, int]:
        known = {each.name for each in SHEETS[sheet]}
        missing = sum(each.required and each.name not in columns for each in SHEETS[sheet])
        return len(known.intersection(columns)), -missing

    return max(SHEETS, key=fits)
