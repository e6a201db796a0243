"""
CSV files and workbooks as sheets of cells, and nothing that is in them believed.

CSV comes with commas, semicolons or tabs, in UTF-8 or in what Windows wrote. Of a workbook the values are read,
also those of formulas; one with macros, with links to other files or with too much in it is refused whole.
"""

import codecs
import csv
import io
import re
import zipfile
import zlib
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, time, timedelta
from decimal import Decimal
from hashlib import sha256
from pathlib import Path
from typing import Any, BinaryIO, Final
from xml.etree.ElementTree import Element  # its parser is defusedxml's

from defusedxml import ElementTree
from defusedxml.common import DefusedXmlException

from bot.imports.sheet_cells import SheetCells, look_at_cells, percent_styles
from bot.imports.shelf import RowShelf
from domain.moving_in.check import CheckedGroup, check_group
from domain.moving_in.files import BadImportFile, SheetFiles
from domain.moving_in.findings import Finding
from domain.moving_in.sheets import SheetName
from domain.raw_cells import RawCell, RawSheet
from flows.groups.countries import time_zone_in

WORKBOOK_BYTES_MAX: Final = 5_000_000
CSV_BYTES_MAX: Final = 50_000_000
_PIECE: Final = 1 << 16
# What a workbook may come to when it is unpacked: a file of a few kilobytes can hold gigabytes of zeros.
UNPACKED_MAX: Final = 100_000_000

# By what is between its columns the rows below it are cut; a title above it may have commas of its own.
_HEADER: Final = re.compile(r"group[\s_-]*code", re.IGNORECASE)

_WINDOWS: Final = "cp1252"
# A capital with an accent inside a word, or a sign: no name is written so.
_NO_WORD: Final = re.compile(
    "[a-z\u00df-\u00f6\u00f8-\u00ff][\u00c0-\u00d6\u00d8-\u00deŠŒŽŸ]|[A-Za-z][ˆ‰‡†™•›][A-Za-z]"
)

# Workbooks have one namespace, and strict ones another.
_SHEET: Final = ".//{*}sheet"
_OF_BOOK: Final = ".//{*}workbookPr"
_LINK: Final = re.compile(r"\{.*/relationships\}id")
_ROOTED: Final = ("/", "xl/")
_STYLES: Final = "xl/styles.xml"
# A workbook may have sheets with notes beside those with rows.
_CALLED_AS_OURS: Final = re.compile(r"\[(?:groups?|members?|loans?|fines?)\b", re.IGNORECASE)
# Of what other programs keep tables in; a workbook that has one of these too is two things at once.
_OTHER_KINDS: Final = frozenset({"content.xml", "xl/workbook.bin"})


@dataclass(frozen=True, slots=True)
class ReadFiles:
    """
    The `rows` of files by group, what is wrong with their headers, or of no group, and how many rows there are of
    what.
    """

    rows: RowShelf
    findings: Sequence[Finding]
    spoilt: Mapping[str, str]
    counts: Mapping[SheetName, int]
    empty: int

    def check(self, code: str, today: date, *, day_first: bool | None = None) -> CheckedGroup:
        """One of the groups; those before it were checked, or their phones noted."""
        return check_group(
            code,
            self.rows[code],
            today,
            time_zone_in,
            day_first=day_first,
            seen=self.rows.seen,
            spoilt=self.spoilt,
        )


def read_files(files: Iterable[tuple[str, bytes | BinaryIO]]) -> ReadFiles:
    """
    All sheets of these files, (name, contents) each, one after the other. What is open is closed, and of a file of
    commas no more is held than a piece. Raises BadImportFile.
    """
    rows, names = RowShelf(), Counter[str]()
    found = SheetFiles(rows.put)
    for called, contents in files:
        names[called] += 1
        name = called if names[called] == 1 else f"{called} ({names[called]})"  # of another folder
        with io.BytesIO(contents) if isinstance(contents, bytes) else contents as opened:
            taken = [_take(found, sheet) for sheet in sheets_of(name, opened)]
        if not any(taken):
            raise BadImportFile("no_header", name)
    if not rows and not found.findings:
        raise BadImportFile("nothing", ", ".join(names))
    return ReadFiles(rows, found.findings, found.spoilt, found.counts, found.empty)


def _take(found: SheetFiles, sheet: RawSheet) -> bool:
    """One that is called as one of ours is not taken for notes. Raises BadImportFile."""
    taken = found.take(sheet)
    if not taken and not sheet.hidden and _CALLED_AS_OURS.search(sheet.file):
        raise BadImportFile("no_header", sheet.file)
    return taken


def digest_of_files(files: Sequence[tuple[str, bytes]]) -> str:
    """What these contents are known by, in any order and under any name: SHA-256, in hex."""
    parts = sorted(sha256(contents).hexdigest() for _, contents in files)
    return sha256("".join(parts).encode()).hexdigest()


def unpacked_size(contents: bytes) -> int:
    """What a file comes to when it is unpacked, as it says itself; of one that is no archive its own size."""
    try:
        with zipfile.ZipFile(io.BytesIO(contents)) as archive:
            return sum(each.file_size for each in archive.infolist())
    except (zipfile.BadZipFile, ValueError):
        return len(contents)


def sheets_of(name: str, contents: BinaryIO) -> Iterator[RawSheet]:
    """The sheets of one file. Raises BadImportFile."""
    begins, size = contents.read(8), contents.seek(0, io.SEEK_END)
    contents.seek(0)
    workbook = begins.startswith(b"PK\x03\x04")
    most = WORKBOOK_BYTES_MAX if workbook else CSV_BYTES_MAX
    if begins == b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1":  # Excel of before 2007, or a password
        raise BadImportFile("password", name)
    if size > most:
        raise BadImportFile("too_large", name, most // 1_000_000)
    if workbook:
        yield from _of_workbook(name, contents.read())
    else:
        yield RawSheet(name, _of_csv(name, contents))


def open_path(path: Path) -> tuple[str, BinaryIO]:
    """A file's name, and the file. Raises BadImportFile."""
    try:
        return path.name, path.open("rb")
    except OSError as error:
        raise BadImportFile("not_read", path.name) from error


def _of_csv(name: str, contents: BinaryIO) -> Iterator[tuple[int, list[RawCell]]]:
    with io.TextIOWrapper(contents, encoding=_encoding(name, contents), newline="") as text:
        head = next(filter(_HEADER.search, text), "")
        text.seek(0)
        reader = csv.reader(text, delimiter=max(",;\t", key=head.count), strict=True)
        try:
            for cells in reader:
                yield reader.line_num, list(cells)
        except csv.Error as error:
            raise BadImportFile("not_read", name) from error


def _encoding(name: str, contents: BinaryIO) -> str:
    """
    UTF-8 and UTF-16 with what marks them, UTF-8 without, else as Windows writes it in western languages, where it
    makes words: in what an old Mac or an Arabic Windows wrote, the letters would be others.
    """
    begins = contents.read(2)
    for mark, encoding in ((b"\xff\xfe", "utf-16"), (b"\xfe\xff", "utf-16"), (b"", "utf-8-sig"), (b"", _WINDOWS)):
        contents.seek(0)
        if begins.startswith(mark) and _is_text(contents, encoding):
            contents.seek(0)
            return encoding
    raise BadImportFile("encoding", name)


def _is_text(contents: BinaryIO, encoding: str) -> bool:
    decoder = codecs.getincrementaldecoder(encoding)()
    try:
        while piece := contents.read(_PIECE):
            text = decoder.decode(piece)
            if "\0" in text or (encoding == _WINDOWS and _NO_WORD.search(text)):
                return False
        decoder.decode(b"", final=True)
    except UnicodeError:  # also where there is half a mark
        return False
    return True


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
                yield RawSheet(f"{name}[{each.name}]", enumerate(table, start=1), hidden, looked.from_1904)
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
