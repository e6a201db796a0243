"""Plain words in a chat: they open what they name, and never against a question."""

from collections.abc import Callable

import pytest
from werkzeug.test import Client

from bot.app import App
from domain.money import Money
from tests.flows.talk import CHATS, MENU, MENU_HINT, NEWCOMER, WELCOME, Dial
from tests.people import Village, found_group, let_in
from tests.phone import Talks, TelegramPhone, Transcript, WhatsAppPhone
from tests.web import wsgi

HELP_WORDS = (
    "Save by mobile money: choose Contribute, then approve on your phone. "
    "Never tell anybody your PIN. Questions? Ask an officer of your group."
)
AMOUNT = """
    < Umoja, meeting of 5 Oct. How much?
    < 1. Pay UGX 5,500
    < 0 Back
"""
SURE = """
    < Pay UGX 5,000 to Umoja?
    < 1. Yes
    < 2. No
    < 0 Back  00 Home
"""


pytestmark = pytest.mark.chats("telegram")


@pytest.fixture(params=CHATS)
def channel(request: pytest.FixtureRequest) -> str:
    """In a call, what is typed is an answer and nothing else."""
    name: str = request.param
    return name


@pytest.fixture
def two_groups(app: App, village: Village) -> Village:
    """Akello is in Umoja and in Tumaini, where a share is UGX 2,000."""
    officers = {village.nakato: "chairperson", village.wanjiru: "treasurer"}
    tumaini = found_group(app.store, "20202", "Tumaini", Money(2_000, "UGX"), officers)  # type: ignore[arg-type]
    let_in(app.store, tumaini, "20202", village.nakato, village.akello)
    return village


# In a chat


@pytest.mark.chats("whatsapp")
def test_words_open_what_they_name_from_the_menu_and_from_the_middle_of_something(converse: Transcript) -> None:
    converse(f"""
        > hello
        {MENU}
        > pay
        {AMOUNT}
        > solde
        < Your balance. Your PIN?
        < 0 Back
        > join
        < Type the group's code. Its secretary knows it.
        < 0 Back
        > statment
        < …Your PIN?
        < 0 Back
        > lugha
        < …
        < 1. English
        < 2. Francais
        < 3. Kiswahili
        < 0 Back
        > menu
        {MENU}
    """)


def test_an_amount_with_the_word_is_said_back_before_anything_is_asked_for_it(converse: Transcript) -> None:
    converse(f"""
        > pay 5000
        {SURE}
        > 1
        < Pay UGX 5,000 to Umoja. Your PIN?
        < 0 Back  00 Home
        > back
        {SURE}
        > no
        < Nothing was paid.
    """)


def test_an_amount_that_cannot_be_read_is_asked_for_again(converse: Transcript) -> None:
    converse("""
        > pay 5.000,5
        < Please type the amount in digits only, like 5500.
        < Umoja, meeting of 5 Oct. How much?
        < 1. Pay UGX 5,500
        < 0 Back
    """)


@pytest.mark.parametrize(
    "typed",
    [
        "pay 1,500",
        "pay 1 500",
        "pay 1.5k",
        "pay UGX 1,500",
        "pay USh 1,500 umoja",
        "pay 1,500/= umoja",
        "pay umoja 1 500 /=",
        "pay ١٥٠٠",
        "pay ١٬٥٠٠",
        "pay 1\u00a0500",
        "pay 1\u202f500",
    ],
)
def test_an_amount_is_typed_as_the_screen_writes_it(converse: Transcript, typed: str) -> None:
    converse(f"> {typed}\n< Pay UGX 1,500 to Umoja?\n…")


def test_an_amount_in_other_money_is_refused_by_its_name(converse: Transcript) -> None:
    converse("""
        > pay KES 1,500
        < The group counts in UGX, not in KES. Please type the amount in digits only.
        < Umoja, meeting of 5 Oct. How much?
        < 1. Pay UGX 5,500
        < 0 Back
    """)


@pytest.mark.parametrize("typed", ["pay 0", "pay 00", "pay 1", "pay 0.0", "pay -5000"])
def test_what_is_no_amount_or_the_number_of_an_option_is_not_taken_for_an_amount(
    converse: Transcript, typed: str
) -> None:
    converse(f"> {typed}{AMOUNT}")


def test_in_two_groups_the_amount_waits_until_one_is_picked(converse: Transcript, two_groups: Village) -> None:
    converse(f"""
        > pay 5000
        < Save in which group?
        < 1. Umoja
        < 2. Tumaini
        < 0 Back
        > 1
        {SURE}
    """)


def test_in_two_groups_the_named_one_is_taken_and_a_name_that_is_none_is_asked_for(
    converse: Transcript, two_groups: Village
) -> None:
    converse(f"""
        > pay 5000 UMOJA
        {SURE}
        > pay 5000 amoja
        < Please choose a number from 1 to 2.
        < Save in which group?
        < 1. Umoja
        < 2. Tumaini
        < 0 Back
        > umoja
        {SURE}
        > balance tumaini
        < …Your PIN?
        < 0 Back…
    """)


def test_what_was_said_with_one_command_is_not_used_for_the_next(
    converse: Transcript, two_groups: Village
) -> None:
    converse(f"""
        > pay 5000
        < Save in which group?
        < 1. Umoja
        < 2. Tumaini
        < 0 Back
        > menu
        {MENU}
        > pay umoja
        {AMOUNT.replace("0 Back", "0 Back  00 Home")}
    """)


def test_help_in_the_middle_of_a_question_leaves_the_question_open(converse: Transcript) -> None:
    converse(f"""
        > pay 5000
        {SURE}
        > help
        < {HELP_WORDS}
        {SURE}
        > yes
        < Pay UGX 5,000 to Umoja. Your PIN?
        < 0 Back  00 Home
        > HELP!
        < {HELP_WORDS}
        < Pay UGX 5,000 to Umoja. Your PIN?
        < 0 Back  00 Home
        > menu
        {MENU}
        > help
        < {HELP_WORDS}
    """)


def test_stop_is_silence_and_start_ends_it(app: App, converse: Transcript, village: Village) -> None:
    def stopped() -> bool:
        return app.store.people.get(village.akello.id).messages_stopped

    converse("""
        > stop
        < You get no more messages from us, no receipts either. Send START to get them again.
    """)
    assert stopped()
    for nearly in ("strat", "starts"):
        converse(f"> {nearly}\n< {MENU_HINT}{MENU}")
    assert stopped(), "only the word itself"
    converse("""
        > START
        < You get messages from us again.
    """)
    assert not stopped()


def test_an_amount_that_waited_is_forgotten_when_one_starts_again(app: App, village: Village) -> None:
    found_group(app.store, "20202", "Bidii", Money(20_000, "KES"), {village.akello: "treasurer"})
    whatsapp, telegram = (each(app, village.akello.phone) for each in (WhatsAppPhone, TelegramPhone))
    assert whatsapp.type("pay 5500").startswith("Save in which group?")
    assert telegram.type("hello").startswith("You were not finished. Go on?")
    assert telegram.type("2").startswith("Hello Akello")
    assert telegram.type("1").startswith("Save in which group?")
    assert telegram.type("umoja").startswith("Umoja, meeting of 5 Oct. How much?")


def test_who_wants_no_messages_can_say_so_twice(app: App, village: Village) -> None:
    chat = WhatsAppPhone(app, village.akello.phone)
    for _ in range(2):
        assert chat.type("stop").startswith("You get no more messages from us")
    for _ in range(2):
        assert chat.type("START").startswith("You get messages from us again.")


def test_stop_by_another_way_is_known_in_the_chat_at_once(app: App, village: Village) -> None:
    chat = WhatsAppPhone(app, village.akello.phone)
    chat.type("hello")
    Client(wsgi(app)).post(
        "/hooks/at/inbound/hook", data={"from": village.akello.phone, "id": "1", "text": "STOP"}
    )
    assert app.store.people.get(village.akello.id).messages_stopped
    assert "Send me messages" in chat.type("messages")


# Words that are answers


def test_what_a_question_offers_comes_before_a_command(app: App, converse: Transcript, village: Village) -> None:
    """A group may be called Pay."""
    officers = {village.nakato: "chairperson", village.wanjiru: "treasurer"}
    pay = found_group(app.store, "30303", "Pay", Money(1_000, "UGX"), officers)  # type: ignore[arg-type]
    let_in(app.store, pay, "30303", village.nakato, village.akello)
    converse("""
        > pay
        < Save in which group?
        < 1. Umoja
        < 2. Pay
        < 0 Back
        > pay
        < Pay, meeting of 5 Oct. How much?
        < 1. Pay UGX 1,100
        < 0 Back  00 Home
    """)


@pytest.mark.chats("sms")
def test_a_label_of_the_menu_in_another_language_is_its_option(converse: Transcript) -> None:
    converse("""
        > Cotiser
        < Umoja, meeting of 5 Oct. How much?
        < 1. Pay UGX 5,500
        < 0 Back
        > menu
        < Hello Akello
        …
        > change pin
        < Your PIN now?
        < 0 Back
    """)


def test_a_way_out_that_is_offered_as_an_answer_is_the_answer(
    app: App, converse: Transcript, village: Village
) -> None:
    """A group may be called Home, too."""
    officers = {village.nakato: "chairperson", village.wanjiru: "treasurer"}
    home = found_group(app.store, "30303", "Home", Money(1_000, "UGX"), officers)  # type: ignore[arg-type]
    let_in(app.store, home, "30303", village.nakato, village.akello)
    converse(f"""
        > pay
        < Save in which group?
        < 1. Umoja
        < 2. Home
        < 0 Back
        > home
        < Home, meeting of 5 Oct. How much?
        < 1. Pay UGX 1,100
        < 0 Back  00 Home
        > home
        {MENU}
    """)


# Strangers


def test_a_stranger_is_welcomed_whatever_they_ask_for(talks: Callable[[str], Talks], village: Village) -> None:
    converse = Transcript(talks, NEWCOMER)
    for word in ("balance", "pay 5000", "stop", "hello"):
        converse(f"> {word}\n{WELCOME}")


def test_a_stranger_who_asks_for_help_hears_it_with_the_question_that_is_open(
    talks: Callable[[str], Talks], village: Village
) -> None:
    Transcript(talks, NEWCOMER)(f"""
        > hi
        {WELCOME}
        > english
        < What is your name?
        < 0 Back
        > help
        < {HELP_WORDS}
        < What is your name?
        < 0 Back
        > Help Joan
        < Help, choose a PIN of 4 or 5 digits. Keep it secret.
        < 0 Back  00 Home
        > back
        < What is your name?
        < 0 Back
        > Joan
        < Joan, choose a PIN of 4 or 5 digits. Keep it secret.
        < 0 Back  00 Home
    """)


def test_a_code_that_came_with_the_word_is_used_when_its_question_comes(
    app: App, talks: Callable[[str], Talks], village: Village
) -> None:
    Transcript(talks, NEWCOMER)(f"""
        > join 10101
        {WELCOME}
        > 1
        < What is your name?
        < 0 Back
        > Achieng Mary
        < Achieng, choose a PIN of 4 or 5 digits. Keep it secret.
        < 0 Back  00 Home
        > 2468
        < We keep your name, number and savings, so that your group can save here.
        < See My data. To agree, type the PIN again.
        < 0 Back  00 Home
        > 2468
        < Welcome Achieng Mary! Umoja must accept you first. We will send you a message.
    """)


# Calls


def test_in_a_call_a_word_is_an_answer_and_no_command(phone: Dial, village: Village) -> None:
    akello = phone(village.akello.phone)
    akello.dial("*384*7*1#")
    assert akello.type("balance").startswith("CON Please type the amount in digits only")
    assert akello.type("menu").startswith("CON Please type the amount in digits only")
