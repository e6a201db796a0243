"""Twilio's WhatsApp, spoken to with its own SDK; what it sends is checked with the SDK's validator."""

import re
from typing import Any

import pytest
import requests
from twilio.request_validator import RequestValidator
from werkzeug import Response

from simulator.twilio.hooks import sign
from tests.simulator.conftest import GRACE, OKOT, Bot, Phones
from tests.simulator.twilio.sdk import (
    ACCOUNT,
    BOT,
    HOOK,
    PICKED,
    PICKER,
    SERVICE,
    STATUS,
    TEXT,
    TOKEN,
    ask_approval,
    chat,
    client,
    create,
    fate,
    refusal,
    send,
    until_read,
    valid,
)

# Signing.

SIGNED_URL = "https://bot.example.org/hooks/twilio/in?env=test"
SIGNED_FORM = {
    "MessageSid": "SM00000000000000000000000000000001",
    "From": "whatsapp:+256772000111",
    "To": "whatsapp:+14155238886",
    "Body": "Pay 5,000",
    "NumMedia": "0",
    "ButtonPayload": "",
}


@pytest.mark.parametrize(
    ("algorithm", "name", "signature"),
    [
        ("sha1", "HMAC_SHA1", "t1oh13DrhUOJ/nPy2hjPD1H+VKg="),
        ("sha256", "HMAC_SHA256", "BNSzpktW5DYlXH3qXkyxdYbq3neWj8yiZYbYBNqeHPE="),
    ],
)
def test_a_signature_covers_the_address_and_every_field(algorithm: str, name: str, signature: str) -> None:
    assert sign(TOKEN, SIGNED_URL, SIGNED_FORM, algorithm) == signature
    check = RequestValidator(TOKEN).validate
    assert check(SIGNED_URL, SIGNED_FORM, signature, name)
    without_empty = {key: value for key, value in SIGNED_FORM.items() if value}
    for url, form in [
        (SIGNED_URL, without_empty),
        (SIGNED_URL.replace("https", "http"), SIGNED_FORM),
        (SIGNED_URL.removesuffix("?env=test"), SIGNED_FORM),
        (SIGNED_URL, SIGNED_FORM | {"Body": "Pay 5,000 "}),
    ]:
        assert not check(url, form, signature, name)


# The bot sends.


def test_a_message_is_taken_and_shown_on_the_phone(phones: Phones) -> None:
    phones.post("whatsapp/send", phone=GRACE, text="Hi")
    message = send(phones, body="Hello", status_callback="")
    assert re.fullmatch(r"SM[0-9a-f]{32}", message.sid)
    assert (message.status, message.direction, message.body) == ("queued", "outbound-api", "Hello")
    assert (message.to, message.from_) == (f"whatsapp:{GRACE}", BOT)
    assert message.error_code is None
    assert message.uri == f"/2010-04-01/Accounts/{ACCOUNT}/Messages/{message.sid}.json"
    assert message.date_created.tzinfo is not None
    written, shown = chat(phones)
    assert (written["text"], written["mine"]) == ("Hi", True)
    assert set(shown) == {"id", "at", "mine", "text", "media", "picture", "document", "buttons", "list", "status"}
    assert (shown["id"], shown["text"], shown["mine"], shown["list"]) == (message.sid, "Hello", False, None)
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", shown["at"])
    assert chat(phones, OKOT) == []


@pytest.mark.parametrize(("account", "token"), [(ACCOUNT, "f" * 32), ("AC" + "f" * 32, TOKEN)])
def test_a_wrong_login_is_401(phones: Phones, account: str, token: str) -> None:
    other = client(phones, account, token)
    assert refusal(lambda: other.messages.create(to=f"whatsapp:{GRACE}", from_=BOT, body="x")) == (401, 20003)
    assert refusal(lambda: other.content.v1.contents("HX" + "0" * 32).fetch()) == (401, 20003)
    assert requests.get(f"{phones.sim.url}/twilio/v1/Content").status_code == 401


def test_a_file_is_fetched_and_opened_on_the_phone_or_fails_later(bot: Bot, phones: Phones) -> None:
    phones.post("whatsapp/send", phone=GRACE, text="Hi")
    bot.pages["/files/1/a b.txt"] = lambda _: Response("Habari", content_type="text/plain; charset=utf-8")
    message = send(phones, body="", media_url=[f"{bot.url}/files/1/a%20b.txt"])
    shown = chat(phones)[-1]
    assert (shown["document"], message.num_media) == ("a b.txt", "1")
    opened = phones.sim.url + "/sim/whatsapp/document"
    answer = requests.get(opened, params={"phone": GRACE, "message": message.sid}, timeout=5)
    assert (answer.text, answer.headers["Content-Security-Policy"]) == ("Habari", "sandbox")
    for asked in ({"phone": OKOT, "message": message.sid}, {"phone": GRACE, "message": "SM0"}, {}):
        assert requests.get(opened, params=asked, timeout=5).status_code == 404
    assert fate(bot, phones, body="", media_url=["http://127.0.0.1:9/a.txt"]) == "63019"


def test_another_account_has_no_messages_here(phones: Phones) -> None:
    other = client(phones).api.v2010.accounts("AC" + "f" * 32)
    assert refusal(lambda: other.messages.create(to=f"whatsapp:{GRACE}", from_=BOT, body="x")) == (404, 20404)


@pytest.mark.parametrize(
    ("fields", "code"),
    [
        ({"to": ""}, 21604),
        ({"to": GRACE}, 21211),
        ({"to": "whatsapp:0772000101"}, 21211),
        ({"to": "whatsapp:UG.1"}, 63003),
        ({"from_": ""}, 21603),
        ({"from_": "whatsapp:+14155230000"}, 63007),
        ({"from_": "", "messaging_service_sid": "MG1"}, 21701),
        ({"body": ""}, 21602),
        ({"body": "", "media_url": ["ftp://bot/a.txt"]}, 21620),
        ({"body": "", "from_": "", "messaging_service_sid": SERVICE}, 21619),
        ({"body": "x" * 1_601}, 21617),
        ({"body": "", "content_sid": "HX" + "0" * 32}, 21655),
        ({"body": "", "content_variables": "{}"}, 21654),
        ({"content_sid": "HX" + "0" * 32, "content_variables": "{}"}, 35127),
        ({"status_callback": "status"}, 21609),
        ({"status_callback": "https://my_bot.example.org/"}, 21609),
    ],
)
def test_a_request_that_is_wrong_is_400_with_its_code(phones: Phones, fields: dict[str, Any], code: int) -> None:
    phones.post("whatsapp/send", phone=GRACE, text="Hi")
    assert refusal(lambda: send(phones, **{"body": "x"} | fields)) == (400, code)
    assert len(chat(phones)) == 1
    send(phones, body="x" * 1_600)
    assert len(chat(phones)) == 2


def test_a_messaging_service_may_stand_for_the_number(phones: Phones) -> None:
    phones.post("whatsapp/send", phone=GRACE, text="Hi")
    message = send(phones, from_="", messaging_service_sid=SERVICE, body="Hello")
    assert (message.status, message.messaging_service_sid) == ("accepted", SERVICE)
    assert chat(phones)[-1]["text"] == "Hello"


@pytest.mark.parametrize(
    ("switch", "answer", "received"),
    [
        ("status_429", (429, 20429), 0),
        ("status_500_before_accept", (500, 20500), 0),
        ("status_500_after_accept", (500, 20500), 1),
    ],
)
def test_a_message_can_be_looked_up_after_an_answer_that_does_not_say(
    phones: Phones, switch: str, answer: tuple[int, int], received: int
) -> None:
    phones.post("faults", whatsapp={switch: 1})
    assert refusal(lambda: send(phones, body="Hello")) == answer
    sent = [m for m in client(phones).messages.list(to=f"whatsapp:{GRACE}") if m.body == "Hello"]
    assert len(sent) == received
    assert send(phones, body="again").status == "queued"


def test_messages_are_listed_newest_first_a_page_at_a_time(phones: Phones) -> None:
    phones.post("whatsapp/send", phone=GRACE, text="Hi")
    for number in range(5):
        send(phones, body=str(number))
        send(phones, OKOT, body="not hers")
    messages = client(phones).messages
    assert [m.body for m in messages.list(to=f"whatsapp:{GRACE}", page_size=2)] == ["4", "3", "2", "1", "0"]
    assert [m.body for m in messages.list(to=f"whatsapp:{GRACE}", limit=1)] == ["4"]
    inbound = messages.list(from_=f"whatsapp:{GRACE}")
    assert [(m.body, m.status, m.direction, m.to) for m in inbound] == [("Hi", "received", "inbound", BOT)]
    assert messages(inbound[0].sid).fetch().body == "Hi"
    assert refusal(lambda: messages("SM" + "0" * 32).fetch()) == (404, 20404)


def test_a_number_can_be_refused_at_once(phones: Phones) -> None:
    phones.post("faults", whatsapp={"errors": {GRACE: 63024}})
    assert refusal(lambda: send(phones, body="Hello")) == (400, 63024)
    assert send(phones, OKOT, body="Hello").status == "queued"


@pytest.mark.parametrize(
    "values", [{"errors": {GRACE: "63024"}}, {"failures": {GRACE: 7}}, {"approval": "perhaps"}]
)
def test_a_switch_takes_no_code_that_is_none(phones: Phones, values: Any) -> None:
    assert phones.post("faults", whatsapp=values).status_code == 400


# Statuses.


def test_statuses_are_told_in_order_and_signed(bot: Bot, phones: Phones) -> None:
    phones.post("whatsapp/send", phone=GRACE, text="Hi")
    message = send(phones, body="Hello", status_callback=bot.url + STATUS)
    calls = bot.called(STATUS, 3)
    assert [call.form["MessageStatus"] for call in calls] == ["sent", "delivered", "read"]
    for call in calls:
        assert call.headers["Content-Type"] == "application/x-www-form-urlencoded"
        assert (call.form["MessageSid"], call.form["SmsSid"]) == (message.sid, message.sid)
        assert (call.form["To"], call.form["From"]) == (f"whatsapp:{GRACE}", BOT)
        assert (call.form["AccountSid"], call.form["ApiVersion"]) == (ACCOUNT, "2010-04-01")
        assert "ErrorCode" not in call.form
        assert valid(bot, call)
        assert not valid(bot, call, MessageStatus="failed")
        assert not valid(bot, call, url=f"{bot.url}{STATUS}?env=test")
    assert client(phones).messages(message.sid).fetch().status == "read"
    assert chat(phones)[-1]["status"] == "read"


@pytest.mark.parametrize(
    ("switch", "statuses"),
    [
        ("statuses_reordered", ["read", "delivered", "sent"]),
        ("status_twice", ["sent", "sent", "delivered", "delivered", "read", "read"]),
    ],
)
def test_statuses_go_wrong_when_told(bot: Bot, phones: Phones, switch: str, statuses: list[str]) -> None:
    phones.post("whatsapp/send", phone=GRACE, text="Hi")
    phones.post("faults", whatsapp={switch: 1})
    send(phones, body="Hello", status_callback=bot.url + STATUS)
    assert [call.form["MessageStatus"] for call in bot.called(STATUS, len(statuses))] == statuses


def test_a_message_without_statuses_is_read_all_the_same(bot: Bot, phones: Phones) -> None:
    phones.post("whatsapp/send", phone=GRACE, text="Hi")
    phones.post("faults", whatsapp={"no_status": 1})
    untold = send(phones, body="untold", status_callback=bot.url + STATUS)
    until_read(phones, untold.sid)
    told = send(phones, body="told", status_callback=bot.url + STATUS)
    assert {call.form["MessageSid"] for call in bot.called(STATUS, 3)} == {told.sid}


def test_a_failure_is_told_and_not_answered(bot: Bot, phones: Phones) -> None:
    phones.post("whatsapp/send", phone=GRACE, text="Hi")
    phones.post("faults", whatsapp={"failures": {GRACE: 63049}})
    message = send(phones, body="Hello", status_callback=bot.url + STATUS)
    assert message.status == "queued"
    (call,) = bot.called(STATUS)
    assert (call.form["MessageStatus"], call.form["ErrorCode"]) == ("failed", "63049")
    assert valid(bot, call)
    assert client(phones).messages(message.sid).fetch().error_code == 63049
    assert chat(phones)[-1]["status"] == "failed"


def test_a_key_signs_with_the_other_algorithm(bot: Bot, phones: Phones) -> None:
    phones.post("faults", whatsapp={"signed_with_key": 1})
    phones.post("whatsapp/send", phone=GRACE, text="Hi")
    phones.post("whatsapp/send", phone=GRACE, text="Hi")
    keyed, plain = bot.called(HOOK, 2)
    settings = keyed.headers["X-Twilio-Webhooks-Signature-Settings"]
    assert re.fullmatch(r"key=\w+,algorithm=HMAC_SHA256", settings)
    assert valid(bot, keyed)
    assert valid(bot, plain)
    signature = keyed.headers["X-Twilio-Signature"]
    assert not RequestValidator(TOKEN).validate(bot.url + HOOK, keyed.form, signature)
    assert "X-Twilio-Webhooks-Signature-Settings" not in plain.headers


# The window of 24 hours.


def test_only_an_approved_template_opens_a_conversation(bot: Bot, phones: Phones) -> None:
    text = create(phones, TEXT, **{"1": "Akello", "2": "Monday"})
    picker = create(phones, PICKER, **PICKED)
    assert fate(bot, phones, body="Hello") == "63016"
    assert fate(bot, phones, content_sid=text.sid) == "63016"
    assert fate(bot, phones, content_sid=picker.sid) == "63016"
    ask_approval(phones, text.sid)
    assert fate(bot, phones, content_sid=text.sid, content_variables='{"2": "Friday"}') == "read"
    assert chat(phones)[-1]["text"] == "Hello Akello, the meeting is on Friday."


def test_what_a_person_writes_opens_the_window_until_it_is_over(bot: Bot, phones: Phones) -> None:
    phones.post("whatsapp/send", phone=GRACE, text="Hi")
    assert fate(bot, phones, body="Hello") == "read"
    assert fate(bot, phones, OKOT, body="Hello") == "63016"
    phones.post("faults", whatsapp={"window_seconds": 0})
    assert fate(bot, phones, body="Hello") == "63016"
