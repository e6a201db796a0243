"""Workbooks, for tests that send them."""

import io
from collections.abc import Mapping, Sequence
from typing import Any

import xlsxwriter

Cells = list[Any]


def workbook(sheets: Mapping[Any, Sequence[Cells]], change: Any = None) -> bytes:
    """With these rows in its sheets; `change` may do more to each."""
    out = io.BytesIO()
    book = xlsxwriter.Workbook(out, {"in_memory": True, "default_date_format": "dd/mm/yyyy"})
    for name, rows in sheets.items():
        sheet = book.add_worksheet(name)
        for number, row in enumerate(rows):
            for place, cell in enumerate(row):
                if cell is not None:
                    sheet.write(number, place, cell)
        if change:
            change(sheet)
    book.close()
    return out.getvalue()
