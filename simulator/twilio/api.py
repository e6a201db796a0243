"""
The wire of Twilio: the Messages and Content resources, as its SDK writes and reads them.

Source: Twilio, "Messages resource", "Content API resources", "Error and warning dictionary".
"""

import hmac
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from email.utils import format_datetime
from typing import Final, Generic, TypeVar
from urllib.parse import urlencode, urlsplit

from flask import Blueprint, Response, request

from simulator.twilio.chats import Message
from simulator.twilio.content import TEXT_MAX, ApiError, Content, Face, Json, not_found
from simulator.twilio.whatsapp import API_VERSION, WhatsApp

ADDRESS: Final = re.compile(r"whatsapp:(\+[1-9]\d{6,14}|[A-Z]{2}\.[A-Za-z0-9]{1,128})")
SERVICE: Final = re.compile(r"MG[0-9a-f]{32}")
PAGE_SIZE, PAGE_SIZE_MAX = 50, 1_000
CONTENT_URL: Final = "https://content.twilio.com/v1/Content"

MESSAGES: Final = {
    63018: "Rate limit exceeded for Channel",
    63024: "Invalid message recipient",
    63049: "Meta chose not to deliver this WhatsApp marketing message",
}

Item = TypeVar("Item")


def twilio_api(whatsapp: WhatsApp) -> Blueprint:
    """The API the bot calls: mounted at /twilio, which stands for both of Twilio's hosts."""
    routes = Blueprint("twilio_api", __name__)

    @routes.errorhandler(ApiError)
    def answer_error(error: ApiError) -> tuple[Json, int]:
        return error.body, error.status

    @routes.before_request
    def authenticate() -> None:
        config, login = whatsapp.world.config, request.authorization
        given = f"{login.username}:{login.password}" if login else ""
        wanted = f"{config.twilio_account_sid}:{config.twilio_auth_token}"
        if not hmac.compare_digest(given.encode(), wanted.encode()):
            raise ApiError(20003, "Authenticate", 401)

    _add_messages(routes, whatsapp)
    _add_contents(routes, whatsapp)
    return routes


def _add_messages(routes: Blueprint, whatsapp: WhatsApp) -> None:
    account, faults = whatsapp.world.config.twilio_account_sid, whatsapp.faults
    listed = f"/{API_VERSION}/Accounts/{account}/Messages.json"

    def own(sid: str) -> None:
        if sid != account:
            raise not_found(request.path)

    def body(message: Message) -> Json:
        return _message(message, account, whatsapp.number)

    @routes.post(f"/{API_VERSION}/Accounts/<sid>/Messages.json")
    def send(sid: str) -> tuple[Json, int]:
        own(sid)
        if faults.take("status_429"):
            raise ApiError(20429, "Too Many Requests", 429)
        if faults.take("status_500_before_accept"):
            raise ApiError(20500, "An internal server error has occurred", 500)
        message = _read(whatsapp)
        answer = body(message)
        whatsapp.send(message)
        if faults.take("status_500_after_accept"):
            raise ApiError(20500, "An internal server error has occurred", 500)
        return answer, 201

    @routes.get(f"/{API_VERSION}/Accounts/<sid>/Messages.json")
    def list_messages(sid: str) -> Json:
        """Filtered by To and From; the filters by date are not read."""
        own(sid)
        found = whatsapp.chats.newest_first()
        if to := request.args.get("To"):
            found = [each for each in found if _ends(each, whatsapp.number)[1] == to]
        if sender := request.args.get("From"):
            found = [each for each in found if _ends(each, whatsapp.number)[0] == sender]
        page = _page(found)
        return _message_page(page, listed) | {"messages": [body(each) for each in page.items]}

    @routes.get(f"/{API_VERSION}/Accounts/<sid>/Messages/<message_sid>.json")
    def show_message(sid: str, message_sid: str) -> Json:
        own(sid)
        message = whatsapp.chats.get(message_sid)
        if message is None:
            raise not_found(request.path)
        return body(message)


def _add_contents(routes: Blueprint, whatsapp: WhatsApp) -> None:
    account, contents = whatsapp.world.config.twilio_account_sid, whatsapp.contents

    @routes.post("/v1/Content")
    def create() -> tuple[Json, int]:
        return _content(contents.create(request.get_json(silent=True)), account), 201

    @routes.get("/v1/Content")
    def list_contents() -> Json:
        page = _page(contents.all())
        # The SDK asks for the next page by this address as it is: it is ours, not Twilio's.
        meta = _content_page(page, request.base_url)
        return {"meta": meta, "contents": [_content(each, account) for each in page.items]}

    @routes.get("/v1/Content/<sid>")
    def show(sid: str) -> Json:
        return _content(contents.get(sid), account)

    @routes.delete("/v1/Content/<sid>")
    def delete(sid: str) -> Response:
        contents.delete(sid)
        return Response(status=204)

    @routes.post("/v1/Content/<sid>/ApprovalRequests/whatsapp")
    def ask_approval(sid: str) -> tuple[Json, int]:
        return contents.ask_approval(sid, request.get_json(silent=True)), 201

    @routes.get("/v1/Content/<sid>/ApprovalRequests")
    def approval(sid: str) -> Json:
        unasked = {"name": "", "category": "", "content_type": "", "status": "unsubmitted"}
        answer = {"rejection_reason": "", "allow_category_change": True} | (contents.get(sid).approval or unasked)
        return {
            "url": f"{CONTENT_URL}/{sid}/ApprovalRequests",
            "whatsapp": {"type": "whatsapp", **answer, "flows": None},
            "account_sid": account,
            "sid": sid,
        }


def _read(whatsapp: WhatsApp) -> Message:
    """The message in the request's form. Raises ApiError."""
    form = request.form
    to, service, callback = (form.get(name, "") for name in ("To", "MessagingServiceSid", "StatusCallback"))
    if not to:
        raise ApiError(21604, "A 'To' phone number is required.")
    if not ADDRESS.fullmatch(to):
        raise ApiError(21211, f"The 'To' number {to} is not a valid phone number.")
    phone = whatsapp.chats.phone_of(to)
    if phone is None:
        raise ApiError(63003, "Channel could not find To address")
    if not service and not form.get("From"):
        raise ApiError(21603, "A 'From' phone number is required.")
    if service and not SERVICE.fullmatch(service):
        raise ApiError(21701, "The Messaging Service does not exist.")
    if not service and form["From"] != whatsapp.number:
        raise ApiError(63007, "Twilio could not find a Channel with the specified From address")
    if callback and not _callable(callback):
        raise ApiError(21609, f"The StatusCallback URL {callback} is not a valid URL.")
    face = _face(whatsapp)
    if code := whatsapp.faults.get("errors").get(phone):
        raise ApiError(code, MESSAGES.get(code, "The message cannot be sent"))
    status = "accepted" if service else "queued"
    media = form.get("MediaUrl", "")
    return Message(
        phone, to, face, "outbound-api", callback=callback, service=service, status=status, media_url=media
    )


def _face(whatsapp: WhatsApp) -> Face:
    form = request.form
    text, content, variables = (form.get(name, "") for name in ("Body", "ContentSid", "ContentVariables"))
    media = form.get("MediaUrl", "")
    if media and (content or not _callable(media)):
        raise ApiError(21620, "Invalid media URL(s)")
    if variables and not content:
        raise ApiError(21654, "ContentSid Required")
    if text and variables:
        raise ApiError(35127, "'Messages' Body and ContentVariables cannot be provided together")
    if content:
        return whatsapp.contents.render(content, variables)
    if media:
        # WhatsApp shows no words beside a document.
        return Face("")
    if not text and form.get("MessagingServiceSid"):
        raise ApiError(21619, "A text message body, media urls or content SID must be specified.")
    if not text:
        raise ApiError(21602, "Message body is required.")
    if len(text) > TEXT_MAX:
        raise ApiError(21617, f"The concatenated message body exceeds the {TEXT_MAX} character limit.")
    return Face(text)


def _callable(url: str) -> bool:
    parts = urlsplit(url)
    return parts.scheme in ("http", "https") and bool(parts.hostname) and "_" not in (parts.hostname or "")


def _ends(message: Message, number: str) -> tuple[str, str]:
    """Who a message is from and to."""
    return (message.address, number) if message.mine else (number, message.address)


def _message(message: Message, account: str, number: str) -> Json:
    uri = f"/{API_VERSION}/Accounts/{account}/Messages/{message.id}"
    sender, to = _ends(message, number)
    return {
        "account_sid": account,
        "api_version": API_VERSION,
        "body": message.face.text,
        "date_created": _date(message.at),
        "date_sent": _date(message.at) if message.status not in ("accepted", "queued") else None,
        "date_updated": _date(message.at),
        "direction": message.direction,
        "error_code": message.error or None,
        "error_message": MESSAGES.get(message.error),
        "from": sender,
        "messaging_service_sid": message.service or None,
        "num_media": "1" if message.media_url or message.media not in ("", "location") else "0",
        "num_segments": "1",
        "price": None,
        "price_unit": None,
        "sid": message.id,
        "status": "received" if message.mine else message.status,
        "subresource_uris": {"media": f"{uri}/Media.json"},
        "to": to,
        "uri": f"{uri}.json",
    }


def _content(content: Content, account: str) -> Json:
    url = f"{CONTENT_URL}/{content.sid}"
    return {
        "language": content.language,
        "date_updated": content.at,
        "variables": content.variables,
        "friendly_name": content.friendly_name,
        "account_sid": account,
        "url": url,
        "sid": content.sid,
        "date_created": content.at,
        "types": content.types,
        "links": {
            "approval_fetch": f"{url}/ApprovalRequests",
            "approval_create": f"{url}/ApprovalRequests/whatsapp",
        },
    }


@dataclass(frozen=True, slots=True)
class _Page(Generic[Item]):
    """The part of a list that is asked for: its number, how many items fit on it, and whether there is more."""

    items: Sequence[Item]
    number: int
    size: int
    more: bool


def _page(items: Sequence[Item]) -> _Page[Item]:
    size = min(max(request.args.get("PageSize", PAGE_SIZE, type=int), 1), PAGE_SIZE_MAX)
    number = max(request.args.get("Page", 0, type=int), 0)
    rest = items[number * size :]
    return _Page(rest[:size], number, size, len(rest) > size)


def _message_page(page: _Page[Message], address: str) -> Json:
    """Where a page of messages stands in its list, in the words of the older API."""
    first = page.number * page.size
    return {
        "end": first + max(len(page.items) - 1, 0),
        "first_page_uri": _turned(address, 0),
        "next_page_uri": _turned(address, page.number + 1) if page.more else None,
        "page": page.number,
        "page_size": page.size,
        "previous_page_uri": _turned(address, page.number - 1) if page.number else None,
        "start": first,
        "uri": _turned(address, page.number),
    }


def _content_page(page: _Page[Content], address: str) -> Json:
    """The same in the words of the newer."""
    return {
        "page": page.number,
        "page_size": page.size,
        "first_page_url": _turned(address, 0),
        "previous_page_url": _turned(address, page.number - 1) if page.number else None,
        "url": _turned(address, page.number),
        "next_page_url": _turned(address, page.number + 1) if page.more else None,
        "key": "contents",
    }


def _turned(address: str, page: int) -> str:
    """The address of another page of the same list."""
    return f"{address}?{urlencode(request.args.to_dict() | {'Page': str(page)})}"


def _date(at: datetime) -> str:
    """As mail has it: Thu, 01 Oct 2026 09:30:00 +0000."""
    return format_datetime(at)
