"""What goes into a conversation and what comes out of it, on whatever channel."""

import re
from typing import Final

import msgspec

from domain.records.person import Language
from flows.engine.channel import Channel
from flows.engine.document import File
from flows.engine.play import BACK, HOME, MORE
from flows.engine.screen import Kind
from flows.words.texts import Text

_WAYS: Final = (f":{BACK}", f":{HOME}", f":{MORE}")
TAP: Final = "~"  # begins what a button sends; nobody types it by chance


class Message(msgspec.Struct, frozen=True):
    """
    Something a person said, on some channel.

    `sender` is who talks, as the channel knows them: a phone number (E.164 with "+"), or "channel:id". `phone` is
    a number that the channel vouches for, "" when it does not know one. `external_id` names this request: the same
    again gets the same reply. A channel with calls gives `session` and the `transcript` of all that was typed in
    it, joined by "*"; a chat gives `typed`, None when nothing was typed. `note` says what could not be read.
    """

    channel: Channel
    sender: str
    external_id: str = ""  # "" where session and transcript name the request
    phone: str = ""
    shared: bool = False  # they showed the number themselves, to say who they are
    alias: str = ""  # another name of the same sender
    language: Language = "en"  # of somebody we do not know yet
    session: str = ""
    transcript: str | None = None
    typed: str | None = None
    note: Text | None = None

    @property
    def typed_by(self) -> str:
        """Where what is typed comes from: this call, or whoever writes in a chat."""
        return self.session if self.channel.calls else self.sender


_PIN_LIKE: Final = re.compile(r"\s*\d{4,6}\s*")


def may_be_pin(typed: str) -> bool:
    """Whether something typed in a chat may be a PIN, alone or among the answers of a code that was dialled."""
    return any(_PIN_LIKE.fullmatch(part) for part in typed.strip().strip("#").split("*"))


class Tap(msgspec.Struct, array_like=True, frozen=True):
    """A button under a screen: what it sends, and what stands on it."""

    payload: str
    label: str


def is_way(tap: Tap) -> bool:
    """Whether it leads on or out, and is no answer."""
    return tap.payload.endswith(_WAYS)


class Reply(msgspec.Struct, array_like=True, frozen=True):
    """
    What is shown: one screen, folded and cut to the channel's limits. `final`: the conversation is over.

    `text` has everything in it, options with their numbers. Where there are `taps`, `body` is what remains to be
    said beside them. `secret` when a PIN was typed, `repeated` when this was answered before. A `file` goes with
    it; it is sent once, and not kept.
    """

    text: str
    final: bool
    body: str = ""
    taps: tuple[Tap, ...] = ()
    kind: Kind = "text"
    secret: bool = False
    repeated: bool = False
    file: File | None = None


class Trace(msgspec.Struct, array_like=True, frozen=True):
    """
    One turn, for those who improve the conversations. It holds no answer and no phone number.

    `outcome`: entered, answered, invalid, back, home, more, jumped, stale, offered, ended, dropped. `conversation`
    tells the turns of one from those of another, and not whose they are; `waited` is how long the question was
    looked at.
    """

    at: int
    channel: str
    language: str
    step: str  # the question that was answered, or shown first
    outcome: str
    next: str  # the question shown now, "" at the end
    ms: float
    conversation: str = ""
    waited: float = 0.0  # seconds
