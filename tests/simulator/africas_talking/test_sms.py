"""Africa's Talking's SMS, spoken to with its own SDK."""

import re
from typing import Any

import pytest
import requests
from africastalking.Service import AfricasTalkingException
from africastalking.SMS import SMSService
from werkzeug import Response

from tests.simulator.conftest import GRACE, OKOT, SECRET, STRANGER, Bot, Phones, Start


def sdk(phones: Phones, key: str = "k") -> Any:
    service = SMSService("sandbox", key)
    service._baseUrl = f"{phones.sim.url}/version1"
    return service


def post(phones: Phones, key: str = "k", **form: str) -> requests.Response:
    whole = {"username": "sandbox", "to": GRACE, "message": "Hello"} | form
    headers = {"apiKey": key, "Accept": "application/json"}
    return phones.http.post(f"{phones.sim.url}/version1/messaging", data=whole, headers=headers)


def test_the_sdk_reads_one_row_a_recipient(bot: Bot, phones: Phones) -> None:
    phones.post("faults", sms={"rejects": {OKOT: "InsufficientBalance"}})
    answer = sdk(phones).send("Hello", [GRACE, OKOT], sender_id="CHAMA", enqueue=True)
    data = answer["SMSMessageData"]
    assert data["Message"] == "Sent to 1/2 Total Cost: UGX 35.0000"
    taken, rejected = data["Recipients"]
    assert re.fullmatch(r"ATXid_[0-9a-f]{32}", taken.pop("messageId"))
    assert taken == {
        "statusCode": 101,
        "number": GRACE,
        "status": "Success",
        "cost": "UGX 35.0000",
        "messageParts": 1,
    }
    assert rejected == {
        "statusCode": 405,
        "number": OKOT,
        "status": "InsufficientBalance",
        "cost": "0",
        "messageId": "None",
    }
    assert [message["text"] for message in phones.get("sms", phone=GRACE)["messages"]] == ["Hello"]
    assert phones.get("sms", phone=OKOT) == {"messages": []}


def test_an_answer_is_201_of_exactly_json(phones: Phones) -> None:
    answer = post(phones, message="x" * 161)
    assert (answer.status_code, answer.headers["Content-Type"]) == (201, "application/json")
    data = answer.json()["SMSMessageData"]
    assert list(data) == ["Message", "Recipients"]
    assert data["Message"] == "Sent to 1/1 Total Cost: UGX 70.0000"
    assert data["Recipients"][0]["messageParts"] == 2


def test_a_request_rejected_whole_is_201_too(bot: Bot, start: Start) -> None:
    phones = start(sender_ids=["CHAMA"])
    empty = {"SMSMessageData": {"Message": "InvalidSenderId", "Recipients": []}}
    assert sdk(phones).send("Hello", [GRACE], sender_id="OTHER") == empty
    phones.post("faults", sms={"request_rejected": 1, "rejection": "InsufficientBalance"})
    answer = sdk(phones).send("Hello", [GRACE], sender_id="CHAMA")
    assert answer == {"SMSMessageData": {"Message": "InsufficientBalance", "Recipients": []}}
    assert phones.get("sms", phone=GRACE) == {"messages": []}
    assert sdk(phones).send("Hello", [GRACE], sender_id="CHAMA")["SMSMessageData"]["Recipients"]


@pytest.mark.parametrize(("key", "taken"), [("right", True), ("wrong", False), ("", False)])
def test_a_key_that_is_set_must_be_the_one(start: Start, key: str, taken: bool) -> None:
    phones = start(at_api_key="right")
    if taken:
        assert sdk(phones, key).send("Hello", [GRACE])["SMSMessageData"]["Recipients"]
        return
    with pytest.raises(AfricasTalkingException, match="authentication is invalid"):
        sdk(phones, key).send("Hello", [GRACE])
    assert phones.get("sms", phone=GRACE) == {"messages": []}


def test_without_one_any_key_will_do_but_none(phones: Phones) -> None:
    assert post(phones).status_code == 201
    refused = post(phones, key="")
    assert refused.status_code == 401
    assert refused.headers["Content-Type"].startswith("text/plain")


@pytest.mark.parametrize("field", ["username", "to", "message"])
def test_a_request_that_lacks_a_field_is_400_in_plain_text(phones: Phones, field: str) -> None:
    refused = post(phones, **{field: ""})
    assert (refused.status_code, refused.text) == (400, f"Request is missing required form field '{field}'")


def test_a_number_that_is_none_is_rejected_alone(phones: Phones) -> None:
    rows = post(phones, to=f"0772000101,{GRACE}").json()["SMSMessageData"]["Recipients"]
    assert [(row["statusCode"], row["status"]) for row in rows] == [
        (403, "InvalidPhoneNumber"),
        (101, "Success"),
    ]


def test_reports_follow_in_order(bot: Bot, phones: Phones) -> None:
    row = sdk(phones).send("Hello", [OKOT])["SMSMessageData"]["Recipients"][0]
    interim, final = bot.called("dlr", 2)
    assert final.path == f"/hooks/at/dlr/{SECRET}"
    assert final.headers["Content-Type"] == "application/x-www-form-urlencoded"
    assert final.body == (
        f"id={row['messageId']}&status=Success&phoneNumber=%2B256772000102&networkCode=63903&retryCount=0"
    )
    assert interim.form == final.form | {"status": "Sent"}


@pytest.mark.parametrize(
    ("switches", "statuses"),
    [
        ({"reports_reordered": 1}, ["Success", "Sent"]),
        ({"report_twice": 1}, ["Sent", "Sent", "Success", "Success"]),
        ({"undelivered": {GRACE: "UserIsInactive"}}, ["Sent", "Failed"]),
    ],
)
def test_reports_go_wrong_when_told(
    bot: Bot, phones: Phones, switches: dict[str, Any], statuses: list[str]
) -> None:
    phones.post("faults", sms=switches)
    sdk(phones).send("Hello", [GRACE])
    reports = bot.called("dlr", len(statuses))
    assert [report.form["status"] for report in reports] == statuses
    reasons = {report.form.get("failureReason") for report in reports if report.form["status"] == "Failed"}
    assert reasons == ({"UserIsInactive"} if "Failed" in statuses else set())
    assert bool(phones.get("sms", phone=GRACE)["messages"]) == ("Failed" not in statuses)


def test_a_message_without_reports_has_none(bot: Bot, phones: Phones) -> None:
    phones.post("faults", sms={"no_report": 1})
    sdk(phones).send("unreported", [GRACE])
    known = sdk(phones).send("reported", [GRACE])["SMSMessageData"]["Recipients"][0]["messageId"]
    assert {report.form["id"] for report in bot.called("dlr", 2)} == {known}


@pytest.mark.parametrize(("switch", "received"), [("status_500_before_accept", 0), ("status_500_after_accept", 1)])
def test_a_500_does_not_say_whether_it_was_sent(phones: Phones, switch: str, received: int) -> None:
    phones.post("faults", sms={switch: 1})
    with pytest.raises(AfricasTalkingException, match="Internal Server Error"):
        sdk(phones).send("Hello", [GRACE])
    assert len(phones.get("sms", phone=GRACE)["messages"]) == received


def test_a_person_writes_to_the_service(bot: Bot, phones: Phones) -> None:
    assert phones.post("sms/send", phone=GRACE, text="BALANCE").json() == {}
    call = bot.called("inbound")[0]
    assert call.path == f"/hooks/at/inbound/{SECRET}"
    assert list(call.form) == ["date", "from", "id", "linkId", "text", "to"]
    said = {name: call.form[name] for name in ("from", "linkId", "text", "to")}
    assert said == {"from": GRACE, "linkId": "", "text": "BALANCE", "to": "4455"}


def test_what_a_person_writes_is_repeated_until_the_bot_says_200(bot: Bot, phones: Phones) -> None:
    statuses = [200, 503, 404]
    bot.pages[f"/hooks/at/inbound/{SECRET}"] = lambda _: Response(status=statuses.pop())
    phones.post("sms/send", phone=GRACE, text="BALANCE")
    assert len({call.body for call in bot.called("inbound", 3)}) == 1


def test_stop_opts_out_until_start(bot: Bot, phones: Phones) -> None:
    def status(number: str) -> str:
        row = sdk(phones).send("Hello", [number], sender_id="CHAMA")["SMSMessageData"]["Recipients"][0]
        return f"{row['statusCode']} {row['status']}"

    assert status(GRACE) == "101 Success"
    phones.post("sms/send", phone=GRACE, text=" stop ")
    optout = bot.called("optout")[0]
    assert (optout.path, optout.body) == (
        f"/hooks/at/optout/{SECRET}",
        "senderId=CHAMA&phoneNumber=%2B256772000101",
    )
    assert status(GRACE) == "406 UserInBlacklist"
    assert status(OKOT) == "101 Success"
    phones.post("sms/send", phone=GRACE, text="START")
    assert status(GRACE) == "101 Success"
    assert len(bot.called("inbound", 2)) == 2


def test_a_phone_keeps_its_newest_messages(phones: Phones) -> None:
    service = phones.sim.sms
    phones.post("faults", sms={"no_report": -1})
    for number in range(201):
        service.send([STRANGER], f"message {number}", "CHAMA")
    kept = phones.get("sms", phone=STRANGER)["messages"]
    assert (len(kept), kept[0]["text"], kept[-1]["text"]) == (200, "message 1", "message 200")
    assert set(kept[0]) == {"id", "at", "from", "text"}
