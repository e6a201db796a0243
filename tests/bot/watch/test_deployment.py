"""What is the deployment's: read from the stores, once in a while, and left out where it cannot be read."""

import re
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Any

from prometheus_client import generate_latest

from bot.app import App
from bot.measures import Measures
from bot.secret_ages import note_secrets_of
from bot.watch.deployment import CACHED_SECONDS, Deployment
from bot.watch.names import EXPOSED
from bot.watch.process import Latest, registry_of
from bot.watch.totals import Totals, no_turns_yet
from domain.arithmetic.arrears import SomeOf
from domain.board.daily import figure_group
from domain.board.differences import note_difference
from domain.money import Money
from domain.records.difference import Difference
from domain.records.figures import Figures
from domain.records.inbound import Came
from domain.records.payment import OPEN
from domain.records.run import Run, RunKind
from domain.savings.contribute import Contribute
from domain.treasury.inbound import receive
from tests.conftest import Clock
from tests.people import Village, do
from tests.scraped import Samples, samples, types

PAGE = Path(__file__).parents[3] / "docs" / "watching.md"


class Moment:
    """Seconds that pass when a test says so."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


def exposed(app: App, deployment: Deployment) -> str:
    return generate_latest(registry_of(app.settings, "scheduler", Totals(), dict, deployment.values)).decode()


def read(app: App) -> Samples:
    return samples(exposed(app, Deployment(app, app.store.now)))


def run_of(app: App, kind: RunKind, at: Any, *, ok: bool | None) -> None:
    app.store.runs.insert(Run(f"{kind}:{at}:{ok}", kind, at, None if ok is None else at, ok))


def pay(app: App, village: Village, minor: int) -> str:
    paid: Any = do(app.store, Contribute(village.umoja, village.akello.id, Money(minor, "UGX")))
    return str(paid["payment"])


def test_payments_by_state_with_the_age_of_the_oldest(app: App, village: Village, clock: Clock) -> None:
    first = pay(app, village, 5_000)
    app.store.payments.change(first, state="unknown")
    clock.forward(minutes=2)
    pay(app, village, 6_000)
    done = pay(app, village, 7_000)
    app.store.payments.change(done, state="succeeded", next_at=None)
    clock.forward(seconds=30)
    found = read(app)
    counts = {state: found["csb_payments", f'state="{state}"'] for state in OPEN}
    assert counts == {"created": 1, "requested": 0, "pending": 0, "unknown": 1}
    ages = {state: found["csb_payment_oldest_seconds", f'state="{state}"'] for state in OPEN}
    assert ages == {"created": 30, "requested": 0, "pending": 0, "unknown": 150}


def test_unasked_money_that_is_nobody_s(app: App, village: Village, clock: Clock) -> None:
    names = ("csb_unidentified", 'of="group"'), ("csb_unidentified", 'of="nobody"')
    assert [read(app)[name] for name in names] == [0, 0]
    for receipt, account in (("R1", "rent"), ("R2", "10101-999"), ("R3", "10101-0035")):
        receive(app.store, Came("momo", receipt, Money(500, "UGX"), account, clock()))
    assert [read(app)[name] for name in names] == [1, 1]


def test_what_lists_say_otherwise_until_somebody_has_decided(app: App, village: Village, clock: Clock) -> None:
    assert read(app)["csb_differences", ""] == 0
    now = clock()
    assert note_difference(app.store, Difference("momo:missing_here:R7", "momo", "missing_here", "out", now, now))
    assert read(app)["csb_differences", ""] == 1
    app.store.differences.change("momo:missing_here:R7", state="closed")
    assert read(app)["csb_differences", ""] == 0


def test_how_long_work_has_waited_and_how_much_is_stuck(app: App, village: Village, clock: Clock) -> None:
    app.store.database["notices"].delete_many({})
    assert read(app)["csb_outbox_oldest_seconds", ""] == 0
    pay(app, village, 5_000)
    clock.forward(seconds=44)  # it was due after four
    app.queue.poke("settle", ["a", "b"])
    app.store.stuck.failed("settle", "a", "Unreadable", app.store.now(), ends=False)
    found = read(app)
    assert found["csb_queue_oldest_seconds", ""] == 40
    assert found["csb_queue_jobs", 'queue="default"'] == 1 and found["csb_queue_jobs", 'queue="bulk"'] == 0
    assert found["csb_stuck", ""] == 1
    assert found["csb_mongo_primary", ""] == 1


def test_what_operations_did_and_when_it_last_went_well(app: App, clock: Clock) -> None:
    names = ("csb_books_verified_timestamp_seconds", "csb_backup_success_timestamp_seconds", "csb_books_broken")
    found = read(app)
    assert not any((name, "") in found for name in names), "it was never done: no value, and not 0 seconds of 1970"
    good = clock()
    run_of(app, "ledger_verify", good, ok=True)
    run_of(app, "backup", good, ok=True)
    clock.forward(hours=24)
    run_of(app, "backup", clock(), ok=False)
    run_of(app, "ledger_verify", clock(), ok=None)  # it goes on
    found = read(app)
    assert [found[name, ""] for name in names] == [good.timestamp(), good.timestamp(), 0]
    run_of(app, "ledger_verify", clock(), ok=False)
    found = read(app)
    assert [found[name, ""] for name in names] == [good.timestamp(), good.timestamp(), 1]
    clock.forward(hours=1)
    run_of(app, "ledger_verify", clock(), ok=True)
    assert read(app)["csb_books_broken", ""] == 0


def test_it_is_read_once_in_a_while_however_often_somebody_asks(app: App, village: Village) -> None:
    moment = Moment()
    deployment = Deployment(app, lambda: None, moment)
    created = ("csb_payments", 'state="created"')
    assert samples(exposed(app, deployment))[created] == 0
    pay(app, village, 5_000)
    moment.now += CACHED_SECONDS - 1
    assert samples(exposed(app, deployment))[created] == 0
    moment.now += 1
    assert samples(exposed(app, deployment))[created] == 1


def test_what_one_store_does_not_say_hides_nothing_of_the_other(app: App, village: Village) -> None:
    away = Measures("redis://127.0.0.1:1/0", pool=lambda: 0, disk="/")
    found = read(replace(app, measures=away))
    assert ("csb_workers", "") not in found and found["csb_payments", 'state="created"'] == 0
    away.close()


def balance_at(moment: datetime) -> Run:
    held = {"there wallet": "UGX 5000", "books UGX": "UGX 4000"}
    return Run(f"balance:airtel:{moment}", "balance", moment, moment, True, held)


def test_what_providers_hold_of_ours_and_of_yesterday_nothing(app: App, village: Village, clock: Clock) -> None:
    app.store.runs.insert(balance_at(clock()))
    found = read(app)
    assert found["csb_provider_balance", 'account="wallet",currency="UGX",provider="airtel"'] == 5_000
    assert found["csb_provider_books", 'currency="UGX",provider="airtel"'] == 4_000
    clock.forward(days=1)
    assert "csb_provider_balance" not in {name for name, _ in read(app)}


def everything(app: App, village: Village, clock: Clock) -> str:
    """What a web server and a scheduler expose that have all there is to be seen."""
    kinds: tuple[RunKind, ...] = ("ledger_verify", "backup", "restore_test")
    for kind in kinds:
        run_of(app, kind, clock(), ok=True)
    note_secrets_of(app)
    app.store.runs.insert(balance_at(clock()))
    totals = Totals()
    totals.add(no_turns_yet(["ussd"]))
    names = ("turn:ussd", "mongo:find", "redis:", "task:settle", "provider:momo", "page:x")
    totals.add({f"{name}|3": 1 for name in names})
    outcomes = {"cache:overview": "hit", "task:settle": "done", "message:sms": "sent", "provider:momo": "answered"}
    totals.add({f"{name}|={outcome}": 1 for name, outcome in outcomes.items()})
    latest = Latest(totals)
    latest.take({}, {"pool": 1, "cpu": 1, "memory": 1, "disk": 1})
    deployment = Deployment(app, app.store.now)
    registry = registry_of(app.settings, "scheduler", totals, lambda: latest.full, deployment.values)
    return generate_latest(registry).decode()


# Where there is one member, one set of groups without loans, there is nothing to say of these.
NOTHING_TO_SAY = {
    "csb_mongo_replica_lag_seconds",
    "csb_loan_approval_ratio",
    "csb_loan_default_ratio",
    "csb_collection_ratio",
    "csb_export_success_timestamp_seconds",
}


def test_every_metric_that_is_written_down_is_exposed_with_its_type(
    app: App, village: Village, clock: Clock
) -> None:
    found = types(everything(app, village, clock))
    assert {each.name: each.type for each in EXPOSED if each.name not in NOTHING_TO_SAY} == found


def test_a_nightly_export_is_told_of_where_it_is_switched_on(app: App, clock: Clock) -> None:
    """Where it was switched off the last one grows old, and nobody misses the next."""
    name = ("csb_export_success_timestamp_seconds", "")
    run_of(app, "export", clock(), ok=True)
    assert name not in read(app)
    assert read(replace(app, settings=replace(app.settings, export_to="exports")))[name] == clock().timestamp()


def test_rates_are_there_once_there_is_something_to_measure(app: App, village: Village, clock: Clock) -> None:
    assert ("csb_collection_ratio", "") not in read(app)
    figure_group(app.store, village.umoja)
    figures = Figures(collection=SomeOf(3, 4), default=SomeOf(1, 50), approval=SomeOf(9, 10))
    app.store.figures.change(village.umoja, figures=figures)
    found = read(app)
    names = ("csb_collection_ratio", "csb_loan_default_ratio", "csb_loan_approval_ratio")
    assert [found[name, ""] for name in names] == [0.75, 0.02, 0.9]


def listed() -> Mapping[str, tuple[str, str, str]]:
    """The table of the page: type, labels and which process has it, by the name."""
    rows = re.findall(
        r"^\| `(csb_\w+)` \| (\w+) \| (.*?) \| (.*?) \| .+ \|$", PAGE.read_text(), flags=re.MULTILINE
    )
    return {name: (type, labels, where) for name, type, labels, where in rows}


def test_the_page_lists_every_metric_as_it_is() -> None:
    wanted = {
        each.name: (each.type, ", ".join(f"`{label}`" for label in each.labels) or "–", each.where)
        for each in EXPOSED
    }
    assert listed() == wanted


def test_no_name_of_the_page_is_anything_else() -> None:
    named = set(re.findall(r"csb_[a-z_]*[a-z]", PAGE.read_text()))
    assert named - {each.name for each in EXPOSED} == set()
