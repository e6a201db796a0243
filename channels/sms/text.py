"""SMS over Africa's Talking: messages out through its SDK, delivery reports and STOP in."""

import json
import re
from collections.abc import Mapping, Sequence
from typing import Any, Final

import requests
from africastalking.Service import AfricasTalkingException
from africastalking.SMS import SMSService

from channels.errors import UNREADABLE, MalformedRequest, SendFailed, Unreachable, never_left
from channels.forms import read_form
from channels.port import AGENT, Callback, Delivery, DeliveryReport, Push, Stopped
from domain.people.phones import network_phone
from flows.engine.gsm7 import fold
from flows.engine.plain_words import plain

# What people type to be left alone: carriers' own words, and those of the languages we speak ("acha", "komesha",
# "arrêt"). The second are heard only where there are no menus by SMS: there they may be said of what is under way.
_STOP: Final = frozenset(
    [
        "STOP",
        "STOPALL",
        "STOPMESSAGES",
        "UNSUBSCRIBE",
        "QUIT",
        "OPTOUT",
        "REVOKE",
        "ACHA",
        "KOMESHA",
        "ARRET",
        "ARRETER",
    ]
)
_STOP_WITHOUT_MENUS: Final = frozenset({"CANCEL", "END"})
_START: Final = frozenset({"START", "UNSTOP", "OPTIN", "ANZA", "REPRENDRE"})

_UNREACHABLE: Final = frozenset({403, 404, 406})
_RETRYABLE: Final = frozenset({405, 500, 501, 502})

# What it said of a message, without regard to capitals; "Expired" and "AbsentSubscriber" are in no document, and
# were seen in reports (2025). What is not here is final if it gives a reason, since only what failed has one.
_DELIVERY: Final[Mapping[str, Delivery]] = {
    "success": "delivered",
    "delivered": "delivered",
    "sent": "sent",
    "submitted": "sent",
    "buffered": "sent",
    "rejected": "failed",
    "failed": "failed",
    "expired": "failed",
    "absentsubscriber": "failed",
    "undelivered": "failed",
}


class AfricasTalkingSms:
    """Sends SMS. One for all threads. `hook_secret` is in its callbacks' addresses; without it there are none."""

    def __init__(
        self,
        username: str,
        api_key: str,
        *,
        sender_id: str = "",
        url: str = "",
        hook_secret: str = "",
        agent: str = AGENT,
    ) -> None:
        self._service = SMSService(username, api_key)
        self._service._headers["User-Agent"] = agent
        if url:
            # The SDK has no option for another host, nor for what we are called.
            self._service._baseUrl = f"{url.rstrip('/')}/version1"
        self._sender_id, self._hook_secret = sender_id or None, hook_secret

    @property
    def callbacks(self) -> Sequence[Callback]:
        """What became of a message, what was sent to our number, who is on the operator's own list."""
        if not self._hook_secret:
            return []
        secret = self._hook_secret
        return [
            Callback(f"/hooks/at/dlr/{secret}", lambda request: to_delivery_report(read_form(request.body))),
            Callback(f"/hooks/at/inbound/{secret}", lambda request: to_stopped(read_form(request.body))),
            Callback(f"/hooks/at/optout/{secret}", lambda request: to_opt_out(read_form(request.body))),
        ]

    def send(self, push: Push) -> str:
        """
        Send one message, in the alphabet of phones; answers with the provider's id for it.

        Raises SendFailed, and Unreachable when this number takes none from us. Of a request whose answer was lost,
        or is a failure of the server, nobody knows whether it was sent.
        Source: Africa's Talking, "SMS sending"; a rejected request is a 201 with no recipients.
        """
        try:
            answer: Any = self._service.send(fold(push.text), [push.to], sender_id=self._sender_id)
        except AfricasTalkingException as refused:
            raise SendFailed("sms", str(refused)[:200], retryable=True, may_have_gone=True) from refused
        except (requests.RequestException, *UNREADABLE) as failure:
            retryable = not isinstance(failure, ValueError) or isinstance(failure, requests.RequestException)
            gone = not never_left(failure)
            raise SendFailed("sms", type(failure).__name__, retryable=retryable, may_have_gone=gone) from failure
        data = _data(answer)
        recipients = data.get("Recipients")
        if not isinstance(recipients, list) or not recipients or not isinstance(recipients[0], dict):
            raise SendFailed("sms", str(data.get("Message", "no recipients"))[:200], retryable=False)
        return _id_of(recipients[0])


def _id_of(recipient: Mapping[str, Any]) -> str:
    """
    The id of a message that was accepted, "" when it has none. Raises SendFailed, Unreachable.

    A code is a number, or the same in quotes; one that is new means what its hundred means.
    """
    text = str(recipient.get("statusCode", "")).strip().removesuffix(".0")
    code = int(text) if text.isascii() and text.isdigit() and len(text) < 6 else 0
    if 100 <= code < 200:
        id = recipient.get("messageId")
        return "" if id in (None, "None") else str(id)
    detail = f"{text} {recipient.get('status', '')}"[:200]
    if code in _UNREACHABLE:
        raise Unreachable("sms", detail)
    raise SendFailed("sms", detail, retryable=code in _RETRYABLE or 500 <= code < 600)


def _data(answer: Any) -> Mapping[str, Any]:
    # The SDK leaves an answer unread when its content type names a charset.
    if isinstance(answer, str):
        try:
            answer = json.loads(answer)
        except ValueError:
            return {}
    data = answer.get("SMSMessageData") if isinstance(answer, dict) else None
    return data if isinstance(data, dict) else {}


def to_delivery_report(form: Mapping[str, str]) -> DeliveryReport:
    """Raises MalformedRequest. Source: Africa's Talking, "SMS delivery reports"."""
    if not form.get("id"):
        raise MalformedRequest("no id in the delivery report")
    status, reason = form.get("status", ""), form.get("failureReason", "")
    state = _DELIVERY.get(status.lower(), "failed" if reason else "sent")
    return DeliveryReport(form["id"], state, reason or (status if state == "failed" else ""))


def to_stopped(form: Mapping[str, str], *, menus: bool = False) -> Stopped | None:
    """
    STOP or START sent to our number; None for any other message, and for one of a sender that is no phone: an
    operator's news comes under its name, and comes again until it is answered with a 200. `menus` where the number
    also takes answers.

    Raises MalformedRequest without a sender. Source: Africa's Talking, "SMS incoming messages".
    """
    sender = form.get("from", "").strip()
    if not sender:
        raise MalformedRequest("no from in the message")
    phone = network_phone(sender)
    if phone is None:
        return None
    typed = re.sub(r"\W", "", plain(form.get("text", ""))).upper()  # "Stop!" is STOP
    stops = _STOP if menus else _STOP | _STOP_WITHOUT_MENUS
    return Stopped(phone, typed in stops, form.get("id", "")[:128]) if typed in stops | _START else None


def to_opt_out(form: Mapping[str, str]) -> Stopped | None:
    """The operator's own opt-out list has a new number. Raises MalformedRequest."""
    return to_stopped({"from": form.get("phoneNumber", ""), "text": "STOP"})
