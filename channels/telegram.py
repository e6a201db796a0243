"""
Telegram's Bot API: an update in, one method call in the answer; what else there is to do goes through the client.

A button edits the message it stands on. A PIN is deleted from the chat at once.
"""

import asyncio
import hmac
import re
import threading
from collections.abc import Callable, Coroutine, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any, Final, TypeVar

import httpx
import msgspec
from telegram import (
    Bot,
    BotCommand,
    InputFile,
    KeyboardButton,
    ReplyKeyboardMarkup,
    Update,
)
from telegram import Message as TelegramMessage
from telegram.error import (
    BadRequest,
    Forbidden,
    NetworkError,
    RetryAfter,
    TelegramError,
)
from telegram.request import HTTPXRequest

from channels.errors import UNREADABLE, Forged, MalformedRequest, SendFailed, Unreachable
from channels.forms import BODY_BYTES_MAX
from channels.port import AGENT, Blocked, Push, Request, Response
from domain.people.phones import normal_phone
from domain.records.person import LANGUAGES, Language
from flows.engine.channel import Channel
from flows.engine.document import File
from flows.engine.messages import TAP, Message, Reply, is_way
from flows.engine.paging import Limits
from flows.menu import COMMANDS
from flows.words.texts import t, words

API_URL: Final = "https://api.telegram.org"
# There was no connection to send anything on.
_NEVER_LEFT: Final = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout)
TEXT_MAX: Final = 4096
CAPTION_MAX: Final = 1024
TIMEOUT_SECONDS: Final = 10
CONNECTIONS_MAX: Final = 16
ATTEMPTS: Final = 3
WAIT_SECONDS_MAX: Final = 10.0
DEEP_LINK: Final = "g_"  # t.me/BOT?start=g_10101: the code of a group, of an invitation, or a member's own

CHANNEL: Final = Channel(
    name="telegram",
    title="Telegram",
    limits=Limits(length=4_000),
    taps=60,
    files=True,
    repeats_seconds=48 * 3600,
    pin_warning=t("We delete your PIN from this chat and never keep it."),
)

_SHARE: Final = t("Share my number")
_WRITE: Final = t("Please write your answer: we cannot read pictures, sound or files here.")
_NO_COUNTRY: Final = t("That number is of no country. Please type your number, with its country code.")
_NOT_YOURS: Final = t("That is somebody else's number. Please share your own.")

_NOBODY: Final = re.compile(r"chat not found|user not found|peer_id_invalid|user_id_invalid", re.IGNORECASE)

_R = TypeVar("_R")


class _User(msgspec.Struct):
    id: int
    language_code: str = ""


class _Chat(msgspec.Struct):
    id: int
    type: str = "private"


class _Contact(msgspec.Struct):
    phone_number: str
    user_id: int | None = None


_NONE: Final = msgspec.Raw()  # a field that is not there; of one that is, nothing is looked at


class _Message(msgspec.Struct):
    """
    What is no text and none of what people send (`_SENT`) is a service message: that something was pinned, a timer
    set, a topic closed, and what Telegram will think of. Nobody said anything.
    """

    message_id: int
    chat: _Chat
    date: int = 0
    sender: _User | None = msgspec.field(default=None, name="from")
    text: str | None = None
    contact: _Contact | None = None
    animation: msgspec.Raw = _NONE
    audio: msgspec.Raw = _NONE
    checklist: msgspec.Raw = _NONE
    dice: msgspec.Raw = _NONE
    document: msgspec.Raw = _NONE
    game: msgspec.Raw = _NONE
    location: msgspec.Raw = _NONE
    paid_media: msgspec.Raw = _NONE
    photo: msgspec.Raw = _NONE
    poll: msgspec.Raw = _NONE
    sticker: msgspec.Raw = _NONE
    story: msgspec.Raw = _NONE
    venue: msgspec.Raw = _NONE
    video: msgspec.Raw = _NONE
    video_note: msgspec.Raw = _NONE
    voice: msgspec.Raw = _NONE


# What people send that is no text. Source: Telegram, "Message".
_SENT: Final = tuple(
    name
    for name in _Message.__struct_fields__
    if name not in ("message_id", "chat", "date", "sender", "text", "contact")
)


class _CallbackQuery(msgspec.Struct):
    id: str
    sender: _User = msgspec.field(name="from")
    message: _Message | None = None
    data: str = ""


class _MemberStatus(msgspec.Struct):
    status: str


class _ChatMember(msgspec.Struct):
    chat: _Chat
    new_chat_member: _MemberStatus


class _Update(msgspec.Struct):
    """The fields we use: python-telegram-bot's own reader takes sixty times as long, on every turn's way."""

    update_id: int
    message: _Message | None = None
    callback_query: _CallbackQuery | None = None
    my_chat_member: _ChatMember | None = None


_decode = msgspec.json.Decoder(_Update).decode
_encode = msgspec.json.Encoder().encode


class _Said(Message, frozen=True):
    """
    A message with what its answer needs: `query` and `edits` for a tapped button, `message_id` of what was typed.
    """

    query: str = ""
    edits: int = 0
    message_id: int = 0


@dataclass(frozen=True)
class Telegram:
    """
    One bot. One for all threads; its client runs on an event loop of its own, in one thread, from its first use
    on.

    One of `secrets` comes with every update and tells that it is Telegram's; the first is what it is told to send.
    `hook_secret` is in the address.
    """

    token: str = field(repr=False)
    secrets: tuple[str, ...] = field(repr=False)
    hook_secret: str = field(repr=False)
    api_url: str = ""
    agent: str = AGENT
    _loop: "_Loop" = field(default_factory=lambda: _Loop(), repr=False)
    _leaving: threading.Event = field(default_factory=threading.Event, repr=False)

    @property
    def channel(self) -> Channel:
        return CHANNEL

    @property
    def path(self) -> str:
        return f"/hooks/telegram/{self.hook_secret}"

    # Conversations

    def look_at_head(self, headers: Mapping[str, str]) -> None:
        given = headers.get("x-telegram-bot-api-secret-token", "")
        if not any(hmac.compare_digest(given.encode(), each.encode()) for each in self.secrets if each):
            raise Forged("the secret token is not ours")

    def to_message(self, request: Request) -> Message | Blocked | None:
        """
        Read an update; None for one that is not for us, which is answered all the same or it would come again.

        A shared contact is an identity only when it is the sender's own.

        Raises Forged, MalformedRequest. Source: Telegram, "Getting updates" and "Update".
        """
        self.look_at_head(request.headers)
        if len(request.body) > BODY_BYTES_MAX:
            return None  # more than anybody types: an error would have it sent again and again
        try:
            update = _decode(request.body)
        except msgspec.ValidationError:
            return None  # an update in a shape of tomorrow: an error would have it sent again and again
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
            raise MalformedRequest("this is no update") from error
        if (member := update.my_chat_member) is not None:
            return Blocked(f"telegram:{member.chat.id}", member.new_chat_member.status in ("kicked", "left"))
        if (query := update.callback_query) is not None:
            return _tapped(update, query)
        message = update.message
        if message is None or message.sender is None or message.chat.type != "private":
            return None
        if message.text is None and message.contact is None and not _is_sent(message):
            return None
        return _typed(update, message, message.sender)

    def from_reply(self, message: Message, reply: Reply) -> Response:
        """A call in the answer: the tapped message becomes the next screen, or a new message is sent."""
        call: dict[str, Any] = {"method": "sendMessage", "chat_id": int(message.sender.partition(":")[2])}
        query, typed, file = "", 0, None if reply.repeated else reply.file
        if isinstance(message, _Said):
            query, typed = message.query, message.message_id if reply.secret else 0
            if message.edits:
                call |= {"method": "editMessageText", "message_id": message.edits}
        call["text"] = (reply.body if reply.taps else reply.text)[:TEXT_MAX]
        if reply.kind == "own_phone" and not reply.final:
            call = {"method": "sendMessage", "chat_id": call["chat_id"], "text": reply.text[:TEXT_MAX]}
            call["reply_markup"] = _share_button(words(message.language).say(_SHARE))
        elif reply.taps:
            call["reply_markup"] = _keyboard(reply)

        def besides() -> None:
            if query:
                self._surely(lambda bot: bot.answer_callback_query(query))
            if typed:
                self._surely(lambda bot: bot.delete_message(call["chat_id"], typed))
            if file:
                sent = InputFile(file.content, filename=file.name)
                self._surely(lambda bot: bot.send_document(call["chat_id"], sent))

        then = besides if typed or query or file else None
        return Response(_encode(call).decode(), "application/json", then)

    def nothing(self) -> Response:
        return Response("{}", "application/json")

    # Messages of our own

    def send(self, push: Push) -> str:
        """
        Send a message; raises SendFailed, and Unreachable when we are blocked or they never wrote to us.

        Source: Telegram, "Making requests"; 429 says how long to wait.
        """
        chat = int(push.to.partition(":")[2])
        return self._push(chat, lambda bot: bot.send_message(chat, push.text[:TEXT_MAX]))

    def send_file(self, push: Push, file: File) -> str:
        """
        A picture as a photo, which is shown at once; anything else as a document. Raises as `send` does.

        Source: Telegram, "sendPhoto" and "sendDocument".
        """
        chat, caption = int(push.to.partition(":")[2]), push.text[:CAPTION_MAX] or None
        sent = InputFile(file.content, filename=file.name)
        if file.kind.startswith("image/"):
            return self._push(chat, lambda bot: bot.send_photo(chat, sent, caption=caption))
        return self._push(chat, lambda bot: bot.send_document(chat, sent, caption=caption))

    def _push(self, chat: int, call: Callable[[Bot], Coroutine[Any, Any, TelegramMessage]]) -> str:
        """A message of our own: its id, with the chat's. Raises SendFailed, Unreachable."""
        try:
            sent = self._loop.run(call(self._bot()))
        except RetryAfter as wait:
            raise SendFailed("telegram", "429", retryable=True, after_seconds=_seconds(wait)) from wait
        except Forbidden as refused:
            raise Unreachable("telegram", "403") from refused
        except BadRequest as refused:
            if _NOBODY.search(str(refused)):
                raise Unreachable("telegram", "400 chat not found") from refused
            raise SendFailed("telegram", "400", retryable=False) from refused
        except (NetworkError, TimeoutError, *UNREADABLE) as failure:
            gone = not isinstance(failure.__cause__, _NEVER_LEFT)
            raise SendFailed("telegram", type(failure).__name__, retryable=True, may_have_gone=gone) from failure
        except TelegramError as refused:  # a wrong token, a chat that has moved, and what will be new
            raise SendFailed("telegram", type(refused).__name__, retryable=False) from refused
        if not isinstance(sent, TelegramMessage):  # the library passes on whatever else was said in its place
            raise SendFailed("telegram", "no message", retryable=True, may_have_gone=True)
        return f"{chat}:{sent.message_id}"

    def set_up(self, webhook: str) -> str:
        """Tell Telegram where we are and what the commands are; answers with the bot's name. Raises SendFailed."""
        try:
            return self._loop.run(self._set_up(webhook))
        except (TelegramError, TimeoutError) as failure:
            raise SendFailed("telegram", type(failure).__name__, retryable=False) from failure

    def leave(self) -> None:
        """Wait for nothing any more: the process ends."""
        self._leaving.set()

    def close(self) -> None:
        """Let the connections go."""
        self._loop.close()

    async def _set_up(self, webhook: str) -> str:
        bot = self._bot()
        await bot.set_webhook(
            webhook,
            secret_token=self.secrets[0],
            allowed_updates=[Update.MESSAGE, Update.CALLBACK_QUERY, Update.MY_CHAT_MEMBER],
        )
        for language in LANGUAGES:
            commands = [BotCommand(name, words(language).say(about)) for name, about in COMMANDS.items()]
            await bot.set_my_commands(commands, language_code=language)
            if language == LANGUAGES[0]:
                await bot.set_my_commands(commands)  # for those whose language we do not speak
        me = await bot.get_me()
        return str(me.username)

    def _bot(self) -> Bot:
        return self._loop.bot(self.token, self.api_url, self.agent)

    def _surely(self, call: Callable[[Bot], Coroutine[Any, Any, Any]]) -> None:
        """Something that has to be done, tried again when that may help; too late is as good as done."""
        for attempt in range(1, ATTEMPTS + 1):
            try:
                self._loop.run(call(self._bot()))
            except (BadRequest, *UNREADABLE):
                return
            except Forbidden as refused:
                raise Unreachable("telegram", "403") from refused
            except (TelegramError, TimeoutError) as failure:
                if attempt == ATTEMPTS:
                    raise SendFailed("telegram", type(failure).__name__, retryable=False) from failure
                wait = _seconds(failure) if isinstance(failure, RetryAfter) else 2.0**attempt
                if self._leaving.wait(min(wait, WAIT_SECONDS_MAX)):
                    raise SendFailed("telegram", "no time left", retryable=False) from failure
            else:
                return


class _Loop:
    """The one event loop, in a thread of its own, and the client that lives on it."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._thread: threading.Thread | None = None
        self._client: Bot | None = None

    def bot(self, token: str, api_url: str, agent: str) -> Bot:
        with self._lock:
            if self._client is None:

                async def sign(request: Any) -> None:
                    request.headers["User-Agent"] = agent  # the library writes its own into every request

                request = HTTPXRequest(
                    CONNECTIONS_MAX,
                    connect_timeout=5,
                    read_timeout=TIMEOUT_SECONDS,
                    httpx_kwargs={"event_hooks": {"request": [sign]}},
                )
                host = f"{api_url.rstrip('/') or API_URL}/bot"
                self._client = Bot(token, base_url=host, request=request)
            return self._client

    def run(self, call: Coroutine[Any, Any, _R]) -> _R:
        """Wait for a call, from any thread."""
        with self._lock:
            if self._loop is None:
                self._loop = asyncio.new_event_loop()
                self._thread = threading.Thread(target=self._loop.run_forever, name="telegram", daemon=True)
                self._thread.start()
        return asyncio.run_coroutine_threadsafe(call, self._loop).result(3 * TIMEOUT_SECONDS)

    def close(self) -> None:
        if self._loop is None or self._thread is None:
            return
        if self._client is not None:
            self.run(self._client.shutdown())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()


def _tapped(update: _Update, query: _CallbackQuery) -> Message:
    # A message that is too old for Telegram comes without its date, and cannot be edited.
    # What stands over "Menu" is the end of a conversation, a reference perhaps: it stays.
    can_edit = query.message is not None and query.message.date and query.data.startswith(TAP)
    edits = query.message.message_id if query.message is not None and can_edit else 0
    return _Said(
        CHANNEL,
        f"telegram:{query.sender.id}",
        str(update.update_id),
        language=_language(query.sender),
        typed=query.data,
        query=query.id,
        edits=edits,
    )


def _is_sent(message: _Message) -> bool:
    """Whether there is something in it that people send."""
    return any(getattr(message, each) != _NONE for each in _SENT)


def _typed(update: _Update, message: _Message, sender: _User) -> Message:
    text, contact, note, phone = message.text, message.contact, None, ""
    if contact is not None:
        if contact.user_id != sender.id:
            note = _NOT_YOURS
        elif number := normal_phone(contact.phone_number, ""):
            phone = number
        else:
            note = _NO_COUNTRY
    elif text is None:
        note = _WRITE
    return _Said(
        CHANNEL,
        f"telegram:{sender.id}",
        str(update.update_id),
        phone=phone,
        shared=bool(phone),
        language=_language(sender),
        typed=None if text is None else _plain(text),
        note=note,
        message_id=message.message_id,
    )


def start_link(name: str) -> str:
    """Where a chat with the bot of this name begins, to be followed by a code; "" where it has no name."""
    return f"https://t.me/{name}?start={DEEP_LINK}" if name else ""


def _plain(text: str) -> str:
    """A /command in plain words: "/start" is the menu, with a group's code behind it a request to join."""
    if not text.startswith("/"):
        return text
    first, _, rest = text[1:].partition(" ")
    command = first.partition("@")[0].lower()
    if command != "start":
        return f"{command} {rest}".strip()
    return f"join {rest.removeprefix(DEEP_LINK)}" if rest.startswith(DEEP_LINK) else "menu"


def _language(user: _User) -> Language:
    return next((language for language in LANGUAGES if user.language_code.startswith(language)), LANGUAGES[0])


def _keyboard(reply: Reply) -> dict[str, Any]:
    """
    A row for each option, and one for the ways out, which are as short as "Back".

    What InlineKeyboardMarkup comes to; to make it of eight buttons takes longer than all the rest of a turn.
    """
    rows, ways = [], []
    for tap in reply.taps:
        button = {"text": tap.label, "callback_data": tap.payload}
        if is_way(tap):
            ways.append(button)
        else:
            rows.append([button])
    return {"inline_keyboard": [*rows, ways] if ways else rows}


def _share_button(label: str) -> dict[str, Any]:
    button = KeyboardButton(label, request_contact=True)
    return ReplyKeyboardMarkup([[button]], resize_keyboard=True, one_time_keyboard=True).to_dict()


def _seconds(wait: RetryAfter) -> float:
    after: object = wait.retry_after  # a number in the versions that are asked for one
    seconds = after.total_seconds() if isinstance(after, timedelta) else after
    try:
        return max(0.0, float(str(seconds)))
    except ValueError:
        return 0.0
