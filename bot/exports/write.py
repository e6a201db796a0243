"""The files of an export, as rows come: to a folder by hand, to a folder or a bucket each night."""

import tempfile
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from typing import Final, Literal, get_args

from bot.backup.places import READ_BYTES, Place
from domain.exports.columns import COLUMNS, ExportCell, ExportName
from domain.exports.keys import ExportedGroup
from domain.exports.rows import ExportSpan, export_rows
from domain.mongo.store import MongoStore
from flows.engine.spreadsheet import csv_pieces, xlsx_table

ExportFormat = Literal["csv", "xlsx"]
EXPORT_NAMES: Final[tuple[ExportName, ...]] = get_args(ExportName)
EXPORT_FORMATS: Final[tuple[ExportFormat, ...]] = get_args(ExportFormat)
DEFINITIONS: Final = "definitions.csv"
_DEFINED_BY: Final = ("file", "column", "kind", "definition")

Rows = Iterator[tuple[ExportCell, ...]]


def write_export(
    store: MongoStore,
    place: Place,
    folder: str,
    name: ExportName,
    groups: Iterable[ExportedGroup],
    span: ExportSpan,
    file_format: ExportFormat = "csv",
) -> tuple[str, int]:
    """
    One file, and beside it what its columns mean; the file's name and how many rows it has. A file is there whole
    or not at all. Raises PlaceUnavailable.
    """
    rows = _Counted(row for each in groups for row in export_rows(store, name, each, span))
    columns = [each.name for each in COLUMNS[name]]
    file = f"{folder}{name}.{file_format}"
    if file_format == "csv":
        place.put(file, csv_pieces(columns, rows))
    else:
        with tempfile.TemporaryDirectory(prefix="export-") as made:
            path = Path(made) / "table.xlsx"
            xlsx_table(path, name, columns, rows)
            place.put(file, pieces_of(path))
    place.put(f"{folder}{DEFINITIONS}", csv_pieces(_DEFINED_BY, definitions()))
    return file, rows.count


def definitions() -> Iterator[Sequence[str]]:
    """A line for each column of each file."""
    for name, columns in COLUMNS.items():
        for each in columns:
            yield name, each.name, each.kind, each.about


def definitions_file() -> bytes:
    """The same as a file of commas."""
    return b"".join(csv_pieces(_DEFINED_BY, definitions()))


def told_to_stop(groups: Iterable[ExportedGroup], check: Callable[[], object]) -> Iterator[ExportedGroup]:
    """The same groups; `check` is asked before each, and raises to end it."""
    for each in groups:
        check()
        yield each


def pieces_of(path: Path) -> Iterator[bytes]:
    """A file on a disk, piece by piece."""
    with path.open("rb") as file:
        while piece := file.read(READ_BYTES):
            yield piece


class _Counted:
    """Rows that are counted on their way."""

    def __init__(self, rows: Rows) -> None:
        self._rows, self.count = rows, 0

    def __iter__(self) -> Iterator[tuple[ExportCell, ...]]:
        for row in self._rows:
            self.count += 1
            yield row
