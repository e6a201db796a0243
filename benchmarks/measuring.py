"""
What it costs a turn that it is counted, timed and may be logged: microseconds of CPU with all of it and without.

    python -m benchmarks.measuring [--turns 400] [--rounds 15]

A menu turn over USSD in this process, its two round trips to Redis included, with and without what is measured, in
rounds that alternate. Then what is added alone, with nothing around it, which says it to a tenth: clocks, tuples
and contexts of one turn. What the thread of the measures does meanwhile is on no turn's way, and is said a turn.
"""

import argparse
import statistics
import tempfile
import time
from collections.abc import Callable
from contextvars import copy_context
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Final

from structlog.contextvars import bind_contextvars

from benchmarks.turn import environment, found_members
from bot.app import App, build
from bot.collector import leave_out_what_is_there, search_less_often
from bot.config import Settings, load
from bot.hooks import respond
from bot.local.stores import embedded
from bot.logs import about, access, set_up
from channels.port import Request
from flows.engine.conversations import TURN_SECONDS
from flows.engine.drive import run
from flows.engine.link import HeldLink

MOST_US: Final = 5.0
ALONE: Final = 20_000
CHANNEL: Final = "ussd"

Turn = Callable[[Request], None]


def requests(app: App, phone: str, number: int) -> list[Request]:
    """Calls that open and see the menu."""
    path = next(each.path for each in app.channels if each.channel.name == CHANNEL)
    bodies = (f"phoneNumber=%2B{phone[1:]}&sessionId=b{n}-{time.monotonic_ns()}&text=" for n in range(number))
    return [Request(f"{app.settings.public_url}{path}", {}, body.encode()) for body in bodies]


def bare(app: App) -> Turn:
    """A turn that nobody measures."""
    link = HeldLink(app.settings.redis_url)
    unwatched = replace(app, link=link, engine=app.engine.over(link))
    channel = next(each for each in app.channels if each.channel.name == CHANNEL)

    def turn(request: Request) -> None:
        run(respond(unwatched, channel, request), link, app.store.within, TURN_SECONDS)

    return turn


def measured(app: App) -> Turn:
    """The same as the web server does it (`bot/hooks.py`)."""
    channel = next(each for each in app.channels if each.channel.name == CHANNEL)

    def turn(request: Request) -> None:
        bind_contextvars(channel=CHANNEL)
        began = time.perf_counter()
        with app.spans.span("turn", channel=CHANNEL):
            answer = run(respond(app, channel, request), app.link, app.store.within, TURN_SECONDS)
        took = time.perf_counter() - began
        app.measures.done(f"turn:{CHANNEL}", took, failed=False, outcome=answer.outcome)
        access("POST", channel.path, answer.status, took)

    return turn


def added(app: App) -> None:
    """What a turn does besides, with nothing around it."""
    for _ in range(2):  # its commands to Redis
        began = time.perf_counter()
        app.measures.redis_answered(time.perf_counter() - began, False)
    about(partial(app.engine.person_at, "+256772000101"))
    about("")
    bind_contextvars(channel=CHANNEL)
    began = time.perf_counter()
    with app.spans.span("turn", channel=CHANNEL):
        pass
    took = time.perf_counter() - began
    app.measures.done(f"turn:{CHANNEL}", took, failed=False, outcome="ok")
    access("POST", "/", 200, took)


def cpu_us(work: Callable[[], None], times: int) -> float:
    """Of this thread, for one."""
    began = time.thread_time()
    work()
    return (time.thread_time() - began) / times * 1e6


def all_of(turn: Turn, asked: list[Request]) -> Callable[[], None]:
    def work() -> None:
        for each in asked:
            turn(each)

    return work


def alone(app: App) -> Callable[[], None]:
    def work() -> None:
        for _ in range(ALONE):
            added(app)

    return partial(copy_context().run, work)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--turns", type=int, default=400)
    parser.add_argument("--rounds", type=int, default=15)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as directory, embedded(Path(directory)) as stores:
        settings = load(environment(stores, directory))
        set_up(settings, role="web")
        measure(settings, given.turns, given.rounds)


def measure(settings: Settings, turns: int, rounds: int) -> None:
    phone = found_members(settings, 1)[0].phone
    app = build(settings)
    try:
        kinds = {"without": bare(app), "with": measured(app)}
        took: dict[str, list[float]] = {name: [] for name in kinds}
        for turn in kinds.values():
            all_of(turn, requests(app, phone, turns))()  # what is made once is made
        leave_out_what_is_there()
        search_less_often()
        for number in range(rounds):
            for name, turn in [*kinds.items()][:: 1 if number % 2 else -1]:
                took[name].append(cpu_us(all_of(turn, requests(app, phone, turns)), turns))
            app.measures.flush()
        without, having = (statistics.median(each) for each in took.values())
        print(f"a menu turn without measures  {without:7.1f} µs of CPU")
        print(f"a menu turn with them         {having:7.1f} µs, {having / without:.3f} times as much")
        only = cpu_us(alone(app), ALONE)
        began = time.thread_time()
        app.measures.flush()
        aside = (time.thread_time() - began) / ALONE * 1e6
        print(f"what is added, alone          {only:7.2f} µs; {MOST_US:g} at most")
        print(f"the measures' own thread      {aside:7.2f} µs a turn, beside it")
    finally:
        app.close()


if __name__ == "__main__":
    main()
