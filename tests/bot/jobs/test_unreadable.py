"""What cannot be read is set aside, and all else goes on."""

from collections.abc import Callable
from contextlib import closing
from datetime import timedelta

import pytest
from structlog.contextvars import merge_contextvars
from structlog.testing import capture_logs

from bot.app import App, build
from bot.jobs import TASKS, Scheduler
from domain.loans.guarantors import requests_to_expire
from domain.records.notice import Digest
from domain.records.proposal import Proposal
from tests.bot.jobs.beside import do_contribute, jobs, notice_of, payment_of, quiet, work
from tests.conftest import Clock
from tests.people import Village


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
    scheduler = Scheduler(app.store, app.queue, timer=lambda: 0.0)
    with capture_logs() as logged:
        assert [scheduler.round(), scheduler.round(), scheduler.round()] == [1, 0, 0]
    assert [each["event"] for each in logged] == ["deliver cannot be looked at"], "told once, and then rests"
    assert jobs(app) == [("settle", [id])]
