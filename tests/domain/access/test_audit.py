"""The log of acts: what is written, in which order, and what shows of a hand in it."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Any, Final

import pytest
from pymongo.collection import Collection

from bot.forgetting import forget_person
from domain.access.audit import (
    WHY_LENGTH_MAX,
    AuditBroken,
    audit_entries,
    audit_to_seal,
    note,
    seal_audit,
    seal_waiting,
    verify_audit,
)
from domain.access.caller import Caller
from domain.mongo.store import MongoStore
from domain.records.audit import AuditEntry
from tests.conftest import Clock
from tests.people import register

RUTH: Final = Caller("account", "ruth", "operator", "Ruth", everywhere=True)


def write(store: MongoStore, clock: Clock, count: int) -> None:
    for each in range(count):
        clock.forward(seconds=1)
        note(store, RUTH, "member.seen", about=f"m{each}", group="g", why="asked", where="203.0.113.7")


def log(store: MongoStore) -> Collection[dict[str, Any]]:
    return store.database["audit"]


def test_an_act_says_who_what_whom_where_and_why(store: MongoStore, clock: Clock) -> None:
    note(store, RUTH, "member.seen", about="m1", group="g1", why="w" * 999, outcome="refused", where="203.0.113.7")
    clock.forward(seconds=1)
    note(store, None, "sign_in.refused", where="203.0.113.8")
    newest, first = audit_entries(store)
    assert (first.by, first.by_name, first.role, first.did) == ("account:ruth", "Ruth", "operator", "member.seen")
    assert (first.about, first.group, first.outcome, first.where) == ("m1", "g1", "refused", "203.0.113.7")
    assert first.why == "w" * WHY_LENGTH_MAX
    assert (newest.by, newest.outcome) == ("", "done")


def test_a_reason_names_nobody_since_no_line_is_ever_changed(store: MongoStore, clock: Clock) -> None:
    okot = register(store, "Okot James Jo", "+256772000104", "1470")
    receipt, upload = "1796032101", "16de61a6-0d3c-4fe1-9b30-112233445566"
    for said, kept in (
        ("Okot's brother rang, from 0772 000 104", "…'s brother rang, from …"),
        ("JAMES, +256-772-000-104 or 256772000104", "…, … or …"),
        (f"Okotoi has {receipt} of {upload}, 2026-10-01..2026-10-31", None),
        ("50000 0772 000 104, 256772000104 500 or 07.72.00.01.04", "50000 …, … 500 or …"),
        ("2026-10-01 0772000104-she", "2026-10-01 …-she"),
        ("01-10-2026 09:45:12, 01.10.2026 09:45, 1 500 000 000 000 of 0.000000012, see above", None),
        ("Jo said so", "… said so"),
    ):
        clock.forward(seconds=1)
        note(store, RUTH, "person.looked_up", about=okot.id, why=said)
        assert audit_entries(store)[0].why == (kept or said)
    clock.forward(seconds=1)
    note(store, RUTH, "person.not_found", why="+256772000199 rang")
    assert audit_entries(store)[0].why == "… rang"
    clock.forward(seconds=1)
    assert forget_person(store, okot.id)
    note(store, RUTH, "person.looked_up", about=okot.id, why="a former member asked")
    assert audit_entries(store)[0].why == "a former member asked"


def test_a_list_is_bounded_and_goes_on_after_its_last(store: MongoStore, clock: Clock) -> None:
    write(store, clock, 7)
    note(store, RUTH, "export", group="other")
    seal_waiting(store)
    write(store, clock, 2)  # some wait, some are in the chain: it is one list

    def pages(**which: str) -> list[AuditEntry]:
        found: list[AuditEntry] = []
        while page := audit_entries(store, after=found[-1].id if found else "", limit=3, **which):
            assert len(page) <= 3
            found += page
        return found

    every = pages()
    assert len(every) == 10
    assert [each.at for each in every] == sorted((each.at for each in every), reverse=True)
    assert len(pages(by="account:ruth")) == 10
    assert len(pages(group="g")) == 9
    assert len(pages(about="m1", group="g")) == 2
    assert pages(by="account:other") == []


def test_the_chain_has_every_act_of_several_processes_once(store: MongoStore, clock: Clock) -> None:
    def one(_: int) -> None:
        note(store, RUTH, "member.seen", about="m")
        seal_audit(store)

    with ThreadPoolExecutor(8) as eight:
        list(eight.map(one, range(40)))
    seal_waiting(store)
    assert audit_to_seal(store, 1) == []
    assert verify_audit(store).seq == 40
    assert sorted(each.seq for each in store.audit.find()) == [*range(1, 41)]


def test_many_are_sealed_some_at_a_time(store: MongoStore, clock: Clock) -> None:
    write(store, clock, 8)
    assert audit_to_seal(store, 500) == [store.audit.find(limit=1)[0].id]
    seal_waiting(store, at_once=3)
    assert verify_audit(store, at_once=3).seq == 8
    assert [each.about for each in store.audit.find(sort="seq")] == [f"m{each}" for each in range(8)]


def _set(field: str, value: object, log: Collection[dict[str, Any]]) -> None:
    log.update_one({"seq": 3}, {"$set": {field: value}})


HANDS: Final[dict[str, Callable[[Collection[dict[str, Any]]], object]]] = {
    **{
        f"another {field}": partial(_set, field, value)
        for field, value in {
            "by": "account:other",
            "by_name": "Other",
            "role": "agent",
            "did": "other",
            "about": "m9",
            "group": "h",
            "why": "",
            "outcome": "failed",
            "where": "",
            "previous": "",
            "seal": "",
            "seq": 99,
        }.items()
    },
    "another time": lambda log: log.update_one({"seq": 3}, [{"$set": {"at": {"$add": ["$at", 1]}}}]),
    "one is gone": lambda log: log.delete_one({"seq": 3}),
    "the first is gone": lambda log: log.delete_one({"seq": 1}),
    "the last is gone": lambda log: log.delete_one({"seq": 6}),
    "all are gone": lambda log: log.delete_many({}),
    "taken out of the chain": lambda log: log.update_one({"seq": 6}, {"$set": {"seq": 0}}),
    "two in each other's place": lambda log: (
        log.update_one({"seq": 2}, {"$set": {"seq": 99}}),
        log.update_one({"seq": 3}, {"$set": {"seq": 2}}),
        log.update_one({"seq": 99}, {"$set": {"seq": 3}}),
    ),
    "one that waits is another": lambda log: log.update_one({"seq": 0}, {"$set": {"why": "other"}}),
}


def shows(store: MongoStore) -> bool:
    try:
        verify_audit(store)
    except AuditBroken:
        return True
    return False


def test_a_hand_in_the_log_shows(store: MongoStore, clock: Clock) -> None:
    write(store, clock, 6)
    seal_waiting(store)
    write(store, clock, 1)
    before = list(log(store).find())
    assert verify_audit(store).seq == 6
    for what, hand in HANDS.items():
        hand(log(store))
        assert shows(store), what
        log(store).delete_many({})
        log(store).insert_many(before)
    assert verify_audit(store).seq == 6


def test_a_head_that_is_kept_elsewhere_shows_that_the_newest_were_taken_away(
    store: MongoStore, clock: Clock
) -> None:
    write(store, clock, 4)
    seal_waiting(store)
    head = verify_audit(store)
    write(store, clock, 2)
    seal_waiting(store)
    newer = verify_audit(store, head)
    # Whoever takes the last lines away, and sets the head back, leaves a chain that is whole in itself.
    log(store).delete_many({"seq": {"$gt": head.seq}})
    store.audit_heads.change("head", seq=head.seq, seal=head.seal)
    assert verify_audit(store) == verify_audit(store, head)
    with pytest.raises(AuditBroken):
        verify_audit(store, newer)
    write(store, clock, 3)
    seal_waiting(store)
    with pytest.raises(AuditBroken):
        verify_audit(store, newer)
