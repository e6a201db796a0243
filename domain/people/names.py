"""Names that people type: what reads as one, for a person and for a group."""

from typing import Final
from unicodedata import category, name, normalize

# Between the letters of a name: O'Brien, Jean-Paul, St. Kizito.
_BETWEEN: Final = frozenset(" '’ʼ-.·")
# What a group's name may have besides: Umoja 2, Hope & Faith (Mbale).
_IN_GROUPS: Final = frozenset("&(),/")
LETTERS_MIN: Final = 2
_LETTERS: Final = ("Lu", "Ll", "Lt", "Lo")


def name_of_person(typed: str, most: int) -> str | None:
    """The name with its spaces tidied; None for what is none: one letter, digits, a formula, a tag, an emoji."""
    return _name(typed, most, _BETWEEN, digits=False)


def name_of_group(typed: str, most: int) -> str | None:
    """The same for a group, which may have a number in its name."""
    return _name(typed, most, _BETWEEN | _IN_GROUPS, digits=True)


def is_latin(line: str) -> bool:
    """Whether its letters are those that every phone can show."""
    return all("LATIN" in name(char, "") for char in normalize("NFC", line) if category(char) in _LETTERS)


def _name(typed: str, most: int, between: frozenset[str], *, digits: bool) -> str | None:
    line = " ".join(typed.split())
    letters = [char for char in line if char.isalpha()]
    # Scripts that write vowels as marks, as Arabic or Devanagari do, have them between the letters.
    odd = [
        char
        for char in line
        if not (char.isalpha() or category(char)[0] == "M" or char in between or (digits and char.isdecimal()))
    ]
    begins = line[:1].isalpha() or (digits and line[:1].isdecimal())
    return line if begins and not odd and len(letters) >= LETTERS_MIN and len(line) <= most else None
