"""Twilio's contents: what one may hold, what fills it, and which is approved as a template."""

import json
import re
from typing import Any

import pytest
import requests

from tests.simulator.conftest import GRACE, Bot, Phones
from tests.simulator.twilio.sdk import (
    ACCOUNT,
    PICKED,
    PICKER,
    REPLIES,
    TEXT,
    TOKEN,
    ask_approval,
    chat,
    client,
    create,
    fate,
    refusal,
    send,
)


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
