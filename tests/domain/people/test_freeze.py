"""Freezing an account, and opening it again."""

import pytest

from domain.commands import execute
from domain.decisions.rights import Frozen
from domain.money import Money
from domain.mongo.store import MongoStore
from domain.people.chats import put_address
from domain.people.freeze import Freeze, Unfreeze
from domain.records.chat import TEXT, Address, routes
from domain.records.notice import ALWAYS
from domain.records.person import NotAllowed, membership_id
from domain.savings.contribute import RecordCash
from tests.conftest import Clock
from tests.domain.savers import found
from tests.people import Village, do, register


def told(store: MongoStore, kind: str) -> list[str]:
    return sorted(notice.first for notice in store.notices.find(kind=kind))


def test_who_freezes_their_account_is_told_on_the_phone_and_in_every_chat(
    store: MongoStore, village: Village
) -> None:
    for address in ("chat:1", "chat:2", "other:1"):
        put_address(store, address, address.partition(":")[0], village.akello.id)
    do(store, Freeze(village.akello.id))
    assert store.people.get(village.akello.id).frozen
    assert told(store, "account_frozen") == ["chat:1", "chat:2", "other:1", TEXT]
    do(store, Freeze(village.akello.id))
    assert len(told(store, "account_frozen")) == 4
    assert {"account_frozen", "account_opened", "phone_asked", "phone_changed"} <= ALWAYS


def test_a_message_goes_first_to_the_one_chat_it_is_for(store: MongoStore, clock: Clock) -> None:
    """Of two chats on one channel too."""
    chats = [Address(id, "chat", "person", clock(), clock()) for id in ("chat:1", "chat:2")]
    assert [way and way.id for way in routes("chat:2", chats, ["chat"])] == ["chat:2", "chat:1", None]
    assert [way and way.id for way in routes("chat:1", chats, ["chat"])] == ["chat:1", "chat:2", None]


def test_an_officer_opens_it_again_and_its_owner_is_told(store: MongoStore, village: Village) -> None:
    cash = RecordCash(village.umoja, village.akello.id, Money(500, "UGX"), village.wanjiru.id)
    do(store, Freeze(village.akello.id))
    with pytest.raises(Frozen):
        do(store, cash)
    do(store, Unfreeze(village.nakato.id, village.umoja, village.akello.id))
    assert told(store, "account_opened") == [TEXT]
    do(store, cash)


def test_nobody_opens_their_own_nor_one_of_another_group(store: MongoStore, village: Village) -> None:
    stranger = register(store, "Opio Peter", "+256772000110", "4826")
    for who in (village.akello, village.nakato, stranger):
        do(store, Freeze(who.id))
    for officer, whom in (
        (village.okot, village.akello),  # no officer
        (village.wanjiru, stranger),  # not in the group
        (village.wanjiru, village.okot),  # not frozen
    ):
        with pytest.raises(NotAllowed):
            do(store, Unfreeze(officer.id, village.umoja, whom.id))
    with pytest.raises(Frozen):
        do(store, Unfreeze(village.nakato.id, village.umoja, village.nakato.id))
    do(store, Unfreeze(village.wanjiru.id, village.umoja, village.nakato.id))
    do(store, Unfreeze(village.nakato.id, village.umoja, village.akello.id))


def test_a_frozen_officer_does_nothing_as_an_officer(store: MongoStore, village: Village) -> None:
    """Whoever holds their phone does not pay out the box of the group."""
    do(store, Freeze(village.wanjiru.id))
    cash = RecordCash(village.umoja, village.akello.id, Money(500, "UGX"), village.wanjiru.id)
    with pytest.raises(Frozen):
        execute(store, "key", cash)
    do(store, Unfreeze(village.nakato.id, village.umoja, village.wanjiru.id))
    execute(store, "key", cash)


def test_a_suspended_member_s_account_can_be_opened_too(store: MongoStore, village: Village) -> None:
    do(store, Freeze(village.okot.id))
    store.memberships.change(membership_id(village.umoja, village.okot.id), status="suspended")
    do(store, Unfreeze(village.nakato.id, village.umoja, village.okot.id))
    assert not store.people.get(village.okot.id).frozen


def test_officers_who_have_all_frozen_open_each_others_accounts(store: MongoStore) -> None:
    """Nobody else could. While one of them can act, they cannot; nor can a member, and nobody opens their own."""
    savers = found(store)
    for officer in ("ada", "ben"):
        savers.do(Freeze(officer))
    with pytest.raises(Frozen):
        savers.do(Unfreeze("ada", savers.group, "ben"))
    savers.do(Freeze("cy"))
    for who in ("cy", "dan"):
        with pytest.raises(NotAllowed):
            savers.do(Unfreeze(who, savers.group, "cy"))
    savers.do(Unfreeze("ada", savers.group, "ben"))
    with pytest.raises(Frozen):
        savers.do(Unfreeze("cy", savers.group, "ada"))
    for officer in ("ada", "cy"):
        savers.do(Unfreeze("ben", savers.group, officer))
    assert not any(person.frozen for person in store.people.among(savers.officers))
