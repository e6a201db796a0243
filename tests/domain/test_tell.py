"""Telling people: who hears of it, how often, and where it is tried first."""

import pytest

from domain.mongo.store import MongoStore
from domain.people.chats import put_address
from domain.records.chat import TEXT
from domain.records.notice import Notice
from domain.store import Duplicate
from domain.tell import tell, tell_everywhere, tell_officers, tell_phone
from tests.people import found_village


def heard(store: MongoStore, kind: str) -> list[Notice]:
    return store.notices.find(kind=kind)


def test_the_officers_hear_of_it_but_for_one_and_nobody_else_does(store: MongoStore) -> None:
    village = found_village(store)
    group = store.groups.get(village.umoja)
    tell_officers(store, group, "settlement_due", but=village.nakato.id, name="Okot")
    assert [(each.person, each.values) for each in heard(store, "settlement_due")] == [
        (village.wanjiru.id, {"group": group.name, "name": "Okot"})
    ]


def test_what_has_a_reason_of_its_own_is_told_once(store: MongoStore) -> None:
    village = found_village(store)
    group = store.groups.get(village.umoja)
    tell_officers(store, group, "loan_waits", id="waits:1")
    officers = {village.nakato.id, village.wanjiru.id}
    assert {each.id for each in heard(store, "loan_waits")} == {f"waits:1:{person}" for person in officers}
    with pytest.raises(Duplicate):
        tell(store, village.nakato.id, "loan_waits", id=f"waits:1:{village.nakato.id}", group=group.name)


def test_a_phone_is_told_in_its_language_whoever_has_it(store: MongoStore) -> None:
    tell_phone(store, "+256772000099", "sw", "code", id="code:1", code="123456")
    (notice,) = heard(store, "code")
    assert (notice.person, notice.to, notice.language, notice.next_at) == ("", "+256772000099", "sw", store.now())


def test_a_warning_goes_to_the_phone_and_every_chat(store: MongoStore) -> None:
    akello = found_village(store).akello
    put_address(store, "chat:1", "telegram", akello.id)
    tell_everywhere(store, akello.id, "account_frozen")
    assert {each.first for each in heard(store, "account_frozen")} == {TEXT, "chat:1"}
