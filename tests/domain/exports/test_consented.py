"""Who somebody is leaves here with their consent alone: in no file, and no longer than they agree."""

import csv
import io
from collections.abc import Mapping
from pathlib import Path
from typing import Any, get_args

from hypothesis import given
from hypothesis import settings as runs
from hypothesis import strategies as st
from python_calamine import load_workbook

from bot.backup.places import Folder
from bot.exports.write import EXPORT_FORMATS, EXPORT_NAMES, write_export
from domain.exports.keys import groups_to_export
from domain.exports.people import ExportFor
from domain.exports.rows import ExportSpan
from domain.mongo.store import MongoStore
from domain.people.consents import SayConsent
from domain.records.consent import FREE_PURPOSES, ConsentPurpose
from domain.records.person import Gender
from tests.conftest import Clock, on_one_store
from tests.domain.savers import Savers, found
from tests.emptied import empty

WHOM: tuple[ExportFor, ...] = get_args(ExportFor)
Said = Mapping[str, Mapping[ConsentPurpose, bool]]


@st.composite
def said_by_people(draw: st.DrawFn) -> list[tuple[str, ConsentPurpose, bool]]:
    """What six people say, one after the other; some take back what they said, some say nothing."""
    person = st.sampled_from(["ada", "ben", "cy", "dan", "eve", "fay"])
    return draw(st.lists(st.tuples(person, st.sampled_from(FREE_PURPOSES), st.booleans()), max_size=14))


def known(savers: Savers) -> None:
    """Of each a sex and a year of birth that nobody else has, and that stand nowhere else."""
    sexes: tuple[Gender, ...] = ("f", "m", "other")
    for number, person in enumerate((*savers.officers, *savers.members)):
        savers.store.people.change(person, sex=sexes[number % 3], birth_year=1931 + number)


def files(savers: Savers, folder: Path, whom: ExportFor) -> dict[str, list[dict[str, str]]]:
    """All that is written, both formats of each file, by name."""
    written = {}
    for name in EXPORT_NAMES:
        for form in EXPORT_FORMATS:
            groups = groups_to_export(savers.store, whom=whom)
            write_export(savers.store, Folder(folder), f"{whom}/", name, groups, ExportSpan(), form)
        path = folder / whom / name
        text = path.with_suffix(".csv").read_text("utf-8-sig")
        rows = list(csv.DictReader(io.StringIO(text, newline="")))
        written[f"{name}.csv"] = [{key: cell.removeprefix("'") for key, cell in row.items()} for row in rows]
        columns, *cells = load_workbook(str(path.with_suffix(".xlsx"))).get_sheet_by_index(0).to_python()
        written[f"{name}.xlsx"] = [
            {str(key): shown(cell) for key, cell in zip(columns, row, strict=True)} for row in cells
        ]
    return written


def shown(cell: Any) -> str:
    return str(int(cell)) if isinstance(cell, float) and cell.is_integer() else str(cell)


@given(said=said_by_people())
@runs(on_one_store, max_examples=4)
def test_what_is_personal_is_there_of_those_who_agree_and_of_nobody_else(
    store: MongoStore, clock: Clock, tmp_path_factory: Any, said: list[tuple[str, ConsentPurpose, bool]]
) -> None:
    empty(store.database)
    savers = found(store)
    known(savers)
    savers.lend("dan", 50_000)
    agreed: dict[str, set[ConsentPurpose]] = {each: set() for each in (*savers.officers, *savers.members)}
    for person, purpose, agrees in said:
        clock.forward(minutes=1)
        savers.do(SayConsent(person, purpose, agrees))
        agreed[person] = agreed[person] | {purpose} if agrees else agreed[person] - {purpose}
    (of,) = groups_to_export(store)
    for whom in WHOM:
        written = files(savers, tmp_path_factory.mktemp("out"), whom)
        cells = {cell for rows in written.values() for row in rows for cell in row.values()}
        everything = "\n".join(cells)
        for person, purposes in agreed.items():
            who = store.people.get(person)
            named, counted = whom in purposes, whom == "programme" and "figures" in purposes
            assert (who.name in everything) == (who.phone.lstrip("+") in everything) == named
            assert (str(who.birth_year) in cells) == counted
            for form in EXPORT_FORMATS:
                (row,) = [each for each in written[f"members.{form}"] if each["member"] == of.key(person)]
                assert (row["name"], row["phone"]) == ((who.name, who.phone) if named else ("", ""))
                assert row["sex"] == (who.sex if counted else "")
                assert row["consent"].split() == sorted(purposes)
        (row,) = written["programme.csv"]
        of_figures = [store.people.get(each).sex for each, purposes in agreed.items() if "figures" in purposes]
        assert (row["sex_known"], row["women_now"]) == (str(len(of_figures)), str(of_figures.count("f")))
        assert row["consent"] == str(sum("programme" in purposes for purposes in agreed.values()))


def test_what_is_taken_back_is_not_in_the_next_file(store: MongoStore, clock: Clock, tmp_path: Path) -> None:
    savers = found(store)
    savers.do(SayConsent("fay", "programme", True))
    assert "Fay Name" in str(files(savers, tmp_path / "1", "programme"))
    assert "Fay Name" not in str(files(savers, tmp_path / "1", "lender")), "she agreed to a programme alone"
    clock.forward(minutes=1)
    savers.do(SayConsent("fay", "programme", False))
    assert "Fay Name" not in str(files(savers, tmp_path / "2", "programme"))
