"""
The rows of files, group by group, on disk: a programme brings more of them than a process should hold.

The rows of one group lie anywhere in the files. They are put into a database of SQLite's own kind for that, a file
without a name that is gone with the process, and read again one group after the other.
"""

import json
import sqlite3
from collections.abc import Iterator, Mapping
from datetime import date, datetime
from typing import Any, Final

from domain.moving_in.book import SheetRow
from domain.raw_cells import RawCell

_CACHE_KILOBYTES: Final = 4_000
_DAY, _MOMENT = "day", "moment"

_TABLES: Final = """
CREATE TABLE rows (
    code INTEGER, place INTEGER, sheet TEXT, file TEXT, number INTEGER, header INTEGER, cells TEXT,
    PRIMARY KEY (code, place)
) WITHOUT ROWID;
CREATE TABLE phones (phone TEXT PRIMARY KEY, name TEXT, place TEXT) WITHOUT ROWID;
BEGIN;
"""


class RowShelf(Mapping[str, list[SheetRow]]):
    """Rows by the code of their group, in the order in which the groups were first named."""

    def __init__(self) -> None:
        self._rows = sqlite3.connect("", isolation_level=None)
        self._rows.executescript(
            f"PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF; PRAGMA cache_size = -{_CACHE_KILOBYTES};"
        )
        self._rows.executescript(_TABLES)
        self._codes: dict[str, int] = {}
        self._headers: dict[tuple[str, ...], int] = {}
        self._count = 0

    def put(self, code: str, row: SheetRow) -> None:
        """One more row of a group."""
        group = self._codes.setdefault(code, len(self._codes))
        header = self._headers.setdefault(row.columns, len(self._headers))
        self._count += 1
        self._rows.execute(
            "INSERT INTO rows VALUES (?, ?, ?, ?, ?, ?, ?)",
            (group, self._count, row.sheet, row.file, row.number, header, json.dumps(row.raw, default=_tagged)),
        )

    def seen(self, phone: str, name: str, place: str) -> tuple[str, str] | None:
        """Whose this phone was where it was first seen, and where that was; None where it was not seen before."""
        found = self._rows.execute("SELECT name, place FROM phones WHERE phone = ?", (phone,)).fetchone()
        if found is None:
            self._rows.execute("INSERT INTO phones VALUES (?, ?, ?)", (phone, name, place))
        return found

    def __getitem__(self, code: str) -> list[SheetRow]:
        headers = list(self._headers)
        found = self._rows.execute(
            "SELECT sheet, file, number, header, cells FROM rows WHERE code = ? ORDER BY place",
            (self._codes[code],),
        )
        return [
            SheetRow(sheet, file, number, headers[header], tuple(json.loads(cells, object_hook=_untagged)))
            for sheet, file, number, header, cells in found
        ]

    def __iter__(self) -> Iterator[str]:
        return iter(self._codes)

    def __len__(self) -> int:
        return len(self._codes)


def _tagged(cell: object) -> dict[str, str]:
    """What a workbook has and JSON does not."""
    assert isinstance(cell, date), f"no file has {type(cell).__name__} in a cell"
    return {_MOMENT if isinstance(cell, datetime) else _DAY: cell.isoformat()}


def _untagged(tagged: dict[str, Any]) -> RawCell:
    if _MOMENT in tagged:
        return datetime.fromisoformat(tagged[_MOMENT])
    return date.fromisoformat(tagged[_DAY])
