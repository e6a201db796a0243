"""Which values stand in a text that must hold none of them, when digits that chance wrote there do not count."""

import re
from typing import Final

# Drawn at random, or read off a clock: one request id in ten thousand holds the twelve digits of a phone number.
_CHANCE: Final = re.compile(
    r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}"  # a uuid
    r"|(?<![0-9A-Za-z])(?=[0-9]*[a-f])[0-9a-f]{16,}(?![0-9A-Za-z])"  # an id or a digest in hex
    r"|\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d"  # a time, whose fraction is the next
    r"|(?<=\d)\.\d+"  # the fraction of a number
    r'|(?<="ms": )\d+|(?<="pid": )\d+'  # how long it took, and who did it
)
# Where a word begins: also behind a sign that a form, JSON or Python's repr has escaped.
_BEGIN: Final = r"(?:(?<![0-9A-Za-z])|(?<=%[0-9A-Fa-f]{2})|(?<=\\[nrt])|(?<=\\x[0-9a-f]{2}))"
_SHORT: Final = 9  # fewer digits than a phone number may be a part of any other number

# Of the people and providers of all tests.
_NUMBER: Final = re.compile(r"(?:256|254|237)\d{9}(?!\d)")
_SECRETS: Final = (
    *("2580", "2581", "1470", "9513"),
    *("-of-the-tests-", "0123456789abcdef0123456789abcdef", "123456:simulated", "momo-key"),
)


def leaked(text: str | bytes, *values: str) -> list[str]:
    """
    Those of the `values` that stand in the text.

    A token counts anywhere. Digits do not count where chance wrote them, in an id or a time; a few of them, as in
    a PIN or a code, count only as a word of their own.
    """
    said = text if isinstance(text, str) else text.decode("latin-1")
    meant = _without_chance(said)
    return [value for value in values if _stands_in(meant if value.isdecimal() else said, value)]


def anything_leaked(text: str) -> list[str]:
    """What must be in no log of any test: whole phone numbers, PINs of our people, keys."""
    return [*_NUMBER.findall(_without_chance(text)), *leaked(text, *_SECRETS)]


def _without_chance(text: str) -> str:
    return _CHANCE.sub("~", text)


def _stands_in(text: str, value: str) -> bool:
    if value.isdecimal() and len(value) < _SHORT:
        return re.search(rf"{_BEGIN}{value}(?![0-9A-Za-z])", text) is not None
    return value in text
