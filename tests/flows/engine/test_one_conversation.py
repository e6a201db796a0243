"""One conversation, whatever the channel: begun in a call, it goes on in a chat, and the other way round."""

from typing import Any

from bot.app import App
from domain.mongo.verify import verify_book
from tests.conftest import Clock
from tests.flows.talk import KNOWS_YOU, MENU, Dial
from tests.people import Village
from tests.phone import Phone, TelegramPhone, Transcript, WhatsAppPhone
from tests.web import wsgi
from tests.wired import wired

OFFER = """
    < You were not finished. Go on?
    < 1. Continue
    < 2. Start again
"""


def test_a_contribution_begun_in_a_call_is_finished_in_a_chat_and_the_receipt_comes_where_they_want_it(
    settings: Any, clock: Clock
) -> None:
    with wired(settings, clock) as town:
        number, pin = town.village.akello.phone, town.village.akello.pin
        phone, telegram, whatsapp = town.phone(number), town.simulator.telegram, town.simulator.whatsapp
        telegram.start(number)
        telegram.write(number, "english")
        telegram.share_contact(number)
        assert town.telegram(number)[-1] == KNOWS_YOU
        whatsapp.write(number, "hi")
        assert phone.dial("*384*7*messages*1#").splitlines()[1:5] == [
            "1. Telegram", "2. WhatsApp", "3. Text message", "4. Wherever it works"
        ]  # fmt: skip
        assert phone.type("2") == "END Your receipts come here: WhatsApp."

        assert phone.dial("*384*7*1#").startswith("CON Umoja, meeting of 5 Oct. How much?")
        assert phone.type("2000").startswith("CON Pay UGX 2,000 to Umoja?")
        # The call drops here.
        telegram.write(number, "hello again")
        assert town.telegram(number)[-1] == "You were not finished. Go on?"
        (offer,) = [each for each in telegram.messages(number)[-1:] if not each["mine"]]
        go_on = offer["buttons"][0][0]
        assert go_on["text"] == "Continue"
        telegram.tap(number, offer["id"], go_on["data"])
        assert town.telegram(number)[-1] == "Pay UGX 2,000 to Umoja?"
        telegram.write(number, "yes")
        telegram.write(number, pin)
        assert town.telegram(number)[-1].startswith("Now approve UGX 2,000 on your phone")

        town.work(seconds=5)
        (prompt,) = town.simulator.momo.prompts(number)
        town.simulator.momo.approve(prompt["reference"], "12345")
        town.work(seconds=10)
        assert [
            text for text in town.whatsapp(number) if text.startswith("You paid UGX 2,000 to Umoja for savings.")
        ]
        assert not [text for text in town.telegram(number) + town.texts(number) if "You paid" in text]
        assert verify_book(town.app.store.books, town.village.umoja) == []
        assert len(town.app.store.payments.find()) == 1


def test_a_contribution_begun_in_a_chat_goes_on_by_dialling(app: App, phone: Dial, village: Village) -> None:
    akello, number = TelegramPhone(app, village.akello.phone), village.akello.phone
    Transcript(lambda _: akello, number)("""
        > pay 2000
        < Pay UGX 2,000 to Umoja?
        < 1. Yes
        < 2. No
        < 0 Back  00 Home
    """)
    Transcript(phone, number)(f"""
        > *384*7#
        {OFFER.replace("< You", "< CON You")}
        > 1
        < CON Pay UGX 2,000 to Umoja?
        < 1. Yes
        < 2. No
        < 0 Back  00 Home
        > 1
        < CON Pay UGX 2,000 to Umoja. Your PIN?
        < 0 Back  00 Home
        > {village.akello.pin}
        < END Now approve UGX 2,000 on your phone with your mobile money PIN. Ref …
    """)
    assert akello.type("hi").startswith("Hello Akello"), "nothing is left to go on with"


def test_starting_again_elsewhere_leaves_nothing_of_what_was_begun(
    app: App, phone: Dial, village: Village
) -> None:
    phone(village.akello.phone).dial("*384*7*1*2000#")
    akello = TelegramPhone(app, village.akello.phone)
    Transcript(lambda _: akello, akello.number)(f"""
        > hi
        {OFFER}
        > 7
        < Please choose a number from 1 to 2.
        {OFFER}
        > 2
        {MENU}
        > 1
        < Umoja, meeting of 5 Oct. How much?
        < 1. Pay UGX 5,500
        < 0 Back
    """)


def test_a_command_in_a_chat_takes_the_place_of_what_was_begun_in_a_call(
    app: App, phone: Dial, village: Village
) -> None:
    phone(village.akello.phone).dial("*384*7*1*2000#")
    assert TelegramPhone(app, village.akello.phone).type("balance").startswith("Your balance. Your PIN?")


def test_a_call_that_is_still_open_when_a_chat_moved_on_is_asked_where_it_is(
    app: App, phone: Dial, village: Village
) -> None:
    """What is typed in it was for a question that is gone, and answers no other."""
    call, chat = phone(village.akello.phone), TelegramPhone(app, village.akello.phone)
    call.dial("*384*7*1#")
    assert chat.type("balance").startswith("Your balance. Your PIN?")
    assert call.type(village.akello.pin).startswith("CON You were not finished. Go on?")
    assert call.type("1").startswith("CON Your balance. Your PIN?")
    assert call.type(village.akello.pin).startswith("END Umoja: UGX 0")
    assert app.store.payments.find() == []


def test_what_is_typed_in_such_a_call_answers_nothing_in_another_process_either(
    app: App, second: App, phone: Dial, village: Village
) -> None:
    """The call's whole transcript comes with each request: "1", to go on, and the PIN behind it."""
    number, pin = village.akello.phone, village.akello.pin
    phone(number).dial("*384*7*1*1#")
    call, chat = phone(number), TelegramPhone(app, number)
    call.dial()
    assert call.type("1").startswith("CON Pay UGX 5,500 to Umoja. Your PIN?")
    assert chat.type("balance").startswith("Your balance. Your PIN?")
    elsewhere = Phone(wsgi(second), second.settings.hook_secret, number)
    said = elsewhere.post(**call.form() | {"text": f"1*{pin}"})
    assert said.startswith("CON You were not finished. Go on?")
    assert "2,581" not in said


def test_a_call_whose_conversation_was_finished_in_a_chat_begins_anew(
    app: App, phone: Dial, village: Village
) -> None:
    call, chat = phone(village.akello.phone), TelegramPhone(app, village.akello.phone)
    call.dial("*384*7*1*2000#")
    chat.type("hi")
    chat.type("1")
    assert chat.type("no") == "Nothing was paid."
    assert call.type("1").startswith("CON Hello Akello")
    assert app.store.payments.find() == []


def test_a_button_of_a_chat_that_a_call_left_behind_does_nothing(app: App, phone: Dial, village: Village) -> None:
    chat = TelegramPhone(app, village.akello.phone)
    chat.type("pay 2000")
    button = chat.taps["1"]
    phone(village.akello.phone).dial("*384*7*2#")
    assert chat.send(button).startswith("You were not finished. Go on?")
    assert chat.type("1").startswith("Your balance. Your PIN?")


def test_a_chat_that_opens_by_its_number_alone_is_told_to_the_phone_once(app: App, village: Village) -> None:
    """A number may have had another owner, who still has the chat."""
    chat = WhatsAppPhone(app, village.akello.phone)
    for _ in range(2):
        assert chat.type("hello").startswith("Hello Akello")
    told = [each for each in app.store.notices.find(person=village.akello.id) if each.kind == "chat_linked"]
    assert [(each.values, each.first) for each in told] == [({"channel": "WhatsApp"}, "text")]
