"""
A message to many: each person hears it once, however many there are and whatever dies on the way.

    python -m benchmarks.broadcast [--people 100000] [--kills 0] [--rate 0] [--singles 2000]

First what the queue itself costs: as many ids, which nothing is done for, in the jobs that go to many, against a
job for each of them. Then the operator writes to everybody, in groups of thirty: one worker and the scheduler as
in production, with the provider of text messages stood in for by a process of its own. At the end everybody has
one outcome, and the counts are those of the provider. With `--kills` that many times the worker or the scheduler
is killed at a random moment, and Redis is emptied twice.
"""

import argparse
import multiprocessing
import random
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter, defaultdict
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any, Final

import psutil
import redis
import rq
from rq.serializers import JSONSerializer

import simulator.africas_talking.sms
from benchmarks.members import fill, phone_of
from benchmarks.turn import environment, found_members
from bot.app import App, build
from bot.config import load
from bot.local.stores import embedded
from bot.queue import Queue
from domain.mongo.store import MongoStore
from domain.records.broadcast import LASTS, Broadcast
from simulator.server import Simulator

LOOKED_AT_SECONDS: Final = 2.0
NO_LIMIT: Final = 1_000_000
OTHERS: Final = 2  # members who were there before
FINAL: Final = ("sent", "delivered", "unknown", "failed", "skipped")


def nothing(_task: str, _ids: list[str]) -> None:
    """What a job does here, where only the queue is looked at."""


def queue_seconds(url: str, people: int, *, bulk: bool, singles: int = 0) -> float:
    """Seconds to put ids into jobs and take them out again, with nothing done for them."""
    redis.Redis.from_url(url).flushdb()
    queue, ids = Queue(url, job=f"{__name__}.nothing"), [f"cast:broadcast:{number}" for number in range(people)]
    jobs = rq.Queue("bulk" if bulk else "default", connection=redis.Redis.from_url(url), serializer=JSONSerializer)
    worker = rq.SimpleWorker([jobs], connection=jobs.connection, serializer=JSONSerializer)
    begun = time.perf_counter()
    if bulk:
        queue.poke("nothing", ids, bulk=True)
    else:
        for id in ids[:singles]:
            queue.poke("nothing", [id])
    worker.work(burst=True, logging_level="ERROR")
    seconds = time.perf_counter() - begun
    return seconds if bulk else seconds * people / singles


def provider(people: int, pipe: Connection) -> None:
    """The stand-in, in a process of its own; it says how many messages each phone got, and in each second."""
    simulator.africas_talking.sms.INBOXES_MAX = people + OTHERS
    standing = Simulator({"port": 0, "at_api_key": "k"})
    standing.start()
    pipe.send(standing.url)
    pipe.recv()
    inboxes = {phone: standing.sms.inbox(phone) for phone in map(phone_of, range(1, people + 1))}
    by_second = Counter(each["at"] for inbox in inboxes.values() for each in inbox)
    pipe.send(({phone: len(inbox) for phone, inbox in inboxes.items()}, by_second))
    standing.stop()


class Processes:
    """The worker and the scheduler of a deployment, which are started again when they die."""

    def __init__(self, given: dict[str, str], log: Path) -> None:
        self._given, self._log = given, log.open("wb")
        self._running = {name: self._start(name) for name in ("worker", "scheduler")}

    def worker_mb(self) -> float:
        with suppress(psutil.NoSuchProcess):
            return float(psutil.Process(self._running["worker"].pid).memory_info().rss) / 1e6
        return 0

    def kill(self, name: str) -> None:
        self._running[name].kill()
        self._running[name].wait()
        self._running[name] = self._start(name)

    def stop(self) -> None:
        for process in self._running.values():
            process.terminate()
        for process in self._running.values():
            process.wait()
        self._log.close()

    def _start(self, name: str) -> subprocess.Popen[bytes]:
        command = [sys.executable, "-m", "bot", name]
        return subprocess.Popen(command, env=self._given, stdout=self._log, stderr=self._log)


def by_day() -> str:
    """A time zone where it is noon now: nobody is written to at night."""
    return f"Etc/GMT{datetime.now(UTC).hour - 12:+d}"


def write_to_all(app: App, person: str, people: int) -> str:
    """That many members like this one, in groups of thirty, and a broadcast to all that begins now; its id."""
    store = app.store
    store.database["addresses"].delete_many({})  # everybody is written to by SMS
    (membership,) = store.memberships.find(person=person)
    group = store.groups.get(membership.group)
    store.groups.change(group.id, constitution=replace(group.constitution, time_zone=by_day()))
    fill(store, person, 1, people)
    now = store.now()
    cast = Broadcast(
        id="broadcast",
        group="",
        by="",
        name="+256772009901",
        kind="words",
        audience="all",
        values={"name": "", "words": "We are closed on Friday."},
        state="waiting",
        created_at=now,
        begins_at=now,
        ends_at=now + LASTS,
        next_at=now,
        digest="",
    )
    store.broadcasts.insert(cast)
    return cast.id


def watched(store: MongoStore, id: str) -> Iterator[Counter[str]]:
    """How many are in each state, every few seconds until it is done."""
    while (cast := store.broadcasts.get(id)).state != "done":
        if store.now() > cast.begins_at + timedelta(hours=2):
            raise SystemExit(f"it is not done after two hours: {cast}")
        time.sleep(LOOKED_AT_SECONDS)
        yield counted(store, id)


def counted(store: MongoStore, id: str) -> Counter[str]:
    counts: Counter[str] = Counter()
    for (state, _why), count in store.notices.tally(id).items():
        counts[state] += count
    return counts


def disturbed(processes: Processes, kills: int, url: str, over: threading.Event) -> None:
    """Kill one of the two at random moments, and empty Redis twice."""
    dice = random.Random()
    for number in range(kills):
        if over.wait(dice.uniform(0.5, 4)):
            return
        processes.kill(dice.choice(("worker", "scheduler")))
        if number in (kills // 3, 2 * kills // 3):
            redis.Redis.from_url(url).flushdb()


@contextmanager
def standing_in(people: int) -> Iterator[tuple[str, Connection]]:
    ours, theirs = multiprocessing.Pipe()
    process = multiprocessing.Process(target=provider, args=(people, theirs), daemon=True)
    process.start()
    try:
        yield ours.recv(), ours
    finally:
        process.terminate()
        process.join()


def main() -> None:
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.broadcast",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--people", type=int, default=100_000, help="(default: 100000)")
    parser.add_argument("--kills", type=int, default=0, help="(default: 0)")
    parser.add_argument("--rate", type=int, default=NO_LIMIT, help="text messages a second (default: no limit)")
    parser.add_argument("--singles", type=int, default=2_000, help="jobs of one id, to be scaled (default: 2000)")
    options = parser.parse_args()
    multiprocessing.set_start_method("spawn")
    with (
        tempfile.TemporaryDirectory() as directory,
        embedded(Path(directory)) as stores,
        standing_in(options.people) as (url, pipe),
    ):
        chunks = queue_seconds(stores.redis_url, options.people, bulk=True)
        singly = queue_seconds(stores.redis_url, options.people, bulk=False, singles=options.singles)
        print(
            f"the queue of {options.people:,}: {chunks:.2f} s, a job each {singly:.0f} s: {singly / chunks:.0f} x"
        )

        given = environment(stores, directory) | {
            "AT_API_URL": url, "AT_API_KEY": "k", "SMS_RATE": str(options.rate), "LOG_LEVEL": "error",
        }  # fmt: skip
        settings = load(given)
        (member,) = found_members(settings, 1)
        app = build(settings)
        id = write_to_all(app, member.id, options.people)
        processes, over = Processes(given, Path(directory) / "processes.log"), threading.Event()
        killer = threading.Thread(target=disturbed, args=(processes, options.kills, stores.redis_url, over))
        killer.start()
        begun, half, most = time.perf_counter(), 0.0, 0.0
        total = options.people + OTHERS
        for counts in watched(app.store, id):
            ended = sum(counts[state] for state in FINAL)
            most = max(most, processes.worker_mb())
            half = half or (processes.worker_mb() if 2 * ended >= total else 0.0)
            sys.stderr.write(f"\r{ended:,} of {total:,} ")
        over.set()
        seconds = time.perf_counter() - begun
        sys.stderr.write("\n")
        killer.join()
        mb = processes.worker_mb()
        processes.stop()
        pipe.send("how many?")
        received, by_second = pipe.recv()
        report(app, id, options, seconds, received, by_second)
        print(f"worker: {half:.0f} MB when half was sent, {mb:.0f} MB at the end, {most:.0f} MB at most")
        app.close()


def report(
    app: App, id: str, options: Any, seconds: float, received: dict[str, int], by_second: Counter[str]
) -> None:
    print(f"{options.people:,} messages in {seconds:.0f} s: {options.people / seconds:.0f} a second")
    outcomes: dict[str, Counter[int]] = defaultdict(Counter)
    phones = {person.id: person.phone for person in app.store.people.each()}
    for notice in app.store.notices.each(broadcast=id):
        if (phone := phones[notice.person]) in received:
            outcomes[notice.state][received[phone]] += 1
    for state, times in outcomes.items():
        got = ", ".join(f"{count:,} got it {each} times" for each, count in sorted(times.items()))
        print(f"{state}: {times.total():,} people ({got})")
    full = max(by_second.values(), default=0)
    print(f"most in one second: {full}; the limit is {options.rate:,}")
    twice = sum(times[each] for times in outcomes.values() for each in times if each > 1)
    lost = sum(outcomes[state][0] for state in ("sent", "delivered"))
    print(f"twice: {twice}; said to be sent and not there: {lost}")


if __name__ == "__main__":
    main()
