"""What a person writes, taps and sees on WhatsApp, and how Twilio asks the bot for it."""

import json
import re
from collections.abc import Iterator
from typing import Any

import pytest
from twilio.twiml.messaging_response import MessagingResponse
from werkzeug import Response

from simulator.twilio.chats import user_id
from simulator.twilio.hooks import NotTaken, Said, read_twiml
from tests.simulator.conftest import GRACE, OKOT, STRANGER, Bot, Phones, Start
from tests.simulator.twilio.sdk import (
    ACCOUNT,
    BOT,
    HOOK,
    PICKED,
    PICKER,
    REPLIES,
    STATUS,
    ask_approval,
    chat,
    client,
    create,
    says,
    send,
    until_read,
    valid,
)

# A person writes, taps and shares.


def test_a_text_reaches_the_bot_as_twilio_sends_it(bot: Bot, phones: Phones) -> None:
    assert phones.post("whatsapp/send", phone=GRACE, text=" hello ").json() == {"messages": []}
    (call,) = bot.called(HOOK)
    sid = call.form["MessageSid"]
    assert re.fullmatch(r"SM[0-9a-f]{32}", sid)
    assert call.form == {
        "MessageSid": sid,
        "SmsSid": sid,
        "SmsMessageSid": sid,
        "AccountSid": ACCOUNT,
        "ApiVersion": "2010-04-01",
        "From": f"whatsapp:{GRACE}",
        "To": BOT,
        "WaId": GRACE[1:],
        "ProfileName": "Akello Grace",
        "Body": " hello ",
        "MessageType": "text",
        "NumMedia": "0",
        "NumSegments": "1",
        "ReferralNumMedia": "0",
        "SmsStatus": "received",
        "Forwarded": "false",
        "FrequentlyForwarded": "false",
        "ExternalUserId": f"whatsapp:{user_id(GRACE)}",
        "ChannelMetadata": call.form["ChannelMetadata"],
    }
    context = {"ProfileName": "Akello Grace", "WaId": GRACE[1:]}
    assert json.loads(call.form["ChannelMetadata"]) == {"type": "whatsapp", "data": {"context": context}}
    assert call.headers["Content-Type"] == "application/x-www-form-urlencoded"
    assert valid(bot, call)
    assert not valid(bot, call, Body="hello")
    assert chat(phones)[0]["status"] == "delivered"


def test_a_tapped_button_brings_its_label_and_its_id(bot: Bot, phones: Phones) -> None:
    content = create(phones, REPLIES, **{"1": "5,500", "2": "7f2"})
    for kind in ("interactive", "button"):
        phones.post("whatsapp/send", phone=GRACE, text="Hi")
        sent = send(phones, content_sid=content.sid)
        shown = chat(phones)[-1]
        assert (shown["text"], shown["list"]) == ("Pay 5,500?", None)
        assert shown["buttons"] == [{"id": "yes:7f2", "title": "Yes"}, {"id": "no:7f2", "title": "No"}]
        assert phones.post("whatsapp/tap", phone=GRACE, message=sent.sid, id="yes:7f2").status_code == 200
        form = bot.so_far(HOOK)[-1].form
        assert (form["MessageType"], form["Body"], form["ButtonText"]) == (kind, "Yes", "Yes")
        assert (form["ButtonPayload"], form["OriginalRepliedMessageSid"]) == ("yes:7f2", sent.sid)
        assert form["OriginalRepliedMessageSender"] == BOT
        assert "ListId" not in form
        assert (chat(phones)[-1]["text"], chat(phones)[-1]["mine"]) == ("Yes", True)
        ask_approval(phones, content.sid)


def test_a_tapped_row_brings_its_id_title_and_description(bot: Bot, phones: Phones) -> None:
    phones.post("whatsapp/send", phone=GRACE, text="Hi")
    sent = send(phones, content_sid=create(phones, PICKER, **PICKED).sid)
    shown = chat(phones)[-1]
    assert (shown["text"], shown["buttons"]) == ("What would you like?", [])
    pay = {"id": "pay", "title": "Pay", "description": "Put money in"}
    balance = {"id": "balance", "title": "Balance", "description": ""}
    assert shown["list"] == {"button": "Menu", "items": [pay, balance]}
    phones.post("whatsapp/tap", phone=GRACE, message=sent.sid, id="pay")
    form = bot.called(HOOK, 2)[-1].form
    assert (form["MessageType"], form["Body"]) == ("interactive", "Pay")
    assert (form["ListId"], form["ListTitle"], form["ListDescription"]) == ("pay", "Pay", "Put money in")
    assert "ButtonPayload" not in form


def test_only_what_a_phone_shows_can_be_tapped(bot: Bot, phones: Phones) -> None:
    phones.post("whatsapp/send", phone=GRACE, text="Hi")
    content = create(phones, REPLIES, **{"1": "5,500", "2": "7f2"})
    sent = send(phones, content_sid=content.sid)
    for phone, message, choice in [
        (GRACE, sent.sid, "maybe"),
        (GRACE, "SM" + "0" * 32, "yes:7f2"),
        (GRACE, chat(phones)[0]["id"], "yes:7f2"),
        (OKOT, sent.sid, "yes:7f2"),
    ]:
        refused = phones.post("whatsapp/tap", phone=phone, message=message, id=choice)
        assert (refused.status_code, refused.json()) == (400, {"error": "The phone shows no such button"})
    bot.called(HOOK, 1)


@pytest.mark.parametrize(
    ("kind", "fields"),
    [
        ("image", {"NumMedia": "1", "MediaContentType0": "image/jpeg"}),
        ("audio", {"NumMedia": "1", "MediaContentType0": "audio/ogg"}),
        ("contacts", {"NumMedia": "1", "MediaContentType0": "text/vcard"}),
        ("location", {"NumMedia": "0", "Latitude": "0.347596", "Longitude": "32.582520"}),
    ],
)
def test_what_is_no_text_is_shared(bot: Bot, phones: Phones, kind: str, fields: dict[str, str]) -> None:
    phones.post("whatsapp/share", phone=GRACE, kind=kind)
    form = bot.called(HOOK)[0].form
    assert (form["MessageType"], form["Body"]) == (kind, "")
    assert form.items() >= fields.items()
    assert ("MediaUrl0" in form) == (kind != "location")
    assert (chat(phones)[0]["media"], chat(phones)[0]["text"]) == (kind, "")


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("send", {"phone": "0772000101", "text": "Hi"}),
        ("send", {"phone": GRACE, "text": " "}),
        ("send", {"phone": GRACE}),
        ("tap", {"phone": GRACE, "message": "SM1"}),
        ("share", {"phone": GRACE, "kind": "poem"}),
    ],
)
def test_a_control_call_that_is_wrong_is_400(bot: Bot, phones: Phones, path: str, body: dict[str, str]) -> None:
    refused = phones.post(f"whatsapp/{path}", **body)
    assert (refused.status_code, set(refused.json())) == (400, {"error"})
    bot.called(HOOK, 0)


def test_a_hidden_number_is_an_id_that_can_be_written_to(bot: Bot, start: Start) -> None:
    people = [{"name": "Apio Ruth", "phone": OKOT, "number_hidden": True}]
    phones = start(people=people)
    phones.post("whatsapp/send", phone=OKOT, text="Hi")
    phones.post("faults", whatsapp={"number_hidden": 1})
    phones.post("whatsapp/send", phone=STRANGER, text="Hi")
    phones.post("whatsapp/send", phone=STRANGER, text="Hi")
    hidden, once, known = (call.form for call in bot.called(HOOK, 3))
    for form, phone in ((hidden, OKOT), (once, STRANGER)):
        assert form["From"] == form["ExternalUserId"] == f"whatsapp:{user_id(phone)}"
        assert "WaId" not in form
        assert phone[1:] not in json.dumps(form)
    assert (known["From"], known["WaId"]) == (f"whatsapp:{STRANGER}", STRANGER[1:])
    assert known["ExternalUserId"] == once["ExternalUserId"]
    for form, phone in ((hidden, OKOT), (once, STRANGER)):
        answer = client(phones).messages.create(to=form["From"], from_=BOT, body="Hello")
        assert answer.to == form["From"]
        assert chat(phones, phone)[-1]["text"] == "Hello"


@pytest.mark.parametrize(("phone", "country"), [(GRACE, "UG"), (STRANGER, "KE")])
def test_an_id_is_the_same_at_every_start(phone: str, country: str) -> None:
    assert re.fullmatch(rf"{country}\.\d{{16}}", user_id(phone))
    assert user_id(GRACE) == "UG.2532670253213539"


def test_a_webhook_may_come_twice(bot: Bot, phones: Phones) -> None:
    phones.post("faults", whatsapp={"webhook_twice": 1})
    phones.post("whatsapp/send", phone=GRACE, text="Hi")
    first, again = bot.called(HOOK, 2)
    assert first.body == again.body
    assert len(chat(phones)) == 1


# What the bot's TwiML says.


def test_each_message_of_the_twiml_is_on_the_phone(bot: Bot, phones: Phones) -> None:
    says(bot, "One & <two>", "Three")
    answer = phones.post("whatsapp/send", phone=GRACE, text="Hi").json()
    assert [each["text"] for each in answer["messages"]] == ["One & <two>", "Three"]
    assert [each["text"] for each in chat(phones)] == ["Hi", "One & <two>", "Three"]
    assert answer["messages"][0].keys() == chat(phones)[0].keys()


def test_a_message_of_the_twiml_tells_its_statuses_where_it_says(bot: Bot, phones: Phones) -> None:
    twiml = MessagingResponse()
    twiml.message("Hello", action=STATUS)
    bot.pages[HOOK] = lambda _: Response(str(twiml), content_type="text/xml")
    (said,) = phones.post("whatsapp/send", phone=GRACE, text="Hi").json()["messages"]
    assert {call.form["MessageSid"] for call in bot.called(STATUS, 3)} == {said["id"]}


@pytest.mark.parametrize(
    ("kind", "body", "said"),
    [
        ("text/xml", "<Response/>", []),
        (
            "application/xml",
            "<?xml version='1.0' encoding='UTF-8'?><Response><Message>é</Message></Response>",
            ["é"],
        ),
        (
            "text/xml",
            "<Response><Message><Body>a</Body></Message><Message>\n b\n</Message></Response>",
            ["a", "b"],
        ),
        ("text/html", "", []),
    ],
)
def test_twiml_is_read(kind: str, body: str, said: list[str]) -> None:
    assert read_twiml(kind, body.encode()) == [Said(text) for text in said]


@pytest.mark.parametrize(
    ("kind", "body", "code"),
    [
        ("text/plain", "<Response/>", 12300),
        ("text/html", "<Response/>", 12300),
        ("", "<Response/>", 12300),
        ("text/xml", "Hello", 12100),
        ("text/xml", "<Message>Hello</Message>", 12100),
        ("text/xml", "<Response><Say>Hello</Say></Response>", 12200),
        ("text/xml", "<Response><Message/></Response>", 14103),
        ("text/xml", f"<Response><Message>{'x' * 1_601}</Message></Response>", 21617),
        ("text/xml", f"<Response>{' ' * 65_536}</Response>", 11750),
    ],
)
def test_an_answer_that_is_no_twiml_is_refused_by_its_code(kind: str, body: str, code: int) -> None:
    with pytest.raises(NotTaken, match=f"^{code}: "):
        read_twiml(kind, body.encode())


def problem(bot: Bot, phones: Phones, page: Any) -> str:
    """What the page is told when the bot answers a message so."""
    bot.pages[HOOK] = page
    answer = phones.post("whatsapp/send", phone=GRACE, text="Hi")
    assert (answer.status_code, set(answer.json())) == (502, {"error"})
    text: str = answer.json()["error"]
    return text


def test_an_answer_that_is_none_is_said_and_the_message_not_sent_again(bot: Bot, phones: Phones) -> None:
    plain = Response("<Response/>", content_type="text/plain")
    assert problem(bot, phones, lambda _: plain) == "12300: the answer's content type is text/plain, not text/xml"
    assert problem(bot, phones, lambda _: Response(status=403)) == "11200: the bot answered with HTTP 403"
    moved = Response(status=307, headers={"Location": "/elsewhere"})
    assert problem(bot, phones, lambda _: moved) == "11200: the bot answered with HTTP 307"
    says(bot, "Hello")
    assert phones.post("whatsapp/send", phone=GRACE, text="Hi").status_code == 200
    assert len(bot.called(HOOK, 4)) == 4
    statuses = [(each["text"], each["status"]) for each in chat(phones) if each["mine"]]
    assert statuses == [*[("Hi", "sent")] * 3, ("Hi", "delivered")]


def trickle(bot: Bot) -> Iterator[bytes]:
    while not bot.released.wait(0.05):
        yield b" "


def stall(bot: Bot) -> Iterator[bytes]:
    yield b"<Response>"
    bot.released.wait()


def silence(bot: Bot) -> Iterator[bytes]:
    bot.released.wait()
    yield b""


@pytest.mark.parametrize("body", [trickle, stall, silence])
def test_an_answer_must_be_whole_at_the_deadline(bot: Bot, start: Start, body: Any) -> None:
    phones = start(twilio_answer_seconds=0.2)
    slow = Response(body(bot), content_type="text/xml")
    assert problem(bot, phones, lambda _: slow) == "11200: the bot did not answer in 0.2 s"
    bot.called(HOOK, 1)


def test_a_bot_that_is_not_there_is_said(start: Start) -> None:
    phones = start(bot_url="http://127.0.0.1:9")
    answer = phones.post("whatsapp/send", phone=GRACE, text="Hi")
    assert (answer.status_code, answer.json()) == (502, {"error": "11205: the bot cannot be reached"})
    assert [each["status"] for each in chat(phones)] == ["sent"]


# What the page shows.


def test_the_page_hears_of_every_message_and_status(bot: Bot, phones: Phones) -> None:
    says(bot, "Hello")
    (said,) = phones.post("whatsapp/send", phone=GRACE, text="Hi").json()["messages"]
    assert until_read(phones, said["id"]) == [
        ("Hi", "sent"),
        ("Hi", "delivered"),
        ("Hello", "sent"),
        ("Hello", "delivered"),
        ("Hello", "read"),
    ]


def test_a_phone_keeps_its_newest_messages(phones: Phones) -> None:
    phones.post("whatsapp/send", phone=GRACE, text="Hi")
    sdk = client(phones)
    for number in range(200):
        sdk.messages.create(to=f"whatsapp:{GRACE}", from_=BOT, body=str(number))
    kept = chat(phones)
    assert (len(kept), kept[0]["text"], kept[-1]["text"]) == (200, "0", "199")
