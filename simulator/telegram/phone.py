"""
Telegram: each person's chat with the bot, as the phone has it, and what a person can do there.

The API the bot calls is in `telegram_api`, how updates reach it in `telegram_webhook`.
Source: Telegram, "Bot API", "Getting updates", "Available types"; "Deep linking".
"""

import re
import time
from collections.abc import Callable
from typing import Any, Final

from flask import Blueprint, Response, abort, request

from simulator.control import strings
from simulator.gsm import units
from simulator.telegram.api import BotApi
from simulator.telegram.chats import Chat, Chats
from simulator.telegram.params import TEXT_MAX
from simulator.telegram.webhook import Delivery
from simulator.world import Switches, World

PHONE: Final = re.compile(r"\+[1-9][0-9]{6,14}")
PAYLOAD: Final = re.compile(r"[A-Za-z0-9_-]{0,64}")
COMMAND: Final = re.compile(r"(?<![\w/])/[A-Za-z0-9_]{1,64}")

FILE: Final = {"file_id": "AgACAgQAAxkBAAIB", "file_unique_id": "AQADAgAT"}
# What can be shared besides text: what the phone shows, and what the wire has.
SHARED: Final[dict[str, tuple[str, dict[str, Any]]]] = {
    "photo": ("Photo", {"photo": [FILE | {"width": 640, "height": 480, "file_size": 40_000}]}),
    "voice": ("Voice message", {"voice": FILE | {"duration": 3, "mime_type": "audio/ogg", "file_size": 9_000}}),
    "location": ("Location", {"location": {"latitude": 0.3476, "longitude": 32.5825}}),
    "sticker": (
        "Sticker",
        {
            "sticker": FILE
            | {"type": "regular", "width": 512, "height": 512, "is_animated": False, "is_video": False}
        },
    ),
}

Json = dict[str, Any]


class NotPossible(Exception):
    """The person's Telegram does not offer this."""


class BotSilent(Exception):
    """The bot did not answer the update; it is sent again, so what it says may still come."""


class Telegram:
    """
    Counted switches: `status_429` and `status_500` hit what the bot sends, edits and deletes, `not_modified` its
    edits, `query_too_old` its answers to taps, `update_twice` and `update_lost_answer` the updates it gets.

    Options: `retry_after` (seconds, with a 429), `query_seconds` (how long a tap can be answered),
    `blocked` {phone: true}, and `inaccessible`: a tap does not show the bot its message.
    """

    def __init__(self, world: World) -> None:
        self.world = world
        self.faults = world.faults["telegram"] = Switches(
            ("not_modified", "query_too_old", "status_429", "status_500", "update_lost_answer", "update_twice"),
            {"blocked": {}, "inaccessible": False, "query_seconds": 60, "retry_after": 7},
            allowed={"blocked": (True, False)},
        )
        self.chats = Chats(world)
        self.api = BotApi(self.chats, self.faults)

    def messages(self, phone: str) -> list[Json]:
        """What the chat shows, oldest first."""
        with self.chats.lock:
            return [message.shown() for message in self.chats.of(phone).messages.values()]

    def show(self, phone: str) -> Json:
        """All that the phone shows of the bot."""
        with self.chats.lock:
            chat = self.chats.of(phone)
            return {
                "started": chat.started,
                "blocked": chat.blocked,
                "bot": self.world.config.telegram_bot_name,
                "messages": self.messages(phone),
                "keyboard": chat.shown_keyboard(),
                "toast": chat.toast,
                "commands": self.api.commands.seen_by(chat.user),
            }

    # What a person does. Each raises NotPossible, and then has done nothing, or BotSilent.

    def start(self, phone: str, payload: str = "") -> None:
        """Press Start, or open https://t.me/BOT?start=PAYLOAD; a bot that was blocked may write again then."""
        if not PAYLOAD.fullmatch(payload):
            raise NotPossible("A link carries 64 letters, digits, - and _")
        with self.chats.lock:
            blocked = self.chats.of(phone).blocked
        if blocked:
            self.block(phone, False)
        self.write(phone, f"/start {payload}".rstrip())

    def write(self, phone: str, text: str) -> None:
        text = text.strip()
        if not 1 <= len(text) <= TEXT_MAX:
            raise NotPossible(f"A message has 1 to {TEXT_MAX} characters")
        # Offsets and lengths are in UTF-16 code units.
        entities = [
            {"type": "bot_command", "offset": units(text[: found.start()]), "length": units(found[0])}
            for found in COMMAND.finditer(text)
        ]
        self._say(phone, text, {"text": text} | ({"entities": entities} if entities else {}))

    def tap(self, phone: str, message_id: int, data: str) -> None:
        """Tap a button under a message; what the bot last said of a tap is gone then."""
        with self.chats.lock:
            chat = self._open_chat(phone)
            message = chat.messages.get(message_id)
            buttons = (button for row in message.inline for button in row) if message else ()
            if message is None or all(button["callback_data"] != data for button in buttons):
                raise NotPossible("That message has no such button")
            self.chats.set_toast(chat, "")
            seen = self.chats.wire(chat, message)
            if self.faults.get("inaccessible"):
                seen = {"chat": chat.wire, "message_id": message.id, "date": 0}
            query = {
                "id": self.api.query(chat),
                "from": chat.user,
                "message": seen,
                "chat_instance": str(chat.id * 1_000_003),
                "data": data,
            }
            delivery = self.api.webhook.queue(phone, "callback_query", query)
        self._deliver(delivery)

    def share_contact(self, phone: str, of: str = "") -> None:
        """Share one's own contact, or another's: with that person's user id, if Telegram knows the number."""
        of = of or phone
        user = self.chats.user(of)
        contact = {"phone_number": of[1:], "first_name": user["first_name"]}
        if of == phone or of in self.world.people:
            contact["user_id"] = user["id"]
        with self.chats.lock:
            chat = self._open_chat(phone)
            if of == phone and chat.keyboard and chat.keyboard.markup.get("one_time_keyboard"):
                self.chats.set_keyboard(chat, None)
        self._say(phone, f"Contact: {of}", {"contact": contact})

    def share(self, phone: str, kind: str) -> None:
        if kind not in SHARED:
            raise NotPossible(f"kind is one of {', '.join(SHARED)}")
        self._say(phone, *SHARED[kind])

    def block(self, phone: str, blocked: bool) -> None:
        """Block the bot, or let it write again; it is told when that changes something."""
        with self.chats.lock:
            chat = self.chats.of(phone)
            if not chat.started:
                raise NotPossible("Nothing was written yet")
            if chat.blocked == blocked:
                return
            chat.blocked = blocked
            self.chats.publish(chat, {"blocked": blocked})
            member: Json = {"user": self.chats.bot, "status": "member"}
            kicked: Json = {"user": self.chats.bot, "status": "kicked", "until_date": 0}
            before, after = (member, kicked) if blocked else (kicked, member)
            change = {
                "chat": chat.wire,
                "from": chat.user,
                "date": int(time.time()),
                "old_chat_member": before,
                "new_chat_member": after,
            }
            delivery = self.api.webhook.queue(phone, "my_chat_member", change)
        self._deliver(delivery)

    def _say(self, phone: str, text: str, content: Json) -> None:
        with self.chats.lock:
            chat = self._open_chat(phone)
            chat.started = True
            message = self.chats.add(chat, text, content, mine=True)
            delivery = self.api.webhook.queue(phone, "message", self.chats.wire(chat, message))
        self._deliver(delivery)

    def _open_chat(self, phone: str) -> Chat:
        chat = self.chats.of(phone)
        if chat.blocked:
            raise NotPossible("The bot is blocked")
        return chat

    def _deliver(self, delivery: Delivery | None) -> None:
        if delivery is not None and not self.api.webhook.deliver(delivery):
            raise BotSilent

    def blueprint(self) -> Blueprint:
        """The phone's side: what the page and the tests call, mounted at /sim/telegram."""
        routes, answer = Blueprint("telegram", __name__), self._answer

        @routes.get("")
        def show() -> Json:
            return self.show(_phone(request.args.get("phone", "")))

        @routes.get("/document")
        def document() -> Response:
            """The file of a message, opened."""
            phone, message = _phone(request.args.get("phone", "")), request.args.get("message", 0, type=int)
            with self.chats.lock:
                shown = self.chats.of(phone).messages.get(message)
            if shown is None or shown.document is None:
                abort(404, description="The phone has no such file")
            return shown.document.opened()

        @routes.post("/start")
        def start() -> tuple[Json, int]:
            phone, payload = _phone(*strings("phone")), _optional("payload")
            return answer(phone, lambda: self.start(phone, payload))

        @routes.post("/send")
        def send() -> tuple[Json, int]:
            phone, text = strings("phone", "text")
            return answer(_phone(phone), lambda: self.write(phone, text))

        @routes.post("/tap")
        def tap() -> tuple[Json, int]:
            phone, data = strings("phone", "data")
            message = request.get_json().get("message")
            if type(message) is not int:
                abort(400, description="message is the number of a message")
            return answer(_phone(phone), lambda: self.tap(phone, message, data))

        @routes.post("/contact")
        def contact() -> tuple[Json, int]:
            phone, of = _phone(*strings("phone")), _optional("of")
            return answer(phone, lambda: self.share_contact(phone, _phone(of) if of else ""))

        @routes.post("/share")
        def share() -> tuple[Json, int]:
            phone, kind = strings("phone", "kind")
            return answer(_phone(phone), lambda: self.share(phone, kind))

        @routes.post("/block")
        def block() -> tuple[Json, int]:
            phone, blocked = _phone(*strings("phone")), request.get_json().get("blocked")
            if not isinstance(blocked, bool):
                abort(400, description="blocked is true or false")
            return answer(phone, lambda: self.block(phone, blocked))

        return routes

    def _answer(self, phone: str, act: Callable[[], None]) -> tuple[Json, int]:
        """The chat after the bot's answer was carried out, or what went wrong."""
        try:
            act()
        except NotPossible as reason:
            return {"error": str(reason)}, 400
        except BotSilent:
            return {"error": "The bot does not answer"}, 502
        return {"messages": self.messages(phone)}, 200


def _phone(text: str) -> str:
    if not PHONE.fullmatch(text):
        abort(400, description="phone is a number with + and its country code")
    return text


def _optional(name: str) -> str:
    return strings(name)[0] if name in request.get_json() else ""
