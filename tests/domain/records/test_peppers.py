"""A pepper changes while people use their PINs: nobody notices, and what stands on the old one is counted."""

import hashlib
import hmac

import pytest
from argon2 import PasswordHasher

from domain.access import peppers
from domain.access.accounts import make_account, otp_of, reset_account
from domain.access.audit import AuditBroken, altered, audit_entries, note, seal_waiting, verify_audit
from domain.access.sign_in import sign_in_by_password
from domain.mongo.store import MongoStore
from domain.people.pins import check_pin
from domain.records.person import Pin
from domain.records.pin import PepperUnknown, PinHasher, Secret, WrongPin, mark_of
from tests.conftest import Clock
from tests.people import Villager, register

RIGHT, WRONG = Secret("2581"), Secret("2580")
PASSWORD = Secret("a river runs past seven huts")
OLD, NEW = "old-pepper-0123456789abcdef-01234567", "new-pepper-0123456789abcdef-01234567"


def hasher(pepper: str, *before: str) -> PinHasher:
    return PinHasher(pepper, before=before, passes=1, memory_kib=8)


def with_pepper(store: MongoStore, pepper: str, *before: str) -> MongoStore:
    """The same store, as a process with these peppers has it."""
    return MongoStore(
        store.database, store.books, hasher(pepper, *before), [], {}, "*384*7#", store.now, countries=["UG"]
    )


@pytest.fixture
def old(store: MongoStore) -> MongoStore:
    return with_pepper(store, OLD)


@pytest.fixture
def new(store: MongoStore) -> MongoStore:
    return with_pepper(store, NEW, OLD)


@pytest.fixture
def akello(old: MongoStore) -> Villager:
    return register(old, "Akello Grace", "+256772000101", RIGHT.value)


def hash_of(store: MongoStore, akello: Villager) -> str:
    return store.people.get(akello.id).pin.hash


def test_a_right_pin_goes_over_to_the_new_pepper(old: MongoStore, new: MongoStore, akello: Villager) -> None:
    before = hash_of(new, akello)
    with pytest.raises(WrongPin):
        check_pin(new, akello.id, WRONG)
    assert hash_of(new, akello) == before, "a wrong one does not"
    check_pin(new, akello.id, RIGHT)
    assert mark_of(hash_of(new, akello)) == hasher(NEW).marks[0]
    assert new.people.get(akello.id).pin.wrong == 0
    check_pin(with_pepper(new, NEW), akello.id, RIGHT)  # the old one may go
    with pytest.raises(PepperUnknown):
        check_pin(old, akello.id, RIGHT)


def test_without_a_pepper_of_before_nothing_is_hashed_anew(old: MongoStore, akello: Villager) -> None:
    before = hash_of(old, akello)
    check_pin(old, akello.id, RIGHT)
    assert hash_of(old, akello) == before


def test_a_pepper_that_is_not_given_is_no_wrong_try(new: MongoStore, akello: Villager) -> None:
    """It was taken away too early: who knows their PIN is not locked out for it."""
    forgotten = with_pepper(new, NEW)
    for _ in range(5):
        with pytest.raises(PepperUnknown):
            check_pin(forgotten, akello.id, RIGHT)
    assert new.people.get(akello.id).pin == Pin(hash_of(new, akello))
    check_pin(new, akello.id, RIGHT)


def test_both_ways_are_known_while_processes_change(old: MongoStore, akello: Villager) -> None:
    """First every process knows the new one, then it is used: whichever is asked, the PIN is right."""
    knows = with_pepper(old, OLD, NEW)
    uses = with_pepper(old, NEW, OLD)
    for process in (knows, uses, knows, uses):
        check_pin(process, akello.id, RIGHT)
        with pytest.raises(WrongPin):
            check_pin(process, akello.id, WRONG)


def test_a_hash_without_a_mark_is_compared_with_all(new: MongoStore, akello: Villager) -> None:
    """As versions made it that knew one pepper only."""
    peppered = hmac.new(OLD.encode(), RIGHT.value.encode(), hashlib.sha256).hexdigest()
    argon = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
    new.people.change(akello.id, pin=Pin(argon.hash(peppered)))
    assert peppers.on_each_pepper(new)[2].pins == 1
    with pytest.raises(WrongPin):
        check_pin(new, akello.id, WRONG)
    check_pin(new, akello.id, RIGHT)
    assert mark_of(hash_of(new, akello)) == hasher(NEW).marks[0]


def test_what_a_version_before_reads_of_a_new_hash_is_an_argon2id_hash(akello: Villager, old: MongoStore) -> None:
    """Old and new code run side by side for a while."""
    peppered = hmac.new(OLD.encode(), RIGHT.value.encode(), hashlib.sha256).hexdigest()
    assert PasswordHasher().verify(hash_of(old, akello), peppered)


def test_what_stands_on_each_pepper_is_counted(old: MongoStore, new: MongoStore, akello: Villager) -> None:
    register(new, "Okot James", "+256772000102", RIGHT.value)
    account = make_account(old, "ruth@example.org", "Ruth", "operator", PASSWORD)
    on_new, on_old, unmarked, unknown = peppers.on_each_pepper(new)
    assert (on_new, on_old) == (peppers.OnPepper(1, 0, 0), peppers.OnPepper(1, 1, 1))
    assert unmarked == unknown == peppers.OnPepper(0, 0, 0)
    check_pin(new, akello.id, RIGHT)
    reset_account(new, account, PASSWORD)
    assert peppers.on_each_pepper(new)[:2] == [peppers.OnPepper(2, 1, 1), peppers.OnPepper(0, 0, 0)]
    assert peppers.on_each_pepper(old)[-1] == peppers.OnPepper(2, 1, 1), "and who does not know it is told"


def test_an_operator_gets_in_with_password_and_app_of_before(
    old: MongoStore, new: MongoStore, clock: Clock
) -> None:
    account = make_account(old, "ruth@example.org", "Ruth", "operator", PASSWORD)
    code = otp_of(old, account).at(old.now())
    sign_in_by_password(new, account.email, PASSWORD.value, code)
    changed = new.accounts.get(account.id)
    assert mark_of(changed.password.hash) == hasher(NEW).marks[0]
    clock.forward(seconds=60)
    code = otp_of(old, account).at(old.now())
    sign_in_by_password(new, account.email, PASSWORD.value, code)  # the app is the one of before until it is reset
    assert peppers.on_each_pepper(new)[1] == peppers.OnPepper(0, 0, 1)


def test_the_log_of_acts_is_whole_over_a_change_of_pepper(old: MongoStore, new: MongoStore) -> None:
    note(old, None, "token.made")
    seal_waiting(old)
    note(old, None, "token.made")
    note(new, None, "token.made")
    seal_waiting(new)
    assert verify_audit(new).seq == 3
    assert altered(new, audit_entries(new)) == set()
    with pytest.raises(AuditBroken):
        verify_audit(with_pepper(new, NEW))
    old.database["audit"].update_one({"seq": 1}, {"$set": {"did": "audit.seen"}})
    with pytest.raises(AuditBroken, match="line 1 "):
        verify_audit(new)


def test_a_mark_says_nothing_of_the_pepper() -> None:
    mark = hasher(OLD).marks[0]
    assert OLD not in mark
    assert mark != hasher(NEW).marks[0]
    assert hasher(OLD, NEW).marks == [mark, *hasher(NEW).marks]
    assert OLD not in repr(vars(hasher(NEW, OLD))["_argon"])
