"""A group is founded by conversation, its officers are named, and one hands over; on every channel."""

import pytest

from bot.app import App
from domain.money import Money
from domain.records.person import membership_id
from tests.flows.talk import every_channel, heard, newcomer
from tests.people import Village, let_in, register
from tests.phone import Transcript

pytestmark = pytest.mark.chats("whatsapp")


@every_channel
def test_a_newcomer_founds_a_group_and_hears_its_code_and_what_to_do_next(
    app: App, converse: Transcript, village: Village
) -> None:
    opio = newcomer(app)
    phone = converse(
        """
        > *384*7#
        < CON Hello Opio. You are in no group yet.
        < Not you? 99
        < 1. Join a group
        < 2. Start a group
        < 3. Settings
        < 4. Help
        > 2
        < CON What kind of group?
        < 1. Shares, then share-out
        < 2. Rotation
        < 3. SACCO
        < 4. Savings
        < 0 Back
        > 1
        < CON What is the group's name?
        < 0 Back  00 Home
        > Tujenge
        < CON What does one share cost?
        < 0 Back  00 Home
        > free
        < CON Please type the amount in digits only, like 1000000.
        < What does one share cost?
        < 0 Back  00 Home
        > 2000
        < CON What does a member give to the social fund at each meeting?
        < 1. Nothing
        < 0 Back  00 Home
        > 200
        < CON How often do you meet?
        < 1. every week
        < 2. every two weeks
        < 3. every month
        < 0 Back  00 Home
        > 2
        < CON When do you meet first?
        < 1. Mon 5 Oct
        < 2. Tue 6 Oct
        < 3. Wed 7 Oct
        < 4. Thu 8 Oct
        < 5. Fri 9 Oct
        < 6. Sat 10 Oct
        < 7. Sun 11 Oct
        < 0 Back  00 Home
        > 3
        < CON Tujenge: Shares, then share-out
        < UGX 2,000 each, every two weeks from 7 Oct
        < Social fund: UGX 200
        < All right?
        < 1. Yes
        < 2. No
        < 0 Back  00 Home
        > 1
        < CON Usual rules:
        < Loans: 3 times savings, 10% for four weeks
        < Fine for absence: UGX 200
        < 2 officers must agree
        < 1. Take them
        < 2. Change some
        < 0 Back  00 Home
        > 1
        < CON Start Tujenge. Your PIN?
        < 0 Back  00 Home
        > 4826
        …
        """,
        by=opio.phone,
    )
    (group,) = app.store.groups.find(name="Tujenge")
    said = f"Tujenge has started, its code is {group.code}. Invite members, then name two more officers: alone"
    assert said in phone.screen
    assert app.store.memberships.get(membership_id(group.id, opio.id)).role == "chairperson"
    rules = group.constitution
    assert (str(rules.share_price), str(rules.social), rules.every) == ("UGX 2,000", "UGX 200", "2weeks")
    assert rules.first_meeting.isoformat() == "2026-10-07"
    converse(
        """
        > *384*7#
        < CON Hello Opio
        …
        """,
        by=opio.phone,
    )


def test_no_is_no_and_founds_nothing(app: App, converse: Transcript, village: Village) -> None:
    converse(
        """
        > *384*7#
        …
        > found
        …
        > 4
        …
        > Mavuno
        < CON How much does a member usually save at a meeting?
        …
        > 1000
        …
        > 1
        …
        > 1
        …
        > 1
        < CON Mavuno: Savings
        < UGX 1,000 each, every week from 5 Oct
        < Social fund: UGX 0
        …
        > 2
        < END No group was started.
        """
    )
    assert app.store.groups.find(name="Mavuno") == []


def test_the_currency_is_that_of_the_phone_and_asked_where_it_is_not_known(
    app: App, converse: Transcript, village: Village
) -> None:
    kenyan = register(app.store, "Njeri Esther", "+254711000177", "4827")
    foreign = register(app.store, "Piet Jan", "+31612345678", "4828")
    zambian = register(app.store, "Banda Ruth", "+260977000177", "4829")
    swazi = register(app.store, "Dlamini Sipho", "+26876123456", "4831")
    unknown = register(app.store, "Kamara Jean", "+23276123456", "4830")
    for who, currency in ((kenyan, "KES"), (foreign, "EUR"), (zambian, "ZMW"), (swazi, "SZL")):
        typed = ("*384*7#", "found", "4", "Our group", "10", "1", "1", "1")
        phone = converse("".join(f"> {line}\n…\n" for line in typed), by=who.phone)
        assert f"{Money(10_00, currency)} each" in phone.screen
    converse(
        """
        > *384*7#
        …
        > found
        …
        > 4
        …
        > Our group
        < CON In which currency?
        …
        > USD
        < CON How much does a member usually save at a meeting?
        …
        """,
        by=unknown.phone,
    )


def test_an_officer_names_a_secretary_and_another_agrees(app: App, converse: Transcript, village: Village) -> None:
    converse(
        """
        > *384*7#
        …
        > officers
        < CON chairperson: Nakato Ruth
        < secretary: nobody
        < treasurer: Wanjiru Mary
        < 1. Name a secretary
        < 2. Hand over my office
        < 0 Back
        > 1
        < CON Which member? Type the number in the group, phone or name.
        < 0 Back  00 Home
        > Okot
        < CON Okot James becomes secretary. Your PIN?
        < 0 Back  00 Home
        > 2580
        < END Now 1 more person must agree.
        """,
        by=village.nakato.phone,
    )
    converse(
        f"""
        > *384*7#
        …
        > decide
        …
        > 1
        < CON Okot James becomes secretary
        < 1. Agree
        < 2. Do not agree
        < 0 Back  00 Home
        > 1
        < CON Your PIN?
        < 0 Back  00 Home
        > {village.wanjiru.pin}
        < END It is decided, with your vote.
        """,
        by=village.wanjiru.phone,
    )
    told = "You are now secretary of Umoja. Choose Lead the group in the menu."
    assert told in heard(app, village.okot.phone)


def test_where_there_is_no_other_officer_the_members_are_asked(
    app: App, converse: Transcript, village: Village
) -> None:
    app.store.memberships.change(membership_id(village.umoja, village.wanjiru.id), role="member")
    converse(
        """
        > *384*7#
        …
        > officers
        < CON chairperson: Nakato Ruth
        < secretary: nobody
        < treasurer: nobody
        < 1. Name a secretary
        < 2. Name a treasurer
        < 3. Hand over my office
        < 0 Back
        > 3
        …
        > Akello
        < CON Hand over to Akello Grace. Your PIN?
        < 0 Back  00 Home
        > 2580
        < END Now 2 more people must agree.
        """,
        by=village.nakato.phone,
    )


def test_an_office_is_handed_over_and_the_menus_follow(app: App, converse: Transcript, village: Village) -> None:
    opio = newcomer(app)
    let_in(app.store, village.umoja, village.code, village.nakato, opio)
    app.store.memberships.change(membership_id(village.umoja, opio.id), role="secretary")
    converse(
        """
        > *384*7#
        …
        > officers
        < CON chairperson: Nakato Ruth
        < secretary: Opio Peter
        < treasurer: Wanjiru Mary
        < 1. Hand over my office
        < 0 Back
        > 1
        …
        > Akello
        < CON Hand over to Akello Grace. Your PIN?
        < 0 Back  00 Home
        > 1470
        < END Now 2 more people must agree.
        """,
        by=village.wanjiru.phone,
    )
    for officer in (village.nakato, opio):
        converse(
            f"""
            > *384*7#
            …
            > decide
            …
            > 1
            < CON Akello Grace becomes treasurer
            < 1. Agree
            < 2. Do not agree
            < 0 Back  00 Home
            > 1
            < CON Your PIN?
            < 0 Back  00 Home
            > {officer.pin}
            …
            """,
            by=officer.phone,
        )
    assert "Lead the group" in converse("> *384*7#\n…", by=village.akello.phone).screen
    assert "Lead the group" not in converse("> *384*7#\n…", by=village.wanjiru.phone).screen
    said = "You handed over your office in Umoja. From now on Akello Grace is its treasurer. Thank you!"
    assert said in heard(app, village.wanjiru.phone)
