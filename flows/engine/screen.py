"""A screen is a value: what is said, what can be chosen. How it is shown is the channel's business."""

from collections.abc import Mapping, Sequence
from typing import Literal

import msgspec

from flows.engine.document import Document
from flows.words.texts import Label, Text

Kind = Literal[
    "menu", "text", "letter", "name", "who", "paid", "amount", "phone", "own_phone", "email",
    "confirm", "terms", "pin", "code", "end",
]  # fmt: skip


class Option(msgspec.Struct, frozen=True, gc=False):
    """
    One choice; `key` is what the journal keeps, so it stays when the label changes.

    `number` is what is typed for it, up to three digits; "" for its place among the options.
    """

    key: str
    label: Label
    number: str = ""


class Screen(msgspec.Struct, frozen=True):
    """
    What a member sees next. `final` ends the conversation; `hint` says what to type after a slip.

    The `document` is the same as a file, on channels that carry files. `becomes` is the id of who, of several on a
    shared phone, has shown that it is them: the conversation is theirs from here on, and this is not shown. Who
    answers it `agrees` to what it says.
    """

    text: Label
    options: Sequence[Option] = ()
    kind: Kind = "text"
    hint: Text | None = None
    document: Document | None = None
    becomes: str = ""
    agrees: bool = False

    @property
    def final(self) -> bool:
        return self.kind == "end"


def say(text: Label, document: Document | None = None) -> Screen:
    """The last screen of a conversation."""
    return Screen(text, kind="end", document=document)


def numbers(choices: Sequence[Option]) -> list[str]:
    """What is typed for each of these options."""
    return [option.number or str(place) for place, option in enumerate(choices, start=1)]


def options(labels: Mapping[str, Label]) -> tuple[Option, ...]:
    """Choices in the order they are shown, by key."""
    return tuple([Option(key, label) for key, label in labels.items()])
