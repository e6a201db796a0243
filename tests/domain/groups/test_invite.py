"""Invitations: one person, once, in time, and for the number they were made for."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from domain.decisions.rights import Frozen
from domain.errors import DomainError
from domain.groups.invite import A_DAY_MAX, Invite, TooManyInvitations
from domain.groups.join import GroupFull, JoinGroup, group_with_code
from domain.groups.register import Register
from domain.mongo.store import MongoStore
from domain.people.freeze import Freeze
from domain.people.phones import person_with
from domain.records.invitation import Invitation, InvitationExpired, InvitationNotYours, InvitationUsed, new_token
from domain.records.person import AlreadyInGroup, NoSuchGroup, NotAllowed, membership_id
from domain.tables import unused_id
from tests.conftest import Clock
from tests.people import Village, Villager, do, register

PHONE = "+256772000110"


@pytest.fixture
def opio(store: MongoStore, village: Village) -> Villager:
    return register(store, "Opio Peter", PHONE, "4826")


def invite(store: MongoStore, village: Village, phone: str = "") -> str:
    answer: Any = do(store, Invite(village.nakato.id, village.umoja, phone))
    return str(answer["token"])


def status(store: MongoStore, village: Village, who: Villager) -> str:
    membership = store.memberships.one(id=membership_id(village.umoja, who.id))
    return membership.status if membership else ""


def test_a_number_that_an_invitation_has_is_drawn_again(store: MongoStore, village: Village) -> None:
    store.invitations.insert(Invitation("1234567890", village.umoja, village.nakato.id, store.now()))
    drawn = iter(["1234567890", "1234567890", "1234567891"])
    assert unused_id(store.invitations, lambda: next(drawn)) == "1234567891"


def test_an_invitation_lets_in_at_once(store: MongoStore, village: Village, opio: Villager) -> None:
    token = invite(store, village, PHONE)
    assert group_with_code(store, token, PHONE) == "Umoja"
    assert do(store, JoinGroup(opio.id, token)) == {"group": "Umoja", "active": True}
    membership = store.memberships.get(membership_id(village.umoja, opio.id))
    assert (membership.status, membership.role, membership.number) == ("active", "member", 5)
    assert (membership.decided_by, membership.joined_at) == (village.nakato.id, store.now())
    (told,) = store.notices.find(kind="invitation_taken")
    assert (told.person, told.values) == (village.nakato.id, {"name": "Opio Peter", "group": "Umoja"})


def test_a_newcomer_registers_with_it_and_is_in(store: MongoStore, village: Village) -> None:
    token = invite(store, village, PHONE)
    answer = do(store, Register(PHONE, "Opio Peter", "en", "hash", token))
    assert answer == {"group": "Umoja", "active": True}
    id = person_with(store, PHONE)
    assert store.memberships.get(f"{village.umoja}:{id}").status == "active"


def test_an_invitation_for_nobody_in_particular_lets_in_whoever_has_it(
    store: MongoStore, village: Village, opio: Villager
) -> None:
    do(store, JoinGroup(opio.id, invite(store, village)))
    assert status(store, village, opio) == "active"


def test_who_waits_already_is_let_in_by_it(store: MongoStore, village: Village, opio: Villager) -> None:
    do(store, JoinGroup(opio.id, village.code))
    do(store, JoinGroup(opio.id, invite(store, village, PHONE)))
    assert status(store, village, opio) == "active"


def test_an_invitation_lets_in_one_person(store: MongoStore, village: Village, opio: Villager) -> None:
    token = invite(store, village)
    do(store, JoinGroup(opio.id, token))
    atim = register(store, "Atim Rose", "+256772000111", "4827")
    with pytest.raises(InvitationUsed):
        do(store, JoinGroup(atim.id, token))
    assert status(store, village, atim) == ""


def test_of_two_who_use_it_at_once_one_is_in(store: MongoStore, village: Village, opio: Villager) -> None:
    token = invite(store, village)
    atim = register(store, "Atim Rose", "+256772000111", "4827")

    def one(who: Villager) -> str:
        try:
            do(store, JoinGroup(who.id, token))
        except DomainError as refused:
            return refused.code
        return "done"

    with ThreadPoolExecutor(2) as threads:
        assert sorted(threads.map(one, (opio, atim))) == ["done", "invitation_used"]


def test_it_is_good_for_fourteen_days(store: MongoStore, village: Village, opio: Villager, clock: Clock) -> None:
    token, other = invite(store, village), invite(store, village)
    clock.forward(days=14, seconds=-1)
    do(store, JoinGroup(opio.id, token))
    clock.forward(seconds=1)
    atim = register(store, "Atim Rose", "+256772000111", "4827")
    with pytest.raises(InvitationExpired):
        do(store, JoinGroup(atim.id, other))
    with pytest.raises(InvitationExpired):
        group_with_code(store, other, atim.phone)


def test_the_last_day_that_is_said_is_one_it_is_good_on(store: MongoStore, village: Village) -> None:
    answer: Any = do(store, Invite(village.nakato.id, village.umoja, ""))
    assert answer["until"] == "2026-10-19"
    (invitation,) = store.invitations.find()
    assert invitation.at + timedelta(days=14) > store.now() + timedelta(days=13, hours=23)


def test_an_invitation_for_another_number_lets_nobody_in(
    store: MongoStore, village: Village, opio: Villager
) -> None:
    token = invite(store, village, "+256772000111")
    with pytest.raises(InvitationNotYours):
        do(store, JoinGroup(opio.id, token))
    with pytest.raises(InvitationNotYours):
        group_with_code(store, token, PHONE)
    assert status(store, village, opio) == ""


def test_the_invitations_of_somebody_who_is_no_officer_any_more_are_gone(
    store: MongoStore, village: Village, opio: Villager
) -> None:
    token = invite(store, village)
    id = membership_id(village.umoja, village.nakato.id)
    store.memberships.change(id, role="member")
    with pytest.raises(InvitationExpired):
        do(store, JoinGroup(opio.id, token))
    store.memberships.change(id, role="chairperson")
    do(store, JoinGroup(opio.id, token))


def test_a_token_that_was_never_made_is_no_group_s_code(
    store: MongoStore, village: Village, opio: Villager
) -> None:
    with pytest.raises(NoSuchGroup):
        do(store, JoinGroup(opio.id, new_token()))


def test_tokens_are_ten_digits_and_differ() -> None:
    tokens = {new_token() for _ in range(200)}
    assert len(tokens) == 200
    assert all(len(token) == 10 and token.isdigit() and token[0] != "0" for token in tokens)


def test_a_full_group_invites_nobody_and_lets_nobody_in(
    store: MongoStore, village: Village, opio: Villager
) -> None:
    token = invite(store, village)
    group = store.groups.get(village.umoja)
    store.groups.change(group.id, constitution=replace(group.constitution, members_max=5))
    last = invite(store, village)
    do(store, JoinGroup(opio.id, last))
    atim = register(store, "Atim Rose", "+256772000111", "4827")
    with pytest.raises(GroupFull):
        do(store, JoinGroup(atim.id, token))
    assert store.invitations.get(token).used_by == ""
    with pytest.raises(GroupFull):
        invite(store, village)


def test_only_an_officer_whose_account_is_open_invites(store: MongoStore, village: Village) -> None:
    with pytest.raises(NotAllowed):
        do(store, Invite(village.akello.id, village.umoja, ""))
    do(store, Freeze(village.nakato.id))
    with pytest.raises(Frozen):
        invite(store, village)
    do(store, Invite(village.wanjiru.id, village.umoja, ""))


def test_who_is_in_the_group_is_not_invited(store: MongoStore, village: Village) -> None:
    with pytest.raises(AlreadyInGroup):
        invite(store, village, village.akello.phone)
    assert store.invitations.find() == []


def test_a_stranger_gets_a_text_with_what_to_dial_and_a_known_person_a_message(
    store: MongoStore, village: Village, opio: Villager
) -> None:
    store.service_code = "*384*7#"
    token = invite(store, village, "+256772000111")
    (text,) = store.notices.find(kind="invitation")
    assert (text.to, text.person) == ("+256772000111", "")
    assert text.values == {"name": "Nakato Ruth", "group": "Umoja", "dial": "*384*7#", "code": token}
    invite(store, village, PHONE)
    (message,) = store.notices.find(kind="invitation", person=opio.id)
    assert message.to == ""


def test_so_many_invitations_are_made_a_day_and_no_more(store: MongoStore, village: Village, clock: Clock) -> None:
    for _ in range(A_DAY_MAX):
        invite(store, village)
    with pytest.raises(TooManyInvitations):
        invite(store, village)
    do(store, Invite(village.wanjiru.id, village.umoja, ""))
    clock.forward(days=1, seconds=1)
    invite(store, village)
