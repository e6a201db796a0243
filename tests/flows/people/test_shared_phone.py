"""Two members with one phone: each call asks who is talking, and neither sees anything of the other."""

from collections.abc import Callable

import pytest
import redis

from bot.app import App
from bot.config import Settings
from domain.groups.join import Decide, JoinGroup
from domain.people.forgotten_pin import SendPinCode
from domain.people.shared_phone import SharePhone
from domain.records.pin import Secret
from flows.words.notices import words_of
from tests.flows.talk import AGREE, MENU, MENU_OF_NO_GROUP, Name, every_channel
from tests.people import Village, Villager, do, enrolled
from tests.phone import ChatPhone, Phone, Talks, Transcript

pytestmark = pytest.mark.chats("telegram", "whatsapp", "sms")

WHO = """
    < CON Who are you?
    < 1. Akello
    < 2. Apio
"""


@pytest.fixture
def apio(app: App, village: Village) -> Villager:
    """She shares Akello's phone, and is in Umoja too."""
    store, phone = app.store, village.akello.phone
    answer = do(store, SharePhone(village.akello.id, "Apio Sarah", store.pins.hash(Secret("1357"))))
    assert isinstance(answer, dict)
    do(store, JoinGroup(answer["person"], village.code))
    do(store, Decide(village.nakato.id, village.umoja, answer["person"], welcome=True))
    return Villager(answer["person"], "Apio Sarah", phone, "1357")


@every_channel
def test_somebody_else_is_let_in_and_each_comes_to_their_own(
    app: App, converse: Transcript, village: Village, channel: Name
) -> None:
    converse(f"""
        > *384*7#
        {MENU}
        > 6
        …
        > 7
        < CON To let another person use this phone: your PIN?
        < 0 Back  00 Home
        > 2580
        < CON Wrong PIN. 2 tries left. Forgot it? Ask an officer of your group.
        < To let another person use this phone: your PIN?
        < 0 Back  00 Home
        > 2581
        < CON Give them the phone. What is your name?
        < 0 Back  00 Home
        > Apio Sarah
        < CON Apio, choose a PIN of 4 or 5 digits. Keep it secret.
        < 0 Back  00 Home
        > 1357
        {AGREE}
        > 1357
        < END Apio Sarah is here too now. Each call asks who it is, and for that PIN.
    """)
    (agreed,) = app.store.consents.find()
    assert app.store.people.get(agreed.person).name == "Apio Sarah", "and Akello has not agreed to it for her"
    assert agreed.channel == ("phone" if channel in ("ussd", "sms") else channel)
    converse(f"""
        > *384*7#
        {WHO}
        > 2
        < CON Apio, your PIN?
        < 0 Back
        > 1357
        < CON Hello Apio. You are in no group yet.
        < Not you? 99
        {MENU_OF_NO_GROUP}
        < 5. Somebody else
        > 5
        < END Done. The next call or message from this phone is asked who it is.
    """)
    converse(f"""
        > *384*7#
        {WHO}
        > 1
        < CON Akello, your PIN?
        < 0 Back
        > 2581
        {MENU}
        < 8. Somebody else
    """)


def test_a_member_without_a_phone_is_let_in_with_the_yes_of_the_holder_and_of_an_officer(
    app: App, converse: Transcript, talks: Callable[[str], Talks], village: Village, apio: Villager, channel: Name
) -> None:
    """Auma was enrolled. Akello lets her in, Nakato agrees, and Apio, who has the phone too, is told."""
    store = app.store
    auma = enrolled(store, village, "Auma Rose")
    converse(f"""
        > *384*7#
        {WHO}
        > 1
        < CON Akello, your PIN?
        < 0 Back
        > 2581
        {MENU}
        < 8. Somebody else
        > share_phone
        < CON To let another person use this phone: your PIN?
        …
        > 2581
        < CON Who is the other person? These have no phone:
        < 1. Somebody who is not in the list
        < 2. Auma Rose
        < 0 Back  00 Home
        > 2
        < CON May Auma Rose use this phone too, with a PIN of theirs?
        < 1. Yes
        < 2. No
        < 0 Back  00 Home
        > 1
        < END Now 1 officer must agree. Then Auma Rose calls from here and chooses a PIN.
    """)
    told = store.notices.one(kind="decision_wanted", person=village.nakato.id)
    assert told is not None
    assert "New number of Auma Rose: +256772000101, shared with Akello Grace" in words_of(told, "en")
    agrees = "> *384*7*decide*1#\n…\n> 1\n…\n> 2580\n< END It is decided, with your vote."
    converse(agrees, by=village.nakato.phone)
    person = store.people.get(auma)
    assert (person.phone, person.seat) == (village.akello.phone, 2)
    assert [n.person for n in store.notices.find(kind="phone_joined") if n.values["name"] == "Auma Rose"] == [
        apio.id
    ]
    phone = talks(village.akello.phone)
    for typed in ("*384*7#", "3", "1", "8642", "8642"):
        _say(phone, typed)
    assert "Welcome! You have a PIN now." in phone.screen
    (agreed,) = store.consents.find()
    assert (agreed.person, agreed.channel) == (auma, "phone" if channel in ("ussd", "sms") else channel)
    for typed in ("*384*7#", "3", "8642"):
        _say(phone, typed)
    assert "Hello Auma" in phone.screen


def test_a_code_for_a_new_pin_says_whose_it_is(app: App, village: Village, apio: Villager) -> None:
    do(app.store, SendPinCode(village.nakato.id, village.umoja, apio.id))
    told = app.store.notices.one(kind="pin_code")
    assert told is not None and "A code for a new PIN of Apio Sarah: " in words_of(told, "en")


@every_channel
def test_a_pin_of_one_is_no_pin_of_the_other_and_locks_only_its_own(
    app: App, converse: Transcript, village: Village, apio: Villager
) -> None:
    converse(f"""
        > *384*7#
        {WHO}
        > 2
        < CON Apio, your PIN?
        < 0 Back
        > 2581
        < CON Wrong PIN. 2 tries left. Forgot it? Ask an officer of your group.
        < Apio, your PIN?
        < 0 Back
        > 2581
        < CON Wrong PIN. 1 try left. Forgot it? Ask an officer of your group.
        < Apio, your PIN?
        < 0 Back
        > 2581
        < END Too many wrong PINs. Try again in 15 minutes. Forgot it? Ask an officer of your group.
    """)
    converse(f"""
        > *384*7#
        {WHO}
        > 1
        < CON Akello, your PIN?
        < 0 Back
        > 2581
        {MENU}
        < 8. Somebody else
        > 2
        < END Umoja: …
        …
    """)
    assert app.store.people.get(village.akello.id).pin.wrong == 0


def test_what_one_began_is_offered_to_nobody_else(
    talks: Callable[[str], Talks], village: Village, apio: Villager, settings: Settings
) -> None:
    """A call broke off, or a chat fell silent: the one who began goes on, the other begins."""
    phone = talks(village.akello.phone)
    for typed in ("*384*7#", "1", "2581", "1", "1500"):
        _say(phone, typed)
    assert "Put 1,500" in phone.screen or "1,500" in phone.screen
    valkey = redis.Redis.from_url(settings.redis_url)
    for choice in valkey.scan_iter("*:chosen:*"):
        valkey.delete(choice)  # as it runs out
    for typed in ("*384*7#", "2", "1357"):
        _say(phone, typed)
    assert "Hello Apio" in phone.screen and "1,500" not in phone.screen
    _say(phone, "8")
    for typed in ("*384*7#", "1", "2581"):
        _say(phone, typed)
    assert "You were not finished. Go on?" in phone.screen
    assert "1,500" in _say(phone, "1")


def test_one_right_pin_opens_the_call_and_money_wants_it_again(
    talks: Callable[[str], Talks], village: Village, apio: Villager
) -> None:
    phone = talks(village.akello.phone)
    for typed in ("*384*7#", "1", "2581", "2"):
        _say(phone, typed)
    assert "Umoja" in phone.screen and "PIN" not in phone.screen


def test_in_a_chat_the_choice_ends_with_the_conversation(
    talks: Callable[[str], Talks], village: Village, apio: Villager
) -> None:
    """Nor does the PIN of one open anything for the next who writes."""
    phone = talks(village.akello.phone)
    for typed in ("*384*7#", "1", "2581", "2"):
        _say(phone, typed)
    assert "Who are you?" in _say(phone, "balance" if isinstance(phone, ChatPhone) else "*384*7#")


def test_what_one_does_is_theirs(
    app: App, talks: Callable[[str], Talks], village: Village, apio: Villager
) -> None:
    """Their own name is on the payment, though the other could approve it on the same phone."""
    phone = talks(village.akello.phone)
    for typed in ("*384*7#", "2", "1357", "1", "1500", "1"):
        _say(phone, typed)
    if "PIN?" in phone.screen:  # where what is typed stays, one right PIN does for a while
        _say(phone, "1357")
    assert "Now approve UGX 1,500 on your phone" in phone.screen
    (payment,) = app.store.payments.find(person=apio.id)
    assert (payment.asked_by, payment.phone) == (apio.id, apio.phone)
    assert app.store.payments.count(person=village.akello.id) == 0


def test_a_call_costs_two_round_trips_a_turn_once_it_is_known_whose_it_is(
    app: App, phone: Callable[[str], Phone], village: Village, apio: Villager
) -> None:
    talk = phone(village.akello.phone)
    for typed in ("*384*7#", "1", "2581"):
        _say(talk, typed)
    before = app.link.round_trips
    talk.type("4")
    assert app.link.round_trips - before <= 2


def test_a_call_whose_process_has_forgotten_it_is_still_one_persons(
    app: App, phone: Callable[[str], Phone], village: Village, apio: Villager
) -> None:
    talk = phone(village.akello.phone)
    for typed in ("*384*7#", "2", "1357"):
        _say(talk, typed)
    app.engine._calls.clear()
    app.engine._addresses.drop(village.akello.phone)
    assert "Last transactions" in talk.type("4")


def test_the_same_request_again_gets_the_same_answer(
    phone: Callable[[str], Phone], village: Village, apio: Villager
) -> None:
    talk = phone(village.akello.phone)
    for typed in ("*384*7#", "2", "1357"):
        said = _say(talk, typed)
        assert talk.post() == said or said in talk.post()


def test_who_got_a_code_for_a_new_pin_chooses_it_before_any_pin(
    app: App, talks: Callable[[str], Talks], village: Village, apio: Villager
) -> None:
    do(app.store, SendPinCode(village.nakato.id, village.umoja, apio.id))
    notice = app.store.notices.one(kind="pin_code")
    assert notice is not None
    phone = talks(village.akello.phone)
    for typed in ("*384*7#", "2", "2", str(notice.values["code"]), "8642", "8642"):
        _say(phone, typed)
    assert "You have a new PIN." in phone.screen
    for typed in ("*384*7#", "2", "8642"):
        _say(phone, typed)
    assert "Hello Apio" in phone.screen


def test_two_with_one_first_name_are_told_apart(app: App, talks: Callable[[str], Talks], village: Village) -> None:
    do(app.store, SharePhone(village.akello.id, "Akello Rose", app.store.pins.hash(Secret("1357"))))
    phone = talks(village.akello.phone)
    phone.dial()
    assert "1. Akello Grace" in phone.screen and "2. Akello Rose" in phone.screen


def test_who_comes_third_is_asked_for_at_the_next_call(
    talks: Callable[[str], Talks], village: Village, apio: Villager
) -> None:
    phone = talks(village.akello.phone)
    for typed in ("*384*7#", "2", "1357", "6", "7", "1357", "Auma Jane", "8642", "8642"):
        _say(phone, typed)
    assert "Auma Jane is here too now." in phone.screen
    assert "3. Auma" in _say(phone, "*384*7#")


def _say(phone: Talks, typed: str) -> str:
    return phone.dial(typed) if typed.startswith("*384*7") else phone.type(typed)
