"""
What is done beside the requests: one table of tasks, and one job that a worker runs for all of them.

What there is to do is in MongoDB, and each task may be done any number of times by several workers at once. The
scheduler looks at what is due and pokes; a worker takes the poke and does what is still due. So a lost poke, a
killed worker or an emptied Redis costs a few seconds, and nothing else.
"""

import itertools
import threading
import time
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

from bot.app import App, current
from bot.logs import log
from bot.queue import Queue
from channels.deliver import deliver
from domain.decisions.voting import expire, overdue
from domain.loans.guarantors import expire_request, requests_to_expire
from domain.mongo.store import MongoStore
from domain.sacco.dividend import carry_on
from domain.store import Between, Store
from domain.treasury.digest import send_digest
from payments.settle import settle

DUE_MAX: Final = 500  # looked at in one round
POKED_AGAIN_SECONDS: Final = 5.0


@dataclass(frozen=True, slots=True)
class Task:
    """`due` gives the ids of what is due, so many at most; `work` does one, or nothing if it is not due."""

    due: Callable[[MongoStore, int], Sequence[str]]
    work: Callable[[App, str], None]
    every_seconds: int


def _settle(app: App, id: str) -> None:
    payment = app.store.payments.get(id)
    providers = app.collectors if payment.direction == "in" else app.payers
    if (provider := providers.get(payment.provider)) is None:
        return
    settle(app.store, provider, id)
    after = app.store.payments.get(id)
    if after.reason and not payment.reason:
        said = {"provider": after.provider, "reason": after.reason, "provider_reason": after.provider_reason}
        log().info("payment failed", id=id, **said)


def _passed(store: Store) -> Between:
    return Between(datetime.fromtimestamp(0, UTC), store.now())


TASKS: Final[Mapping[str, Task]] = {
    # Bring payments a step further.
    "settle": Task(lambda store, most: store.payments.due(store.now(), most), _settle, 1),
    # Send notices.
    "deliver": Task(
        lambda store, most: store.notices.due(store.now(), most),
        lambda app, id: deliver(app.store, app.senders, id),
        1,
    ),
    # Work out dividends, or credit members, part by part.
    "dividend": Task(
        lambda store, most: [each.id for each in store.declarations.find(next_at=_passed(store), limit=most)],
        lambda app, id: carry_on(app.store, id),
        5,
    ),
    # Tell officers what was paid out of their groups.
    "digest": Task(
        lambda store, most: [each.id for each in store.digests.find(next_at=_passed(store), limit=most)],
        lambda app, id: send_digest(app.store, id),
        10,
    ),
    # Close what nobody decided in time.
    "expire": Task(overdue, lambda app, id: expire(app.store, id), 10),
    # Close requests for loans whose guarantors did not answer in time.
    "expire_request": Task(requests_to_expire, lambda app, id: expire_request(app.store, id), 10),
}


def run(task: str, ids: list[str]) -> None:
    """
    What rq calls in a worker, by the name "bot.jobs.run".

    While versions change, a job may name something that the worker at it does not have. rq puts such a job away as
    failed and goes on; what it was for is still due, and poked for again.
    """
    carry_out(current(), task, ids)


def carry_out(app: App, task: str, ids: Sequence[str]) -> None:
    """Do a task for these ids, several at once; one that fails is reported and stops no other."""
    work = TASKS[task].work
    app.each(task, ids, lambda id: work(app, id))


class Scheduler:
    """Finds what is due and pokes: the clock, and the sweeper of what was lost on the way."""

    def __init__(self, store: MongoStore, queue: Queue) -> None:
        self._store, self._queue = store, queue
        self._poked: dict[str, float] = {}

    def run(self, stop: threading.Event) -> None:
        """Look at each task as often as it says, until told to stop."""
        for second in itertools.count():
            if stop.wait(1):
                return
            self.round([name for name, task in TASKS.items() if second % task.every_seconds == 0])

    def round(self, names: Collection[str] = TASKS.keys()) -> int:
        """Poke once for everything that is due of these tasks; answers with how many that was."""
        fresh = {name: self._fresh(TASKS[name].due(self._store, DUE_MAX)) for name in names}
        for name, ids in fresh.items():
            self._queue.poke(name, ids)
        return sum(map(len, fresh.values()))

    def _fresh(self, ids: Sequence[str]) -> list[str]:
        """Those not poked for a moment ago: a worker takes some time to claim them."""
        now = time.monotonic()
        self._poked = {id: at for id, at in self._poked.items() if now - at < POKED_AGAIN_SECONDS}
        fresh = [id for id in ids if id not in self._poked]
        self._poked.update(dict.fromkeys(fresh, now))
        return fresh
