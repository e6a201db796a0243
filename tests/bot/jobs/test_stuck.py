"""Work that cannot be done is tried ever more rarely, starves no other, and is for a person in the end."""

from collections.abc import Callable
from contextlib import closing
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from uuid import uuid4

import pytest
from click.testing import CliRunner, Result
from structlog.testing import capture_logs

from bot.app import App, build
from bot.cli.main import main
from bot.config import environment_of
from bot.jobs import TASKS, carry_out
from domain.mongo.tables import to_document
from domain.records.payment import PaymentState
from domain.records.stuck import PAUSE_MAX, TRIES_MAX
from tests.bot.jobs.beside import do_contribute, notice_of, payment_of, quiet, work
from tests.conftest import Clock
from tests.people import Village


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
