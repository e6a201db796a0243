"""The rules of a group as its members read them, and how an officer has one changed; on every channel."""

from dataclasses import replace
from datetime import date

import pytest

from bot.app import App
from domain.groups.rules import defaults
from domain.money import Money
from domain.savings.contribute import RecordCash
from tests.people import Village, do
from tests.phone import Transcript

pytestmark = pytest.mark.chats("telegram")


@pytest.fixture(autouse=True)
def usual(app: App, village: Village) -> None:
    """Umoja has what is usual for its kind."""
    rules = defaults("vsla", Money(5_000, "UGX"), date(2026, 9, 7), social_fund=Money(500, "UGX"))
    app.store.groups.change(village.umoja, constitution=rules)


def test_a_member_reads_the_rules(app: App, converse: Transcript, village: Village) -> None:
    phone = converse("> *384*7#\n…\n> rules\n…")
    said = phone.screen
    while "98 More" in phone.screen:
        said += phone.type("98")
    for line in (
        "Shares, then share-out, rules of 5 Oct",
        "Share price: UGX 5,000",
        "Shares a meeting: 1 to 5",
        "Social fund: UGX 500",
        "Meetings: every week",
        "Fine for coming late: UGX 200",
        "Loans: up to 3 times what you saved",
        "Interest: 10% for four weeks",
        "Paid back in 12 weeks",
        "At most 25 members",
        "2 officers must agree",
        "Members who must agree: half",
    ):
        assert line in said


def test_an_officer_asks_for_a_change_and_the_members_agree(
    app: App, converse: Transcript, village: Village
) -> None:
    converse(
        """
        > *384*7#
        …
        > rules
        < CON The rules of Umoja
        < 1. Read them
        < 2. Change one
        < 0 Back
        > 2
        < CON Change which rule?
        < 1. Share price
        < 2. Shares a meeting
        < 3. Social fund
        < 4. Fine for absence
        …
        > 3
        < CON Now: UGX 500
        < Social fund: how much, in UGX?
        < 1. Nothing
        < 0 Back  00 Home
        > 300
        < CON Ask all members to agree. Your PIN?
        < 0 Back  00 Home
        > 2580
        < END Now 2 members must agree.
        """,
        by=village.nakato.phone,
    )
    for who in (village.akello, village.okot):
        converse(
            f"""
            > *384*7#
            …
            > decide
            …
            > 1
            < CON Change our rules. Social fund: UGX 300, not UGX 500
            < 1. Agree
            < 2. Do not agree
            < 0 Back  00 Home
            > 1
            < CON Your PIN?
            < 0 Back  00 Home
            > {who.pin}
            …
            """,
            by=who.phone,
        )
    group = app.store.groups.get(village.umoja)
    assert (group.version, str(group.constitution.social)) == (2, "UGX 300")


@pytest.mark.chats("whatsapp")
def test_a_number_outside_its_bounds_is_asked_for_again(app: App, converse: Transcript, village: Village) -> None:
    converse(
        """
        > *384*7#
        …
        > rules
        …
        > 2
        …
        > Interest in %
        < CON Now: 10% for four weeks
        < Interest in %: from 0 to 100?
        < 0 Back  00 Home
        > 101
        < CON Please type a number from 0 to 100.
        < Now: 10% for four weeks
        < Interest in %: from 0 to 100?
        < 0 Back  00 Home
        > 2,5
        < CON Ask all members to agree. Your PIN?
        < 0 Back  00 Home
        > 2580
        < END Now 2 members must agree.
        """,
        by=village.nakato.phone,
    )
    (proposal,) = app.store.proposals.find(kind="constitution")
    assert proposal.values == {"rule": "interest", "was": "10", "to": "2.5"}


@pytest.mark.chats("sms")
def test_a_part_of_the_members_is_chosen_and_said_in_words(
    app: App, converse: Transcript, village: Village
) -> None:
    converse(
        """
        > *384*7#
        …
        > rules
        …
        > 2
        …
        > Members who must agree
        < CON Now: half
        < How many members must agree?
        < 1. a third
        < 2. half
        < 3. two thirds
        < 4. all
        < 0 Back  00 Home
        > 3
        …
        > 2580
        < END Now 2 members must agree.
        """,
        by=village.nakato.phone,
    )
    converse(
        """
        > *384*7#
        …
        > decide
        < CON Decide on what?
        < 1. Our rules: Members who must agree
        < 0 Back
        > 1
        < CON Change our rules. Members who must agree: two thirds, not half
        …
        """
    )


def test_the_share_price_is_offered_only_between_cycles(app: App, converse: Transcript, village: Village) -> None:
    do(app.store, RecordCash(village.umoja, village.akello.id, Money(5_500, "UGX"), village.nakato.id))
    converse(
        """
        > *384*7#
        …
        > rules
        …
        > 2
        < CON Change which rule?
        < 1. Shares a meeting
        …
        """,
        by=village.nakato.phone,
    )


def test_the_meeting_day_is_asked_with_what_it_is_now(app: App, converse: Transcript, village: Village) -> None:
    phone = converse("> *384*7*rules*2#\n…", by=village.nakato.phone)
    listed = phone.screen
    while "Meeting day" not in phone.screen and "98 More" in phone.screen:
        listed += phone.type("98")
    line = next(line for line in phone.screen.splitlines() if "Meeting day" in line)
    asked = phone.type(line.partition(".")[0].removeprefix("CON "))
    assert "Now: Mon, every week" in asked and "2. every two weeks" in asked
    assert "On which day of the month, 1 to 28?" in phone.type("3")
    assert "29" not in phone.type("29").replace("1 to 28", ""), "a month may have no such day"
    assert "Your PIN?" in phone.type("15")
    assert "2 members must agree" in phone.type("2580")
    (proposal,) = app.store.proposals.find(kind="constitution")
    assert (proposal.values["was"], proposal.values["to"]) == ("week:0", "month:15")


def test_an_amount_that_no_coin_makes_is_refused_before_the_pin(
    app: App, converse: Transcript, village: Village
) -> None:
    rules = app.store.groups.get(village.umoja).constitution
    app.store.groups.change(village.umoja, constitution=replace(rules, cash_unit=500))
    phone = converse("> *384*7*rules*2*3#\n…\n> 700\n…", by=village.nakato.phone)
    assert "PIN" not in phone.screen and "UGX 500 or UGX 1,000" in phone.screen
