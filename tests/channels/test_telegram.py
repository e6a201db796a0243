"""Telegram: the updates it posts, as python-telegram-bot writes them too, and the one call in our answer."""

import json
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import Any, Final

import pytest
import redis
from telegram import (
    Bot,
    CallbackQuery,
    Chat,
    ChatMemberBanned,
    ChatMemberMember,
    ChatMemberUpdated,
    Contact,
    InaccessibleMessage,
    InlineKeyboardMarkup,
    Location,
    Message,
    PhotoSize,
    Poll,
    Sticker,
    Update,
    User,
)

from bot.app import App
from channels.errors import Forged, MalformedRequest, SendFailed
from channels.port import Blocked, Request
from channels.telegram import Telegram
from domain.records.person import Language
from flows.engine import messages
from flows.engine.journal import decode_session, encode
from flows.engine.messages import Reply, Tap
from flows.engine.sessions import Keys
from flows.words.texts import words
from simulator.server import Simulator
from tests.people import Village
from tests.phone import TelegramPhone

SECRET = "Secret_0-9"
AKELLOS = "+256772000101"
AT = datetime(2026, 10, 5, 6, 0, tzinfo=UTC)
AKELLO = User(77, "Akello", is_bot=False, language_code="en")
PRIVATE, GROUP = Chat(77, "private"), Chat(-1001, "supergroup", title="Umoja")
BOT = User(123456, "Bot", is_bot=True)


@pytest.fixture
def telegram() -> Telegram:
    return Telegram("123456:simulated", (SECRET,), "hook")


def request(body: str | bytes, secret: str = SECRET) -> Request:
    headers = {"x-telegram-bot-api-secret-token": secret} if secret else {}
    return Request("https://bot.example.org/", headers, body if isinstance(body, bytes) else body.encode())


def message(chat: Chat = PRIVATE, sender: User | None = AKELLO, **content: Any) -> Message:
    return Message(5, AT, chat, from_user=sender, **content)


def typed(text: str, **more: Any) -> Update:
    return Update(901, message=message(text=text, **more))


def tapped(on: Message | InaccessibleMessage | None, data: str | None = "~3f9a21:1") -> Update:
    return Update(902, callback_query=CallbackQuery("4382", AKELLO, "1", message=on, data=data))


def heard(telegram: Telegram, update: Update) -> messages.Message:
    """A message that was read, whichever way python-telegram-bot writes it down."""
    read = telegram.to_message(request(update.to_json()))
    assert isinstance(read, messages.Message)
    assert telegram.to_message(request(json.dumps(update.to_dict()))) == read
    assert telegram.to_message(request(json.dumps(update.to_dict(), ensure_ascii=False))) == read
    return read


# What somebody says

TYPED: dict[str, tuple[Update, str]] = {
    "a text": (typed(" Pay 5,000 "), " Pay 5,000 "),
    "letters of every kind": (typed("déjà 😀 مرحبا"), "déjà 😀 مرحبا"),
    "start": (typed("/start"), "menu"),
    "start from a link to a group": (typed("/start g_10101"), "join 10101"),
    "start from a link of somebody else's": (typed("/start x_10101"), "menu"),
    "a command": (typed("/balance"), "balance"),
    "a command to this bot by name": (typed("/Pay@CommunitySavingsBot 5000"), "pay 5000"),
    "a slash": (typed("/"), ""),
    "a button": (tapped(message(sender=BOT, text="Pay?")), "~3f9a21:1"),
    "a button of a message that is too old": (tapped(InaccessibleMessage(PRIVATE, 5)), "~3f9a21:1"),
    "a button of a message that does not come with it": (tapped(None), "~3f9a21:1"),
    "a button with nothing in it": (tapped(message(sender=BOT, text="Pay?"), None), ""),
    "an answer to an older message": (
        typed("2000", reply_to_message=message(sender=BOT, text="How much?")),
        "2000",
    ),
}


@pytest.mark.parametrize(("update", "said"), TYPED.values(), ids=TYPED)
def test_what_was_typed_or_tapped_is_read(telegram: Telegram, update: Update, said: str) -> None:
    read = heard(telegram, update)
    assert (read.typed, read.note) == (said, None)
    assert (read.sender, read.phone, read.shared) == ("telegram:77", "", False)
    assert read.external_id == str(update.update_id)


WRITE = "Please write your answer: we cannot read pictures, sound or files here."
NO_COUNTRY = "That number is of no country. Please type your number, with its country code."
NOT_YOURS = "That is somebody else's number. Please share your own."
PHOTO = PhotoSize("AgAC", "AQAD", width=9, height=9)
STICKER = Sticker("AgAC", "AQAD", width=9, height=9, is_animated=False, is_video=False, type="regular")
NOT_TYPED: dict[str, tuple[Update, str]] = {
    "a photo": (Update(901, message=message(photo=[PHOTO], caption="2000")), WRITE),
    "a sticker": (Update(901, message=message(sticker=STICKER)), WRITE),
    "a place": (Update(901, message=message(location=Location(32.58, 0.34))), WRITE),
    "a contact of somebody else": (
        Update(901, message=message(contact=Contact("256772000102", "Okot", user_id=78))),
        NOT_YOURS,
    ),
    "a contact of nobody on Telegram": (
        Update(901, message=message(contact=Contact("256772000101", "Akello"))),
        NOT_YOURS,
    ),
    **{
        f"their own contact with {number or 'nothing'} in it": (
            Update(901, message=message(contact=Contact(number, "A", user_id=77))),
            NO_COUNTRY,
        )
        for number in ("", "88801234567", "+88801234567", "0772000199", "+999123456789", "256", "hello")
    },
    "somebody else's of no country": (
        Update(901, message=message(contact=Contact("88801234567", "A", user_id=78))),
        NOT_YOURS,
    ),
}


@pytest.mark.parametrize(("update", "note"), NOT_TYPED.values(), ids=NOT_TYPED)
def test_what_is_no_text_is_noted_and_is_no_identity(telegram: Telegram, update: Update, note: str) -> None:
    read = heard(telegram, update)
    assert (read.typed, read.phone, read.shared) == (None, "", False)
    assert read.note is not None and words("en").say(read.note) == note


SERVICE: Final[dict[str, Any]] = {
    "pinned_message": {"message_id": 4, "date": 1, "chat": {"id": 77, "type": "private"}, "text": "x"},
    "message_auto_delete_timer_changed": {"message_auto_delete_time": 86_400},
    "chat_background_set": {
        "type": {"type": "fill", "fill": {"type": "solid", "color": 1}, "dark_theme_dimming": 0}
    },
    "forum_topic_created": {"name": "Savings", "icon_color": 7322096},
    "forum_topic_closed": {},
    "new_chat_members": [{"id": 78, "is_bot": False, "first_name": "Okot"}],
    "left_chat_member": {"id": 78, "is_bot": False, "first_name": "Okot"},
    "new_chat_title": "Umoja",
    "delete_chat_photo": True,
    "users_shared": {"request_id": 1, "users": []},
    "write_access_allowed": {},
    "successful_payment": {"currency": "XTR", "total_amount": 1},
    "gift": {"gift": {"id": "1"}},
    "of_a_version_of_tomorrow": {"anything": 1},
}


@pytest.mark.parametrize("kind", SERVICE)
def test_a_service_message_gets_no_answer(telegram: Telegram, akello: TelegramPhone, kind: str) -> None:
    """Nobody said anything: something was pinned, a timer set, a topic closed."""
    assert akello.update({kind: SERVICE[kind]}) == {}
    assert akello.update({"text": "menu"})["text"].startswith("Hello Akello")


@pytest.mark.parametrize("kind", ["voice", "video_note", "document", "poll", "dice", "story", "checklist"])
def test_what_people_send_that_is_no_text_is_answered(akello: TelegramPhone, kind: str) -> None:
    akello.update({"text": "menu"})
    assert akello.update({kind: {"anything": 1}})["text"].startswith(WRITE)


@pytest.mark.parametrize("number", ["22507123456", "+2250707123456"])
def test_a_contact_in_an_old_form_is_the_new_number(telegram: Telegram, number: str) -> None:
    read = heard(telegram, Update(901, message=message(contact=Contact(number, "Akello", user_id=77))))
    assert read.phone == "+2250707123456"


@pytest.mark.parametrize("number", ["256772000101", "+256772000101", "+256 772 000 101", "00256772000101"])
def test_somebody_s_own_contact_is_their_number(telegram: Telegram, number: str) -> None:
    read = heard(telegram, Update(901, message=message(contact=Contact(number, "Akello", user_id=77))))
    assert (read.phone, read.shared, read.typed, read.note) == ("+256772000101", True, None, None)


@pytest.mark.parametrize(
    ("code", "language"),
    [("fr", "fr"), ("fr-CA", "fr"), ("sw", "sw"), ("en-GB", "en"), ("lg", "en"), (None, "en")],
)
def test_a_stranger_is_spoken_to_in_the_language_of_their_telegram(
    telegram: Telegram, code: str | None, language: Language
) -> None:
    sender = User(77, "Akello", is_bot=False, language_code=code)
    assert heard(telegram, Update(901, message=message(sender=sender, text="hi"))).language == language


# What is not for us


NOTHING: dict[str, Update] = {
    "a message in a group": Update(901, message=message(GROUP, text="/balance")),
    "a message that was edited": Update(901, edited_message=message(text="2000")),
    "a post of a channel": Update(901, channel_post=message(Chat(-2, "channel"), None, text="menu")),
    "a poll": Update(
        901, poll=Poll("1", "?", [], 0, False, False, "regular", False, allows_revoting=False, members_only=False)
    ),
    "a kind of tomorrow": Update(901),
}


@pytest.mark.parametrize("update", NOTHING.values(), ids=NOTHING)
def test_what_is_not_for_us_is_left_alone(telegram: Telegram, update: Update) -> None:
    assert telegram.to_message(request(update.to_json())) is None
    assert json.loads(telegram.nothing().body) == {}


STATUSES = {
    "blocked": (ChatMemberBanned(BOT, AT), True),
    "let in again": (ChatMemberMember(BOT), False),
}


@pytest.mark.parametrize(("now", "blocked"), STATUSES.values(), ids=STATUSES)
def test_that_somebody_blocked_us_or_let_us_in_is_heard(
    telegram: Telegram, now: ChatMemberBanned | ChatMemberMember, blocked: bool
) -> None:
    change = ChatMemberUpdated(PRIVATE, AKELLO, AT, ChatMemberMember(BOT), now)
    read = telegram.to_message(request(Update(903, my_chat_member=change).to_json()))
    assert read == Blocked("telegram:77", blocked)


@pytest.mark.parametrize("secret", ["", "secret_0-9", SECRET[:-1], f"{SECRET} ", "\xe9\xff"])
def test_an_update_without_the_secret_is_forged(telegram: Telegram, secret: str) -> None:
    with pytest.raises(Forged):
        telegram.to_message(request(typed("menu").to_json(), secret))


def test_a_bot_without_a_secret_hears_nobody() -> None:
    for given in ("", SECRET):
        with pytest.raises(Forged):
            Telegram("123456:simulated", ("",), "hook").to_message(request(typed("menu").to_json(), given))


@pytest.mark.parametrize(
    "body", [b"", b"{", b"menu", b"update_id=1", b'{"update_id":1,"message":{"text":"\xff"}}']
)
def test_what_is_no_json_is_malformed(telegram: Telegram, body: bytes) -> None:
    with pytest.raises(MalformedRequest):
        telegram.to_message(request(body))


@pytest.mark.parametrize("body", ["[]", "{}", '{"update_id":"1"}', '{"update_id":1,"message":"menu"}', "null"])
def test_an_update_in_another_shape_is_left_alone(telegram: Telegram, body: str) -> None:
    """An error would have it sent again and again."""
    assert telegram.to_message(request(body)) is None


# The answer


def call(telegram: Telegram, update: Update, reply: Reply) -> dict[str, Any]:
    answer = telegram.from_reply(heard(telegram, update), reply)
    assert answer.content_type == "application/json"
    found: dict[str, Any] = json.loads(answer.body)
    return found


CHOICE = Reply(
    "Pay?\n1. Yes\n2. No\n0 Back",
    final=False,
    body="Pay?",
    taps=(Tap("~3f9a21:1", "Yes"), Tap("~3f9a21:2", "No"), Tap("~3f9a21:0", "Back"), Tap("~3f9a21:00", "Home")),
)


def test_options_are_buttons_each_on_its_row_and_the_ways_out_share_one(telegram: Telegram) -> None:
    said = call(telegram, typed("menu"), CHOICE)
    assert (said["method"], said["chat_id"], said["text"]) == ("sendMessage", 77, "Pay?")
    keyboard = InlineKeyboardMarkup.de_json(said["reply_markup"], Bot("1:a"))
    assert keyboard.to_dict() == said["reply_markup"], "python-telegram-bot reads it as it was meant"
    assert [[button.text for button in row] for row in keyboard.inline_keyboard] == [
        ["Yes"],
        ["No"],
        ["Back", "Home"],
    ]


def test_a_tap_turns_the_message_it_was_on_into_the_next_screen(telegram: Telegram) -> None:
    said = call(telegram, tapped(Message(6, AT, PRIVATE, from_user=BOT, text="Menu")), CHOICE)
    assert (said["method"], said["message_id"], said["chat_id"]) == ("editMessageText", 6, 77)
    for update in (tapped(InaccessibleMessage(PRIVATE, 6)), tapped(None), typed("1")):
        said = call(telegram, update, CHOICE)
        assert said["method"] == "sendMessage" and "message_id" not in said


def test_a_question_for_their_number_has_a_button_that_shares_it(telegram: Telegram) -> None:
    """Such a button stands below the chat: it cannot come with an edit, nor beside others."""
    asked = Reply("Your number?", final=False, kind="own_phone", taps=CHOICE.taps, body="Your number?")
    for update in (typed("menu"), tapped(message(sender=BOT, text="Menu"))):
        said = call(telegram, update, asked)
        assert said["method"] == "sendMessage"
        ((button,),) = said["reply_markup"]["keyboard"]
        assert button == {"text": "Share my number", "request_contact": True}


def test_an_answer_is_never_longer_than_a_message(telegram: Telegram) -> None:
    assert len(call(telegram, typed("menu"), Reply("x" * 5_000, final=True))["text"]) == 4_096


SPOKEN: dict[str, tuple[Update, Reply, bool]] = {
    "a PIN is deleted": (typed("2581"), Reply("Good.", final=True, secret=True), True),
    "and again when it comes again": (typed("2581"), Reply("Good.", final=True, secret=True, repeated=True), True),
    "a tap is answered": (tapped(message(sender=BOT, text="Menu")), CHOICE, True),
    "a text is left": (typed("menu"), CHOICE, False),
}


@pytest.mark.parametrize(("update", "reply", "more"), SPOKEN.values(), ids=SPOKEN)
def test_what_else_there_is_to_do_is_done_beside_the_answer(
    telegram: Telegram, update: Update, reply: Reply, more: bool
) -> None:
    assert (telegram.from_reply(heard(telegram, update), reply).then is not None) is more


@pytest.fixture
def stand_in() -> Iterator[Simulator]:
    """Telegram's, in which Akello has typed her PIN."""
    simulator = Simulator({"port": 0, "people": [{"name": "Akello Grace", "phone": AKELLOS}]})
    simulator.start()
    chats = simulator.telegram.chats
    chats.add(chats.of(AKELLOS), "2581", mine=True)
    chats.of(AKELLOS).started = True
    yield simulator
    simulator.stop()


@pytest.mark.parametrize(("refused", "left", "deleted"), [(2, 0, True), (4, 1, False)])
def test_a_pin_is_deleted_at_the_third_attempt_at_the_latest(
    stand_in: Simulator, refused: int, left: int, deleted: bool
) -> None:
    """Telegram says how long to wait, a second. What is not deleted after three is told as a failure."""
    faults, chats = stand_in.telegram.faults, stand_in.telegram.chats
    faults.set({"status_429": refused, "retry_after": 1})
    chat = chats.of(AKELLOS)
    telegram = Telegram(stand_in.world.config.telegram_token, (SECRET,), "hook", f"{stand_in.url}/telegram")
    (pin,) = chat.messages
    sender = User(chat.id, "Akello", is_bot=False)
    update = Update(901, message=Message(pin, AT, Chat(chat.id, "private"), from_user=sender, text="2581"))
    delete = telegram.from_reply(heard(telegram, update), Reply("Good.", final=True, secret=True)).then
    assert delete is not None
    if deleted:
        delete()
    else:
        with pytest.raises(SendFailed, match="RetryAfter"):
            delete()
    assert (list(chat.messages) == []) is deleted
    assert faults.get("status_429") == left
    telegram.close()


# Through the whole bot


@pytest.fixture
def akello(app: App, village: Village) -> TelegramPhone:
    return TelegramPhone(app, village.akello.phone)


def taps(said: Mapping[str, Any]) -> dict[str, str]:
    """What the buttons under a message send, by their labels."""
    return {each["text"]: each["callback_data"] for row in said["reply_markup"]["inline_keyboard"] for each in row}


def test_a_button_of_a_screen_that_has_passed_says_so_and_does_nothing(akello: TelegramPhone) -> None:
    menu = akello.update({"text": "menu"})
    asked = akello.update({"text": "1"})
    assert asked["text"] == "Umoja, meeting of 5 Oct. How much?"
    akello.send(taps(asked)["Pay UGX 5,500"])
    for stale in (taps(menu)["Balance"], taps(asked)["Pay UGX 5,500"]):
        assert akello.send(stale).startswith(
            "That button is old. You are here:\nPay UGX 5,500 to Umoja. Your PIN?"
        )


def test_a_button_under_other_words_than_those_of_now_binds_nobody(
    app: App, akello: TelegramPhone, village: Village
) -> None:
    """A release has other words for the question: it is put again, and the old button is too old from then on."""
    for typed in ("menu", "1", "2000"):
        asked = akello.update({"text": typed})
    assert asked["text"] == "Pay UGX 2,000 to Umoja?"
    kept = Keys(village.akello.id, "").session
    with redis.Redis.from_url(app.settings.redis_url) as store:
        session = decode_session(store.hget(kept, "data"))
        session.asked, session.shown = "0ther000", "0f0f0f"
        store.hset(kept, "data", encode(session))
    akello.taps = {"1": "~0f0f0f:1"}
    assert akello.send("~0f0f0f:1").startswith(asked["text"])
    (yes,) = (each for each in akello.taps.values() if each.endswith(":1"))
    akello.taps = {"1": "~0f0f0f:1"}
    assert akello.send("~0f0f0f:1").startswith(f"That button is old. You are here:\n{asked['text']}")
    akello.taps = {"1": yes}
    assert akello.send(yes).startswith("Pay UGX 2,000 to Umoja. Your PIN?")


@pytest.mark.parametrize("data", ["~ffffff:1", "~3f9a21:99", "~:1", "~3f9a21", "drop", "0" * 64])
def test_a_button_that_nobody_made_does_nothing(akello: TelegramPhone, data: str) -> None:
    """What a button sends can be made up by a changed client."""
    akello.update({"text": "menu"})
    akello.update({"text": "1"})
    message = {"message_id": 6, "date": 1_790_000_000, "chat": {"id": akello.user, "type": "private"}}
    sender = {"id": akello.user, "is_bot": False, "first_name": "A"}
    query = {"id": "1", "from": sender, "chat_instance": "1", "message": message, "data": data}
    said = akello.post({"callback_query": query})
    assert "Umoja, meeting of 5 Oct. How much?" in said["text"]


def test_blocking_and_coming_back_are_written_down(app: App, akello: TelegramPhone) -> None:
    akello.update({"text": "menu"})
    user = {"id": akello.user, "is_bot": False, "first_name": "A"}
    for status, blocked in (("kicked", True), ("kicked", True), ("member", False)):
        change = {
            "chat": {"id": akello.user, "type": "private"},
            "from": user,
            "date": 1_790_000_000,
            "old_chat_member": {"status": "member", "user": user},
            "new_chat_member": {"status": status, "user": user},
        }
        assert akello.post({"my_chat_member": change}) == {}
        assert app.store.addresses.get(f"telegram:{akello.user}").blocked is blocked
