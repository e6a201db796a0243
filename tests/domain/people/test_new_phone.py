"""A new phone number: proved, agreed to, told everywhere; and what follows it."""

from typing import Any

import pytest

from domain.decisions.voting import AlreadyAsked, Vote
from domain.mongo.store import MongoStore
from domain.people.chats import check_code, heard_from, put_address
from domain.people.limits import CODES_TO_NUMBER, TooManyCodes
from domain.people.new_phone import ChangePhone, ProveNewPhone
from domain.people.phones import person_with
from domain.people.profile import member
from domain.records.chat import TEXT
from domain.records.person import AlreadyRegistered, NotAllowed, membership_id
from domain.records.pin import Secret
from domain.records.proposal import Proposal
from tests.conftest import Clock
from tests.people import Village, Villager, do, register

NEW = "+256772000555"


def ask(store: MongoStore, village: Village, by: Villager, who: Villager, phone: str = NEW) -> Proposal:
    do(store, ChangePhone(by.id, village.umoja, who.id, phone))
    (proposal,) = store.proposals.find(kind="phone", subject=who.id, state="open")
    return proposal


def vote(store: MongoStore, who: Villager, proposal: Proposal, *, yes: bool = True) -> Any:
    return do(store, Vote(who.id, proposal.id, proposal.digest, yes, "" if yes else "not her"))


def test_one_officer_agrees_and_the_person_has_the_new_number(
    store: MongoStore, village: Village, clock: Clock
) -> None:
    store.people.change(village.akello.id, network="airtel")
    proposal = ask(store, village, village.akello, village.akello)
    assert (proposal.needed, proposal.values["phone"]) == (1, NEW)
    clock.forward(hours=1)
    assert vote(store, village.nakato, proposal)["changed"] == (village.akello.id,)
    person = store.people.get(village.akello.id)
    assert (person.phone, person.phone_changed_at, person.network) == (NEW, clock(), "")
    assert person_with(store, NEW) == village.akello.id
    assert person_with(store, village.akello.phone) is None
    assert member(store, village.akello.id).phone == NEW


def test_the_old_number_and_every_chat_hear_of_it_before_and_after(store: MongoStore, village: Village) -> None:
    put_address(store, "chat:1", "chat", village.akello.id)
    proposal = ask(store, village, village.akello, village.akello)
    asked = store.notices.find(kind="phone_asked")
    assert sorted(n.first for n in asked) == ["chat:1", TEXT]
    vote(store, village.nakato, proposal)
    changed = store.notices.find(kind="phone_changed")
    assert sorted((n.to, n.first) for n in changed) == [
        ("", "chat:1"), ("", TEXT), (village.akello.phone, ""),
    ]  # fmt: skip
    assert {n.values["phone"] for n in (*asked, *changed)} == {NEW}


def test_a_chat_named_by_the_old_number_no_longer_speaks_for_the_person(
    store: MongoStore, village: Village
) -> None:
    """Whoever holds the old phone has that chat too; the others stay."""
    old = f"chat:{village.akello.phone}"
    for address in (old, "other:1"):
        put_address(store, address, address.partition(":")[0], village.akello.id)
    vote(store, village.nakato, ask(store, village, village.akello, village.akello))
    assert [chat.id for chat in member(store, village.akello.id).chats] == ["other:1"]
    again = heard_from(store, old, "chat", village.akello.phone, "")
    assert again is not None
    assert again.person == ""


def test_for_a_member_who_lost_their_phone_two_officers_are_needed(store: MongoStore, village: Village) -> None:
    proposal = ask(store, village, village.nakato, village.akello)
    with pytest.raises(NotAllowed):
        vote(store, village.nakato, proposal)
    vote(store, village.wanjiru, proposal)
    assert store.people.get(village.akello.id).phone == NEW


def test_nobody_else_changes_a_number_nor_agrees_to_their_own(store: MongoStore, village: Village) -> None:
    with pytest.raises(NotAllowed):
        ask(store, village, village.okot, village.akello)
    own = ask(store, village, village.nakato, village.nakato)
    with pytest.raises(NotAllowed):
        vote(store, village.nakato, own)
    assert store.people.get(village.nakato.id).phone == village.nakato.phone
    vote(store, village.wanjiru, own)


def test_the_number_has_to_be_nobody_s_when_it_is_proved_asked_for_and_decided(
    store: MongoStore, village: Village
) -> None:
    for command in (
        ProveNewPhone(village.akello.phone, village.akello.id, village.okot.phone),
        ChangePhone(village.akello.id, village.umoja, village.akello.id, village.okot.phone),
    ):
        with pytest.raises(AlreadyRegistered):
            do(store, command)
    assert store.notices.find(kind="phone_asked") == []
    proposal = ask(store, village, village.akello, village.akello)
    register(store, "Opio Peter", NEW, "4826")
    with pytest.raises(AlreadyRegistered):
        vote(store, village.nakato, proposal)
    assert store.people.get(village.akello.id).phone == village.akello.phone
    assert store.proposals.get(proposal.id).state == "open"


def test_the_code_goes_to_the_new_number_in_the_member_s_language(store: MongoStore, village: Village) -> None:
    store.people.change(village.akello.id, language="sw")
    prove = ProveNewPhone(village.nakato.phone, village.akello.id, NEW)
    do(store, prove)
    (sent,) = store.notices.find(kind="code")
    assert (sent.to, sent.language) == (NEW, "sw")
    check_code(store, village.nakato.phone, NEW, Secret(str(sent.values["code"])))
    for _ in range(CODES_TO_NUMBER.most - 1):
        do(store, prove)
    with pytest.raises(TooManyCodes):
        do(store, prove)


def test_what_the_officer_refuses_changes_nothing(store: MongoStore, village: Village) -> None:
    proposal = ask(store, village, village.akello, village.akello)
    with pytest.raises(AlreadyAsked):
        ask(store, village, village.akello, village.akello, "+256772000556")
    vote(store, village.nakato, proposal, yes=False)
    vote(store, village.wanjiru, proposal, yes=False)
    person = store.people.get(village.akello.id)
    assert (person.phone, person.phone_changed_at) == (village.akello.phone, None)
    told = {notice.person for notice in store.notices.find(kind="decided")}
    assert told == {village.akello.id, village.nakato.id}


def test_who_left_meanwhile_is_not_changed_by_the_group(store: MongoStore, village: Village) -> None:
    proposal = ask(store, village, village.akello, village.akello)
    store.memberships.change(membership_id(village.umoja, village.akello.id), status="exited")
    with pytest.raises(NotAllowed):
        vote(store, village.nakato, proposal)
