"""Suspending a member, and lifting it; finding somebody in the list."""

from typing import Any, Literal

import pytest

from domain.decisions.voting import TooFewOfficers, Vote
from domain.groups.leave import AskToLeave
from domain.groups.suspend import Suspend
from domain.money import Money
from domain.mongo.store import MongoStore
from domain.people.find import NAMES_MAX, find_members
from domain.people.phones import LookedForByNumber, NoSuchMember
from domain.people.profile import member
from domain.records.person import NotAllowed, membership_id
from domain.records.proposal import Proposal
from domain.savings.contribute import Contribute, RecordCash
from tests.domain.officers import let_opio_in
from tests.people import Village, Villager, do, found_village


@pytest.fixture
def village(store: MongoStore) -> Village:
    """With Opio, the secretary."""
    village = found_village(store)
    let_opio_in(store, village)
    return village


def opio(store: MongoStore) -> str:
    person = store.people.one(phone="+256772000110")
    assert person is not None
    return person.id


def ask(
    store: MongoStore, village: Village, who: Villager, to: Literal["suspended", "active"] = "suspended"
) -> Proposal:
    do(store, Suspend(village.nakato.id, village.umoja, who.id, to, "quarrels"))
    (proposal,) = store.proposals.find(kind="suspension", subject=who.id, state="open")
    return proposal


def agree(store: MongoStore, proposal: Proposal, *voters: str) -> Any:
    return [do(store, Vote(voter, proposal.id, proposal.digest, yes=True)) for voter in voters][-1]


def test_a_suspended_member_neither_saves_nor_leaves_nor_sees_the_group(
    store: MongoStore, village: Village
) -> None:
    agree(store, ask(store, village, village.akello), village.wanjiru.id, opio(store))
    for command in (
        Contribute(village.umoja, village.akello.id, Money(5_500, "UGX")),
        RecordCash(village.umoja, village.akello.id, Money(5_500, "UGX"), village.wanjiru.id),
        AskToLeave(village.akello.id, village.umoja, "cash"),
    ):
        with pytest.raises(NotAllowed):
            do(store, command)
    assert member(store, village.akello.id).groups == ()
    (told,) = store.notices.find(kind="standing_changed")
    assert (told.person, told.values["status"]) == (village.akello.id, "suspended")


def test_it_is_lifted_the_same_way(store: MongoStore, village: Village) -> None:
    agree(store, ask(store, village, village.akello), village.wanjiru.id, opio(store))
    with pytest.raises(NotAllowed):  # suspended already
        ask(store, village, village.akello)
    agree(store, ask(store, village, village.akello, "active"), village.wanjiru.id, opio(store))
    do(store, Contribute(village.umoja, village.akello.id, Money(5_500, "UGX")))


def test_only_another_officer_asks_for_it(store: MongoStore, village: Village) -> None:
    for officer, whom in (
        (village.okot, village.akello),
        (village.nakato, village.nakato),
    ):
        with pytest.raises(NotAllowed):
            do(store, Suspend(officer.id, village.umoja, whom.id, "suspended", "quarrels"))
    with pytest.raises(NotAllowed):
        do(store, Suspend(village.nakato.id, village.umoja, village.akello.id, "active"))
    store.memberships.change(membership_id(village.umoja, opio(store)), role="member")
    with pytest.raises(TooFewOfficers):
        ask(store, village, village.akello)


def test_all_members_decide_on_an_officer_who_loses_the_office(store: MongoStore, village: Village) -> None:
    proposal = ask(store, village, village.wanjiru)
    assert (proposal.by, proposal.voters) == ("members", 4)
    agree(store, proposal, village.okot.id, village.akello.id)
    membership = store.memberships.get(membership_id(village.umoja, village.wanjiru.id))
    assert (membership.status, membership.role) == ("suspended", "member")


def test_somebody_is_found_by_number_phone_or_name(store: MongoStore, village: Village) -> None:
    for typed in ("3", "0772 000 101", "+256772000101", "ake", "GRACE", "akello gr"):
        found = find_members(store, village.umoja, typed, "UG")
        assert [each.name for each in found] == ["Akello Grace"], typed
    assert [each.name for each in find_members(store, village.umoja, "o", "UG")] == ["Okot James", "Opio Peter"]


def test_who_is_nobody_is_not_found(store: MongoStore, village: Village) -> None:
    for typed in ("99", "0", "0772000999", "+1", "zz", "race"):
        with pytest.raises(NoSuchMember):
            find_members(store, village.umoja, typed, "UG")


def test_the_suspended_are_found_and_those_who_left_are_not(store: MongoStore, village: Village) -> None:
    store.memberships.change(membership_id(village.umoja, village.akello.id), status="suspended")
    (akello,) = find_members(store, village.umoja, "3", "UG")
    assert (akello.status, akello.frozen) == ("suspended", False)
    store.memberships.change(membership_id(village.umoja, village.akello.id), status="exited")
    with pytest.raises(NoSuchMember):
        find_members(store, village.umoja, "3", "UG")
    for typed in ("3", "akello"):
        (akello,) = find_members(store, village.umoja, typed, "UG", True)
        assert akello.status == "exited", "for what was written down before they left"


def test_in_a_large_group_the_list_is_not_read_for_a_name(store: MongoStore, village: Village) -> None:
    store.groups.change(village.umoja, members=NAMES_MAX + 1)
    with pytest.raises(LookedForByNumber):
        find_members(store, village.umoja, "akello", "UG")
    assert find_members(store, village.umoja, "3", "UG")
