"""
Africa's Talking's bulk SMS: the API the bot sends with, the phones' inboxes, and the callbacks.

Source: Africa's Talking, "Send SMS", "Delivery reports", "Incoming messages", "Bulk SMS opt out".
"""

import hmac
import re
import threading
from collections import OrderedDict, deque
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import Any, Final
from uuid import uuid4

import requests
from flask import Blueprint, Response, request

from simulator.control import strings
from simulator.gsm import sms_parts
from simulator.world import Switches, World

INBOX_MAX = 200
INBOXES_MAX = 5_000
INBOUND_ATTEMPTS_MAX = 6

# What one part costs, in ten-thousandths of a shilling, as the API counts.
PART_COST = 35_0000
DEFAULT_SENDER = "AFRICASTKNG"

REJECTIONS: Final = {
    "RiskHold": 401,
    "InvalidSenderId": 402,
    "InvalidPhoneNumber": 403,
    "UnsupportedNumberType": 404,
    "InsufficientBalance": 405,
    "UserInBlacklist": 406,
    "CouldNotRoute": 407,
    "InternalServerError": 500,
    "GatewayError": 501,
    "RejectedByGateway": 502,
}

FAILURES: Final = {
    "InsufficientCredit",
    "InvalidLinkId",
    "UserIsInactive",
    "UserInBlackList",
    "UserAccountSuspended",
    "NotNetworkSubscriber",
    "UserNotSubscribedToProduct",
    "UserDoesNotExist",
    "DeliveryFailure",
}

Json = dict[str, Any]


class Sms:
    """
    Switches: `rejects` {number: name in REJECTIONS}, `undelivered` {number: a report's failureReason},
    `ends` {number: the last status of a report, any word}, `codes_as` "number" or "string",
    `rejection` (the message when `request_rejected` hits), `keeps_list` whether the operator bars who said STOP
    itself, and the counted ones.
    """

    def __init__(self, world: World) -> None:
        self.world = world
        self.faults = world.faults["sms"] = Switches(
            (
                "request_rejected",
                "status_500_before_accept",
                "status_500_after_accept",
                "no_report",
                "report_twice",
                "reports_reordered",
                "inbound_twice",
            ),
            {
                "rejects": {},
                "undelivered": {},
                "ends": {},
                "codes_as": "number",
                "rejection": "InvalidSenderId",
                "keeps_list": True,
            },
            allowed={
                "rejects": REJECTIONS,
                "undelivered": FAILURES,
                "codes_as": ("number", "string"),
                "keeps_list": (True, False),
            },
        )
        self._inboxes: OrderedDict[str, deque[Json]] = OrderedDict()
        self._blacklist: set[str] = set()
        self._lock = threading.Lock()

    def inbox(self, phone: str) -> list[Json]:
        """What the phone has received, oldest first: {"id", "at", "from", "text"}."""
        with self._lock:
            return list(self._inboxes.get(phone, ()))

    def send(self, recipients: Iterable[str], text: str, sender: str) -> Json:
        """Take one request; the answer has one row a recipient, accepted or not."""
        parts = sms_parts(text)
        rows = [self._take(number.strip(), text, sender, parts) for number in recipients]
        accepted = sum(row["statusCode"] == 101 for row in rows)
        total = _cost(accepted * parts * PART_COST)
        if self.faults.get("codes_as") == "string":
            rows = [row | {"statusCode": str(row["statusCode"])} for row in rows]
        return _answer(f"Sent to {accepted}/{len(rows)} Total Cost: {total}", rows)

    def write(self, phone: str, text: str) -> None:
        """
        A person writes to the service's number.

        Where the operator keeps a list, STOP also opts the phone out, which the bot is told of, and START opts it
        in again.
        """
        word = text.strip().upper()
        barred = word == "STOP" and self.faults.get("keeps_list")
        with self._lock:
            received = self._inboxes.get(phone)
            sender = received[-1]["from"] if received else DEFAULT_SENDER
            if barred:
                self._blacklist.add(phone)
            elif word == "START":
                self._blacklist.discard(phone)
        inbound = {
            "date": f"{datetime.now(UTC):%Y-%m-%d %H:%M:%S}",
            "from": phone,
            "id": str(uuid4()),
            "linkId": "",
            "text": text,
            "to": self.world.config.short_code,
        }
        for _ in range(2 if self.faults.take("inbound_twice") else 1):
            self.world.later(0, lambda: self._deliver_inbound(inbound, 1))
        if barred:
            optout = {"senderId": sender, "phoneNumber": phone}
            self.world.later(0, lambda: self._post("optout", optout))

    def _take(self, number: str, text: str, sender: str, parts: int) -> Json:
        if name := self._rejection(number):
            # What a rejected number costs, and its id, are as seen; no document says.
            return {
                "statusCode": REJECTIONS[name],
                "number": number,
                "status": name,
                "cost": "0",
                "messageId": "None",
            }
        message_id = f"ATXid_{uuid4().hex}"
        self._report_later(message_id, number)
        if number not in self.faults.get("undelivered") and number not in self.faults.get("ends"):
            self._receive(number, message_id, text, sender)
        return {
            "statusCode": 101,
            "number": number,
            "status": "Success",
            "cost": _cost(parts * PART_COST),
            "messageId": message_id,
            "messageParts": parts,
        }

    def _rejection(self, number: str) -> str:
        if not re.fullmatch(r"\+\d{7,15}", number):
            return "InvalidPhoneNumber"
        with self._lock:
            if number in self._blacklist:
                return "UserInBlacklist"
        name: str = self.faults.get("rejects").get(number, "")
        return name

    def _receive(self, phone: str, message_id: str, text: str, sender: str) -> None:
        at = f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%SZ}"
        message = {"id": message_id, "at": at, "from": sender, "text": text}
        with self._lock:
            self._inboxes.setdefault(phone, deque(maxlen=INBOX_MAX)).append(message)
            self._inboxes.move_to_end(phone)
            if len(self._inboxes) > INBOXES_MAX:
                self._inboxes.popitem(last=False)
        self.world.publish("sms", phone, message)

    def _report_later(self, message_id: str, number: str) -> None:
        """An interim report and then the final one, unless a switch says otherwise."""
        if self.faults.take("no_report"):
            return
        report = {
            "id": message_id,
            "status": "Success",
            "phoneNumber": number,
            "networkCode": self.world.person(number).network,
            "retryCount": "0",
        }
        if reason := self.faults.get("undelivered").get(number):
            report |= {"status": "Failed", "failureReason": reason}
        elif status := self.faults.get("ends").get(number):
            report |= {"status": status}
        interim = {key: value for key, value in report.items() if key != "failureReason"}
        reports = [interim | {"status": "Sent"}, report]
        if self.faults.take("reports_reordered"):
            reports.reverse()
        if self.faults.take("report_twice"):
            reports = [each for each in reports for _ in range(2)]

        def post_in_order() -> None:
            for each in reports:
                self._post("dlr", each)

        self.world.later(self.world.config.delivery_seconds, post_in_order)

    def _deliver_inbound(self, message: Mapping[str, str], attempt: int) -> None:
        """Again, ever more slowly, until the bot answers 200: the real one goes on for up to 12 hours."""
        if self._post("inbound", message) != 200 and attempt < INBOUND_ATTEMPTS_MAX:
            wait = self.world.config.inbound_retry_seconds * 2 ** (attempt - 1)
            self.world.later(wait, lambda: self._deliver_inbound(message, attempt + 1))

    def _post(self, hook: str, form: Mapping[str, str]) -> int:
        """The HTTP status the bot answers with; 0 when it cannot be reached."""
        try:
            with self.world.http.post(
                self.world.hook(hook), data=form, timeout=self.world.config.answer_seconds
            ) as answer:
                return answer.status_code
        except requests.RequestException:
            return 0

    def api(self) -> Blueprint:
        """The API the bot calls: mounted at /version1."""
        routes = Blueprint("sms_api", __name__)

        @routes.post("/messaging")
        def messaging() -> tuple[Json, int] | Response:
            # A refusal is plain text; only what was read is answered in JSON.
            wanted, key = self.world.config.at_api_key, request.headers.get("apiKey", "")
            if not key or (wanted and not hmac.compare_digest(key.encode(), wanted.encode())):
                return _refuse(401, "The supplied authentication is invalid")
            for name in ("username", "to", "message"):
                if not request.form.get(name):
                    return _refuse(400, f"Request is missing required form field '{name}'")
            if self.faults.take("status_500_before_accept"):
                return _refuse(500, "Internal Server Error")
            sender, senders = request.form.get("from", DEFAULT_SENDER), self.world.config.sender_ids
            if senders and "from" in request.form and sender not in senders:
                return _answer("InvalidSenderId", []), 201
            if self.faults.take("request_rejected"):
                return _answer(self.faults.get("rejection"), []), 201
            answer = self.send(request.form["to"].split(","), request.form["message"], sender)
            if self.faults.take("status_500_after_accept"):
                return _refuse(500, "Internal Server Error")
            return answer, 201

        return routes

    def blueprint(self) -> Blueprint:
        """The phone's side: what the page and the tests call, mounted at /sim/sms."""
        routes = Blueprint("sms", __name__)

        @routes.get("")
        def inbox() -> Json:
            return {"messages": self.inbox(request.args.get("phone", ""))}

        @routes.post("/send")
        def write() -> Json:
            self.write(*strings("phone", "text"))
            return {}

        return routes


def _answer(message: str, recipients: list[Json]) -> Json:
    return {"SMSMessageData": {"Message": message, "Recipients": recipients}}


def _refuse(status: int, text: str) -> Response:
    return Response(text, status, mimetype="text/plain")


def _cost(ten_thousandths: int) -> str:
    return f"UGX {ten_thousandths // 10_000}.{ten_thousandths % 10_000:04}"
