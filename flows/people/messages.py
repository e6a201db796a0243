"""Which messages I get, and the chats that may speak for me."""

from typing import Final

from domain.people.chats import ChooseReceipts, StopMessages, Unlink
from domain.records.chat import TEXT
from domain.records.person import Member
from domain.reminders.switches import StopReminders, reminders_are_off
from flows import ask
from flows.dialogue import SpokenAnswer, flow, read, submit
from flows.engine.screen import say
from flows.engine.steps import Conversation
from flows.words.news.people import MESSAGES_STOPPED, MESSAGES_WANTED
from flows.words.texts import Label, t

# Being left alone, and not being left alone any more, is never guessed at.
_STOP: Final = SpokenAnswer("what", "stop", t("Stop messages"), t("stop, unsubscribe"))
_START: Final = SpokenAnswer("what", "start", t("Send me messages"), t("start, unstop"))
_FEWER: Final = SpokenAnswer(
    "what", "reminders", t("Reminders"), t("no reminders, stop reminders, fewer messages")
)


@flow("messages", label=t("Messages"), answers=(_STOP, _START, _FEWER))
def messages(me: Member) -> Conversation:
    """Where receipts go, unlink a chat, no reminders, no more messages."""
    choices: dict[str, Label] = {}
    if me.chats:
        choices |= {"receipts": t("Where receipts go"), "unlink": t("Unlink a chat")}
    choices |= {"link": t("Link a chat"), _FEWER.key: _FEWER.label}
    offered = _START if me.messages_stopped else _STOP
    choices[offered.key] = offered.label
    also = {each.key: each.label for each in (_START, _STOP)}
    chosen = yield from ask.choice("what", t("Messages from us"), choices, also=also)
    match chosen:
        case "receipts":
            return (yield from _receipts(me))
        case "unlink":
            return (yield from _unlink(me))
        case "reminders":
            return (yield from _reminders(me))
        case "link":
            return say(
                t("Write to us in the chat you want to use, and say that your number is {phone}.", phone=me.phone)
            )
    stopped = chosen == _STOP.key
    yield from submit("stop", StopMessages(me.id, stopped))
    return say(MESSAGES_STOPPED if stopped else MESSAGES_WANTED)


def _reminders(me: Member) -> Conversation:
    """Fewer messages: receipts and news, but no reminders."""
    off = yield from read("off", reminders_are_off, me.id)
    prompt = t("You get no reminders.") if off else t("We remind you of what is due.")
    offers = {"on": t("Remind me again")} if off else {"off": t("No more reminders")}
    yield from ask.choice("reminders", prompt, offers)
    yield from submit("remind", StopReminders(me.id, not off))
    return say(t("We remind you again.") if off else t("You get no more reminders. Receipts still come."))


def _receipts(me: Member) -> Conversation:
    names = {chat.channel: chat.name for chat in me.chats}
    places: dict[str, Label] = {**names, TEXT: t("Text message"), "any": t("Wherever it works")}
    chosen = yield from ask.choice("where", t("Where do you want receipts?"), places)
    channel = "" if chosen == "any" else chosen
    yield from submit("choose", ChooseReceipts(me.id, channel))
    return say(t("Your receipts come here: {place}.", place=places[chosen]))


def _unlink(me: Member) -> Conversation:
    chat = yield from ask.pick("chat", t("Unlink which chat?"), me.chats)
    yield from ask.pin("pin", me.id, t("{chat} will no longer know you. Your PIN?", chat=chat.name), fresh=True)
    yield from submit("unlink", Unlink(me.id, chat.id))
    return say(t("{chat} no longer knows you. Write to us there to link it again.", chat=chat.name))
