"""What a load is held against: each target that is missed is named, and nothing else is."""

from pathlib import Path

import pytest

from benchmarks.load import TARGETS_MS, Report, Row, draw, row_of
from benchmarks.load_members import Seen, api_looks, page_looks

KINDS = [*TARGETS_MS]


def good() -> Report:
    """Each kind just below its target."""
    rows = [Row(kind, 1_000, 2.0, target - 0.1, target + 50.0) for kind, target in TARGETS_MS.items()]
    return Report(rows, cache_hits=70.1, paid=40, busy="quiet", seconds=60)


def test_the_targets_are_those_of_the_guide() -> None:
    assert TARGETS_MS == {
        "USSD": 50, "SMS": 50, "WhatsApp": 50, "Telegram": 50, "API": 200, "pages": 200, "database": 100,
        "aggregates": 1_000,
    }  # fmt: skip


def test_what_holds_is_a_table_with_nothing_against_it() -> None:
    report = good()
    assert report.lacking == []
    text = "\n".join(report.lines())
    assert text.count("✓") == len(KINDS) and "✗" not in text
    assert "7,000 answers, 117 a second; quiet" in text, "what MongoDB was asked is nobody's answer"
    assert "40 contributions came to their end; errors: 0" in text


@pytest.mark.parametrize("kind", KINDS)
def test_each_target_that_is_missed_is_named(kind: str) -> None:
    report, place = good(), KINDS.index(kind)
    target = TARGETS_MS[kind]
    report.rows[place] = Row(kind, 10, 1.0, target, target)
    assert report.lacking == [f"{kind}: p95 is {target} ms, not below {target}"]
    assert "\n".join(report.lines()).count("✗") == 1


def test_one_error_is_too_many_and_so_is_a_cache_that_finds_little() -> None:
    report = good()
    report.wrong, report.cache_hits = ["USSD: 502 /hooks"] * 2, 70.0
    assert report.lacking == ["2 errors", "70 % were found in the cache, not more than 70"]
    assert "  2 x USSD: 502 /hooks" in [*report.lines()]


def test_a_row_is_in_milliseconds() -> None:
    row = row_of("API", [each / 1_000 for each in range(1, 102)])
    assert (row.count, row.p50, row.p95, row.p99) == (101, 51, 96, 100)


@pytest.mark.parametrize("name", ["load.svg", "load.png"])
def test_the_picture_is_drawn_and_the_same_each_time(tmp_path: Path, name: str) -> None:
    draw(good(), tmp_path / name)
    first = (tmp_path / name).read_bytes()
    draw(good(), tmp_path / name)
    assert len(first) > 5_000 and (tmp_path / name).read_bytes() == first


def test_members_look_at_every_kind_of_thing() -> None:
    assert {each.kind for each in (*api_looks("10101", range(1, 6)), *page_looks("10101"))} == {
        "API",
        "aggregates",
        "pages",
    }
    assert Seen().wrong == []
