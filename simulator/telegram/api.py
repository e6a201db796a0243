"""
The Bot API: the methods the bot calls, over HTTP or in its answer to an update.

Source: Telegram, "Bot API", "Making requests" and each method; what it refuses with is as seen on the wire.
"""

import hmac
import re
import time
from collections import OrderedDict
from collections.abc import Callable
from contextlib import suppress
from secrets import randbits
from typing import Any, Final

from flask import Blueprint, Response, jsonify, request

from simulator.documents import Document
from simulator.telegram.chats import Chat, Chats, Message
from simulator.telegram.commands import Commands
from simulator.telegram.params import TOAST_MAX, Json, Params, Refusal
from simulator.telegram.webhook import Webhook
from simulator.world import Switches

QUERIES_MAX = 10_000
DELETABLE_SECONDS = 48 * 3_600

TOKEN: Final = re.compile(r"[0-9]+:[A-Za-z0-9_-]+")
WRITES: Final = frozenset(
    {"sendmessage", "senddocument", "sendphoto", "editmessagetext", "editmessagereplymarkup", "deletemessage"}
)
ACTIONS: Final = frozenset(
    {
        "typing",
        "upload_photo",
        "record_video",
        "upload_video",
        "record_voice",
        "upload_voice",
        "upload_document",
        "choose_sticker",
        "find_location",
        "record_video_note",
        "upload_video_note",
    }
)


class BotApi:
    """`webhook` is where updates go, `commands` the menu the bot gave."""

    def __init__(self, chats: Chats, faults: Switches) -> None:
        self.chats, self.faults = chats, faults
        self.commands = Commands()
        self.webhook = Webhook(chats.world, faults, self.execute)
        self._queries: OrderedDict[str, tuple[Chat, float]] = OrderedDict()
        self._methods: dict[str, Callable[[Params], Any]] = {
            "getme": lambda _: chats.bot,
            "setwebhook": self._set_webhook,
            "deletewebhook": self._delete_webhook,
            "getwebhookinfo": lambda _: self.webhook.info(),
            "setmycommands": self._set_commands,
            "getmycommands": self.commands.get,
            "sendmessage": self._send_message,
            "senddocument": self._send_document,
            "sendphoto": self._send_photo,
            "editmessagetext": self._edit_text,
            "editmessagereplymarkup": self._edit_markup,
            "deletemessage": self._delete_message,
            "answercallbackquery": self._answer_query,
            "sendchataction": self._send_action,
        }

    def call(self, method: str, params: Params) -> Any:
        """The result of one method, whose name may be in any case. Raises Refusal."""
        run = self._methods.get(method.lower())
        if run is None:
            raise Refusal(404, "Not Found")
        with self.chats.lock:
            return run(params)

    def execute(self, answer: Json) -> None:
        """Run the call in the bot's answer to an update; what comes of it nobody hears, not even a refusal."""
        method = answer.get("method")
        if isinstance(method, str):
            with suppress(Refusal):
                self.call(method, Params(answer))

    def query(self, chat: Chat) -> str:
        """The id of a new callback query, which the bot is to answer soon."""
        query_id = str(randbits(63))
        self._queries[query_id] = (chat, time.monotonic())
        if len(self._queries) > QUERIES_MAX:
            self._queries.popitem(last=False)
        return query_id

    def routes(self) -> Blueprint:
        """What the bot calls: mounted at /telegram."""
        routes = Blueprint("telegram_api", __name__)

        @routes.route("/bot<token>/<method>", methods=["GET", "POST"])
        def call(token: str, method: str) -> Response:
            try:
                self._authorise(token)
                self._fail_if_told(method.lower())
                return jsonify(ok=True, result=self.call(method, _params()))
            except Refusal as refusal:
                answer = jsonify(refusal.body)
                answer.status_code = refusal.status
                return answer

        return routes

    def _authorise(self, token: str) -> None:
        if not TOKEN.fullmatch(token):
            raise Refusal(404, "Not Found")
        if not hmac.compare_digest(token, self.chats.world.config.telegram_token):
            raise Refusal(401, "Unauthorized")

    def _fail_if_told(self, method: str) -> None:
        if method not in WRITES:
            return
        if self.faults.take("status_500"):
            raise Refusal(500, "Internal Server Error")
        if self.faults.take("status_429"):
            seconds = self.faults.get("retry_after")
            raise Refusal(429, f"retry after {seconds}", retry_after=seconds)

    def _set_webhook(self, params: Params) -> bool:
        self.webhook.set(params)
        return True

    def _delete_webhook(self, params: Params) -> bool:
        self.webhook.delete(params)
        return True

    def _set_commands(self, params: Params) -> bool:
        self.commands.set(params)
        self.chats.world.publish("telegram", "", {"commands": True})
        return True

    def _send_message(self, params: Params) -> Json:
        chat, text, markup = self._writable(params), params.message_text(), params.markup()
        return self.chats.wire(chat, self.chats.add(chat, text, markup=markup))

    def _send_document(self, params: Params) -> Json:
        chat, document = self._writable(params), params.document()
        return self.chats.wire(chat, self.chats.add_document(chat, document, params.caption()))

    def _send_photo(self, params: Params) -> Json:
        """A picture: what is none is refused, as Telegram looks at its first bytes."""
        chat, picture = self._writable(params), params.document("photo")
        if not picture.content.startswith((b"\x89PNG", b"\xff\xd8")):
            raise Refusal(400, "IMAGE_PROCESS_FAILED")
        return self.chats.wire(chat, self.chats.add_photo(chat, picture, params.caption()))

    def _edit_text(self, params: Params) -> Json:
        chat, message = self._editable(params)
        return self._edit(chat, message, params.message_text(), params.inline_markup())

    def _edit_markup(self, params: Params) -> Json:
        chat, message = self._editable(params)
        return self._edit(chat, message, message.text, params.inline_markup())

    def _edit(self, chat: Chat, message: Message, text: str, markup: Json) -> Json:
        same = text == message.text and markup == message.markup
        if same or self.faults.take("not_modified"):
            raise Refusal(
                400,
                "message is not modified: specified new message content and reply markup are exactly the same "
                "as a current content and reply markup of the message",
            )
        self.chats.edit(chat, message, text, markup)
        return self.chats.wire(chat, message)

    def _delete_message(self, params: Params) -> bool:
        """Of either side: a bot may take back what a person typed, too."""
        chat = self._writable(params)
        message = chat.messages.get(params.number("message_id") or 0)
        if message is None:
            raise Refusal(400, "message to delete not found")
        if time.time() - message.at > DELETABLE_SECONDS:
            raise Refusal(400, "message can't be deleted")
        self.chats.delete(chat, message)
        return True

    def _answer_query(self, params: Params) -> bool:
        chat, asked = self._queries.get(params.text("callback_query_id"), (None, 0.0))
        late = time.monotonic() - asked >= self.faults.get("query_seconds")
        if chat is None or late or self.faults.take("query_too_old"):
            raise Refusal(400, "query is too old and response timeout expired or query ID is invalid")
        if len(params.text("text")) > TOAST_MAX:
            raise Refusal(400, "MESSAGE_TOO_LONG")
        self.chats.set_toast(chat, params.text("text"))
        return True

    def _send_action(self, params: Params) -> bool:
        self._writable(params)
        if params.text("action") not in ACTIONS:
            raise Refusal(400, "wrong parameter action in request")
        return True

    def _writable(self, params: Params) -> Chat:
        """The chat of a person who wrote first, and has not blocked the bot since."""
        if "chat_id" not in params:
            raise Refusal(400, "chat_id is empty")
        chat = self.chats.with_id(params.number("chat_id") or 0)
        if chat is None:
            raise Refusal(400, "chat not found")
        if not chat.started:
            raise Refusal(403, "bot can't initiate conversation with a user")
        if chat.blocked or self.faults.get("blocked").get(chat.phone):
            raise Refusal(403, "bot was blocked by the user")
        return chat

    def _editable(self, params: Params) -> tuple[Chat, Message]:
        """A message of the bot's own, without a keyboard or with an inline one."""
        chat = self._writable(params)
        message = chat.messages.get(params.number("message_id") or 0)
        if message is None:
            raise Refusal(400, "message to edit not found")
        if message.mine or (message.markup and not message.inline):
            raise Refusal(400, "message can't be edited")
        return chat, message


def _params() -> Params:
    """The parameters of the request: in its address and in its body, a form or JSON."""
    body = request.get_json(silent=True) if request.is_json else {}
    if not isinstance(body, dict):
        raise Refusal(400, "can't parse JSON object")
    files = {
        name: Document(part.filename or "", part.mimetype, part.read()) for name, part in request.files.items()
    }
    return Params(request.values.to_dict() | body, files)
