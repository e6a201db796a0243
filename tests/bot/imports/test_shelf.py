"""Rows of many groups are put away as they come, and found again by group, to the kind of each cell."""

from datetime import UTC, date, datetime

from hypothesis import given
from hypothesis import strategies as st

from bot.imports.files import read_files
from bot.imports.shelf import RowShelf
from domain.moving_in.book import SheetRow
from domain.moving_in.check import check_group
from domain.moving_in.rows import rows_of
from tests.bot.imports.test_files import as_csv
from tests.domain.moving_in.books import TODAY, ZONE, example

CELLS = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False)
    | st.text()
    | st.dates()
    | st.datetimes()
)


@given(
    st.lists(st.tuples(st.sampled_from(["G-1", "G-2", "g-1"]), st.lists(CELLS, max_size=4).map(tuple)), max_size=9)
)
def test_a_row_comes_back_as_it_was_put_away(put: list[tuple[str, tuple[object, ...]]]) -> None:
    shelf, kept = RowShelf(), dict[str, list[SheetRow]]()
    for number, (code, cells) in enumerate(put):
        row = SheetRow("fines", "a.csv", number, ("group_code", "amount")[: number % 3], cells)  # type: ignore[arg-type]
        shelf.put(code, row)
        kept.setdefault(code, []).append(row)
    assert list(shelf.items()) == list(kept.items())
    assert [[type(cell) for row in rows for cell in row.raw] for rows in shelf.values()] == [
        [type(cell) for row in rows for cell in row.raw] for rows in kept.values()
    ]


def test_a_moment_is_no_day() -> None:
    shelf, cells = RowShelf(), (date(2026, 11, 20), datetime(2026, 11, 20, tzinfo=UTC))
    shelf.put("G-1", SheetRow("fines", "a.csv", 2, ("a", "b"), cells))
    assert shelf["G-1"][0].raw == cells


def test_one_phone_in_two_groups_is_asked_about_where_the_names_differ() -> None:
    rows = rows_of(example())["members"]
    other = [{**row, "group_code": "G-2", "name": row["name"].upper()} for row in rows]
    other[0]["name"] = "Somebody Else"
    groups = [list(each.values()) for each in rows_of(example())["group"]]
    files = read_files([
        ("group.csv", as_csv([list(rows_of(example())["group"][0]), *groups, ["G-2", *groups[0][1:]]])),
        ("members.csv", as_csv([list(rows[0]), *(list(each.values()) for each in (*rows, *other))])),
    ])  # fmt: skip
    found = {
        code: check_group(code, of_group, TODAY, lambda _: ZONE, seen=files.rows.seen).findings
        for code, of_group in files.rows.items()
    }
    asked = [(code, each.row, each.hint) for code in found for each in found[code] if each.column == "phone"]
    assert asked == [("G-2", 6, "Member One, members.csv:2")]
