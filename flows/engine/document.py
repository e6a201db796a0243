"""A file for a member to keep: what a conversation says at its end, where the channel carries files."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

import msgspec

NAME_LENGTH_MAX: Final = 60

_NOT_IN_NAMES = re.compile(r"[^a-z0-9]+")


class File(msgspec.Struct, array_like=True, frozen=True):
    """
    A file, whole. `kind` is its media type; `name` has small letters, digits, "-" and an ending, so that it needs
    no quotes anywhere.
    """

    name: str
    kind: str
    content: bytes


@dataclass(frozen=True, slots=True)
class Document:
    """
    A file that can be had with a screen.

    `query(store, *args)` is asked when the file is sent, and its answer is in no journal; `made` makes the file of
    it, in the words of a language. So it is a value, the same in each replay. What is `personal` is somebody's own
    money, and stands behind a PIN.
    """

    query: Callable[..., Any]
    args: tuple[Any, ...]
    made: Callable[..., File]
    personal: bool = False

    def file(self, store: Any, says: Any) -> File:
        """The file, in the words of a language. Raises what the query raises."""
        return self.made(self.query(store, *self.args), says)


def file_name(said: str, ending: str) -> str:
    """A name for a file: what is no letter or digit of `said` becomes a "-"."""
    stem = _NOT_IN_NAMES.sub("-", said.lower())[:NAME_LENGTH_MAX].strip("-")
    return f"{stem or 'file'}.{ending}"
