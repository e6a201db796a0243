"""What a bot does with Twilio's own SDK, and what a person sees of it on the phone."""

from typing import Any

import pytest
from twilio.base.exceptions import TwilioRestException
from twilio.request_validator import RequestValidator, get_signature_algorithm
from twilio.rest import Client
from twilio.rest.content.v1.content import ContentList
from twilio.rest.content.v1.content.approval_create import ApprovalCreateList
from twilio.twiml.messaging_response import MessagingResponse
from werkzeug import Response

from tests.simulator.conftest import GRACE, Bot, Call, Phones
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


def fate(bot: Bot, phones: Phones, phone: str = GRACE, **fields: Any) -> str:
    """Where a message that the API took ends: "read", or the code of its failure."""
    message = send(phones, phone, status_callback=bot.url + STATUS, **fields)
    with bot.changed:
        mine = [call.form for call in bot.calls if call.form.get("MessageSid") == message.sid]
        while not mine or mine[-1]["MessageStatus"] not in ("read", "failed"):
            assert bot.changed.wait(WAIT_SECONDS), "no final status"
            mine = [call.form for call in bot.calls if call.form.get("MessageSid") == message.sid]
    return mine[-1].get("ErrorCode") or mine[-1]["MessageStatus"]
