"""The Bot API's stand-in, spoken to with python-telegram-bot."""

from functools import partial
from typing import Any, TypedDict

import pytest
import requests
import telegram
from telegram import (
    BotCommand,
    BotCommandScopeAllPrivateChats,
    BotCommandScopeChat,
    InlineKeyboardButton,
    InlineKeyboardMarkup,
    KeyboardButton,
    ReplyKeyboardMarkup,
    ReplyKeyboardRemove,
)
from telegram.error import BadRequest, Forbidden, InvalidToken, NetworkError, RetryAfter, TelegramError

from tests.simulator.conftest import GRACE, OKOT, STRANGER, Bot, Phones, Start
from tests.simulator.telegram.chatting import (
    GRACE_ID,
    HOOK,
    OKOT_ID,
    STRANGER_ID,
    TOKEN,
    Ask,
    ask,
    buttons,
    refused,
    shown,
    start_chat,
)


class Of(TypedDict):
    """Which message."""

    chat_id: int
    message_id: int


def raw(phones: Phones, method: str, token: str = TOKEN, **request: Any) -> requests.Response:
    return phones.http.post(f"{phones.sim.url}/telegram/bot{token}/{method}", **request)


def test_the_bot_is_who_the_config_says(phones: Phones) -> None:
    me = ask(phones, lambda api: api.get_me())
    assert (me.id, me.username, me.is_bot) == (123456, "CommunitySavingsBot", True)


@pytest.mark.parametrize(("token", "status"), [("123456:other", 401), ("nonsense", 404)])
def test_a_token_that_is_wrong_is_refused(phones: Phones, token: str, status: int) -> None:
    answer = raw(phones, "getMe", token)
    described = {401: "Unauthorized", 404: "Not Found"}[status]
    assert (answer.status_code, answer.json()) == (
        status,
        {"ok": False, "error_code": status, "description": described},
    )
    with pytest.raises(InvalidToken):
        ask(phones, lambda api: api.get_me(), token)


def test_a_method_that_is_none_is_not_found(phones: Phones) -> None:
    assert raw(phones, "sendPigeon").status_code == 404
    assert raw(phones, "GETME").json()["ok"], "names are in any case"


@pytest.mark.parametrize(
    "body",
    [
        {"data": {"chat_id": "700001", "text": "Hi", "reply_markup": '{"remove_keyboard": true}'}},
        {"json": {"chat_id": 700001, "text": "Hi", "reply_markup": {"remove_keyboard": True}}},
        {"params": {"chat_id": "700001", "text": "Hi"}},
    ],
)
def test_a_call_is_a_form_or_json_or_in_the_address(phones: Phones, body: dict[str, Any]) -> None:
    start_chat(phones)
    sent = raw(phones, "sendMessage", **body).json()
    assert sent["ok"]
    assert sent["result"]["chat"] == {
        "id": GRACE_ID,
        "first_name": "Akello",
        "last_name": "Grace",
        "type": "private",
    }
    assert [message["text"] for message in shown(phones)] == ["Hi"]


@pytest.mark.parametrize(
    "body", [{"json": [1]}, {"data": {"chat_id": "700001", "text": "Hi", "reply_markup": "{"}}]
)
def test_a_call_that_is_broken_is_a_bad_request(phones: Phones, body: dict[str, Any]) -> None:
    start_chat(phones)
    answer = raw(phones, "sendMessage", **body)
    assert (answer.status_code, answer.json()["error_code"]) == (400, 400)
    assert shown(phones) == []


def test_a_message_and_its_buttons_are_on_the_phone(phones: Phones) -> None:
    start_chat(phones)
    sent = ask(
        phones, lambda api: api.send_message(GRACE_ID, " Menu\n", reply_markup=buttons(["Pay", "Save"], ["x"]))
    )
    assert (sent.text, sent.chat.id, sent.from_user and sent.from_user.id) == ("Menu", GRACE_ID, 123456)
    assert sent.reply_markup == buttons(["Pay", "Save"], ["x"])
    (message,) = shown(phones)
    assert message["id"] == sent.message_id
    assert message["text"] == "Menu"
    assert message["buttons"] == [
        [{"text": "Pay", "data": "Pay"}, {"text": "Save", "data": "Save"}],
        [{"text": "x", "data": "x"}],
    ]
    later = ask(phones, lambda api: api.send_message(GRACE_ID, "More"))
    assert later.message_id > sent.message_id


@pytest.mark.parametrize(
    ("arguments", "problem"),
    [
        ({"text": "x" * 4096}, ""),
        ({"text": "x" * 4097}, "message is too long"),
        ({"text": " \n"}, "message text is empty"),
        ({"text": "<b>x</b>", "parse_mode": "HTML"}, "unsupported parse_mode"),
        ({"reply_markup": buttons(["é" * 32])}, ""),
        ({"reply_markup": buttons(["é" * 32 + "x"])}, "BUTTON_DATA_INVALID"),
        ({"reply_markup": buttons([str(n) for n in range(8)])}, ""),
        ({"reply_markup": buttons([str(n) for n in range(9)])}, "REPLY_MARKUP_TOO_LONG"),
        ({"reply_markup": buttons(*(["a", "b"] for _ in range(50)))}, ""),
        ({"reply_markup": buttons(*(["a", "b"] for _ in range(50)), ["c"])}, "REPLY_MARKUP_TOO_LONG"),
        ({"reply_markup": InlineKeyboardMarkup([[InlineKeyboardButton("x")]])}, "Text buttons are unallowed"),
    ],
)
def test_a_message_has_its_limits(phones: Phones, arguments: dict[str, Any], problem: str) -> None:
    start_chat(phones)
    send: Ask[Any] = lambda api: api.send_message(GRACE_ID, **{"text": "x"} | arguments)  # noqa: E731
    if problem:
        with refused(problem):
            ask(phones, send)
    else:
        ask(phones, send)
    assert len(shown(phones)) == (0 if problem else 1)


@pytest.mark.parametrize(
    ("chat_id", "error", "problem"),
    [
        (OKOT_ID, Forbidden, "bot can't initiate conversation with a user"),
        (STRANGER_ID, BadRequest, "chat not found"),
        (int(GRACE[1:]), BadRequest, "chat not found"),
        ("@grace", BadRequest, "chat not found"),
        (0, BadRequest, "chat not found"),
    ],
)
def test_a_bot_writes_to_whoever_wrote_first(
    phones: Phones, chat_id: Any, error: type[TelegramError], problem: str
) -> None:
    start_chat(phones)
    with refused(problem, error):
        ask(phones, lambda api: api.send_message(chat_id, "Hi"))
    start_chat(phones, OKOT)
    start_chat(phones, STRANGER)
    for known in (GRACE_ID, OKOT_ID, STRANGER_ID):
        ask(phones, partial(telegram.Bot.send_message, chat_id=known, text="Hi"))


def test_an_edit_changes_the_message_where_it_is(phones: Phones) -> None:
    start_chat(phones)
    sent = ask(phones, lambda api: api.send_message(GRACE_ID, "Menu", reply_markup=buttons(["Pay"])))
    of = Of(chat_id=GRACE_ID, message_id=sent.message_id)
    edited = ask(phones, lambda api: api.edit_message_text("Sure?", reply_markup=buttons(["Yes"]), **of))
    assert isinstance(edited, telegram.Message)
    assert edited.edit_date is not None
    (message,) = shown(phones)
    assert (message["text"], message["edited"]) == ("Sure?", True)
    assert message["buttons"] == [[{"text": "Yes", "data": "Yes"}]]
    ask(phones, lambda api: api.edit_message_reply_markup(**of))
    assert [(each["text"], each["buttons"]) for each in shown(phones)] == [("Sure?", [])]
    ask(phones, lambda api: api.edit_message_text("Done", reply_markup=buttons(["Again"]), **of))
    ask(phones, lambda api: api.edit_message_text("Done", **of))
    assert [(each["text"], each["buttons"]) for each in shown(phones)] == [("Done", [])]


def test_an_edit_that_changes_nothing_is_refused(phones: Phones) -> None:
    start_chat(phones)
    sent = ask(phones, lambda api: api.send_message(GRACE_ID, "Menu", reply_markup=buttons(["Pay"])))
    of = Of(chat_id=GRACE_ID, message_id=sent.message_id)
    for call in (
        lambda api: api.edit_message_text("Menu", reply_markup=buttons(["Pay"]), **of),
        lambda api: api.edit_message_reply_markup(reply_markup=buttons(["Pay"]), **of),
    ):
        with refused("message is not modified"):
            ask(phones, call)
    assert shown(phones)[0]["edited"] is False
    ask(phones, lambda api: api.edit_message_reply_markup(reply_markup=buttons(["Save"]), **of))
    phones.post("faults", telegram={"not_modified": 1})
    with refused("message is not modified"):
        ask(phones, lambda api: api.edit_message_text("Other", **of))
    ask(phones, lambda api: api.edit_message_text("Other", **of))


def test_only_the_bots_own_messages_are_edited(phones: Phones) -> None:
    start_chat(phones)
    share = ReplyKeyboardMarkup([[KeyboardButton("Share", request_contact=True)]])
    typed = phones.get("telegram", phone=GRACE)["messages"][0]["id"]
    sent = ask(phones, lambda api: api.send_message(GRACE_ID, "Your number?", reply_markup=share))
    cases = [(typed, "can't be edited"), (sent.message_id, "can't be edited"), (1, "message to edit not found")]
    for message_id, problem in cases:
        with refused(problem):
            of = Of(chat_id=GRACE_ID, message_id=message_id)
            ask(phones, partial(telegram.Bot.edit_message_text, text="x", **of))


def test_a_bot_deletes_what_either_side_wrote(phones: Phones) -> None:
    start_chat(phones)
    phones.post("telegram/send", phone=GRACE, text="2580")
    ask(phones, lambda api: api.send_message(GRACE_ID, "Thank you"))
    start, pin, thanks = phones.get("telegram", phone=GRACE)["messages"]
    for message in (pin, thanks):
        assert ask(phones, partial(telegram.Bot.delete_message, chat_id=GRACE_ID, message_id=message["id"]))
    assert phones.get("telegram", phone=GRACE)["messages"] == [start]
    with refused("message to delete not found"):
        ask(phones, lambda api: api.delete_message(GRACE_ID, pin["id"]))
    gone = [event.data for event in phones.sim.world.events(0, GRACE) if "deleted" in event.data]
    assert gone == [{"deleted": pin["id"]}, {"deleted": thanks["id"]}]


def test_a_message_of_two_days_ago_stays(phones: Phones) -> None:
    start_chat(phones)
    (old,) = phones.sim.telegram.chats.of(GRACE).messages.values()
    old.at -= 48 * 3600 + 1
    with refused("message can't be deleted"):
        ask(phones, lambda api: api.delete_message(GRACE_ID, old.id))


def test_the_keyboard_that_asks_for_the_contact_is_up_until_removed(phones: Phones) -> None:
    def keyboard() -> Any:
        return phones.get("telegram", phone=GRACE)["keyboard"]

    share = ReplyKeyboardMarkup(
        [[KeyboardButton("Share my number", request_contact=True)]], one_time_keyboard=True
    )
    start_chat(phones)
    sent = ask(phones, lambda api: api.send_message(GRACE_ID, "Your number?", reply_markup=share))
    (message,) = shown(phones)
    assert (message["contact"], message["contact_text"]) == (True, "Share my number")
    assert sent.reply_markup is None
    assert keyboard() == {"contact_text": "Share my number"}
    ask(phones, lambda api: api.send_message(GRACE_ID, "Thank you", reply_markup=ReplyKeyboardRemove()))
    assert keyboard() is None
    ask(phones, lambda api: api.send_message(GRACE_ID, "Once more", reply_markup=share))
    phones.post("telegram/contact", phone=GRACE, of=OKOT)
    assert keyboard() == {"contact_text": "Share my number"}
    phones.post("telegram/contact", phone=GRACE)
    assert keyboard() is None, "a one-time keyboard goes when it was used"
    again = ask(phones, lambda api: api.send_message(GRACE_ID, "And again", reply_markup=share))
    ask(phones, lambda api: api.delete_message(GRACE_ID, again.message_id))
    assert keyboard() is None, "a keyboard goes with its message"


def test_an_action_is_one_that_is_known(phones: Phones) -> None:
    start_chat(phones)
    assert ask(phones, lambda api: api.send_chat_action(GRACE_ID, "typing"))
    with refused("wrong parameter action"):
        ask(phones, lambda api: api.send_chat_action(GRACE_ID, "yodelling"))


@pytest.mark.parametrize(
    ("retry_after", "switch", "error"),
    [(7, "status_429", RetryAfter), (2, "status_429", RetryAfter), (7, "status_500", NetworkError)],
)
def test_a_send_fails_when_told(phones: Phones, retry_after: int, switch: str, error: type[TelegramError]) -> None:
    start_chat(phones)
    phones.post("faults", telegram={switch: 1, "retry_after": retry_after})
    with refused(f"Retry in 0:00:0{retry_after}" if error is RetryAfter else "", error):
        ask(phones, lambda api: api.send_message(GRACE_ID, "Hi"))
    assert shown(phones) == []
    ask(phones, lambda api: api.send_message(GRACE_ID, "Hi"))
    assert len(shown(phones)) == 1


def test_a_bot_that_is_blocked_writes_nothing(phones: Phones) -> None:
    start_chat(phones)
    start_chat(phones, OKOT)
    phones.post("faults", telegram={"blocked": {GRACE: True, OKOT: False}})
    with refused("bot was blocked by the user", Forbidden):
        ask(phones, lambda api: api.send_message(GRACE_ID, "Hi"))
    ask(phones, lambda api: api.send_message(OKOT_ID, "Hi"))
    phones.post("faults/reset")
    phones.post("telegram/block", phone=GRACE, blocked=True)
    with refused("bot was blocked by the user", Forbidden):
        ask(phones, lambda api: api.send_message(GRACE_ID, "Hi"))
    phones.post("telegram/block", phone=GRACE, blocked=False)
    ask(phones, lambda api: api.send_message(GRACE_ID, "Hi"))
    assert len(shown(phones)) == 1


def test_commands_are_those_of_the_narrowest_scope_in_the_persons_language(start: Start) -> None:
    amina = {"name": "Amina", "phone": OKOT, "language": "sw"}
    phones = start(people=[{"name": "Grace", "phone": GRACE}, amina])

    def menu(phone: str) -> list[str]:
        return [each["command"] for each in phones.get("telegram", phone=phone)["commands"]]

    private = BotCommandScopeAllPrivateChats()
    assert (menu(GRACE), ask(phones, lambda api: api.get_my_commands())) == ([], ())
    ask(phones, lambda api: api.set_my_commands([("help", "Help")]))
    ask(phones, lambda api: api.set_my_commands([("msaada", "Msaada")], language_code="sw"))
    assert (menu(GRACE), menu(OKOT)) == (["help"], ["msaada"])
    ask(phones, lambda api: api.set_my_commands([BotCommand("menu", "The menu")], scope=private))
    assert (menu(GRACE), menu(OKOT)) == (["menu"], ["menu"])
    ask(phones, lambda api: api.set_my_commands([("books", "Books")], scope=BotCommandScopeChat(GRACE_ID)))
    assert (menu(GRACE), menu(OKOT)) == (["books"], ["menu"])
    told = ask(phones, lambda api: api.get_my_commands(scope=private))
    assert told == (BotCommand("menu", "The menu"),)
    assert ask(phones, lambda api: api.get_my_commands(scope=private, language_code="fr")) == ()
    assert phones.get("telegram", phone=OKOT)["commands"] == [{"command": "menu", "description": "The menu"}]


@pytest.mark.parametrize(
    ("arguments", "problem"),
    [
        ({"commands": [("Help", "Help")]}, "BOT_COMMAND_INVALID"),
        ({"commands": [("x" * 33, "Help")]}, "BOT_COMMAND_INVALID"),
        ({"commands": [("help", "")]}, "BOT_COMMAND_DESCRIPTION_INVALID"),
        ({"commands": [("help", "x" * 257)]}, "BOT_COMMAND_DESCRIPTION_INVALID"),
        ({"commands": [("help", "x")] * 101}, "too many commands"),
        ({"commands": [("help", "x")], "language_code": "swa"}, "invalid language code"),
    ],
)
def test_commands_have_their_limits(phones: Phones, arguments: dict[str, Any], problem: str) -> None:
    with refused(problem):
        ask(phones, lambda api: api.set_my_commands(**arguments))
    assert ask(phones, lambda api: api.get_my_commands()) == ()


def test_a_webhook_is_where_the_bot_says(bot: Bot, start: Start) -> None:
    phones = start(telegram_secret="first")
    start_chat(phones)
    assert bot.called(HOOK)[0].headers["X-Telegram-Bot-Api-Secret-Token"] == "first"
    assert ask(phones, lambda api: api.get_webhook_info()).url == ""
    url = f"{bot.url}/elsewhere"
    kinds = ["message", "callback_query"]
    ask(phones, lambda api: api.set_webhook(url, secret_token="s3cr3t", allowed_updates=kinds, max_connections=5))
    info = ask(phones, lambda api: api.get_webhook_info())
    assert (info.url, info.max_connections, info.allowed_updates) == (url, 5, ("message", "callback_query"))
    start_chat(phones)
    assert bot.called("/elsewhere")[0].headers["X-Telegram-Bot-Api-Secret-Token"] == "s3cr3t"
    ask(phones, lambda api: api.delete_webhook())
    start_chat(phones)
    assert bot.called(HOOK, 2)[1].headers["X-Telegram-Bot-Api-Secret-Token"] == "first"


@pytest.mark.parametrize(
    ("arguments", "problem"),
    [
        ({"url": "ftp://bot.example.org/"}, "bad webhook"),
        ({"url": "/hooks"}, "bad webhook"),
        ({"url": "https://["}, "bad webhook"),
        ({"url": "https://bot.example.org/", "secret_token": "s3cr3t!"}, "unallowed characters"),
        ({"url": "https://bot.example.org/", "secret_token": "x" * 257}, "unallowed characters"),
    ],
)
def test_a_webhook_that_is_none_is_refused(phones: Phones, arguments: dict[str, Any], problem: str) -> None:
    with refused(problem):
        ask(phones, lambda api: api.set_webhook(**arguments))
    assert ask(phones, lambda api: api.get_webhook_info()).url == ""


def test_updates_of_a_kind_the_bot_did_not_ask_for_are_not_sent(bot: Bot, phones: Phones) -> None:
    ask(phones, lambda api: api.set_webhook(f"{bot.url}{HOOK}", allowed_updates=["my_chat_member"]))
    start_chat(phones)
    assert bot.so_far(HOOK) == []
    assert phones.post("telegram/block", phone=GRACE, blocked=True).status_code == 200
    bot.called(HOOK)
    ask(phones, lambda api: api.set_webhook(f"{bot.url}{HOOK}"))
    assert ask(phones, lambda api: api.get_webhook_info()).allowed_updates == ("my_chat_member",), "kept"


def test_a_file_is_opened_on_the_phone(phones: Phones) -> None:
    start_chat(phones)
    sent = ask(phones, lambda bot: bot.send_document(GRACE_ID, b"Habari", filename="a.txt"))
    assert sent.document is not None
    assert (sent.document.file_name, sent.document.file_size) == ("a.txt", 6)
    assert shown(phones)[-1]["document"] == "a.txt"

    def opened(phone: str, message: int) -> requests.Response:
        asked: dict[str, str | int] = {"phone": phone, "message": message}
        return requests.get(f"{phones.sim.url}/sim/telegram/document", params=asked, timeout=5)

    answer = opened(GRACE, sent.message_id)
    assert (answer.text, answer.headers["Content-Type"]) == ("Habari", "text/plain")
    assert opened(OKOT, sent.message_id).status_code == 404
    assert opened(GRACE, 1).status_code == 404
    with pytest.raises(BadRequest, match="non-empty"):
        ask(phones, lambda bot: bot.send_document(GRACE_ID, b"", filename="a.txt"))
    assert "no document" in raw(phones, "sendDocument", json={"chat_id": GRACE_ID}).json()["description"]
