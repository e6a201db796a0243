"""PINs: what is refused, what is stored, and how wrong ones are counted."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.mongo.store import MongoStore
from domain.people.chats import put_address
from domain.people.pins import SetPin, check_pin, hash_pin, same_pin
from domain.records.chat import TEXT
from domain.records.notice import ALWAYS
from domain.records.person import Pin
from domain.records.pin import (
    LOCKED_FOR_MAX,
    TRIES,
    PepperUnknown,
    PinHasher,
    PinLocked,
    PinsDiffer,
    Secret,
    WeakPin,
    WrongPin,
    after_try,
    check_not_locked,
    is_weak,
)
from tests.conftest import PEPPER, Clock
from tests.people import Villager, do, register

RIGHT, WRONG = Secret("2581"), Secret("2580")


@pytest.fixture
def akello(store: MongoStore) -> Villager:
    return register(store, "Akello Grace", "+256772000101", RIGHT.value)


@pytest.mark.parametrize("pin", ["0000", "99999", "1234", "98765", "7890", "3210", "1098"])
def test_a_pin_that_anyone_would_try_first_is_weak(pin: str) -> None:
    assert is_weak(pin)


@pytest.mark.parametrize("pin", ["2580", "1212", "1357", "00001", "1243"])
def test_any_other_pin_is_not(pin: str) -> None:
    assert not is_weak(pin)


def test_a_weak_pin_is_never_hashed(store: MongoStore) -> None:
    with pytest.raises(WeakPin):
        hash_pin(store, Secret("1234"))
    assert "2581" not in hash_pin(store, RIGHT)


def test_the_same_pin_is_stored_differently_each_time_and_found_again() -> None:
    pins = PinHasher(PEPPER)
    one, other = pins.hash(RIGHT), pins.hash(RIGHT)
    assert one != other
    assert pins.matches(one, RIGHT) and pins.matches(other, RIGHT) and not pins.matches(one, WRONG)


def test_a_hash_costs_what_is_advised() -> None:
    """OWASP, "Password Storage": argon2id with 19 MiB, two passes and one thread."""
    assert "$argon2id$v=19$m=19456,t=2,p=1$" in PinHasher(PEPPER).hash(RIGHT)


def test_a_hash_that_cost_less_is_still_known() -> None:
    cheap = PinHasher(PEPPER, passes=1, memory_kib=8)
    assert PinHasher(PEPPER).matches(cheap.hash(RIGHT), RIGHT)


def test_a_stolen_hash_is_of_no_use_without_the_pepper() -> None:
    stolen = PinHasher(PEPPER).hash(RIGHT)
    with pytest.raises(PepperUnknown):
        PinHasher("another-pepper-0123456789abcdef-0123").matches(stolen, RIGHT)


def test_a_secret_does_not_show_itself() -> None:
    assert "2581" not in f"{RIGHT} {RIGHT!r} {[RIGHT]}"


def test_the_pin_typed_twice_must_be_the_same(store: MongoStore) -> None:
    hashed = hash_pin(store, RIGHT)
    same_pin(store, hashed, RIGHT)
    with pytest.raises(PinsDiffer):
        same_pin(store, hashed, WRONG)


def tries(store: MongoStore, who: Villager, count: int = TRIES) -> Iterator[str]:
    """What each of some wrong tries is answered with."""
    for _ in range(count):
        try:
            check_pin(store, who.id, WRONG)
        except (WrongPin, PinLocked) as refused:
            yield f"{refused.code} {next(iter(refused.details.values()))}"


def test_three_wrong_pins_lock_it_and_each_time_for_twice_as_long(
    store: MongoStore, akello: Villager, clock: Clock
) -> None:
    for minutes in (15, 30, 60):
        assert [*tries(store, akello)] == ["wrong_pin 2", "wrong_pin 1", f"pin_locked {minutes}"]
        clock.forward(minutes=minutes - 1)
        with pytest.raises(PinLocked) as locked:
            check_pin(store, akello.id, RIGHT)
        assert locked.value.details == {"minutes": 1}, "not even the right one, a minute before its time"
        clock.forward(minutes=1)
    check_pin(store, akello.id, RIGHT)
    assert [*tries(store, akello)][-1] == "pin_locked 15", "a right one forgives"


def test_a_right_pin_in_between_starts_the_count_anew(store: MongoStore, akello: Villager) -> None:
    assert [*tries(store, akello, 2)] == ["wrong_pin 2", "wrong_pin 1"]
    check_pin(store, akello.id, RIGHT)
    assert [*tries(store, akello, 2)] == ["wrong_pin 2", "wrong_pin 1"]


def test_tries_are_counted_in_the_store(store: MongoStore, akello: Villager) -> None:
    [*tries(store, akello, 2)]
    assert store.people.get(akello.id).pin.wrong == 2


def test_guesses_at_once_are_as_many_tries(store: MongoStore, akello: Villager) -> None:
    """Eight threads get three tries between them, not three each."""
    with ThreadPoolExecutor(8) as threads:
        answers = [*threads.map(lambda _: next(tries(store, akello, 1)), range(8))]
    assert sorted(answers)[6:] == ["wrong_pin 1", "wrong_pin 2"]
    assert set(answers) == {"wrong_pin 1", "wrong_pin 2", "pin_locked 15"}
    assert store.people.get(akello.id).pin.lockouts == 1


def test_the_owner_is_told_of_each_lock_once_on_the_phone_and_in_every_chat(
    store: MongoStore, akello: Villager, clock: Clock
) -> None:
    """Whoever guesses holds one of these, and not all."""
    put_address(store, "telegram:7", "telegram", akello.id)
    [*tries(store, akello, TRIES - 1)]
    assert store.notices.find(kind="pin_locked") == []
    [*tries(store, akello, 3)]  # one locks it, two are not looked at
    told = store.notices.find(kind="pin_locked", person=akello.id)
    assert sorted((each.first, each.values["minutes"]) for each in told) == [("telegram:7", 15), (TEXT, 15)]
    clock.forward(minutes=15)
    [*tries(store, akello)]
    told = store.notices.find(kind="pin_locked", person=akello.id)
    assert sorted(each.values["minutes"] for each in told if each.first == TEXT) == [15, 30]


def test_guesses_at_once_lock_it_once_and_tell_so_once(store: MongoStore, akello: Villager) -> None:
    [*tries(store, akello, TRIES - 1)]
    with ThreadPoolExecutor(4) as threads:
        answers = [*threads.map(lambda _: next(tries(store, akello, 1)), range(4))]
    assert answers == ["pin_locked 15"] * 4
    (told,) = store.notices.find(kind="pin_locked")
    assert (told.person, told.kind in ALWAYS) == (akello.id, True)


def test_a_new_pin_unlocks_and_the_member_is_told(store: MongoStore, akello: Villager) -> None:
    [*tries(store, akello)]
    do(store, SetPin(akello.id, hash_pin(store, WRONG)))
    check_pin(store, akello.id, WRONG)
    (told,) = store.notices.find(person=akello.id, kind="pin_changed")
    assert told.state == "queued"
    with pytest.raises(WrongPin):
        check_pin(store, akello.id, RIGHT)


@given(st.lists(st.booleans(), max_size=30))
def test_a_lock_never_outlasts_a_day_nor_the_count_its_bounds(answers: list[bool]) -> None:
    pin, now = Pin("hash"), Clock()()
    for right in answers:
        pin = after_try(pin, right, now)
        assert 0 <= pin.wrong < TRIES
        if pin.locked_until is not None and pin.locked_until > now:
            assert timedelta(minutes=15) <= pin.locked_until - now <= LOCKED_FOR_MAX
            with pytest.raises(PinLocked):
                check_not_locked(pin, now)
            now = pin.locked_until
        check_not_locked(pin, now)
