"""
As many requests that nobody means well as one likes: `make fuzz ARGS="--requests 100000 --seed 7"`.

A run is repeated by its seed. It ends with what was answered, and fails when anything was answered that may not
be: a 5xx, or an answer that the document does not have; or when anything has changed that no request may change.
"""

import argparse
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from bot.app import build
from bot.local.stores import embedded
from bot.logs import set_up
from tests.bot.api.world import make_world
from tests.conftest import PINS, Clock, settings_for
from tests.fuzz.asks import Campaign, state_of

AT_ONCE = 200  # between two looks at the clock
SHOWN = 20


def main(given: Sequence[str]) -> int:
    """1 when something was wrong."""
    read = argparse.ArgumentParser(description=__doc__)
    read.add_argument("--requests", type=int, default=10_000)
    read.add_argument("--seed", type=int, default=1)
    options = read.parse_args(given)
    with tempfile.TemporaryDirectory() as scratch, embedded(Path(scratch), testing=True) as stores:
        settings = replace(
            settings_for(stores, Path(scratch) / "data", "fuzz"),
            feature_referral_enabled=True,
            rate_limit_max_requests=1_000_000,
        )
        set_up(replace(settings, log_level="error"), role="test")
        clock = Clock()
        app = build(settings, clock=clock, pins=PINS)
        try:
            world = make_world(app, clock)
            campaign, before = Campaign(world, options.seed), state_of(world)
            for done in range(options.requests):
                if done % AT_ONCE == 0:
                    clock.forward(minutes=10)  # limits of an hour are not all that is met
                    world.renew()
                    sys.stderr.write(f"\r{done}/{options.requests} ")
                campaign.step()
            changed = [name for name, was in before.items() if state_of(world)[name] != was]
        finally:
            app.close()
    found = campaign.found
    sys.stdout.write(f"\nanswers by status: {dict(sorted(found.statuses.items()))}\n")
    for line in found.wrong[:SHOWN]:
        sys.stdout.write(f"{line}\n")
    sys.stdout.write(f"wrong: {len(found.wrong)}, changed: {changed}\n")
    return 1 if found.wrong or changed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
