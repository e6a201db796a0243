"""Twilio's WhatsApp, spoken to with its own SDK; what it sends is checked with the SDK's validator."""

import json
import re
from collections.abc import Iterator
from typing import Any

import pytest
import requests
from twilio.base.exceptions import TwilioRestException
from twilio.request_validator import RequestValidator, get_signature_algorithm
from twilio.rest import Client
from twilio.rest.content.v1.content import ContentList
from twilio.rest.content.v1.content.approval_create import ApprovalCreateList
from twilio.twiml.messaging_response import MessagingResponse
from werkzeug import Response

from simulator.twilio.chats import user_id
from simulator.twilio.hooks import NotTaken, Said, read_twiml, sign
from tests.simulator.conftest import GRACE, OKOT, STRANGER, Bot, Call, Phones, Start
from tests.waiting import WAIT_SECONDS

ACCOUNT, TOKEN = "AC00000000000000000000000000000001", "0123456789abcdef0123456789abcdef"
BOT, SERVICE = "whatsapp:+14155238886", "MG00000000000000000000000000000001"
HOOK, STATUS = "/hooks/twilio/whatsapp", "/hooks/twilio/status"

TEXT = {"twilio/text": {"body": "Hello {{1}}, the meeting is on {{2}}."}}
REPLIES = {
    "twilio/quick-reply": {
        "body": "Pay {{1}}?",
        "actions": [
            {"type": "QUICK_REPLY", "title": "Yes", "id": "yes:{{2}}"},
            {"type": "QUICK_REPLY", "title": "No", "id": "no:{{2}}"},
        ],
    }
}
PICKER = {
    "twilio/list-picker": {
        "body": "{{1}}",
        "button": "{{2}}",
        "items": [
            {"id": "{{3}}", "item": "{{4}}", "description": "{{5}}"},
            {"id": "balance", "item": "Balance"},
        ],
    }
}
PICKED = {"1": "What would you like?", "2": "Menu", "3": "pay", "4": "Pay", "5": "Put money in"}


def client(phones: Phones, account: str = ACCOUNT, token: str = TOKEN) -> Client:
    twilio = Client(account, token)
    twilio.api.base_url = twilio.content.base_url = f"{phones.sim.url}/twilio"
    return twilio


def send(phones: Phones, phone: str = GRACE, **fields: Any) -> Any:
    whole = {"to": f"whatsapp:{phone}", "from_": BOT} | fields
    return client(phones).messages.create(**whole)


def create(phones: Phones, types: Any, **variables: str) -> Any:
    body = {"friendly_name": "t", "language": "en", "variables": variables, "types": types}
    contents = client(phones).content.v1.contents
    return contents.create(content_create_request=ContentList.ContentCreateRequest(body))


def ask_approval(phones: Phones, sid: str, name: str = "reminder", category: str = "UTILITY") -> Any:
    wanted = ApprovalCreateList.ContentApprovalRequest({"name": name, "category": category})
    return client(phones).content.v1.contents(sid).approval_create.create(content_approval_request=wanted)


def refusal(call: Any) -> tuple[int, int]:
    """The HTTP status and Twilio's code of a call that is refused."""
    with pytest.raises(TwilioRestException) as caught:
        call()
    return caught.value.status, caught.value.code or 0


def chat(phones: Phones, phone: str = GRACE) -> list[dict[str, Any]]:
    messages: list[dict[str, Any]] = phones.get("whatsapp", phone=phone)["messages"]
    return messages


def valid(bot: Bot, call: Call, url: str = "", **changes: Any) -> bool:
    algorithm = get_signature_algorithm(call.headers.get("X-Twilio-Webhooks-Signature-Settings", ""))
    signature = call.headers["X-Twilio-Signature"]
    return RequestValidator(TOKEN).validate(url or bot.url + call.path, call.form | changes, signature, algorithm)


def says(bot: Bot, *texts: str) -> None:
    twiml = MessagingResponse()
    for text in texts:
        twiml.message(text)
    bot.pages[HOOK] = lambda _: Response(str(twiml), content_type="text/xml")


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


def until_read(phones: Phones, sid: str) -> list[tuple[str, str]]:
    """What the page heard, text and status, until this message was read."""
    seen: list[tuple[str, str]] = []
    after = 0
    while True:
        happened = phones.sim.world.events(after, GRACE, WAIT_SECONDS)
        assert happened, f"no more events after {seen}"
        for event in happened:
            after = event.id
            if event.kind == "whatsapp":
                seen.append((event.data["text"], event.data["status"]))
                if (event.data["id"], event.data["status"]) == (sid, "read"):
                    assert event.data in chat(phones)
                    return seen


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


def fate(bot: Bot, phones: Phones, phone: str = GRACE, **fields: Any) -> str:
    """Where a message that the API took ends: "read", or the code of its failure."""
    message = send(phones, phone, status_callback=bot.url + STATUS, **fields)
    with bot.changed:
        mine = [call.form for call in bot.calls if call.form.get("MessageSid") == message.sid]
        while not mine or mine[-1]["MessageStatus"] not in ("read", "failed"):
            assert bot.changed.wait(WAIT_SECONDS), "no final status"
            mine = [call.form for call in bot.calls if call.form.get("MessageSid") == message.sid]
    return mine[-1].get("ErrorCode") or mine[-1]["MessageStatus"]


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


# Contents.


def test_contents_are_kept_listed_by_page_and_deleted(phones: Phones) -> None:
    contents = client(phones).content.v1.contents
    made = [create(phones, TEXT, **{"1": str(number), "2": "Monday"}).sid for number in range(5)]
    assert all(re.fullmatch(r"HX[0-9a-f]{32}", sid) for sid in made)
    assert [each.sid for each in contents.list(page_size=2)] == made
    kept = contents(made[0]).fetch()
    assert (kept.friendly_name, kept.language, kept.types) == ("t", "en", TEXT)
    assert kept.variables == {"1": "0", "2": "Monday"}
    assert contents(made[0]).delete()
    assert [each.sid for each in contents.list()] == made[1:]
    assert refusal(lambda: contents(made[0]).fetch()) == (404, 20404)
    assert refusal(lambda: contents(made[0]).delete()) == (404, 20404)


def quick_replies(count: int, **first: str) -> dict[str, Any]:
    actions = [{"type": "QUICK_REPLY", "title": str(n), "id": str(n)} for n in range(count)]
    actions[:1] = [actions[0] | first] if actions else []
    return {"twilio/quick-reply": {"body": "Which?", "actions": actions}}


def rows(count: int, button: str = "Menu", body: str = "Which?", **first: str) -> dict[str, Any]:
    items = [{"id": str(n), "item": str(n), "description": ""} for n in range(count)]
    items[:1] = [items[0] | first] if items else []
    return {"twilio/list-picker": {"body": body, "button": button, "items": items}}


TOO_MUCH = [
    ({"twilio/text": {"body": "x" * 1_601}}, {"twilio/text": {"body": "x" * 1_600}}),
    (rows(1, body="x" * 1_025), rows(1, body="x" * 1_024)),
    (rows(1, button="x" * 21), rows(1, button="x" * 20)),
    (rows(0), rows(1)),
    (rows(11), rows(10)),
    (rows(1, item="x" * 25), rows(1, item="x" * 24)),
    (rows(1, description="x" * 73), rows(1, description="x" * 72)),
    (rows(1, id="x" * 201), rows(1, id="x" * 200)),
    (rows(2, id="1"), rows(2, id="7")),
    (quick_replies(0), quick_replies(1)),
    (quick_replies(11), quick_replies(10)),
    (quick_replies(1, title="x" * 21), quick_replies(1, title="x" * 20)),
    (quick_replies(2, id="1"), quick_replies(2, id="7")),
]


@pytest.mark.parametrize(("wrong", "right"), TOO_MUCH)
def test_a_content_over_a_limit_is_refused(phones: Phones, wrong: Any, right: Any) -> None:
    assert refusal(lambda: create(phones, wrong)) == (400, 20422)
    assert create(phones, right).sid


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"language": "en", "types": {}},
        {"language": "en", "types": {"twilio/card": {"title": "x"}}},
        {"language": "en", "types": {"twilio/text": {"body": 7}}},
        {"language": "en", "types": {"twilio/text": []}},
        {"language": "en", "types": {"twilio/quick-reply": {"body": "x", "actions": ["yes"]}}},
        {"language": "en", "types": {"twilio/text": {"body": "x"}}, "variables": {"1": 2}},
        {"language": "", "types": {"twilio/text": {"body": "x"}}},
        [],
    ],
)
def test_a_content_that_is_none_is_refused(phones: Phones, body: Any) -> None:
    url = f"{phones.sim.url}/twilio/v1/Content"
    refused = requests.post(url, json=body, auth=(ACCOUNT, TOKEN))
    assert (refused.status_code, refused.json()["code"]) == (400, 20422)
    assert set(refused.json()) == {"code", "message", "more_info", "status"}


@pytest.mark.parametrize(
    ("variables", "code"),
    [
        ("{", 21656),
        ("[]", 21656),
        ('{"4": ""}', 21656),
        ('{"4": null}', 21656),
        ('{"1": "one\\ntwo"}', 21656),
        ('{"1": "one     two"}', 21656),
        (json.dumps({"1": "x" * 1_025}), 63021),
        (json.dumps({"2": "x" * 21}), 63021),
        (json.dumps({"3": "x" * 201}), 63021),
        (json.dumps({"4": "x" * 25}), 63021),
        (json.dumps({"5": "x" * 73}), 63021),
        ('{"3": "balance"}', 63021),
    ],
)
def test_variables_must_fit_where_they_go(phones: Phones, variables: str, code: int) -> None:
    phones.post("whatsapp/send", phone=GRACE, text="Hi")
    picker = create(phones, PICKER, **PICKED)
    assert refusal(lambda: send(phones, content_sid=picker.sid, content_variables=variables)) == (400, code)
    assert len(chat(phones)) == 1
    fits = {"1": "x" * 1_024, "2": "x" * 20, "3": "x" * 200, "4": "x" * 24, "5": "x" * 72}
    send(phones, content_sid=picker.sid, content_variables=json.dumps(fits))
    assert len(chat(phones)) == 2


def test_a_variable_needs_a_value_or_a_sample(phones: Phones) -> None:
    text = create(phones, TEXT, **{"2": "Monday"})
    assert refusal(lambda: send(phones, content_sid=text.sid)) == (400, 21656)
    assert send(phones, content_sid=text.sid, content_variables='{"1": "Okot"}').body.startswith("Hello Okot")


def test_a_session_may_be_told_to_take_a_line_end_in_a_variable(phones: Phones) -> None:
    text = create(phones, TEXT, **{"1": "Akello", "2": "Monday"})
    phones.post("faults", whatsapp={"newlines": "taken"})
    broken = {"content_sid": text.sid, "content_variables": '{"1": "you\\nthere"}'}
    assert send(phones, **broken).body == "Hello you\nthere, the meeting is on Monday."
    ask_approval(phones, text.sid)
    assert refusal(lambda: send(phones, **broken)) == (400, 21656)


def test_three_buttons_need_no_approval_and_four_do(phones: Phones) -> None:
    phones.post("whatsapp/send", phone=GRACE, text="Hi")
    three, four = create(phones, quick_replies(3)).sid, create(phones, quick_replies(4)).sid
    send(phones, content_sid=three)
    assert refusal(lambda: send(phones, content_sid=four)) == (400, 63021)
    ask_approval(phones, four)
    send(phones, content_sid=four)
    assert [len(each["buttons"]) for each in chat(phones)] == [0, 3, 4]


@pytest.mark.parametrize(
    ("types", "samples", "reason"),
    [
        (TEXT, {"1": "Akello", "2": "Monday"}, ""),
        (TEXT, {"1": "Akello"}, "no sample"),
        ({"twilio/text": {"body": "{{1}} is due."}}, {"1": "5,500"}, "starts or ends"),
        ({"twilio/text": {"body": "Due: {{1}}"}}, {"1": "5,500"}, "starts or ends"),
        ({"twilio/text": {"body": "Due: {{1}} {{2}}."}}, {"1": "5,500", "2": "UGX"}, "side by side"),
        ({"twilio/text": {"body": "x" * 1_025}}, {}, "longer than 1024"),
        ({"twilio/text": {"body": "x" * 1_024}}, {}, ""),
        (PICKER, PICKED, "list picker"),
        (REPLIES, {"1": "5,500", "2": "7f2"}, ""),
    ],
)
def test_a_template_is_approved_unless_something_speaks_against_it(
    phones: Phones, types: Any, samples: dict[str, str], reason: str
) -> None:
    content = create(phones, types, **samples)
    fetch = client(phones).content.v1.contents(content.sid).approval_fetch()
    assert fetch.fetch().whatsapp["status"] == "unsubmitted"
    answer = ask_approval(phones, content.sid)
    assert answer.status == ("rejected" if reason else "approved")
    assert reason in answer.rejection_reason
    kept = fetch.fetch()
    assert (kept.sid, kept.whatsapp["status"], kept.whatsapp["name"]) == (content.sid, answer.status, "reminder")


def test_a_template_has_a_name_and_a_category(phones: Phones) -> None:
    content = create(phones, TEXT, **{"1": "Akello", "2": "Monday"})
    assert refusal(lambda: ask_approval(phones, content.sid, name="My Template")) == (400, 20422)
    assert refusal(lambda: ask_approval(phones, content.sid, category="NEWS")) == (400, 20422)
    assert refusal(lambda: ask_approval(phones, "HX" + "0" * 32)) == (404, 20404)


def test_a_template_that_waits_for_approval_opens_nothing(bot: Bot, phones: Phones) -> None:
    content = create(phones, TEXT, **{"1": "Akello", "2": "Monday"})
    phones.post("faults", whatsapp={"approval": "pending"})
    assert ask_approval(phones, content.sid).status == "pending"
    assert fate(bot, phones, content_sid=content.sid) == "63016"


def test_of_several_types_the_richest_is_shown(phones: Phones) -> None:
    phones.post("whatsapp/send", phone=GRACE, text="Hi")
    send(phones, content_sid=create(phones, {"twilio/text": {"body": "plain"}} | rows(2)).sid)
    assert chat(phones)[-1]["text"] == "Which?"


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
