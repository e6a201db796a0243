"""How much still stands on a pepper of before, so that whoever runs the service knows when it may go."""

from collections import Counter
from typing import NamedTuple

from domain.access.accounts import app_on_pepper
from domain.records.pin import mark_of
from domain.store import Store


class OnPepper(NamedTuple):
    """How many hashes of PINs and passwords, and how many secrets of apps, stand on one."""

    pins: int
    passwords: int
    apps: int


def on_each_pepper(store: Store) -> list[OnPepper]:
    """
    What stands on that of now, on each one before, on one that is not said, and last on one that is not given
    here. All people are read.
    """
    pins, accounts = store.pins_by_mark(), list(store.accounts.each())
    passwords = Counter(mark_of(each.password.hash) for each in accounts)
    apps = Counter(app_on_pepper(each) for each in accounts)
    known = [*store.pins.marks, ""]
    unknown = {*pins, *passwords, *apps} - {*known}
    found = [OnPepper(pins[mark], passwords[mark], apps[mark]) for mark in known]
    sums = [sum(counts[mark] for mark in unknown) for counts in (pins, passwords, apps)]
    return [*found, OnPepper(*sums)]
