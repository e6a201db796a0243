"""
Lose each part under load, and write down how long members waited: `make drill`.

Three nodes of MongoDB, Redis with a replica and three sentinels, a web server of two processes, two workers and
two schedulers, all real, with members who save on three channels. Each part is killed, frozen or deposed in turn.
Counted is the longest time without an answer to somebody who dials, without cash that is written down, and without
a message that goes out. At the end nothing may be lost, doubled or told wrongly, and the books verify. The results
go to docs/recovery-drills.md.
"""

import argparse
import os
import platform
import signal
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

import click
import psutil
import pymongo

from bot.app import build
from bot.local.server import EmbeddedServer
from bot.local.stores import Stores
from domain.money import Money
from domain.mongo.verify import verify_book
from tests.chaos.members import UssdPhone, Walker
from tests.chaos.run import Town, account_for, killed, running, savers_of, server_of, supervise
from tests.drill.probes import CashBook, Probe
from tests.many_stores import ELECTION_MS, SERVICE, ReplicaSet, Watched, kill, three_nodes, wait_for, watched
from tests.people import Villager, found_group, let_in, register

PAGE: Final = Path(__file__).parents[2] / "docs" / "recovery-drills.md"
MARK: Final = "<!-- from here on written by make drill -->\n"
# After each event members are watched for so long; what is frozen stays so for the first part of it.
WATCHED_SECONDS: Final = 20.0
FROZEN_SECONDS: Final = 12.0
REST_SECONDS: Final = 5.0
IN_A_ROW: Final = 10  # answers, then the web is there
SAVERS: Final = 18
WALKERS: Final = 12
CASH_MEMBERS: Final = 20
# What the drill fails for: with a primary of MongoDB killed, members and money go on sooner.
MOST_SECONDS: Final = {"MongoDB: the primary is killed": 5.0}


@dataclass(frozen=True)
class Scene:
    """What is running, and the stores under it."""

    town: Town
    mongo: ReplicaSet
    redis: Watched

    def heal(self) -> None:
        """Start again what was killed, as whoever runs the machines does, and wait until all is as before."""
        for server in (*self.mongo.nodes, *self.redis.servers):
            server.revive()
        wait_for(self.mongo.are_all_there, "a replica set of three")
        wait_for(self.redis.is_ready, "a replica of Redis")
        for _ in range(IN_A_ROW):
            wait_for(self.town.answers, "an answer")


Event = Callable[[Scene], None]


def mongo_is_killed(scene: Scene) -> None:
    kill(_primary(scene))


def mongo_is_frozen(scene: Scene) -> None:
    _freeze(_primary(scene))


def mongo_steps_down(scene: Scene) -> None:
    with pymongo.MongoClient[dict[str, Any]](
        "127.0.0.1", _primary(scene).port, directConnection=True, timeoutMS=15_000
    ) as client:
        client.admin.command("replSetStepDown", 30, secondaryCatchUpPeriodSecs=5)


def redis_is_killed(scene: Scene) -> None:
    kill(scene.redis.primary())


def redis_is_frozen(scene: Scene) -> None:
    _freeze(scene.redis.primary())


def redis_is_deposed(scene: Scene) -> None:
    scene.redis.sentinels[0].ask("SENTINEL", "FAILOVER", SERVICE)


def redis_is_emptied(scene: Scene) -> None:
    scene.redis.primary().ask("FLUSHALL")


def _of_town(happens: Callable[[Town], None]) -> Event:
    return lambda scene: happens(scene.town)


EVENTS: Final[dict[str, Event]] = {
    "MongoDB: the primary is killed": mongo_is_killed,
    "MongoDB: the primary is frozen": mongo_is_frozen,
    "MongoDB: the primary steps down": mongo_steps_down,
    "Redis: the primary is killed": redis_is_killed,
    "Redis: the primary is frozen": redis_is_frozen,
    "Redis: failed over by hand": redis_is_deposed,
    "Redis: emptied": redis_is_emptied,
    "web: a process is killed": _of_town(killed("web worker")),
    "web: the only server is killed": _of_town(killed("web")),
    "worker: one of two is killed": _of_town(killed("worker")),
    "scheduler: one of two is killed": _of_town(killed("scheduler")),
}


def _primary(scene: Scene) -> EmbeddedServer:
    primary = scene.mongo.primary()
    assert primary is not None, "it was healed before"
    return primary


def _freeze(server: EmbeddedServer) -> None:
    pid = server.pid
    os.kill(pid, signal.SIGSTOP)
    timer = threading.Timer(FROZEN_SECONDS, os.kill, (pid, signal.SIGCONT))
    timer.daemon = True
    timer.start()


@dataclass(frozen=True)
class Row:
    """An event, and the longest waits after it in seconds: for an answer, for money, for a message."""

    event: str
    turns: float
    money: float
    messages: float


def main(arguments: Sequence[str] | None = None) -> int:
    """0 when all of it held, 1 when it did not."""
    parser = argparse.ArgumentParser(
        prog="python -m tests.drill.run", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--only", default="", help="events whose name begins so; nothing is written then")
    parser.add_argument("--dry-run", action="store_true", help="write nothing into docs/")
    wanted = parser.parse_args(arguments)
    events = [name for name in EVENTS if name.startswith(wanted.only)]
    if not events:
        parser.error(f"no event begins with {wanted.only!r}: {', '.join(EVENTS)}")
    scratch = Path(tempfile.mkdtemp(prefix="drill-"))
    with scene_of(scratch) as (scene, members):
        rows, ends = play(scene, members, events)
    wrong = ends.wrong + [
        f"{row.event}: {most:g} s were exceeded"
        for row in rows
        if (most := MOST_SECONDS.get(row.event)) and max(row.turns, row.money) > most
    ]
    text = page(rows, ends, wrong)
    click.echo(text)
    if not wanted.only and not wanted.dry_run:
        PAGE.write_text(PAGE.read_text().partition(MARK)[0] + MARK + text)
    for line in wrong:
        click.echo(f"WRONG  {line}")
    click.echo(f"Logs: {scratch}" if wrong else "0 lost, 0 doubled, 0 false words; the books verify")
    return 1 if wrong else 0


@contextmanager
def scene_of(scratch: Path) -> Iterator[tuple[Scene, list[Villager]]]:
    """Everything, on three nodes and with sentinels."""
    with three_nodes(scratch) as mongo, watched(scratch) as redis:

        @contextmanager
        def stores() -> Iterator[Stores]:
            yield Stores(mongo.uri, redis.url)

        with running(scratch, SAVERS + WALKERS, stores(), spare=True) as (town, members):
            yield Scene(town, mongo, redis), members


@dataclass(frozen=True)
class Ends:
    """What came of it: how much was written and said, and what was wrong."""

    cash: int
    payments: int
    turns: int
    apologies: int
    wrong: list[str]


def play(scene: Scene, members: list[Villager], events: Sequence[str]) -> tuple[list[Row], Ends]:
    """Members save and dial; the events happen one by one, each with time to heal."""
    town, is_over = scene.town, threading.Event()
    seconds = (WATCHED_SECONDS + 10) * len(events)
    app = build(town.settings, timeout_seconds=4)
    with closing(app):
        cash = _cash_book(app.store)
        sent = [0]

        def message_went() -> bool:
            before, sent[0] = sent[0], app.store.notices.count(state="sent")
            return sent[0] > before

        probes = [Probe("turns", town.answers), Probe("money", cash.write), Probe("messages", message_went)]
        savers = savers_of(town, members[:SAVERS], seconds, is_over)
        walkers = [
            Walker(UssdPhone(server_of(town), each), 3_000 + number, is_over)
            for number, each in enumerate(members[SAVERS:])
        ]
        supervisor = threading.Thread(target=supervise, args=[town, is_over], daemon=True)
        for each in (*savers, *walkers, *probes, supervisor):
            each.start()
        try:
            time.sleep(REST_SECONDS)
            rows = [_row(scene, name, probes) for name in events]
        except BaseException:
            is_over.set()  # else what is stopped meanwhile would be started again
            raise
        for saver in savers:
            saver.join(150)
        for probe in probes:
            probe.stop()
            probe.join(30)
        wrong = [f"{saver.phone.member.name} still waits for an answer" for saver in savers if saver.is_alive()]
        wrong += account_for(town, savers) + _cash_is_whole(app.store, cash)
        is_over.set()
        supervisor.join()
        for walker in walkers:
            walker.join(30)
            wrong += walker.nonsense
        ended = app.store.payments.count(state="succeeded", way="mobile_money")
    ends = Ends(
        cash=len(cash.written),
        payments=ended,
        turns=sum(each.turns for each in walkers),
        apologies=sum(each.apologies for each in walkers),
        wrong=wrong,
    )
    return rows, ends


def _row(scene: Scene, name: str, probes: Sequence[Probe]) -> Row:
    sys.stderr.write(f"{name} …")
    sys.stderr.flush()
    began = time.monotonic()
    EVENTS[name](scene)
    time.sleep(max(0.0, WATCHED_SECONDS - (time.monotonic() - began)))
    ended = time.monotonic()
    row = Row(name, *(probe.longest_gap(began, ended) for probe in probes))
    sys.stderr.write(f" {row.turns:.1f} s, {row.money:.1f} s, {row.messages:.1f} s\n")
    scene.heal()
    time.sleep(REST_SECONDS)
    return row


def _cash_book(store: Any) -> CashBook:
    """A group whose officer writes down cash all the time."""
    officer = register(store, "Wanjiru Mary", "+256772800000", "1470")
    group = found_group(store, "20202", "Tumaini", Money(50_000, "UGX"), {officer: "treasurer"})
    members = [
        register(store, f"Saver{number:02} Rose", f"+2567728{number:05}", f"{3_600 + number}")
        for number in range(1, CASH_MEMBERS + 1)
    ]
    let_in(store, group, "20202", officer, *members)
    return CashBook(store, group, officer, members)


def _cash_is_whole(store: Any, cash: CashBook) -> list[str]:
    """Each amount is in the book once, and the book verifies."""
    wrong = [f"the cash book: {problem.text}" for problem in verify_book(store.books, cash.group)]
    posted = sum(payment.amount.minor for payment in store.payments.find(group=cash.group))
    if posted != sum(cash.written):
        wrong.append(f"UGX {sum(cash.written):,} in cash were written down, and UGX {posted:,} are in the book")
    return wrong


def page(rows: Sequence[Row], ends: Ends, wrong: Sequence[str]) -> str:
    """The results as they stand in docs/."""
    today = datetime.now(UTC).date()
    memory = psutil.virtual_memory().total / 2**30
    lines = [
        f"## {today.day} {today:%B %Y}",
        "",
        f"On one machine with {os.cpu_count()} cores and {memory:.0f} GB ({platform.system()}), which the load,",
        f"all stores and processes share; election timeout {ELECTION_MS / 1000:g} s. Each event was watched for",
        f"{WATCHED_SECONDS:g} s: the longest time in it, in seconds, without",
        "",
        "| what happened | an answer | money written | a message sent |",
        "| --- | ---: | ---: | ---: |",
        *(f"| {row.event} | {row.turns:.1f} | {row.money:.1f} | {row.messages:.1f} |" for row in rows),
        "",
        f"Meanwhile {ends.turns:,} turns of members who only dial, {ends.apologies:,} with an apology;",
        f"{ends.payments:,} payments by mobile money and {ends.cash:,} in cash.",
        f"Wrong: {'; '.join(wrong)}." if wrong else "Lost: 0. Doubled: 0. Told wrongly: 0. Every book verifies.",
        "",
    ]
    return "\n".join(lines)


if __name__ == "__main__":
    sys.exit(main())
