"""
CSV files and workbooks as sheets of cells, and nothing that is in them believed.

CSV comes with commas, semicolons or tabs, in UTF-8 or in what Windows wrote. Of a workbook the values are read,
also those of formulas; one with macros, with links to other files or with too much in it is refused whole.
"""

import codecs
import csv
import io
import zipfile
import zlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import BinaryIO, Final

from defusedxml import ElementTree
from defusedxml.common import DefusedXmlException

from bot.imports.sheet_cells import read_cells
from bot.imports.shelf import RowShelf
from domain.moving_in.cells import RawCell
from domain.moving_in.files import BadImportFile, RawSheet, SheetFiles
from domain.moving_in.findings import Finding
from domain.moving_in.sheets import SheetName

WORKBOOK_BYTES_MAX: Final = 5_000_000
CSV_BYTES_MAX: Final = 50_000_000
_PIECE: Final = 1 << 16
# What a workbook may come to when it is unpacked: a file of a few kilobytes can hold gigabytes of zeros.
UNPACKED_MAX: Final = 100_000_000

_MAIN: Final = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"
_LINKED: Final = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}id"
_ROOTED: Final = ("/", "xl/")
# Of what other programs keep tables in; a workbook that has one of these too is two things at once.
_OTHER_KINDS: Final = frozenset({"content.xml", "xl/workbook.bin"})


@dataclass(frozen=True, slots=True)
class ReadFiles:
    """The `rows` of files by group, what is wrong with their headers, and how many rows there are of what."""

    rows: RowShelf
    findings: Sequence[Finding]
    counts: Mapping[SheetName, int]
    empty: int


def read_files(files: Iterable[tuple[str, bytes | BinaryIO]]) -> ReadFiles:
    """
    All sheets of these files, (name, contents) each, one after the other. What is open is closed, and of a file of
    commas no more is held than a piece. Raises BadImportFile.
    """
    rows, names = RowShelf(), []
    found = SheetFiles(rows.put)
    for name, contents in files:
        names.append(name)
        with io.BytesIO(contents) if isinstance(contents, bytes) else contents as opened:
            # A workbook may have sheets with notes beside those with rows.
            taken = [found.take(sheet) for sheet in sheets_of(name, opened)]
        if not any(taken):
            raise BadImportFile("no_header", name)
    if not rows and not found.findings:
        raise BadImportFile("nothing", ", ".join(names))
    return ReadFiles(rows, found.findings, found.counts, found.empty)


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
        head = next((line for line in text if "group" in line.casefold()), "")
        text.seek(0)
        reader = csv.reader(text, delimiter=max(",;\t", key=head.count), strict=True)
        try:
            for cells in reader:
                yield reader.line_num, list(cells)
        except csv.Error as error:
            raise BadImportFile("not_read", name) from error


def _encoding(name: str, contents: BinaryIO) -> str:
    """UTF-8 and UTF-16 with what marks them, UTF-8 without, else as Windows writes it in western languages."""
    begins = contents.read(2)
    for mark, encoding in ((b"\xff\xfe", "utf-16"), (b"\xfe\xff", "utf-16"), (b"", "utf-8-sig"), (b"", "cp1252")):
        contents.seek(0)
        if begins.startswith(mark) and _is_text(contents, encoding):
            contents.seek(0)
            return encoding
    raise BadImportFile("encoding", name)


def _is_text(contents: BinaryIO, encoding: str) -> bool:
    decoder = codecs.getincrementaldecoder(encoding)()
    try:
        while piece := contents.read(_PIECE):
            if "\0" in decoder.decode(piece):
                return False
        decoder.decode(b"", final=True)
    except UnicodeError:  # also where there is half a mark
        return False
    return True


def _of_workbook(name: str, contents: bytes) -> Iterator[RawSheet]:
    from python_calamine import CalamineError, CalamineWorkbook, SheetVisibleEnum

    errors = _looked_through(name, contents)
    try:
        workbook = CalamineWorkbook.from_filelike(io.BytesIO(contents))
        shown = [each.name for each in workbook.sheets_metadata if each.visible == SheetVisibleEnum.Visible]
        for sheet_name in shown:
            sheet = workbook.get_sheet_by_name(sheet_name)
            rows: list[list[RawCell]] = sheet.to_python(skip_empty_area=False)  # type: ignore[assignment]
            for (row, column), error in errors.get(sheet_name, {}).items():
                if row < len(rows) and column < len(rows[row]):
                    rows[row][column] = error
            if any(cell != "" for row in rows for cell in row):
                yield RawSheet(f"{name}[{sheet_name}]", enumerate(rows, start=1))
    except CalamineError as error:
        raise BadImportFile("not_read", name) from error


def _looked_through(name: str, contents: bytes) -> dict[str, dict[tuple[int, int], str]]:
    """
    A workbook before its values are read: the cells of each sheet that hold an error of the spreadsheet. What it
    must not have is refused here. Raises BadImportFile.
    """
    try:
        with zipfile.ZipFile(io.BytesIO(contents)) as archive:
            names = {each.filename.casefold(): each.file_size for each in archive.infolist()}
            if sum(names.values()) > UNPACKED_MAX:
                raise BadImportFile("too_large", name, WORKBOOK_BYTES_MAX // 1_000_000)
            if any(each.endswith("vbaproject.bin") for each in names):
                raise BadImportFile("macros", name)
            if any(each.startswith("xl/externallinks/") for each in names):
                raise BadImportFile("links", name)
            # Two names that differ in nothing but capitals: which of them is read is anybody's guess.
            if len(names) < len(archive.infolist()) or not _OTHER_KINDS.isdisjoint(names):
                raise BadImportFile("not_read", name)
            return {sheet: read_cells(name, archive.read(path)) for sheet, path in _paths(archive).items()}
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


def _paths(archive: zipfile.ZipFile) -> dict[str, str]:
    """Where in the archive each sheet is."""
    targets = {
        each.get("Id"): each.get("Target", "")
        for each in ElementTree.fromstring(archive.read("xl/_rels/workbook.xml.rels"))
    }
    sheets = ElementTree.fromstring(archive.read("xl/workbook.xml")).iter(f"{_MAIN}sheet")
    found = {each.get("name", ""): targets.get(each.get(_LINKED), "") for each in sheets}
    return {
        name: path.removeprefix("/") if path.startswith(_ROOTED) else f"xl/{path}" for name, path in found.items()
    }
