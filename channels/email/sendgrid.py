"""E-mail through SendGrid's API."""

import base64
import time
from email.message import EmailMessage
from typing import Any, Final

import requests

from channels.email.mail import NAME
from channels.errors import UNREADABLE, SendFailed, Unreachable, never_left
from channels.port import AGENT

URL: Final = "https://api.sendgrid.com"
TIMEOUT_SECONDS: Final = 20.0
WAIT_SECONDS_MAX: Final = 3600.0
# Headers that a request carries in fields of its own, or that SendGrid writes; it refuses a request with these.
_OWN: Final = frozenset(
    {"from", "to", "subject", "date", "message-id", "mime-version", "content-type", "content-transfer-encoding"}
)


class SendGrid:
    """One for all threads."""

    def __init__(self, api_key: str, *, url: str = "", agent: str = AGENT) -> None:
        self._url = f"{(url or URL).rstrip('/')}/v3/mail/send"
        self._headers = {"Authorization": f"Bearer {api_key}", "User-Agent": agent}

    def carry(self, mail: EmailMessage) -> str:
        """
        Raises SendFailed, and Unreachable when it finds that the address is none. A key that is wrong is put right
        one day, so that is tried again; of a failure of the server nobody knows whether it was sent.

        Source: Twilio SendGrid, "Mail Send": 202 and the id in X-Message-Id.
        """
        try:
            answer = requests.post(
                self._url, json=to_request(mail), headers=self._headers, timeout=TIMEOUT_SECONDS
            )
        except (requests.RequestException, *UNREADABLE) as failure:
            gone = not never_left(failure)
            raise SendFailed(NAME, type(failure).__name__, retryable=True, may_have_gone=gone) from failure
        status = answer.status_code
        if status == 202:
            return answer.headers.get("X-Message-Id", "")
        if status == 400 and _is_about_address(answer):
            raise Unreachable(NAME, "400 no such address")
        if status == 429:
            raise SendFailed(NAME, "429", retryable=True, after_seconds=_wait(answer))
        if status >= 500:
            raise SendFailed(NAME, str(status), retryable=True, may_have_gone=True)
        raise SendFailed(NAME, str(status), retryable=status in (401, 403))


def to_request(mail: EmailMessage) -> dict[str, Any]:
    """A message as SendGrid's API takes it."""
    body = mail.get_body()
    assert body is not None, "every message of ours has words"
    (sender,) = mail["From"].addresses
    files = [
        {
            "content": base64.b64encode(_bytes_of(part)).decode(),
            "type": part.get_content_type(),
            "filename": part.get_filename(),
            "disposition": "attachment",
        }
        for part in mail.iter_attachments()
    ]
    request: dict[str, Any] = {
        "personalizations": [{"to": [{"email": each.addr_spec} for each in mail["To"].addresses]}],
        "from": {"email": sender.addr_spec, "name": sender.display_name},
        "subject": str(mail["Subject"]),
        "content": [{"type": "text/plain", "value": body.get_content()}],
        "headers": {name: str(value) for name, value in mail.items() if name.lower() not in _OWN},
        # A link that was rewritten to count clicks is not ours any more, and would show SendGrid who wants out.
        "tracking_settings": {"click_tracking": {"enable": False}, "open_tracking": {"enable": False}},
    }
    return request | ({"attachments": files} if files else {})


def _bytes_of(part: EmailMessage) -> bytes:
    content = part.get_content()
    return content.encode() if isinstance(content, str) else bytes(content)


def _is_about_address(answer: requests.Response) -> bool:
    """Whether what is wrong with a request is the address that it is for."""
    try:
        errors = answer.json().get("errors", [])
        return any(str(each.get("field", "")).startswith("personalizations") for each in errors)
    except UNREADABLE:
        return False


def _wait(answer: requests.Response) -> float:
    """Seconds until its limit is over: it says when that is, in seconds since the epoch."""
    reset = answer.headers.get("X-RateLimit-Reset", "")
    if not (reset.isascii() and reset.isdecimal() and len(reset) < 12):
        return 0.0
    return min(max(0.0, int(reset) - time.time()), WAIT_SECONDS_MAX)
