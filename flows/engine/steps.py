"""
What a conversation can ask its engine for, one class each.

A conversation is a generator of steps: it yields one and is sent its value. Questions are put to the member,
reads to the store, submits change something, checks look at a secret.
"""

from collections.abc import Callable, Generator
from dataclasses import dataclass
from typing import Any, Final, Generic, TypeVar

import msgspec

from domain.records.person import Language
from domain.records.pin import Secret
from flows.engine.screen import Screen
from flows.words.texts import Text

T = TypeVar("T")

# The question of the main menu, where words that were said in a chat lead on from.
MENU_STEP: Final = "menu.menu"


class Invalid(Exception):
    """The answer cannot be read; `hint` says what to type. What may be `secret` is deleted where that can be."""

    def __init__(self, hint: Text, *, secret: bool = False) -> None:
        super().__init__(hint.message)
        self.hint: Final = hint
        self.secret: Final = secret


@dataclass(slots=True)
class Question(Generic[T]):
    """
    Something only the member can answer.

    `read` makes a journal value of what was typed, `value` a typed value of what the journal holds; both raise
    Invalid. A `guarded` question is never answered ahead, by digits that were dialled with the code.
    """

    step: str
    screen: Screen
    read: Callable[[str], Any]
    value: Callable[[Any], T]
    guarded: bool = False


@dataclass(slots=True)
class Check:
    """
    A secret the member types. The journal keeps what `check` answers, never the secret.

    `check(store, secret)` may raise TryAgain, and the question is put again. Where what is typed cannot be
    deleted, one that is `lasting` is not asked again for a while; never so when money leaves.

    `pin`: it is the member's own PIN, and opens what is theirs. Where it stands before what it `opens`, and not
    behind it as a confirmation, one that was right before in the same conversation or call does.
    """

    step: str
    screen: Screen
    read: Callable[[str], Secret]
    check: Callable[[Any, Secret], Any]
    lasting: bool = False
    pin: bool = False
    opens: bool = False
    guarded: Final = True


@dataclass(slots=True)
class Read:
    """
    A query: `query(store, *args)`, whose answer stays in the journal.

    What is `personal` is somebody's own money: it is read behind a PIN, or not at all.
    """

    step: str
    query: Callable[..., Any]
    args: tuple[Any, ...]
    personal: bool = False


@dataclass(slots=True)
class Submit:
    """A command, carried out once."""

    step: str
    command: Any


@dataclass(slots=True)
class Round:
    """
    A loop begins, or goes round once more: what was answered since it began leaves the journal, but for `kept`.

    So a loop may be as long as it likes: its journal, and the time a turn takes, stay as they are in the first
    round. The flow takes nothing else from a round to the next; `kept` is of the journal's plain values.
    """

    step: str
    kept: Any


class Enter(msgspec.Struct, frozen=True):
    """A flow begins: the steps that follow are its own."""

    flow: str


class Leave(msgspec.Struct, frozen=True):
    """The flow that was entered last has ended; the conversation goes on in the one around it."""


@dataclass(frozen=True, slots=True)
class Speak:
    """From here on in this language."""

    language: Language


Step = Question[Any] | Check | Read | Submit | Round | Enter | Leave | Speak
Conversation = Generator[Step, Any, Screen]
Ask = Generator[Step, Any, T]
