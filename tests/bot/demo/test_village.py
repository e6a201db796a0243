"""The demo's village: alive, its books whole, founded once."""

import re
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

import phonenumbers
import pytest

from bot.demo.past import found, is_there
from bot.demo.run import settings_for
from bot.demo.village import APPLICANT, GROUPS, NEWCOMER_PHONE, STORIES, WEEKS, people
from bot.forgetting import forget_person
from bot.local.stores import Stores
from domain.decisions.voting import Vote, waiting_for
from domain.loans.guarantors import guarantees_asked
from domain.meetings.held import meeting_held, meetings_held
from domain.money import Money
from domain.mongo.store import MongoStore, open_store
from domain.mongo.verify import verify_book
from domain.people.phones import person_with
from domain.records.group import Group
from domain.records.loan import Loan
from domain.records.person import AlreadyRegistered, Role
from domain.records.pin import PinHasher, is_weak
from domain.rotation.set_up import rota_of
from domain.savings.contribute import RecordCash, contributions_due
from tests.conftest import Clock
from tests.leaks import leaked
from tests.people import Villager, carries, do, found_group, register

STATIC = Path(__file__).parents[3] / "simulator" / "static"


def silent(_done: int, _total: int) -> None:
    pass


def sizes(store: MongoStore) -> dict[str, int]:
    return {name: store.database[name].count_documents({}) for name in store.database.list_collection_names()}


@pytest.fixture(scope="module")
def village(stores: Stores) -> Iterator[MongoStore]:
    """A village that is founded once for the tests that look at it; mobile money pays UGX."""
    store = open_store(
        stores.mongo_uri,
        "village",
        pins=PinHasher("pepper-of-the-village"),
        providers=carries("momo", "UGX"),
        clock=Clock(),
    )
    seen: list[int] = []
    found(store, store.now(), lambda done, total: seen.append(100 * done // total))
    assert seen == sorted(seen) and seen[-1] == 100
    yield store
    store.database.client.drop_database("village")
    store.close()


def groups_of(village: MongoStore) -> list[Group]:
    return village.groups.find(sort="code")


def person(village: MongoStore, name: str) -> str:
    """The id of a villager."""
    return str(person_with(village, next(each.phone for each in people() if each.name == name)))


def loan_of(village: MongoStore, name: str) -> Loan:
    (loan,) = village.loans.find(person=person(village, name))
    return loan


def test_the_village_is_alive_and_its_books_are_whole(village: MongoStore) -> None:
    assert is_there(village)
    groups = groups_of(village)
    assert [(group.currency, group.kind) for group in groups] == [
        ("UGX", "vsla"),
        ("KES", "vsla"),
        ("XAF", "rosca"),
    ]
    for group, told in zip(groups, GROUPS, strict=True):
        assert verify_book(village.books, group.id) == []
        assert village.books.length(group.id) > 40, "months of meetings"
        assert len({entry.at.date() for entry in village.books.entries(group.id)}) == len(told.met)
        assert len(village.memberships.find(group=group.id, status="active")) >= 10
    (waiting,) = village.memberships.find(status="pending")
    assert waiting.person == person_with(village, APPLICANT.phone)
    assert person_with(village, NEWCOMER_PHONE) is None


def test_at_no_meeting_of_the_village_cash_is_missing(village: MongoStore) -> None:
    for group in groups_of(village):
        for listed in meetings_held(village, group):
            held = meeting_held(village, group, listed.id)
            assert held.short is not None and not (held.short.cash or held.short.social)
            assert any(each.plus for each in held.moved), "money came in while it was open"


def test_every_meeting_was_held_on_its_day_and_the_next_is_today(village: MongoStore) -> None:
    for group, told in zip(groups_of(village), GROUPS, strict=True):
        rules, now = group.constitution, village.now()
        meetings = village.meetings.find(group=group.id, sort="day")
        assert {meeting.state for meeting in meetings} == {"closed"} and group.meeting == ""
        days = [rules.meeting(now) - timedelta(weeks=WEEKS - week) for week in told.met]
        assert [meeting.day for meeting in meetings] == [day.isoformat() for day in days]
        assert rules.meeting(now) == rules.day(now)
        treasurer = person(village, told.members[2])
        assert contributions_due(village, group.id, treasurer).amount == told.price + told.social_fund
        presences = {each.presence for each in village.attendance.find(group=group.id)}
        assert presences == {"present", "absent"}


def test_who_stayed_away_was_fined(village: MongoStore) -> None:
    assert {fine.state for fine in village.fines.find()} == {"due", "paid"}


def test_one_pays_back_one_is_late_one_waits_and_one_asks(village: MongoStore) -> None:
    today = groups_of(village)[0].constitution.day(village.now())
    running, late = loan_of(village, "Nabirye Joan"), loan_of(village, "Kyomuhendo Rose")
    assert (running.state, late.state) == ("active", "active")
    assert running.repayments and running.oldest_unpaid and running.oldest_unpaid > today
    assert not late.repayments and late.oldest_unpaid == today - timedelta(weeks=1)
    assert loan_of(village, "Atim Lucy").state == "guaranteed"
    assert loan_of(village, "Opio Peter").state == "submitted"
    (asked,) = guarantees_asked(village, person(village, "Wasswa John"))
    assert asked.name == "Opio Peter"


def test_each_chairperson_has_something_to_decide_and_the_loan_is_then_sent(village: MongoStore) -> None:
    """One vote is missing everywhere, and what is in the wallet is enough for the loan."""
    for group, told, kind in zip(groups_of(village), GROUPS, ("loan", "grant", "grant"), strict=True):
        chair = person(village, told.members[0])
        (waiting,) = waiting_for(village, group.id, chair)
        assert (waiting.kind, waiting.missing, waiting.votes) == (kind, 1, True)
        do(village, Vote(chair, waiting.id, waiting.digest, yes=True))
    loan = loan_of(village, "Atim Lucy")
    assert loan.state == "disbursing"
    (payment,) = village.payments.find(person=loan.person, state="created")
    assert (payment.direction, payment.amount, payment.way) == ("out", loan.pay, "mobile_money")


def test_somebody_was_helped_from_the_social_fund(village: MongoStore) -> None:
    umoja = groups_of(village)[0]
    (grant,) = village.grants.find(group=umoja.id)
    assert (grant.person, grant.state) == (person(village, "Auma Betty"), "paid")


def test_the_rotation_is_under_way(village: MongoStore) -> None:
    """Everybody whose turn has come was paid, but for what somebody still owes."""
    njangi, told = groups_of(village)[2], GROUPS[2]
    rota = rota_of(village, njangi)
    assert rota is not None
    turns = [person(village, name) for name in told.members]
    assert [each.person for each in rota.rounds] == turns[: len(told.met)]
    assert all(each.paid for each in rota.rounds)
    assert [rota.rest(each).minor for each in rota.rounds] == [0, 0, 0, told.price.minor]
    assert "next in the rotation" in STORIES[told.members[len(told.met)]]


def test_no_command_of_the_past_is_known_by_the_name_or_number_of_a_villager(village: MongoStore) -> None:
    """Its id stays for a month, whoever is forgotten."""
    known = " ".join(each.id for each in village.commands.find())
    assert leaked(known, *(said for each in people() for said in (each.name, each.phone))) == []


def test_every_story_is_of_somebody_in_the_village() -> None:
    assert set(STORIES) <= {each.name for each in people()}


def test_a_founding_that_was_interrupted_goes_on_where_it_stopped(store: MongoStore) -> None:
    """Among the groups, and among the meetings, and a day later; nothing is there twice afterwards."""

    def interrupt_at(steps: int, now: datetime) -> None:
        def interrupt(done: int, _total: int) -> None:
            if done == steps:
                raise KeyboardInterrupt

        with pytest.raises(KeyboardInterrupt):
            found(store, now, interrupt)
        kept = now - timedelta(seconds=1)
        assert all(done.at > kept for done in store.commands.find()), "a command that is old is forgotten"
        assert not is_there(store)

    began = store.now()
    interrupt_at(31, began)
    interrupt_at(40, began + timedelta(hours=1))
    later = began + timedelta(days=1)
    found(store, later, silent)
    assert is_there(store)
    assert len(store.people.find()) == 31
    assert len(store.memberships.find()) == 32
    for group, told in zip(groups_of(store), GROUPS, strict=True):
        references = [entry.reference for entry in store.books.entries(group.id)]
        assert len(references) == len(set(references)) > 40
        assert store.meetings.count(group=group.id) == len(told.met)
        assert verify_book(store.books, group.id) == []
    before = sizes(store)
    found(store, later, silent)
    assert sizes(store) == before, "a second founding adds nothing"
    assert forget_person(store, str(person_with(store, APPLICANT.phone)))
    assert is_there(store), "also without somebody who was forgotten"


def test_a_founding_tells_nobody_of_the_past_and_leaves_what_others_wait_for(store: MongoStore) -> None:
    """The village may be founded beside real people: their messages are still sent."""
    nakato = register(store, "Nakato Ruth", "+256772999100", "2580")
    okello = register(store, "Okello Ben", "+256772999101", "2580")
    officers: dict[Villager, Role] = {nakato: "treasurer", okello: "chairperson"}
    bidii = found_group(store, "90909", "Bidii", Money(5_000, "UGX"), officers)
    do(store, RecordCash(bidii, okello.id, Money(5_000, "UGX"), nakato.id))
    found(store, store.now(), silent)
    assert [notice.kind for notice in store.notices.find(state="queued")] == ["receipt"]
    assert {digest.next_at for digest in store.digests.find()} == {None}


def test_a_number_that_is_somebody_else_s_stops_the_founding(store: MongoStore) -> None:
    register(store, "Somebody Else", people()[4].phone, "2580")
    with pytest.raises(AlreadyRegistered):
        found(store, store.now(), silent)


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


def test_pages_of_the_phones_that_stay_open_leave_requests_for_those_who_look(tmp_path: Path) -> None:
    """All of them come from this machine's one address."""
    demo = settings_for(tmp_path, Stores("mongodb://127.0.0.1/?replicaSet=rs0", "redis://127.0.0.1:6379/0"))
    (polled,) = re.findall(r"POLL_MS = ([\d_]+);", (STATIC / "books.js").read_text())
    assert demo.rate_limit_max_requests > 4 * demo.rate_limit_window_ms / int(polled)
