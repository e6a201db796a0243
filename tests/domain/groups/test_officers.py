"""Offices: named to one that is vacant, handed over, lost, and never all of them."""

from concurrent.futures import ThreadPoolExecutor

import pytest

from domain.decisions.voting import AlreadyAsked, TooFewOfficers, Vote
from domain.errors import DomainError
from domain.groups.officers import AlreadyOfficer, HandOver, Held, NameOfficer, OfficeTaken, offices
from domain.mongo.store import MongoStore
from domain.records.person import NotAllowed, membership_id
from domain.records.proposal import Proposal
from tests.people import Village, Villager, do, found_village, let_in, register


@pytest.fixture
def village(store: MongoStore) -> Village:
    """Nakato is chairperson and Wanjiru treasurer; nobody is secretary."""
    return found_village(store)


@pytest.fixture
def led(store: MongoStore, village: Village) -> Village:
    """Okot is secretary."""
    do(store, NameOfficer(village.nakato.id, village.umoja, village.okot.id, "secretary"))
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


def test_while_officers_are_few_the_chairperson_names_them(store: MongoStore, village: Village) -> None:
    assert do(store, NameOfficer(village.nakato.id, village.umoja, village.okot.id, "secretary")) == 0
    assert role(store, village, village.okot) == "secretary"
    assert told(store, village.okot) == ["office_taken"]
    assert offices(store, village.umoja) == [
        Held("chairperson", "Nakato Ruth"),
        Held("secretary", "Okot James"),
        Held("treasurer", "Wanjiru Mary"),
    ]


def test_another_officer_names_only_where_there_is_no_chairperson(store: MongoStore, village: Village) -> None:
    with pytest.raises(NotAllowed):
        do(store, NameOfficer(village.wanjiru.id, village.umoja, village.okot.id, "secretary"))
    store.memberships.change(membership_id(village.umoja, village.nakato.id), status="suspended", role="member")
    assert do(store, NameOfficer(village.wanjiru.id, village.umoja, village.okot.id, "chairperson")) == 0


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


def test_two_who_are_named_to_one_office_at_once_are_one(store: MongoStore, village: Village) -> None:
    def one(who: Villager) -> str:
        try:
            do(store, NameOfficer(village.nakato.id, village.umoja, who.id, "secretary"))
        except DomainError as refused:
            return refused.code
        return "done"

    with ThreadPoolExecutor(2) as threads:
        assert sorted(threads.map(one, (village.akello, village.okot))) == ["done", "office_taken"]
    assert store.memberships.count(group=village.umoja, role="secretary") == 1


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


def test_nothing_is_handed_over_where_too_few_could_agree(store: MongoStore, village: Village) -> None:
    with pytest.raises(TooFewOfficers) as refused:
        do(store, HandOver(village.nakato.id, village.umoja, village.akello.id))
    assert refused.value.details == {"needed": 2, "there": 1}
    assert role(store, village, village.nakato) == "chairperson"


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
    with pytest.raises(OfficeTaken):
        agree(store, second, led.okot)
    assert (role(store, led, led.akello), role(store, led, opio)) == ("treasurer", "member")


def test_whoever_lost_the_office_since_loses_nothing_more(store: MongoStore, led: Village) -> None:
    do(store, HandOver(led.wanjiru.id, led.umoja, led.akello.id))
    store.memberships.change(membership_id(led.umoja, led.wanjiru.id), role="member", status="suspended")
    agree(store, proposed(store, led, led.akello), led.nakato, led.okot)
    assert role(store, led, led.akello) == "treasurer"
    assert told(store, led.wanjiru) == []
