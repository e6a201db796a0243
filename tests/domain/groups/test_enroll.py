"""A member without a phone: written down by an officer, served by officers, told and asked nothing by phone."""

from typing import Any

import pytest

from domain.commands import execute
from domain.decisions.voting import Vote
from domain.groups.enroll import Enroll
from domain.groups.join import GroupFull
from domain.groups.leave import Expel
from domain.groups.officers import NameOfficer
from domain.loans.guarantors import possible_guarantors
from domain.money import Money
from domain.mongo.store import MongoStore
from domain.people.forgotten_pin import SendPinCode
from domain.people.new_phone import ChangePhone
from domain.people.phones import person_with
from domain.people.pins import SetFirstPin, check_pin
from domain.people.profile import member
from domain.records.person import Membership, NoPhone, NotAllowed, membership_id
from domain.records.pin import Secret, WrongPin
from domain.savings.contribute import Contribute, RecordCash
from domain.treasury.money_in import NotCollected
from tests.conftest import Clock
from tests.people import Village, do

NEW = "+256772000555"


def enroll(store: MongoStore, village: Village, name: str = "Auma Rose") -> str:
    """The person's id."""
    number = do(store, Enroll(village.nakato.id, village.umoja, name))
    (membership,) = store.memberships.find(group=village.umoja, number=number)
    return membership.person


def membership(store: MongoStore, village: Village, person: str) -> Membership:
    return store.memberships.get(membership_id(village.umoja, person))


def give_phone(store: MongoStore, village: Village, person: str) -> Any:
    do(store, ChangePhone(village.nakato.id, village.umoja, person, NEW))
    (proposal,) = store.proposals.find(kind="phone", subject=person, state="open")
    with pytest.raises(NotAllowed):
        do(store, Vote(village.nakato.id, proposal.id, proposal.digest, yes=True))
    return do(store, Vote(village.wanjiru.id, proposal.id, proposal.digest, yes=True))


def test_an_officer_enrolls_any_number_of_them_and_the_others_are_told(
    store: MongoStore, village: Village
) -> None:
    rose, mary = enroll(store, village), enroll(store, village, "Auma Mary")
    assert [membership(store, village, each).status for each in (rose, mary)] == ["active", "active"]
    assert [membership(store, village, each).number for each in (rose, mary)] == [5, 6]
    told = store.notices.find(kind="enrolled")
    assert [each.person for each in told] == [village.wanjiru.id] * 2
    with pytest.raises(NotAllowed):
        do(store, Enroll(village.akello.id, village.umoja, "Auma Ann"))


def test_the_same_command_enrolls_once_and_a_full_group_nobody(store: MongoStore, village: Village) -> None:
    command = Enroll(village.nakato.id, village.umoja, "Auma Rose")
    assert execute(store, "once", command) == execute(store, "once", command) == 5
    for number in range(6, 26):
        enroll(store, village, f"Auma {'ABCDEFGHIJKLMNOPQRSTUVWXYZ'[number]}")
    with pytest.raises(GroupFull):
        enroll(store, village)


def test_their_cash_is_written_down_and_no_message_is_queued_for_them(store: MongoStore, village: Village) -> None:
    rose = enroll(store, village)
    do(store, RecordCash(village.umoja, rose, Money(5_500, "UGX"), village.wanjiru.id))
    assert store.books.of_member_in([village.umoja], rose)[village.umoja, "3010"] == -5_000
    do(store, Expel(village.nakato.id, village.umoja, village.okot.id, "gone"))
    assert store.notices.find(person=rose) == []
    with pytest.raises(NotCollected):
        do(store, Contribute(village.umoja, rose, Money(5_500, "UGX")))


def test_a_vote_of_all_waits_for_nobody_without_a_phone(store: MongoStore, village: Village) -> None:
    """Eight without a phone, and four with one: half of those who can vote is enough."""
    people = [enroll(store, village, f"Auma {letter}a") for letter in "ABCDEFGH"]
    do(store, Expel(village.nakato.id, village.umoja, village.okot.id, "gone"))
    (proposal,) = store.proposals.find(kind="expulsion", state="open")
    assert (proposal.voters, proposal.needed) == (3, 2)
    with pytest.raises(NoPhone):
        do(store, Vote(people[0], proposal.id, proposal.digest, yes=True))
    for voter in (village.nakato, village.wanjiru):
        do(store, Vote(voter.id, proposal.id, proposal.digest, yes=True))
    assert store.memberships.get(membership_id(village.umoja, village.okot.id)).status == "expelled"


def test_whom_a_vote_is_about_is_taken_off_once(store: MongoStore, village: Village) -> None:
    rose = enroll(store, village)
    do(store, Expel(village.nakato.id, village.umoja, rose, "gone"))
    (proposal,) = store.proposals.find(kind="expulsion", state="open")
    assert proposal.voters == 4


def test_they_hold_no_office_stand_for_no_loan_and_get_no_code(store: MongoStore, village: Village) -> None:
    rose = enroll(store, village)
    with pytest.raises(NoPhone):
        do(store, NameOfficer(village.nakato.id, village.umoja, rose, "secretary"))
    assert possible_guarantors(store, village.umoja, village.akello.id, "5") == []
    assert len(possible_guarantors(store, village.umoja, village.akello.id, "4")) == 1
    with pytest.raises(NoPhone):
        do(store, SendPinCode(village.nakato.id, village.umoja, rose))


def test_two_officers_add_a_phone_and_they_choose_a_pin_once(
    store: MongoStore, village: Village, clock: Clock
) -> None:
    rose = enroll(store, village)
    other = enroll(store, village, "Auma Mary")
    give_phone(store, village, rose)
    person = store.people.get(rose)
    assert (person.phone, person.held_since, person_with(store, NEW)) == (NEW, clock(), rose)
    assert not membership(store, village, rose).no_phone
    assert membership(store, village, other).no_phone
    assert not member(store, rose).has_pin
    with pytest.raises(WrongPin):
        check_pin(store, rose, Secret("2580"))
    do(store, SetFirstPin(rose, store.pins.hash(Secret("2580"))))
    check_pin(store, rose, Secret("2580"))
    assert member(store, rose).has_pin
    with pytest.raises(NotAllowed):
        do(store, SetFirstPin(rose, store.pins.hash(Secret("9513"))))
    do(store, Expel(village.nakato.id, village.umoja, village.okot.id, "gone"))
    told = {each.kind for each in store.notices.find(person=rose)}
    assert told == {"phone_changed", "pin_changed", "decision_wanted"}
