"""Files of figures: safe in a spreadsheet, the same in both formats, each column defined, and each night once."""

import csv
import io
import re
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, time, timedelta
from fractions import Fraction
from pathlib import Path
from typing import Any, get_args
from zipfile import ZipFile

import pytest
from click.testing import CliRunner, Result
from python_calamine import load_workbook

from bot.app import App
from bot.backup.places import Folder
from bot.cli.exports import _NAMES, _WHOM
from bot.cli.main import main
from bot.exports.nightly import NIGHTS_KEPT, NightlyExport
from bot.exports.write import definitions
from domain.access.audit import audit_entries
from domain.exports.columns import COLUMNS, ExportName
from domain.exports.people import ExportFor
from domain.money import Money
from domain.mongo.lease import LeaseTaken, leased
from domain.mongo.store import MongoStore
from domain.records.run import Run
from flows.engine.spreadsheet import csv_pieces, xlsx_table
from tests.conftest import PEPPER, Clock
from tests.domain.savers import found
from tests.people import Village

Type = Callable[..., Result]
DOCS = Path(__file__).parents[3] / "docs" / "programmes.md"


@pytest.fixture
def type_(app: App, tmp_path: Path) -> Type:
    given = {
        "MONGO_URI": app.settings.mongo_uri,
        "MONGO_DATABASE": app.settings.mongo_database,
        "REDIS_URL": app.settings.redis_url,
        "PIN_PEPPER": PEPPER,
        "DATA_DIR": str(tmp_path / "data"),
    }
    return lambda *typed: CliRunner().invoke(main, [str(each) for each in typed], env=given)


def read(path: Path) -> list[dict[str, str]]:
    assert path.read_bytes().startswith(b"\xef\xbb\xbf"), "a mark by which Excel knows the letters"
    return list(csv.DictReader(io.StringIO(path.read_text("utf-8-sig"), newline="")))


def test_a_cell_that_would_be_a_formula_is_text(tmp_path: Path) -> None:
    bad = ["=1+1", "+256772000101", "-2", "@SUM(A1)", "\tx", "\rx", "\nx", " =1", "\uff1d1", "=cmd|' /C calc'!A0"]
    cells = [*bad, "a=b", "", None, 7, Money(-550_050, "KES"), Money(5, "UGX"), date(2026, 1, 31), Fraction(-1, 3)]
    columns = [f"c{number}" for number in range(len(cells))]
    text = b"".join(csv_pieces(columns, [cells])).decode("utf-8-sig")
    row = next(iter(list(csv.reader(io.StringIO(text, newline="")))[1:]))
    assert row[: len(bad)] == [f"'{each}" for each in bad]
    # Numbers stay numbers, below zero too.
    assert row[len(bad) :] == ["a=b", "", "", "7", "-5500.50", "5", "2026-01-31", "-0.3333"]
    xlsx_table(tmp_path / "t.xlsx", "t", columns, [cells])
    shown = load_workbook(str(tmp_path / "t.xlsx")).get_sheet_by_index(0).to_python()[1]
    assert shown[: len(bad)] == bad and shown[len(bad) + 3 :] == [7.0, -5500.5, 5.0, date(2026, 1, 31), -0.3333]
    with ZipFile(tmp_path / "t.xlsx") as file:
        sheet, styles = (file.read(f"xl/{name}.xml").decode() for name in ("worksheets/sheet1", "styles"))
    # Every text is a text cell, which no program works out, and stays one when somebody types in it.
    assert "<f" not in sheet and "hyperlink" not in sheet
    rows = sheet.split("<row ")[2]
    styled = [int(each) for each in re.findall(r'<c r="\w+" s="(\d+)" t="inlineStr">', rows)]
    quoted = [
        number
        for number, each in enumerate(re.findall(r"<xf [^>]*?/?>", styles.split("<cellXfs")[1]))
        if 'quotePrefix="1"' in each
    ]
    assert len(styled) == len(bad) + 1 and {*styled[:-1]} == {*quoted} and styled[-1] not in quoted


@pytest.mark.parametrize("cell", ["a;=1+1", "a; -2", "a\t@x", "a\n+1", "a\r\n=1"])
def test_nor_is_one_where_the_file_is_cut_elsewhere(cell: str) -> None:
    """In French, and in many more languages, a spreadsheet cuts a line at its semicolons."""
    text = b"".join(csv_pieces(["x"], [[cell]])).decode("utf-8-sig")
    for cut in (",", ";", "\t"):
        cells = [each for row in csv.reader(io.StringIO(text, newline=""), delimiter=cut) for each in row]
        lines = [each for cell in cells for each in re.split(r"[\r\n]", cell)]
        assert not [each for each in lines if each.strip()[:1] in ("=", "+", "-", "@")]


def test_rows_are_written_as_they_come() -> None:
    """A large file is never held: while the first pieces go out, most of the rows have not been asked for."""
    asked = 0

    def rows() -> Iterator[list[int]]:
        nonlocal asked
        for asked in range(200_000):
            yield [asked]

    pieces = csv_pieces(["n"], rows())
    assert len(next(pieces)) < 1 << 19
    assert asked < 60_000
    assert sum(piece.count(b"\n") for piece in pieces) > 140_000 and asked == 199_999


def test_what_is_too_long_for_a_sheet_goes_on_in_the_next(tmp_path: Path) -> None:
    xlsx_table(tmp_path / "t.xlsx", "t", ["n"], [[number] for number in range(7)], rows_max=4)
    book = load_workbook(str(tmp_path / "t.xlsx"))
    assert book.sheet_names == ["t", "t 2", "t 3"]
    sheets = [book.get_sheet_by_name(name).to_python() for name in book.sheet_names]
    assert [sheet[0] for sheet in sheets] == [["n"]] * 3
    assert [row[0] for sheet in sheets for row in sheet[1:]] == [*range(7)]


def test_each_file_is_typed_and_has_its_definitions_beside_it(
    village: Village, type_: Type, tmp_path: Path, app: App
) -> None:
    assert get_args(ExportName) == _NAMES == tuple(COLUMNS) and get_args(ExportFor) == _WHOM
    for name, columns in COLUMNS.items():
        out = tmp_path / "out"
        done = type_("export", name, "-o", out)
        assert done.exit_code == 0, done.output
        rows = read(out / f"{name}.csv")
        assert f"{out / name}.csv: {len(rows):,} row" in done.output
        assert all(list(row) == [each.name for each in columns] for row in rows)
        assert [row["definition"] for row in read(out / "definitions.csv") if row["file"] == name] == [
            each.about for each in columns
        ]
        assert type_("export", name, "-o", out, "--format", "xlsx").exit_code == 0
        sheet = load_workbook(str(out / f"{name}.xlsx")).get_sheet_by_index(0).to_python()
        assert (sheet[0] if sheet else []) == [each.name for each in columns]
        assert len(sheet) == len(rows) + 1
    assert {each.did for each in audit_entries(app.store)} == {"exported"}
    assert read(out / "programme.csv")[0]["group_code"] == village.code


def test_what_makes_no_sense_is_one_line(village: Village, type_: Type, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    for wrong, said in (
        (("programme", "-o", tmp_path, "--from", "2026-10-02", "--to", "2026-10-01"), "2026-10-01 is before"),
        (("programme", "-o", tmp_path, "--programme", "north"), "no programme has the code north"),
        (("programme", "-o", tmp_path / "file" / "x"), "cannot be written to"),
        (("people", "-o", tmp_path), "is not one of"),
        (("programme",), "Missing option"),
        (("programme", "-o", tmp_path, "--from", "soon"), "is no day"),
    ):
        done = type_("export", *wrong)
        assert done.exit_code == 2 and said in done.output, done.output


def test_of_a_programme_its_groups_alone_leave(village: Village, type_: Type, tmp_path: Path) -> None:
    for code in ("north", "south"):
        type_("programmes", "add", code, "--name", code)
    type_("programmes", "assign", village.code, "--programme", "north")
    for code, rows in (("north", 1), ("south", 0)):
        assert f"{rows} row" in type_("export", "programme", "-o", tmp_path / code, "--programme", code).output
    assert read(tmp_path / "north" / "programme.csv")[0]["programme"] == "north"
    assert read(tmp_path / "south" / "programme.csv") == []


def test_the_docs_define_the_columns_as_the_code_does() -> None:
    text = DOCS.read_text()
    said = {
        name: re.findall(r"^\| `(\w+)` \| (\w+) \| (.+) \|$", section, flags=re.MULTILINE)
        for name, section in re.findall(r"^### `(\w+)`\n(.*?)(?=^##|\Z)", text, flags=re.MULTILINE | re.DOTALL)
    }
    assert [(name, *each) for name, rows in said.items() for each in rows] == [
        tuple(each) for each in definitions()
    ]


class World:
    """A night at a place of its own."""

    def __init__(self, store: MongoStore, folder: Path) -> None:
        self.folder, self.savers = folder, found(store)
        self.nightly = NightlyExport(store, Folder(folder), time(3, 30), "Africa/Kampala")

    @property
    def files(self) -> list[str]:
        return Folder(self.folder).names("")


@pytest.fixture
def world(store: MongoStore, tmp_path: Path) -> World:
    return World(store, tmp_path / "exports")


def test_a_night_is_exported_once(world: World, clock: Clock) -> None:
    assert clock() == datetime(2026, 10, 5, 6, tzinfo=UTC)  # nine in the morning there
    assert world.nightly.night() == "export:2026-10-05"
    names = ["definitions", "loans", "members", "programme", "transactions"]
    assert world.files == [f"2026-10-05/{name}.csv" for name in names]
    assert len(read(world.folder / "2026-10-05" / "members.csv")) == 6
    assert world.nightly.night() is None
    run = world.savers.store.runs.get("export:2026-10-05")
    assert run.ok and run.details["members"] == "6" and run.details["programme"] == "1"
    clock.forward(hours=18, minutes=29)
    assert world.nightly.night() is None, "a minute to half past three"
    clock.forward(minutes=1)
    assert world.nightly.night() == "export:2026-10-06"


def test_a_night_that_failed_is_tried_again_as_long_as_the_day_lasts(world: World, clock: Clock) -> None:
    """A disk that was full all morning has its figures a quarter of an hour after somebody made room."""
    runs = world.savers.store.runs
    tries = 6
    for number in range(1, tries + 1):
        with pytest.raises(RuntimeError):
            world.nightly.night(_stop)
        assert world.nightly.night() is None, "not at once"
        run = runs.get("export:2026-10-05" + (f".{number}" if number > 1 else ""))
        assert (run.ok, run.details) == (False, {"problem": "RuntimeError"})
        clock.forward(minutes=15)
    assert world.files == [], "no half of a file"
    assert world.nightly.night() == f"export:2026-10-05.{tries + 1}" and world.nightly.night() is None
    clock.forward(hours=24)
    assert world.nightly.night() == "export:2026-10-06"


def test_the_second_try_writes_what_the_first_would_have(world: World, clock: Clock) -> None:
    with pytest.raises(RuntimeError):
        world.nightly.night(_stop)
    clock.forward(minutes=15)
    assert world.nightly.night() == "export:2026-10-05.2"
    assert len(world.files) == 5 and {each.partition("/")[0] for each in world.files} == {"2026-10-05"}
    assert world.nightly.night() is None


def test_a_night_whose_process_was_killed_is_tried_again_and_nobody_does_it_twice_at_once(
    world: World, clock: Clock
) -> None:
    store = world.savers.store
    store.runs.insert(Run("export:2026-10-05", "export", clock()))
    with leased(store.database, "exports", by="another", now=store.now), pytest.raises(LeaseTaken):
        world.nightly.night()
    assert world.nightly.night() == "export:2026-10-05.2"


def _stop() -> Any:
    raise RuntimeError


def test_old_nights_go_and_what_is_not_ours_stays(world: World, clock: Clock) -> None:
    for name in ("2026-09-01/notes.txt", "readme.txt", "2026-13-99/loans.csv"):
        Folder(world.folder).put(name, [b"x"])
    world.nightly.night()
    clock.forward(days=NIGHTS_KEPT - 1)
    world.nightly.night()
    assert "2026-10-05/loans.csv" in world.files
    clock.forward(days=1)
    world.nightly.night()
    assert [name for name in world.files if name.startswith("2026-10-05")] == []
    assert {"2026-09-01/notes.txt", "readme.txt", "2026-13-99/loans.csv"} <= {*world.files}
    assert clock() - datetime(2026, 10, 5, 6, tzinfo=UTC) == timedelta(days=NIGHTS_KEPT)
