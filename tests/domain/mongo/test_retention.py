"""What is old goes, each collection by its line of the table, and money never does."""

from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any, get_args

from bot.app import App
from bot.jobs import TASKS, carry_out
from domain.money import Money
from domain.mongo.indexes import COLLECTIONS, INDEXES
from domain.mongo.retention import RETENTION, books_to_take, payers_to_take, take_words, words_to_take
from domain.mongo.store import MongoStore
from domain.mongo.verify import verify_book
from domain.records.inbound import Came
from domain.records.run import Run, RunKind
from domain.savings.contribute import RecordCash
from domain.treasury.inbound import receive
from domain.treasury.unidentified import attribute
from tests.conftest import Clock
from tests.people import Village, do

# Where money is, and what it rests on.
OF_MONEY = ("accounts", "entries", "fines", "grants", "loans", "paid", "payments", "share_outs")


def test_each_collection_has_its_line_and_what_goes_by_an_index_has_one() -> None:
    assert sorted(RETENTION) == sorted(COLLECTIONS)
    forgotten_by_the_store = {
        name for name, indexes in INDEXES.items() if any("expireAfterSeconds" in each.document for each in indexes)
    }
    assert {name for name, kept in RETENTION.items() if kept.by == "index"} == forgotten_by_the_store
    assert {name for name, kept in RETENTION.items() if kept.by == "task"} == {"arrivals", "inbound", "notices"}
    assert all(kept.long and kept.why and bool(kept.what) == bool(kept.by) for kept in RETENTION.values())
    assert {RETENTION[name].by for name in OF_MONEY} == {""}


def test_of_what_operations_did_only_what_was_asked_of_providers_goes(store: MongoStore) -> None:
    for kind in get_args(RunKind):
        store.runs.insert(Run(f"{kind}:1", kind, store.now()))
    goes = [each.document for each in INDEXES["runs"] if "expireAfterSeconds" in each.document]
    found = [run["kind"] for each in goes for run in store.database["runs"].find(each["partialFilterExpression"])]
    assert sorted(found) == ["balance", "reconcile"]


def money_of(store: MongoStore) -> dict[str, list[dict[str, Any]]]:
    return {name: sorted(store.database[name].find(), key=lambda each: str(each["_id"])) for name in OF_MONEY}


def test_words_go_when_they_are_old_and_a_message_that_waits_keeps_its_own(
    app: App, village: Village, clock: Clock
) -> None:
    store, okot = app.store, village.okot
    do(store, RecordCash(village.umoja, okot.id, Money(5_000, "UGX"), village.nakato.id))
    for each in store.notices.find():
        store.notices.change(each.id, state="sent", next_at=None, sent_to="telegram:1", provider_id=f"P{each.id}")
    old = store.notices.count()
    clock.forward(days=1)
    do(store, RecordCash(village.umoja, okot.id, Money(5_000, "UGX"), village.nakato.id))
    for each in store.notices.find(state="queued"):
        store.notices.change(each.id, state="sent", next_at=None)
    do(store, RecordCash(village.umoja, okot.id, Money(5_000, "UGX"), village.wanjiru.id))
    waiting = [each.id for each in store.notices.find(state="queued")]
    before, books = store.notices.find(), money_of(store)
    assert words_to_take(store, 10) == []
    clock.forward(days=89, seconds=1)
    assert 0 < len(words_to_take(store, 500)) <= old
    assert len(words_to_take(store, 2)) == 2
    carry_out(app, "take_words", TASKS["take_words"].due_in(store, 500))
    assert words_to_take(store, 500) == []
    clock.forward(days=2)
    carry_out(app, "take_words", TASKS["take_words"].due_in(store, 500))
    for was in before:
        now = store.notices.get(was.id)
        if was.id in waiting:
            assert now == was and now.values
            take_words(store, was.id)
            assert store.notices.get(was.id) == was, "though it was asked for"
        else:
            assert (now.values, now.sent_to, now.provider_id) == ({}, "", "")
            assert (now.kind, now.state, now.created_at) == (was.kind, was.state, was.created_at)
    assert waiting and money_of(store) == books
    assert verify_book(store.books, village.umoja) == []


def test_how_long_it_is_is_a_setting(app: App, village: Village, clock: Clock) -> None:
    store = app.store
    for each in store.notices.find():
        store.notices.change(each.id, state="sent", next_at=None)
    clock.forward(days=8)
    assert words_to_take(store, 10) == []
    store.offered = replace(store.offered, words_kept=timedelta(days=7))
    assert words_to_take(store, 10)
    assert app.settings.keep_words_days == 90 and app.settings.keep_books_days == 30
    assert books_to_take(store, 10) == []


def test_the_page_on_privacy_says_what_the_table_does() -> None:
    page = (Path(__file__).parents[3] / "docs" / "privacy.md").read_text()
    said = [line for line in page.splitlines() if line.startswith("| `")]
    assert said == [
        f"| `{name}` | {kept.long} | {kept.what or 'nothing'} | {kept.why} |" for name, kept in RETENTION.items()
    ]


def test_who_paid_unasked_goes_some_time_after_it_is_known_whose_it_is(
    app: App, village: Village, clock: Clock
) -> None:
    store = app.store
    came = Came("momo", "R1", Money(500, "UGX"), "10101-0999", clock(), "256772000999", "AMINA")
    receive(store, came)
    clock.forward(days=400)
    assert payers_to_take(store, 10) == [], "officers still have to find out"
    store.transaction(lambda tx: attribute(tx, "momo:R1", village.okot.id))
    money = money_of(store)
    clock.forward(days=90)
    assert payers_to_take(store, 10) == []
    clock.forward(seconds=1)
    carry_out(app, "take_payers", TASKS["take_payers"].due_in(store, 500))
    after = store.inbound.get("momo:R1")
    assert (after.account, after.payer_name, after.payer_hint, after.words_until) == ("", "", "", None)
    assert (after.state, after.person, after.amount) == ("attributed", village.okot.id, came.amount)
    assert payers_to_take(store, 10) == [] and money_of(store) == money
