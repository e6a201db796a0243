"""What is done beside the requests goes on: past what cannot be done, and past a store that is away."""

import subprocess
import sys
import threading
from collections.abc import Callable
from contextlib import closing
from dataclasses import replace
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit
from uuid import uuid4

import pytest
import redis
import rq
from click.testing import CliRunner, Result
from pymongo.monitoring import CommandFailedEvent, CommandStartedEvent, CommandSucceededEvent
from rq.serializers import JSONSerializer
from structlog.contextvars import merge_contextvars
from structlog.testing import capture_logs
from werkzeug.serving import make_server

from bot.app import App, build
from bot.balances import ask_balances, balances_due
from bot.cli.main import main
from bot.config import environment_of
from bot.jobs import TASKS, Scheduler, carry_out
from bot.reconciling import reconcile_some, reconciliation_due
from bot.verifying import verification_due, verify_some
from domain.board.daily import figure_group
from domain.loans.guarantors import requests_to_expire
from domain.money import Money
from domain.mongo.store import CommandListener, StoreClock, open_store, utc_now
from domain.mongo.tables import to_document
from domain.records.notice import Digest, Notice
from domain.records.payment import PROMPT_AFTER, Payment, PaymentState
from domain.records.proposal import Proposal
from domain.records.stuck import PAUSE_MAX, TRIES_MAX
from domain.savings.contribute import Contribute
from simulator.server import QuietHandler
from tests.conftest import Clock
from tests.people import Village, do
from tests.relay import relayed
from tests.waiting import until


def jobs(app: App) -> list[tuple[str, list[str]]]:
    """What waits in Redis for a worker."""
    with redis.Redis.from_url(app.settings.redis_url) as connection:
        waiting = rq.Queue("default", connection=connection, serializer=JSONSerializer).jobs
        for job in waiting:
            job.delete()
    return [(job.args[0], job.args[1]) for job in waiting]


def work(app: App) -> None:
    """A round of a scheduler that has just started, and a worker at what it poked for."""
    Scheduler(app.store, app.queue).round()
    for task, ids in jobs(app):
        carry_out(app, task, ids)


def payment_of(village: Village, clock: Clock, **changed: Any) -> Payment:
    """A contribution of Akello's that is due."""
    return replace(
        Payment(
            id=str(uuid4()),
            ref="CABCDEF",
            group=village.umoja,
            person=village.akello.id,
            phone=village.akello.phone,
            amount=Money(5_500, "UGX"),
            parts=(),
            meeting="2026-10-05",
            way="mobile_money",
            provider="momo",
            state="created",
            created_at=clock(),
            next_at=clock(),
        ),
        **changed,
    )


def notice_of(person: str, clock: Clock) -> Notice:
    return Notice(str(uuid4()), person, "welcome_to_group", {"group": "Umoja"}, clock(), next_at=clock())


def quiet(app: App) -> None:
    """The village's own notices and figures are out of the way, and what is done tonight and this hour."""
    for id in verification_due(app.store, 1):
        verify_some(app.store, id)
    for id in reconciliation_due(app.store, 1):
        reconcile_some(app, id)
    for id in balances_due(app.store, 1):
        ask_balances(app, id)
    figure_group(app.store, app.store.groups.find()[0].id)
    for told in app.store.notices.find():
        app.store.notices.change(told.id, state="sent", next_at=None)


# A document that cannot be read


def two_payments(app: App, village: Village, clock: Clock) -> tuple[str, str, str, str]:
    bad, good = (payment_of(village, clock) for _ in range(2))
    for each in (bad, good):
        app.store.payments.insert(each)
    return "settle", "payments", bad.id, good.id


def two_notices(app: App, village: Village, clock: Clock) -> tuple[str, str, str, str]:
    bad, good = (notice_of(village.akello.id, clock) for _ in range(2))
    for each in (bad, good):
        app.store.notices.insert(each)
    return "deliver", "notices", bad.id, good.id


def two_digests(app: App, village: Village, clock: Clock) -> tuple[str, str, str, str]:
    for day in ("2026-10-03", "2026-10-04"):
        app.store.digests.insert(Digest(f"{village.umoja}:{day}", village.umoja, clock(), next_at=clock()))
    return "digest", "digests", f"{village.umoja}:2026-10-03", f"{village.umoja}:2026-10-04"


def two_proposals(app: App, village: Village, clock: Clock) -> tuple[str, str, str, str]:
    for id in ("bad", "good"):
        app.store.proposals.insert(
            Proposal(
                id=id,
                group=village.umoja,
                kind="constitution",
                subject="",
                maker=village.akello.id,
                about="",
                digest="",
                values={"rule": "quorum", "was": "1/2", "to": "2/3"},
                needed=1,
                by="members",
                voters=1,
                created_at=clock(),
                expires_at=clock(),
            )
        )
    return "expire", "proposals", "bad", "good"


KINDS = {"a payment": two_payments, "a notice": two_notices, "a digest": two_digests, "a proposal": two_proposals}


def is_done(app: App, task: str, id: str) -> bool:
    store = app.store
    match task:
        case "settle":
            return store.payments.get(id).state == "unknown"  # the provider is away, and may have heard it
        case "deliver":
            return store.notices.get(id).reason != ""
        case "digest":
            return store.digests.get(id).next_at is None
        case _:
            return store.proposals.get(id).state == "expired"


@pytest.mark.parametrize("two", KINDS.values(), ids=KINDS)
def test_one_document_that_cannot_be_read_is_set_aside_and_the_others_go_on(
    app: App, village: Village, clock: Clock, two: Callable[[App, Village, Clock], tuple[str, str, str, str]]
) -> None:
    quiet(app)
    task, table, bad, good = two(app, village, clock)
    app.store.database[table].update_one({"_id": bad}, {"$unset": {"group": 1, "person": 1, "kind": 1}})
    with capture_logs(processors=[merge_contextvars]) as logged:
        work(app)
    assert is_done(app, task, good)
    (stuck,) = app.store.stuck.find()
    assert (stuck.task, stuck.subject, stuck.tries) == (task, bad, 1)
    assert stuck.problem.startswith(f"Unreadable: {table} {bad}: ")
    assert [each["id"] for each in logged if each["event"] == f"{task} failed"] == [bad]
    assert bad not in TASKS[task].due_in(app.store, 10), "it is out of the way"

    clock.forward(minutes=1)
    assert bad in TASKS[task].due_in(app.store, 10)
    work(app)
    (stuck,) = app.store.stuck.find()
    assert (stuck.tries, stuck.next_at) == (2, clock() + timedelta(minutes=2)), "ever later"


def test_a_person_who_cannot_be_read_keeps_no_message_from_others(
    app: App, village: Village, clock: Clock
) -> None:
    quiet(app)
    theirs, hers = notice_of(village.okot.id, clock), notice_of(village.akello.id, clock)
    for each in (theirs, hers):
        app.store.notices.insert(each)
    app.store.database["people"].update_one({"_id": village.okot.id}, {"$set": {"language": "tlh"}})
    work(app)
    assert is_done(app, "deliver", hers.id)
    (stuck,) = app.store.stuck.find()
    assert (stuck.subject, stuck.problem.split(": ")[1]) == (theirs.id, f"people {village.okot.id}")


def test_a_loan_that_cannot_be_read_is_named_as_due_with_the_others(app: App, clock: Clock) -> None:
    """Its guarantors had their time; whatever else is in the documents."""
    for id in ("one", "other"):
        app.store.database["loans"].insert_one({"_id": id, "state": "submitted", "asked_at": clock()})
    clock.forward(days=30)
    assert requests_to_expire(app.store, 10) == ["one", "other"]
    work(app)
    assert {each.subject for each in app.store.stuck.find()} == {"one", "other"}
    assert requests_to_expire(app.store, 10) == []


def test_no_process_is_kept_from_starting_by_what_it_can_do_without(app: App, clock: Clock) -> None:
    """Each reads at start what content there is at a provider."""
    app.store.database["provider_ids"].insert_many([{"_id": "bad"}, {"_id": "good", "value": "HX1"}])
    with capture_logs() as logged, closing(build(app.settings, clock=clock)) as started:
        assert started.whatsapp is not None
        assert started.whatsapp.contents == {"good": "HX1"}
    assert [each["log_level"] for each in logged] == ["error"]


def test_a_task_that_cannot_be_looked_at_stops_no_other(app: App, village: Village, clock: Clock) -> None:
    """An id that is no text cannot be poked for."""
    quiet(app)
    app.store.database["notices"].insert_one({"_id": {"made": "by hand"}, "next_at": clock()})
    id = do_contribute(app, village)
    clock.forward(seconds=5)
    scheduler = Scheduler(app.store, app.queue)
    with capture_logs() as logged:
        assert [scheduler.round(), scheduler.round(), scheduler.round()] == [1, 0, 0]
    assert [each["event"] for each in logged] == ["deliver cannot be looked at"], "told once, and then rests"
    assert jobs(app) == [("settle", [id])]


# Work that cannot be done


def do_contribute(app: App, village: Village) -> str:
    asked: Any = do(app.store, Contribute(village.umoja, village.akello.id, Money(5_500, "UGX")))
    return str(asked["payment"])


def test_payments_of_a_provider_that_is_switched_off_starve_no_other(
    app: App, village: Village, clock: Clock
) -> None:
    quiet(app)
    off = [
        payment_of(village, clock, provider="gone", state="pending", next_at=clock() - timedelta(minutes=1))
        for _ in range(600)
    ]
    app.store.database["payments"].insert_many([to_document(each) for each in off])
    new = payment_of(village, clock)
    app.store.payments.insert(new)
    for _ in range(2):
        work(app)
    assert app.store.payments.get(new.id).provider_reason, "the provider was asked"
    assert app.store.payments.count(provider="gone", state="unknown") == 600
    assert app.store.stuck.count(task="settle") == 600


@pytest.mark.parametrize(
    ("state", "left"), [("created", "created"), ("requested", "unknown"), ("pending", "unknown")]
)
def test_a_payment_of_a_provider_that_is_switched_off_stays_open_and_is_looked_at_ever_more_rarely(
    app: App, village: Village, clock: Clock, state: PaymentState, left: PaymentState
) -> None:
    """What was never sent can still be, on its way out: nothing makes it one that may have been."""
    id = str(uuid4())
    asked = payment_of(village, clock, id=id, state=state, provider="gone", direction="out", purpose="withdrawal")
    app.store.payments.insert(asked)
    waits = []
    for _ in range(TRIES_MAX + 3):
        work(app)
        payment = app.store.payments.get(id)
        assert payment.next_at is not None
        assert (payment.state, payment.provider_reason) == (left, "SWITCHED_OFF")
        waits.append(payment.next_at - clock())
        clock.forward(seconds=waits[-1].total_seconds())
    assert [each.total_seconds() / 60 for each in waits[:8]] == [1, 2, 4, 8, 16, 32, 60, 60]
    assert {*waits[6:]} == {PAUSE_MAX}, "money may have moved: it is never given up"
    assert payment.needs_person
    assert app.store.stuck.get(f"settle:{id}").problem == "SwitchedOff: gone is not switched on"
    assert app.store.books.totals(village.umoja) == {}


def test_a_payment_goes_on_when_its_provider_is_switched_on(app: App, village: Village, clock: Clock) -> None:
    id = do_contribute(app, village)
    clock.forward(seconds=5)
    with closing(build(replace(app.settings, feature_mobile_money_enabled=False), clock=clock)) as without:
        assert without.collectors == {}
        work(without)
        assert app.store.payments.get(id).state == "created"
        assert app.store.stuck.count() == 1
    clock.forward(minutes=1)
    work(app)
    assert app.store.payments.get(id).state == "unknown", "the provider was called"
    assert app.store.stuck.count() == 0


def test_what_was_never_sent_and_comes_too_late_needs_no_provider_to_end(
    app: App, village: Village, clock: Clock
) -> None:
    late = payment_of(village, clock, provider="gone", created_at=clock() - timedelta(minutes=11))
    app.store.payments.insert(late)
    work(app)
    payment = app.store.payments.get(late.id)
    assert (payment.state, payment.reason, payment.next_at) == ("expired", "not_sent", None)
    assert app.store.stuck.count() == 0


Type = Callable[..., Result]


@pytest.fixture
def type_(app: App, tmp_path: Path) -> Type:
    """Types a command with the test's stores for its environment."""

    def run(*arguments: str) -> Result:
        return CliRunner().invoke(main, arguments, env=environment_of(**vars(app.settings)))

    return run


def test_a_notice_that_raises_is_given_up_in_the_end_and_a_person_has_it_tried_again(
    app: App, village: Village, clock: Clock, type_: Type
) -> None:
    quiet(app)
    assert type_("stuck").output == "0 stuck, 0 of them given up.\n"
    notice = notice_of(village.akello.id, clock)
    app.store.notices.insert(notice)
    app.store.database["notices"].update_one({"_id": notice.id}, {"$set": {"kind": "of_tomorrow"}})
    began, rounds = clock(), 1
    with capture_logs() as logged:
        work(app)
        while (stuck := app.store.stuck.get(f"deliver:{notice.id}")).next_at is not None:
            clock.forward(seconds=(stuck.next_at - clock()).total_seconds())
            work(app)
            rounds += 1
    assert (rounds, stuck.tries) == (TRIES_MAX, TRIES_MAX)
    assert timedelta(hours=20) < clock() - began < timedelta(hours=30)
    assert [each["tries"] for each in logged if each["log_level"] == "error"] == [1, TRIES_MAX], "reported"
    clock.forward(days=365)
    assert app.store.notices.due(clock(), 10) == []

    listed = type_("stuck")
    assert listed.exit_code == 1
    assert listed.output.startswith(
        f"deliver:{notice.id}  tries 30  since 2026-10-05 06:00  next given up  Unread"
    )
    assert listed.output.endswith("1 stuck, 1 of them given up.\n")

    assert type_("stuck", "--retry", "deliver:of-nobody").exit_code == 2
    app.store.database["notices"].update_one({"_id": notice.id}, {"$set": {"kind": notice.kind}})
    assert type_("stuck", "--retry", f"deliver:{notice.id}").output.startswith("1 will be tried now")
    clock.forward(days=365)  # the command's clock is the real one
    work(app)
    assert app.store.notices.get(notice.id).reason, "its provider was called"
    assert type_("stuck").exit_code == 0


def test_what_somebody_closed_by_hand_is_no_longer_stuck(
    app: App, village: Village, clock: Clock, type_: Type
) -> None:
    quiet(app)
    off = payment_of(village, clock, provider="gone", state="pending")
    app.store.payments.insert(off)
    work(app)
    app.store.payments.change(off.id, state="failed", next_at=None)
    assert type_("stuck", "--retry", "all").output == "0 will be tried now, 1 had nothing left to do.\n"
    assert type_("stuck").exit_code == 0
    assert app.store.payments.get(off.id).next_at is None


def test_two_workers_at_one_stuck_payment_count_one_try(app: App, village: Village, clock: Clock) -> None:
    off = payment_of(village, clock, provider="gone", state="pending")
    app.store.payments.insert(off)
    for tries in (1, 2, 3):
        carry_out(app, "settle", [off.id] * 4)
        stuck = app.store.stuck.get(f"settle:{off.id}")
        assert stuck.tries == tries
        assert stuck.next_at is not None
        clock.forward(seconds=(stuck.next_at - clock()).total_seconds())


# A store that is away


def test_a_scheduler_survives_each_store_being_away(app: App, village: Village) -> None:
    """It neither ends nor forgets: what fell due meanwhile is poked for when the store is back."""
    quiet(app)
    mongo, valkey = (urlsplit(url).port for url in (app.settings.mongo_uri, app.settings.redis_url))
    assert mongo and valkey
    with relayed(mongo) as to_mongo, relayed(valkey) as to_redis, capture_logs() as logged:
        settings = replace(
            app.settings,
            mongo_uri=f"mongodb://127.0.0.1:{to_mongo.port}/?directConnection=true",
            redis_url=f"redis://127.0.0.1:{to_redis.port}",
        )
        with closing(build(settings, timeout_seconds=0.3)) as away:
            stop = threading.Event()

            def heard(said: str) -> bool:
                return not thread.is_alive() or any(said in each["event"] for each in logged)

            thread = threading.Thread(target=Scheduler(away.store, away.queue).run, args=(stop,))
            thread.start()
            for relay, said in ((to_mongo, "the scheduler waits: a store is away"), (to_redis, "redis is away")):
                relay.cut()
                app.store.payments.insert(payment_of(village, utc_now, next_at=utc_now()))
                until(partial(heard, said))
                relay.mend()
                until(lambda: not thread.is_alive() or jobs(app) != [])
                assert thread.is_alive()
            stop.set()
            thread.join()


def test_a_worker_survives_redis_going_away_in_the_middle_of_a_job(
    app: App, village: Village, clock: Clock, tmp_path: Path
) -> None:
    """At the worst moment: while it talks with a provider, so that it cannot write down that the job is done."""
    quiet(app)
    valkey = urlsplit(app.settings.redis_url).port
    assert valkey
    with relayed(valkey) as to_redis:

        def provider(environ: Any, start: Any) -> list[bytes]:
            to_redis.cut()
            start("500 Internal Server Error", [])
            return [b""]

        web = make_server("127.0.0.1", 0, provider, threaded=True, request_handler=QuietHandler)
        threading.Thread(target=web.serve_forever, args=(0.02,), daemon=True).start()
        settings = replace(
            app.settings,
            redis_url=f"redis://127.0.0.1:{to_redis.port}",
            at_api_url=f"http://127.0.0.1:{web.server_port}",
        )
        with (tmp_path / "log").open("wb") as log:
            worker = subprocess.Popen(
                [sys.executable, "-m", "bot", "worker"], env=environment_of(**vars(settings)), stderr=log
            )

        def tried(id: str) -> bool:
            return worker.poll() is not None or app.store.notices.get(id).reason != ""

        try:
            for _ in range(2):
                notice = replace(notice_of(village.akello.id, clock), next_at=utc_now() - timedelta(seconds=1))
                app.store.notices.insert(notice)
                app.queue.poke("deliver", [notice.id])
                until(partial(tried, notice.id))
                assert worker.poll() is None, (tmp_path / "log").read_text()
                to_redis.mend()
            worker.terminate()
            assert worker.wait(60) == 0
        finally:
            worker.kill()
            worker.wait()
            web.shutdown()
            web.server_close()


# How it is found


@pytest.mark.parametrize("name", TASKS)
def test_what_is_due_is_found_by_an_index_and_sorted_by_it(
    app: App, village: Village, clock: Clock, name: str
) -> None:
    """Whatever the history: it is looked for every second."""
    heard = Finds()
    store = open_store(
        app.settings.mongo_uri,
        app.settings.mongo_database,
        pins=app.store.pins,
        clock=clock,
        listeners=[heard],
        providers=app.store.providers,
        prepared=True,
    )
    TASKS[name].due_in(store, 10)
    store.close()
    assert heard.finds
    for find in heard.finds:
        told = str(app.store.database.command("explain", find, verbosity="queryPlanner")["queryPlanner"])
        assert ("'IXSCAN'" in told or "'IDHACK'" in told) and "'COLLSCAN'" not in told and "'SORT'" not in told, (
            told
        )


class Finds(CommandListener):
    """The queries that a store sends."""

    def __init__(self) -> None:
        self.finds = list[dict[str, Any]]()

    def started(self, event: CommandStartedEvent) -> None:
        if event.command_name == "find":
            kept = ("find", "filter", "sort", "limit", "projection")
            self.finds.append({name: event.command[name] for name in kept if name in event.command})

    def succeeded(self, event: CommandSucceededEvent) -> None:
        """Of no interest."""

    def failed(self, event: CommandFailedEvent) -> None:
        """Of no interest."""


# Whose clock counts


def test_a_worker_whose_clock_is_an_hour_ahead_expires_nothing(app: App, village: Village) -> None:
    """Deadlines are by the store's clock; by its own it would have closed the payment as too late to be sent."""
    quiet(app)

    def fast() -> Any:
        return utc_now() + timedelta(hours=1)

    for clock, state in ((StoreClock(fast), "unknown"), (fast, "expired")):
        id = do_contribute_at(app, village)
        with closing(build(app.settings, clock=clock)) as worker:
            carry_out(worker, "settle", [id])
        assert app.store.payments.get(id).state == state


def do_contribute_at(app: App, village: Village) -> str:
    """A contribution that has just fallen due, by the store's clock."""
    asked: Any = do(
        app.store.at(lambda: utc_now() - PROMPT_AFTER),
        Contribute(village.umoja, village.akello.id, Money(5_500, "UGX")),
    )
    return str(asked["payment"])


def test_what_was_stuck_and_another_worker_has_done_is_forgotten(app: App, village: Village, clock: Clock) -> None:
    """Nobody names it as due any more, so nobody would see that it is done."""
    quiet(app)
    done, open_one = (notice_of(village.akello.id, clock) for _ in range(2))
    for each in (done, open_one):
        app.store.notices.insert(each)
        app.store.stuck.failed("deliver", each.id, "StoreError", clock(), ends=True)
    app.store.notices.change(done.id, state="sent", next_at=None)
    clock.forward(minutes=5)
    assert TASKS["unstick"].due_in(app.store, 10) == [], "both may still be tried"
    clock.forward(minutes=7)
    both = TASKS["unstick"].due_in(app.store, 10)
    carry_out(app, "unstick", both)
    assert ({*both}, [each.subject for each in app.store.stuck.find()]) == (
        {f"deliver:{done.id}", f"deliver:{open_one.id}"},
        [open_one.id],
    )
