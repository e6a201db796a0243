"""
How often a view is found in the cache, and what that saves, while others write: two processes' stores, one Redis.

    python -m benchmarks.views [--looks 2000] [--seed 7]

The village of the demo: three groups, thirty members. Of a hundred looks 40 are at what a member may borrow, 30 at
a profile, 20 at a group's overview and 10 at the sums of all groups; who looks looks again now and then, as people
do. Between the looks, once in so many, somebody puts money in, is fined, or changes their language. Each look is
compared with what is worked out anew.
"""

import argparse
import random
import statistics
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import Final

from benchmarks.turn import environment
from bot.app import App, build
from bot.cache import RedisCache
from bot.config import load
from bot.demo.past import found
from bot.local.stores import embedded
from domain.board.daily import figure_group
from domain.commands import execute
from domain.errors import DomainError
from domain.money import Money
from domain.people.profile import SetLanguage
from domain.savings.contribute import RecordCash
from domain.savings.fines import FineInWords
from domain.views import Views

LOOKS_A_WRITE: Final = (100, 30, 10)
AGAIN: Final = 0.5  # how many looks are at what was looked at just now


class Load:
    """The looks and writes, and what came of them."""

    def __init__(self, here: App, there: App, draw: random.Random) -> None:
        self.store, self._draw = here.store, draw
        self.found: dict[str, list[bool]] = defaultdict(list)
        self.took: dict[tuple[str, bool], list[float]] = defaultdict(list)
        self.stale = self.written = 0
        url = here.settings.redis_url
        self._views = [Views(app.store, RedisCache(url, self._looked)) for app in (here, there)]
        self._anew = Views(here.store, RedisCache("redis://127.0.0.1:1", lambda name, vain: None))
        lending = [each for each in here.store.groups.find() if each.constitution.loans]
        self._groups = [each.id for each in lending]
        members = here.store.memberships
        treasurers = ((each, members.find(group=each, role="treasurer")) for each in self._groups)
        self._officers = {each: found[0].person for each, found in treasurers}
        self._members = [
            m for each in self._groups for m in here.store.memberships.find(group=each, status="active")
        ]
        self._last = self._drawn()
        self._name, self._hit = "", False

    def _looked(self, name: str, vain: bool) -> None:
        self.found[name].append(not vain)
        self._name, self._hit = name, not vain

    def look(self) -> None:
        if self._draw.random() > AGAIN:
            self._last = self._drawn()
        begun = time.perf_counter()
        seen = self._last(self._draw.choice(self._views))
        self.took[self._name, self._hit].append(time.perf_counter() - begun)
        if self._name != "cache:dashboard":  # its figures say of when they are
            self.stale += seen != self._last(self._anew)

    def _drawn(self) -> Callable[[Views], object]:
        who, what = self._draw.choice(self._members), self._draw.random()
        if what < 0.4:
            return lambda views: views.eligibility(who.group, who.person)
        if what < 0.7:
            return lambda views: views.profile(who.person)
        if what < 0.9:
            return lambda views: views.overview(who.group)
        return lambda views: views.totals()

    def write(self) -> None:
        who = self._draw.choice(self._members)
        officer = self._officers[who.group]
        amount = Money(1_000 * self._draw.randint(1, 9), self.store.groups.get(who.group).currency)
        command = self._draw.choice(
            [
                RecordCash(who.group, who.person, amount, officer),
                FineInWords(officer, who.group, who.person, "Noise", amount),
                SetLanguage(who.person, self._draw.choice(("en", "fr", "sw"))),
            ]
        )
        with suppress(DomainError):
            execute(self.store, self.store.new_id(), command)
            self.written += 1


def run(app: App, other: App, looks: int, each: int, seed: int) -> None:
    load = Load(app, other, random.Random(seed))
    for number in range(looks):
        if number % each == 0:
            load.write()
        load.look()
    every = [hit for hits in load.found.values() for hit in hits]
    parts = ", ".join(
        f"{name[6:]} {100 * sum(hits) / len(hits):.0f} %" for name, hits in sorted(load.found.items())
    )
    print(f"one write in {each} looks: {100 * sum(every) / len(every):.0f} % found ({parts}); {load.stale} stale")
    for name in sorted(load.found):
        hit, made = (1000 * statistics.median(load.took[name, which] or [0]) for which in (True, False))
        print(f"  {name[6:]:<12} found in {hit:.1f} ms, made in {made:.1f} ms")


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--looks", type=int, default=2_000)
    parser.add_argument("--seed", type=int, default=7)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as scratch, embedded(Path(scratch)) as stores:
        settings = load(environment(stores, scratch))
        app, other = build(settings), build(replace(settings))
        found(app.store, app.store.now(), lambda done, total: None)
        for group in app.store.groups.find() * 2:  # the first time only makes a place for them
            figure_group(app.store, group.id)
        for each in LOOKS_A_WRITE:
            run(app, other, options.looks, each, options.seed)
        app.close()
        other.close()
    return 0


if __name__ == "__main__":
    sys.exit(main())
