"""
What a menu turn costs while others wait for something slow, in one process.

    python -m benchmarks.beside [--callers 16] [--seconds 8] [--pins 20] [--slow 500]

First with nothing beside it; then with so many PIN checks a second (a balance each), with a MongoDB that answers
each query after so many milliseconds, and with both. A PIN check takes a core for some milliseconds, and a query
holds one of the process's few hands; neither is on the loop. The ratio of one run to the quiet one is what counts.
"""

import argparse
import itertools
import os
import tempfile
import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pymongo

from benchmarks.callers import REQUESTS, USSD, Caller, Sample, callback, keep_calling
from benchmarks.turn import environment, found_members, serving
from bot.config import load
from bot.local.stores import embedded
from tests.people import Villager


@contextmanager
def slow_mongo(uri: str, milliseconds: int) -> Iterator[None]:
    """Every query takes so long."""
    with pymongo.MongoClient[dict[str, object]](uri) as client:
        slow = {"failCommands": ["find", "aggregate"], "blockConnection": True, "blockTimeMS": milliseconds}
        client.admin.command({"configureFailPoint": "failCommand", "mode": "alwaysOn", "data": slow})
        try:
            yield
        finally:
            client.admin.command({"configureFailPoint": "failCommand", "mode": "off"})


@contextmanager
def pins_checked(port: int, members: list[Villager], per_second: float) -> Iterator[list[str]]:
    """Members look at their balance, so many a second; what they saw last."""
    is_over, seen = threading.Event(), list[str]()
    each = len(members) / per_second

    def look(member: Villager) -> None:
        numbers = itertools.count()
        while not is_over.wait(each):
            call = f"ATUid_{os.getpid():08x}{next(numbers):08x}{member.phone[-9:]:0>16}"
            for text in ("2", f"2*{member.pin}"):
                caller = Caller(port, iter([callback(USSD, member.phone, call, text)]))
                caller.send()
                seen.append(caller.screen())
                caller.socket.close()

    threads = [threading.Thread(target=look, args=[member], daemon=True) for member in members]
    for thread in threads:
        thread.start()
    try:
        yield seen
    finally:
        is_over.set()
        for thread in threads:
            thread.join()


def main() -> None:
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.beside",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--callers", type=int, default=16, help="of menus, at once (default: 16)")
    parser.add_argument("--seconds", type=float, default=8, help="of each (default: 8)")
    parser.add_argument("--pins", type=float, default=20, help="checked in a second (default: 20)")
    parser.add_argument("--slow", type=int, default=500, help="milliseconds of a query (default: 500)")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as directory, embedded(Path(directory), testing=True) as stores:
        environ = environment(stores, directory)
        settings = load(environ)
        members = found_members(settings, options.callers + 20)
        menus, others = members[: options.callers], members[options.callers :]
        with serving(["bot"], 1, environ) as servers:
            port = servers["bot"].port

            def measure() -> Sample:
                sample = Sample()
                callers = [REQUESTS["menu"](settings, member.phone) for member in menus]
                keep_calling(port, callers, options.seconds, sample, lambda: (servers["bot"].cpu_seconds(), 0.0))
                return sample

            measure()
            print(f"{'beside it':44}{'req/s':>8}{'p50 ms':>8}{'p99 ms':>8}{'x quiet p99':>13}")
            quiet = measure()
            beside = {"nothing": (0, 0), "PINs": (1, 0), "slow": (0, 1), "both": (1, 1)}
            titles = {
                "nothing": "nothing",
                "PINs": f"{options.pins:g} PIN checks a second",
                "slow": f"queries that take {options.slow} ms",
                "both": "both",
            }
            for name, (pins, slow) in beside.items():
                with ExitStack() as stack:
                    if slow:
                        stack.enter_context(slow_mongo(stores.mongo_uri, options.slow))
                    seen = stack.enter_context(pins_checked(port, others, options.pins)) if pins else []
                    sample = quiet if name == "nothing" else measure()
                told = f", {sum('Saved' in each or 'share' in each for each in seen)} balances" if seen else ""
                print(
                    f"{titles[name] + told:44}{sample.rate:8,.0f}{sample.percentile_ms(50):8.1f}"
                    f"{sample.percentile_ms(99):8.1f}{sample.percentile_ms(99) / quiet.percentile_ms(99):13.2f}"
                )


if __name__ == "__main__":
    main()
