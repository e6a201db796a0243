"""
CSV files and workbooks as sheets of cells, and nothing that is in them believed.

CSV comes with commas, semicolons or tabs, in UTF-8 or in what Windows wrote; of workbooks see bot/workbooks.
"""

import codecs
import csv
import io
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from hashlib import sha256
from pathlib import Path
from typing import BinaryIO, Final

from bot.imports.shelf import RowShelf
from bot.workbooks.read import sheets_of_workbook
from domain.moving_in.check import CheckedGroup, check_group
from domain.moving_in.files import BadImportFile, SheetFiles
from domain.moving_in.findings import Finding
from domain.moving_in.sheets import SheetName
from domain.raw_cells import RawCell, RawSheet
from flows.groups.countries import time_zone_in

CSV_BYTES_MAX: Final = 50_000_000
_PIECE: Final = 1 << 16

# By what is between its columns the rows below it are cut; a title above it may have commas of its own.
_HEADER: Final = re.compile(r"group[\s_-]*code", re.IGNORECASE)

_WINDOWS: Final = "cp1252"
# A capital with an accent inside a word, or a sign: no name is written so.
_NO_WORD: Final = re.compile(
    "[a-z\u00df-\u00f6\u00f8-\u00ff][\u00c0-\u00d6\u00d8-\u00deŠŒŽŸ]|[A-Za-z][ˆ‰‡†™•›][A-Za-z]"
)

# A workbook may have sheets with notes beside those with rows.
_CALLED_AS_OURS: Final = re.compile(r"\[(?:groups?|members?|loans?|fines?)\b", re.IGNORECASE)


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


def sheets_of(name: str, contents: BinaryIO) -> Iterator[RawSheet]:
    """The sheets of one file. Raises BadImportFile."""
    if (sheets := sheets_of_workbook(name, contents)) is not None:
        yield from sheets
    elif contents.seek(0, io.SEEK_END) > CSV_BYTES_MAX:
        raise BadImportFile("too_large", name, CSV_BYTES_MAX // 1_000_000)
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
    contents.seek(0)
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
