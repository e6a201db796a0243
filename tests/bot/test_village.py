"""The demo's village: alive, its books whole, founded once."""

import phonenumbers
import pytest

from bot.village import APPLICANT, GROUPS, NEWCOMER_PHONE, found, is_there, people
from domain.contributions import RecordCash
from domain.members import AlreadyRegistered
from domain.money import Money
from domain.mongo.store import MongoStore, utc_now
from domain.mongo.verify import verify_book
from domain.pins import is_weak
from domain.registration import person_with
from tests.people import do, found_group, register


def silent(_done: int, _total: int) -> None:
    pass


def sizes(store: MongoStore) -> dict[str, int]:
    return {name: store.database[name].count_documents({}) for name in store.database.list_collection_names()}


def test_the_village_is_alive_and_its_books_are_whole(store: MongoStore) -> None:
    now = utc_now()
    seen: list[int] = []
    found(store, now, lambda done, total: seen.append(100 * done // total))
    assert is_there(store)
    assert seen == sorted(seen) and seen[-1] == 100
    groups = store.groups.find(sort="code")
    assert [group.currency for group in groups] == ["UGX", "KES", "XAF"]
    for group in groups:
        assert verify_book(store.books, group.id) == []
        assert store.books.length(group.id) > 80, "three months of meetings"
        assert len({entry.at.date() for entry in store.books.entries(group.id)}) == 13
        assert len(store.memberships.find(group=group.id, status="active")) >= 10
        assert len({entry.postings[1].amount for entry in store.books.entries(group.id)}) > 2, (
            "not all pay the same"
        )
    (waiting,) = store.memberships.find(status="pending")
    assert waiting.person == person_with(store, APPLICANT.phone)
    assert store.notices.due(now, 10) == [], "nobody is told of the past"
    assert person_with(store, NEWCOMER_PHONE) is None


def test_a_second_founding_adds_nothing(store: MongoStore) -> None:
    found(store, utc_now(), silent)
    before = sizes(store)
    found(store, utc_now(), silent)
    assert sizes(store) == before


@pytest.mark.parametrize("steps", [31, 40])
def test_a_founding_that_was_interrupted_goes_on_where_it_stopped(store: MongoStore, steps: int) -> None:
    """Among the groups, and among the meetings; nothing is there twice afterwards."""

    def interrupt(done: int, _total: int) -> None:
        if done == steps:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        found(store, utc_now(), interrupt)
    assert not is_there(store)
    found(store, utc_now(), silent)
    assert is_there(store)
    assert len(store.people.find()) == 31
    assert len(store.memberships.find()) == 32
    for group in store.groups.find():
        references = [entry.reference for entry in store.books.entries(group.id)]
        assert len(references) == len(set(references)) > 80
        assert verify_book(store.books, group.id) == []


def test_a_founding_leaves_what_others_wait_for(store: MongoStore) -> None:
    """The village may be founded beside real people: their messages are still sent."""
    nakato = register(store, "Nakato Ruth", "+256772999100", "2580")
    okello = register(store, "Okello Ben", "+256772999101", "2580")
    group = found_group(
        store, "90909", "Bidii", Money(5_000, "UGX"), {nakato: "treasurer", okello: "chairperson"}
    )
    do(store, RecordCash(group, okello.id, Money(5_000, "UGX"), nakato.id))
    found(store, utc_now(), silent)
    assert [notice.kind for notice in store.notices.find(state="queued")] == ["receipt"]


def test_a_number_that_is_somebody_else_s_stops_the_founding(store: MongoStore) -> None:
    register(store, "Somebody Else", people()[4].phone, "2580")
    with pytest.raises(AlreadyRegistered):
        found(store, utc_now(), silent)


def test_nobody_has_a_pin_that_is_easily_guessed() -> None:
    assert not [each.pin for each in (*people(), APPLICANT) if is_weak(each.pin)]


def test_the_villagers_can_be_told_apart_and_lead_their_groups() -> None:
    villagers = people()
    assert (
        len(villagers) == len({each.phone for each in villagers}) == len({each.name for each in villagers}) == 30
    )
    assert len([each for each in villagers if len(each.roles) == 2]) == 1
    for group in GROUPS:
        roles = [role for each in villagers for code, role in each.roles if code == group.code]
        assert {"chairperson", "secretary", "treasurer"} <= set(roles)


def test_every_number_is_a_real_one_of_its_country() -> None:
    regions = {"UGX": "UG", "KES": "KE", "XAF": "CM"}
    for each in (*people(), APPLICANT):
        number = phonenumbers.parse(each.phone)
        assert phonenumbers.is_valid_number_for_region(number, regions[each.wallet.currency]), each.phone
    assert phonenumbers.is_valid_number(phonenumbers.parse(NEWCOMER_PHONE))
