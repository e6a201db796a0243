"""
The phones' chats in WhatsApp: what each shows, when its person wrote last, and the id it has for the bot.

Source: Twilio, "Messages resource"; Meta, "Business-scoped user IDs".
"""

import threading
import time
from collections import OrderedDict, deque
from dataclasses import dataclass, field
from datetime import UTC, datetime
from hashlib import sha256
from typing import Final
from uuid import uuid4

from simulator.documents import Document
from simulator.twilio.content import Face, Json
from simulator.world import World

CHAT_MAX: Final = 200
CHATS_MAX: Final = 5_000
MESSAGES_MAX: Final = 100_000

COUNTRIES: Final = {"+233": "GH", "+250": "RW", "+254": "KE", "+255": "TZ", "+256": "UG", "+260": "ZM"}


@dataclass(slots=True)
class Message:
    """
    One message of a chat, to the phone or from it.

    `address` is how the bot knows the phone: "whatsapp:+256…", or an id. `status` is Twilio's; of what a person
    wrote, "sent" until the bot has taken it. `callback` is where statuses are told, empty for nowhere.
    """

    phone: str
    address: str
    face: Face
    direction: str
    media: str = ""
    callback: str = ""
    service: str = ""
    status: str = "queued"
    error: int = 0
    media_url: str = ""  # of a file that the bot sends, and what was fetched there
    document: Document | None = None
    id: str = field(default_factory=lambda: f"SM{uuid4().hex}")
    at: datetime = field(default_factory=lambda: datetime.now(UTC))

    @property
    def mine(self) -> bool:
        return self.direction == "inbound"

    @property
    def ticks(self) -> str:
        """The status as a phone shows it: sent, delivered, read or failed."""
        return "sent" if self.status in ("accepted", "queued") else self.status

    def shown(self) -> Json:
        """
        The message as a phone shows it: {"id", "at", "mine", "text", "media", "buttons": [{"id", "title"}],
        "list": None or {"button", "items": [{"id", "title", "description"}]}, "status"}.
        """
        face, choices = self.face, self.face.choices
        rows = [{"id": c.id, "title": c.title, "description": c.description} for c in choices]
        return {
            "id": self.id,
            "at": f"{self.at:%Y-%m-%dT%H:%M:%SZ}",
            "mine": self.mine,
            "text": face.text,
            "media": self.media,
            "document": self.document.name if self.document else "",
            "picture": self.document is not None and self.document.is_picture,
            "buttons": [] if face.button else [{"id": c.id, "title": c.title} for c in choices],
            "list": {"button": face.button, "items": rows} if face.button else None,
            "status": self.ticks,
        }


@dataclass(slots=True)
class Chat:
    """`written` is when the person wrote last, on the monotonic clock; None before the first time."""

    messages: deque[Message] = field(default_factory=lambda: deque(maxlen=CHAT_MAX))
    written: float | None = None


class Chats:
    """Every phone's newest messages, and every message by its id for as long as there is room."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._chats: OrderedDict[str, Chat] = OrderedDict()
        self._messages: OrderedDict[str, Message] = OrderedDict()
        self._lock = threading.Lock()

    def shown(self, phone: str) -> list[Json]:
        """What the phone shows, oldest first."""
        with self._lock:
            chat = self._chats.get(phone)
            return [message.shown() for message in chat.messages] if chat else []

    def newest_first(self) -> list[Message]:
        """Every message kept, to phones and from them."""
        with self._lock:
            return list(reversed(self._messages.values()))

    def get(self, message_id: str) -> Message | None:
        with self._lock:
            return self._messages.get(message_id)

    def phone_of(self, address: str) -> str | None:
        """The phone behind "whatsapp:+256…" or a user id; None when nobody is known by the id."""
        name = address.removeprefix("whatsapp:")
        if name.startswith("+"):
            return name
        with self._lock:
            known = [*self._world.people, *self._chats]
        return next((phone for phone in known if user_id(phone) == name), None)

    def wrote_within(self, phone: str, seconds: float) -> bool:
        """Whether the phone's person wrote in the last so many seconds."""
        with self._lock:
            chat = self._chats.get(phone)
            written = chat.written if chat else None
        return written is not None and time.monotonic() - written < seconds

    def keep(self, message: Message) -> None:
        """Take note of a message; no phone shows it yet."""
        with self._lock:
            self._messages[message.id] = message
            if len(self._messages) > MESSAGES_MAX:
                self._messages.popitem(last=False)

    def show(self, message: Message) -> None:
        """Put a message on its phone."""
        with self._lock:
            chat = self._chats.setdefault(message.phone, Chat())
            chat.messages.append(message)
            if message.mine:
                chat.written = time.monotonic()
            self._chats.move_to_end(message.phone)
            if len(self._chats) > CHATS_MAX:
                self._chats.popitem(last=False)
        self._world.publish("whatsapp", message.phone, message.shown())

    def set_status(self, message: Message, status: str) -> None:
        before, message.status = message.ticks, status
        if message.ticks != before:
            self._world.publish("whatsapp", message.phone, message.shown())


def user_id(phone: str) -> str:
    """The id WhatsApp gives to whoever has this phone, the same at every start: a country and 16 digits."""
    digits = int(sha256(phone.encode()).hexdigest()[:13], 16)
    return f"{COUNTRIES.get(phone[:4], 'UG')}.{digits:016}"
