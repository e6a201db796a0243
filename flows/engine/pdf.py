"""
A sheet of paper as a PDF: what it is about, a table, and what follows from it. The one home of fpdf2.

It is as small as half a sheet of A4, so that a phone shows its width and its letters can be read; and it says
nothing of the moment it was made: the same sheet is the same file, byte for byte.
"""

import io
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Final

from domain.records.person import Language
from flows.engine.arabic import as_drawn
from flows.engine.document import File, file_name
from flows.engine.report import Block, is_figure, said_cell
from flows.words.texts import Words

if TYPE_CHECKING:
    from fpdf import FPDF

PDF: Final = "application/pdf"

_FONTS: Final = Path(__file__).parent / "fonts"
_FAMILY: Final = "dejavu"
_PADDING: Final = 2.4  # of a cell, both sides together
_WRAPS_LEAST: Final = 0.25  # of the width, for columns that wrap
_PAGE: Final = (148.0, 210.0)  # A5
_MARGIN: Final = 9.0  # as all that follows: millimetres, but letters in points
_LETTERS, _SMALL, _LARGE = 9.0, 7.5, 15.0
_LINE: Final = 5.0
_BEGINNING: Final = 5 * _LINE  # of a table, which is on one page: its title, its headings and two rows
_QR_SIDE: Final = 30.0
_PROOF_HEIGHT: Final = 55.0
_GREY, _SHADE = 100, 240
_MADE: Final = datetime(2000, 1, 1, tzinfo=UTC)  # a PDF has to say a time: it is the same for all
_PAGES: Final = "{nb}"  # fpdf2 puts the number of pages in its place


@dataclass(frozen=True, slots=True)
class Column:
    """
    A column of a table: figures stand at the right. Only one that `wraps` breaks its cells into lines, and has the
    width that the others leave: a number in two lines would be read as two.
    """

    heading: str
    figures: bool = False
    wraps: bool = False


@dataclass(frozen=True, slots=True)
class Table:
    """
    Rows of as many cells as there are columns; the rows numbered in `strong` are in heavy letters. Without any,
    `empty` is said instead.
    """

    columns: Sequence[Column]
    rows: Sequence[Sequence[str]]
    title: str = ""
    strong: frozenset[int] = frozenset()
    empty: str = ""


@dataclass(frozen=True, slots=True)
class Sheet:
    """
    What stands on a sheet, in the words of its reader. `facts` are pairs of a name and what it is; `proof` the
    same, at the end beside the square code `qr`. `page` is said at the foot of each one: "Page {page} of {pages}".
    """

    title: str
    facts: Sequence[tuple[str, str]]
    tables: Sequence[Table]
    sums: Sequence[tuple[str, str]]
    proof: Sequence[tuple[str, str]]
    note: str
    qr: str
    page: str
    language: Language


def table_of(block: Block, says: Words) -> Table:
    """A table of a report. Words wrap; where there are no rows, one says so."""
    figures = [is_figure(block, place) for place in range(len(block.columns))]
    columns = [
        Column(says.say(name), figures=figure, wraps=not figure)
        for name, figure in zip(block.columns, figures, strict=True)
    ]
    rows = [[said_cell(cell, says) for cell in row.cells] for row in block.rows]
    strong = frozenset(place for place, row in enumerate(block.rows) if row.sum)
    return Table(columns, rows, says.say(block.title), strong, says.say(block.empty))


def pdf_file(name: str, sheet: Sheet) -> File:
    """The sheet as a file; `name` without its ending."""
    from fpdf.fonts import TTFFont

    pdf = _paper(sheet)
    _line(pdf, sheet.title, _LARGE, strong=True, height=8)
    _facts(pdf, sheet.facts)
    for table in sheet.tables:
        pdf.ln(2)
        _table(pdf, table)
    pdf.ln(2)
    _facts(pdf, sheet.sums)
    _proof(pdf, sheet)
    content = bytes(pdf.output())
    for font in pdf.fonts.values():
        if isinstance(font, TTFFont):
            font.close()  # its file, which fpdf2 leaves open
    return File(file_name(name, "pdf"), PDF, content)


def _paper(sheet: Sheet) -> "FPDF":
    # Here, not above: it brings a library for pictures and one for letters, and most processes make no file.
    from fpdf import FPDF

    class Paper(FPDF):
        def footer(self) -> None:
            self.set_y(-_MARGIN - 3)
            self.set_font(_FAMILY, size=_SMALL)
            self.set_text_color(_GREY)
            said = sheet.page.replace("{page}", str(self.page_no())).replace("{pages}", _PAGES)
            self.cell(0, _LINE, said, align="C")
            self.set_text_color(0)

    pdf = Paper(format=_PAGE)
    pdf.set_creation_date(_MADE)
    pdf.set_title(sheet.title)
    pdf.set_lang(sheet.language)
    pdf.set_margin(_MARGIN)
    pdf.set_auto_page_break(True, margin=1.6 * _MARGIN)
    pdf.add_font(_FAMILY, fname=_FONTS / "DejaVuSans.ttf")
    pdf.add_font(_FAMILY, style="B", fname=_FONTS / "DejaVuSans-Bold.ttf")
    pdf.add_page()
    return pdf


def _line(pdf: "FPDF", text: str, size: float, *, strong: bool = False, height: float = _LINE) -> None:
    pdf.set_font(_FAMILY, style="B" if strong else "", size=size)
    pdf.multi_cell(0, height, as_drawn(text), align="L", new_x="LMARGIN", new_y="NEXT")


def _facts(pdf: "FPDF", facts: Sequence[tuple[str, str]]) -> None:
    """A name and what it is, in two columns: the first as wide as it needs, up to half. None is cut by a page."""
    from fpdf.enums import MethodReturnValue

    pdf.set_font(_FAMILY, size=_LETTERS)
    wide = min(max((pdf.get_string_width(name) for name, _ in facts), default=0.0) + 4, pdf.epw / 2)
    for name, said in facts:
        cells = ((wide, name), (pdf.epw - wide, as_drawn(said)))
        lines = [pdf.multi_cell(w, _LINE, text, dry_run=True, output=MethodReturnValue.LINES) for w, text in cells]
        high = _LINE * max(len(each) for each in lines if isinstance(each, list))
        if pdf.will_page_break(high):
            pdf.add_page()
        top = pdf.get_y()
        for (width, text), grey in zip(cells, (_GREY, 0), strict=True):
            pdf.set_text_color(grey)
            pdf.multi_cell(width, _LINE, text, align="L", new_x="RIGHT", new_y="TOP")
        pdf.set_xy(pdf.l_margin, top + high)


def _table(pdf: "FPDF", table: Table) -> None:
    """Its headings stand again on each page it goes on to."""
    from fpdf.fonts import FontFace

    if table.title:
        if pdf.will_page_break(_BEGINNING):
            pdf.add_page()
        _line(pdf, table.title, _LETTERS + 1, strong=True, height=_LINE + 1)
    if not table.rows:
        _line(pdf, table.empty, _LETTERS)
        return
    table = replace(table, rows=[[as_drawn(cell) for cell in row] for row in table.rows])
    widths, letters = _widths(pdf, table)
    pdf.set_font(_FAMILY, size=letters)
    with pdf.table(
        borders_layout="HORIZONTAL_LINES",
        col_widths=widths,
        text_align=["RIGHT" if column.figures else "LEFT" for column in table.columns],
        headings_style=FontFace(emphasis="BOLD", fill_color=_SHADE),
        line_height=(_LINE - 0.4) * letters / _LETTERS,
        padding=(0.6, 1),
        width=pdf.epw,
        wrapmode="WORD",
    ) as drawn:
        drawn.row([column.heading for column in table.columns])
        for number, row in enumerate(table.rows):
            drawn.row(row, style=FontFace(emphasis="BOLD") if number in table.strong else None)


def _widths(pdf: "FPDF", table: Table) -> tuple[list[float], float]:
    """How wide its columns are, and the size of its letters, which are smaller where the figures need it."""
    pdf.set_font(_FAMILY, style="B", size=_LETTERS)
    cells = zip(*([column.heading for column in table.columns], *table.rows), strict=True)
    widest = [max(map(pdf.get_string_width, column)) for column in cells]
    fixed = sum(wide for wide, column in zip(widest, table.columns, strict=True) if not column.wraps)
    room = pdf.epw - len(table.columns) * _PADDING
    smaller = min(1.0, room * (1 - _WRAPS_LEAST) / max(1.0, fixed))
    wrapping = sum(column.wraps for column in table.columns)
    left = (room - fixed * smaller) / max(1, wrapping)
    return [
        _PADDING + (left if column.wraps else wide * smaller)
        for wide, column in zip(widest, table.columns, strict=True)
    ], _LETTERS * smaller


def _proof(pdf: "FPDF", sheet: Sheet) -> None:
    """The square code with what it says beside it, on one page."""
    pdf.ln(3)
    if pdf.will_page_break(_PROOF_HEIGHT):
        pdf.add_page()
    top, margin = pdf.get_y(), pdf.l_margin
    pdf.image(io.BytesIO(_square(sheet.qr)), x=margin, y=top, w=_QR_SIDE, h=_QR_SIDE, alt_text=sheet.qr)
    pdf.set_left_margin(margin + _QR_SIDE + 4)
    pdf.set_y(top)
    for name, said in sheet.proof:
        pdf.set_text_color(_GREY)
        _line(pdf, name, _SMALL, height=_LINE - 1)
        pdf.set_text_color(0)
        _line(pdf, said, _LETTERS, strong=True)
    pdf.set_left_margin(margin)
    pdf.set_y(max(pdf.get_y(), top + _QR_SIDE) + 1)
    _line(pdf, sheet.note, _LETTERS)


def _square(said: str) -> bytes:
    """A QR code as a picture: a seventh of it may be dirty or torn."""
    import segno

    drawn = io.BytesIO()
    segno.make(said, error="m", micro=False).save(drawn, kind="svg", border=2, xmldecl=False, omitsize=True)
    return drawn.getvalue()
