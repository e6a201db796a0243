"""A statement in a workbook: what it says as a CSV, and nothing that a spreadsheet has made of it."""

import csv
import io
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest

from bot.workbooks.read import sheets_of_workbook
from domain.money import Money
from payments.port import Movement
from payments.statement import BadStatement, StatementFile
from tests.payments.test_statement import ALWAYS, AT, MOMO, PAYBILL
from tests.workbooks import Cells, workbook

HEADER: Cells = ["Receipt No.", "Completion Time", "Details", "Paid In", "Withdrawn", "Other Party Info"]
ROW: Cells = ["TJ17RX4K2M", AT.replace(tzinfo=None), "UMOJA7014", 1500, None, 254711000104]
PAID = Movement("in", "TJ17RX4K2M", Money(150_000, "KES"), AT, account="UMOJA7014", payer="254711000104")
NOTES: list[Cells] = [["Date", "Who asked"], ["2026-10-01", "Akello"]]


def movements(contents: bytes, currency: str = "KES") -> Sequence[Movement]:
    sheets = sheets_of_workbook("statement.xlsx", io.BytesIO(contents))
    assert sheets is not None
    file = StatementFile("rail", Path("statement.xlsx"), currency, sheets=list(sheets))
    first = list(file.movements(*ALWAYS))
    assert list(file.movements(*ALWAYS)) == first, "it is read more than once"
    return first


def with_cells(**cells: Any) -> Cells:
    """The row above with other cells in it, by what the columns mean."""
    places = {"receipt": 0, "at": 1, "account": 2, "amount": 3, "out": 4, "payer": 5}
    row = list(ROW)
    for name, cell in cells.items():
        row[places[name]] = cell
    return row


def refused(contents: bytes) -> str:
    with pytest.raises(BadStatement) as wrong:
        movements(contents)
    return str(wrong.value)


@pytest.mark.parametrize("text", [PAYBILL, MOMO, f"Short Code:,174379\n\n{PAYBILL}Total,,,,41,\n"])
def test_the_same_statement_says_the_same_as_a_csv_and_as_a_workbook(tmp_path: Path, text: str) -> None:
    file = tmp_path / "statement.csv"
    file.write_text(text, encoding="utf-8")
    cells = list(csv.reader(io.StringIO(text.removeprefix("\ufeff")), delimiter=";" if ";" in text else ","))
    said = list(StatementFile("rail", file, "KES").movements(*ALWAYS))
    assert said and movements(workbook({"Statement": cells, "Notes": NOTES})) == said


@pytest.mark.parametrize(
    ("cells", "read"),
    [
        ({"amount": "1,500.00"}, {}),
        ({"amount": 0.1 + 0.2}, {"amount": Money(30, "KES")}),
        ({"amount": 5_000_000}, {"amount": Money(500_000_000, "KES")}),
        ({"amount": None, "out": -1500.0}, {"direction": "out"}),
        ({"at": "01-10-2026 09:45:12"}, {}),
        ({"at": 46296.40638888889}, {}),
        ({"at": date(2026, 10, 1)}, {"at": datetime(2026, 10, 1, tzinfo=UTC)}),
        ({"receipt": 600000001}, {"receipt": "600000001"}),
        ({"receipt": " TJ17RX4K2M "}, {}),
        ({"payer": "254711000104 - KAMAU"}, {}),
        ({"payer": 254711000000}, {"payer": ""}),
        ({"payer": "2.54711E+11"}, {"payer": ""}),
        ({"account": 7014}, {"account": "7014"}),
    ],
)
def test_a_cell_means_what_it_shows(cells: dict[str, Any], read: dict[str, Any]) -> None:
    (moved,) = movements(workbook({"Sheet1": [["M-Pesa"], HEADER, with_cells(**cells)]}))
    assert moved == replace(PAID, **read)


@pytest.mark.parametrize(
    ("cells", "said"),
    [
        ({"receipt": 600198000000}, "line 2: a spreadsheet has rounded '6.001980E+11'"),
        ({"receipt": 1234567890123456}, "line 2: a spreadsheet has rounded '1.234568E+15'"),
        ({"receipt": "6.00198E+11"}, "line 2: a spreadsheet has rounded '6.00198E+11'"),
        ({"receipt": "#REF!"}, "line 2: a spreadsheet has left '#REF!' as the receipt"),
        ({"receipt": date(2026, 10, 1)}, "line 2: a spreadsheet has left '2026-10-01' as the receipt"),
        ({"receipt": None}, "line 2: receipt is empty"),
        ({"at": 5}, "line 2: the time is '5', and must be like"),
        ({"amount": "1.64E+05"}, "line 2: paidin is '1.64E+05' KES"),
        ({"amount": 0.305}, "line 2: paidin is '0.305' KES"),
        ({"amount": True}, "line 2: paidin is 'True' KES"),
    ],
)
def test_a_cell_that_has_lost_something_is_refused(cells: dict[str, Any], said: str) -> None:
    assert said in refused(workbook({"Sheet1": [HEADER, with_cells(**cells)]}))


@pytest.mark.parametrize(
    ("cell", "value", "said"),
    [
        ("A2", "TJ17RX4K2M", "line 2: a spreadsheet has left '=B9' as the receipt"),
        ("B2", 46296.40638888889, "line 2: the time is '=B9'"),
        ("D2", 1500, "line 2: paidin is '=B9' KES"),
    ],
)
def test_a_formula_is_read_by_its_value_and_refused_without_one(cell: str, value: Any, said: str) -> None:
    place = "ABCD".index(cell[0])
    row = [None if number == place else held for number, held in enumerate(ROW)]

    def worked_out(value: Any) -> bytes:
        return workbook({"Sheet1": [HEADER, row]}, lambda sheet: sheet.write_formula(cell, "=B9", None, value))

    assert movements(worked_out(value)) == [PAID]
    assert said in refused(worked_out(""))


def test_the_sums_below_may_be_formulas() -> None:
    rows = [HEADER, ROW, ["Total", None, None, "=SUM(D2:D2)", None, None]]
    assert movements(workbook({"Sheet1": rows})) == [PAID]


def test_days_that_a_spreadsheet_may_have_taken_for_months_are_refused() -> None:
    """It knew no 13th month, and made a 10th of January of the first of October."""
    rows = [HEADER, with_cells(at=date(2026, 1, 10)), with_cells(at="13/10/2026 09:45")]
    assert "has times as dates and as text" in refused(workbook({"Sheet1": rows}))


def hide_the_statement(sheet: Any) -> None:
    if sheet.get_name() == "Statement":
        sheet.hide()


@pytest.mark.parametrize(
    ("sheets", "change", "said"),
    [
        ({"Sheet1": []}, None, "statement.xlsx: no line names a column for receipt (financialtransactionid or id"),
        ({"Notes": NOTES}, None, "statement.xlsx: no line names a column for receipt ("),
        ({"Notes": NOTES, "More": NOTES}, None, "statement.xlsx: no line names a column for receipt ("),
        ({"Id and date": [["Id", "Date"]]}, None, "statement.xlsx: no line names a column for amount"),
        (
            {"In": [HEADER, ROW], "Out": [HEADER]},
            None,
            "statement.xlsx[In] and statement.xlsx[Out] each look like a statement: leave one in the workbook",
        ),
        (
            {"Notes": NOTES, "Statement": [HEADER, ROW]},
            hide_the_statement,
            "statement.xlsx[Statement] is hidden: show it, or take it out",
        ),
        ({"Late": [*NOTES * 10, HEADER, ROW]}, None, "statement.xlsx: no line names a column for receipt"),
    ],
)
def test_a_workbook_without_one_statement_is_refused(sheets: Any, change: Any, said: str) -> None:
    assert said in refused(workbook(sheets, change))
