"""
The cells of a workbook's sheet, looked through before its values are read.

The library that reads the values makes a table out of a sheet, from its first cell to its last: two cells at
opposite ends, in a file of a few kilobytes, are gigabytes then. And it gives an empty cell for an error of the
spreadsheet, though "#REF!" is not nothing, and for a formula that a program wrote without working it out. Nor does
it say that a 1 is shown as 100 %.
"""

import re
from collections.abc import Container
from dataclasses import dataclass, field
from typing import Final
from xml.etree.ElementTree import Element  # its parser is defusedxml's
from xml.parsers import expat

from domain.moving_in.files import BadImportFile

WORKBOOK_ROWS_MAX: Final = 5_000  # of one sheet
WORKBOOK_COLUMNS_MAX: Final = 200
_CELLS_MAX: Final = WORKBOOK_ROWS_MAX * WORKBOOK_COLUMNS_MAX
_VALUES: Final = frozenset({"v", "is", "f"})
_SHOWN_MAX: Final = 20
# Those of the formats with a number of their own, and what in a format is not shown as it is written there.
_PERCENTS: Final = frozenset({"9", "10"})
_LITERAL: Final = re.compile(r'"[^"]*"|\\.|_.|\*.|\[[^\]]*\]')


@dataclass(frozen=True, slots=True)
class SheetCells:
    """
    What of a sheet's cells their values do not tell, by row and column from 0: the text of those that hold an
    error or a formula without its result, and which `percents` are shown as a hundred times what they hold.
    """

    unread: dict[tuple[int, int], str] = field(default_factory=dict)
    percents: set[tuple[int, int]] = field(default_factory=set)


def percent_styles(styles: Element) -> frozenset[str]:
    """The styles of a workbook's cells that show a number as so many percent, as its cells name them."""
    own = {
        each.get("numFmtId"): "%" in _LITERAL.sub("", each.get("formatCode", ""))
        for each in styles.findall("{*}numFmts/{*}numFmt")
    }
    formats = (each.get("numFmtId") for each in styles.findall("{*}cellXfs/{*}xf"))
    return frozenset(str(place) for place, id in enumerate(formats) if own.get(id, id in _PERCENTS))


def look_at_cells(name: str, sheet: bytes, percents: Container[str] = ()) -> SheetCells:
    """
    Those of one sheet; `percents` are the styles of percent. A cell that holds nothing may stand anywhere:
    programs keep colours in them. Raises BadImportFile.
    """
    looked = _Cells(name, percents)
    parser = expat.ParserCreate("utf-8")
    parser.buffer_text = True
    parser.StartElementHandler = looked.begins
    parser.EndElementHandler = looked.ends
    parser.CharacterDataHandler = looked.says
    parser.EntityDeclHandler = looked.declares
    try:
        parser.Parse(sheet, True)
    except expat.ExpatError as error:
        raise BadImportFile("not_read", name) from error
    return looked.found


class _Cells:
    """Walks through them in the order of the sheet."""

    def __init__(self, name: str, percents: Container[str]) -> None:
        self.found = SheetCells()
        self._percents, self._is_percent = percents, False
        self._name, self._row, self._column, self._values = name, -1, -1, 0
        self._is_error = self._has_result = False
        self._in, self._text, self._formula = "", "", ""

    def begins(self, tag: str, said: dict[str, str]) -> None:
        """What has no place of its own comes behind the one before it."""
        match tag.rpartition(":")[2]:
            case "row":
                self._row, self._column = int(said["r"]) - 1 if _is_number(said.get("r")) else self._row + 1, -1
            case "c":
                # A text that comes out empty is a result; of another kind there is none then.
                self._is_error, self._has_result = said.get("t") == "e", said.get("t") == "str"
                self._is_percent = said.get("s", "0") in self._percents
                self._text = self._formula = ""
                self._stand_at(said.get("r", ""))
            case value if value in _VALUES:
                self._in = value
                self._count()
                if value == "f":
                    self._formula = "="

    def ends(self, tag: str) -> None:
        """A value ends, or the cell that it is in."""
        self._in = ""
        if tag.rpartition(":")[2] == "c":
            place = self._row, self._column
            if self._is_error:
                self.found.unread[place] = self._text
            elif self._formula and not self._has_result:
                self.found.unread[place] = self._formula
            elif self._is_percent and self._has_result:
                self.found.percents.add(place)

    def says(self, text: str) -> None:
        """The value of a cell, or its formula, as far as a person needs it to find it."""
        if self._in == "f":
            self._formula = (self._formula + text)[:_SHOWN_MAX]
        elif self._in:
            self._has_result = True
            if self._is_error:
                self._text = (self._text + text)[:_SHOWN_MAX]

    def declares(self, *_: object) -> None:
        """No workbook declares anything."""
        raise BadImportFile("not_read", self._name)

    def _stand_at(self, place: str) -> None:
        letters = place.rstrip("0123456789")
        if not place:
            self._column += 1
            return
        if not (
            letters.isascii() and letters.isalpha() and len(letters) <= 3 and _is_number(place[len(letters) :])
        ):
            raise BadImportFile("not_read", self._name)
        column = 0
        for letter in letters.upper():
            column = column * 26 + ord(letter) - ord("A") + 1
        self._row, self._column = int(place[len(letters) :]) - 1, column - 1

    def _count(self) -> None:
        self._values += 1
        if self._row >= WORKBOOK_ROWS_MAX or self._values > 3 * _CELLS_MAX:
            raise BadImportFile("too_many_rows", self._name, WORKBOOK_ROWS_MAX)
        if self._column >= WORKBOOK_COLUMNS_MAX:
            raise BadImportFile("too_many_columns", self._name, WORKBOOK_COLUMNS_MAX)


def _is_number(text: str | None) -> bool:
    return text is not None and text.isascii() and text.isdecimal() and len(text) <= 7
