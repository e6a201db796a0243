"""
CSV files and workbooks as sheets of cells, and nothing that is in them believed.

CSV comes with commas, semicolons or tabs, in UTF-8 or in what Windows wrote. Of a workbook the values are read,
also those of formulas; one with macros, with links to other files or with too much in it is refused whole.
"""

import csv
import io
import re
import zipfile
from collections.abc import Iterator, Sequence
from hashlib import sha256
from pathlib import Path
from typing import Final

from defusedxml import ElementTree
from defusedxml.common import DefusedXmlException

from domain.moving_in.cells import RawCell
from domain.moving_in.files import BadImportFile, RawSheet, SheetFiles

WORKBOOK_BYTES_MAX: Final = 5_000_000
WORKBOOK_ROWS_MAX: Final = 5_000  # of one sheet
CSV_BYTES_MAX: Final = 50_000_000
# What a workbook may come to when it is unpacked: a file of a few kilobytes can hold gigabytes of zeros.
UNPACKED_MAX: Final = 200_000_000

_MAIN: Final = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"
_LINKED: Final = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}id"
_ERROR_CELL: Final = re.compile(
    rb'<c\b(?=[^>]*\bt="e")(?=[^>]*\br="([A-Z]{1,3})(\d{1,7})")[^>]*>(?:<f\b.*?(?:</f>|/>))?<v>([^<]{1,20})</v>',
    re.DOTALL,
)


def read_files(files: Sequence[tuple[str, bytes]]) -> SheetFiles:
    """All sheets of these files, (name, contents) each. Raises BadImportFile."""
    found = SheetFiles()
    for name, contents in files:
        # A workbook may have sheets with notes beside those with rows.
        taken = [found.take(sheet) for sheet in sheets_of(name, contents)]
        if not any(taken):
            raise BadImportFile("no_header", name)
    if not found.rows and not found.findings:
        raise BadImportFile("nothing", ", ".join(name for name, _ in files))
    return found


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


def sheets_of(name: str, contents: bytes) -> Iterator[RawSheet]:
    """The sheets of one file. Raises BadImportFile."""
    if contents[:4] == b"PK\x03\x04":
        yield from _of_workbook(name, contents)
    elif contents[:8] == b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1":  # Excel of before 2007, or a password
        raise BadImportFile("password", name)
    else:
        yield RawSheet(name, _of_csv(name, contents))


def read_path(path: Path) -> tuple[str, bytes]:
    """A file's name and contents. Raises BadImportFile."""
    try:
        size = path.stat().st_size
        if size > CSV_BYTES_MAX:
            raise BadImportFile("too_large", path.name, CSV_BYTES_MAX // 1_000_000)
        return path.name, path.read_bytes()
    except OSError as error:
        raise BadImportFile("not_read", path.name) from error


def _of_csv(name: str, contents: bytes) -> Iterator[tuple[int, list[RawCell]]]:
    if len(contents) > CSV_BYTES_MAX:
        raise BadImportFile("too_large", name, CSV_BYTES_MAX // 1_000_000)
    text = _decoded(name, contents)
    head = next((line for line in text.splitlines() if "group" in line.casefold()), "")
    separator = max(",;\t", key=head.count)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=separator, strict=True)
    try:
        for cells in reader:
            yield reader.line_num, list(cells)
    except csv.Error as error:
        raise BadImportFile("not_read", name) from error


def _decoded(name: str, contents: bytes) -> str:
    """UTF-8 and UTF-16 with what marks them, UTF-8 without, else as Windows writes it in western languages."""
    for mark, encoding in ((b"\xff\xfe", "utf-16"), (b"\xfe\xff", "utf-16"), (b"", "utf-8-sig"), (b"", "cp1252")):
        if contents.startswith(mark):
            try:
                text = contents.decode(encoding)
            except UnicodeDecodeError:
                continue
            if "\0" not in text:
                return text
    raise BadImportFile("encoding", name)


def _of_workbook(name: str, contents: bytes) -> Iterator[RawSheet]:
    from python_calamine import CalamineError, CalamineWorkbook, SheetVisibleEnum

    if len(contents) > WORKBOOK_BYTES_MAX:
        raise BadImportFile("too_large", name, WORKBOOK_BYTES_MAX // 1_000_000)
    errors = _error_cells(name, contents)
    try:
        workbook = CalamineWorkbook.from_filelike(io.BytesIO(contents))
        shown = [each.name for each in workbook.sheets_metadata if each.visible == SheetVisibleEnum.Visible]
        for sheet_name in shown:
            sheet = workbook.get_sheet_by_name(sheet_name)
            if sheet.end is not None and sheet.end[0] >= WORKBOOK_ROWS_MAX:
                raise BadImportFile("too_many_rows", name, WORKBOOK_ROWS_MAX)
            rows: list[list[RawCell]] = sheet.to_python(skip_empty_area=False)  # type: ignore[assignment]
            for (row, column), error in errors.get(sheet_name, {}).items():
                if row < len(rows) and column < len(rows[row]):
                    rows[row][column] = error
            if any(cell != "" for row in rows for cell in row):
                yield RawSheet(f"{name}[{sheet_name}]", enumerate(rows, start=1))
    except CalamineError as error:
        raise BadImportFile("not_read", name) from error


def _error_cells(name: str, contents: bytes) -> dict[str, dict[tuple[int, int], str]]:
    """
    The cells of each sheet that hold an error of the spreadsheet, by row and column from 0: the library that reads
    the values gives an empty cell for them, and "#REF!" is not nothing.
    """
    try:
        with zipfile.ZipFile(io.BytesIO(contents)) as archive:
            names = {each.filename: each.file_size for each in archive.infolist()}
            if sum(names.values()) > UNPACKED_MAX:
                raise BadImportFile("too_large", name, WORKBOOK_BYTES_MAX // 1_000_000)
            if any(each.endswith("vbaProject.bin") for each in names):
                raise BadImportFile("macros", name)
            if any(each.startswith("xl/externalLinks/") for each in names):
                raise BadImportFile("links", name)
            return {
                sheet: {
                    (int(row) - 1, _column_number(letters)): value.decode()
                    for letters, row, value in _ERROR_CELL.findall(archive.read(path))
                }
                for sheet, path in _paths(archive).items()
                if path in names
            }
    except (
        zipfile.BadZipFile,
        KeyError,
        ElementTree.ParseError,
        DefusedXmlException,
        UnicodeDecodeError,
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
    return {name: path[1:] if path.startswith("/") else f"xl/{path}" for name, path in found.items()}


def _column_number(letters: bytes) -> int:
    number = 0
    for letter in letters:
        number = number * 26 + letter - ord("A") + 1
    return number - 1
