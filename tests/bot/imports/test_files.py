"""Files as people really send them: the right rows, or the file refused with why."""

import csv
import io
import zipfile
from collections.abc import Sequence
from dataclasses import replace
from datetime import date, datetime, time
from typing import Any

import pytest
import xlsxwriter

from bot.imports.files import digest_of_files, read_files
from bot.imports.template import csv_files, workbook_of
from bot.workbooks.cells import WORKBOOK_COLUMNS_MAX, WORKBOOK_ROWS_MAX
from domain.moving_in.check import check_group
from domain.moving_in.files import BadImportFile
from domain.moving_in.rows import rows_of
from domain.moving_in.sheets import SHEETS, SheetName
from tests.domain.moving_in.books import TODAY, ZONE, example
from tests.workbooks import Cells, workbook

HEADER: Cells = ["group_code", "member_no", "reason", "amount"]
ROW: Cells = ["G-1", "3", "late", "500"]


def as_csv(rows: list[list[str]], separator: str = ",", encoding: str = "utf-8") -> bytes:
    out = io.StringIO()
    csv.writer(out, delimiter=separator).writerows(rows)
    return out.getvalue().encode(encoding)


def rows_in(contents: bytes, name: str = "fines.csv") -> list[tuple[int, list[Any]]]:
    files = read_files([(name, contents)])
    assert files.findings == []
    return [(row.number, list(row.raw)) for rows in files.rows.values() for row in rows]


@pytest.mark.parametrize("separator", [",", ";", "\t"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp1252"])
def test_csv_is_read_with_any_separator_and_in_any_usual_encoding(separator: str, encoding: str) -> None:
    rows = [[*HEADER[:3], "amount"], ["G-é", "3", "late", "1 500"]]
    assert rows_in(as_csv(rows, separator, encoding)) == [(2, ["G-é", "3", "late", "1 500"])]


def test_titles_above_a_header_and_empty_rows_are_passed_over_and_counted() -> None:
    rows = [["Our fines"], [], ["Group code *", "Member no", "REASON", "Amount"], ROW, ["", "", "", ""], ROW]
    files = read_files([("fines.csv", as_csv(rows))])
    assert [row.number for row in files.rows["G-1"]] == [4, 6]
    assert files.empty == 1
    assert files.counts == {"fines": 2}


def test_files_that_were_put_one_below_the_other_are_read_past_each_header() -> None:
    files = read_files([("all.csv", as_csv([HEADER, ROW, ["GROUP_CODE ", *HEADER[1:]], ["G-2", *ROW[1:]]]))])
    assert list(files.rows) == ["G-1", "G-2"]


def test_a_header_is_known_behind_a_mark_that_nobody_sees_and_a_row_of_spaces_is_empty() -> None:
    """What `cat` makes of two files that Excel saved."""
    two = as_csv([HEADER, ROW, ["", " ", "\u00a0", ""]], ";", "utf-8-sig") + as_csv(
        [HEADER, ROW], ";", "utf-8-sig"
    )
    files = read_files([("all.csv", two)])
    assert (files.counts, files.empty, list(files.rows)) == ({"fines": 2}, 1, ["G-1"])


def test_a_title_may_have_commas_where_the_rows_have_semicolons() -> None:
    title = b"Fines of our group, of 20 November, 2026\n"
    assert rows_in(title + as_csv([["Group code *", *HEADER[1:]], ROW], ";")) == [(3, ROW)]


def test_the_sheets_may_be_one_below_the_other_too() -> None:
    rows = [
        row
        for of_sheet in rows_of(example()).values()
        for row in (list(of_sheet[0]), *(r.values() for r in of_sheet))
    ]
    files = read_files([("all.csv", as_csv([list(row) for row in rows]))])
    assert files.counts == {"group": 1, "members": 4, "loans": 2, "fines": 1}
    assert check_group(example().code, files.rows[example().code], TODAY, lambda _: ZONE).book == example()


def test_a_code_that_carries_what_nobody_sees_is_the_same_group() -> None:
    files = read_files([("fines.csv", as_csv([HEADER, ROW, ["\u200bG-1 ", *ROW[1:]]]))])
    assert [row.number for row in files.rows["G-1"]] == [2, 3]


def test_a_sheet_is_known_by_its_columns_whatever_its_file_is_called() -> None:
    files = read_files([("Copy of final (2).csv", as_csv([HEADER, ROW]))])
    assert [row.sheet for row in files.rows["G-1"]] == ["fines"]


def test_what_is_wrong_with_a_header_is_said_with_what_may_be_meant() -> None:
    files = read_files(
        [("fines.csv", as_csv([["group_code", "member_no", "reason", "amuont", "reason"], [*ROW, "late"]]))]
    )
    assert [(each.column, each.problem, each.hint) for each in files.findings] == [
        ("amuont", "unknown_column", "amount"),
        ("reason", "column_twice", ""),
        ("amount", "column_missing", ""),
    ]


@pytest.mark.parametrize(("code", "problem"), [("", "empty"), ("=A1", "formula"), ("#REF!", "error_value")])
def test_a_row_that_names_no_group_is_said(code: str, problem: str) -> None:
    files = read_files([("fines.csv", as_csv([HEADER, [code, *ROW[1:]], ROW]))])
    assert [(each.row, each.column, each.problem) for each in files.findings] == [(2, "group_code", problem)]


@pytest.mark.parametrize(
    "fines",
    [
        [HEADER, ["", *ROW[1:]], ["G-0417", *ROW[1:]]],  # whose is the first?
        [[*HEADER, "sinse"], ["G-0417", *ROW[1:], "2026-11-13"]],  # what was it?
    ],
)
def test_what_is_wrong_with_a_sheet_keeps_out_the_groups_that_are_in_it_and_no_other(
    fines: list[list[str]],
) -> None:
    """Else a member without a code, or a column whose name has a slip in it, is lost and nobody sees it."""
    book = example()
    sheets = [
        (
            f"{sheet}.csv",
            as_csv([list(rows[0]), *([code, *list(row.values())[1:]] for row in rows for code in codes)]),
        )
        for sheet, rows in rows_of(book).items()
        if sheet != "fines"
        for codes in [("G-0417", "G-0418")]
    ]
    files = read_files([*sheets, ("fines.csv", as_csv(fines))])
    one, other = (files.check(code, TODAY) for code in ("G-0417", "G-0418"))
    assert one.book is None
    assert [(each.problem, each.file) for each in one.findings if each.severity == "error"] == [
        ("spoilt", "fines.csv")
    ]
    assert other.book
    assert replace(other.book, code=book.code) == replace(book, fines=())


def test_a_workbook_that_excel_mangled_gives_what_it_still_holds() -> None:
    header = [
        "group_code",
        "member_no",
        "name",
        "phone",
        "role",
        "joined_on",
        "shares",
        "consent_on",
        "consent_how",
    ]
    rows: list[Cells] = [
        [None],
        header,
        ["G-1", 1, "One", 256772000301, "chair", datetime(2025, 3, 7), 12, 46346, "meeting"],  # noqa: DTZ001
        [],
        ["G-1", 2, "Two", 772000302, "treasurer", "07/03/2025", "=6+3", "20/11/2026", "paper"],
        ["G-1", 3, "Three", "2.56772E+11", "member", None, "=1/0", "2026-11-20", "meeting"],
    ]

    def change(sheet: Any) -> None:
        sheet.merge_range(0, 0, 0, 8, "Members of the group")
        sheet.write_formula(4, 6, "=6+3", None, 9)
        sheet.write_formula(5, 6, "=1/0", None, "#DIV/0!")

    one, two, three = (cells for _, cells in rows_in(workbook({"Wanachama": rows}, change), "members.xlsx"))
    assert one == ["G-1", 1.0, "One", 256772000301.0, "chair", date(2025, 3, 7), 12.0, 46346.0, "meeting"]
    assert two == ["G-1", 2.0, "Two", 772000302.0, "treasurer", "07/03/2025", 9.0, "20/11/2026", "paper"]
    assert three[6] == "#DIV/0!", "an error is not an empty cell"


def test_an_hour_in_a_cell_is_shown_as_it_stands_there() -> None:
    cells = rows_in(workbook({"Fines": [HEADER, ["G-1", 3, "late", time(14, 30)]]}))[0][1]
    assert cells == ["G-1", 3.0, "late", "14:30:00"]


def formula(result: bytes) -> bytes:
    """A fine whose amount is worked out, in a workbook as a program leaves it: `result` may be none."""
    old, new = b"<v>500</v>", b"<f>250*2</f>" + result
    return rewritten("xl/worksheets/sheet1.xml", old, new, [HEADER, ["G-1", 3, "late", 500]])


def test_a_formula_that_nobody_has_worked_out_is_no_empty_cell() -> None:
    for result in (b"", b"<v/>", b"<v></v>"):
        assert rows_in(formula(result)) == [(2, ["G-1", 3.0, "late", "=250*2"])]
    assert rows_in(formula(b"<v>500</v>")) == [(2, ["G-1", 3.0, "late", 500.0])]


def test_a_row_of_such_formulas_is_there() -> None:
    row = b'<row r="9"><c r="A9"><f>A2</f></c></row></sheetData>'
    files = read_files([("fines.xlsx", rewritten("xl/worksheets/sheet1.xml", b"</sheetData>", row))])
    assert [(each.row, each.read, each.problem) for each in files.findings] == [(9, "=A2", "formula")]


@pytest.mark.parametrize(("counts_from", "day"), [(b"0", 46346.0), (b"1", 44884.0)])
def test_days_that_are_shown_as_numbers_are_counted_from_where_the_workbook_counts(
    counts_from: bytes, day: float
) -> None:
    rows: list[Cells] = [[*HEADER, "since"], ["G-1", 3, "late", 500, day]]
    said = b'<workbookPr date1904="' + counts_from + b'"'
    contents = rewritten("xl/workbook.xml", b"<workbookPr", said, rows)
    assert rows_in(contents) == [(2, ["G-1", 3.0, "late", 500.0, 46346.0])]


def test_a_sheet_that_is_hidden_is_not_brought_and_not_passed_over() -> None:
    def hide(sheet: Any) -> None:
        if sheet.get_name() != "Members":
            sheet.hide()

    header = ["group_code", "member_no", "name", "role"]
    shown: dict[str, list[Cells]] = {"Members": [header, ["G-1", 1, "One", "chair"]]}
    with pytest.raises(BadImportFile) as bad:
        read_files([("all.xlsx", workbook(shown | {"Fines": [HEADER, ROW]}, hide))])
    assert (bad.value.details["why"], bad.value.details["name"]) == ("hidden", "all.xlsx[Fines]")
    files = read_files([("all.xlsx", workbook(shown | {"Lists": [["late"], ["absence"]]}, hide))])
    assert files.counts == {"members": 1}


def test_a_sheet_that_is_called_as_one_of_ours_is_not_taken_for_notes() -> None:
    french: list[Cells] = [["code_groupe", "membre", "pret"], ["G-1", 2, 60000]]
    for name in ("Loans", "loans (2)", "Member list"):
        with pytest.raises(BadImportFile) as bad:
            read_files([("all.xlsx", workbook({"Fines": [HEADER, ROW], name: french}))])
        assert (bad.value.details["why"], bad.value.details["name"]) == ("no_header", f"all.xlsx[{name}]")
    assert read_files([("all.xlsx", workbook({"Fines": [HEADER, ROW], "Loanwords": french}))]).counts


def test_a_workbook_says_where_in_it_a_row_is() -> None:
    files = read_files([("all.xlsx", workbook({"Fines": [HEADER, ROW], "Notes": [["Ask the secretary"]]}))])
    assert [row.place for row in files.rows["G-1"]] == ["all.xlsx[Fines]:2"]


@pytest.mark.parametrize(
    ("contents", "why"),
    [
        (b"", "no_header"),
        (as_csv([["name", "amount"], ["x", "1"]]), "no_header"),
        (as_csv([HEADER]), "nothing"),
        (b"\x00\x01\x02\x81\x8d", "encoding"),
        (as_csv([HEADER]) + b'G-1,"3', "not_read"),
        (b"PK\x03\x04 and no archive", "not_read"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1 an old workbook", "password"),
        (workbook({"Notes": [["nothing of ours"]]}), "no_header"),
        (workbook({"Fines": [HEADER, *[ROW] * WORKBOOK_ROWS_MAX]}), "too_many_rows"),
    ],
)
def test_a_file_that_cannot_be_used_is_refused_whole(contents: bytes, why: str) -> None:
    with pytest.raises(BadImportFile) as bad:
        read_files([("fines.xlsx", contents)])
    assert bad.value.details["why"] == why
    assert bad.value.details["name"] == "fines.xlsx"


def with_file(name: str, contents: bytes) -> bytes:
    """A good workbook with one part more."""
    out = io.BytesIO(workbook({"Fines": [HEADER, ROW]}))
    with zipfile.ZipFile(out, "a", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(name, contents)
    return out.getvalue()


def test_workbooks_with_macros_or_links_or_a_bomb_in_them_are_refused() -> None:
    for name, contents, why in (
        ("xl/vbaProject.bin", b"code", "macros"),
        ("xl/externalLinks/externalLink1.xml", b"<x/>", "links"),
        ("xl/media/zeros.bin", bytes(210_000_000), "unpacks"),
    ):
        with pytest.raises(BadImportFile) as bad:
            read_files([("fines.xlsx", with_file(name, contents))])
        assert bad.value.details["why"] == why


@pytest.mark.parametrize(
    ("shown", "held", "read"),
    [
        ("0%", 1.0, "100.0%"),
        ("0.00%", 0.1, "10.0%"),
        ('0.0 "of a" %', 0.1 + 0.2, "30.0%"),
        ('0 "%"', 10.0, 10.0),
        ("0\\%", 10.0, 10.0),
        ("0%", "10", "10"),
    ],
)
def test_a_number_that_is_shown_as_percent_is_read_as_it_is_shown(shown: str, held: Any, read: Any) -> None:
    out = io.BytesIO()
    book = xlsxwriter.Workbook(out, {"in_memory": True})
    sheet = book.add_worksheet("Fines")
    for number, row in enumerate([HEADER, ROW]):
        sheet.write_row(number, 0, row)
    sheet.write(1, 3, held, book.add_format({"num_format": shown}))
    book.close()
    [(_, cells)] = rows_in(out.getvalue(), "fines.xlsx")
    assert cells[:3] == ROW[:3]
    assert (
        (float(cells[3][:-1]), cells[3][-1]) == (float(read[:-1]), "%") if "%" in str(read) else cells[3] == read
    )


@pytest.mark.parametrize(
    ("name", "encoding"), [("Aimée", "mac_roman"), ("Benoît Crêpe", "mac_roman"), ("محمد", "cp1256")]
)
def test_letters_that_make_no_words_are_not_read_as_others(name: str, encoding: str) -> None:
    with pytest.raises(BadImportFile) as bad:
        read_files([("fines.csv", as_csv([HEADER, [name, *ROW[1:]]], ";", encoding))])
    assert bad.value.details["why"] == "encoding"


@pytest.mark.parametrize("name", ["AIMÉE", "Élise McDonald", "N’Diaye – Œuvre", "Noël d’Où", "Škoda, 10 €"])
def test_words_of_a_western_windows_are_read(name: str) -> None:
    assert rows_in(as_csv([HEADER, [name, *ROW[1:]]], ";", "cp1252")) == [(2, [name, *ROW[1:]])]


def rewritten(part: str, old: bytes, new: bytes, rows: Sequence[Cells] = (HEADER, ROW)) -> bytes:
    """A good workbook with something else in one of its parts."""
    out = io.BytesIO()
    with (
        zipfile.ZipFile(io.BytesIO(workbook({"Fines": rows}))) as good,
        zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as bad,
    ):
        for each in good.namelist():
            contents = good.read(each)
            assert each != part or old in contents
            bad.writestr(each, contents.replace(old, new) if each == part else contents)
    return out.getvalue()


@pytest.mark.parametrize(
    ("more", "why"),
    [
        (b'<row r="4900"><c r="XFD4900"><v>1</v></c></row>', "too_many_columns"),
        (b"<row r='4900'><c a='>' r='xfd4900'><is><t>1</t></is></c></row>", "too_many_columns"),
        (b'<row r="1048576"><c><v>1</v></c></row>', "too_many_rows"),
        (b"<row>" + b"<c><v>1</v></c>" * (WORKBOOK_COLUMNS_MAX + 1) + b"</row>", "too_many_columns"),
        (b'<row r="9"><c r="XFD"><v>1</v></c></row>', "not_read"),
        (b"<row>", "not_read"),
    ],
)
def test_a_small_workbook_whose_table_would_fill_the_memory_is_refused(more: bytes, why: str) -> None:
    with pytest.raises(BadImportFile) as bad:
        read_files(
            [("fines.xlsx", rewritten("xl/worksheets/sheet1.xml", b"</sheetData>", more + b"</sheetData>"))]
        )
    assert bad.value.details["why"] == why


_FAR = b'<row r="1048576"><c><v>1</v></c></row>'


def test_a_strict_workbook_is_looked_through_like_any_other() -> None:
    """Its parts have other names, by which nothing was found in it: a few kilobytes of it took gigabytes."""
    out = io.BytesIO(rewritten("xl/worksheets/sheet1.xml", b"</sheetData>", _FAR + b"</sheetData>"))
    strict = io.BytesIO()
    with zipfile.ZipFile(out) as usual, zipfile.ZipFile(strict, "w") as archive:
        for each in usual.namelist():
            contents = usual.read(each).replace(b"schemas.openxmlformats.org", b"purl.oclc.org/ooxml")
            archive.writestr(each, contents)
    with pytest.raises(BadImportFile) as bad:
        read_files([("fines.xlsx", strict.getvalue())])
    assert bad.value.details["why"] == "too_many_rows"


def test_a_colour_at_the_other_end_of_a_sheet_is_no_value() -> None:
    """Programs keep how a cell looks where nobody has written anything."""
    far = b'<row r="1048576"><c r="XFD1048576" s="0"/></row></sheetData>'
    files = read_files([("fines.xlsx", rewritten("xl/worksheets/sheet1.xml", b"</sheetData>", far))])
    assert [row.number for row in files.rows["G-1"]] == [2]


def test_a_workbook_that_is_two_things_at_once_is_refused() -> None:
    declared = b'<!DOCTYPE x [<!ENTITY a "aaaa">]><worksheet'
    for contents in (
        rewritten("xl/worksheets/sheet1.xml", b"<worksheet", declared),
        rewritten("xl/_rels/workbook.xml.rels", b"worksheets/sheet1.xml", b"worksheets/sheet9.xml"),
        with_file("xl/worksheets/SHEET1.xml", b"<worksheet/>"),
        with_file("content.xml", b"<x/>"),
    ):
        with pytest.raises(BadImportFile) as bad:
            read_files([("fines.xlsx", contents)])
        assert bad.value.details["why"] == "not_read"


def test_two_files_of_one_name_are_told_apart() -> None:
    wrong, right = as_csv([HEADER, ["", *ROW[1:]], ROW]), as_csv([HEADER, ["G-2", *ROW[1:]]])
    files = read_files([("fines.csv", wrong), ("fines.csv", right)])
    assert [row.place for code in ("G-1", "G-2") for row in files.rows[code]] == ["fines.csv:3", "fines.csv (2):2"]
    assert files.spoilt == {"fines.csv": "fines.csv:2"}


def test_files_are_known_by_what_is_in_them() -> None:
    one, other = ("a.csv", as_csv([HEADER, ROW])), ("b.csv", as_csv([HEADER, ROW, ROW]))
    assert digest_of_files([one, other]) == digest_of_files([("renamed.csv", other[1]), one])
    assert digest_of_files([one]) != digest_of_files([other])


@pytest.mark.parametrize("form", ["csv", "xlsx"])
def test_the_templates_are_filled_in_and_read_back_as_the_group(form: str) -> None:
    book = example()
    if form == "csv":
        files = []
        for file in csv_files():
            sheet = file.name.removesuffix(".csv")
            if sheet in SHEETS:
                filled = [list(row.values()) for row in rows_of(book)[sheet]]  # type: ignore[index]
                files.append((file.name, file.content + as_csv(filled)))
    else:
        filled_in: dict[SheetName, list[Cells]] = {
            sheet: [[column.name for column in SHEETS[sheet]], *(list(row.values()) for row in rows)]
            for sheet, rows in rows_of(book).items()
        }
        files = [("groups.xlsx", workbook(filled_in))]
    found = read_files(files)
    assert found.findings == []
    assert check_group(book.code, found.rows[book.code], TODAY, lambda _: ZONE).book == book


def test_the_empty_workbook_has_every_column_and_nothing_to_read() -> None:
    with pytest.raises(BadImportFile) as bad:
        read_files([("template.xlsx", workbook_of("groups to move in").content)])
    assert bad.value.details["why"] == "nothing"
