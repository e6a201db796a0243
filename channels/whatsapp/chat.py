"""
WhatsApp over Twilio: a signed form in, TwiML out; buttons, lists and messages of our own through its REST API.

TwiML carries no buttons, so a screen with options is sent after the answer, as content that was made beforehand
(`channels/whatsapp/templates.py`). Without such content it is numbered text, which always works.
"""

import hmac
import json
import re
from base64 import b64encode
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from functools import cached_property, lru_cache
from html import escape
from typing import Any, Final
from urllib.parse import urlsplit, urlunsplit

import msgspec
import requests
from twilio.base.exceptions import TwilioException
from twilio.http.http_client import TwilioHttpClient
from twilio.rest import Client
from twilio.rest.content.v1.content import ContentList
from twilio.rest.content.v1.content.approval_create import ApprovalCreateList

from channels.errors import UNREADABLE, Forged, MalformedRequest, SendFailed, Unreachable, never_left
from channels.forms import first_of_each, read_fields
from channels.port import (
    AGENT,
    Blocked,
    Callback,
    Delivery,
    DeliveryReport,
    Push,
    Request,
    Response,
    Stopped,
)
from channels.whatsapp import templates
from domain.people.phones import network_phone
from flows.engine.channel import Channel
from flows.engine.document import File
from flows.engine.messages import Message, Reply
from flows.engine.paging import Limits
from flows.words.texts import Text, t

PATH: Final = "/hooks/twilio/whatsapp"
STATUS_PATH: Final = "/hooks/twilio/status"
WINDOW: Final = timedelta(hours=24)
# When somebody wrote is known to half an hour, and a message takes a moment.
WINDOW_MARGIN: Final = timedelta(minutes=35)
TIMEOUT_SECONDS: Final = 10

CHANNEL: Final = Channel(
    name="whatsapp",
    title="WhatsApp",
    limits=Limits(length=1_000),  # 1,600 as text, 1,024 as the body of content, and some for the markup
    taps=templates.ROWS_MAX,
    tap_label=templates.ROW_DESCRIPTION,
    keeps=True,
    files=True,
    pin_warning=t("We never keep your PIN, but this chat does: delete your message after you sent it."),
    pin_elsewhere=t("Or dial {code}, choose Continue and type it there."),
    window=WINDOW - WINDOW_MARGIN,
)

# Source: Twilio, "Error and Warning Dictionary". A template that is not approved is mended by another route.
_UNREACHABLE: Final = frozenset({21211, 21610, 63003, 63015, 63024})
_PERMANENT: Final = frozenset({20003, 21602, 21617, 21658, 63007, 63016, 63021, 63049})
_TOO_MANY: Final = 63018  # messages at once: as a 429 is

# Whatever its capitals; what is not here is final if it has an error code, since only what failed has one.
_DELIVERY: Final[Mapping[str, Delivery]] = {
    "accepted": "sent",
    "scheduled": "sent",
    "queued": "sent",
    "sending": "sent",
    "sent": "sent",
    "delivered": "delivered",
    "read": "read",
    "failed": "failed",
    "undelivered": "failed",
    "canceled": "failed",
}

_SENDER = re.compile(r"whatsapp:[\x21-\x7e]{3,128}")
_PORT = re.compile(r":\d+$", re.ASCII)
_SID = re.compile(r"[\x21-\x7e]{2,64}")
_NOT_TEXT: Final[Mapping[str, Text]] = {
    "location": t("We cannot read a location here. Please answer in words."),
    "contacts": t("We cannot read a contact here. Please type the number."),
}
_MEDIA: Final = t("We cannot read pictures, sound or files here. Please answer in words.")


def _opted(sender: str, stopped: bool) -> Stopped | Blocked:
    """
    Twilio has obeyed STOP or START and answered it, where the account has "Advanced Opt-Out"; whatever we send
    after STOP fails with 21610.
    """
    phone = network_phone(sender.removeprefix("whatsapp:"))
    return Stopped(phone, stopped) if phone else Blocked(sender, stopped)


@dataclass(frozen=True)
class WhatsApp:
    """
    One sender of one account. One for all threads.

    `number` is ours, E.164. A request may be signed with `secondary_token`, the account's other auth token, too:
    Twilio decides when they change places. `signing_key` is the secret of a shared key, if it signs with one.
    `contents` are the ids that Twilio gave our content, by our name for it. `publish` gives a file an address
    for as long as Twilio may fetch it; without it none is sent.
    """

    account_sid: str
    auth_token: str = field(repr=False)
    number: str
    public_url: str
    secondary_token: str = field(default="", repr=False)
    signing_key: str = field(default="", repr=False)
    api_url: str = ""
    contents: Mapping[str, str] = field(default_factory=dict)
    agent: str = AGENT
    publish: Callable[[File], str] | None = field(default=None, repr=False)

    @property
    def channel(self) -> Channel:
        return CHANNEL

    @property
    def path(self) -> str:
        return PATH

    @property
    def callbacks(self) -> Sequence[Callback]:
        return [Callback(STATUS_PATH, self.to_status, status=204)]

    # Conversations

    def look_at_head(self, headers: Mapping[str, str]) -> None:
        if not headers.get("x-twilio-signature"):
            raise Forged("the signature is not Twilio's")

    def to_message(self, request: Request) -> Message | Stopped | Blocked | None:
        """
        Read an incoming message.

        Somebody with a username may hide their number: then they are known by an id of theirs with our business,
        which also comes beside a number.

        Raises Forged, MalformedRequest.
        Source: Twilio, "Webhooks for WhatsApp" and "Messaging webhooks".
        """
        form = self.read(request)
        sid, sender, alias = form.get("MessageSid", ""), form.get("From", ""), form.get("ExternalUserId", "")
        if not _SID.fullmatch(sid) or not _SENDER.fullmatch(sender):
            raise MalformedRequest("no MessageSid or From in the message")
        if (wish := form.get("OptOutType", "")) in ("STOP", "START"):
            return _opted(sender, wish == "STOP")
        if form.get("To", "") not in ("", f"whatsapp:{self.number}"):
            raise MalformedRequest("the message is for another number")
        kind = form.get("MessageType", "")
        typed = form.get("ButtonPayload", "") or form.get("ListId", "") or form.get("Body", "")
        note = None
        if not typed.strip():
            note = _NOT_TEXT.get("location" if form.get("Latitude", "") else kind, _MEDIA)
        return Message(
            CHANNEL,
            sender,
            sid,
            # The chat keeps its name, which may be the number's old form: that is where answers go.
            phone=network_phone(sender.removeprefix("whatsapp:")) or "",
            alias=alias if _SENDER.fullmatch(alias) and alias != sender else "",
            typed=None if note else typed,
            note=note,
        )

    def read(self, request: Request) -> dict[str, str]:
        """The form of a request that Twilio signed. Raises Forged, MalformedRequest."""
        fields = read_fields(request.body)
        settings = request.headers.get("x-twilio-webhooks-signature-settings", "")
        secrets, hashed = [self.auth_token, self.secondary_token], "sha1"
        if settings:
            # Signed with a shared key, whose secret is another one.
            if "algorithm=HMAC_SHA256" not in settings.replace(" ", "").split(","):
                raise Forged("signed by an algorithm that is not known here")
            secrets, hashed = [self.signing_key], "sha256"
        given = request.headers.get("x-twilio-signature", "").encode()
        if not any(each and _is_signed(each, given, request.url, fields, hashed) for each in secrets):
            raise Forged("the signature is not Twilio's")
        return first_of_each(fields)

    def from_reply(self, message: Message, reply: Reply) -> Response:
        """TwiML, or nothing yet and the buttons after it. Of a repeat, the buttons were sent before."""
        content = templates.of_reply(reply) if self.contents else None
        file = self._sends(message, reply.file) if reply.file and not reply.repeated else None
        if content is None or content.name not in self.contents:
            return msgspec.structs.replace(_twiml(reply.text), then=file)
        if reply.repeated:
            return self.nothing()

        def send() -> None:
            buttons = (self.contents[content.name], content.variables)
            try:
                self._create(message.sender, content=buttons)
            except Unreachable:
                raise
            except SendFailed as failure:
                if failure.retryable:
                    self._create(message.sender, content=buttons)
                else:
                    self._create(message.sender, body=reply.text)
            if file:
                file()

        return Response(_NOTHING, "text/xml; charset=utf-8", send)

    def _sends(self, message: Message, file: File) -> Callable[[], None] | None:
        """
        Send a file in a message of its own: Twilio fetches it, and shows the end of its address as its name.

        Source: Twilio, "Send and Receive Media Messages with WhatsApp"; it lists PDF and the like, and says
        nothing of plain text, which Meta takes.
        """
        publish = self.publish
        if publish is None:
            return None

        def send() -> None:
            url = publish(file)
            try:
                self._create(message.sender, media=url)
            except SendFailed as failure:
                if not failure.retryable:
                    raise
                self._create(message.sender, media=url)

        return send

    def nothing(self) -> Response:
        return Response(_NOTHING, "text/xml; charset=utf-8")

    # Messages of our own

    def send(self, push: Push) -> str:
        """
        Send a message: as text within 24 hours of theirs, else as the template of its words.

        Raises SendFailed, Unreachable. Outside the window Twilio takes a text too and fails it later.
        Source: Twilio, "Message resource" and "WhatsApp: 24-hour window".
        """
        if _is_open(push):
            return self._create(push.to, body=push.text, reported=True)
        content = templates.of_notice(push.message, push.language) if push.message else None
        if content is None or content.name not in self.contents:
            raise SendFailed("whatsapp", "outside 24 hours and no template for these words", retryable=False)
        return self._create(push.to, content=(self.contents[content.name], content.variables), reported=True)

    def send_file(self, push: Push, file: File) -> str:
        """
        A file or a picture within 24 hours of theirs: outside there is no template for it. Raises as `send` does.

        Source: Twilio, "Send and Receive Media Messages with WhatsApp": PNG and PDF up to 16 MB.
        """
        if self.publish is None or not _is_open(push):
            raise SendFailed("whatsapp", "outside 24 hours no file can be sent", retryable=False)
        return self._create(push.to, body=push.text, media=self.publish(file))

    def make_content(self, template: templates.Template) -> str:
        """
        Make a piece of content, and have it approved if it has to be; answers with Twilio's id. Raises SendFailed.

        Source: Twilio, "Content API".
        """
        wanted = {
            "friendly_name": template.name,
            "language": template.language,
            "variables": dict(template.variables),
            "types": template.types,
        }
        approval = {"name": template.name, "category": "UTILITY"}
        try:
            content = self._client.content.v1.contents
            made = content.create(ContentList.ContentCreateRequest(wanted))
            if template.approved:
                request = ApprovalCreateList.ContentApprovalRequest(approval)
                content(made.sid).approval_create.create(request)
        except (TwilioException, requests.RequestException, *UNREADABLE) as failure:
            raise _failure(failure) from failure
        return str(made.sid)

    def to_status(self, request: Request) -> DeliveryReport:
        """
        What became of a message; a reason is Twilio's error code. Raises Forged, MalformedRequest.

        Source: Twilio, "Track outbound message status".
        """
        form = self.read(request)
        sid, status = form.get("MessageSid", ""), form.get("MessageStatus", "")
        if not sid or not status:
            raise MalformedRequest("no MessageSid or MessageStatus in the callback")
        code = form.get("ErrorCode", "")
        state = _DELIVERY.get(status.lower(), "failed" if code.strip("0") else "sent")
        return DeliveryReport(sid, state, code)

    def _create(
        self,
        to: str,
        *,
        body: str = "",
        content: tuple[str, Mapping[str, str]] | None = None,
        media: str = "",
        reported: bool = False,
    ) -> str:
        """What becomes of an answer in a conversation nobody looks at: only a message of ours is reported on."""
        what: dict[str, Any] = {"body": body}
        if content:
            what = {"content_sid": content[0], "content_variables": json.dumps(content[1])}
        if media:
            what = {"media_url": [media], **({"body": body} if body else {})}
        if reported:
            what["status_callback"] = f"{self.public_url}{STATUS_PATH}"
        try:
            sent = self._client.messages.create(to=to, from_=f"whatsapp:{self.number}", **what)
        except (TwilioException, requests.RequestException, *UNREADABLE) as failure:
            raise _failure(failure) from failure
        if not sent.sid:
            raise SendFailed("whatsapp", "no id in the answer", retryable=True)
        return str(sent.sid)

    @cached_property
    def _client(self) -> Client:
        """The SDK's client, which keeps its connections; it waits for ten seconds at most."""
        made = _Client(self.account_sid, self.auth_token, http_client=TwilioHttpClient(timeout=TIMEOUT_SECONDS))
        made.agent = self.agent
        if self.api_url:
            made.api.base_url = made.content.base_url = self.api_url.rstrip("/")
        return made


class _Client(Client):  # type: ignore[misc] # the SDK has no types
    """The SDK's, under our name: it can only add to its own."""

    agent = AGENT

    def get_headers(self, method: str, headers: dict[str, str] | None) -> dict[str, str]:
        made: dict[str, str] = super().get_headers(method, headers)
        return made | {"User-Agent": self.agent}


def _is_open(push: Push) -> bool:
    """Whether they wrote within the last 24 hours."""
    return bool(push.heard_at and push.now and push.now - push.heard_at < WINDOW - WINDOW_MARGIN)


def _is_signed(secret: str, given: bytes, url: str, fields: Sequence[tuple[str, str]], hashed: str) -> bool:
    """
    Whether a request was signed under its address, with its port or without: Twilio does now one, now the other.

    As the SDK has it, an address without a port is also tried with the usual one, and one with a port without it;
    no other port is taken. The second way is worked out only where the first does not fit: that says nothing of
    the secret.
    """
    said = _in_order(fields)
    if hmac.compare_digest(given, _digest(secret, url + said, hashed)):
        return True
    return hmac.compare_digest(given, _digest(secret, _other_address(url) + said, hashed))


@lru_cache(64)
def _other_address(url: str) -> str:
    """The same address without the port that it has, or with the usual one."""
    parts = urlsplit(url)
    host = parts.netloc.rpartition("@")[2]
    if port := _PORT.search(host):
        netloc = parts.netloc.removesuffix(port[0])
    else:
        netloc = f"{parts.netloc}:{443 if parts.scheme == 'https' else 80}"
    return urlunsplit(parts._replace(netloc=netloc))


def signature(secret: str, url: str, fields: Iterable[tuple[str, str]], hashed: str = "sha1") -> bytes:
    """
    What Twilio signs a form with: an HMAC of the address as it called it, then of each name and value, sorted.

    The SDK's validator comes to the same, in ten times the time, on every turn's way.
    Source: Twilio, "Webhooks security"; a value given twice counts once.
    """
    return _digest(secret, url + _in_order(fields), hashed)


def _in_order(fields: Iterable[tuple[str, str]]) -> str:
    return "".join([name + value for name, value in sorted(set(fields))])


def _digest(secret: str, signed: str, hashed: str) -> bytes:
    return b64encode(hmac.digest(secret.encode(), signed.encode("utf-8", "surrogatepass"), hashed))


def _failure(failed: Exception) -> SendFailed:
    """Twilio's refusal, which has a status and a code in one of two shapes; or that the connection failed."""
    code, status = (_number(getattr(failed, name, None)) for name in ("code", "status"))
    if not status:
        name, gone = type(failed).__name__, not never_left(failed)
        return SendFailed("whatsapp", name, retryable=True, may_have_gone=gone)
    detail = f"{status} {code}"
    if code in _UNREACHABLE:
        return Unreachable("whatsapp", detail)
    may_pass = status == 429 or status >= 500 or code == _TOO_MANY
    retryable = may_pass and code not in _PERMANENT
    return SendFailed("whatsapp", detail, retryable=retryable, may_have_gone=status >= 500)


def _number(value: object) -> int:
    text = str(value)
    return int(text) if text.isascii() and text.isdigit() and len(text) < 9 else 0


_HEAD: Final = '<?xml version="1.0" encoding="UTF-8"?>'
_NOTHING: Final = f"{_HEAD}<Response/>"
# What XML cannot carry at all, even escaped.
_NOT_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def _twiml(text: str) -> Response:
    said = escape(_NOT_XML.sub("", text), quote=False)
    return Response(f"{_HEAD}<Response><Message>{said}</Message></Response>", "text/xml; charset=utf-8")
