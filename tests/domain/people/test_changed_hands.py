"""A number that changed hands: the account leaves it, nothing is lost, and its owner comes back."""

import pytest

from domain.decisions.rights import officers_can_act
from domain.decisions.voting import Vote
from domain.groups.invite import Invite
from domain.groups.join import Decide, JoinGroup
from domain.groups.officers import NameOfficer, OfficeTaken, acts_for_officers
from domain.money import Money
from domain.mongo.store import MongoStore
from domain.people.changed_hands import CloseNumber, who_had
from domain.people.chats import CodeExpired, SendCode, check_code, put_address
from domain.people.forgotten_pin import SendPinCode, check_pin_code
from domain.people.limits import NUMBERS_CLOSED_BY_PHONE, TooManyClosed
from domain.people.new_phone import ChangePhone
from domain.people.phones import person_with
from domain.people.pins import check_pin
from domain.people.profile import member
from domain.records.invitation import InvitationNotYours
from domain.records.person import NoPhone, NotAllowed, membership_id
from domain.records.pin import Secret
from domain.savings.contribute import Contribute, RecordCash
from domain.treasury.money_in import NotCollected
from domain.treasury.settle import payment_succeeded
from tests.conftest import Clock
from tests.people import Village, Villager, do, register

NEW = "+256772000555"


def close(store: MongoStore, who: Villager) -> None:
    do(store, CloseNumber(who.id, who.phone))


def no_phone(store: MongoStore, village: Village, who: Villager) -> bool:
    return store.memberships.get(membership_id(village.umoja, who.id)).no_phone


def test_the_account_leaves_the_number_and_keeps_its_pin(
    store: MongoStore, village: Village, clock: Clock
) -> None:
    akello = village.akello
    close(store, akello)
    person = store.people.get(akello.id)
    assert (person.phone, person.phone_before, person.phone_closed_at) == ("", akello.phone, clock())
    assert (person_with(store, akello.phone), who_had(store, akello.phone)) == (None, akello.id)
    assert no_phone(store, village, akello)
    assert not no_phone(store, village, village.okot)
    assert not member(store, akello.id).speaks_from(akello.phone)
    check_pin(store, akello.id, Secret(akello.pin))


def test_only_the_number_that_is_theirs_is_closed_and_only_once(store: MongoStore, village: Village) -> None:
    with pytest.raises(NotAllowed):
        do(store, CloseNumber(village.akello.id, village.okot.phone))
    assert store.people.get(village.akello.id).phone == village.akello.phone
    close(store, village.akello)
    with pytest.raises(NotAllowed):
        close(store, village.akello)
    with pytest.raises(NotAllowed):
        do(store, CloseNumber(village.akello.id, ""))
    assert store.notices.count(kind="number_closed") == 2


def test_the_officers_and_the_chats_that_remain_are_told_and_the_number_is_not(
    store: MongoStore, village: Village
) -> None:
    akello = village.akello
    for address in (f"chat:{akello.phone}", "other:1"):
        put_address(store, address, address.partition(":")[0], akello.id)
    before = {each.id for each in store.notices.find()}
    close(store, akello)
    told = [each for each in store.notices.find() if each.id not in before]
    assert {(each.kind, each.person, each.first, each.to) for each in told} == {
        ("number_closed", village.nakato.id, "", ""),
        ("number_closed", village.wanjiru.id, "", ""),
        ("number_lost", akello.id, "other:1", ""),
    }
    assert [chat.id for chat in member(store, akello.id).chats] == ["other:1"]


def test_a_chat_that_remains_gets_receipts_and_who_has_none_gets_nothing(
    store: MongoStore, village: Village
) -> None:
    put_address(store, "other:1", "other", village.akello.id)
    for who in (village.akello, village.okot):
        close(store, who)
        do(store, RecordCash(village.umoja, who.id, Money(5_500, "UGX"), village.wanjiru.id))
        with pytest.raises(NotCollected):
            do(store, Contribute(village.umoja, who.id, Money(6_000, "UGX")))
    assert [each.person for each in store.notices.find(kind="receipt")] == [village.akello.id]


def test_codes_that_went_to_the_number_prove_nothing(store: MongoStore, village: Village) -> None:
    akello = village.akello
    do(store, SendPinCode(village.nakato.id, village.umoja, akello.id))
    do(store, SendCode("chat:1", akello.phone, "en"))
    do(store, SendCode("chat:1", village.okot.phone, "en"))
    codes = {each.phone: Secret(each.code) for each in store.codes.find(address="chat:1")}
    (pin_code,) = store.codes.find(address=f"pin:{akello.id}")
    close(store, akello)
    with pytest.raises(CodeExpired):
        check_code(store, "chat:1", akello.phone, codes[akello.phone])
    with pytest.raises(CodeExpired):
        check_pin_code(store, akello.id, Secret(pin_code.code))
    check_code(store, "chat:1", village.okot.phone, codes[village.okot.phone])


def test_an_invitation_to_the_number_lets_the_newcomer_in_only_if_it_came_after(
    store: MongoStore, village: Village, clock: Clock
) -> None:
    before = do(store, Invite(village.nakato.id, village.umoja, NEW))
    register(store, "Opio Peter", NEW, "4826")
    opio = person_with(store, NEW)
    assert opio is not None
    do(store, CloseNumber(opio, NEW))
    clock.forward(hours=1)
    register(store, "Adong Ruth", NEW, "4826")
    adong = str(person_with(store, NEW))
    with pytest.raises(InvitationNotYours):
        do(store, JoinGroup(adong, before["token"]))
    after = do(store, Invite(village.nakato.id, village.umoja, NEW))
    assert do(store, JoinGroup(adong, after["token"]))["active"]


def test_money_that_was_not_sent_is_not_sent_to_the_number(store: MongoStore, village: Village) -> None:
    akello = village.akello
    do(store, Contribute(village.umoja, akello.id, Money(5_500, "UGX")))
    do(store, Contribute(village.umoja, village.okot.id, Money(5_500, "UGX")))
    close(store, akello)
    recalled = {each.person: each.recalled for each in store.payments.find(direction="in")}
    assert recalled == {akello.id: True, village.okot.id: False}


def test_what_the_provider_says_of_money_under_way_is_posted_all_the_same(
    store: MongoStore, village: Village
) -> None:
    do(store, Contribute(village.umoja, village.akello.id, Money(5_500, "UGX")))
    (payment,) = store.payments.find(person=village.akello.id)
    sent = store.payments.change(payment.id, state="pending")
    assert sent is not None
    close(store, village.akello)
    payment_succeeded(store, store.payments.get(payment.id), "provider:1")
    assert store.payments.get(payment.id).state == "succeeded"


def test_an_officer_without_their_number_decides_nothing_until_they_have_one(
    store: MongoStore, village: Village
) -> None:
    nakato = village.nakato
    do(store, ChangePhone(village.akello.id, village.umoja, village.akello.id, NEW))
    (proposal,) = store.proposals.find(kind="phone", state="open")
    close(store, nakato)
    vote = Vote(nakato.id, proposal.id, proposal.digest, yes=True)
    register(store, "Opio Peter", "+256772000556", "4826")
    opio = str(person_with(store, "+256772000556"))
    do(store, JoinGroup(opio, store.groups.get(village.umoja).code))
    for command in (
        vote,
        Decide(nakato.id, village.umoja, opio, welcome=True),
        RecordCash(village.umoja, village.okot.id, Money(5_500, "UGX"), nakato.id),
    ):
        with pytest.raises(NoPhone):
            do(store, command)
    do(store, ChangePhone(nakato.id, village.umoja, nakato.id, "+256772000777"))
    (mine,) = store.proposals.find(kind="phone", subject=nakato.id, state="open")
    do(store, Vote(village.wanjiru.id, mine.id, mine.digest, yes=True))
    do(store, vote)
    assert store.people.get(village.akello.id).phone == NEW


def test_where_no_officer_has_a_phone_a_member_names_another(store: MongoStore, village: Village) -> None:
    register(store, "Opio Peter", NEW, "4826")
    token = do(store, Invite(village.nakato.id, village.umoja, ""))["token"]
    do(store, JoinGroup(str(person_with(store, NEW)), token))
    assert not acts_for_officers(store, village.umoja, village.okot.id)
    role = store.memberships.get(membership_id(village.umoja, village.wanjiru.id)).role
    assert role != "member"
    with pytest.raises(OfficeTaken):
        do(store, NameOfficer(village.nakato.id, village.umoja, village.okot.id, role))
    close(store, village.wanjiru)
    assert officers_can_act(store, village.umoja)
    close(store, village.nakato)
    assert not officers_can_act(store, village.umoja)
    do(store, NameOfficer(village.akello.id, village.umoja, village.okot.id, role))


def test_the_owner_comes_back_to_the_number_with_an_officer_and_waits_a_day_for_money(
    store: MongoStore, village: Village, clock: Clock
) -> None:
    akello = village.akello
    close(store, akello)
    do(store, ChangePhone(akello.id, village.umoja, akello.id, akello.phone))
    (proposal,) = store.proposals.find(kind="phone", state="open")
    do(store, Vote(village.nakato.id, proposal.id, proposal.digest, yes=True))
    person = store.people.get(akello.id)
    assert (person.phone, person.held_since) == (akello.phone, clock())
    assert (no_phone(store, village, akello), who_had(store, akello.phone)) == (False, "")
    check_pin(store, akello.id, Secret(akello.pin))


def test_one_number_is_closed_twice_a_day_at_most(store: MongoStore, village: Village, clock: Clock) -> None:
    assert NUMBERS_CLOSED_BY_PHONE.most == 2
    for name in ("Opio Peter", "Adong Ruth"):
        register(store, name, NEW, "4826")
        do(store, CloseNumber(str(person_with(store, NEW)), NEW))
    register(store, "Apio Jane", NEW, "4826")
    jane = str(person_with(store, NEW))
    with pytest.raises(TooManyClosed):
        do(store, CloseNumber(jane, NEW))
    assert person_with(store, NEW) == jane
    clock.forward(hours=49)
    do(store, CloseNumber(jane, NEW))
    assert who_had(store, NEW) == jane
