"""
As many steps of a group's life as one likes: `make cycles ARGS="--steps 5000 --seed 7"`.

They come in walks of fifty steps, in batches of ten walks with a seed each; a batch that failed is run again,
alone, by its seed: `python -m tests.cycles.run --steps 500 --seed 9`. Each walk ends in a way out (`wind_up.py`).

`--break NAME` puts one rule back as it was before it was right, and says after how many steps that was seen:
`--break all` does so with each of them, one after the other (`breaks.py`).
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
from domain.mongo.store import MongoStore, open_store
from domain.records.pin import PinHasher
from tests.conftest import Clock
from tests.cycles import machine
from tests.cycles.breaks import BREAKS, broken
from tests.cycles.steps import life
from tests.people import carries

# Of the walks of a batch the first is always the simplest there is.
STEPS, RUNS = 50, 10
# A rule that is broken is seen within so many steps; most within a few hundred.
BREAK_STEPS_MAX = 5_000


def main(arguments: Sequence[str] | None = None) -> int:
    """0 when all that must be true was true after every step, or what was broken was seen; else 1."""
    parser = argparse.ArgumentParser(
        prog="python -m tests.cycles.run",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--steps", type=int, default=1_000, help="how many steps in all (%(default)s)")
    parser.add_argument(
        "--seed", type=int, default=1, help="of the first batch; the next has the next (%(default)s)"
    )
    parser.add_argument("--shrink", action="store_true", help="look for the shortest run that fails")
    parser.add_argument("--count", action="store_true", help="list how often what was done or refused, and why")
    parser.add_argument("--break", dest="broken", choices=[*BREAKS, "all"], help="put one rule back as it was")
    wanted = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory() as scratch, embedded(Path(scratch), testing=True) as stores:
        store = open_store(stores.mongo_uri, "cycles", pins=PinHasher("pepper"), providers=carries("momo", "UGX"))
        try:
            if wanted.broken:
                names = list(BREAKS) if wanted.broken == "all" else [wanted.broken]
                unseen = [name for name in names if not seen(store, name, wanted.seed)]
                return 1 if unseen else 0
            return walk(store, wanted)
        finally:
            store.close()


def walk(store: MongoStore, wanted: argparse.Namespace) -> int:
    """So many steps, with a line after each batch; 1 when one failed."""
    failed, done = list[int](), Counter[str]()
    batches = -(-wanted.steps // (STEPS * RUNS))
    for number in range(wanted.seed, wanted.seed + batches):
        try:
            machine.run(store, Clock, number, runs=RUNS, steps=STEPS, shrink=wanted.shrink, done=done)
        except Exception as error:  # noqa: BLE001 - any of them is what we look for
            failed.append(number)
            traceback.print_exception(error, limit=-3)
        commands = sum(times for what, times in done.items() if what.endswith(" done") or " refused: " in what)
        steps = f"{done[life.STEPS]:,} steps of {wanted.steps:,}"
        click.echo(f"seed {number}: {steps}, {commands:,} commands, {len(failed)} batches failed")
    if wanted.count:
        for what, times in sorted(done.items()):
            click.echo(f"{times:6} {what}")
    click.echo(f"{len(failed)} of {batches} batches failed {failed or ''}")
    return 1 if failed else 0


def seen(store: MongoStore, name: str, first: int) -> bool:
    """Whether what one broken rule does is seen within BREAK_STEPS_MAX steps."""
    done = Counter[str]()
    with broken(name):
        for number in range(first, first + BREAK_STEPS_MAX // (STEPS * RUNS)):
            try:
                machine.run(store, Clock, number, runs=RUNS, steps=STEPS, done=done, quiet=True)
            except Exception as error:  # noqa: BLE001 - it is what we look for
                what = (str(error) or repr(error)).splitlines()[0][:150]
                click.echo(f"{name}: seen in seed {number}, within {done[life.STEPS]:,} steps: {what}")
                return True
    click.echo(f"{name}: not seen in {done[life.STEPS]:,} steps")
    return False


if __name__ == "__main__":
    sys.exit(main())
