"""Who is talking: a chat is a person's once its number is proved, until they unlink it."""

from typing import Any

import pytest

from bot.app import App
from channels import telegram
from domain.people.chats import CODE_TRIES, CODE_VALID
from domain.people.limits import CODES_FROM_CHAT, CODES_TO_NUMBER
from tests.conftest import Clock
from tests.flows.talk import KNOWS_YOU, MENU, NEWCOMER, WELCOME, Dial
from tests.people import Village, register
from tests.phone import TelegramPhone, Transcript, WhatsAppPhone
from tests.wired import Chat

ASKS_NUMBER = "What is your phone number, with its country code? We send a code there."
HIDDEN = "whatsapp:UG.0123456789"  # what WhatsApp calls somebody who does not show a number


class HiddenPhone(WhatsAppPhone):
    """Somebody with a username: Twilio tells an id with our business instead of the number."""

    def send(self, text: str) -> str:
        self.number = ""
        return super().send(text)

    def post(self, **changed: str) -> str:
        return super().post(**{"From": HIDDEN, "ExternalUserId": HIDDEN} | changed)


@pytest.fixture
def chat(app: App, village: Village) -> Chat:
    """A Telegram chat of somebody we do not know."""
    return Chat(app, 77)


def whose(app: App, address: str) -> str:
    """The person an address is linked to, "" when it is nobody's."""
    found = app.store.addresses.find(id=address)
    return found[0].person if found else ""


def sent_code(app: App, phone: str) -> str:
    """The newest code that is on its way to a number."""
    notices = app.store.notices.find(to=phone, kind="code", sort="created_at")
    return str(notices[-1].values["code"])


def ask_for_code(chat: Chat, phone: str) -> str:
    """Say that a number is theirs; what is heard."""
    chat.type("/start")
    chat.type("1")
    return chat.type(phone)


def other(code: str) -> str:
    return f"{(int(code) + 1) % 1_000_000:06}"


# By one's own contact


def test_a_chat_that_shows_its_own_number_is_its_member_s_and_they_are_told_on_the_phone(
    app: App, chat: Chat, village: Village
) -> None:
    chat.converse(f"""
        > /start
        {WELCOME}
        > 1
        < {ASKS_NUMBER}
        < 0 Back
    """)
    assert whose(app, chat.address) == ""
    assert chat.share("256772000101")["text"] == KNOWS_YOU  # Telegram leaves the "+" out
    assert whose(app, chat.address) == village.akello.id
    chat.converse(f"> hi{MENU}")
    (told,) = app.store.notices.find(person=village.akello.id, kind="chat_linked")
    assert (told.values, told.first) == ({"channel": "Telegram"}, "text")


def test_a_number_shown_before_it_is_asked_for_is_not_asked_for(app: App, chat: Chat, village: Village) -> None:
    assert chat.share(village.akello.phone)["text"].startswith("Karibu")
    assert whose(app, chat.address) == "", "not before they chose a language"
    assert chat.type("1") == KNOWS_YOU
    assert whose(app, chat.address) == village.akello.id


@pytest.mark.parametrize("of", [78, 0, -77])
def test_the_contact_of_somebody_else_is_no_identity(app: App, chat: Chat, village: Village, of: int) -> None:
    """Anyone can forward a contact: only one's own carries one's own id."""
    chat.type("/start")
    chat.type("1")
    said = chat.share(village.akello.phone, of=of)["text"]
    assert said.startswith(f"That is somebody else's number. Please share your own.\n{ASKS_NUMBER}")
    bare = {"contact": {"phone_number": village.akello.phone, "first_name": "Akello"}}
    assert chat.update(bare)["text"] == said
    assert whose(app, chat.address) == ""
    assert chat.share(village.akello.phone)["text"] == KNOWS_YOU


def test_a_newcomer_who_shows_their_number_becomes_a_member_with_this_chat(app: App, chat: Chat) -> None:
    chat.share(NEWCOMER)
    for typed in ("1", "Achieng Mary", "2468", "2468"):
        chat.type(typed)
    assert chat.type("10101").startswith("Welcome Achieng Mary!")
    person = app.store.people.one(phone=NEWCOMER)
    assert person is not None
    assert whose(app, chat.address) == person.id
    assert chat.type("hi").startswith("Hello Achieng")


# By a code


def test_a_typed_number_is_proved_by_the_code_that_is_sent_there(app: App, chat: Chat, village: Village) -> None:
    said = ask_for_code(chat, "+256 772 000 101")
    assert said.startswith("Type the code of 6 digits that we sent to +256772000101.")
    code = sent_code(app, village.akello.phone)
    assert chat.type(other(code)).startswith("Wrong code. 4 tries left.")
    assert whose(app, chat.address) == ""
    assert chat.type("12345").startswith("The code has 6 digits."), "that was no try"
    assert chat.type(code) == KNOWS_YOU
    assert whose(app, chat.address) == village.akello.id
    chat.converse(f"> hi{MENU}")


def test_nothing_tells_a_stranger_whether_a_number_is_a_member_s(app: App, village: Village) -> None:
    said = [ask_for_code(Chat(app, 80), phone).replace(phone, "") for phone in (village.akello.phone, NEWCOMER)]
    assert said[0] == said[1]


def test_a_code_is_guessed_at_five_times_and_then_it_is_no_good(app: App, chat: Chat, village: Village) -> None:
    ask_for_code(chat, village.akello.phone)
    code = sent_code(app, village.akello.phone)
    heard = [chat.type(other(code)).split("\n")[0] for _ in range(CODE_TRIES)]
    assert heard[:2] == ["Wrong code. 4 tries left.", "Wrong code. 3 tries left."]
    assert heard[-1] == "This code is too old, or was wrong too often. Please start again."
    assert "Karibu" in chat.type(code), "the right one comes too late"
    assert whose(app, chat.address) == ""


@pytest.mark.parametrize(("seconds", "good"), [(0, True), (1, False)])
def test_a_code_is_good_for_ten_minutes(
    app: App, chat: Chat, village: Village, clock: Clock, seconds: int, good: bool
) -> None:
    ask_for_code(chat, village.akello.phone)
    clock.forward(seconds=CODE_VALID.total_seconds() + seconds)
    said = chat.type(sent_code(app, village.akello.phone))
    assert said == (KNOWS_YOU if good else "This code is too old, or was wrong too often. Please start again.")
    assert (whose(app, chat.address) == village.akello.id) is good


def test_three_codes_an_hour_go_to_one_number_whoever_asks(app: App, village: Village, clock: Clock) -> None:
    for user in range(CODES_TO_NUMBER.most):
        assert ask_for_code(Chat(app, 80 + user), village.akello.phone).startswith("Type the code")
    enough = "We sent enough codes for now. The next one can go in 60 minutes."
    assert ask_for_code(Chat(app, 90), village.akello.phone) == enough
    assert ask_for_code(Chat(app, 91), village.okot.phone).startswith("Type the code")
    clock.forward(hours=1)
    assert ask_for_code(Chat(app, 90), village.akello.phone).startswith("Type the code")


def test_three_codes_an_hour_are_asked_for_from_one_chat_whatever_the_number(app: App, chat: Chat) -> None:
    for number in range(CODES_FROM_CHAT.most):
        assert ask_for_code(chat, f"+25677200020{number}").startswith("Type the code")
    assert (
        ask_for_code(chat, "+256772000209") == "We sent enough codes for now. The next one can go in 60 minutes."
    )


@pytest.mark.parametrize(
    ("language", "said"),
    [
        ("1", "This number is of no country. Please type another one, like +256 772 000 111.\n"),
        ("2", "Ce numéro n'est d'aucun pays. Tapez-en un autre, comme +256 772 000 111.\n"),
        ("3", "Namba hii si ya nchi yoyote. Tafadhali andika nyingine, kama +256 772 000 111.\n"),
    ],
)
def test_no_code_goes_to_a_satellite_and_who_asks_hears_so(app: App, chat: Chat, language: str, said: str) -> None:
    for typed in ("/start", language):
        chat.type(typed)
    for satellite in ("+8821612345678", "008821612345678", "+88801234567", "+999 123 456 789"):
        assert chat.type(satellite).startswith(said), "and the question again"
    assert app.store.notices.find(kind="code") == []


def test_a_code_opens_only_the_chat_that_asked_for_it(app: App, chat: Chat, village: Village) -> None:
    ask_for_code(chat, village.akello.phone)
    code = sent_code(app, village.akello.phone)
    thief = Chat(app, 78)
    ask_for_code(thief, village.akello.phone)
    if code != sent_code(app, village.akello.phone):  # one time in a million it is the same
        assert thief.type(code).startswith("Wrong code.")
        assert whose(app, thief.address) == ""
    assert chat.type(code) == KNOWS_YOU


# Unlinking


def unlink(dial: Dial, phone: str, *pins: str) -> str:
    akello = dial(phone)
    akello.dial("*384*7*messages*2#")
    for pin in pins:
        akello.type(pin)
    return akello.screen


def test_whoever_unlinks_a_chat_gives_the_pin_and_the_chat_is_a_stranger_s_in_every_process(
    app: App, second: App, phone: Dial, chat: Chat, village: Village
) -> None:
    chat.share(village.akello.phone)
    chat.type("1")
    elsewhere = Chat(second, chat.user)
    elsewhere.converse(f"> hi{MENU}")
    assert unlink(phone, village.akello.phone).startswith("CON Telegram will no longer know you. Your PIN?")
    assert unlink(phone, village.akello.phone, "1111").startswith("CON Wrong PIN.")
    assert elsewhere.type("balance").startswith("Your balance. Your PIN?")

    said = unlink(phone, village.akello.phone, village.akello.pin)
    assert said == "END Telegram no longer knows you. Write to us there to link it again."
    for process in (elsewhere, chat):
        process.converse(f"> hi{WELCOME}")
    assert elsewhere.share(village.akello.phone)["text"].startswith("Karibu")
    assert elsewhere.type("1") == KNOWS_YOU


def test_a_chat_that_was_just_linked_can_be_unlinked_at_once(phone: Dial, chat: Chat, village: Village) -> None:
    """They were told of it on the phone, and it was not them: the menu they have seen before shows it now."""
    akello = phone(village.akello.phone)
    akello.dial("*384*7*messages#")
    assert "Unlink" not in akello.screen
    chat.share(village.akello.phone)
    assert chat.type("1") == KNOWS_YOU
    akello.dial()
    assert "Unlink a chat" in akello.dial("*384*7*messages#")


def test_a_chat_can_unlink_itself(app: App, chat: Chat, village: Village) -> None:
    chat.share(village.akello.phone)
    chat.type("1")
    for typed in ("messages", "2"):
        chat.type(typed)
    assert chat.type("1111").startswith("Wrong PIN.")
    assert whose(app, chat.address) == village.akello.id
    assert chat.type(village.akello.pin).startswith("Telegram no longer knows you.")
    chat.converse(f"> hi{WELCOME}")
    assert whose(app, chat.address) == ""


# WhatsApp knows a number, or hides it


def test_a_member_s_number_on_whatsapp_needs_no_link_and_after_unlinking_it_does(
    app: App, phone: Dial, village: Village
) -> None:
    akello, number = WhatsAppPhone(app, village.akello.phone), village.akello.phone
    transcript = Transcript(lambda _: akello, number)
    transcript(f"> hi{MENU}")
    assert unlink(phone, number, village.akello.pin).startswith("END WhatsApp no longer knows you.")
    transcript(f"> hi{WELCOME}")
    assert akello.type("1").startswith(ASKS_NUMBER), "whoever holds the chat has to prove it now"
    akello.type(number)
    assert akello.type(sent_code(app, number)) == KNOWS_YOU
    transcript(f"> hi{MENU}")


def test_a_newcomer_s_number_on_whatsapp_is_taken_as_it_is(app: App, village: Village) -> None:
    newcomer = WhatsAppPhone(app, NEWCOMER)
    assert newcomer.type("hi").startswith("Karibu")
    assert newcomer.type("1").startswith("What is your name?")
    for typed in ("Achieng Mary", "2468", "2468", "1"):
        newcomer.type(typed)
    person = app.store.people.one(phone=NEWCOMER)
    assert person is not None
    assert whose(app, f"whatsapp:{NEWCOMER}") == person.id


def test_a_hidden_number_is_known_by_the_id_that_came_with_it_before(app: App, village: Village) -> None:
    akello, hidden = WhatsAppPhone(app, village.akello.phone), HiddenPhone(app, village.akello.phone)
    akello.post(Body="hi", ExternalUserId=HIDDEN)
    assert hidden.type("hi").startswith("Hello Akello")
    assert whose(app, HIDDEN) == village.akello.id


def test_a_hidden_number_that_was_never_seen_has_to_be_proved(app: App, village: Village) -> None:
    WhatsAppPhone(app, village.akello.phone).post(Body="hi", ExternalUserId="whatsapp:UG.999")
    hidden = HiddenPhone(app, village.akello.phone)
    assert hidden.type("hi").startswith("Karibu")
    assert hidden.type("1").startswith(ASKS_NUMBER)
    assert hidden.type(village.akello.phone).startswith("Type the code")
    code = sent_code(app, village.akello.phone)
    assert hidden.type(other(code)).startswith("Wrong code.")
    assert whose(app, HIDDEN) == ""
    assert hidden.type(code) == KNOWS_YOU
    assert hidden.type("hi").startswith("Hello Akello")


def test_an_id_whose_chat_was_unlinked_does_not_open_it_again(app: App, phone: Dial, village: Village) -> None:
    WhatsAppPhone(app, village.akello.phone).post(Body="hi", ExternalUserId=HIDDEN)
    assert unlink(phone, village.akello.phone, village.akello.pin).startswith("END WhatsApp no longer")
    assert HiddenPhone(app, village.akello.phone).type("hi").startswith("Karibu")


# Links, and being left alone


def test_a_link_with_a_group_s_code_asks_to_join_it(app: App, chat: Chat, village: Village) -> None:
    link = f"/start {telegram.DEEP_LINK}10101"
    chat.converse(f"> {link}{WELCOME}")
    chat.share(NEWCOMER)
    chat.type("1")
    for typed in ("Achieng Mary", "2468"):
        chat.type(typed)
    assert chat.type("2468") == "Welcome Achieng Mary! Umoja must accept you first. We will send you a message."
    assert chat.type(link) == "You are in Umoja already, or waiting to be accepted."

    member = register(app.store, "Adong Sarah", "+256772000177", "2468")
    phone = TelegramPhone(app, member.phone)
    assert phone.type("/start g_99999").startswith("No group has the code 99999. Type it again.")
    assert phone.type(link) == "You asked to join Umoja. We will send you a message when they accept you."


def test_a_link_to_a_group_first_links_a_member_s_chat(chat: Chat, village: Village) -> None:
    chat.type("/start g_10101")
    chat.share(village.akello.phone)
    assert chat.type("1") == KNOWS_YOU
    chat.converse(f"> /start{MENU}")


def test_start_opens_the_menu_in_a_chat_and_stop_ends_the_messages(app: App, village: Village) -> None:
    akello = TelegramPhone(app, village.akello.phone)
    assert akello.type("/stop").startswith("You get no more messages from us")
    assert app.store.people.get(village.akello.id).messages_stopped
    assert akello.type("/start").startswith("Hello Akello"), "what every chat with a bot begins with"
    assert app.store.people.get(village.akello.id).messages_stopped
    assert akello.type("START") == "You get messages from us again."
    assert not app.store.people.get(village.akello.id).messages_stopped


def test_a_stranger_s_stop_is_nobody_s(app: App, chat: Chat, village: Village) -> None:
    chat.converse(f"> STOP{WELCOME}")
    assert not any(person.messages_stopped for person in app.store.people.find())


def test_whoever_blocks_the_bot_is_not_written_to_there_until_they_are_back(app: App, village: Village) -> None:
    akello = TelegramPhone(app, village.akello.phone)
    akello.type("hi")

    def blocked() -> bool:
        return app.store.addresses.get(f"telegram:{akello.user}").blocked

    def moved(status: str) -> dict[str, Any]:
        chat = {"id": akello.user, "type": "private"}
        sender = {"id": akello.user, "is_bot": False, "first_name": "A"}
        bot = {"id": 123456, "is_bot": True, "first_name": "Bot"}
        change = {"chat": chat, "from": sender, "date": 1_790_000_000}
        change |= {"old_chat_member": {"user": bot, "status": "member"}}
        return akello.post({"my_chat_member": change | {"new_chat_member": {"user": bot, "status": status}}})

    assert moved("kicked") == {}
    assert blocked()
    assert moved("member") == {}
    assert not blocked()
    assert Chat(app, 99).post({"update_id": 1, "poll": {}}) == {}
    moved("kicked")
    assert akello.type("hi").startswith("Hello Akello")
