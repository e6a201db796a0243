"""Offices: named to one that is vacant, handed over, lost, and never all of them."""

from dataclasses import replace
from fractions import Fraction

import pytest

from domain.decisions.rights import Frozen
from domain.decisions.voting import AlreadyAsked, TooFewMembers, Vote
from domain.groups.officers import AlreadyOfficer, HandOver, Held, NameOfficer, OfficeTaken, offices
from domain.groups.rules import our_rules
from domain.money import Money
from domain.mongo.store import MongoStore
from domain.people.freeze import Freeze, Unfreeze
from domain.records.chat import TEXT, Address
from domain.records.person import NotAllowed, membership_id
from domain.records.proposal import Proposal
from domain.savings.contribute import RecordCash
from domain.savings.withdraw import AskWithdrawal
from domain.treasury.money_out import MemberHeld
from tests.conftest import Clock
from tests.people import Village, Villager, do, let_in, register


@pytest.fixture
def led(store: MongoStore, village: Village) -> Village:
    """Okot is secretary."""
    do(store, NameOfficer(village.nakato.id, village.umoja, village.okot.id, "secretary"))
    agree(store, proposed(store, village, village.okot), village.wanjiru)
    return village


def role(store: MongoStore, village: Village, who: Villager) -> str:
    return store.memberships.get(membership_id(village.umoja, who.id)).role


def told(store: MongoStore, who: Villager) -> list[str]:
    return [n.kind for n in store.notices.find(person=who.id, sort="created_at") if n.kind.startswith("office")]


def proposed(store: MongoStore, village: Village, person: Villager) -> Proposal:
    (proposal,) = store.proposals.find(group=village.umoja, kind="officer", subject=person.id, state="open")
    return proposal


def agree(store: MongoStore, proposal: Proposal, *officers: Villager) -> None:
    for officer in officers:
        do(store, Vote(officer.id, proposal.id, proposal.digest, yes=True))


def test_a_vacant_office_needs_a_second_officer(store: MongoStore, village: Village) -> None:
    """Of two officers one names, and the other agrees; not even the chairperson does it alone."""
    assert do(store, NameOfficer(village.nakato.id, village.umoja, village.okot.id, "secretary")) == 1
    assert role(store, village, village.okot) == "member"
    proposal = proposed(store, village, village.okot)
    with pytest.raises(NotAllowed):
        agree(store, proposal, village.nakato)
    agree(store, proposal, village.wanjiru)
    assert role(store, village, village.okot) == "secretary"
    assert told(store, village.okot) == ["office_taken"]
    assert offices(store, village.umoja) == [
        Held("chairperson", "Nakato Ruth"),
        Held("secretary", "Okot James"),
        Held("treasurer", "Wanjiru Mary"),
    ]


def test_a_vacant_chair_is_filled_as_any_office(store: MongoStore, led: Village) -> None:
    store.memberships.change(membership_id(led.umoja, led.nakato.id), role="member")
    assert do(store, NameOfficer(led.wanjiru.id, led.umoja, led.akello.id, "chairperson")) == 1
    assert role(store, led, led.akello) == "member"
    agree(store, proposed(store, led, led.akello), led.okot)
    assert role(store, led, led.akello) == "chairperson"


def test_where_one_officer_is_left_two_members_decide_at_least(store: MongoStore, village: Village) -> None:
    """However small the part of the members is that the rules ask for."""
    rules = store.groups.get(village.umoja).constitution
    store.groups.change(village.umoja, constitution=replace(rules, quorum=Fraction(1, 10)))
    store.memberships.change(membership_id(village.umoja, village.wanjiru.id), role="member")
    assert do(store, NameOfficer(village.nakato.id, village.umoja, village.okot.id, "secretary")) == 2
    proposal = proposed(store, village, village.okot)
    with pytest.raises(NotAllowed):
        agree(store, proposal, village.okot)
    agree(store, proposal, village.nakato)
    assert role(store, village, village.okot) == "member"
    agree(store, proposal, village.akello)
    assert role(store, village, village.okot) == "secretary"


def test_where_no_two_members_are_left_nobody_is_named(store: MongoStore, village: Village) -> None:
    for gone in (village.wanjiru, village.akello):
        store.memberships.change(membership_id(village.umoja, gone.id), role="member", status="exited")
    with pytest.raises(TooFewMembers) as refused:
        do(store, NameOfficer(village.nakato.id, village.umoja, village.okot.id, "secretary"))
    assert refused.value.details == {"needed": 2, "there": 1}


def test_a_member_names_nobody_and_nobody_holds_two_offices(store: MongoStore, village: Village) -> None:
    with pytest.raises(NotAllowed):
        do(store, NameOfficer(village.akello.id, village.umoja, village.okot.id, "secretary"))
    for officer in (village.wanjiru, village.nakato):
        with pytest.raises(AlreadyOfficer):
            do(store, NameOfficer(village.nakato.id, village.umoja, officer.id, "secretary"))
    stranger = register(store, "Opio Peter", "+256772000110", "4826")
    with pytest.raises(NotAllowed):
        do(store, NameOfficer(village.nakato.id, village.umoja, stranger.id, "secretary"))


def test_an_office_that_is_held_is_not_given_away(store: MongoStore, village: Village) -> None:
    with pytest.raises(OfficeTaken):
        do(store, NameOfficer(village.nakato.id, village.umoja, village.okot.id, "treasurer"))
    assert role(store, village, village.wanjiru) == "treasurer"


def test_of_two_who_are_named_to_one_office_the_first_holds_it(store: MongoStore, village: Village) -> None:
    for who in (village.akello, village.okot):
        do(store, NameOfficer(village.nakato.id, village.umoja, who.id, "secretary"))
    second = proposed(store, village, village.okot)
    agree(store, proposed(store, village, village.akello), village.wanjiru)
    agree(store, second, village.wanjiru)
    assert (role(store, village, village.okot), store.proposals.get(second.id).state) == ("member", "expired")


def test_where_there_are_three_officers_they_decide_who_is_named(store: MongoStore, led: Village) -> None:
    opio = register(store, "Opio Peter", "+256772000110", "4826")
    let_in(store, led.umoja, led.code, led.nakato, opio)
    # A second treasurer, so that one office of three is vacant among three officers.
    store.memberships.change(membership_id(led.umoja, led.okot.id), role="treasurer")
    assert do(store, NameOfficer(led.nakato.id, led.umoja, opio.id, "secretary")) == 2
    assert role(store, led, opio) == "member"
    agree(store, proposed(store, led, opio), led.wanjiru, led.okot)
    assert role(store, led, opio) == "secretary"


def test_an_office_is_handed_over_by_the_other_officers(store: MongoStore, led: Village) -> None:
    assert do(store, HandOver(led.wanjiru.id, led.umoja, led.akello.id)) == 2
    proposal = proposed(store, led, led.akello)
    assert proposal.values == {"name": "Akello Grace", "role": "treasurer"}
    with pytest.raises(NotAllowed):
        agree(store, proposal, led.wanjiru)  # who hands over does not decide who comes after them
    agree(store, proposal, led.nakato)
    assert (role(store, led, led.wanjiru), role(store, led, led.akello)) == ("treasurer", "member")
    agree(store, proposal, led.okot)
    assert (role(store, led, led.wanjiru), role(store, led, led.akello)) == ("member", "treasurer")
    assert (told(store, led.wanjiru), told(store, led.akello)) == (["office_left"], ["office_taken"])
    with pytest.raises(NotAllowed):
        do(store, HandOver(led.wanjiru.id, led.umoja, led.akello.id))


def test_whoever_is_replaced_is_told_everywhere_and_their_money_waits_a_day(
    store: MongoStore, led: Village, clock: Clock
) -> None:
    now = store.now()
    store.addresses.insert(Address("telegram:7", "telegram", led.wanjiru.id, now, now))
    do(store, RecordCash(led.umoja, led.wanjiru.id, Money(1_500, "UGX"), led.nakato.id))
    do(store, HandOver(led.wanjiru.id, led.umoja, led.akello.id))
    agree(store, proposed(store, led, led.akello), led.nakato, led.okot)
    left = store.notices.find(person=led.wanjiru.id, kind="office_left")
    assert {each.first for each in left} == {TEXT, "telegram:7"}
    do(store, AskWithdrawal(led.wanjiru.id, led.umoja, Money(1_000, "UGX"), "cash"))
    (asked,) = store.proposals.find(kind="withdrawal", state="open")
    agree(store, asked, led.nakato)
    with pytest.raises(MemberHeld) as refused:
        agree(store, asked, led.okot)
    assert refused.value.details == {"hours": 24}
    clock.forward(hours=24)
    agree(store, asked, led.okot)
    assert store.proposals.get(asked.id).state == "approved"


def test_a_refused_hand_over_changes_nothing(store: MongoStore, led: Village) -> None:
    do(store, HandOver(led.wanjiru.id, led.umoja, led.akello.id))
    proposal = proposed(store, led, led.akello)
    do(store, Vote(led.nakato.id, proposal.id, proposal.digest, yes=False, reason="not yet"))
    assert store.proposals.get(proposal.id).state == "rejected"
    assert (role(store, led, led.wanjiru), role(store, led, led.akello)) == ("treasurer", "member")


def test_one_office_goes_to_one_successor(store: MongoStore, led: Village) -> None:
    opio = register(store, "Opio Peter", "+256772000110", "4826")
    let_in(store, led.umoja, led.code, led.nakato, opio)
    for person in (led.akello, opio):
        do(store, HandOver(led.wanjiru.id, led.umoja, person.id))
    with pytest.raises(AlreadyAsked):
        do(store, HandOver(led.wanjiru.id, led.umoja, opio.id))
    first, second = proposed(store, led, led.akello), proposed(store, led, opio)
    agree(store, first, led.nakato, led.okot)
    agree(store, second, led.nakato)
    assert store.proposals.get(second.id).state == "expired"
    assert (role(store, led, led.akello), role(store, led, opio)) == ("treasurer", "member")


def test_whoever_lost_the_office_since_loses_nothing_more(store: MongoStore, led: Village) -> None:
    do(store, HandOver(led.wanjiru.id, led.umoja, led.akello.id))
    store.memberships.change(membership_id(led.umoja, led.wanjiru.id), role="member", status="suspended")
    agree(store, proposed(store, led, led.akello), led.nakato, led.okot)
    assert role(store, led, led.akello) == "treasurer"
    assert told(store, led.wanjiru) == []


def test_where_no_officer_can_act_the_members_name_another_who_opens_the_account(
    store: MongoStore, village: Village
) -> None:
    """The only officer has frozen her account: nobody else could open it."""
    store.memberships.change(membership_id(village.umoja, village.wanjiru.id), role="member")
    named = NameOfficer(village.akello.id, village.umoja, village.okot.id, "secretary")
    with pytest.raises(NotAllowed):
        do(store, named)
    assert not our_rules(store, village.umoja, village.akello.id).leaderless
    do(store, Freeze(village.nakato.id))
    assert our_rules(store, village.umoja, village.akello.id).leaderless
    with pytest.raises(Frozen):
        do(store, NameOfficer(village.nakato.id, village.umoja, village.okot.id, "secretary"))
    with pytest.raises(OfficeTaken):
        do(store, NameOfficer(village.akello.id, village.umoja, village.okot.id, "chairperson"))
    assert do(store, named) == 2
    proposal = proposed(store, village, village.okot)
    agree(store, proposal, village.akello, village.wanjiru)
    assert role(store, village, village.okot) == "secretary"
    do(store, Unfreeze(village.okot.id, village.umoja, village.nakato.id))
    assert not our_rules(store, village.umoja, village.akello.id).leaderless
    with pytest.raises(NotAllowed):
        do(store, NameOfficer(village.akello.id, village.umoja, village.wanjiru.id, "treasurer"))


def test_a_frozen_officer_is_not_the_other_who_decides(store: MongoStore, village: Village) -> None:
    do(store, Freeze(village.wanjiru.id))
    assert do(store, NameOfficer(village.nakato.id, village.umoja, village.okot.id, "secretary")) == 2
    assert proposed(store, village, village.okot).by == "members"


def test_a_frozen_member_names_nobody(store: MongoStore, village: Village) -> None:
    for who in (village.nakato, village.wanjiru, village.akello):
        do(store, Freeze(who.id))
    with pytest.raises(Frozen):
        do(store, NameOfficer(village.akello.id, village.umoja, village.okot.id, "secretary"))
