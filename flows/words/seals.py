"""What shows a statement to be genuine: its receipt code, and the hash of the last entry that its book had."""

from collections.abc import Iterator
from datetime import date
from typing import Final
from urllib.parse import quote

from domain.records.receipt import written_code
from domain.savings.receipts import CheckedReceipt, Seal
from flows.words.texts import Text, Words, t

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


def square_of(seal: Seal, says: Words) -> str:
    """
    What a phone reads from the square code: the page on which the receipt is checked; where the operator has no
    address, a chat with us in which the question is typed already; else what to dial, and the code.
    """
    code = written_code(seal.code)
    if seal.page:
        return f"{seal.page}?in={says.language}"
    if seal.chat_link:
        return seal.chat_link + quote(f"receipt {code}")
    return says.say(t("Receipt {code}. To check it, dial {dial}", code=code, dial=seal.dial))


def say_when_given(found: CheckedReceipt) -> Iterator[Text]:
    """Of which days it is, since when, and whether the book still says so."""
    yield t("{first} to {last}", first=_day(found.first), last=_day(found.last))
    yield t("Given out on {day}", day=_day(found.given))
    if found.unchanged:
        yield t("The book still has its last entry.")
    else:
        yield t("But the book was changed since. Tell your officers.")


def _day(day: date) -> Text:
    """With its year: papers are kept for long."""
    return t("{day} {year}", day=day, year=day.year)
