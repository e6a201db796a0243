"""Telegram's stand-in from the phone: what a person does, and how the bot hears of it."""

import itertools
import json
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from telegram import CallbackQuery, Chat, Message, Update, User
from werkzeug import Request, Response

from tests.simulator.conftest import GRACE, OKOT, STRANGER, Bot, Phones, Start
from tests.simulator.telegram.chatting import (
    GRACE_ID,
    HOOK,
    OKOT_ID,
    STRANGER_ID,
    ask,
    buttons,
    refused,
    shown,
    start_chat,
)


def updates(bot: Bot, count: int = 1) -> list[Update]:
    """What the bot was sent, once there is so much, as python-telegram-bot reads it."""
    return [Update.de_json(json.loads(call.body), None) for call in bot.called(HOOK, count)]


def message(update: Update) -> Message:
    assert update.message is not None
    return update.message


def query(update: Update) -> CallbackQuery:
    assert update.callback_query is not None
    return update.callback_query


def answer(body: Any) -> Callable[[Request], Response]:
    """A webhook that answers each update so."""
    return lambda _: Response(json.dumps(body), content_type="application/json")


def menu_on_the_phone(phones: Phones) -> int:
    """The number of a message that has a button, Pay."""
    start_chat(phones)
    return ask(phones, lambda api: api.send_message(GRACE_ID, "Menu", reply_markup=buttons(["Pay"]))).message_id


@pytest.mark.parametrize(("payload", "text"), [("", "/start"), ("g_7f-2", "/start g_7f-2"), ("x" * 64, None)])
def test_start_carries_the_payload_of_the_link(bot: Bot, phones: Phones, payload: str, text: str | None) -> None:
    text = text or f"/start {payload}"
    said = phones.post("telegram/start", phone=GRACE, payload=payload)
    assert said.status_code == 200
    assert [(each["text"], each["mine"]) for each in said.json()["messages"]] == [(text, True)]
    heard = message(updates(bot)[0])
    assert heard.text == text
    assert heard.from_user == User(GRACE_ID, "Akello", False, "Grace", language_code="en")
    assert heard.chat == Chat(GRACE_ID, "private", first_name="Akello", last_name="Grace")
    assert [(each.type, each.offset, each.length) for each in heard.entities] == [("bot_command", 0, 6)]
    assert phones.get("telegram", phone=GRACE)["started"] is True
    assert phones.get("telegram", phone=OKOT) == {
        "started": False,
        "blocked": False,
        "bot": "CommunitySavingsBot",
        "messages": [],
        "keyboard": None,
        "toast": "",
        "commands": [],
    }


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("start", {"payload": "x" * 65}),
        ("start", {"payload": "a b"}),
        ("start", {"payload": 1}),
        ("start", {"phone": "0772000101"}),
        ("send", {"text": " "}),
        ("send", {"text": "x" * 4097}),
        ("send", {}),
        ("tap", {"message": 1, "data": "Pay"}),
        ("tap", {"message": "1", "data": "Pay"}),
        ("contact", {"of": "Okot"}),
        ("share", {"kind": "poem"}),
        ("block", {"blocked": "yes"}),
        ("block", {"blocked": True}),
    ],
)
def test_what_a_phone_cannot_do_is_refused_and_nothing_said(
    bot: Bot, phones: Phones, path: str, body: dict[str, Any]
) -> None:
    said = phones.post(f"telegram/{path}", **{"phone": GRACE} | body)
    assert said.status_code == 400
    assert said.json()["error"]
    assert bot.calls == []
    assert phones.get("telegram", phone=GRACE)["messages"] == []


def test_what_a_person_writes_is_heard_with_its_commands(bot: Bot, phones: Phones) -> None:
    phones.post("telegram/send", phone=GRACE, text=" 🙂 try /help, not and/or ")
    heard = message(updates(bot)[0])
    assert heard.text == "🙂 try /help, not and/or"
    assert [heard.parse_entity(each) for each in heard.entities] == ["/help"]


def test_a_person_is_the_same_another_day(bot: Bot, start: Start) -> None:
    for day in (1, 2):
        phones = start()
        for phone in (OKOT, STRANGER):
            phones.post("telegram/send", phone=phone, text="Hi")
        heard = [message(update) for update in updates(bot, 2 * day)][-2:]
        assert [each.from_user and each.from_user.id for each in heard] == [OKOT_ID, STRANGER_ID]


def test_a_tap_is_a_query_that_the_bot_answers(bot: Bot, phones: Phones) -> None:
    number = menu_on_the_phone(phones)
    assert phones.post("telegram/tap", phone=GRACE, message=number, data="Pay").status_code == 200
    tapped = query(updates(bot, 2)[1])
    assert (tapped.data, tapped.from_user.id) == ("Pay", GRACE_ID)
    assert isinstance(tapped.message, Message)
    assert (tapped.message.message_id, tapped.message.text) == (number, "Menu")
    assert tapped.message.reply_markup == buttons(["Pay"])
    assert ask(phones, lambda api: api.answer_callback_query(tapped.id, "Wait a moment"))
    assert phones.get("telegram", phone=GRACE)["toast"] == "Wait a moment"
    assert ask(phones, lambda api: api.answer_callback_query(tapped.id)), "twice is no mistake"
    with refused("MESSAGE_TOO_LONG"):
        ask(phones, lambda api: api.answer_callback_query(tapped.id, "x" * 201))
    told = [event.data for event in phones.sim.world.events(0, GRACE) if "toast" in event.data]
    assert told == [{"toast": "Wait a moment"}]


def test_a_tap_may_not_show_the_bot_its_message(bot: Bot, phones: Phones) -> None:
    number = menu_on_the_phone(phones)
    phones.post("faults", telegram={"inaccessible": True})
    phones.post("telegram/tap", phone=GRACE, message=number, data="Pay")
    tapped = query(updates(bot, 2)[1])
    assert tapped.message is not None
    assert not tapped.message.is_accessible
    assert (tapped.message.message_id, tapped.message.chat.id) == (number, GRACE_ID)


def test_a_button_that_is_gone_is_not_tapped(bot: Bot, phones: Phones) -> None:
    number = menu_on_the_phone(phones)
    assert phones.post("telegram/tap", phone=GRACE, message=number, data="Steal").status_code == 400
    assert phones.post("telegram/tap", phone=OKOT, message=number, data="Pay").status_code == 400
    ask(phones, lambda api: api.edit_message_reply_markup(GRACE_ID, number))
    assert phones.post("telegram/tap", phone=GRACE, message=number, data="Pay").status_code == 400
    bot.called(HOOK, 1)


@pytest.mark.parametrize("switches", [{"query_too_old": 1}, {"query_seconds": 0}])
def test_a_tap_is_answered_in_time(bot: Bot, phones: Phones, switches: dict[str, int]) -> None:
    number = menu_on_the_phone(phones)
    phones.post("telegram/tap", phone=GRACE, message=number, data="Pay")
    tapped = query(updates(bot, 2)[1])
    phones.post("faults", telegram=switches)
    with refused("query is too old and response timeout expired"):
        ask(phones, lambda api: api.answer_callback_query(tapped.id, "Late"))
    phones.post("faults/reset")
    with refused("query ID is invalid"):
        ask(phones, lambda api: api.answer_callback_query("4382", "Whose?"))
    assert phones.get("telegram", phone=GRACE)["toast"] == ""
    ask(phones, lambda api: api.answer_callback_query(tapped.id, "In time"))


@pytest.mark.parametrize(
    ("of", "number", "user"),
    [("", GRACE, GRACE_ID), (GRACE, GRACE, GRACE_ID), (OKOT, OKOT, OKOT_ID), (STRANGER, STRANGER, None)],
)
def test_a_contact_names_its_own_person_if_any(
    bot: Bot, phones: Phones, of: str, number: str, user: int | None
) -> None:
    phones.post("telegram/contact", phone=GRACE, **({"of": of} if of else {}))
    heard = message(updates(bot)[0])
    assert heard.from_user is not None
    assert heard.contact is not None
    assert (heard.from_user.id, heard.contact.user_id, heard.contact.phone_number) == (GRACE_ID, user, number[1:])


@pytest.mark.parametrize("kind", ["photo", "voice", "location", "sticker"])
def test_what_is_shared_has_no_text(bot: Bot, phones: Phones, kind: str) -> None:
    said = phones.post("telegram/share", phone=GRACE, kind=kind).json()["messages"]
    heard = message(updates(bot)[0])
    assert getattr(heard, kind)
    assert heard.text is None
    assert said[0]["text"], "the phone shows what it was"


def test_the_bot_hears_that_it_is_blocked_and_let_in_again(bot: Bot, phones: Phones) -> None:
    start_chat(phones)
    for blocked in (True, True, False, False, True):
        assert phones.post("telegram/block", phone=GRACE, blocked=blocked).status_code == 200
    assert phones.get("telegram", phone=GRACE)["blocked"] is True
    unsent = phones.post("telegram/send", phone=GRACE, text="Hi")
    assert (unsent.status_code, unsent.json()) == (400, {"error": "The bot is blocked"})
    start_chat(phones)
    assert phones.get("telegram", phone=GRACE)["blocked"] is False
    changes = [update.my_chat_member for update in updates(bot, 6)]
    said = [(each.old_chat_member.status, each.new_chat_member.status) for each in changes if each]
    out, back = ("member", "kicked"), ("kicked", "member")
    assert said == [out, back, out, back]
    assert changes[-1] is None, "the last of them is /start"


def test_the_bots_answer_is_carried_out_before_the_phone_shows(bot: Bot, phones: Phones) -> None:
    bot.pages[HOOK] = answer({"method": "sendMessage", "chat_id": GRACE_ID, "text": "Welcome"})
    said = phones.post("telegram/start", phone=GRACE).json()["messages"]
    assert [each["text"] for each in said] == ["/start", "Welcome"]


@pytest.mark.parametrize(
    "body",
    [
        {"method": "sendMessage", "chat_id": 1, "text": "Whom?"},
        {"method": "sendPigeon"},
        {"method": 1},
        {"ok": True},
        ["sendMessage"],
        "fine",
    ],
)
def test_an_answer_that_asks_for_nothing_possible_is_let_be(bot: Bot, phones: Phones, body: Any) -> None:
    bot.pages[HOOK] = answer(body)
    assert phones.post("telegram/start", phone=GRACE).status_code == 200
    assert shown(phones) == []
    bot.pages[HOOK] = lambda _: Response("OK")
    assert phones.post("telegram/send", phone=GRACE, text="Hi").status_code == 200


def test_each_update_has_a_number_that_rises(bot: Bot, phones: Phones) -> None:
    for phone in (GRACE, OKOT, GRACE):
        phones.post("telegram/send", phone=phone, text="Hi")
    first, second, third = (update.update_id for update in updates(bot, 3))
    assert (second - first, third - first) == (1, 2)


def test_an_update_is_sent_again_until_it_is_answered_and_the_next_one_waits(bot: Bot, phones: Phones) -> None:
    statuses = [200, 200, 302, 500]
    bot.pages[HOOK] = lambda _: Response(status=statuses.pop())
    silent = phones.post("telegram/send", phone=GRACE, text="one")
    assert (silent.status_code, silent.json()) == (502, {"error": "The bot does not answer"})
    assert phones.post("telegram/send", phone=GRACE, text="two").status_code == 200
    heard = updates(bot, 4)
    assert [message(update).text for update in heard] == ["one", "one", "one", "two"]
    assert len({update.update_id for update in heard}) == 2
    info = ask(phones, lambda api: api.get_webhook_info())
    assert (info.pending_update_count, info.last_error_message) == (
        0,
        "Wrong response from the webhook: 302 FOUND",
    )


def test_a_bot_that_is_silent_for_long_loses_the_update(bot: Bot, phones: Phones) -> None:
    bot.status = 503
    phones.post("telegram/send", phone=GRACE, text="lost")
    bot.called(HOOK, 4)
    bot.status = 200
    assert phones.post("telegram/send", phone=GRACE, text="heard").status_code == 200
    assert [message(update).text for update in updates(bot, 5)] == ["lost"] * 4 + ["heard"]


def test_a_phones_updates_come_in_the_order_of_its_chat(bot: Bot, phones: Phones) -> None:
    statuses = itertools.cycle([200, 503, 200])  # every second one comes twice
    bot.pages[HOOK] = lambda _: Response(status=next(statuses))
    with ThreadPoolExecutor(4) as people:
        for number in range(12):
            people.submit(phones.post, "telegram/send", phone=GRACE, text=str(number))
    chat = [each["text"] for each in phones.get("telegram", phone=GRACE)["messages"]]
    heard = [message(update).text for update in updates(bot, 18)]
    assert len(chat) == 12
    assert list(dict.fromkeys(heard)) == chat


def test_another_phone_does_not_wait(bot: Bot, start: Start) -> None:
    phones = start(inbound_retry_seconds=60)
    bot.status = 503
    assert phones.post("telegram/send", phone=GRACE, text="one").status_code == 502
    bot.status = 200
    assert phones.post("telegram/send", phone=OKOT, text="two").status_code == 200
    assert ask(phones, lambda api: api.get_webhook_info()).pending_update_count == 1


def test_what_waits_is_dropped_when_the_bot_says(bot: Bot, start: Start) -> None:
    phones = start(inbound_retry_seconds=60)
    bot.status = 503
    phones.post("telegram/send", phone=GRACE, text="dropped")
    bot.status = 200
    ask(phones, lambda api: api.delete_webhook(drop_pending_updates=True))
    assert phones.post("telegram/send", phone=GRACE, text="heard").status_code == 200
    assert [message(update).text for update in updates(bot, 2)] == ["dropped", "heard"]


def test_a_bot_that_is_gone_does_not_answer(start: Start) -> None:
    phones = start(bot_url="http://127.0.0.1:9")
    assert phones.post("telegram/start", phone=GRACE).status_code == 502
    assert [each["text"] for each in phones.get("telegram", phone=GRACE)["messages"]] == ["/start"]


@pytest.mark.parametrize(("switch", "welcomes"), [("update_twice", 2), ("update_lost_answer", 1)])
def test_an_update_may_come_again(bot: Bot, phones: Phones, switch: str, welcomes: int) -> None:
    bot.pages[HOOK] = answer({"method": "sendMessage", "chat_id": GRACE_ID, "text": "Welcome"})
    phones.post("faults", telegram={switch: 1})
    start_chat(phones)
    first, second = bot.called(HOOK, 2)
    assert first.body == second.body
    assert len(shown(phones)) == welcomes


def test_the_page_hears_of_each_change(phones: Phones) -> None:
    number = menu_on_the_phone(phones)
    ask(phones, lambda api: api.edit_message_text("Done", GRACE_ID, number))
    events = [event.data for event in phones.sim.world.events(0, GRACE) if event.kind == "telegram"]
    told = [(data["message"]["text"], data["message"]["edited"]) for data in events]
    assert told == [("/start", False), ("Menu", False), ("Done", True)]
    assert events[-1]["message"] == phones.get("telegram", phone=GRACE)["messages"][-1]


def test_a_phone_keeps_its_newest_messages(phones: Phones) -> None:
    chats = phones.sim.telegram.chats
    start_chat(phones)
    for count in range(200):
        chats.add(chats.of(GRACE), f"message {count}")
    kept = phones.get("telegram", phone=GRACE)["messages"]
    assert (len(kept), kept[0]["text"], kept[-1]["text"]) == (200, "message 0", "message 199")
