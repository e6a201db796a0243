"""
Whatever a provider answers, or says later, of a message: it is sent, or ended, or tried again; nothing is left
hanging, and nothing is an error of ours. Every word of every provider, those in its documents and others.
"""

import json
from collections.abc import Iterator, Mapping
from contextlib import closing
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode
from uuid import uuid4

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from werkzeug import Request, Response

from channels import port
from channels.deliver import Senders, deliver, report
from channels.errors import MalformedRequest, SendFailed
from channels.port import Push
from channels.sms.text import _DELIVERY as SMS_WORDS
from channels.sms.text import AfricasTalkingSms, to_delivery_report
from channels.telegram import Telegram
from channels.whatsapp.chat import _DELIVERY as WHATSAPP_WORDS
from channels.whatsapp.chat import WhatsApp, signature
from domain.mongo.store import MongoStore
from domain.people.chats import put_address
from domain.records.notice import Notice
from simulator.africas_talking.sms import FAILURES, REJECTIONS
from tests.conftest import Clock
from tests.people import found_village
from tests.served import Served

PHONE, TOKEN = "+256772000101", "0123456789abcdef0123456789abcdef"

SCALARS = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=20)
JSON = SCALARS | st.lists(SCALARS, max_size=2) | st.dictionaries(st.text(max_size=5), SCALARS, max_size=2)


def in_any_case(words: list[str]) -> st.SearchStrategy[str]:
    known = st.sampled_from(words)
    return known | known.map(str.lower) | known.map(str.upper) | known.map(str.title)


@dataclass
class Wire:
    """A provider that answers everything in one way."""

    url: str = ""
    status: int = 200
    body: bytes = b""
    kind: str = "application/json"

    def __call__(self, environ: Any, start: Any) -> Any:
        Request(environ).get_data()
        return Response(self.body, self.status, content_type=self.kind)(environ, start)

    def says(self, status: int, body: Any) -> None:
        self.status = status
        self.body = body if isinstance(body, bytes) else json.dumps(body).encode()


@pytest.fixture(scope="module")
def wire() -> Iterator[Wire]:
    wire = Wire()
    with closing(Served(wire)) as server:
        wire.url = server.url
        yield wire


@pytest.fixture(scope="module")
def senders(wire: Wire) -> Iterator[Mapping[str, port.Sender]]:
    telegram = Telegram("1:x", ("s",), "hook", wire.url)
    whatsapp = WhatsApp("AC1", TOKEN, "+14155238886", "https://bot.example.org", api_url=wire.url)
    yield {"sms": AfricasTalkingSms("sandbox", "k", url=wire.url), "telegram": telegram, "whatsapp": whatsapp}
    telegram.close()


HTTP = st.sampled_from([200, 201, 202, 204, 301, 400, 401, 403, 404, 409, 429, 500, 502, 503])
BODIES = JSON | st.sampled_from([b"", b"<html>Bad Gateway</html>", b"\xff", b"[" * 5_000, b"null"])
RECIPIENT = st.fixed_dictionaries(
    {},
    optional={
        "statusCode": st.sampled_from([100, 101, 102, *REJECTIONS.values(), 999]).flatmap(
            lambda code: st.sampled_from([code, str(code), float(code), [code], None])
        )
        | JSON,
        "status": in_any_case(["Success", "Sent", *REJECTIONS]) | JSON,
        "messageId": st.sampled_from(["ATXid_1", "None", None, 7, ["ATXid_1"]]) | JSON,
        "number": JSON,
    },
)
SENT = st.builds(
    lambda rows, said: {"SMSMessageData": {"Message": said, "Recipients": rows}}, st.lists(RECIPIENT) | JSON, JSON
)
MESSAGE = st.fixed_dictionaries(
    {}, optional={"sid": st.sampled_from(["SM1", None, 7]) | JSON, "status": JSON, "error_code": JSON}
)
CODES = st.sampled_from([21610, "21610", 63016, 63018, None]) | JSON
ERROR = st.fixed_dictionaries({}, optional={"code": CODES, "message": JSON, "status": JSON})
WAITS = st.fixed_dictionaries({}, optional={"retry_after": st.sampled_from([7, "7", None, -1, "x"])}) | JSON
RESULT = st.fixed_dictionaries(
    {},
    optional={
        "ok": JSON,
        "result": st.just({"message_id": 5, "date": 1, "chat": {"id": 77, "type": "private"}, "text": "x"}) | JSON,
        "error_code": JSON,
        "description": JSON,
        "parameters": WAITS,
    },
)
TO = {"sms": PHONE, "telegram": "telegram:77", "whatsapp": f"whatsapp:{PHONE}"}


@settings(max_examples=250, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(channel=st.sampled_from(sorted(TO)), status=HTTP, body=SENT | MESSAGE | ERROR | RESULT | BODIES)
@example(channel="telegram", status=200, body={"ok": True, "result": None})
@example(channel="telegram", status=200, body={"ok": True, "result": {"message_id": "x"}})
@example(channel="whatsapp", status=201, body=[])
@example(channel="whatsapp", status=201, body=b"<html>")
@example(channel="sms", status=201, body={"SMSMessageData": {"Recipients": [None]}})
@example(channel="sms", status=201, body=[])
def test_every_answer_is_an_id_or_says_whether_to_try_again(
    wire: Wire, senders: Mapping[str, port.Sender], clock: Clock, channel: str, status: int, body: Any
) -> None:
    wire.says(status, body)
    try:
        id = senders[channel].send(Push(TO[channel], "Hello", heard_at=clock(), now=clock()))
    except SendFailed:
        return
    assert isinstance(id, str) and id != "None"
    assert status < 300, "what was refused is not sent"


@pytest.mark.parametrize("code", [101, "101", 101.0, "101.0", " 101 "])
def test_a_code_is_the_same_number_however_it_is_written(
    wire: Wire, senders: Mapping[str, port.Sender], code: object
) -> None:
    wire.says(201, {"SMSMessageData": {"Recipients": [{"statusCode": code, "messageId": "ATXid_1"}]}})
    assert senders["sms"].send(Push(PHONE, "Hello")) == "ATXid_1"


# What is told later


def sms_report(status: Any, reason: Any) -> tuple[str, str]:
    form = {"id": "m1"} | {k: str(v) for k, v in (("status", status), ("failureReason", reason)) if v is not None}
    told = to_delivery_report(form)
    return told.state, told.reason


def whatsapp_report(status: Any, code: Any) -> tuple[str, str]:
    whatsapp = WhatsApp("AC1", TOKEN, "+14155238886", "https://bot.example.org")
    told_of = {"MessageStatus": status, "ErrorCode": code}
    form = {"MessageSid": "SM1"} | {name: str(said) for name, said in told_of.items() if said is not None}
    url = "https://bot.example.org/hooks/twilio/status"
    headers = {"x-twilio-signature": signature(TOKEN, url, form.items()).decode()}
    told = whatsapp.to_status(port.Request(url, headers, urlencode(form).encode()))
    return told.state, told.reason


WORDS = in_any_case([*SMS_WORDS, *WHATSAPP_WORDS, "Teleported"]) | JSON
WHY = st.none() | in_any_case(sorted(FAILURES)) | st.sampled_from(["63016", "0", "", "21610"]) | JSON


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(status=WORDS, why=WHY, by_whatsapp=st.booleans())
def test_every_report_ends_a_message_or_leaves_it_sent_or_sends_it_another_way(
    store: MongoStore, clock: Clock, status: Any, why: Any, by_whatsapp: bool
) -> None:
    id, where = str(uuid4()), f"whatsapp:{PHONE}" if by_whatsapp else "text"
    notice = Notice(id, "p", "pin_changed", {}, clock(), None, state="sent", provider_id=id, sent_to=where)
    store.notices.insert(notice)
    try:
        state, reason = (whatsapp_report if by_whatsapp else sms_report)(status, why)
    except MalformedRequest:
        return  # it is answered 400, and the message stays as it was
    report(store, id, state, reason)
    after = store.notices.get(id)
    if state == "failed":
        assert (after.state, after.next_at is None, after.tried) == ("queued", False, (where,))
    else:
        assert (after.state, after.next_at) == (state, None)
    known = (WHATSAPP_WORDS if by_whatsapp else SMS_WORDS).get(str(status).lower())
    assert state == (known or state), "a word is the same in any case"
    if known is None:
        assert state in ("sent", "failed"), "nothing unknown is taken for delivered"


def test_what_no_way_takes_is_over_and_a_person_with_another_way_hears_by_it(
    store: MongoStore, wire: Wire, senders: Mapping[str, port.Sender]
) -> None:
    village = found_village(store)
    put_address(store, "telegram:77", "telegram", village.akello.id)
    for id in store.notices.due(store.now(), 100):
        store.notices.change(id, state="sent", next_at=None)
    now = store.now()
    for status, body in ((404, {"ok": False}), (400, b"<html>"), (403, {"ok": False, "description": "Forbidden"})):
        id = str(uuid4())
        store.notices.insert(Notice(id, village.akello.id, "pin_changed", {}, now, now))
        chats = {"telegram": senders["telegram"]}
        for _ in range(10):
            wire.says(status, body)
            deliver(store, Senders(chats, senders["sms"]), id)
        after = store.notices.get(id)
        assert after.state == "failed" or after.next_at is not None, (status, after)
