"""A group that moves in, as its officers and its members hear it on their phones."""

import pytest

from bot.app import App
from bot.jobs import carry_out
from domain.money import Money
from domain.moving_in.arrive import BringGroup
from domain.records.opening import OpeningBook
from tests.conftest import Clock
from tests.domain.moving_in.books import AS_OF, example
from tests.flows.talk import Dial
from tests.people import Village, do
from tests.phone import Transcript

pytestmark = pytest.mark.chats("whatsapp", "telegram", "sms")


def brought(app: App, village: Village, clock: Clock) -> OpeningBook:
    """The group by hand, with Akello for its chairperson and Okot for its treasurer."""
    from dataclasses import replace

    clock.forward(days=(AS_OF - clock().date()).days + 1)
    chair, treasurer, member, secretary = example().members
    book = replace(
        example(),
        surplus=Money(20_000, "UGX"),
        members=(
            replace(chair, phone=village.akello.phone),
            replace(treasurer, phone=village.okot.phone),
            member,
            secretary,
        ),
    )
    do(app.store, BringGroup("account:1", book))
    return book


def test_an_officer_reads_all_of_it_before_they_agree(
    app: App, converse: Transcript, village: Village, clock: Clock
) -> None:
    brought(app, village, clock)
    converse("""
        > *384*7*moving_in#
        < CON See the figures of your group that moves in. Your PIN?
        < 0 Back
        > 2581
        < CON Example Group: 4 members
        < As of 20 Nov
        < Box: UGX 163,500
        < Social fund: UGX 16,000
        < Savings: UGX 210,000
        …
    """)


def test_two_officers_agree_and_each_hears_what_is_still_missing(
    app: App, phone: Dial, village: Village, clock: Clock
) -> None:
    brought(app, village, clock)
    first, second = phone(village.akello.phone), phone(village.okot.phone)
    for dialled, pin, said in (
        (first, village.akello.pin, "END Thank you. 1 more officer must agree."),
        (second, village.okot.pin, "END Thank you. Now each member hears their own figures."),
    ):
        dialled.dial("*384*7*moving_in#")
        dialled.type(pin)
        assert "In your book: UGX 20,000" in dialled.type("98")
        assert dialled.type("1").startswith(said)
    assert app.store.arrivals.get("G-0417").state == "told"


def test_an_officer_who_finds_something_wrong_sends_it_back(
    app: App, phone: Dial, village: Village, clock: Clock
) -> None:
    brought(app, village, clock)
    akello = phone(village.akello.phone)
    akello.dial("*384*7*moving_in#")
    akello.type(village.akello.pin)
    akello.type("98")
    assert akello.type("2").startswith("CON What is not right?")
    assert akello.type("The box has 150,000").startswith("END The book was sent back.")
    assert app.store.arrivals.get("G-0417").reason == "The box has 150,000"
    assert "Group moving in" not in akello.dial("*384*7#")


def test_a_member_says_what_is_not_right_and_another_officer_answers(
    app: App, phone: Dial, village: Village, clock: Clock
) -> None:
    brought(app, village, clock)
    app.store.arrivals.change("G-0417", state="told", next_at=clock())
    okot, akello = phone(village.okot.phone), phone(village.akello.phone)
    okot.dial("*384*7*moving_in#")
    assert okot.type(village.okot.pin).splitlines()[:3] == [
        "CON You in Example Group:", "Savings: UGX 45,000", "You owe: UGX 41,200",
    ]  # fmt: skip
    okot.type("2")
    assert okot.type("I paid L7").startswith("END Thank you. Example Group does not open here before")
    akello.dial("*384*7*moving_in#")
    akello.type(village.akello.pin)
    assert akello.type("1").startswith("END Thank you. Example Group opens here soon.")
    akello.dial("*384*7*moving_in#")
    akello.type(village.akello.pin)
    assert "I paid L7" in akello.type("1")
    assert akello.type("It was for L3").startswith("END The figures of Okot James stay.")
    carry_out(app, "arrive", ["G-0417"])
    assert app.store.arrivals.get("G-0417").state == "open"
    akello.dial("*384*7*balance#")
    assert "Example Group" in akello.type(village.akello.pin)
