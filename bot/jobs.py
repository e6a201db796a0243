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
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any, Final

from redis.exceptions import RedisError
from structlog.contextvars import bind_contextvars

from bot.app import App, current
from bot.balances import ask_balances, balances_due
from bot.exports.asked import carry_on_export, exports_due
from bot.imports.opening import open_in_time
from bot.imports.work import carry_on_upload, uploads_due
from bot.life import Life
from bot.logs import about, log, name_in_log, report
from bot.queue import BULK_CHUNK, BULK_JOBS_MAX, Pauses, Queue, wait_and_beat
from bot.reconciling import reconcile_some, reconciliation_due
from bot.scrubbing import scrub
from bot.verifying import verification_due, verify_some
from channels.deliver import deliver
from channels.errors import ChannelError
from channels.papers import send_paper
from domain.access.audit import audit_to_seal, seal_waiting
from domain.board.daily import figure_group, groups_to_figure
from domain.books.statements import BEGINNING
from domain.broadcasts.go_out import advance
from domain.decisions.lapsing import expire, overdue
from domain.errors import DomainError, Mistake, StoreError
from domain.letters.spread import spread_letter
from domain.loans.guarantors import expire_request, requests_to_expire
from domain.mongo.retention import (
    books_to_take,
    payers_to_take,
    take_book,
    take_payer,
    take_words,
    words_to_take,
)
from domain.mongo.store import MongoStore, is_away
from domain.mongo.tables import MongoTable
from domain.records.stuck import STUCK_CLAIM, Stuck, stuck_id
from domain.referrals.reward import reward_referral
from domain.reminders.rounds import groups_to_remind, remind_group, remind_members
from domain.sacco.dividend import carry_on
from domain.store import Between
from domain.treasury.digest import send_digest
from payments.confirm import ask_about_awaited
from payments.port import ProviderError, SwitchedOff
from payments.settle import settle

DUE_MAX: Final = 500  # looked at in one round
POKED_AGAIN_SECONDS: Final = 5.0
# What is due is named each second, and what a worker has claimed a minute later.
_NAMED_WITHIN: Final = timedelta(minutes=10)
NEVER: Final = datetime(9999, 1, 1, tzinfo=UTC)  # until somebody has it tried again

# Whose text says what is wrong; that of others may hold an address with a token in it.
_SAYS_WHY: Final = (DomainError, StoreError, ProviderError, ChannelError, Mistake)


@dataclass(frozen=True, slots=True)
class Task:
    """
    `due` gives the ids of what is due in a `table` of the store, so many at most, and reads none of them; `work`
    does one, or nothing if it is not due. What cannot be done is tried ever later, and given up after about a day
    if it `ends`. One that moves no money and binds nobody is done `always`: also while the service only shows.
    """

    table: str
    work: Callable[[App, str], None]
    every_seconds: int
    due: Callable[[MongoStore, int], Sequence[str]] | None = None  # by its `next_at`
    ends: bool = True
    bulk: bool = False  # it goes to many: done while there is nothing of somebody's own to do
    always: bool = False

    def of(self, store: MongoStore) -> MongoTable[Any]:
        table: MongoTable[Any] = getattr(store, self.table)
        return table

    def due_in(self, store: MongoStore, most: int) -> Sequence[str]:
        return self.due(store, most) if self.due else self.of(store).due(store.now(), most)

    def rests_in(self, store: MongoStore) -> bool:
        """Whether it waits now, because the service only shows: what is due stays due."""
        return not self.always and store.deployment.seen().read_only is not None


def _settle(app: App, id: str) -> None:
    payment = app.store.payments.get(id)
    bind_contextvars(payment=id)
    about(payment.person)
    providers = app.collectors if payment.direction == "in" else app.payers
    settle(app.store, providers.get(payment.provider), id)
    after = app.store.payments.get(id)
    if after.reason and not payment.reason:
        said = {"provider": after.provider, "reason": after.reason, "provider_reason": after.provider_reason}
        log().info("payment failed", **said)


def _ask_about_awaited(app: App, id: str) -> None:
    rail = app.store.inbound.get(id).rail
    ask_about_awaited(app.store, app.confirming.get(rail), id)


def _deliver(app: App, id: str) -> None:
    deliver(app.store, app.senders, id)


def _remind_members(app: App, id: str) -> None:
    remind_members(app.store, id, held_out=bool(app.settings.reminders_held_out_since))


def _notices_due(store: MongoStore, most: int, *, bulk: bool) -> Sequence[str]:
    return store.notices.due_of(bulk=bulk, now=store.now(), limit=most)


def _stuck_for_nothing(store: MongoStore, most: int) -> Sequence[str]:
    """What is stuck though nothing has named it as due since its time came: another worker may have done it."""
    waiting = store.stuck.find(since=Between(BEGINNING.at, store.now() - STUCK_CLAIM), sort="since", limit=most)
    late = store.now() - _NAMED_WITHIN
    return [each.id for each in waiting if each.next_at is not None and each.next_at < late]


def _forget_what_is_done(app: App, id: str) -> None:
    stuck = app.store.stuck.one(id=id)
    if (
        stuck
        and stuck.task in TASKS
        and not TASKS[stuck.task].of(app.store).put_off(stuck.subject, app.store.now())
    ):
        app.store.stuck.forget(id)


TASKS: Final[Mapping[str, Task]] = {
    # Bring payments a step further. No clock and no number of tries ends one: money may have moved.
    "settle": Task("payments", _settle, 1, ends=False),
    # Send notices: what is somebody's own, and what goes to many.
    "deliver": Task("notices", _deliver, 1, partial(_notices_due, bulk=False), always=True),
    "spread": Task("notices", _deliver, 1, partial(_notices_due, bulk=True), bulk=True, always=True),
    # Take broadcasts a step further: write their messages, see when they are done.
    "broadcast": Task("broadcasts", lambda app, id: advance(app.store, id), 1, ends=False, always=True),
    # Make statements and pictures, and send them to who asked for them.
    "paper": Task("papers", lambda app, id: send_paper(app.store, app.senders, id), 1, always=True),
    # Work out dividends, or credit members, part by part.
    "dividend": Task("declarations", lambda app, id: carry_on(app.store, id), 5, ends=False),
    # Tell officers what was paid out of their groups.
    "digest": Task("digests", lambda app, id: send_digest(app.store, id), 10, always=True),
    # Open groups that move in, once their members have had their time to object.
    "arrive": Task("arrivals", lambda app, id: open_in_time(app.store, app.link, id), 10, ends=False),
    # Check sheets by which groups move in, and bring what is right in them.
    "upload": Task("uploads", lambda app, id: carry_on_upload(app.store, id), 1, uploads_due),
    # Make files of figures that somebody asked for.
    "export": Task("exports", lambda app, id: carry_on_export(app.store, id), 1, exports_due, always=True),
    # Open the rounds of reminders whose time has come, and go on with those that are open.
    "remind": Task("groups", lambda app, id: remind_group(app.store, id), 5, groups_to_remind, ends=False),
    "remind_members": Task("reminder_rounds", _remind_members, 1, bulk=True),
    # Bring letters of a group to the chats of its members.
    "letters": Task("letters", lambda app, id: spread_letter(app.store, id), 1, always=True),
    # Reward who brought a member, once that one has put in money.
    "referrals": Task("referrals", lambda app, id: reward_referral(app.store, id), 10),
    # Bring the figures of groups up to now, for the operator.
    "figures": Task(
        "figures",
        lambda app, id: figure_group(app.store, id),
        10,
        groups_to_figure,
        ends=False,
        bulk=True,
        always=True,
    ),
    # Close what nobody decided in time.
    "expire": Task("proposals", lambda app, id: expire(app.store, id), 10, overdue),
    # Check every book, each night.
    "verify": Task(
        "runs", lambda app, id: verify_some(app.store, id), 30, verification_due, bulk=True, always=True
    ),
    # Ask providers whether money has come that somebody told us of in their name.
    "confirm": Task("inbound", _ask_about_awaited, 5, ends=False),
    # Compare what providers list with the books.
    "reconcile": Task("runs", reconcile_some, 10, reconciliation_due, bulk=True),
    # Ask providers what our accounts with them hold.
    "balance": Task("runs", ask_balances, 60, balances_due, bulk=True, always=True),
    # Forget what was stuck, and is done.
    "unstick": Task("stuck", _forget_what_is_done, 60, _stuck_for_nothing, ends=False, bulk=True, always=True),
    # Chain the lines of the log of acts.
    "audit": Task("audit", lambda app, id: seal_waiting(app.store), 5, audit_to_seal, ends=False, always=True),
    # Take out what was kept long enough; see `domain/mongo/retention.py`.
    "take_words": Task(
        "notices", lambda app, id: take_words(app.store, id), 60, words_to_take, ends=False, bulk=True
    ),
    "take_books": Task(
        "arrivals", lambda app, id: take_book(app.store, id), 3600, books_to_take, ends=False, bulk=True
    ),
    "take_payers": Task(
        "inbound", lambda app, id: take_payer(app.store, id), 3600, payers_to_take, ends=False, bulk=True
    ),
    # Close requests for loans whose guarantors did not answer in time.
    "expire_request": Task("loans", lambda app, id: expire_request(app.store, id), 10, requests_to_expire),
}
# Of these the id is that of a person, which stands in no line.
_OF_PEOPLE: Final = frozenset({"referrals"})


def run(task: str, ids: list[str]) -> None:
    """
    What rq calls in a worker, by the name "bot.jobs.run".

    While versions change, a job may name something that the worker at it does not have. rq puts such a job away as
    failed and goes on; what it was for is still due, and poked for again.
    """
    carry_out(current(), task, ids)


def carry_out(app: App, task: str, ids: Sequence[str]) -> None:
    """
    Do a task for these ids, several at once. One that cannot be done stops no other: it is told, counted in
    `stuck`, and out of the way until it is tried again. While a store is away, nothing is held against anyone.
    """
    try:
        if TASKS[task].rests_in(app.store):
            return
        stuck = app.store.stuck.of(task, ids)
    except Exception as error:
        _tell(f"{task} failed", error)
        return
    named = name_in_log if task in _OF_PEOPLE else str
    app.each(task, ids, lambda id: _do(app, task, id, id in stuck), named)


def _do(app: App, task: str, id: str, was_stuck: bool) -> None:
    stuck = app.store.stuck
    if was_stuck and not stuck.claim(task, id, app.store.now()):
        return  # its time has not come, or somebody else is at it
    began, done = time.perf_counter(), False
    try:
        TASKS[task].work(app, id)
        done = True
    except Exception as error:
        app.spans.failed()
        if _is_away(error):
            _tell(f"{task} waits", error)
        else:
            _set_aside(app, task, id, error)
    else:
        if was_stuck:
            stuck.forget(stuck_id(task, id))
    finally:
        took, outcome = time.perf_counter() - began, "done" if done else "failed"
        app.measures.done(f"task:{task}", took, failed=not done, outcome=outcome)


def _set_aside(app: App, task: str, id: str, error: Exception) -> None:
    """What cannot be done moves out of the way of what can. The first failure and the last are reported."""
    store, does = app.store, TASKS[task]
    failed = store.stuck.failed(task, id, _problem(error), store.now(), ends=does.ends)
    if not does.of(store).put_off(id, failed.next_at or NEVER):
        store.stuck.forget(failed.id)  # there is nothing left to do
    said = {"tries": failed.tries, "given_up": failed.next_at is None}
    if isinstance(error, SwitchedOff) or (failed.tries > 1 and failed.next_at):
        log().warning(f"{task} failed", problem=failed.problem, **said)
    else:
        report(f"{task} failed", error, **said)


def try_again(app: App, stuck: Stuck) -> bool:
    """Have it looked at now, with its pauses from the beginning; False when there was nothing left to do."""
    store, now = app.store, app.store.now()
    if stuck.task not in TASKS or not TASKS[stuck.task].of(store).put_off(stuck.subject, now):
        store.stuck.forget(stuck.id)
        return False
    store.stuck.again(stuck.id, now)
    return True


def _problem(error: Exception) -> str:
    name = type(error).__name__
    # It is kept where operators find the document, and mend it.
    return f"{name}: {scrub(str(error), people=False)}" if isinstance(error, _SAYS_WHY) else name


def _is_away(error: Exception) -> bool:
    """A store was not reached: what was to be done may be right, and is done when it is back."""
    return is_away(error) or isinstance(error, RedisError)


def _tell(what: str, error: Exception) -> None:
    if _is_away(error):
        log().warning(f"{what}: a store is away", error=type(error).__name__)
    else:
        report(what, error)


class Scheduler:
    """
    Finds what is due and pokes: the clock, and the sweeper of what was lost on the way.

    `timer` says how seconds pass between its rounds.
    """

    def __init__(
        self,
        store: MongoStore,
        queue: Queue,
        life: Life | None = None,
        timer: Callable[[], float] = time.monotonic,
    ) -> None:
        self._store, self._queue, self._life, self._timer = store, queue, life or Life(), timer
        self.looked_at: datetime | None = None  # when what is due was last looked at
        self._poked: dict[str, float] = {}
        self._pauses: dict[str, Pauses] = {}
        self._rests: dict[str, float] = {}  # tasks that cannot be looked at, until when
        self._unheard = False  # a poke did not reach Redis

    def run(self, stop: threading.Event) -> None:
        """
        Look at each task as often as it says, until told to stop: by nothing else. While a store is away, it is
        looked for ever more rarely.
        """
        pauses, wait = Pauses(), 1.0
        seconds = itertools.count()
        while not wait_and_beat(stop, wait, self._life):
            second, self._unheard = next(seconds), False
            try:
                self.round([name for name, task in TASKS.items() if second % task.every_seconds == 0])
                self.looked_at = self._store.now()
            except Exception as error:
                _tell("the scheduler waits", error)
                self._unheard = True
            if not self._unheard:
                pauses.over()
            wait = pauses.longer() if self._unheard else 1.0

    def round(self, names: Collection[str] = TASKS.keys()) -> int:
        """
        Poke once for everything that is due of these tasks; answers with how many that was. One that cannot be
        looked at stops no other. Raises what the driver raises when MongoDB is away.
        """
        return sum(len(self._poke(name)) for name in names if self._rests.get(name, 0) <= self._timer())

    def _poke(self, name: str) -> list[str]:
        try:
            task = TASKS[name]
            if task.rests_in(self._store):
                return []
            most = self._queue.bulk_wanted() if task.bulk else DUE_MAX
            # Behind what a worker has not come to yet there is more.
            among = BULK_JOBS_MAX * BULK_CHUNK + most if task.bulk else most
            fresh = self._fresh(task.due_in(self._store, among), most) if most else []
            if not self._queue.poke(name, fresh, bulk=task.bulk):
                self._unheard = True
        except Exception as error:
            if is_away(error):
                raise
            report(f"{name} cannot be looked at", error)
            pause = self._pauses.setdefault(name, Pauses()).longer()
            self._rests[name] = self._timer() + pause
            return []
        self._pauses.pop(name, None)
        return fresh

    def _fresh(self, ids: Sequence[str], most: int) -> list[str]:
        """So many of those not poked for a moment ago: a worker takes some time to claim them."""
        now = self._timer()
        self._poked = {id: at for id, at in self._poked.items() if now - at < POKED_AGAIN_SECONDS}
        fresh = [id for id in ids if id not in self._poked][:most]
        self._poked.update(dict.fromkeys(fresh, now))
        return fresh
