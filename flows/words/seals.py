"""What shows a statement to be genuine: its receipt code, and the hash of the last entry that its book had."""

from collections.abc import Iterator
from typing import Final
from urllib.parse import quote

from domain.records.receipt import written_code
from domain.savings.receipts import Seal
from flows.words.texts import Words, t

_SHORT: Final = 8  # characters of a hash that two people read to each other
_GROUPS_OF: Final = 16  # so that a whole one breaks into lines that can be compared


def say_seal(seal: Seal, says: Words) -> Iterator[tuple[str, str]]:
    """Names, and what they are."""
    yield says.say(t("Receipt code")), written_code(seal.code)
    yield says.say(t("Entries in the book")), str(seal.entries)
    yield says.say(t("Last entry")), seal.hash[:_SHORT]
    parts = [seal.hash[place : place + _GROUPS_OF] for place in range(0, len(seal.hash), _GROUPS_OF)]
    yield says.say(t("The whole of its hash")), " ".join(parts)


def say_how_to_check(says: Words) -> str:
    return says.say(t("Anyone in the group can check it: choose My group, then Check a receipt."))


def square_of(seal: Seal) -> str:
    """
    What a phone reads from the square code: a chat with us in which the question is typed already; where we have
    none that can be linked to, the code.
    """
    code = written_code(seal.code)
    return seal.chat_link + quote(f"receipt {code}") if seal.chat_link else code
