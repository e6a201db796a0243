"""A forgotten PIN: who may start it, where the code goes, and what follows a new PIN."""

from datetime import timedelta

import pytest

from domain.commands import execute
from domain.errors import DomainError
from domain.mongo.store import MongoStore
from domain.people.chats import CODE_TRIES, CodeExpired, WrongCode, put_address
from domain.people.forgotten_pin import (
    PIN_CODE_VALID,
    ResetPin,
    SendPinCode,
    SendPinCodeByOperator,
    check_pin_code,
    pin_code_waits,
)
from domain.people.freeze import Freeze
from domain.people.limits import PIN_CODES_BY_OFFICER, PIN_CODES_TO_MEMBER, TooManyCodes
from domain.people.pins import check_pin
from domain.records.chat import TEXT
from domain.records.person import NotAllowed, membership_id
from domain.records.pin import PinLocked, Secret, WrongPin
from tests.conftest import Clock
from tests.people import Village, Villager, do, register

NEW = "73519"


def start(store: MongoStore, village: Village, by: Villager, who: Villager) -> str:
    """An officer starts it; answers with the code that went to the member's phone."""
    do(store, SendPinCode(by.id, village.umoja, who.id))
    return code_of(store, who)


def code_of(store: MongoStore, who: Villager) -> str:
    return max(store.codes.find(phone=who.phone), key=lambda sent: sent.at).code


def reset(store: MongoStore, who: Villager, pin: str = NEW) -> None:
    do(store, ResetPin(who.id, store.pins.hash(Secret(pin))))


def test_an_officer_starts_it_and_the_member_sets_a_new_pin(
    store: MongoStore, village: Village, clock: Clock
) -> None:
    code = start(store, village, village.nakato, village.akello)
    clock.forward(minutes=20)
    check_pin_code(store, village.akello.id, Secret(code))
    reset(store, village.akello)
    check_pin(store, village.akello.id, Secret(NEW))
    with pytest.raises(WrongPin):
        check_pin(store, village.akello.id, Secret(village.akello.pin))
    assert store.people.get(village.akello.id).held_since == clock()


def test_the_code_goes_to_the_phone_alone_and_every_chat_hears_who_asked(
    store: MongoStore, village: Village
) -> None:
    put_address(store, "chat:1", "chat", village.akello.id)
    code = start(store, village, village.nakato, village.akello)
    with_code = [notice for notice in store.notices.find() if code in str(notice.values)]
    assert [(n.kind, n.to, n.person) for n in with_code] == [("pin_code", village.akello.phone, "")]
    (warning,) = store.notices.find(kind="pin_asked")
    assert (warning.first, warning.values) == ("chat:1", {"name": village.nakato.name})


def test_what_the_officer_is_answered_holds_no_code(store: MongoStore, village: Village) -> None:
    command = SendPinCode(village.nakato.id, village.umoja, village.akello.id)
    assert execute(store, "start", command) is None
    assert code_of(store, village.akello) not in str(store.commands.find())


def test_every_phone_and_chat_hears_of_the_new_pin(store: MongoStore, village: Village) -> None:
    put_address(store, "chat:1", "chat", village.akello.id)
    check_pin_code(store, village.akello.id, Secret(start(store, village, village.nakato, village.akello)))
    reset(store, village.akello)
    assert sorted(n.first for n in store.notices.find(kind="pin_reset")) == ["chat:1", TEXT]


@pytest.mark.parametrize("who", ["nakato", "okot", "stranger"])
def test_nobody_starts_it_for_themselves_nor_a_member_for_a_member_nor_for_a_stranger(
    store: MongoStore, village: Village, who: str
) -> None:
    stranger = register(store, "Ouma Peter", "+256772000177", "1590")
    by, whose = {
        "nakato": (village.nakato, village.nakato),
        "okot": (village.okot, village.akello),
        "stranger": (village.nakato, stranger),
    }[who]
    with pytest.raises(NotAllowed):
        start(store, village, by, whose)
    assert not store.notices.find(kind="pin_code")


@pytest.mark.parametrize("status", ["suspended", "leaving"])
def test_who_is_still_to_be_paid_can_have_a_new_pin(store: MongoStore, village: Village, status: str) -> None:
    store.memberships.change(membership_id(village.umoja, village.akello.id), status=status)
    start(store, village, village.nakato, village.akello)
    assert pin_code_waits(store, village.akello.id)


def test_a_sole_officer_and_who_is_in_no_group_ask_the_operator(store: MongoStore, village: Village) -> None:
    stranger = register(store, "Ouma Peter", "+256772000177", "1590")
    for who in (village.nakato, stranger):
        do(store, SendPinCodeByOperator(who.id))
        check_pin_code(store, who.id, Secret(code_of(store, who)))
        reset(store, who)
        check_pin(store, who.id, Secret(NEW))


def test_no_new_pin_without_the_right_code(store: MongoStore, village: Village) -> None:
    with pytest.raises(CodeExpired):
        reset(store, village.akello)
    code = start(store, village, village.nakato, village.akello)
    with pytest.raises(CodeExpired):
        reset(store, village.akello)
    wrong = str(int(code) ^ 1).zfill(6)
    for left in range(CODE_TRIES - 1, 0, -1):
        with pytest.raises(WrongCode) as refused:
            check_pin_code(store, village.akello.id, Secret(wrong))
        assert refused.value.details == {"left": left}
    with pytest.raises(CodeExpired):
        check_pin_code(store, village.akello.id, Secret(wrong))
    with pytest.raises(CodeExpired):
        check_pin_code(store, village.akello.id, Secret(code))
    check_pin(store, village.akello.id, Secret(village.akello.pin))


def test_a_code_is_good_once_for_an_hour_and_not_after_a_newer_one(
    store: MongoStore, village: Village, clock: Clock
) -> None:
    first = start(store, village, village.nakato, village.akello)
    clock.forward(minutes=1)
    second = start(store, village, village.wanjiru, village.akello)
    if first != second:
        with pytest.raises(WrongCode):
            check_pin_code(store, village.akello.id, Secret(first))
    check_pin_code(store, village.akello.id, Secret(second))
    reset(store, village.akello)
    with pytest.raises(CodeExpired):
        reset(store, village.akello, "84620")
    assert not pin_code_waits(store, village.akello.id)
    third = start(store, village, village.wanjiru, village.akello)
    clock.forward(seconds=PIN_CODE_VALID.total_seconds() + 1)
    with pytest.raises(CodeExpired):
        check_pin_code(store, village.akello.id, Secret(third))


def test_a_code_to_the_number_before_is_no_code_of_the_new_one(store: MongoStore, village: Village) -> None:
    code = start(store, village, village.nakato, village.akello)
    store.people.change(village.akello.id, phone="+256772000177")
    with pytest.raises(CodeExpired):
        check_pin_code(store, village.akello.id, Secret(code))


def test_codes_a_day_are_few_for_a_member_and_for_an_officer(store: MongoStore, village: Village) -> None:
    for by in (village.nakato, village.wanjiru, village.nakato):
        start(store, village, by, village.akello)
    for refused in (
        SendPinCode(village.wanjiru.id, village.umoja, village.akello.id),
        SendPinCodeByOperator(village.akello.id),
    ):
        with pytest.raises(TooManyCodes):
            do(store, refused)
    assert len(store.notices.find(kind="pin_code")) == PIN_CODES_TO_MEMBER.most
    store.limits.take(*[PIN_CODES_BY_OFFICER.of(village.nakato.id)] * (PIN_CODES_BY_OFFICER.most - 2))
    with pytest.raises(TooManyCodes):
        start(store, village, village.nakato, village.okot)
    start(store, village, village.wanjiru, village.okot)


def test_a_new_pin_ends_a_lock_and_opens_no_frozen_account(store: MongoStore, village: Village) -> None:
    do(store, Freeze(village.akello.id))
    for _ in range(3):
        with pytest.raises(DomainError):
            check_pin(store, village.akello.id, Secret("9999"))
    with pytest.raises(PinLocked):
        check_pin(store, village.akello.id, Secret(village.akello.pin))
    check_pin_code(store, village.akello.id, Secret(start(store, village, village.nakato, village.akello)))
    reset(store, village.akello)
    check_pin(store, village.akello.id, Secret(NEW))
    assert store.people.get(village.akello.id).frozen


def test_money_is_held_from_whichever_is_new(store: MongoStore, village: Village, clock: Clock) -> None:
    before, after = clock(), clock() + timedelta(hours=3)
    assert store.people.get(village.akello.id).held_since is None
    store.people.change(village.akello.id, phone_changed_at=before)
    assert store.people.get(village.akello.id).held_since == before
    store.people.change(village.akello.id, pin_reset_at=after)
    assert store.people.get(village.akello.id).held_since == after
