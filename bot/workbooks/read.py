"""
Workbooks (xlsx) as sheets of cells, and nothing that is in them believed.

The values are read, also those of formulas; a workbook with macros, with links to other files or with too much in
it is refused whole.
"""

import io
import re
import zipfile
import zlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import time, timedelta
from decimal import Decimal
from typing import Any, BinaryIO, Final
from xml.etree.ElementTree import Element  # its parser is defusedxml's

from defusedxml import ElementTree
from defusedxml.common import DefusedXmlException

from bot.workbooks.cells import SheetCells, look_at_cells, percent_styles
from domain.moving_in.files import BadImportFile
from domain.raw_cells import RawCell, RawSheet

WORKBOOK_BYTES_MAX: Final = 5_000_000
# What a workbook may come to when it is unpacked: a file of a few kilobytes can hold gigabytes of zeros.
UNPACKED_MAX: Final = 100_000_000

_ARCHIVE: Final = b"PK\x03\x04"
# Excel of before 2007, or a password.
_OLD: Final = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
# Workbooks have one namespace, and strict ones another.
_SHEET: Final = ".//{*}sheet"
_OF_BOOK: Final = ".//{*}workbookPr"
_LINK: Final = re.compile(r"\{.*/relationships\}id")
_ROOTED: Final = ("/", "xl/")
_STYLES: Final = "xl/styles.xml"
# Of what other programs keep tables in; a workbook that has one of these too is two things at once.
_OTHER_KINDS: Final = frozenset({"content.xml", "xl/workbook.bin"})


def sheets_of_workbook(name: str, contents: BinaryIO) -> Iterator[RawSheet] | None:
    """
    The sheets of a workbook that have something in them, whose rows may be read again and again; None for a file
    of another kind. Raises BadImportFile, also as sheets are taken.
    """
    begins = contents.read(len(_OLD))
    size = contents.seek(0, io.SEEK_END)
    contents.seek(0)
    if begins == _OLD:
        raise BadImportFile("password", name)
    if not begins.startswith(_ARCHIVE):
        return None
    if size > WORKBOOK_BYTES_MAX:
        raise BadImportFile("too_large", name, WORKBOOK_BYTES_MAX // 1_000_000)
    return _of_workbook(name, contents.read())


def unpacked_size(contents: bytes) -> int:
    """What a file comes to when it is unpacked, as it says itself; of one that is no archive its own size."""
    try:
        with zipfile.ZipFile(io.BytesIO(contents)) as archive:
            return sum(each.file_size for each in archive.infolist())
    except (zipfile.BadZipFile, ValueError):
        return len(contents)


def _of_workbook(name: str, contents: bytes) -> Iterator[RawSheet]:
    from python_calamine import CalamineError, CalamineWorkbook, SheetVisibleEnum

    looked = _looked_through(name, contents)
    try:
        workbook = CalamineWorkbook.from_filelike(io.BytesIO(contents))
        for each in workbook.sheets_metadata:
            if each.name not in looked.sheets:
                raise BadImportFile("not_read", name)
            rows = workbook.get_sheet_by_name(each.name).to_python(skip_empty_area=False)
            table = _table(rows, looked.sheets[each.name])
            if any(cell != "" for row in table for cell in row):
                hidden = each.visible != SheetVisibleEnum.Visible
                yield RawSheet(f"{name}[{each.name}]", list(enumerate(table, start=1)), hidden, looked.from_1904)
    except CalamineError as error:
        raise BadImportFile("not_read", name) from error


def _table(rows: Sequence[Sequence[Any]], looked: SheetCells) -> list[list[RawCell]]:
    """
    The values of a sheet, and what stands where it has none; an hour, which no column has, as text, and percent
    as they are shown.
    """
    table = [[str(cell) if isinstance(cell, time | timedelta) else cell for cell in row] for row in rows]
    for row, column in looked.percents:
        if row < len(table) and column < len(table[row]) and isinstance(held := table[row][column], float):
            table[row][column] = f"{Decimal(repr(round(held, 8))) * 100:f}%"
    for (row, column), text in looked.unread.items():
        table += [[] for _ in range(row + 1 - len(table))]
        table[row] += [""] * (column + 1 - len(table[row]))
        table[row][column] = text
    return table


@dataclass(frozen=True, slots=True)
class _Looked:
    """What values of each sheet do not tell, by its name, and whether the workbook counts days from 1904."""

    sheets: Mapping[str, SheetCells]
    from_1904: bool


def _looked_through(name: str, contents: bytes) -> _Looked:
    """A workbook before its values are read. What it must not have is refused here. Raises BadImportFile."""
    try:
        with zipfile.ZipFile(io.BytesIO(contents)) as archive:
            names = {each.filename.casefold(): each.file_size for each in archive.infolist()}
            if sum(names.values()) > UNPACKED_MAX:
                raise BadImportFile("unpacks", name, UNPACKED_MAX // 1_000_000)
            if any(each.endswith("vbaproject.bin") for each in names):
                raise BadImportFile("macros", name)
            if any(each.startswith("xl/externallinks/") for each in names):
                raise BadImportFile("links", name)
            # Two names that differ in nothing but capitals: which of them is read is anybody's guess.
            if len(names) < len(archive.infolist()) or not _OTHER_KINDS.isdisjoint(names):
                raise BadImportFile("not_read", name)
            book = ElementTree.fromstring(archive.read("xl/workbook.xml"))
            paths = _paths(archive, book)
            percents = _percents(archive)
            sheets = {name_of: look_at_cells(name, archive.read(at), percents) for name_of, at in paths.items()}
            return _Looked(sheets, _counts_from_1904(book))
    except (
        zipfile.BadZipFile,
        zlib.error,
        NotImplementedError,  # packed in a way that nobody packs workbooks
        RuntimeError,  # a password
        KeyError,
        ElementTree.ParseError,
        DefusedXmlException,
    ) as error:
        raise BadImportFile("not_read", name) from error


def _paths(archive: zipfile.ZipFile, book: Element) -> dict[str, str]:
    """Where in the archive each sheet is."""
    targets = {
        each.get("Id"): each.get("Target", "")
        for each in ElementTree.fromstring(archive.read("xl/_rels/workbook.xml.rels"))
    }
    found: dict[str, str] = {}
    for sheet in book.findall(_SHEET):
        if sheet.get("name", "") in found:
            raise KeyError("two sheets of one name")
        link = next((value for name, value in sheet.items() if _LINK.fullmatch(name)), None)
        path = targets.get(link, "")
        found[sheet.get("name", "")] = path.removeprefix("/") if path.startswith(_ROOTED) else f"xl/{path}"
    return found


def _percents(archive: zipfile.ZipFile) -> frozenset[str]:
    """A workbook may have no styles at all."""
    if _STYLES not in archive.namelist():
        return frozenset()
    return percent_styles(ElementTree.fromstring(archive.read(_STYLES)))


def _counts_from_1904(book: Element) -> bool:
    """As old Macs did."""
    return any(each.get("date1904") in ("1", "true") for each in book.findall(_OF_BOOK))
