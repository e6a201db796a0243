"""
As many steps of a group's life as one likes: `python -m tests.cycles.run --steps 5000`.

They come in runs of fifty, in batches with a seed each; a batch that failed is run again, alone, by its seed.
"""

import argparse
import sys
import tempfile
import traceback
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

import click

from bot.local.stores import embedded
from domain.mongo.store import open_store
from domain.records.pin import PinHasher
from tests.conftest import Clock
from tests.cycles import machine
from tests.people import carries

STEPS, RUNS = 50, 5


def main(arguments: Sequence[str] | None = None) -> int:
    """0 when all that must be true was true after every step, 1 when it was not."""
    parser = argparse.ArgumentParser(prog="python -m tests.cycles.run", description=__doc__)
    parser.add_argument("--steps", type=int, default=1_000, help="how many steps in all (%(default)s)")
    parser.add_argument(
        "--seed", type=int, default=1, help="of the first batch; the next has the next (%(default)s)"
    )
    parser.add_argument("--shrink", action="store_true", help="look for the shortest run that fails")
    parser.add_argument("--count", action="store_true", help="list how often what was done or refused, and why")
    wanted = parser.parse_args(arguments)
    failed, done = list[int](), Counter[str]()
    batches = -(-wanted.steps // (STEPS * RUNS))
    with tempfile.TemporaryDirectory() as scratch, embedded(Path(scratch), testing=True) as stores:
        store = open_store(stores.mongo_uri, "cycles", pins=PinHasher("pepper"), providers=carries("momo", "UGX"))
        for number in range(wanted.seed, wanted.seed + batches):
            try:
                machine.run(store, Clock, number, runs=RUNS, steps=STEPS, shrink=wanted.shrink, done=done)
            except Exception as error:  # noqa: BLE001 - any of them is what we look for
                failed.append(number)
                traceback.print_exception(error, limit=-3)
            click.echo(f"seed {number}: {sum(done.values()):,} commands so far, {len(failed)} batches failed")
        store.close()
    if wanted.count:
        for what, times in sorted(done.items()):
            click.echo(f"{times:6} {what}")
    click.echo(f"{len(failed)} of {batches} batches failed {failed or ''}")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
