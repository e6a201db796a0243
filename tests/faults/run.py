"""
As many runs of money under faults as one likes: `make faults ARGS="--runs 200 --seed 7"`.

Each run has a seed, which draws its steps: who pays by which rail, who works, what fails. One that fails is made
as short as it can be, and printed as a script that can be run again.
"""

import argparse
import signal
import sys
import time
from collections.abc import Sequence
from pathlib import Path

from bot.collector import search_less_often
from tests.faults.campaign import Run, a_country
from tests.faults.country import Country
from tests.faults.whole import drawn_whole


class Bar:
    """How far we are, on one line that is drawn over; lines for good go above it."""

    def __init__(self, total: int) -> None:
        self._total, self.done = total, 0
        self.draw()

    def step(self) -> None:
        self.done = min(self.done + 1, self._total)
        self.draw()

    def draw(self) -> None:
        filled = 40 * self.done // self._total
        sys.stderr.write(f"\r[{'#' * filled}{'.' * (40 - filled)}] {self.done}/{self._total} runs ")
        sys.stderr.flush()

    def line(self, text: str) -> None:
        sys.stderr.write(f"\r{text:<70}\n")
        self.draw()


def _drawn(wanted: argparse.Namespace, seed: int) -> Run:
    if wanted.whole:
        return drawn_whole(seed, wanted.steps, wanted.logs and wanted.logs / str(seed))
    return Run.drawn(seed, wanted.steps, processes=wanted.processes)


def main(arguments: Sequence[str] | None = None) -> int:
    """0 when money added up after every run, 1 when it did not."""
    parser = argparse.ArgumentParser(prog="python -m tests.faults.run", description=__doc__)
    parser.add_argument("--runs", type=int, default=100, help="how many runs (%(default)s)")
    parser.add_argument("--steps", type=int, default=25, help="steps of a run (%(default)s)")
    parser.add_argument(
        "--seed", type=int, default=1, help="of the first run; the next has the next (%(default)s)"
    )
    parser.add_argument(
        "--processes", action="store_true", help="kill workers and stores much more often, which takes longer"
    )
    parser.add_argument(
        "--whole", action="store_true", help="beside web, worker and scheduler of their own: a minute or two a run"
    )
    parser.add_argument("--logs", type=Path, help="where those write to, a folder for each seed")
    parser.add_argument("--as-it-is", action="store_true", help="print a run that fails without making it shorter")
    parser.add_argument("--first", action="store_true", help="end with the first run that fails")
    wanted = parser.parse_args(arguments)
    search_less_often()
    failed: list[int] = []
    bar, began, is_stopped = Bar(wanted.runs), time.monotonic(), False
    try:
        with a_country(nodes=3 if wanted.whole else 1) as country:
            for seed in range(wanted.seed, wanted.seed + wanted.runs):
                run = _drawn(wanted, seed)
                if wrong := run.fails(country):
                    failed.append(seed)
                    bar.line(f"seed {seed}: {type(wrong).__name__}: {wrong}")
                    _show(run, None if wanted.as_it_is else country, bar)
                bar.step()
                if failed and wanted.first:
                    break
    except KeyboardInterrupt:
        is_stopped = True
    took = time.monotonic() - began
    bar.line(f"{bar.done} runs, {bar.done * wanted.steps} steps, {took:.0f} s; failed: {failed or 'none'}")
    return 130 if is_stopped else 1 if failed else 0


def _show(run: Run, shrink_in: Country | None, bar: Bar) -> None:
    """As a script, made shorter in this country; as short as it is by then when somebody stops us."""
    shortest = run
    try:
        for shortest in run.shorter(shrink_in) if shrink_in else ():
            bar.line(f"{len(shortest.steps)} of its steps fail too")
    finally:
        bar.line(f"\n{shortest.script}")
    if shrink_in:
        again = shortest.fails(shrink_in)
        bar.line(f"Made once more, this fails again: {again}" if again else "Made once more, this does not fail.")


def _stop(*_: object) -> None:
    """By a signal, once: then what was started ends, and what was mounted is no more, which takes a moment."""
    for each in (signal.SIGINT, signal.SIGTERM):
        signal.signal(each, lambda *_: None)
    raise KeyboardInterrupt


if __name__ == "__main__":
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, _stop)
    sys.exit(main())
