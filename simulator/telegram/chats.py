"""
What Telegram keeps of each person's chat with the bot, and what the phone shows of it.

A private chat has the id of its person. Source: Telegram, "Bot API", "Available types".
"""

import itertools
import threading
import time
from collections import OrderedDict
from dataclasses import dataclass, field
from datetime import UTC, datetime
from secrets import token_hex
from typing import Any

from simulator.documents import Document
from simulator.world import World

CHATS_MAX = 5_000
MESSAGES_MAX = 200
FIRST_USER = 700_001

Json = dict[str, Any]


@dataclass(slots=True)
class Message:
    """
    One message. `text` is what the phone shows, `content` what the wire has; `mine` is True for the person's.

    `markup` is the keyboard it came with; `at` and `edited_at` are seconds since 1970, 0 for never.
    """

    id: int
    mine: bool
    text: str
    content: Json
    markup: Json = field(default_factory=dict)
    at: int = field(default_factory=lambda: int(time.time()))
    edited_at: int = 0
    document: Document | None = None

    @property
    def inline(self) -> list[list[Json]]:
        """The buttons under the message, row by row."""
        rows: list[list[Json]] = self.markup.get("inline_keyboard", [])
        return rows

    @property
    def contact_text(self) -> str:
        """The label of the button below the chat that shares the contact; empty when there is none."""
        buttons = (button for row in self.markup.get("keyboard", ()) for button in row)
        asking = (each["text"] for each in buttons if isinstance(each, dict) and each.get("request_contact"))
        return next(asking, "")

    def shown(self) -> Json:
        return {
            "id": self.id,
            "at": f"{datetime.fromtimestamp(self.at, UTC):%Y-%m-%dT%H:%M:%SZ}",
            "mine": self.mine,
            "text": self.text,
            "edited": self.edited_at > 0,
            "document": self.document.name if self.document else "",
            "picture": self.document is not None and self.document.is_picture,
            "buttons": [
                [{"text": each["text"], "data": each["callback_data"]} for each in row] for row in self.inline
            ],
            "contact": bool(self.contact_text),
            "contact_text": self.contact_text,
        }


@dataclass(slots=True)
class Chat:
    """`user` is the person as the wire has it, `keyboard` the message whose reply keyboard is up."""

    phone: str
    user: Json
    started: bool = False
    blocked: bool = False
    messages: OrderedDict[int, Message] = field(default_factory=OrderedDict)
    keyboard: Message | None = None
    toast: str = ""

    @property
    def id(self) -> int:
        number: int = self.user["id"]
        return number

    @property
    def wire(self) -> Json:
        names = {name: self.user[name] for name in ("first_name", "last_name") if name in self.user}
        return {"id": self.id} | names | {"type": "private"}

    def shown_keyboard(self) -> Json | None:
        text = self.keyboard.contact_text if self.keyboard else ""
        return {"contact_text": text} if text else None


class Chats:
    """Whoever reads or changes a chat holds the `lock`, so that the pages hear of changes in their order."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.lock = threading.RLock()
        config = world.config
        self.bot: Json = {
            "id": int(config.telegram_token.partition(":")[0]),
            "is_bot": True,
            "first_name": config.telegram_bot_name,
            "username": config.telegram_bot_name,
        }
        self._chats: OrderedDict[str, Chat] = OrderedDict()
        self._users = {phone: FIRST_USER + place for place, phone in enumerate(world.people)}
        self._phones = {user: phone for phone, user in self._users.items()}
        # They begin at the clock: a simulator that is started again gives no message the id of another.
        self._ids = itertools.count(int(time.time()))

    def of(self, phone: str) -> Chat:
        """The chat of a phone, an empty one when nothing was written in it; only `add` keeps it."""
        with self.lock:
            return self._chats.get(phone) or Chat(phone, self.user(phone))

    def with_id(self, chat_id: int) -> Chat | None:
        """The chat of that id, if it is somebody's who is in the config or has written."""
        phone = self._phones.get(chat_id, f"+{chat_id}")
        chat = self.of(phone)
        return chat if chat.id == chat_id and (chat.started or phone in self.world.people) else None

    def user(self, phone: str) -> Json:
        """Whoever holds the phone. A stranger's id comes from the digits, and so is the same another day."""
        person = self.world.person(phone)
        first, _, last = (person.name or "Stranger").partition(" ")
        names = {"first_name": first} | ({"last_name": last} if last else {})
        user_id = self._users.get(phone) or int(phone[1:])
        return {"id": user_id, "is_bot": False, **names, "language_code": person.language}

    def wire(self, chat: Chat, message: Message) -> Json:
        """The message as the Bot API has it; only an inline keyboard is part of it."""
        whole: Json = {
            "message_id": message.id,
            "from": chat.user if message.mine else self.bot,
            "chat": chat.wire,
            "date": message.at,
        }
        if message.edited_at:
            whole["edit_date"] = message.edited_at
        whole |= message.content
        return whole | ({"reply_markup": message.markup} if message.inline else {})

    def add(
        self,
        chat: Chat,
        text: str,
        content: Json | None = None,
        *,
        markup: Json | None = None,
        mine: bool = False,
        document: Document | None = None,
    ) -> Message:
        """Write a message into a chat, which then is kept."""
        content = content or {"text": text}
        message = Message(next(self._ids), mine, text, content, markup or {}, document=document)
        self._chats[chat.phone] = chat
        self._chats.move_to_end(chat.phone)
        if len(self._chats) > CHATS_MAX:
            self._chats.popitem(last=False)
        chat.messages[message.id] = message
        if len(chat.messages) > MESSAGES_MAX:
            chat.messages.popitem(last=False)
        self.publish(chat, {"message": message.shown()})
        if "keyboard" in message.markup:
            self.set_keyboard(chat, message)
        elif "remove_keyboard" in message.markup:
            self.set_keyboard(chat, None)
        return message

    def add_document(self, chat: Chat, document: Document, caption: str = "") -> Message:
        """The same with a file from the bot, and words beside it."""
        about: Json = {
            "file_id": f"BQACAgQ{token_hex(8)}",
            "file_unique_id": token_hex(6),
            "file_name": document.name,
            "mime_type": document.kind,
            "file_size": len(document.content),
        }
        return self.add(chat, caption, {"document": about, **_captioned(caption)}, document=document)

    def add_photo(self, chat: Chat, picture: Document, caption: str = "") -> Message:
        """The same with a picture, in the one size it has here."""
        about: Json = {
            "file_id": f"AgACAgQ{token_hex(8)}",
            "file_unique_id": token_hex(6),
            "width": 720,
            "height": 720,
            "file_size": len(picture.content),
        }
        return self.add(chat, caption, {"photo": [about], **_captioned(caption)}, document=picture)

    def edit(self, chat: Chat, message: Message, text: str, markup: Json) -> None:
        message.text, message.content, message.markup = text, {"text": text}, markup
        message.edited_at = int(time.time())
        self.publish(chat, {"message": message.shown()})

    def delete(self, chat: Chat, message: Message) -> None:
        del chat.messages[message.id]
        self.publish(chat, {"deleted": message.id})
        if chat.keyboard is message:
            self.set_keyboard(chat, None)

    def set_keyboard(self, chat: Chat, message: Message | None) -> None:
        before, chat.keyboard = chat.shown_keyboard(), message
        if chat.shown_keyboard() != before:
            self.publish(chat, {"keyboard": chat.shown_keyboard()})

    def set_toast(self, chat: Chat, text: str) -> None:
        chat.toast = text
        if text:
            self.publish(chat, {"toast": text})

    def publish(self, chat: Chat, news: Json) -> None:
        self.world.publish("telegram", chat.phone, news)


def _captioned(caption: str) -> Json:
    return {"caption": caption} if caption else {}
