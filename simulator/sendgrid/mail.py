"""
SendGrid's Mail Send: the API that the bot sends with, and what arrived at each address.

Source: Twilio SendGrid, "Mail Send", "Errors", "Rate limits".
"""

import base64
import binascii
import re
import threading
import time
from collections import deque
from typing import Any, Final
from uuid import uuid4

from flask import Blueprint, Response, jsonify, request

from simulator.world import Switches, World

INBOX_MAX: Final = 1_000
_ADDRESS: Final = re.compile(r"[^@\s<>]+@[^@\s<>]+\.[^@\s<>]+")
_HEADER: Final = re.compile(r"[A-Za-z0-9-]+")
# What a request may not set as a header, since it has fields of its own or SendGrid writes it.
RESERVED: Final = frozenset(
    {
        "x-sg-id", "x-sg-eid", "received", "dkim-signature", "content-type", "content-transfer-encoding", "to",
        "from", "subject", "reply-to", "cc", "bcc",
    }
)  # fmt: skip

Json = dict[str, Any]


class Problem(Exception):
    """What is wrong with a request, and with which field of it."""

    def __init__(self, message: str, field: str = "") -> None:
        super().__init__(message)
        self.field = field


class Mail:
    """
    Switches: `bounces` {address: true} for those that SendGrid finds to be none, and the counted ones; `busy`
    answers 429 with the time at which its limit is over, a second from now.
    """

    def __init__(self, world: World) -> None:
        self.world = world
        self.faults = world.faults["sendgrid"] = Switches(
            ("busy", "status_500_before_accept", "status_500_after_accept", "unauthorized"), {"bounces": {}}
        )
        self._inbox: deque[Json] = deque(maxlen=INBOX_MAX)
        self._lock = threading.Lock()

    def inbox(self, address: str = "") -> list[Json]:
        """
        What an address has received, or all have, oldest first: {"id", "to", "from", "subject", "text", "headers",
        "files"}; of a file its "name", "type" and "content", bytes.
        """
        with self._lock:
            return [mail for mail in self._inbox if not address or mail["to"] == address]

    def blueprint(self) -> Blueprint:
        """The page's side: what arrived, without the files' content."""
        routes = Blueprint("sendgrid-control", __name__)

        @routes.get("/inbox")
        def shown() -> Json:
            found = self.inbox(request.args.get("to", ""))
            return {"mail": [mail | {"files": [each["name"] for each in mail["files"]]} for mail in found]}

        return routes

    def api(self) -> Blueprint:
        """SendGrid's own address."""
        routes = Blueprint("sendgrid", __name__)

        @routes.post("/v3/mail/send")
        def send() -> Response:
            scheme, _, key = request.headers.get("Authorization", "").partition(" ")
            wanted = self.world.config.sendgrid_api_key
            if self.faults.take("unauthorized") or scheme != "Bearer" or not key or (wanted and key != wanted):
                return _errors(401, "The provided authorization grant is invalid, expired, or revoked")
            if self.faults.take("busy"):
                refused = _errors(429, "too many requests")
                refused.headers["X-RateLimit-Reset"] = str(int(time.time()) + 1)
                return refused
            if self.faults.take("status_500_before_accept"):
                return _errors(500, "internal error")
            try:
                id = self._take(request.get_json(silent=True))
            except Problem as problem:
                return _errors(400, str(problem), problem.field)
            if self.faults.take("status_500_after_accept"):
                return _errors(500, "internal error")
            return Response(status=202, headers={"X-Message-Id": id})

        return routes

    def _take(self, body: Any) -> str:
        """The id of a message that is whole. Raises Problem."""
        if not isinstance(body, dict):
            raise Problem("Bad Request")
        addresses = _recipients(body)
        for address in addresses:
            if self.faults.get("bounces").get(address):
                raise Problem("Does not contain a valid address.", "personalizations.0.to.0.email")
        sender = body.get("from")
        if not isinstance(sender, dict) or not _ADDRESS.fullmatch(str(sender.get("email", ""))):
            raise Problem("The from email does not contain a valid address.", "from.email")
        subject, content = body.get("subject"), body.get("content")
        if not isinstance(subject, str) or not subject:
            raise Problem("The subject is required.", "subject")
        if not isinstance(content, list) or not content or not all(each.get("value") for each in content):
            raise Problem("The content value must be a string at least one character in length.", "content")
        headers = body.get("headers", {})
        for name, value in headers.items():
            if name.lower() in RESERVED or not _HEADER.fullmatch(name) or not isinstance(value, str):
                raise Problem(f"The header {name} is not allowed.", "headers")
        id, files = uuid4().hex[:22], [_file(each) for each in body.get("attachments", [])]
        for address in addresses:
            mail = {"id": id, "to": address, "from": sender["email"], "subject": subject, "headers": headers}
            with self._lock:
                self._inbox.append(mail | {"text": content[0]["value"], "files": files})
            self.world.publish("mail", "", {"id": id, "to": address, "subject": subject})
        return id


def _recipients(body: Json) -> list[str]:
    groups = body.get("personalizations")
    if not isinstance(groups, list) or not groups:
        raise Problem("The personalizations field is required and must have at least one personalization.")
    found = [str(each.get("email", "")) for group in groups for each in group.get("to", [])]
    if not found or not all(_ADDRESS.fullmatch(address) for address in found):
        raise Problem("Does not contain a valid address.", "personalizations.0.to.0.email")
    return found


def _file(attachment: Json) -> Json:
    try:
        content = base64.b64decode(attachment["content"], validate=True)
    except (KeyError, TypeError, binascii.Error):
        raise Problem("The attachment content must be base64 encoded.", "attachments.0.content") from None
    return {"name": attachment.get("filename", ""), "type": attachment.get("type", ""), "content": content}


def _errors(status: int, message: str, field: str = "") -> Response:
    answer = jsonify({"errors": [{"message": message, "field": field or None, "help": None}]})
    answer.status_code = status
    return answer
