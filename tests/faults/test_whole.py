"""Money beside whole processes: what `make faults ARGS=--whole` is made of, and one run of it."""

import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from bot.local.children import RESTARTS_MAX
from tests.chaos.members import Told
from tests.faults.campaign import a_country
from tests.faults.draw_whole import PARTS, draw_whole
from tests.faults.hasty import RATE, HastyClock
from tests.faults.processes import small_disk
from tests.faults.whole import WholePlay, a_whole_day, drawn_whole, false_words

A_DAY, A_MILLISECOND = timedelta(days=1), timedelta(milliseconds=1)


def test_a_clock_runs_sixty_times_faster(tmp_path: Path) -> None:
    begun = time.monotonic()
    clock = HastyClock(tmp_path / "clock")
    first, known = clock(), time.monotonic()
    assert timedelta() <= first - datetime(2026, 10, 5, 6, tzinfo=UTC)
    HastyClock(tmp_path / "clock", "web")  # whatever takes a moment
    least = RATE * timedelta(seconds=time.monotonic() - known)
    passed = clock() - first
    most = RATE * timedelta(seconds=time.monotonic() - begun)
    assert least - A_MILLISECOND <= passed <= most + A_MILLISECOND


def test_each_role_reads_the_same_clock_and_may_be_wrong_by_itself(tmp_path: Path) -> None:
    path = tmp_path / "clock"
    clock = HastyClock(path)
    web, worker = HastyClock(path, "web"), HastyClock(path, "worker")
    before = clock()
    assert before <= web() <= clock()
    clock.set_wrong("web", 86_400)
    before = clock()
    assert before <= worker() <= clock()
    assert before + A_DAY <= web() <= clock() + A_DAY
    clock.forward(days=2)
    assert before + 3 * A_DAY <= web() <= clock() + A_DAY
    clock.set_right()
    before = clock()
    assert before <= web() <= clock()


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
    machines = {"kill", "freeze", "step_down", "kill_store", "set_clock_of", "fill_disk", "begin_before"}
    assert names > machines | {"dial"}


@pytest.mark.parametrize(
    ("told", "true_of"), [("done", {1}), ("lost", {0}), ("unsure", {0, 1}), ("no answer", {0, 1})]
)
def test_what_members_heard_is_compared_with_what_came_of_it(told: Told, true_of: set[int]) -> None:
    wish = ("akello", 1_001)
    for times in range(3):
        assert bool([*false_words({wish: [told]}, {wish: times})]) == (times not in true_of)


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


def test_money_adds_up_when_whole_processes_are_killed_and_clocks_are_wrong() -> None:
    with a_country() as country, a_whole_day(country, "momo", later=(61, 61, 86_400)) as run:
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
        run.dial("Keza", 1_003)
        run.set_clock_of("worker", -300)
        run.work(61)
