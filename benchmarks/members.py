"""
Whether a turn costs more where there are more members: a thousand, then a million, written in bulk.

    python -m benchmarks.members [--members 1000 1000000] [--turns 1000]

A warm turn is of a member whom the process knows. A cold one is of somebody whom neither it nor Redis has seen:
the menu, and then what is due. Each is of another member, drawn from all of them, in groups of thirty.
"""

import argparse
import random
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

import redis

from benchmarks.turn import environment, found_members, message
from bot.app import App, build
from bot.config import Settings, load
from bot.local.stores import embedded
from domain.mongo.store import MongoStore

PER_GROUP: Final = 30
BATCH: Final = 10_000


def phone_of(number: int) -> str:
    return f"+25677{number:07}"


def fill(store: MongoStore, person: str, first: int, number: int) -> None:
    """Members from `first` on, each as this person is, each group as theirs is."""
    database = store.database
    theirs = database["people"].find_one({"_id": person})
    membership = database["memberships"].find_one({"person": person})
    assert theirs and membership
    group = membership["group"]
    kept = {
        name: list(database[name].find({"_id": {"$regex": f"^{group}"}})) for name in ("groups", "constitutions")
    }
    for begin in range(first, first + number, BATCH):
        numbers = range(begin, min(begin + BATCH, first + number))
        database["people"].insert_many(
            [theirs | {"_id": f"person-{n}", "phone": phone_of(n)} for n in numbers], ordered=False
        )
        of = {n: f"group-{n // PER_GROUP}" for n in numbers}
        database["memberships"].insert_many(
            [
                membership | {"_id": f"{of[n]}:person-{n}", "group": of[n], "person": f"person-{n}"}
                for n in numbers
            ],
            ordered=False,
        )
        founded = [n for n in numbers if n % PER_GROUP == 0 or n == 1]  # the first of each group
        for name, documents in kept.items():
            copies = [copied(each, group, f"group-{n // PER_GROUP}", n) for each in documents for n in founded]
            if copies:
                database[name].insert_many(copies, ordered=False)
        sys.stderr.write(f"\r{numbers.stop - first:,} of {number:,} members ")
        sys.stderr.flush()
    sys.stderr.write("\n")


def copied(document: dict[str, Any], group: str, other: str, number: int) -> dict[str, Any]:
    """A document of a group, as another group has it."""
    copy = {
        key: value.replace(group, other) if isinstance(value, str) else value for key, value in document.items()
    }
    if "code" in copy:
        copy["code"] = f"9{number:09}"
    return copy


def costs(app: App, number: int, turns: int) -> dict[str, list[float]]:
    """Milliseconds of each kind of turn."""
    dice, client = random.Random(1), redis.Redis.from_url(app.settings.redis_url)
    engine: Callable[..., Any] = app.engine.handle
    found: dict[str, list[float]] = {"cold menu": [], "cold, what is due": [], "warm menu": []}
    client.flushdb()
    for turn in range(turns):
        phone = phone_of(dice.randrange(1, number))
        for name, call, text in (
            ("cold menu", f"a{turn}", ""),
            ("cold, what is due", f"a{turn}", "1"),
            ("warm menu", f"b{turn}", ""),
        ):
            asked = message(app, phone, call, text)
            begun = time.perf_counter()
            screen = engine(asked).text
            found[name].append((time.perf_counter() - begun) * 1_000)
            assert "Sorry" not in screen, screen
            if name == "cold, what is due":
                engine(message(app, phone, call, "1*00"))
    return found


def measure(settings: Settings, number: int, turns: int) -> dict[str, float]:
    app = build(settings)
    try:
        costs(app, number, 100)
    finally:
        app.close()
    app = build(settings)  # which has seen nobody
    try:
        return {name: statistics.median(each) for name, each in costs(app, number, turns).items()}
    finally:
        app.close()


def main() -> None:
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.members",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument(
        "--members", type=int, nargs="+", default=[1_000, 1_000_000], help="(default: 1000 1000000)"
    )
    parser.add_argument("--turns", type=int, default=1_000, help="of each kind (default: 1000)")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as directory, embedded(Path(directory)) as stores:
        settings = load(environment(stores, directory))
        (member,) = found_members(settings, 1)
        app, written = build(settings), 0
        first: dict[str, float] = {}
        print(
            f"{'median ms of a turn':24}"
            + "".join(f"{name:>22}" for name in ("cold menu", "cold, due", "warm menu"))
        )
        for number in sorted(options.members):
            fill(app.store, member.id, 1 + written, number - written)
            written = number
            found = measure(settings, number, options.turns)
            first = first or found
            cells = [f"{found[name]:13.2f}, {found[name] / first[name]:4.2f} x" for name in found]
            print(f"{number:,} members".ljust(24) + "".join(f"{cell:>22}" for cell in cells))
        app.close()


if __name__ == "__main__":
    main()
