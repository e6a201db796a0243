"""
As many runs of money under faults as one likes: `make faults ARGS="--runs 200 --seed 7"`.

Each run has a seed, which draws its steps: who pays by which rail, who works, what fails. One that fails is made
as short as it can be, and printed as a script that can be run again.
"""

import argparse
import signal
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from tests.faults.campaign import TRIES, Run, a_country
from tests.faults.whole import drawn_whole

TRIES_WHOLE: Final = 20  # of which each takes a minute or two


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
    failed: list[int] = []
    bar, began = Bar(wanted.runs), time.monotonic()
    with tempfile.TemporaryDirectory() as scratch, a_country(Path(scratch)) as country:
        for seed in range(wanted.seed, wanted.seed + wanted.runs):
            run = _drawn(wanted, seed)
            if wrong := run.fails(country):
                failed.append(seed)
                shown = run if wanted.as_it_is else run.shrunk(country, TRIES_WHOLE if wanted.whole else TRIES)
                bar.line(f"seed {seed}: {type(wrong).__name__}: {wrong}\n\n{shown.script}")
            bar.step()
            if failed and wanted.first:
                break
    took = time.monotonic() - began
    bar.line(f"{bar.done} runs, {bar.done * wanted.steps} steps, {took:.0f} s; failed: {failed or 'none'}")
    return 1 if failed else 0


if __name__ == "__main__":
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))  # what was started ends, and what was mounted is no more
    sys.exit(main())
