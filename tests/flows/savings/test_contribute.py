"""Putting money in, as it is heard: what is due, another amount, one of two groups, and what is refused."""

from dataclasses import replace

import pytest

from bot.app import App, build
from bot.config import Settings
from domain.money import Money
from domain.savings.contribute import RecordCash
from tests.conftest import Clock
from tests.flows.talk import MENU, Dial, inputs, pay
from tests.people import Village, arrives, do, found_group
from tests.phone import Phone, Transcript
from tests.web import wsgi

pytestmark = pytest.mark.chats("whatsapp")


def test_what_is_due_is_paid_in_four_inputs_the_pin_included(
    app: App, converse: Transcript, village: Village
) -> None:
    transcript = f"""
        > *384*7#
        {MENU}
        > 1
        < CON Umoja, meeting of 5 Oct. How much?
        < 1. Pay UGX 5,500
        < 0 Back
        > 1
        < CON Pay UGX 5,500 to Umoja. Your PIN?
        < 0 Back  00 Home
        > 2581
        < END Now approve UGX 5,500 on your phone with your mobile money PIN. Ref C…
    """
    assert inputs(transcript) == 4
    screen = converse(transcript).screen
    (payment,) = app.store.payments.open_of(village.akello.id)
    assert screen.endswith(f" Ref {payment.ref}")


@pytest.mark.chats("sms")
def test_an_amount_that_was_typed_is_said_back_before_it_is_asked_for(
    app: App, converse: Transcript, village: Village
) -> None:
    """An amount with a slip in it costs a member one more screen, never money."""
    converse("""
        > *384*7*1#
        < CON Umoja, meeting of 5 Oct. How much?
        < 1. Pay UGX 5,500
        < 0 Back
        > 20000
        < CON Pay UGX 20,000 to Umoja?
        < 1. Yes
        < 2. No
        < 0 Back  00 Home
        > 0
        < CON Umoja, meeting of 5 Oct. How much?
        < 1. Pay UGX 5,500
        < 0 Back
        > 2000
        < CON Pay UGX 2,000 to Umoja?
        < 1. Yes
        < 2. No
        < 0 Back  00 Home
        > 1
        < CON Pay UGX 2,000 to Umoja. Your PIN?
        < 0 Back  00 Home
        > 2581
        < END Now approve UGX 2,000 on your phone with your mobile money PIN. Ref C…
    """)
    (payment,) = app.store.payments.open_of(village.akello.id)
    assert payment.amount == Money(2_000, "UGX")


def test_who_says_no_pays_nothing(app: App, converse: Transcript, village: Village) -> None:
    converse("""
        > *384*7*1*2000#
        < CON Pay UGX 2,000 to Umoja?
        < 1. Yes
        < 2. No
        < 0 Back  00 Home
        > no
        < END Nothing was paid.
    """)
    assert app.store.payments.open_of(village.akello.id) == []


def test_a_member_of_two_groups_is_asked_which_and_each_has_its_own_money(
    app: App, converse: Transcript, village: Village, clock: Clock
) -> None:
    clock.forward(minutes=1)
    found_group(app.store, "20202", "Bidii", Money(20_000, "KES"), {village.akello: "treasurer"})
    converse("""
        > *384*7*1#
        < CON Save in which group?
        < 1. Umoja
        < 2. Bidii
        < 0 Back
        > 2
        < CON Bidii, meeting of 5 Oct. How much?
        < 1. Pay KES 220
        < 0 Back  00 Home
        > 150.50
        < CON Pay KES 150.50 to Bidii?
        < 1. Yes
        < 2. No
        < 0 Back  00 Home
        > 1
        < CON Pay KES 150.50 to Bidii. Your PIN?
        < 0 Back  00 Home
        > 2581
        < END Now approve KES 150.50 on your phone with your mobile money PIN. Ref C…
    """)
    (payment,) = app.store.payments.open_of(village.akello.id)
    assert payment.amount == Money(15_050, "KES")
    converse("""
        > *384*7*2#
        < CON Your balance. Your PIN?
        < 0 Back
        > 2581
        < END Umoja: UGX 0, 0 shares, due UGX 5,500 by 5 Oct
        < Bidii: KES 0, 0 shares, on its way KES 150.50, due KES 200 by 5 Oct
    """)


@pytest.mark.chats("telegram")
def test_when_all_is_paid_another_amount_can_be_typed_up_to_the_cap(
    app: App, converse: Transcript, village: Village
) -> None:
    pay(app, village, village.akello, 5_500)
    converse("""
        > *384*7*1#
        < CON What is due is paid.
        < Umoja, meeting of 5 Oct. How much?
        < 0 Back
        > 1
        < CON At least UGX 100. Please type it like 20000.
        < What is due is paid.
        < Umoja, meeting of 5 Oct. How much?
        < 0 Back
        > 20001
        < CON At most UGX 20,000.
        < What is due is paid.
        < Umoja, meeting of 5 Oct. How much?
        < 0 Back
        > 20000
        < CON Pay UGX 20,000 to Umoja?
        < 1. Yes
        < 2. No
        < 0 Back  00 Home
        > 1
        < CON Pay UGX 20,000 to Umoja. Your PIN?
        < 0 Back  00 Home
        > 2581
        < END Now approve UGX 20,000 on your phone with your mobile money PIN. Ref C…
        > *384*7*1#
        < END UGX 20,000 is waiting for your approval on your phone.
    """)
    (waits,) = app.store.payments.open_of(village.akello.id)
    arrives(app.store, waits)
    converse("> *384*7*1#\n< END You have put in all you can for the meeting of 5 Oct. Well done!")


@pytest.mark.chats("telegram")
def test_what_waits_to_be_approved_is_said_where_its_option_was(
    app: App, converse: Transcript, village: Village
) -> None:
    """A digit that was an option a moment ago is not an amount of one shilling."""
    converse("""
        > *384*7*1*1#
        …
        > 2581
        …
        > *384*7*1#
        < CON UGX 5,500 is waiting for your approval on your phone.
        < Umoja, meeting of 5 Oct. How much?
        < 0 Back
        > 1
        < CON At least UGX 100. Please type it like 20000.
        < UGX 5,500 is waiting for your approval on your phone.
        < Umoja, meeting of 5 Oct. How much?
        < 0 Back
    """)
    (waits,) = app.store.payments.open_of(village.akello.id)
    assert waits.amount == Money(5_500, "UGX")


def test_room_that_was_taken_meanwhile_is_said_with_what_is_left(app: App, phone: Dial, village: Village) -> None:
    """The treasurer writes the cash down while the member holds the phone."""
    akello = phone(village.akello.phone)
    akello.dial("*384*7*1*25500#")
    akello.type("1")
    cash = RecordCash(village.umoja, village.akello.id, Money(15_500, "UGX"), village.wanjiru.id)
    do(app.store, cash)
    assert akello.type("2581") == "END You can put in at most UGX 10,000 for this meeting."
    assert app.store.payments.open_of(village.akello.id) == []


def test_a_seventh_payment_within_the_hour_waits(app: App, phone: Dial, village: Village, clock: Clock) -> None:
    akello = phone(village.akello.phone)
    for amount in range(201, 207):
        clock.forward(minutes=1)
        akello.dial(f"*384*7*1*{amount}#")
        akello.type("1")
        assert akello.type("2581").startswith(f"END Now approve UGX {amount}")
    said = akello.dial("*384*7*1#")
    assert said == "END That is 6 payments in an hour. Please wait a little.", "before how much is asked"
    clock.forward(minutes=56)
    akello.dial("*384*7*1*200#")
    akello.type("1")
    assert akello.type("2581").startswith("END Now approve UGX 200")


def test_where_mobile_money_is_off_one_pays_at_the_meeting(
    settings: Settings, clock: Clock, village: Village
) -> None:
    app = build(replace(settings, feature_mobile_money_enabled=False), clock=clock)
    converse = Transcript(lambda number: Phone(wsgi(app), settings.hook_secret, number), village.akello.phone)
    converse("""
        > *384*7*1#
        < END Umoja takes no mobile money yet. Please pay at the meeting.
    """)
    app.close()
