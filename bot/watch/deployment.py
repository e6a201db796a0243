"""
What is the deployment's and not a process's: payments that are open, queues, rates, backups, the replica set.

The scheduler alone exposes it: some look-ups in indexes, read once in CACHED_SECONDS however often it is asked.
"""

import threading
import time
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from typing import Any, Final

from bot.app import App
from bot.balances import last_balances
from bot.due import oldest_work_seconds
from bot.logs import log
from bot.measured import seen
from bot.secret_ages import secrets_in_use
from bot.watch.process import Values
from bot.watch.totals import Labels
from domain.access.secret_ages import secret_ages
from domain.board.dashboard import dashboard
from domain.board.targets import Metric
from domain.books.statements import BEGINNING
from domain.mongo.members import has_primary, members_of, replica_lag_seconds
from domain.records.payment import OPEN
from domain.records.run import RunKind
from domain.store import After, Before, Between

CACHED_SECONDS: Final = 15.0
READ_SECONDS: Final = 4.0  # for each of READS
BALANCE_IS_OF: Final = timedelta(days=1)
# A provider that answers at all confirms by then what a call told of.
CONFIRMED_WITHIN: Final = timedelta(minutes=30)

Read = Callable[[App], Values]

_RATES: Final[dict[Metric, str]] = {
    "approval_rate": "csb_loan_approval_ratio",
    "default_rate": "csb_loan_default_ratio",
    "collection_rate": "csb_collection_ratio",
}
_WENT_WELL: Final[dict[RunKind, str]] = {
    "ledger_verify": "csb_books_verified_timestamp_seconds",
    "backup": "csb_backup_success_timestamp_seconds",
    "restore_test": "csb_restore_test_success_timestamp_seconds",
    "export": "csb_export_success_timestamp_seconds",
}


def _work(app: App) -> Values:
    store, now = app.store, app.store.now()
    yield "csb_queue_oldest_seconds", (), oldest_work_seconds(store)
    outbox = store.notices.oldest_due(now, bulk=[False, None])
    yield "csb_outbox_oldest_seconds", (), _age(now, outbox) if outbox else 0
    yield "csb_stuck", (), store.stuck.count(since=Between(BEGINNING.at, now))


def _payments(app: App) -> Values:
    now, found = app.store.now(), app.store.payments.open_by_state()
    for state in OPEN:
        count, oldest = found.get(state, (0, now))
        yield "csb_payments", (state,), count
        yield "csb_payment_oldest_seconds", (state,), _age(now, oldest)


def _unasked(app: App) -> Values:
    """Money that nobody asked for and that is nobody's yet, and what lists say otherwise than the books."""
    inbound = app.store.inbound
    awaited: dict[str, Any] = {"state": "unidentified", "group": "", "said_by": "awaited"}
    long = Before(app.store.now() - CONFIRMED_WITHIN)
    yield "csb_unidentified", ("awaited",), inbound.count(**awaited, came_at=long)
    nobodys = inbound.count(state="unidentified", group="") - inbound.count(**awaited)
    yield "csb_unidentified", ("nobody",), nobodys
    yield "csb_unidentified", ("group",), inbound.count(state="unidentified", group=After(""))
    yield "csb_differences", (), app.store.differences.count(state=["open", "proposed"])


def _balances(app: App) -> Values:
    """As providers said last; what they have not said for a day is nothing to go by."""
    for each in last_balances(app.store):
        if app.store.now() - each.at < BALANCE_IS_OF:
            for name, amount in each.accounts.items():
                yield "csb_provider_balance", (each.rail, name, amount.currency), float(amount.major)
            for currency, amount in each.books.items():
                yield "csb_provider_books", (each.rail, currency), float(amount.major)


def _queues(app: App) -> Values:
    for queue, jobs in app.queue.waiting().items():
        yield "csb_queue_jobs", (queue,), jobs


def _workers(app: App) -> Values:
    yield "csb_workers", (), seen(app.measures.redis).workers


def _rates(app: App) -> Values:
    """None where there is nothing to measure yet: then there is no value."""
    for each in dashboard(app.store, None, app.views.totals()).measured:
        if each.value is not None:
            yield _RATES[each.metric], (), float(each.value / 100)


def _runs(app: App) -> Values:
    runs = app.store.runs
    for kind, name in _WENT_WELL.items():
        if kind == "export" and not app.settings.export_to:
            continue  # it is switched off, and the last one may be old
        for each in runs.find(kind=kind, ok=True, sort="-ended_at", limit=1):
            yield name, (), _moment(each.ended_at)
    last = max(
        (run for ok in (True, False) for run in runs.find(kind="ledger_verify", ok=ok, sort="-ended_at", limit=1)),
        key=lambda run: _moment(run.ended_at),
        default=None,
    )
    if last is not None:
        yield "csb_books_broken", (), 0 if last.ok else 1


def _secrets(app: App) -> Values:
    for name, age in secret_ages(app.store, secrets_in_use(app.settings)).items():
        yield "csb_secret_age_days", (name,), age.days


def _mode(app: App) -> Values:
    yield "csb_read_only", (), 1 if app.store.deployment.seen().read_only else 0


def _members(app: App) -> Values:
    client = app.store.database.client
    yield "csb_mongo_primary", (), has_primary(client)
    for member, seconds in replica_lag_seconds(members_of(client)).items():
        yield "csb_mongo_replica_lag_seconds", (member,), seconds


# Each by itself: what one store does not say hides nothing that the other knows.
READS: Final[Sequence[Read]] = (
    *(_members, _work, _payments, _unasked, _balances, _queues),
    *(_workers, _rates, _runs, _secrets, _mode),
)


class Deployment:
    """The values of the deployment, and when the scheduler last `looked`. One for all threads that ask."""

    def __init__(
        self, app: App, looked: Callable[[], datetime | None], clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._app, self._looked, self._clock, self._lock = app, looked, clock, threading.Lock()
        self._until = self._clock()
        self._known: list[tuple[str, Labels, float]] = []

    def values(self) -> Values:
        """As they were at most CACHED_SECONDS ago. What cannot be read is left out: nobody takes it for new."""
        with self._lock:
            if self._clock() >= self._until:
                self._known = [value for read in READS for value in self._of(read)]
                self._until = self._clock() + CACHED_SECONDS
            known = self._known
        looked_at = self._looked()
        return [*known, ("csb_scheduler_round_timestamp_seconds", (), _moment(looked_at))] if looked_at else known

    def _of(self, read: Read) -> list[tuple[str, Labels, float]]:
        try:
            with self._app.store.within(READ_SECONDS):
                return list(read(self._app))
        except Exception as error:  # whatever a driver raises
            log().warning(
                "metrics of the deployment cannot be read", what=read.__name__, error=type(error).__name__
            )
            return []


def _age(now: datetime, moment: datetime) -> float:
    return max(0.0, (now - moment).total_seconds())


def _moment(at: datetime | None) -> float:
    return at.timestamp() if at else 0.0
