"""`python -m bot import`: the empty sheets, and everything that is wrong with filled ones."""

import csv
import json
from pathlib import Path
from typing import get_args

import pytest
from click.testing import CliRunner, Result

from bot.app import App
from bot.cli.imports import STAYS_OPEN, imports
from bot.cli.main import main
from bot.config import Settings
from domain.access.audit import audit_entries
from domain.moving_in.arrive import AgreeToOpening
from domain.moving_in.rows import rows_of
from domain.moving_in.undo import WhyOpened
from flows.engine.sessions import Command, Keys
from tests.domain.moving_in.books import example
from tests.people import do


def typed(*arguments: str | Path) -> Result:
    return CliRunner().invoke(imports, [str(each) for each in arguments])


@pytest.fixture
def sheets(tmp_path: Path) -> list[Path]:
    """The group by hand as four files."""
    paths = []
    for sheet, rows in rows_of(example()).items():
        path = tmp_path / f"{sheet}.csv"
        with path.open("w", newline="") as file:
            writer = csv.DictWriter(file, rows[0].keys())
            writer.writeheader()
            writer.writerows(rows)
        paths.append(path)
    return paths


def spoil(path: Path, was: str, to: str) -> None:
    path.write_text(path.read_text().replace(was, to, 1))


def test_sheets_with_nothing_wrong_can_move_in(sheets: list[Path]) -> None:
    said = typed("check", *sheets)
    assert said.exit_code == 0
    assert said.stdout.splitlines()[-1] == (
        "1 group can move in, with 4 members and 2 loans. 0 groups cannot. 0 empty rows skipped."
        " Nothing was written."
    )


def test_every_mistake_is_a_line_with_its_place_and_what_to_do(sheets: list[Path]) -> None:
    spoil(sheets[1], "+256772000301", "2.56772E+11")
    spoil(sheets[2], "2026-12-11", "soon")
    said = typed("check", *sheets)
    assert said.exit_code == 1
    phone, due, summary = said.stdout.splitlines()
    assert phone.startswith(
        "✗ members.csv:2 phone '2.56772E+11': The spreadsheet lost digits: make the column text"
    )
    assert due == "✗ loans.csv:2 next_due 'soon': This is no day: write it like 2026-11-20."
    assert summary.startswith("0 groups can move in, with 0 members and 0 loans. 1 group cannot.")


def test_what_is_odd_is_asked_and_keeps_nobody_out(sheets: list[Path]) -> None:
    spoil(sheets[0], "18500", "20000")
    said = typed("check", *sheets)
    assert said.exit_code == 0
    assert said.stdout.startswith(
        "? group.csv:2 surplus_by_their_book '20000': Their book says this, and the sheets"
    )
    assert typed("check", *sheets, "--language", "fr").stdout.startswith(
        "? group.csv:2 surplus_by_their_book '20000'"
    )


def test_all_of_it_is_there_for_a_program_too(sheets: list[Path]) -> None:
    spoil(sheets[2], "2026-12-11", "soon")
    said = typed("check", *sheets, "--json")
    found = json.loads(said.stdout)
    assert said.exit_code == 1
    assert (found["ready"], found["refused"], found["empty"]) == ([], ["G-0417"], 0)
    (finding,) = found["findings"]
    assert (finding["sheet"], finding["row"], finding["column"]) == ("loans", 2, "next_due")
    assert (finding["read"], finding["problem"], finding["severity"]) == ("soon", "not_a_date", "error")


def test_a_file_that_is_none_of_ours_is_one_line(tmp_path: Path) -> None:
    path = tmp_path / "photo.jpg"
    path.write_bytes(b"\xff\xd8\xff\x00\x81\x8d")
    said = typed("check", path)
    assert said.exit_code == 2
    assert said.stderr.splitlines()[-1] == (
        "Error: The letters of photo.jpg cannot be read. Save it as CSV in UTF-8."
    )
    assert typed("check", tmp_path / "no.csv").exit_code == 2
    assert typed("check").exit_code == 2


@pytest.mark.parametrize("options", [(), ("--csv",)])
def test_the_empty_sheets_are_written_where_one_says(tmp_path: Path, options: tuple[str, ...]) -> None:
    folder = tmp_path / "new" / "folder"
    said = typed("template", "-o", folder, *options)
    assert said.exit_code == 0
    assert sorted(said.stdout.split()) == sorted(str(path) for path in folder.iterdir())


def test_groups_are_brought_listed_sent_back_and_opened(
    app: App, settings: Settings, sheets: list[Path], tmp_path: Path
) -> None:
    def typed(*arguments: str | Path, fails: bool = False) -> str:
        given = {
            "MONGO_URI": settings.mongo_uri,
            "MONGO_DATABASE": settings.mongo_database,
            "REDIS_URL": settings.redis_url,
            "DATA_DIR": str(tmp_path),
        }
        answer = CliRunner().invoke(main, ["import", *map(str, arguments)], env=given)
        assert (answer.exit_code != 0) == fails, answer.output
        return answer.stdout

    spoil(sheets[0], "18500", "20000")
    assert "G-0417: odd: look at it, then say --odd-is-right" in typed("agree", *sheets, fails=True)
    assert typed("list") == "0 groups.\n"
    assert typed("agree", *sheets, "--odd-is-right").startswith(
        "1 group brought: their officers are called. Brought before: 0"
    )
    assert typed("agree", *sheets, "--odd-is-right").startswith(
        "0 groups brought. Brought before: 1. Left out: 0."
    )
    assert "0 of 2 officers agreed" in typed("list")
    spoil(sheets[0], "163500", "163600")
    assert "G-0417 was brought before" in typed("agree", *sheets, "--odd-is-right", fails=True)
    assert typed("open", "G-0417") == "0 groups open. Others, which wait or went back: 1.\n"
    typed("open", "G-0418", fails=True)
    typed("send-back", "G-0417", "--reason", "typed wrongly")
    typed("send-back", "G-0417", "--reason", "typed wrongly", fails=True)
    assert typed("list") == "0 groups.\n"
    assert "went back: typed wrongly" in typed("list", "--all")
    typed("agree", *sheets, "--odd-is-right")
    arrival = app.store.arrivals.get("G-0417")
    for officer in sorted(arrival.officers)[:2]:
        do(app.store, AgreeToOpening(officer, "G-0417", arrival.digest, yes=True))
    assert "0 of 3 say it is right, opens " in typed("list")
    app.store.arrivals.change("G-0417", next_at=app.store.now())
    profile = Keys(arrival.persons[0], "").profile
    app.link.do(Command(("SET", profile, "without the group"), bool))
    assert typed("open") == "1 group open. Others, which wait or went back: 0.\n"
    assert not app.link.do(Command(("EXISTS", profile), bool)), "they see their group at once"
    assert "Example Group  4 members  open" in typed("list", "--all")
    assert typed("undo", "G-0417", "--reason", "the wrong box") == (
        "G-0417 waits again: its officers are called to agree.\n"
    )
    assert "0 of 2 officers agreed" in typed("list")
    typed("undo", "G-0417", "--reason", "the wrong box", fails=True)
    acts = {each.did for each in audit_entries(app.store)}
    assert acts == {"import.brought", "import.sent_back", "opening.undone"}


def test_why_an_opening_stays_has_its_sentence() -> None:
    assert set(STAYS_OPEN) == set(get_args(WhyOpened))
