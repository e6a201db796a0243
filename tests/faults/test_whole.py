"""Money beside whole processes: what `make faults ARGS=--whole` is made of, and one run of it."""

import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from bot.local.children import RESTARTS_MAX
from tests.faults.campaign import a_country
from tests.faults.draw_whole import PARTS, draw_whole
from tests.faults.hasty import RATE, HastyClock
from tests.faults.processes import small_disk
from tests.faults.whole import WholePlay, a_whole_day, drawn_whole

A_SECOND = timedelta(seconds=1)


def test_several_processes_have_one_clock_that_runs_sixty_times_faster(tmp_path: Path) -> None:
    path = tmp_path / "clock"
    clock = HastyClock(path)
    assert timedelta() <= clock() - datetime(2026, 10, 5, 6, tzinfo=UTC) < timedelta(hours=1)
    read = "import sys, pathlib, tests.faults.hasty as h; print(h.HastyClock(pathlib.Path(sys.argv[1]), 'web')())"
    before = clock()
    there = datetime.fromisoformat(
        subprocess.check_output([sys.executable, "-c", read, str(path)], text=True).strip()
    )
    assert before < there < clock()
    clock.set_wrong("web", 86_400)
    ahead = HastyClock(path, "web")() - clock()
    assert abs(ahead - timedelta(days=1)) < RATE * A_SECOND
    assert abs(HastyClock(path, "worker")() - clock()) < RATE * A_SECOND
    clock.forward(days=2)
    assert clock() - before > timedelta(days=2)
    clock.set_right()
    assert abs(HastyClock(path, "web")() - clock()) < RATE * A_SECOND


def test_a_seed_draws_the_same_run_again_and_kills_nobody_who_is_not_started_again() -> None:
    assert drawn_whole(7, 40) == drawn_whole(7, 40) != drawn_whole(9, 40)
    names: set[str] = set()
    for seed in range(60):
        steps = draw_whole(seed, 40)
        for name, _, _ in steps:
            assert callable(getattr(WholePlay, name))
            names.add(name)
        for part in PARTS:
            assert sum(each[:2] == ("kill", (part,)) for each in steps) <= RESTARTS_MAX
    assert names > {
        "dial",
        "kill",
        "freeze",
        "step_down",
        "set_clock_of",
        "fill_disk",
        "begin_before",
        "kill_store",
    }


def test_a_run_that_fails_is_a_script_of_its_own() -> None:
    assert drawn_whole(2, 0).script.startswith('from tests.faults.whole import played\n\nwith played("momo")')


def test_a_disk_of_its_own_is_full_until_it_is_emptied(tmp_path: Path) -> None:
    with small_disk(tmp_path / "disk") as disk:
        if not disk.is_small:
            pytest.skip("nothing may be mounted here: that takes root")
        disk.fill()
        with pytest.raises(OSError, match="No space left"):
            (disk.folder / "of us").write_bytes(bytes(4_096))
        disk.empty()
        (disk.folder / "of us").write_bytes(bytes(4_096))


def test_money_adds_up_when_whole_processes_are_killed_and_clocks_are_wrong(tmp_path: Path) -> None:
    with a_country(tmp_path) as country, a_whole_day(country, "momo") as run:
        run.hear_at_once()
        run.set_clock_of("worker", 300)
        run.fill_disk()
        run.fault("momo", drop_after_accept=1)
        run.dial("Akello", 1_001)
        run.withdraw("Okot", 500)
        run.kill("worker", after=20)
        run.work(61)
        run.answer("Akello")
        run.step_down(1)
        run.kill("web")
        run.dial("Keza", 1_003)
        run.set_clock_of("worker", -300)
        run.kill("scheduler")
        run.work(61)
