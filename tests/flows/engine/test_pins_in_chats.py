"""
PINs in chats: never said back and never kept, deleted where that is possible, asked for rarely where it is not.
"""

import re
from collections.abc import Callable
from typing import Any

import pytest
import redis

from bot.app import App
from bot.config import Settings
from channels import telegram
from flows.engine.channel import PIN_PASSES_SECONDS
from flows.engine.messages import Message, Reply
from tests.conftest import Clock
from tests.flows.talk import Dial, Name, every_channel
from tests.people import Village, Villager, let_in, register
from tests.phone import ChatPhone, Talks, TelegramPhone, Transcript
from tests.wired import Wired, wait_for

PIN, NEW_PIN, WRONG = "73519", "84620", "95731"
KEEPS_IT = "We never keep your PIN, but this chat does: delete your message after you sent it."
DELETE_IT = "Delete it from your messages after."
DELETED = "We delete your PIN from this chat and never keep it."
ELSEWHERE = {"whatsapp": "Or dial *384*7#, choose Continue and type it there.", "sms": "Or dial *384*7#."}
ASKED = "Your balance. Your PIN?"
SHOWN = "Umoja: UGX 0"

keeping = pytest.mark.parametrize("channel", ["whatsapp", "sms"], indirect=True)
"""The channels on which what was typed stays readable."""


@pytest.fixture
def apio(app: App, village: Village) -> Villager:
    """A member whose PIN is nowhere by chance."""
    apio = register(app.store, "Apio Sarah", "+256772000120", PIN)
    let_in(app.store, village.umoja, village.code, village.nakato, apio)
    return apio


@pytest.fixture
def chat(talks: Callable[[str], Talks], apio: Villager) -> Talks:
    """Apio's phone, on the channel of the test."""
    return talks(apio.phone)


def kept_in_redis(settings: Settings) -> str:
    """All there is in Redis, as text: sessions, replies, profiles, traces."""
    valkey, found = redis.Redis.from_url(settings.redis_url), list[object]()
    for key in valkey.scan_iter():
        kind = valkey.type(key)
        found.append(key)
        if kind == b"string":
            found.append(valkey.get(key))
        elif kind == b"hash":
            found.append(valkey.hgetall(key))
        elif kind == b"stream":
            found.append(valkey.xrange(key))
    return repr(found)


def kept_in_mongo(app: App) -> str:
    names = app.store.database.list_collection_names()
    return repr([list(app.store.database[name].find()) for name in names])


def holds(text: str, *secrets: str) -> bool:
    """Whether one of the secrets stands in a text by itself: inside an id, digits are chance."""
    return any(re.search(rf"(?<!\w){secret}(?!\w)", text) for secret in secrets)


# Nowhere


@every_channel
def test_what_is_typed_at_a_question_for_a_pin_is_neither_said_back_nor_kept(
    app: App, chat: Talks, settings: Settings
) -> None:
    """A right one, a wrong one, one that was mistyped, and a new one."""
    heard: list[str] = []

    def type(*typed: str) -> None:
        for text in typed:
            heard.append(chat.type(text))
            assert not holds(heard[-1] + kept_in_redis(settings), *secrets), text

    secrets = (PIN, NEW_PIN, WRONG, f"{PIN}0")
    heard.append(chat.dial("*384*7*2#"))
    type(f"{PIN}0", WRONG, PIN)
    assert SHOWN in heard[-1]
    heard.append(chat.dial("*384*7*1*2000#"))
    type("1")
    if "PIN?" in heard[-1]:
        type(PIN)
    assert "Now approve UGX 2,000" in heard[-1]
    heard.append(chat.dial("*384*7*change_pin#"))
    type(WRONG, PIN, NEW_PIN, WRONG, NEW_PIN)
    assert "Your PIN is changed" in heard[-1]
    assert not holds(kept_in_mongo(app), *secrets)


def test_the_check_finds_a_pin_that_was_kept(settings: Settings, app: App) -> None:
    assert holds('"73519"', PIN)
    assert holds("1*2*73519", PIN)
    assert not holds("c735193f", PIN)
    redis.Redis.from_url(settings.redis_url).xadd("s", {"turn": f'["{PIN}"]'})
    assert holds(kept_in_redis(settings), PIN)


# Telegram: deleted


@pytest.fixture
def akello(town: Wired) -> Villager:
    """Akello, whose Telegram is linked."""
    akello = town.village.akello
    town.simulator.telegram.start(akello.phone)
    town.simulator.telegram.share_contact(akello.phone)
    town.simulator.telegram.write(akello.phone, "1")
    assert town.telegram(akello.phone)[-1].startswith("Welcome back Akello!")
    return akello


def written(town: Wired, phone: str) -> list[str]:
    """What the person wrote, as the chat shows it now."""
    return [each["text"] for each in town.simulator.telegram.messages(phone) if each["mine"]]


def write_and_see_it_deleted(town: Wired, phone: str, text: str) -> None:
    before = town.simulator.world.last_event()
    town.simulator.telegram.write(phone, text)
    (mine,) = [e.data["message"]["id"] for e in town.simulator.world.events(before, phone) if _is(e.data, text)]
    wait_for(town.simulator, "telegram", phone, lambda news: news.get("deleted") == mine, before)
    assert text not in written(town, phone)


def _is(news: Any, text: str) -> bool:
    return "message" in news and news["message"]["mine"] and news["message"]["text"] == text


def test_on_telegram_a_pin_is_deleted_from_the_chat_right_or_wrong_and_what_is_none_stays(
    town: Wired, akello: Villager
) -> None:
    phone = akello.phone
    town.simulator.telegram.write(phone, "balance")
    assert town.telegram(phone)[-1] == f"{ASKED}\n{DELETED}"
    write_and_see_it_deleted(town, phone, "9999")
    write_and_see_it_deleted(town, phone, akello.pin)
    assert SHOWN in town.telegram(phone)[-1]
    town.simulator.telegram.write(phone, "pay")
    town.simulator.telegram.write(phone, "2000")
    assert written(town, phone)[-3:] == ["balance", "pay", "2000"]


def test_a_new_pin_and_a_code_are_deleted_too(town: Wired, akello: Villager) -> None:
    town.simulator.telegram.write(akello.phone, "change pin")
    for pin in (akello.pin, NEW_PIN, NEW_PIN):
        write_and_see_it_deleted(town, akello.phone, pin)
    assert town.telegram(akello.phone)[-1] == "Your PIN is changed. Keep it secret."

    okot = town.village.okot.phone
    for text in ("hi", "1", okot):
        town.simulator.telegram.write(okot, text)
    (notice,) = town.app.store.notices.find(to=okot)
    write_and_see_it_deleted(town, okot, str(notice.values["code"]))
    assert town.telegram(okot)[-1].startswith("Welcome back Okot!")


def test_on_telegram_the_pin_is_asked_each_time_and_the_warning_comes_once(town: Wired, akello: Villager) -> None:
    def ask() -> str:
        town.simulator.telegram.write(akello.phone, "balance")
        return town.telegram(akello.phone)[-1]

    assert ask() == f"{ASKED}\n{DELETED}"
    write_and_see_it_deleted(town, akello.phone, akello.pin)
    assert ask() == ASKED
    write_and_see_it_deleted(town, akello.phone, akello.pin)
    redis.Redis.from_url(town.app.settings.redis_url).flushdb()
    assert ask() == ASKED, "not even when the session is gone"


def test_a_pin_that_could_not_be_checked_is_deleted_all_the_same(town: Wired, akello: Villager) -> None:
    """The turn fails: what looks like a PIN is taken for one."""
    town.simulator.telegram.write(akello.phone, "balance")
    valkey = redis.Redis.from_url(town.app.settings.redis_url)
    for key in valkey.scan_iter("*:session:*"):
        valkey.set(key, "what no script can read")
    write_and_see_it_deleted(town, akello.phone, akello.pin)
    assert town.telegram(akello.phone)[-1].startswith("Sorry, that did not work.")


# WhatsApp and text messages: what is typed stays


@keeping
def test_where_a_pin_stays_readable_that_is_said_once_and_each_time_where_else_to_type_it(
    chat: ChatPhone, channel: Name
) -> None:
    warning = {"whatsapp": KEEPS_IT, "sms": DELETE_IT}[channel]
    chat.type("balance")
    assert chat.said == f"{ASKED}\n{warning}\n{ELSEWHERE[channel]}\n0 Back"
    chat.type(WRONG)
    wrong = "Wrong PIN. 2 tries left. Forgot it? Ask an officer of your group."
    assert chat.said == f"{wrong}\n{ASKED}\n{ELSEWHERE[channel]}\n0 Back"
    chat.type("menu")
    chat.type("change pin")
    assert chat.said == f"Your PIN now?\n{ELSEWHERE[channel]}\n0 Back"


@keeping
def test_where_it_stays_readable_a_right_pin_lasts_half_an_hour_for_looking_and_saving(
    chat: Talks, clock: Clock
) -> None:
    chat.type("balance")
    assert SHOWN in chat.type(PIN)
    assert SHOWN in chat.type("balance")
    chat.type("pay 2000")
    assert chat.type("yes").startswith("Now approve UGX 2,000 on your phone")
    clock.forward(seconds=PIN_PASSES_SECONDS - 1)
    assert SHOWN in chat.type("balance")
    clock.forward(seconds=1)
    assert chat.type("balance").startswith(ASKED)


@keeping
def test_a_wrong_pin_opens_nothing(chat: Talks) -> None:
    chat.type("balance")
    assert chat.type(WRONG).startswith("Wrong PIN.")
    assert chat.type("balance").startswith(ASKED)
    chat.type("pay 2000")
    assert chat.type("yes").startswith("Pay UGX 2,000 to Umoja. Your PIN?")


@keeping
def test_what_cannot_be_undone_asks_for_the_pin_again(app: App, chat: Talks, channel: Name) -> None:
    chat.type("balance")
    chat.type(PIN)
    assert chat.type("change pin").startswith("Your PIN now?")
    assert chat.type(WRONG).startswith("Wrong PIN.")
    if channel == "whatsapp":  # a phone's own number is no chat to unlink
        for typed in ("menu", "messages"):
            chat.type(typed)
        assert chat.type("2").startswith("WhatsApp will no longer know you. Your PIN?")
        assert chat.type(WRONG).startswith("Wrong PIN.")
        assert len([each for each in app.store.addresses.find() if each.person]) == 1


@pytest.mark.parametrize("channel", ["whatsapp"], indirect=True)
def test_a_pin_typed_in_a_chat_counts_in_that_chat_alone(chat: Talks, apio: Villager, phone: Dial) -> None:
    """Whoever holds the chat has the PIN; whoever holds the phone may be another."""
    chat.type("balance")
    assert SHOWN in chat.type(PIN)
    assert phone(apio.phone).dial("*384*7*2#").startswith(f"CON {ASKED}")


@pytest.mark.parametrize("channel", ["telegram"], indirect=True)
def test_where_it_is_deleted_a_right_pin_does_for_one_question(chat: Talks) -> None:
    chat.type("balance")
    assert SHOWN in chat.type(PIN)
    assert chat.type("balance").startswith(ASKED)


@keeping
def test_the_pin_can_be_typed_in_a_call_instead_and_the_conversation_goes_on_there(
    app: App, chat: Talks, apio: Villager, phone: Dial
) -> None:
    chat.type("pay 2000")
    assert chat.type("yes").startswith("Pay UGX 2,000 to Umoja. Your PIN?")
    Transcript(phone, apio.phone)(f"""
        > *384*7#
        < CON You were not finished. Go on?
        < 1. Continue
        < 2. Start again
        > 1
        < CON Pay UGX 2,000 to Umoja. Your PIN?
        < 0 Back  00 Home
        > {PIN}
        < END Now approve UGX 2,000 on your phone with your mobile money PIN. Ref …
    """)
    assert chat.type("hi").startswith("Hello Apio")
    assert len(app.store.payments.find()) == 1


def test_a_pin_that_comes_when_nothing_asks_for_it_is_deleted_all_the_same(
    app: App, phone: Dial, apio: Villager
) -> None:
    """It was asked for in the chat, then a call took over: what is typed now answers nothing, and may be a PIN."""
    chat = TelegramPhone(app, apio.phone)
    chat.dial("*384*7*2#")
    assert chat.screen.startswith(ASKED)
    assert phone(apio.phone).dial().startswith("CON You were not finished.")

    def typed(id: str, text: str) -> Reply:
        return app.engine.handle(Message(telegram.CHANNEL, f"telegram:{chat.user}", id, typed=text))

    late = typed("late", f" {PIN}")
    assert (late.secret, "You were not finished." in late.text) == (True, True)
    assert typed("dialled", f"*384*7*2*{PIN}#").secret
    assert not typed("word", "menu").secret
