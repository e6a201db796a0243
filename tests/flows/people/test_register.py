"""From the first call to being let in, as it is heard."""

from collections.abc import Callable

import pytest
import redis

from bot.app import App
from domain.groups.join import JoinGroup
from domain.money import Money
from domain.people.limits import WRONG_GROUP_CODES
from domain.people.phones import person_with
from domain.records.consent import CONSENT_VERSION
from flows.engine.journal import decode_session, encode
from flows.engine.sessions import Keys
from flows.people.first_pin import ask_first_pin
from tests.conftest import Clock
from tests.flows.talk import (
    AGREE,
    MENU_OF_NO_GROUP,
    NEWCOMER,
    OFFICERS_MENU,
    WELCOME,
    Dial,
    Name,
    every_channel,
    heard,
)
from tests.people import Village, do, found_group, register
from tests.phone import Talks, Transcript

pytestmark = pytest.mark.chats("whatsapp")


@every_channel
def test_a_newcomer_registers_is_let_in_and_saves(
    app: App, converse: Transcript, village: Village, clock: Clock, channel: Name
) -> None:
    converse(
        f"""
        > *384*7#
        {WELCOME}
        > 1
        < CON What is your name?
        < 0 Back
        > Achieng  Mary
        < CON Achieng, choose a PIN of 4 or 5 digits. Keep it secret.
        < 0 Back  00 Home
        > 2468
        {AGREE}
        > 2468
        < CON Type your group's code, or 1 if you have none
        < 0 Back  00 Home
        > 10101
        < END Welcome Achieng Mary! Umoja must accept you first. We will send you a message.
        """,
        by=NEWCOMER,
    )
    (agreed,) = app.store.consents.find()
    assert (agreed.person, agreed.purpose) == (person_with(app.store, NEWCOMER), "service")
    assert (agreed.version, agreed.language, agreed.given_at) == (CONSENT_VERSION, "en", clock())
    assert agreed.channel == ("phone" if channel in ("ussd", "sms") else channel)
    clock.forward(minutes=1)
    converse(
        f"""
        > *384*7#
        < CON Hello Achieng. Your group has not accepted you yet.
        < Not you? 99
        {MENU_OF_NO_GROUP}
        > 1
        < CON Type the group's code. Its secretary knows it.
        < 0 Back
        > 10101
        < END You are in Umoja already, or waiting to be accepted.
        """,
        by=NEWCOMER,
    )
    asked = "Please decide: Achieng Mary asks to join Umoja. Choose Approve members in the menu."
    assert asked in heard(app, village.nakato.phone)
    converse(
        f"""
        > *384*7#
        {OFFICERS_MENU}
        > approve
        < CON Who joins Umoja?
        < 1. Achieng Mary
        < 0 Back
        > 1
        < CON Achieng Mary (+256772000199) in Umoja?
        < 1. Accept
        < 2. Refuse
        < 0 Back  00 Home
        > 1
        < CON Your PIN?
        < 0 Back  00 Home
        > 2580
        < END Achieng Mary is now a member of Umoja.
        """,
        by=village.nakato.phone,
    )
    assert heard(app, NEWCOMER) == ["Welcome! You are now a member of Umoja. You can save now."]
    converse(
        """
        > *384*7#
        < CON Hello Achieng
        < Not you? 99
        < 1. Contribute
        < 2. Balance
        < 3. Loans
        < 4. My money
        < 5. My group
        < 6. Settings
        < 7. Help
        > 1
        < CON Umoja, meeting of 5 Oct. How much?
        < 1. Pay UGX 5,500
        < 0 Back
        > 1
        < CON Pay UGX 5,500 to Umoja. Your PIN?
        < 0 Back  00 Home
        > 2468
        < END Now approve UGX 5,500 on your phone with your mobile money PIN. Ref C…
        """,
        by=NEWCOMER,
    )


def test_a_newcomer_s_slips_cost_a_screen_each_and_nothing_else(
    app: App, converse: Transcript, village: Village
) -> None:
    converse(
        f"""
        > *384*7#
        {WELCOME}
        > 4
        < CON Please choose a number from 1 to 3.
        < Karibu / Welcome / Bienvenue
        < 1. English
        < 2. Francais
        < 3. Kiswahili
        > english
        < CON What is your name?
        < 0 Back
        > 7
        < CON A name is two letters or more, without digits or signs, like Akello Grace.
        < What is your name?
        < 0 Back
        > Achieng Mary
        < CON Achieng, choose a PIN of 4 or 5 digits. Keep it secret.
        < 0 Back  00 Home
        > 123
        < CON A PIN is 4 or 5 digits.
        < Achieng, choose a PIN of 4 or 5 digits. Keep it secret.
        < 0 Back  00 Home
        > 1234
        < CON Too easy to guess. Choose another PIN.
        < Achieng, choose a PIN of 4 or 5 digits. Keep it secret.
        < 0 Back  00 Home
        > 2468
        {AGREE}
        > 2469
        < CON The two PINs differ. Type it again, or 0 to choose another.
        …
        > 0
        < CON Achieng, choose a PIN of 4 or 5 digits. Keep it secret.
        < 0 Back  00 Home
        > 2469
        {AGREE}
        > 2469
        < CON Type your group's code, or 1 if you have none
        < 0 Back  00 Home
        > 99999
        < CON No group has the code 99999. Try again, or 1 if you have none
        < 0 Back  00 Home
        > Umoja
        < CON Please type the digits of the code.
        < No group has the code 99999. Try again, or 1 if you have none
        < 0 Back  00 Home
        > 101 01
        < END Welcome Achieng Mary! Umoja must accept you first. We will send you a message.
        > *384*7#
        < CON Hello Achieng. Your group has not accepted you yet.
        < Not you? 99
        {MENU_OF_NO_GROUP}
        """,
        by=NEWCOMER,
    )


def test_who_comes_as_far_as_the_last_question_and_no_further_has_agreed_to_nothing(
    app: App, phone: Dial, village: Village
) -> None:
    achieng = phone(NEWCOMER)
    achieng.dial("*384*7*1#")
    for typed in ("Achieng Mary", "2469", "2469"):
        achieng.type(typed)
    assert achieng.screen.startswith("CON Type your group's code") and not app.store.consents.count()


@pytest.mark.parametrize("shown", ["", "0ther000"])
def test_who_saw_no_words_or_others_in_the_minute_of_a_release_has_not_agreed(
    app: App, phone: Dial, village: Village, valkey: redis.Redis, shown: str
) -> None:
    achieng, kept = phone(NEWCOMER), Keys(NEWCOMER, "").session
    achieng.dial("*384*7*1#")
    for typed in ("Achieng Mary", "2469"):
        achieng.type(typed)
    data = valkey.hget(kept, "data")
    assert isinstance(data, bytes)
    words, session = achieng.screen, decode_session(data)
    session.asked = shown
    valkey.hset(kept, "data", encode(session))
    assert "To agree, type the PIN again." in words
    assert achieng.type("2469") == words, "what is agreed to is read first"
    assert achieng.type("2469").startswith("CON Type your group's code")
    achieng.type("1")
    (agreed,) = app.store.consents.find()
    assert agreed.version == CONSENT_VERSION


def test_who_typed_the_pin_again_before_there_were_words_has_agreed_to_none() -> None:
    """Their conversation of before goes on with what its journal has: that the two were the same."""
    for kept, agreed in ((True, 0), (CONSENT_VERSION, CONSENT_VERSION)):
        asked = ask_first_pin("Achieng Mary")
        next(asked)
        asked.send("hash")
        with pytest.raises(StopIteration) as done:
            asked.send(kept)
        assert done.value.value == ("hash", agreed)


def test_a_newcomer_who_guessed_too_often_registers_without_a_group(
    app: App, phone: Dial, village: Village, clock: Clock
) -> None:
    """What they typed before is not lost: only the group has to wait."""
    achieng = phone(NEWCOMER)
    achieng.dial("*384*7*1#")
    for typed in ("Achieng Mary", "2469", "2469"):
        achieng.type(typed)
    for guess in range(WRONG_GROUP_CODES.most):
        assert f"No group has the code 9000{guess}." in achieng.type(f"9000{guess}")
    refused = "CON Too many codes were tried. Try again in 60 minutes. Type another code, or 1 if you have none"
    assert achieng.type(village.code).startswith(refused)
    assert achieng.type("1").startswith("END Welcome Achieng Mary!")
    clock.forward(hours=1)
    assert phone(NEWCOMER).dial(f"*384*7*join*{village.code}#").startswith("END You asked to join Umoja.")


def test_a_newcomer_without_a_code_registers_and_joins_later(app: App, converse: Transcript) -> None:
    converse(
        f"""
        > *384*7#
        {WELCOME}
        > 1
        < CON What is your name?
        < 0 Back
        > Achieng Mary
        < CON Achieng, choose a PIN of 4 or 5 digits. Keep it secret.
        < 0 Back  00 Home
        > 2468
        {AGREE}
        > 2468
        < CON Type your group's code, or 1 if you have none
        < 0 Back  00 Home
        > 1
        < END Welcome Achieng Mary! When you have a group's code, choose Join a group.
        > *384*7#
        < CON Hello Achieng. You are in no group yet.
        < Not you? 99
        {MENU_OF_NO_GROUP}
        > 1
        < CON Type the group's code. Its secretary knows it.
        < 0 Back
        > 99999
        < CON No group has the code 99999. Type it again.
        < 0 Back  00 Home
        > 10101
        < END You asked to join Umoja. We will send you a message when they accept you.
        """,
        by=NEWCOMER,
    )


def test_two_officers_answer_one_request_and_the_second_is_told(
    app: App, talks: Callable[[str], Talks], village: Village
) -> None:
    opio = register(app.store, "Opio Peter", "+256772000110", "4826")
    do(app.store, JoinGroup(opio.id, village.code))
    wanjiru = talks(village.wanjiru.phone)
    wanjiru.dial("*384*7*approve*1*2#")
    Transcript(talks, village.nakato.phone)(
        """
        > *384*7*approve*1*1#
        < CON Your PIN?
        < 0 Back  00 Home
        > 2580
        < END Opio Peter is now a member of Umoja.
        > *384*7*approve#
        < END Nobody is waiting to join Umoja.
        """
    )
    told = wanjiru.type("1470").removeprefix("END ")
    assert told == "Another officer has already answered this request."
    assert heard(app, opio.phone) == ["Welcome! You are now a member of Umoja. You can save now."]


def test_who_is_not_let_in_is_told_and_may_ask_again(app: App, converse: Transcript, village: Village) -> None:
    opio = register(app.store, "Opio Peter", "+256772000110", "4826")
    do(app.store, JoinGroup(opio.id, village.code))
    converse(
        """
        > *384*7*approve*1*2#
        < CON Your PIN?
        < 0 Back  00 Home
        > 2580
        < END Opio Peter was not accepted in Umoja.
        """,
        by=village.nakato.phone,
    )
    assert heard(app, opio.phone) == ["Sorry, Umoja did not accept you. Ask one of its officers why."]
    converse(
        """
        > *384*7*1*10101#
        < END You asked to join Umoja. We will send you a message when they accept you.
        """,
        by=opio.phone,
    )


def test_an_officer_of_two_groups_is_asked_which(app: App, converse: Transcript, village: Village) -> None:
    found_group(app.store, "20202", "Tujenge", Money(1_000, "UGX"), {village.nakato: "secretary"})
    converse(
        """
        > *384*7*approve#
        < CON Approve members of which group?
        < 1. Umoja
        < 2. Tujenge
        < 0 Back
        > 2
        < END Nobody is waiting to join Tujenge.
        """,
        by=village.nakato.phone,
    )
