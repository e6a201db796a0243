"""A file for a member to keep: what a conversation says at its end, where the channel carries files."""

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any, Final

import msgspec

TEXT: Final = "text/plain; charset=utf-8"
NAME_LENGTH_MAX: Final = 60

# With it a phone knows the letters to be UTF-8 after the file has left its message, whose type said so.
_MARK: Final = "\ufeff"
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
    it, in the words of a language, and of what else it is `about`. So it is a value, the same in each replay. What
    is `personal` is somebody's own money, and stands behind a PIN.
    """

    query: Callable[..., Any]
    args: tuple[Any, ...]
    made: Callable[..., File]
    about: tuple[str, ...] = ()
    personal: bool = False


def text_file(name: str, lines: Iterable[str]) -> File:
    """Lines of text as a file; what is no letter or digit of `name` becomes a "-"."""
    stem = _NOT_IN_NAMES.sub("-", name.lower())[:NAME_LENGTH_MAX].strip("-")
    return File(f"{stem or 'file'}.txt", TEXT, (_MARK + "".join(f"{line}\n" for line in lines)).encode())
