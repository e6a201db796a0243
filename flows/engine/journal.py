"""What is kept of a conversation between two turns: a few hundred bytes."""

from typing import Any, Literal

import msgspec

from domain.records.person import Talker

Person = Talker


class Answer(msgspec.Struct, array_like=True, frozen=True):
    """
    One step that is behind us. `kind` says who gave the value: the member, the store, a command, a check; of a
    round, what it keeps of those before, see `Round`.

    `step` is "flow.step", with "#2" and so on when one step is taken more than once.
    """

    step: str
    kind: Literal["answer", "read", "submit", "check", "round"]
    value: Any
    at: int  # seconds since the epoch


Journal = tuple[Answer, ...]


class Session(msgspec.Struct, array_like=True):
    """
    A conversation as it is stored.

    `id` names it in the keys of its commands. `call` is the call it is heard in, whose transcript was accepted up
    to `heard` characters with the keyed digest `heard_digest`: the characters may hold a PIN.
    """

    id: str = ""
    call: str = ""
    heard: int = 0
    heard_digest: str = ""
    journal: Journal = ()
    page: int = 0
    offering: bool = False  # the screen is "continue, or start again?"
    at: int = 0  # of the last turn, seconds since the epoch
    channel: str = ""  # of the last turn
    shown: str = ""  # the screen that is on it, where it has buttons
    said: dict[str, str] = {}  # answers to questions that are still to come, by step
    phone: str = ""  # a stranger's own, which a channel vouches for
    warned: bool = False  # has been told what becomes of a PIN in a chat
    pin_at: int = 0  # when a PIN was right that still counts in this call or chat, seconds since the epoch
    pin_by: str = ""  # the call it was typed in, or the sender who typed it
    left: str = ""  # a call that may still be open, while the conversation went on elsewhere
    unread: bool = False  # the screen is terms, and its page is not where they can be agreed to
    asked: str = ""  # a digest of the words on the screen, where their answer counts for them alone
    cut: bool = False  # a hint stands above the page, and had no room beside all of it


_decode_session = msgspec.json.Decoder(Session).decode
encode = msgspec.json.Encoder().encode


def decode_session(data: bytes) -> Session:
    """Raises msgspec.MsgspecError for anything but a stored session."""
    return _decode_session(data)


def stored_session(data: bytes) -> Session:
    """A session as it was kept; one that cannot be read, after an upgrade or a mishap, is a new one."""
    try:
        return decode_session(data) if data else Session()
    except msgspec.MsgspecError:
        return Session()
