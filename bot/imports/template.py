"""The sheets for a group that moves in, empty or filled in, with what each column holds beside them."""

import csv
import io
from collections.abc import Iterator, Mapping, Sequence
from typing import Final

from domain.moving_in.rows import SheetCells
from domain.moving_in.sheets import SHEETS, SheetColumn, SheetName
from flows.engine.document import File
from flows.engine.spreadsheet import CSV, form_file

_HEADER = ("sheet", "column", "what it holds", "has to be there", "one of", "empty means", "example")


SheetsFilled = Mapping[SheetName, Sequence[SheetCells]]
_EMPTY: Final[SheetsFilled] = {}


def workbook_of(name: str, filled: SheetsFilled = _EMPTY) -> File:
    """One workbook with the four sheets, and a fifth that explains them."""
    sheets: dict[str, list[tuple[str, str, bool]]] = {
        name: [(each.name, _about(each), each.required) for each in columns] for name, columns in SHEETS.items()
    }
    rows: dict[str, list[list[str]]] = {
        sheet: [list(row.values()) for row in of_sheet] for sheet, of_sheet in filled.items()
    }
    return form_file(name, sheets, [_HEADER, *notes()], rows)


def csv_files(filled: SheetsFilled = _EMPTY) -> Iterator[File]:
    """A file for each of the four sheets, and one that explains them."""
    for name, columns in SHEETS.items():
        rows = [list(row.values()) for row in filled.get(name, ())]
        yield _csv(f"{name}.csv", [[each.name for each in columns], *rows])
    yield _csv("notes.csv", [_HEADER, *notes()])


def notes() -> Iterator[Sequence[str]]:
    """A row for each column of each sheet, as in the header of the notes."""
    for name, columns in SHEETS.items():
        for each in columns:
            must = "yes" if each.required else ""
            yield name, each.name, each.about, must, ", ".join(each.choices), each.when, each.example


def _about(column: SheetColumn) -> str:
    parts = [column.about[0].upper() + column.about[1:] + "."]
    if column.choices:
        parts.append(f"One of: {', '.join(column.choices)}.")
    if column.when:
        parts.append(f"Empty: {column.when}.")
    return "\n".join([*parts, f"Like: {column.example}"])


def _csv(name: str, rows: Sequence[Sequence[str]]) -> File:
    out = io.StringIO(newline="")
    csv.writer(out).writerows(rows)
    return File(name, CSV, out.getvalue().encode("utf-8-sig"))
