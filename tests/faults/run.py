"""
As many runs of money under faults as one likes: `make faults ARGS="--runs 200 --seed 7"`.

The runs come in batches with a seed each. A batch that failed is run again, alone, by its seed:
`python -m tests.faults.run --runs 25 --seed 9`.
"""

import argparse
import sys
import tempfile
import traceback
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from bot.config import load
from bot.local.stores import embedded
from tests.faults import machine
from tests.faults.forks import Forks
from tests.faults.town import Town

BATCH = 25


class Bar:
    """How far we are, on one line that is drawn over; lines for good go above it."""

    def __init__(self, total: int) -> None:
        self._total, self._done = total, 0
        self.draw()

    def step(self) -> None:
        self._done = min(self._done + 1, self._total)
        self.draw()

    def draw(self) -> None:
        filled = 40 * self._done // self._total
        sys.stderr.write(f"\r[{'#' * filled}{'.' * (40 - filled)}] {self._done}/{self._total} runs ")
        sys.stderr.flush()

    def line(self, text: str) -> None:
        sys.stderr.write(f"\r{text:<70}\n")
        self.draw()


@contextmanager
def opened(scratch: Path) -> Iterator[Town]:
    """A town on stores of its own."""
    with (
        (scratch / "workers.log").open("wb") as log,
        embedded(scratch, testing=True) as stores,
        Forks(log) as forks,
    ):
        environment = {
            "APP_ENV": "test",
            "MONGO_URI": stores.mongo_uri,
            "REDIS_URL": stores.redis_url,
            "DATA_DIR": str(scratch),
            "AT_API_KEY": "at-key",
            "MOMO_ENVIRONMENT": "simulator",
            "MOMO_SUBSCRIPTION_KEY": "subscription",
            "MOMO_API_USER": "5b0c1c34-6f0e-4b0d-9a55-0a3d0f6f1a11",
            "MOMO_API_KEY": "momo-key",
            "MOMO_DISBURSEMENT_SUBSCRIPTION_KEY": "sub-disb",
            "MOMO_DISBURSEMENT_API_USER": "7c0c1c34-6f0e-4b0d-9a55-0a3d0f6f1a11",
            "MOMO_DISBURSEMENT_API_KEY": "momo-key-out",
        }
        yield Town(load(environment), forks)


def main(arguments: Sequence[str] | None = None) -> int:
    """0 when money added up after every run, 1 when it did not."""
    parser = argparse.ArgumentParser(prog="python -m tests.faults.run", description=__doc__)
    parser.add_argument("--runs", type=int, default=100, help="how many runs (%(default)s)")
    parser.add_argument("--steps", type=int, default=25, help="steps of a run (%(default)s)")
    parser.add_argument(
        "--seed", type=int, default=1, help="of the first batch; the next one has the next (%(default)s)"
    )
    parser.add_argument(
        "--shrink", action="store_true", help="look for the shortest run that fails, which takes a while"
    )
    wanted = parser.parse_args(arguments)
    failed: list[int] = []
    bar = Bar(wanted.runs)
    with tempfile.TemporaryDirectory() as scratch, opened(Path(scratch)) as town:
        for number, first in enumerate(range(0, wanted.runs, BATCH), start=wanted.seed):
            runs = min(BATCH, wanted.runs - first)
            try:
                machine.run(town, number, runs=runs, steps=wanted.steps, shrink=wanted.shrink, each=bar.step)
            except Exception as error:  # noqa: BLE001 - any of them is what we look for
                failed.append(number)
                bar.line(f"seed {number}, {runs} runs of {wanted.steps} steps: {type(error).__name__}")
                traceback.print_exception(error, limit=-1)
    bar.line(f"{len(failed)} of {-(-wanted.runs // BATCH)} batches failed {failed or ''}")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
