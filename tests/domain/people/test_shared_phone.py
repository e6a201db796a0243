"""Two members share a number: every door that asks by the number finds both, or asks which one is meant."""

from dataclasses import replace

import pytest

from domain.decisions.voting import AlreadyAsked, Vote
from domain.groups.invite import Invite
from domain.groups.register import Register
from domain.money import Money
from domain.mongo.indexes import prepare
from domain.mongo.store import MongoStore
from domain.people.chats import SEVERAL, Link, heard_from, name_of_holder, stop_messages_to
from domain.people.find import find_members
from domain.people.phones import holders_of, person_with
from domain.people.shared_phone import LetIn, PhoneFull, SharePhone, without_phone
from domain.records.person import AlreadyInGroup, AlreadyRegistered, NotAllowed, Person, Pin
from domain.store import Duplicate
from tests.people import Village, do, enrolled, found_group


@pytest.fixture
def apio(store: MongoStore, village: Village) -> Person:
    """She shares Akello's phone, and is in no group."""
    akello = store.people.get(village.akello.id)
    apio = replace(akello, id=store.new_id(), name="Apio Sarah", seat=1, pin=Pin("hash"))
    store.people.insert(apio)
    return apio


def test_both_have_the_number_who_had_it_first_is_first(store: MongoStore, village: Village, apio: Person) -> None:
    phone = village.akello.phone
    assert [person.id for person in holders_of(store, phone)] == [village.akello.id, apio.id]
    assert person_with(store, phone) == village.akello.id
    assert name_of_holder(store, phone) == SEVERAL
    with pytest.raises(AlreadyRegistered):
        do(store, Register(phone, "Somebody Else", "en", "hash"))


def test_nobody_has_no_number(store: MongoStore, village: Village) -> None:
    store.people.insert(Person(store.new_id(), "Auma Jane", "", "en", Pin(""), store.now()))
    assert holders_of(store, "") == []


def test_a_seat_is_one_persons(store: MongoStore, apio: Person) -> None:
    """Whoever comes second of two at one moment is refused by the store itself."""
    with pytest.raises(Duplicate):
        store.people.insert(replace(apio, id=store.new_id()))


def test_a_document_of_before_has_the_first_seat(store: MongoStore, village: Village) -> None:
    store.database["people"].update_one({"_id": village.akello.id}, {"$unset": {"seat": ""}})
    assert [person.seat for person in holders_of(store, village.akello.phone)] == [0]


def test_an_index_of_before_lets_nobody_out_of_a_seat(store: MongoStore, village: Village) -> None:
    """An upgrade puts its own index in the place of the one that knew no seats."""
    people = store.database["people"]
    only = {"phone": {"$gt": ""}}
    people.create_index("phone", name="phone_held", unique=True, partialFilterExpression=only)
    prepare(store.database)
    assert {"seat_held"} == {name for name in people.index_information() if name.endswith("_held")}


def test_stop_from_a_shared_phone_stops_all_of_them(store: MongoStore, village: Village, apio: Person) -> None:
    both = [village.akello.id, apio.id]
    for stopped in (True, False):
        assert stop_messages_to(store, village.akello.phone, stopped) == both
        assert [store.people.get(each).messages_stopped for each in both] == [stopped, stopped]


def test_an_officer_finds_those_of_the_group(store: MongoStore, village: Village, apio: Person) -> None:
    found = find_members(store, village.umoja, village.akello.phone, "UG")
    assert [each.name for each in found] == ["Akello Grace"]


def test_a_chat_of_the_number_is_told_to_both(store: MongoStore, village: Village, apio: Person) -> None:
    address = heard_from(store, "chat:1", "chat", village.akello.phone, "")
    assert address is not None and address.person == village.akello.id
    do(store, Link("chat:2", "chat", village.akello.phone))
    for each in (village.akello.id, apio.id):
        assert store.notices.count(person=each, kind="chat_linked") == 2


def test_an_invitation_goes_to_the_one_who_is_not_in_the_group(
    store: MongoStore, village: Village, apio: Person
) -> None:
    do(store, Invite(village.nakato.id, village.umoja, village.akello.phone))
    assert store.notices.count(person=apio.id, kind="invitation") == 1


def test_an_invitation_to_two_names_neither(store: MongoStore, village: Village, apio: Person) -> None:
    other = found_group(store, "20202", "Tumaini", Money(5_000, "UGX"), {village.nakato: "chairperson"})
    do(store, Invite(village.nakato.id, other, village.akello.phone))
    told = store.notices.one(kind="invitation")
    assert told is not None and (told.person, told.to) == ("", village.akello.phone)


def test_where_all_of_them_are_in_it_nobody_is_invited(store: MongoStore, village: Village, apio: Person) -> None:
    membership = store.memberships.get(f"{village.umoja}:{village.akello.id}")
    id = f"{village.umoja}:{apio.id}"
    store.memberships.insert(replace(membership, id=id, person=apio.id, number=9))
    with pytest.raises(AlreadyInGroup):
        do(store, Invite(village.nakato.id, village.umoja, village.akello.phone))


def test_four_have_one_phone_and_no_more(store: MongoStore, village: Village) -> None:
    holder = village.akello.id
    for name in ("Apio Sarah", "Auma Jane", "Adong Rose"):
        do(store, SharePhone(holder, name, "hash"))
    assert [person.seat for person in holders_of(store, village.akello.phone)] == [0, 1, 2, 3]
    with pytest.raises(PhoneFull):
        do(store, SharePhone(holder, "Aber Ruth", "hash"))


def test_those_who_have_the_phone_hear_who_joined_but_not_who_let_them_in(
    store: MongoStore, village: Village, apio: Person
) -> None:
    do(store, SharePhone(apio.id, "Auma Jane", "hash"))
    assert [told.person for told in store.notices.find(kind="phone_joined")] == [village.akello.id]


def test_only_who_has_no_phone_is_let_in_and_only_into_ones_own_group(
    store: MongoStore, village: Village, apio: Person
) -> None:
    auma = enrolled(store, village, "Auma Rose")
    assert [each.person for each in without_phone(store, village.akello.id)] == [auma]
    assert not without_phone(store, apio.id)
    with pytest.raises(NotAllowed):
        do(store, LetIn(apio.id, village.umoja, auma))
    with pytest.raises(AlreadyRegistered):
        do(store, LetIn(village.akello.id, village.umoja, village.okot.id))
    do(store, LetIn(village.akello.id, village.umoja, auma))
    with pytest.raises(AlreadyAsked):
        do(store, LetIn(village.akello.id, village.umoja, auma))


def test_a_seat_that_was_taken_meanwhile_is_another_and_a_phone_that_has_gone_is_none(
    store: MongoStore, village: Village, apio: Person
) -> None:
    auma = enrolled(store, village, "Auma Rose")
    do(store, LetIn(village.akello.id, village.umoja, auma))
    (asked,) = store.proposals.find(kind="phone", state="open")
    vote = Vote(village.nakato.id, asked.id, asked.digest, yes=True)
    akello = store.people.get(village.akello.id)
    store.people.change(akello.id, phone="+256772000777")
    with pytest.raises(AlreadyRegistered):  # only Apio has it now, and she was not asked
        do(store, vote)
    store.people.change(akello.id, phone=akello.phone)
    do(store, SharePhone(apio.id, "Auma Jane", "hash"))
    do(store, vote)
    assert (store.people.get(auma).phone, store.people.get(auma).seat) == (akello.phone, 3)
