"""
A report for a spreadsheet: a workbook, or a file of commas. The one home of xlsxwriter.

What people typed is text, whatever it begins with: a name like "=1+1" is no formula here. Amounts are numbers.
"""

import csv
import io
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Final

from domain.money import EXPONENTS, Money
from flows.engine.document import File, file_name
from flows.engine.report import Block, Cell, Report, said_cell
from flows.words.texts import Words, t

if TYPE_CHECKING:
    from xlsxwriter.worksheet import Worksheet

XLSX: Final = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
CSV: Final = "text/csv; charset=utf-8"
# What a spreadsheet may work out begins with one of these, in the letters of East Asia too. A file of commas that
# is read with semicolons, or tabs, or line by line, has beginnings in the middle of a cell.
_FORMULA: Final = re.compile(r"(^|[;\t\r\n])([^\S\t\r\n]*[=+\-@\uff1d\uff0b\uff0d\uff20])")
_BLANK: Final = ("\t", "\r", "\n")  # what some take away, and look at what is behind it
_TITLE_MAX: Final = 31  # of a sheet's name; and these stand in none
_NO_TITLE: Final = str.maketrans(dict.fromkeys("[]:*?/\\", " "))
_WIDE, _NARROW = 34, 16  # of columns, in letters
_PIECE: Final = 1 << 18  # letters of a file of commas that are held at a time
_RATE_PLACES: Final = 4

SHEET_ROWS_MAX: Final = 1_048_576  # of a sheet, with its title

# What stands in a table that is in no language.
TableCell = str | int | Money | date | Fraction | None


def csv_file(name: str, report: Report, says: Words) -> File:
    """
    Table after table, each line with the name of its table before it; `name` without its ending. It begins with a
    mark by which Excel knows the letters.
    """
    out = io.StringIO(newline="")
    write = csv.writer(out).writerow
    title = says.say(report.title)
    for fact, cell in (*report.facts, *report.proof):
        write([_plain(title), _plain(says.say(fact)), _in_csv(cell, says)])
    for block in report.blocks:
        named = _plain(says.say(block.title))
        write([named, *(_plain(says.say(each)) for each in block.columns)])
        for row in block.rows:
            write([named, *(_in_csv(cell, says) for cell in row.cells)])
    meanings = _plain(says.say(t("What the words mean")))
    for word, meaning in report.meanings:
        write([meanings, _plain(says.say(word)), _plain(says.say(meaning))])
    return File(file_name(name, "csv"), CSV, out.getvalue().encode("utf-8-sig"))


def xlsx_file(name: str, report: Report, says: Words) -> File:
    """A sheet of what it is of, one for each table, and one of what the words mean. Its rows are not kept here."""
    # Here, not above: most processes make no file.
    from xlsxwriter import Workbook

    out = io.BytesIO()
    book = Workbook(out, {"constant_memory": True, "in_memory": False, "strings_to_formulas": False})
    # As the PDF, it says nothing of the moment it was made.
    book.set_properties({"title": says.say(report.title), "created": date(2000, 1, 1)})
    formats = {
        "strong": book.add_format({"bold": True}),
        "day": book.add_format({"num_format": "yyyy-mm-dd"}),
        **_text_formats(book),
        **{f"money{n}": book.add_format({"num_format": "#,##0" + ("." + "0" * n if n else "")}) for n in (0, 2)},
        **{
            f"sum{n}": book.add_format({"num_format": "#,##0" + ("." + "0" * n if n else ""), "bold": True})
            for n in (0, 2)
        },
    }
    first = book.add_worksheet(_sheet_name(says.say(report.title)))
    first.set_column(0, 0, _WIDE)
    first.set_column(1, 1, 2 * _WIDE)
    for place, (fact, cell) in enumerate((*report.facts, *report.proof)):
        first.write_string(place, 0, says.say(fact), formats["strong"])
        _put(first, place, 1, cell, says, formats)
    for block in report.blocks:
        _add_sheet(book, block, says, formats)
    last = book.add_worksheet(_sheet_name(says.say(t("What the words mean"))))
    last.set_column(0, 0, _WIDE)
    last.set_column(1, 1, 3 * _WIDE)
    for place, (word, meaning) in enumerate(report.meanings):
        last.write_string(place, 0, says.say(word), formats["strong"])
        last.write_string(place, 1, says.say(meaning))
    book.close()
    return File(file_name(name, "xlsx"), XLSX, out.getvalue())


def form_file(
    name: str,
    sheets: Mapping[str, Sequence[tuple[str, str, bool]]],
    notes: Sequence[Sequence[str]],
    filled: Mapping[str, Sequence[Sequence[str]]] = MappingProxyType({}),
) -> File:
    """
    A workbook to fill in: of each sheet its columns, (title, what it holds, whether it has to be filled in) each,
    and a last sheet with notes; `filled` are the rows that sheets have already. Every cell is text, so that no
    spreadsheet makes a number of a phone.
    """
    from xlsxwriter import Workbook

    out = io.BytesIO()
    book = Workbook(out, {"in_memory": True, "strings_to_formulas": False})
    book.set_properties({"title": name, "created": date(2000, 1, 1)})
    as_text = book.add_format({"num_format": "@"})
    title = book.add_format({"bold": True, "num_format": "@"})
    needed = book.add_format({"bold": True, "num_format": "@", "bg_color": "#FFF2CC"})
    for sheet_name, columns in sheets.items():
        sheet = book.add_worksheet(_sheet_name(sheet_name))
        sheet.set_column(0, len(columns) - 1, _NARROW, as_text)
        sheet.freeze_panes(1, 0)
        for place, (column, about, must) in enumerate(columns):
            sheet.write_string(0, place, column, needed if must else title)
            sheet.write_comment(0, place, about, {"x_scale": 2})
        for number, row in enumerate(filled.get(sheet_name, ()), start=1):
            for place, cell in enumerate(row):
                sheet.write_string(number, place, cell, as_text)
    last = book.add_worksheet(_sheet_name("notes"))
    last.set_column(0, 1, _NARROW)
    last.set_column(2, len(notes[0]) - 1, _WIDE)
    last.freeze_panes(1, 0)
    for number, row in enumerate(notes):
        for place, cell in enumerate(row):
            last.write_string(number, place, cell, title if number == 0 else None)
    book.close()
    return File(file_name(name, "xlsx"), XLSX, out.getvalue())


def csv_pieces(
    columns: Sequence[str], rows: Iterable[Sequence[TableCell]], *, titled: bool = True
) -> Iterator[bytes]:
    """
    A table as a file of commas, piece by piece: no more than a piece of it is held. What is not `titled` goes on
    from another one.
    """
    out = io.StringIO(newline="")
    write = csv.writer(out).writerow
    if titled:
        out.write("\ufeff")
        write([_plain(each) for each in columns])
    for row in rows:
        write([_bare(cell) for cell in row])
        if out.tell() >= _PIECE:
            yield out.getvalue().encode()
            out.seek(0)
            out.truncate()
    yield out.getvalue().encode()


def xlsx_table(
    path: Path,
    title: str,
    columns: Sequence[str],
    rows: Iterable[Sequence[TableCell]],
    rows_max: int = SHEET_ROWS_MAX,
) -> None:
    """
    A table as a workbook, written to a file as its rows come: none of them is kept here. What is too long for a
    sheet goes on in the next.
    """
    from xlsxwriter import Workbook

    book = Workbook(str(path), {"constant_memory": True, "strings_to_formulas": False, "strings_to_urls": False})
    book.set_properties({"title": title, "created": date(2000, 1, 1)})
    formats = {
        "strong": book.add_format({"bold": True}),
        "day": book.add_format({"num_format": "yyyy-mm-dd"}),
        "rate": book.add_format({"num_format": "0.0000"}),
        **_text_formats(book),
        **{
            f"money{n}": book.add_format({"num_format": "#,##0" + ("." + "0" * n if n else "")}) for n in (0, 2, 3)
        },
    }

    def sheet_with_title(name: str) -> "Worksheet":
        sheet: Worksheet = book.add_worksheet(_sheet_name(name))
        sheet.set_column(0, len(columns) - 1, _NARROW)
        sheet.freeze_panes(1, 0)
        for place, column in enumerate(columns):
            sheet.write_string(0, place, column, formats["strong"])
        return sheet

    sheet, number, sheets = sheet_with_title(title), 1, 1
    for row in rows:
        if number == rows_max:
            sheets += 1
            sheet, number = sheet_with_title(f"{title} {sheets}"), 1
        for place, cell in enumerate(row):
            _put_bare(sheet, number, place, cell, formats)
        number += 1
    book.close()


def _put_bare(sheet: "Worksheet", row: int, column: int, cell: TableCell, formats: dict[str, Any]) -> None:
    match cell:
        case None | "":
            pass
        case Money():
            sheet.write_number(row, column, Decimal(cell.major), formats[f"money{EXPONENTS[cell.currency]}"])
        case Fraction():
            sheet.write_number(row, column, Decimal(_rate(cell)), formats["rate"])
        case int():
            sheet.write_number(row, column, cell)
        case date():
            sheet.write_datetime(row, column, cell, formats["day"])
        case _:
            sheet.write_string(row, column, cell, formats[_text_format(cell)])


def _text_formats(book: Any) -> dict[str, Any]:
    """Text stays text when its cell is typed in; what would be a formula has an apostrophe that nobody sees."""
    return {
        "text": book.add_format({"num_format": "@"}),
        "guarded": book.add_format({"num_format": "@", "quote_prefix": True}),
    }


def _text_format(text: str) -> str:
    return "text" if _plain(text) == text else "guarded"


def _bare(cell: TableCell) -> str:
    """A cell in no language: amounts and rates as decimal numbers, days as a calendar writes them."""
    match cell:
        case None:
            return ""
        case Money():
            return cell.major
        case Fraction():
            return _rate(cell)
        case date():
            return cell.isoformat()
        case int():
            return str(cell)
        case _:
            return _plain(cell)


def _rate(part: Fraction) -> str:
    """A part of one, to four places, half away from zero."""
    places = Decimal(10) ** -_RATE_PLACES
    return str((Decimal(part.numerator) / Decimal(part.denominator)).quantize(places, ROUND_HALF_UP))


def _add_sheet(book: Any, block: Block, says: Words, formats: dict[str, Any]) -> None:
    sheet = book.add_worksheet(_sheet_name(says.say(block.title)))
    sheet.set_column(0, 1, _WIDE)
    sheet.set_column(2, max(2, len(block.columns)), _NARROW)
    sheet.freeze_panes(1, 0)
    for place, column in enumerate(block.columns):
        sheet.write_string(0, place, says.say(column), formats["strong"])
    for number, row in enumerate(block.rows, start=1):
        for place, cell in enumerate(row.cells):
            _put(sheet, number, place, cell, says, formats, strong=row.sum)


def _put(
    sheet: "Worksheet",
    row: int,
    column: int,
    cell: Cell,
    says: Words,
    formats: dict[str, Any],
    *,
    strong: bool = False,
) -> None:
    if isinstance(cell, Money):
        style = formats[f"{'sum' if strong else 'money'}{EXPONENTS[cell.currency]}"]
        sheet.write_number(row, column, Decimal(cell.major), style)
    elif isinstance(cell, int):
        sheet.write_number(row, column, cell)
    elif isinstance(cell, date):
        sheet.write_datetime(row, column, cell, formats["day"])
    else:
        said = says.say(cell)
        sheet.write_string(row, column, said, formats["strong" if strong else _text_format(said)])


def _in_csv(cell: Cell, says: Words) -> str:
    """An amount as a decimal number, a day as a calendar writes it."""
    if isinstance(cell, Money):
        return cell.major
    if isinstance(cell, date):
        return cell.isoformat()
    said = said_cell(cell, says)
    return said if isinstance(cell, int) else _plain(said)


def _plain(text: str) -> str:
    """Text that a spreadsheet takes for text."""
    safe = _FORMULA.sub(r"\1'\2", text)
    return f"'{safe}" if safe.startswith(_BLANK) else safe


def _sheet_name(said: str) -> str:
    return said.translate(_NO_TITLE)[:_TITLE_MAX].strip(" '")
