"""What a member agrees to about their data: kept with its words and its time, taken back at once."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from domain.groups.forget import become_nobody
from domain.groups.register import Register
from domain.mongo.forget import take_out
from domain.people.chats import put_address
from domain.people.consents import (
    SayConsent,
    agree_to_service,
    consents_now,
    given_on,
    service_agreed_on,
    who_agrees,
    write_consents,
)
from domain.records.consent import CONSENT_VERSION, FREE_PURPOSES, Consent, ConsentPurpose
from domain.records.person import NoSuchGroup, NotAllowed
from tests.conftest import Clock
from tests.domain.savers import Savers
from tests.people import do


def say(savers: Savers, agrees: bool, purpose: ConsentPurpose = "programme", address: str = "") -> None:
    do(savers.store, SayConsent("fay", purpose, agrees, address))


def test_it_is_kept_with_its_words_where_it_was_said_and_until_when(savers: Savers, clock: Clock) -> None:
    store, began = savers.store, clock()
    put_address(store, "telegram:7", "telegram", "fay")
    store.people.change("fay", language="sw")
    say(savers, True, address="telegram:7")
    clock.forward(days=3)
    say(savers, False, address="+256772000106")
    say(savers, False)
    (kept,) = store.consents.find(person="fay")
    assert kept == Consent(
        "fay:programme:1", "fay", "programme", CONSENT_VERSION, "sw", "telegram", began,
        withdrawn_at=began + timedelta(days=3), withdrawn_on="phone",
    )  # fmt: skip
    say(savers, True)
    assert [each.id for each in store.consents.find(person="fay") if each.holds] == ["fay:programme:2"]


def test_what_is_said_twice_is_written_once_unless_the_words_are_others(savers: Savers) -> None:
    for _ in range(2):
        say(savers, True)
    assert savers.store.consents.count(person="fay") == 1
    do(savers.store, SayConsent("fay", "programme", True, version=CONSENT_VERSION + 1))
    versions = [each.version for each in savers.store.consents.find(person="fay")]
    assert versions == [CONSENT_VERSION, CONSENT_VERSION + 1]
    say(savers, False)
    assert not [each for each in savers.store.consents.find(person="fay") if each.holds]


def test_one_thing_is_not_another_and_one_member_not_another(savers: Savers) -> None:
    say(savers, True, "lender")
    assert [each.purpose for each in consents_now(savers.store, "fay") if each.given] == ["lender"]
    assert who_agrees(savers.store, ["fay", "eve"]) == {"fay": {"lender"}, "eve": set()}
    assert [each.purpose for each in consents_now(savers.store, "eve")] == ["programme", "lender"]
    savers.store.people.change("eve", birth_year=1988)
    assert [each.purpose for each in consents_now(savers.store, "eve")] == list(FREE_PURPOSES)


def test_a_chat_that_is_not_theirs_is_not_said_to_be_where(savers: Savers) -> None:
    put_address(savers.store, "telegram:7", "telegram", "eve")
    say(savers, True, address="telegram:7")
    assert savers.store.consents.get("fay:programme:1").channel == "phone"


def test_what_the_service_needs_is_not_taken_back_by_itself(savers: Savers) -> None:
    with pytest.raises(NotAllowed):
        say(savers, False, "service")


def test_who_came_with_a_sheet_and_reads_newer_words_has_agreed_to_both_and_to_the_same_once(
    savers: Savers, clock: Clock
) -> None:
    store = savers.store
    paper = Consent("", "fay", "service", CONSENT_VERSION - 1, "en", "paper", clock(), group=savers.group)
    store.transaction(lambda tx: write_consents(tx, [paper]))
    assert service_agreed_on(store, "fay") == clock().date() and service_agreed_on(store, "eve") is None

    def agree(version: int) -> None:
        store.transaction(lambda tx: agree_to_service(tx, tx.people.get("fay"), version, ""))

    clock.forward(days=2)
    for version in (0, CONSENT_VERSION, CONSENT_VERSION):
        agree(version)
    kept = store.consents.find(person="fay", sort="given_at")
    assert [(each.version, each.channel) for each in kept] == [
        (CONSENT_VERSION - 1, "paper"),
        (CONSENT_VERSION, "phone"),
    ]
    assert service_agreed_on(store, "fay") == clock().date()


def test_a_sheet_s_day_is_its_group_s_day(savers: Savers) -> None:
    """It begins where the group is while it is the day before in UTC."""
    zone = ZoneInfo(savers.store.groups.get(savers.group).constitution.time_zone)
    begins = datetime(2026, 9, 7, tzinfo=zone).astimezone(UTC)
    paper = Consent("", "fay", "service", CONSENT_VERSION, "en", "paper", begins, group=savers.group)
    assert begins.day == 6 and given_on(savers.store, paper) == date(2026, 9, 7)


def test_who_is_not_registered_has_agreed_to_nothing(savers: Savers) -> None:
    with pytest.raises(NoSuchGroup):
        do(savers.store, Register("+256772000777", "Opio Peter", "sw", "hash", "99999", agreed=CONSENT_VERSION))
    assert savers.store.consents.count() == 0
    do(savers.store, Register("+256772000777", "Opio Peter", "sw", "hash", agreed=CONSENT_VERSION))
    (agreed,) = savers.store.consents.find()
    assert (agreed.language, agreed.channel) == ("sw", "phone")


def test_a_sheet_that_is_older_than_their_no_does_not_undo_it(savers: Savers, clock: Clock) -> None:
    store = savers.store
    say(savers, True)
    clock.forward(days=1)
    say(savers, False)

    def from_paper(days: int) -> None:
        at = clock() + timedelta(days=days)
        paper = Consent("", "fay", "programme", CONSENT_VERSION, "en", "paper", at, group=savers.group)
        store.transaction(lambda tx: write_consents(tx, [paper]))

    from_paper(-1)
    assert who_agrees(store, ["fay"]) == {"fay": set()}
    from_paper(0)
    assert who_agrees(store, ["fay"]) == {"fay": {"programme"}}


def test_nothing_of_it_is_left_of_who_is_forgotten(savers: Savers) -> None:
    store = savers.store
    say(savers, True)
    store.people.change("fay", sex="f", birth_year=1988)
    savers.take_savings("fay", 100_000)
    left = store.transaction(lambda tx: become_nobody(tx, "fay"))
    assert left is not None
    take_out(store.database, "fay", left)
    assert store.consents.count(person="fay") == 0
    assert (store.people.get("fay").sex, store.people.get("fay").birth_year) == (None, None)
