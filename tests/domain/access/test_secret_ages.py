"""Since when a secret is the one it is: noted once, and nothing of it is kept."""

from datetime import timedelta

from domain.access.audit import audit_entries
from domain.access.secret_ages import note_secrets, secret_ages
from domain.mongo.store import MongoStore
from domain.records.pin import PinHasher
from tests.conftest import PEPPER, Clock

HOOK, TOKEN = {"HOOK_SECRET": "one-of-hook"}, {"TWILIO_AUTH_TOKEN": "one-of-twilio"}


def test_a_secret_is_as_old_as_it_is_known(store: MongoStore, clock: Clock) -> None:
    assert note_secrets(store, HOOK) == ["HOOK_SECRET"]
    clock.forward(days=60)
    assert note_secrets(store, HOOK | TOKEN) == ["TWILIO_AUTH_TOKEN"]
    clock.forward(days=31)
    assert secret_ages(store, HOOK | TOKEN) == {
        "HOOK_SECRET": timedelta(days=91),
        "TWILIO_AUTH_TOKEN": timedelta(days=31),
    }


def test_a_new_one_begins_anew_and_is_in_the_log_of_acts(store: MongoStore, clock: Clock) -> None:
    note_secrets(store, HOOK)
    clock.forward(days=91)
    other = {"HOOK_SECRET": "another-of-hook"}
    assert secret_ages(store, other) == {}
    assert note_secrets(store, other, where="web-1") == ["HOOK_SECRET"]
    assert secret_ages(store, other) == {"HOOK_SECRET": timedelta(0)}
    newest = audit_entries(store)[0]
    assert (newest.did, newest.why, newest.where) == ("secret.new", "HOOK_SECRET", "web-1")
    assert secret_ages(store, HOOK) == {"HOOK_SECRET": timedelta(days=91)}, "taken back, it is as old as it was"


def test_several_processes_note_it_once(store: MongoStore) -> None:
    assert [note_secrets(store, HOOK) for _ in range(3)] == [["HOOK_SECRET"], [], []]
    assert len(audit_entries(store)) == 1


def test_a_new_pepper_makes_no_secret_young(store: MongoStore, clock: Clock) -> None:
    note_secrets(store, HOOK)
    clock.forward(days=40)
    store.pins = PinHasher("new-pepper-0123456789abcdef-01234567", before=[PEPPER])
    assert note_secrets(store, HOOK) == []
    clock.forward(days=1)
    assert secret_ages(store, HOOK) == {"HOOK_SECRET": timedelta(days=41)}
    store.pins = PinHasher("new-pepper-0123456789abcdef-01234567")  # the old one may go
    assert secret_ages(store, HOOK) == {"HOOK_SECRET": timedelta(days=41)}


def test_nothing_of_a_secret_is_kept(store: MongoStore) -> None:
    note_secrets(store, HOOK | {"JWT_SECRET": HOOK["HOOK_SECRET"]})
    kept = list(store.database["runs"].find())
    assert "one-of-hook" not in str(kept)
    assert len({each["_id"].rpartition(":")[2] for each in kept}) == 2, "not even that two are the same"
