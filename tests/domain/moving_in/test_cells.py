"""A cell is read in one way, or refused: whatever a spreadsheet made of it."""

from contextlib import suppress
from datetime import date, datetime
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.money import CURRENCIES, MINOR_MAX, Money
from domain.moving_in.cells import BadCell, Reading, read_cell
from domain.moving_in.sheets import SHEETS, CellKind, SheetColumn, column_of
from domain.people.phones import is_mobile, normal_phone
from domain.raw_cells import RawCell, guarded

UGANDA = Reading("UGX", "UG")
KENYA = Reading("KES", "KE")
SENEGAL = Reading("XOF", "SN")


def read(kind: CellKind, cell: RawCell, reading: Reading = UGANDA, *choices: str) -> Any:
    return read_cell(SheetColumn("it", kind, "", "", required=True, choices=choices), cell, reading)


def refused(kind: CellKind, cell: RawCell, reading: Reading = UGANDA, *choices: str) -> tuple[str, str]:
    with pytest.raises(BadCell) as bad:
        read(kind, cell, reading, *choices)
    return bad.value.problem, bad.value.hint


@pytest.mark.parametrize(
    "cell",
    [
        "0772000301", "772000301", "256772000301", "+256 772 000 301", "00256772000301", "'0772000301",
        772000301, 256772000301.0, "2.56772000301E+11", "2,56772000301e11", "772000301.0",
        "\u202a+256 772\u00a0000 301\u202c", "\u0660\u0667\u0667\u0662\u0660\u0660\u0660\u0663\u0660\u0661",
    ],
)  # fmt: skip
def test_a_phone_is_read_however_it_was_typed_or_counted(cell: RawCell) -> None:
    assert read("phone", cell) == "+256772000301"


@pytest.mark.parametrize(
    ("kind", "cell", "means"),
    [
        ("text", "\u200bAnna\u00a0 Maria", "Anna Maria"),
        ("text", "'=1+1", "=1+1"),
        ("text", "'Aisha", "'Aisha"),
        ("money", "'163500", Money(163_500, "UGX")),
        ("date", "2026-11-20 14:30", date(2026, 11, 20)),
        ("date", "\uff12\uff10\uff12\uff16\uff0d\uff11\uff11\uff0d\uff12\uff10", date(2026, 11, 20)),
        ("count", "\u0661\u0662", 12),
        ("percent", "\uff11\uff10\uff05", Fraction(10)),
        ("result", "-1,500", Money(-1_500, "UGX")),
        ("result", "(1500)", Money(-1_500, "UGX")),
        ("result", -1500.0, Money(-1_500, "UGX")),
        ("result", "18500", Money(18_500, "UGX")),
        ("amounts", "30,000; 10000", (Money(30_000, "UGX"), Money(10_000, "UGX"))),
        ("amounts", 30000.0, (Money(30_000, "UGX"),)),
    ],
)
def test_what_nobody_sees_and_signs_are_read(kind: CellKind, cell: RawCell, means: Any) -> None:
    assert read(kind, cell) == means


@pytest.mark.parametrize(
    ("cell", "means"), [("Yes", True), (True, True), (1.0, True), ("hapana", False), ("0", False)]
)
def test_yes_and_no_are_read_as_a_spreadsheet_has_them(cell: RawCell, means: bool) -> None:
    assert read("switch", cell, UGANDA, "yes", "no") is means


@pytest.mark.parametrize("cell", ["2.56772E+11", "2.6E+11", "2,5677200030E+11", 256772000000.0, 772000000])
def test_a_phone_that_lost_digits_is_never_guessed(cell: RawCell) -> None:
    assert refused("phone", cell) == ("digits_lost", "")


def test_a_phone_that_ends_in_zeros_is_typed_as_text() -> None:
    assert read("phone", "256772000000") == "+256772000000"


@pytest.mark.parametrize("cell", ["none", "12345", "0772", True, date(2026, 1, 1), "+88161234567890", 0.5])
def test_what_is_no_phone_is_said(cell: RawCell) -> None:
    assert refused("phone", cell) == ("no_phone", "UG")


@given(st.integers(700_000_000, 799_999_999).filter(lambda national: national % 10**6))
def test_a_kenyan_number_survives_a_spreadsheet_with_all_its_digits(national: int) -> None:
    said = normal_phone(f"0{national}", "KE")
    said = said if said and is_mobile(said) else None
    for cell in (
        national,
        float(national),
        f"254{national}",
        float(f"254{national}"),
        f"{float(f'254{national}'):.11E}",
    ):
        assert (read("phone", cell, KENYA) if said else refused("phone", cell, KENYA)) == (
            said or ("no_phone", "KE")
        )


@pytest.mark.parametrize(
    ("cell", "reading", "minor"),
    [
        ("163,500", UGANDA, 163_500),
        ("163 500", UGANDA, 163_500),
        ("UGX 163,500", UGANDA, 163_500),
        (163500.0, UGANDA, 163_500),
        ("1.63500E+05", UGANDA, 163_500),
        ("0", UGANDA, 0),
        ("0.00", KENYA, 0),
        (0.1 + 0.2, KENYA, 30),
        ("1,500.50", KENYA, 150_050),
        ("1 500,50", SENEGAL, None),
        ("5 500 FCFA", SENEGAL, 5_500),
    ],
)
def test_an_amount_is_read_as_its_country_writes_it(cell: RawCell, reading: Reading, minor: int | None) -> None:
    if minor is None:
        assert refused("money", cell, reading) == ("not_an_amount", "")
    else:
        assert read("money", cell, reading) == Money(minor, reading.currency)


@pytest.mark.parametrize(
    ("cell", "reading", "problem"),
    [
        ("-500", UGANDA, ("negative", "")),
        ("(500)", UGANDA, ("negative", "")),
        (-500, UGANDA, ("negative", "")),
        (0.305, KENYA, ("too_precise", "KES")),
        (10.5, UGANDA, ("too_precise", "UGX")),
        ("1.500", KENYA, ("amount_two_ways", "1500.00 / 1.50")),
        ("KES 500", UGANDA, ("other_currency", "UGX")),
        ("five", UGANDA, ("not_an_amount", "")),
        ("1.64E+05", UGANDA, ("digits_lost", "")),
        (float("nan"), UGANDA, ("not_an_amount", "")),
        (float("inf"), UGANDA, ("not_an_amount", "")),
        (1e15, UGANDA, ("too_large", str(Money(MINOR_MAX, "UGX")))),
        (True, UGANDA, ("not_an_amount", "")),
        (date(2026, 11, 20), UGANDA, ("not_an_amount", "")),
        ("=A1*2", UGANDA, ("formula", "")),
        ("#REF!", UGANDA, ("error_value", "")),
        ("", UGANDA, ("empty", "")),
        ("  ", UGANDA, ("empty", "")),
        (None, UGANDA, ("empty", "")),
    ],
)
def test_an_amount_that_means_nothing_or_two_things_is_refused(
    cell: RawCell, reading: Reading, problem: tuple[str, str]
) -> None:
    assert refused("money", cell, reading) == problem


@given(st.sampled_from(sorted(CURRENCIES)), st.integers(0, MINOR_MAX))
def test_an_amount_that_was_exported_is_read_back(currency: str, minor: int) -> None:
    assert read("money", Money(minor, currency).major, Reading(currency, "UG")) == Money(minor, currency)


@pytest.mark.parametrize(
    "cell",
    [
        "2026-11-20", "20/11/2026", "20.11.2026", "20-11-2026", "11/20/2026", "2026/11/20", "20 Nov 2026",
        "20-Nov-2026", "20-Nov-26", "November 20, 2026", "2026-11-20T00:00:00", date(2026, 11, 20),
        datetime(2026, 11, 20), 46346, 46346.0, "46346",  # noqa: DTZ001 - a workbook's days have no zone
    ],
)  # fmt: skip
def test_a_day_is_read_in_every_form_that_means_one_day(cell: RawCell) -> None:
    assert read("date", cell) == date(2026, 11, 20)


def test_a_day_that_could_be_in_two_months_is_asked_about() -> None:
    assert refused("date", "03/04/2026") == ("date_two_ways", "2026-04-03 / 2026-03-04")
    assert read("date", "03/04/2026", Reading("UGX", "UG", day_first=True)) == date(2026, 4, 3)
    assert read("date", "03/04/2026", Reading("UGX", "UG", day_first=False)) == date(2026, 3, 4)
    assert read("date", "05/05/2026") == date(2026, 5, 5)


@pytest.mark.parametrize(
    "cell", ["31/02/2026", "2026-13-01", "soon", "20/11/26", 0, 163500, -3, 46346.5, True, "1899-01-01"]
)
def test_what_is_no_day_is_said(cell: RawCell) -> None:
    assert refused("date", cell) == ("not_a_date", "")


@given(st.dates(date(1980, 1, 1), date(2100, 12, 31)))
def test_every_day_is_read_back_from_text_and_from_its_serial(day: date) -> None:
    assert read("date", day.isoformat()) == day
    assert read("date", (day - date(1899, 12, 30)).days) == day


@pytest.mark.parametrize(
    ("kind", "cell", "said"),
    [
        ("count", 12.0, 12),
        ("count", "12", 12),
        ("count", "12.0", 12),
        ("text", "  Member   Two ", "Member Two"),
        ("text", 417.0, "417"),
        ("code", "G-0417", "G-0417"),
        ("text", "Na\x1b[31mnsana\x07", "Na[31mnsana"),
        ("person_name", "Nakato 2", "Nakato 2"),
        ("person_name", "  Awa  N’Diaye-Sène ", "Awa N’Diaye-Sène"),
        ("group_name", "Hope & Faith (Mbale) 2", "Hope & Faith (Mbale) 2"),
        ("percent", "12.5 %", Fraction(25, 2)),
        ("percent", "12,5", Fraction(25, 2)),
        ("percent", 10.0, Fraction(10)),
        ("times", 2.5, Fraction(5, 2)),
        ("times", 0.5, Fraction(1, 2)),
        ("country", "ug", "UG"),
        ("currency", "ugx", "UGX"),
        ("zone", "Africa/Kampala", "Africa/Kampala"),
        ("counts", "3;4", (3, 4)),
        ("counts", "3, 4", (3, 4)),
        ("counts", 3.0, (3,)),
        ("places", "9;4", (4, 9)),
        ("places", "None", ()),
        ("dates", "2026-06-12; 4 Sep 2026", (date(2026, 6, 12), date(2026, 9, 4))),
        ("dates", date(2026, 6, 12), (date(2026, 6, 12),)),
    ],
)
def test_other_cells_are_read_as_what_they_are(kind: CellKind, cell: RawCell, said: Any) -> None:
    assert read(kind, cell) == said


@pytest.mark.parametrize(
    ("kind", "cell", "problem"),
    [
        ("count", "1.5", "not_whole"),
        ("count", -1, "negative"),
        ("count", "many", "not_whole"),
        ("count", 1_000_000, "too_large"),
        ("text", "x" * 61, "too_long"),
        ("code", "<b>", "not_one_of"),
        ("person_name", "x" * 41, "no_name"),
        ("person_name", "<b>", "no_name"),
        ("person_name", "=cmd()", "formula"),
        ("person_name", "አበበ በቀለ", "not_latin"),
        ("group_name", "x" * 31, "no_name"),
        ("group_name", "7", "no_name"),
        ("percent", 0.1, "no_percent"),
        ("percent", "a tenth", "no_percent"),
        ("percent", 1001, "no_percent"),
        ("times", "thrice", "no_number"),
        ("times", -3, "no_number"),
        ("country", "XX", "not_one_of"),
        ("currency", "JPY", "not_one_of"),
        ("zone", "Kampala", "not_one_of"),
        ("counts", "3;x", "not_whole"),
        ("places", "nobody", "not_whole"),
        ("dates", "2026-06-12 2026-09-04", "not_a_date"),
        ("dates", "2026-09-04; 2026-06-12", "days_back"),
    ],
)
def test_other_cells_are_refused_for_what_they_are_not(kind: CellKind, cell: RawCell, problem: str) -> None:
    assert refused(kind, cell)[0] == problem


@given(st.text("'=+-@＝x ", max_size=9).map(str.strip))
def test_what_was_typed_is_no_formula_in_a_sheet_and_the_same_again(typed: str) -> None:
    text = " ".join(typed.split())
    assert not guarded(text).startswith(("=", "+", "-", "@", "＝"))
    assert not text or read("text", guarded(text)) == text


def test_a_choice_is_read_in_any_case_and_by_its_other_names() -> None:
    assert read("choice", " Chairperson", UGANDA, "member", "chair") == "chair"
    assert read("choice", "WEEKLY", UGANDA, "week", "month") == "week"
    assert refused("choice", "boss", UGANDA, "member", "chair") == ("not_one_of", "member, chair")


def test_the_example_of_every_column_is_one() -> None:
    for columns in SHEETS.values():
        for column in columns:
            assert read_cell(column, column.example, UGANDA) is not None, column.name


@given(
    st.one_of(
        st.none(), st.text(max_size=70), st.floats(), st.integers(), st.booleans(), st.dates(), st.datetimes()
    )
)
def test_nothing_that_stands_in_a_cell_breaks_the_reading(cell: RawCell) -> None:
    for columns in SHEETS.values():
        for column in columns:
            with suppress(BadCell):
                read_cell(column, cell, UGANDA)


def test_a_column_is_found_by_its_name() -> None:
    found = column_of("members", "phone")
    assert found is not None
    assert found.kind == "phone"
    assert column_of("members", "password") is None
